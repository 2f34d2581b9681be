"""Python's lean rungs on top of the user's own stages, of images as Docker Hub's are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from has_sides import Step, side_of
from keep_trees import Content

from unladen.general.elsewhere import elsewhere
from unladen.general.rungs import General
from unladen.general.split import onto, refined
from unladen.language.interface import Dialect, Impossible, Lost, Overrides, Proposal
from unladen.language.named import Named
from unladen.language.python import LANGUAGE
from unladen.language.python.rungs import DISTROLESS
from unladen.proof.has.interface import Side

SITE = "/usr/local/lib/python3.11/site-packages"
RELEASE = b'ID=debian\nVERSION_ID="12"\n'
SYSTEM: Mapping[str, Content] = {
    "/etc/os-release": RELEASE,
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n",
    "/etc/group": b"root:x:0:\n",
    "/tmp": None,
    "/bin": "usr/bin",
    **{f"/usr/bin/{name}": b"" for name in ("sh", "rm", "install", "find", "strip", "apt-get")},
}
INTERPRETER: Mapping[str, Content] = {
    "/usr/local/bin/python3.11": b"the interpreter",
    "/usr/local/bin/python3": "python3.11",
    "/usr/local/bin/python": "python3",
    "/usr/local/lib/python3.11/os.py": b"x" * 3_000_000,
    f"{SITE}/pip/__init__.py": b"x" * 2_000_000,
    "/usr/local/lib/large": b"x" * 3_000_000,
}
FULL = Step("", {**SYSTEM, **INTERPRETER, "/usr/bin/gcc": b"x" * 9})
SLIM = side_of(Step("", {**SYSTEM, **INTERPRETER}))
BARE = side_of(
    Step(
        "",
        {
            "/etc/os-release": RELEASE,
            "/etc/passwd": b"root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534::/:/sbin/nologin\n",
            "/etc/group": b"root:x:0:\n",
            "/tmp": None,
            "/usr/bin/python3.11": b"another build",
            "/usr/bin/python3": "python3.11",
            "/usr/lib/python3.11/os.py": b"",
        },
    )
)
TEXT = 'FROM python:3.11\nWORKDIR /srv\nCOPY . .\nRUN pip install -r requirements.txt\nCMD ["python", "main.py"]\n'
COPIED = Step("COPY . . # buildkit", {"/srv/main.py": b"import num\n"})
BIG = b"x" * 9_000_000


def installed(**more: Content) -> Step:
    files: dict[str, Content] = {
        f"{SITE}/num/__init__.py": b"import num.core\n",
        f"{SITE}/num/tests/__init__.py": b"",
        f"{SITE}/num/core/tests/test_all.py": BIG,
        f"{SITE}/num/core/api.h": BIG,
        f"{SITE}/num-1.0.dist-info/METADATA": b"Name: num\nVersion: 1.0\n",
        f"{SITE}/num-1.0.dist-info/RECORD": b"num/__init__.py,,\n",
        "/usr/local/bin/num": b"#!/usr/local/bin/python3.11\n",
        **{path.replace("__", "/"): content for path, content in more.items()},
    }
    return Step("RUN /bin/sh -c pip install -r requirements.txt # buildkit", files)


def rung(
    root: Path,
    name: str,
    *steps: Step,
    text: str = TEXT,
    source: tuple[Named, ...] = (),
    **config: object,
) -> Proposal | Impossible:
    (root / "Dockerfile").write_text(text)
    (root / "requirements.txt").write_text("num\n")
    (root / "main.py").write_text("import num\n")
    project = LANGUAGE.detect(root, Overrides())
    found = {each.name: each for each in LANGUAGE.rungs(project, Dialect())}
    proposed = found[name]
    assert isinstance(proposed, Proposal)
    general = General(project, Dialect())
    proposed = onto(general, proposed)
    full = side_of(FULL, *steps, **{"WorkingDir": "/srv", "Cmd": ["python", "main.py"], **config})
    full = replace(full, source=source)
    light: Side = SLIM if name == "lean" else BARE
    known = LANGUAGE.leaner(proposed, project, full.scene, light.scene)
    return known if isinstance(known, Impossible) else refined(general, proposed, full, light, known)


def text_of(made: Proposal | Impossible) -> str:
    assert isinstance(made, Proposal), made
    return made.dockerfile


def test_the_users_file_stays_and_the_general_rungs_are_not_offered_twice(tmp_path: Path) -> None:
    text = text_of(rung(tmp_path, "lean", COPIED, installed()))
    for line in TEXT.replace("FROM python:3.11", "FROM python:3.11 AS build").splitlines():
        assert line.replace("RUN ", "") in text
    names = [each.name for each in LANGUAGE.rungs(LANGUAGE.detect(tmp_path, Overrides()), Dialect())]
    assert names == ["alpine", "lean", "distroless", "sourceless"]


def test_what_goes_is_named_with_its_weight_and_no_program_text_is_written(tmp_path: Path) -> None:
    text = text_of(rung(tmp_path, "lean", COPIED, installed()))
    assert "# Tests of dependencies, 9.0 MB: nothing but tests imports them.\n" in text
    assert " && find . -path './num/*' -type d -name tests -prune -exec rm -rf {} +" in text
    assert (
        r" && find . -path './num/*' -type f -regex '.*\.\(pyi\|pyx\|px[di]\|[ach]\|[ch]pp\)' -delete" in text
    )
    assert "strip" not in text  # nothing has symbols
    assert max(map(len, text.splitlines())) <= 120
    assert "COPY --from=lean /usr/local" in text


@pytest.mark.parametrize(
    "source", ["from num.tests import x\n", "import num.core.tests\n", "from . import tests\n"]
)
def test_tests_that_something_else_imports_stay(tmp_path: Path, source: str) -> None:
    more: dict[str, Content] = {f"{SITE}/num/other.py".replace("/", "__"): source.encode()}
    text = text_of(rung(tmp_path, "lean", COPIED, installed(**more)))
    assert "-name tests" not in text


def test_on_distroless_the_interpreter_is_the_bases_under_the_old_names(tmp_path: Path) -> None:
    made = rung(tmp_path, "distroless", COPIED, installed())
    text = text_of(made)
    _, _, last = text.partition(f"FROM {DISTROLESS}\n")
    for name in ("python3.11", "python3", "python"):
        assert re.search(
            rf"for name in .*\b{name}\b.*; do ln -sfn /usr/bin/python3.11 /last/usr/local/bin/\$name", text
        )
    assert "COPY --from=distroless /last/ /\n" in last
    assert "/usr/local /usr/local" not in last and "/usr/local/bin/python" not in last
    packages = SITE.replace("site-packages", "dist-packages")
    assert f"COPY --from=distroless {SITE} {packages}\n" in last
    assert "COPY --from=distroless /usr/local/bin/num /usr/local/bin/num\n" in last
    assert not [line for line in last.splitlines() if line.startswith("RUN ") and "[" not in line]


def test_who_is_root_becomes_nobody_and_owns_the_programs_folder(tmp_path: Path) -> None:
    made = rung(tmp_path, "distroless", COPIED, installed())
    text = text_of(made)
    assert "COPY --chown=65534:65534 --from=distroless /srv /srv\n" in text
    assert "ENV HOME=/tmp\nUSER 65534:65534\n" in text
    assert isinstance(made, Proposal) and "USER=65534:65534" in made.intends


def test_another_user_is_never_replaced(tmp_path: Path) -> None:
    text = TEXT.replace("CMD", "USER 1000\nCMD")
    made = rung(tmp_path, "distroless", COPIED, installed(), text=text, User="1000")
    assert "65534" not in text_of(made) and "USER 1000\n" in text_of(made).partition(DISTROLESS)[2]


def test_a_program_in_the_root_stays_there(tmp_path: Path) -> None:
    text = TEXT.replace("WORKDIR /srv\n", "")
    copied = Step("COPY . . # buildkit", {"/main.py": b"import num\n"})
    made = rung(tmp_path, "distroless", copied, installed(), text=text, WorkingDir="")
    last = text_of(made).partition(f"FROM {DISTROLESS}")[2]
    assert (
        "COPY --from=distroless /main.py /main.py\n" in last and "WORKDIR" not in last and "/app" not in last
    )


def test_what_a_step_of_the_users_made_comes_along(tmp_path: Path) -> None:
    asset = Step("RUN /bin/sh -c SECRET_KEY=x python build.py # buildkit", {"/srv/static/app.css": b"a"})
    text = TEXT.replace("CMD", "RUN SECRET_KEY=x python build.py\nCMD")
    made = text_of(rung(tmp_path, "distroless", COPIED, installed(), asset, text=text))
    assert "RUN SECRET_KEY=x python build.py\n" in made and "--from=distroless /srv /srv\n" in made


def test_a_shell_that_only_starts_the_program_is_not_asked_of_the_base(tmp_path: Path) -> None:
    text = TEXT.replace('["python", "main.py"]', "python main.py")
    config = {"Cmd": ["/bin/sh", "-c", "python main.py"]}
    made = text_of(rung(tmp_path, "distroless", COPIED, installed(), text=text, **config))
    assert "CMD python" not in made and made.endswith('CMD ["python", "main.py"]\n')


@pytest.mark.parametrize(
    ("text", "config", "reason"),
    [
        (
            TEXT.replace("CMD", "HEALTHCHECK CMD apt-get --version\nCMD"),
            {"Healthcheck": {"Test": ["CMD", "apt-get", "--version"]}},
            "HEALTHCHECK runs apt-get, which its base does not have",
        ),
        (
            TEXT.replace('["python", "main.py"]', "python main.py | cat"),
            {"Cmd": ["/bin/sh", "-c", "python main.py | cat"]},
            "the start command runs /bin/sh, which its base does not have",
        ),
    ],
)
def test_what_wants_a_program_that_the_base_has_not_is_skipped_with_the_reason(
    tmp_path: Path, text: str, config: dict[str, object], reason: str
) -> None:
    made = rung(tmp_path, "distroless", COPIED, installed(), text=text, **config)
    assert isinstance(made, Impossible) and made.reason == reason


def test_bytecode_takes_the_place_of_large_sources(tmp_path: Path) -> None:
    large = b"x = 1\n" * 600_000
    more: dict[str, Content] = {
        f"{SITE}/num/large.py": large,
        f"{SITE}/num/templates/new.py": b"no part of the package",
        f"{SITE}/num/plain/__init__.py": b"glob('*.py')",
        f"{SITE}/numba/__init__.py": large,  # reads its own sources
        f"{SITE}/small/__init__.py": b"",
    }
    made = rung(tmp_path, "sourceless", COPIED, installed(), Step("RUN pip install more", more))
    first, _, last = text_of(made).replace(" \\\n    ", " ").partition(f"FROM {DISTROLESS} AS runtime\n")
    assert "unchecked-hash -x '^./(num/plain|num/templates|numba)/' . || true; }" in first
    assert "Bytecode in the place of 3.6 MB of sources" in first
    gone = (
        r" && find . -name '*.pyc' ! -path '*/__pycache__/*' | sed 's/c$//' | tr '\n' '\0' | xargs -0 rm -f"
    )
    assert gone in first
    runtime, _, alone = last.partition("FROM scratch\n")
    assert all(line.startswith("RUN [") for line in runtime.splitlines() if line.startswith("RUN"))
    assert alone.startswith("COPY --from=runtime / /\n") and alone.endswith('CMD ["python", "main.py"]\n')
    assert "USER 65534:65534\n" in alone
    assert isinstance(made, Proposal) and made.goal == "smallest" and Lost.SOURCE_LINES in made.takes_away


CURL = Step(
    "RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit",
    {
        "/usr/bin/curl": b"curl",
        "/var/lib/dpkg/status": b"Package: curl\nStatus: install ok installed\nSection: web\nVersion: 1\n",
        "/var/lib/dpkg/info/curl.list": b"/usr/bin/curl\n",
    },
)
WITH_CURL = TEXT.replace("WORKDIR", "RUN apt-get update && apt-get install -y curl\nWORKDIR")


def test_a_package_of_the_users_that_a_base_without_apt_cannot_have_is_named(tmp_path: Path) -> None:
    text = text_of(rung(tmp_path, "distroless", CURL, COPIED, installed(), text=WITH_CURL))
    assert (
        f"# Not in it: curl. {DISTROLESS} installs no packages, and nothing is seen to need them.\n" in text
    )
    assert "# Not in it" not in text_of(rung(tmp_path, "distroless", COPIED, installed()))


def test_what_a_compose_file_runs_in_the_image_is_needed_there(tmp_path: Path) -> None:
    named = Named("program", "curl", "compose.yaml: healthcheck of web", outside=True)
    made = rung(tmp_path, "distroless", CURL, COPIED, installed(), text=WITH_CURL, source=(named,))
    assert isinstance(made, Impossible)
    assert made.reason == "compose.yaml: healthcheck of web names curl, which its base does not have"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TEXT.replace("RUN pip install -r requirements.txt\n", ""), ""),
        (
            'FROM python:3.11-slim AS b\nFROM python:3.11\nCOPY --from=b /x /x\nCOPY . .\nCMD ["python", "main.py"]\n',
            "",
        ),
        (WITH_CURL, "line 2 of your Dockerfile calls apt-get, which Alpine does not have"),
        (
            TEXT.replace("RUN pip", 'SHELL ["/bin/bash", "-c"]\nRUN pip'),
            "calls bash, which Alpine does not have",
        ),
        (
            TEXT.replace("RUN pip", 'RUN ["bash", "-c", "true"]\nRUN pip'),
            "calls bash, which Alpine does not have",
        ),
        (
            TEXT.replace("RUN pip", 'SHELL ["python", "-c"]\nRUN x = 1\nRUN pip'),
            "wants python, which Alpine does not have",
        ),
        (TEXT.replace("python:3.11", "python:3.11-alpine"), "stands on python:3.11-alpine already"),
        (
            TEXT.replace("python:3.11", "example.test/own:1"),
            "no Alpine image takes the place of example.test/own:1",
        ),
    ],
)
def test_on_alpine_the_users_file_stays_or_the_line_that_minds_is_named(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "requirements.txt").write_text("num\n")
    (tmp_path / "main.py").write_text("import num\n")
    project = LANGUAGE.detect(tmp_path, Overrides())
    proposed = {each.name: each for each in LANGUAGE.rungs(project, Dialect())}["alpine"]
    is_offered = isinstance(proposed, Proposal)
    made = elsewhere(General(project, Dialect()), proposed) if is_offered else proposed
    if reason:
        assert isinstance(made, Impossible) and made.reason.endswith(reason)
    else:
        assert isinstance(made, Proposal) and made.bases == ("python:3.11-alpine",)
        assert made.dockerfile == re.sub(r"python:3.11(-slim)?", "python:3.11-alpine", text)
        again = elsewhere(General(project, Dialect()), made, ("mailcap",))
        assert isinstance(again, Proposal)
        assert again.dockerfile.replace("\nRUN apk add --no-cache mailcap", "") != again.dockerfile
        assert again.bases == made.bases and again.instead == proposed.instead
