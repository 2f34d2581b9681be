"""The configuration as a contract: each setting that changes is seen, and what is meant is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from images_of_two import CONFIG, FILES, explained, pair, side, told

from unladen.image.accounts import Account, account
from unladen.language.go.rungs import rungs
from unladen.language.interface import Dialect, Overrides, Proposal
from unladen.language.python.rungs import ladder
from unladen.language.registry import detect
from unladen.proof.has.interface import Intent, Pair, Side
from unladen.proof.has.settings import settings

WHOLE = {"python": ladder, "go": rungs}
"""Rungs whose Dockerfiles are written as a whole, as they are for projects without one."""

SAMPLES = Path(__file__).parents[2] / "samples"
ENV = list(CONFIG["Env"])
BASELINE = side()


def against(rung: Side, **intent: str) -> dict[str, str]:
    return told(settings(pair(BASELINE, rung, **intent)))


def test_the_same_configuration_has_no_difference() -> None:
    part = settings(pair(BASELINE, side()))
    assert part.losses == () and part.counted > 10


@pytest.mark.parametrize(
    ("change", "subject", "difference"),
    [
        ({"Env": ENV[:1] + ENV[2:]}, "ENV LANG", "C.UTF-8 → not set"),
        ({"Env": [*ENV[:2], "MODE=test"]}, "ENV MODE", "live → test"),
        ({"Env": [*ENV[:2], "MODE="]}, "ENV MODE", 'live → ""'),
        ({"Env": [*ENV, "TZ=Asia/Tokyo"]}, "ENV TZ", "not set → Asia/Tokyo"),
        ({"ExposedPorts": None}, "EXPOSE 8000/tcp", "exposed → not set"),
        ({"ExposedPorts": {"8000/tcp": {}, "53/udp": {}}}, "EXPOSE 53/udp", "not set → exposed"),
        ({"Volumes": None}, "VOLUME /data", "a volume → not set"),
        ({"Labels": {"team": "api"}}, "LABEL team", "web → api"),
        ({"StopSignal": "SIGQUIT"}, "STOPSIGNAL", "SIGINT → SIGQUIT"),
        ({"StopSignal": None}, "STOPSIGNAL", "SIGINT → SIGTERM"),
        ({"Shell": ["/bin/sh", "-ec"]}, "SHELL", '["/bin/bash", "-c"] → ["/bin/sh", "-ec"]'),
        ({"User": "65534:65534"}, "USER", "1000:1000 → 65534:65534"),
        ({"User": "nobody"}, "USER", "1000:1000 → nobody, whom the image does not know"),
        ({"WorkingDir": "/srv"}, "WORKDIR", "/app → /srv"),
        ({"Cmd": ["other.py"]}, "CMD", '["python", "main.py"] → ["python", "other.py"]'),
        (
            {"Entrypoint": ["/usr/bin/python"]},
            "CMD",
            '["python", "main.py"] → ["/usr/bin/python", "main.py"]',
        ),
        (
            {"Healthcheck": {**CONFIG["Healthcheck"], "Interval": 10**9}},
            "HEALTHCHECK --interval",
            "5s → 1s",
        ),
        (
            {"Healthcheck": {"Test": ["CMD", "true"], "Interval": 5 * 10**9, "Retries": 2}},
            "HEALTHCHECK",
            '["CMD-SHELL", "curl -f localhost"] → ["CMD", "true"]',
        ),
    ],
)
def test_each_setting_that_changes_is_a_loss(change: dict[str, Any], subject: str, difference: str) -> None:
    assert against(side(change))[subject] == difference


def test_arguments_that_would_replace_the_whole_command_are_seen() -> None:
    lost = against(side({"Entrypoint": None, "Cmd": ["python", "main.py"]}))
    assert lost == {"arguments": 'take the place of ["main.py"] → take the place of the whole command'}


def test_what_means_the_same_is_no_difference() -> None:
    spelled = {"User": "1000:1000", "WorkingDir": "/app/", "Volumes": {"/data/": {}}}
    assert against(side(spelled)) == {}


def test_the_toolchain_and_builders_labels_are_no_contract() -> None:
    noise = {
        "Env": [*ENV, "PYTHON_VERSION=3.11.2", "GPG_KEY=A035", "GOLANG_VERSION=1.24", "NODE_VERSION=18"],
        "Labels": {"team": "web", "io.buildah.version": "1.40", "dev.unladen.base": "assembled"},
    }
    assert against(side(noise)) == {}


def test_a_base_images_label_is_not_the_users() -> None:
    rung = side({"Labels": {"team": "web", "version": "24.04"}})
    assert against(rung) == {"LABEL version": "not set → 24.04"}
    assert against(replace(rung, base_labels={"version": "24.04"})) == {}


@pytest.mark.parametrize(
    ("text", "words", "same"),
    [
        ("python main.py", ["python", "main.py"], True),
        ("exec python main.py --name 'a b'", ["python", "main.py", "--name", "a b"], True),
        ("python main.py", ["python", "other.py"], False),
        ("python main.py $PORT", ["python", "main.py", "$PORT"], False),
        ("MODE=live python main.py", ["MODE=live", "python", "main.py"], False),
        ("python main.py *.txt", ["python", "main.py", "*.txt"], False),
        ("python a.py\npython b.py", ["python", "a.py", "python", "b.py"], False),
        ("cd /srv", ["cd", "/srv"], False),
    ],
)
def test_a_shell_that_only_starts_a_program_may_go(text: str, words: list[str], same: bool) -> None:
    """It may not come: a program behind a shell gets no signals."""
    shell, bare = (side({"Entrypoint": None, "Cmd": cmd}) for cmd in (["/bin/sh", "-c", text], words))
    [gone] = settings(pair(shell, bare)).losses
    [came] = settings(pair(bare, shell)).losses
    assert gone.subject == came.subject == "CMD"
    assert (bool(gone.intended), bool(came.intended)) == (same, False)


def test_an_intention_explains_its_own_value_alone() -> None:
    nobody, other = side({"User": "65534:65534"}), side({"User": "4:4"})
    intent = {"USER=65534:65534": "no rights of root"}
    assert explained(settings(pair(BASELINE, nobody, **intent))) == {"USER": "no rights of root"}
    assert told(settings(pair(BASELINE, other, **intent))) == {"USER": "1000:1000 → 4:4"}
    assert told(settings(pair(BASELINE, other, USER="any will do"))) == {}


def test_a_user_that_is_declared_has_to_be_there() -> None:
    roots = side({"User": "0:0"})
    intent = {"USER=65534:65534": "no rights of root"}
    assert "the rung declares USER=65534:65534" in told(settings(pair(roots, roots, **intent)))["USER"]


# PATH, by what it finds


def with_path(path: str, **files: bytes) -> Side:
    there = {**FILES, **{f"/{name.replace('_', '/')}": content for name, content in files.items()}}
    return side({"Env": [f"PATH={path}", *ENV[1:]]}, there)


USUAL = ENV[0].removeprefix("PATH=")
VENV = {"ENV PATH=/opt/venv/bin:$PATH": "an environment of its own"}


def test_a_folder_that_is_no_longer_searched_is_a_loss() -> None:
    (loss,) = settings(Pair(BASELINE, with_path("/usr/bin:/bin"))).losses
    assert loss.subject == "ENV PATH" and loss.difference.endswith(
        "/usr/local/bin is not searched; /usr/local/sbin is not searched; /usr/sbin is not searched and 1 more"
    )
    own = with_path(f"/app/bin:{USUAL}", app_bin_tool=b"")
    dropped = with_path(USUAL, app_bin_tool=b"")
    assert "/app/bin is not searched" in told(settings(Pair(own, dropped)))["ENV PATH"]


def test_a_folder_that_is_not_in_the_image_finds_nothing_whoever_lists_it() -> None:
    toolchain = with_path(f"/usr/local/go/bin:{USUAL}", usr_local_go_bin_go=b"")
    assert explained(settings(Pair(toolchain, BASELINE))) == {
        "ENV PATH": "not in the image: /usr/local/go/bin"
    }


def test_a_folder_in_front_has_to_be_declared_and_explains_no_other() -> None:
    rung = with_path(f"/opt/venv/bin:{USUAL}", opt_venv_bin_python=b"")
    assert "/opt/venv/bin is searched in addition" in told(settings(Pair(BASELINE, rung)))["ENV PATH"]
    assert explained(settings(pair(BASELINE, rung, **VENV))) == {"ENV PATH": "an environment of its own"}
    more = with_path(f"/opt/venv/bin:/opt/x:{USUAL}", opt_venv_bin_python=b"")
    assert "/opt/x is searched" in told(settings(pair(BASELINE, more, **VENV)))["ENV PATH"]
    less = with_path("/opt/venv/bin:/usr/bin", opt_venv_bin_python=b"")
    assert "is not searched" in told(settings(pair(BASELINE, less, **VENV)))["ENV PATH"]


def test_an_order_that_finds_another_program_is_a_loss_and_one_that_does_not_is_none() -> None:
    two = {"usr_local_bin_python": b"one", "usr_bin_python": b"two"}
    swapped = "/usr/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin:/bin"
    found = told(settings(Pair(with_path(USUAL, **two), with_path(swapped, **two))))
    assert found["ENV PATH"].endswith("python is /usr/bin/python, no longer /usr/local/bin/python")
    assert settings(Pair(BASELINE, with_path(swapped))).losses == ()


def test_no_path_is_the_engines_own() -> None:
    default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert settings(Pair(side({"Env": ENV[1:]}), with_path(default))).losses == ()
    assert "not set" in told(settings(Pair(with_path(default), side({"Env": ENV[1:]}))))["ENV PATH"]
    assert told(settings(Pair(side({"Env": ENV[1:]}), with_path("/nowhere"))))


# Formats


def test_podmans_oci_format_has_no_health_check_and_that_is_said() -> None:
    docker = side({"Labels": {"team": "web"}})
    podman = side({"Healthcheck": None, "Shell": None})
    part = settings(Pair(docker, podman))
    assert told(part) == {} and "build with --format docker" in explained(part)["HEALTHCHECK"]
    assert settings(Pair(podman, podman)).losses == ()
    assert told(settings(Pair(docker, side({"Labels": {"team": "web"}, "Healthcheck": None}))))["HEALTHCHECK"]


# Who runs it


def test_accounts_are_what_an_engine_makes_of_user() -> None:
    tree = BASELINE.scene.tree
    web = Account(1000, 1000, frozenset({44}), "/home/web")
    assert account(tree, "web") == account(tree, "1000") == web
    assert account(tree, "web:media") == Account(1000, 44, home="/home/web")
    assert account(tree, "") == account(tree, "0") == account(tree, "root") == Account(0, 0, home="/root")
    assert account(tree, "7") == Account(7, 0) and account(tree, "7:8") == Account(7, 8)
    assert account(tree, "who") is None and account(tree, "web:who") is None


# What the rungs declare


@pytest.mark.parametrize("sample", ["python-fastapi", "go-users"])
def test_what_the_rungs_of_the_samples_intend_is_their_own_value(sample: str) -> None:
    project = detect(SAMPLES / sample, Overrides())
    for rung in WHOLE[project.language](project, Dialect()):
        if isinstance(rung, Proposal):
            named = {name: why for name, why in rung.intends.items() if not name.startswith("/")}
            assert all("=" in setting and why for setting, why in named.items()), rung.name
            assert not any(each.startswith(("CMD", "arguments")) for each in rung.intends)
            assert ("USER=65534:65534" in rung.intends) == ("USER 65534:65534" in rung.dockerfile)


def test_a_user_of_the_users_own_is_not_replaced_on_purpose(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "main.py").write_text("print()\n")
    (tmp_path / "Dockerfile").write_text(
        'FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN useradd web\nUSER web\nCMD ["python", "main.py"]\n'
    )
    project = detect(tmp_path, Overrides())
    rungs = [each for each in WHOLE["python"](project, Dialect()) if isinstance(each, Proposal)]
    assert rungs and not any(name.startswith("USER") for each in rungs for name in each.intends)
    assert Intent(settings=rungs[0].intends).why("USER", "65534:65534") == ""


def test_what_a_dockerfile_says_beside_its_steps_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "main.py").write_text("print()\n")
    (tmp_path / "Dockerfile").write_text(
        'FROM python:3.11\nARG NAME=site\nSHELL ["/bin/bash", "-c"]\nWORKDIR /app\nCOPY . .\nLABEL name=$NAME\n'
        "EXPOSE 8000 53/udp 9000-9002\nHEALTHCHECK --interval=5s CMD python check.py $PORT || exit 1\n"
        'CMD ["python", "main.py"]\n'
    )
    project = detect(tmp_path, Overrides())
    rungs = {each.name: each for each in WHOLE["python"](project, Dialect())}
    for rung in rungs.values():
        assert isinstance(rung, Proposal)
        assert "LABEL name=site\n" in rung.dockerfile and "EXPOSE 53/udp 9000-9002\n" in rung.dockerfile
    slim, distroless = rungs["slim"], rungs["distroless"]
    assert isinstance(slim, Proposal) and isinstance(distroless, Proposal)
    assert "HEALTHCHECK --interval=5s CMD python check.py $PORT || exit 1\n" in slim.dockerfile
    assert 'SHELL ["/bin/bash", "-c"]\n' in slim.dockerfile and "HEALTHCHECK" not in " ".join(slim.intends)
    assert 'HEALTHCHECK --interval=5s CMD ["python", "-c", ' in distroless.dockerfile
    assert '"python", "check.py", "$PORT"]' in distroless.dockerfile
    assert [each for each in distroless.intends if each.startswith("HEALTHCHECK=")]
