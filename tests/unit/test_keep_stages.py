"""The slim stages: what is added to a user's Dockerfile, and what of it stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.dockerfile import stages as language
from unladen.errors import BadDockerfile
from unladen.image.settings import settings
from unladen.keep import reasons
from unladen.keep.keeplist import KeepList, Named, Rule, keep_list
from unladen.keep.reasons import DPKG
from unladen.keep.settings import instructions
from unladen.keep.stages import admitting, slim_dockerfile, without_slim

GOLDEN = Path(__file__).parent / "golden" / "slim.Dockerfile"
USERS = '# mine\nFROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n'
CONFIG = {
    "architecture": "amd64",
    "config": {
        "Env": ["PATH=/usr/bin", 'GREETING=say "hi" for $5 \\ more'],
        "Cmd": ["python", "main.py"],
        "WorkingDir": "/app",
        "User": "65534:65534",
        "ExposedPorts": {"8000/tcp": {}, "53/udp": {}},
        "Volumes": {"/data": {}},
        "Labels": {"org.opencontainers.image.title": "app", "two words": "x", "dev.unladen.owner": "s1"},
        "StopSignal": "SIGINT",
        "Healthcheck": {"Test": ["CMD", "python", "-c", "1"], "Interval": 5_000_000_000, "Retries": 3},
    },
}


def example() -> KeepList:
    rules = [Rule("/etc/passwd", "names"), Rule("/var/lib/dpkg/status.d/", reasons.DPKG)]
    rules.append(Rule("/app/", reasons.APPLICATION, "application"))
    return keep_list(rules, [Named("deb", "libc6", "1")])


def test_the_dockerfile_is_the_one_reviewed() -> None:
    assert slim_dockerfile(USERS, CONFIG, example()) == GOLDEN.read_text()


def test_its_own_stages_stay_but_for_a_name() -> None:
    text = slim_dockerfile(USERS, CONFIG, example())
    assert text.startswith(USERS.replace("3.11-slim\n", "3.11-slim AS unladen-full\n"))
    assert language.parse(text).stages[0].name == "unladen-full"
    assert without_slim(text) == USERS


def test_writing_it_again_replaces_it() -> None:
    text = slim_dockerfile(USERS, CONFIG, example())
    assert slim_dockerfile(text, CONFIG, example()) == text
    named = USERS.replace("FROM python:3.11-slim", "FROM python:3.11-slim as Runtime")
    text = slim_dockerfile(named, CONFIG, example())
    assert "COPY --from=runtime / /full/" in text and named in text
    assert slim_dockerfile(text, CONFIG, example()) == text


def test_all_builders_need_only_plain_instructions() -> None:
    """No here-documents and no --mount: the legacy builder has neither."""
    parsed = language.parse(slim_dockerfile(USERS, CONFIG, example()))
    assert not any(
        each.heredocs or "mount" in each.flags for stage in parsed.stages for each in stage.instructions
    )


def test_only_sections_in_use_are_copied() -> None:
    """The legacy builder fails after a COPY that copied nothing."""
    text = slim_dockerfile(
        USERS, {}, keep_list([Rule("/app/", "mine", "application"), Rule("/x", "", "runtime", True)])
    )
    copies = [line for line in text.splitlines() if line.startswith("COPY --from=unladen-pack")]
    assert copies == ["COPY --from=unladen-pack /keep/application/ /"]


def test_symbols_are_stripped_by_the_images_own_strip_or_by_one_that_is_installed() -> None:
    keep = keep_list(example().rules, strip=["/app/addon.node"])
    own = slim_dockerfile(USERS, CONFIG, keep, stripper="/usr/bin/strip")
    assert "chroot /full /usr/bin/strip" in own and "apt-get" not in own
    installed = slim_dockerfile(USERS, CONFIG, keep)
    assert "install -y --no-install-recommends binutils" in installed and "chroot" not in installed
    assert "strip" not in slim_dockerfile(USERS, CONFIG, example())


def test_the_full_image_is_mounted_in_one_step() -> None:
    """What a step changes below a mount is gone when it ends: all that looks at the full image is one."""
    keep = keep_list([*example().rules, Rule("/var/lib/dpkg/", DPKG)], strip=["/app/addon.node"])
    parsed = language.parse(slim_dockerfile(USERS, CONFIG, keep, mounted=True))
    pack = parsed.stages[-2]
    runs = [each for each in pack.instructions if each.keyword == "RUN" and "/full" in each.text]
    assert not any(each.keyword == "COPY" and "from" in each.flags for each in pack.instructions)
    assert [each.flags["mount"] for each in runs] == ["type=bind,from=unladen-full,target=/full,rw"]
    assert runs[0].text.count("bash -euo pipefail") == 3


def test_another_escape_character() -> None:
    text = slim_dockerfile(
        "# escape=`\nFROM a `\n  AS b\n", {"config": {"Env": ["A=`x", "B=\\y"]}}, example()
    )
    assert 'ENV A="``x" `\n    B="\\y"\n' in text
    assert not any(line.endswith("\\") for line in text.splitlines())
    assert [stage.name for stage in language.parse(text).stages] == ["b", "unladen-pack", ""]


def test_a_name_that_is_taken() -> None:
    with pytest.raises(BadDockerfile, match="unladen-full"):
        slim_dockerfile("FROM a AS unladen-full\nFROM b\n", {}, example())
    with pytest.raises(BadDockerfile, match="no FROM"):
        slim_dockerfile("# nothing\n", {}, example())


def test_an_image_alone() -> None:
    assert slim_dockerfile("FROM me/app:1 AS unladen-full\n", CONFIG, example()).startswith(
        "FROM me/app:1 AS unladen-full\n\n# ---- "
    )


def test_a_health_check_that_the_image_cannot_say() -> None:
    checked = USERS + "HEALTHCHECK --interval=5s \\\n  CMD python -c 1\n"
    config = {"config": {"Cmd": ["python"]}}
    assert "\nHEALTHCHECK --interval=5s CMD python -c 1\n" in slim_dockerfile(checked, config, example())
    assert (
        slim_dockerfile(checked, CONFIG, example()).count("HEALTHCHECK") == 2
    )  # the user's own, and the image's


def test_times_are_clamped_unless_python_compares_them() -> None:
    assert "--clamp-mtime" in slim_dockerfile(USERS, CONFIG, example())
    assert "--clamp-mtime" not in slim_dockerfile(USERS, CONFIG, example(), clamp=False)


@pytest.mark.parametrize(
    ("config", "written"),
    [
        ({"Healthcheck": {"Test": ["NONE"]}}, "HEALTHCHECK NONE"),
        ({"Healthcheck": {"Test": ["CMD-SHELL", "a || b"], "Timeout": 10**9}}, "HEALTHCHECK --timeout=1s CMD a || b"),
        ({"Healthcheck": {"Test": ["CMD-SHELL", "[ -f /x ]"]}}, 'HEALTHCHECK CMD ["/bin/sh", "-c", "[ -f /x ]"]'),
        ({"Entrypoint": ["/bin/sh", "-c", 'echo "ü"']}, 'ENTRYPOINT ["/bin/sh", "-c", "echo \\"ü\\""]'),
        ({"WorkingDir": "/a $b"}, "WORKDIR /a \\$b"),
        ({"Shell": ["/bin/bash", "-c"]}, 'SHELL ["/bin/bash", "-c"]'),
        ({"Env": None, "Cmd": None, "Labels": None}, ""),
    ],
)  # fmt: skip
def test_settings_become_instructions(config: dict[str, object], written: str) -> None:
    assert "\n".join(instructions(settings({"config": config}))) == written


def test_a_value_that_no_dockerfile_can_say() -> None:
    with pytest.raises(BadDockerfile, match="line break"):
        instructions(settings({"config": {"Env": ["A=1\n2"]}}))


@pytest.mark.parametrize(
    ("before", "after"),
    [("*\n", "*\n!unladen.keep\n"), ("*\n!unladen.keep\n", "*\n!unladen.keep\n"), ("", "!unladen.keep\n")],
)
def test_the_list_gets_into_the_build_context(before: str, after: str) -> None:
    assert admitting(before) == after
