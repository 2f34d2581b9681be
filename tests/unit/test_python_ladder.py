"""The Python ladder's Dockerfiles, and what they say when a rung cannot be.

The golden files are what a user reviews: `UNLADEN_WRITE_GOLDEN=1 pytest tests/unit/test_python_ladder.py` writes
them anew, and the diff is the review.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from python_projects import DOCKERFILE, FASTAPI, SHELLY, write

from unladen.dockerfile import stages as dockerfile
from unladen.dockerfile.arguments import exec_form
from unladen.language.interface import Dialect, Impossible, Overrides, Project, Proposal
from unladen.language.python import LANGUAGE
from unladen.language.python.rungs import exec_command
from unladen.language.python.rungs import ladder as whole

GOLDEN = Path(__file__).parent / "golden" / "python"
SAMPLE = Path(__file__).parents[2] / "samples" / "python-fastapi"
MOUNTS, CA, PLAIN = Dialect(), Dialect(ca=True), Dialect(mounts=False, ca=True)
NAMES = ("slim", "alpine", "multi-stage", "lean", "distroless", "sourceless")

PYPROJECT = """\
[build-system]
requires = ["setuptools>=64", "setuptools-scm"]
[project]
name = "site"
requires-python = ">=3.10"
dependencies = ["fastapi", "uvicorn", "psycopg2"]
"""
LOCK = '[[package]]\nname = "uvicorn"\nversion = "0.30.0"\n'
PROJECTS: Mapping[str, Mapping[str, str]] = {
    "documented": {
        "requirements.txt": "fastapi\nuvicorn\n",
        "app/main.py": FASTAPI,
        "Dockerfile": DOCKERFILE,
    },
    "shelly": {"requirements.txt": "django\ngunicorn\n", "manage.py": "", "Dockerfile": SHELLY},
    "package": {"pyproject.toml": PYPROJECT, "site/__init__.py": "", "site/main.py": FASTAPI},
    "uv": {"pyproject.toml": PYPROJECT, "uv.lock": LOCK, "main.py": FASTAPI},
    "poetry": {"pyproject.toml": '[tool.poetry]\nname = "x"\n', "poetry.lock": LOCK, "main.py": FASTAPI},
    "editable": {"requirements.txt": "-e .\nuvicorn\nfastapi\n", "setup.py": "", "main.py": FASTAPI},
    "tool": {"requirements.txt": "", "tool.py": "if __name__ == '__main__':\n    print(1)\n"},
}


def project(root: Path, files: Mapping[str, str], **overrides: object) -> Project:
    return LANGUAGE.detect(write(root, files), Overrides(**overrides))  # type: ignore[arg-type]


def ladder(found: Project, dialect: Dialect = MOUNTS) -> dict[str, Any]:
    return {rung.name: rung for rung in (LANGUAGE.naive(found), *whole(found, dialect))}


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UNLADEN_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["full", *NAMES])
def test_the_samples_ladder(name: str) -> None:
    compare(f"sample/{name}.Dockerfile", ladder(LANGUAGE.detect(SAMPLE, Overrides()))[name].dockerfile)


@pytest.mark.parametrize(("dialect", "name"), [(CA, "ca"), (PLAIN, "plain")])
def test_the_samples_distroless_in_other_dialects(dialect: Dialect, name: str) -> None:
    rungs = ladder(LANGUAGE.detect(SAMPLE, Overrides()), dialect)
    compare(f"sample/distroless-{name}.Dockerfile", rungs["distroless"].dockerfile)


@pytest.mark.parametrize(
    ("name", "rung"),
    [
        ("documented", "lean"),
        ("shelly", "multi-stage"),
        ("package", "lean"),
        ("package", "alpine"),
        ("uv", "lean"),
        ("poetry", "multi-stage"),
        ("editable", "distroless"),
        ("tool", "distroless"),
    ],
)
def test_other_projects(tmp_path: Path, name: str, rung: str) -> None:
    compare(f"{name}/{rung}.Dockerfile", ladder(project(tmp_path / name, PROJECTS[name]))[rung].dockerfile)


@pytest.mark.parametrize("name", PROJECTS)
def test_what_every_dockerfile_keeps_to(tmp_path: Path, name: str) -> None:
    found = project(tmp_path / name, PROJECTS[name])
    for dialect in (MOUNTS, CA, PLAIN):
        for rung in whole(found, dialect):
            if isinstance(rung, Impossible):
                continue
            parsed = dockerfile.parse(rung.dockerfile)
            assert {base for base in parsed.bases if base != "scratch"} == set(rung.bases)
            user, command = parsed.last("USER"), parsed.last("CMD") or parsed.last("ENTRYPOINT")
            assert user is not None and user.text == "65534:65534"
            assert command is not None and exec_form(command.text)
            assert "<<" not in rung.dockerfile  # here-documents are BuildKit's alone
            assert ("--mount=" in rung.dockerfile) <= dialect.mounts
            assert ("id=ca" in rung.dockerfile) <= (dialect.ca and dialect.mounts)
            # A bundle that is mounted cannot be replaced by ca-certificates' own triggers
            for line in re.sub(r"\\\n", " ", rung.dockerfile).splitlines():
                assert not ("id=ca" in line and "apt-get" in line)


def test_dependencies_come_before_the_source() -> None:
    for rung in whole(LANGUAGE.detect(SAMPLE, Overrides()), MOUNTS):
        text = rung.dockerfile
        install = re.search(r"pip.* install .*-r requirements.txt", text)
        source = re.search(r"^COPY (--chown=\S+ )?\. \.$", text, re.MULTILINE)
        assert install and source and install.start() < source.start()


def test_scripts_within_dockerfiles_are_python() -> None:
    """What printf writes has to parse: a quote or a backslash gone wrong would show up in a build alone."""
    for rung in ladder(LANGUAGE.detect(SAMPLE, Overrides())).values():
        for block in re.findall(r"printf '%s\\n' \\\n(.*?)    > /tmp", rung.dockerfile, re.DOTALL):
            ast.parse("\n".join(re.findall(r"^    '(.*)' \\$", block, re.MULTILINE)))
        for instruction in (
            each for stage in dockerfile.parse(rung.dockerfile).stages for each in stage.instructions
        ):
            words = exec_form(instruction.text)
            if instruction.keyword == "RUN" and words and words[1] == "-c":
                ast.parse(words[2])


def test_the_naive_baseline_is_the_samples_own_dockerfile() -> None:
    rung = LANGUAGE.naive(LANGUAGE.detect(SAMPLE, Overrides()))
    assert rung.dockerfile == (SAMPLE / "Dockerfile").read_text()
    assert (rung.name, rung.bases) == ("full", ("python:3.11",))


@pytest.mark.parametrize(
    ("files", "rung", "says"),
    [
        (
            {"requirements.txt": "torch\nuvicorn\nfastapi", "main.py": FASTAPI},
            "alpine",
            "no wheels for Alpine: torch",
        ),
        (
            {"requirements.txt": "psycopg2\nuvicorn\nfastapi", "main.py": FASTAPI},
            "distroless",
            "needs libpq5 at run time",
        ),
        (
            {"requirements.txt": "", "main.py": "", ".python-version": "3.12"},
            "sourceless",
            "the project wants 3.12",
        ),
        (
            {
                "requirements.txt": "",
                "run.sh": "",
                "Dockerfile": 'FROM python:3.11\nENTRYPOINT ["./run.sh"]\n',
            },
            "distroless",
            "shell script ./run.sh",
        ),
        (
            {"requirements.txt": "", "Dockerfile": "FROM python:3.11\nCMD a && b\n"},
            "distroless",
            "needs a shell",
        ),
    ],
)
def test_a_rung_that_cannot_be_says_why(
    tmp_path: Path, files: Mapping[str, str], rung: str, says: str
) -> None:
    rungs = ladder(project(tmp_path, files))
    assert isinstance(rungs[rung], Impossible)
    assert says in rungs[rung].reason
    assert isinstance(rungs["slim"], Proposal) and isinstance(rungs["lean"], Proposal)


def test_variables_of_a_shell_command_are_filled_in_without_a_shell(tmp_path: Path) -> None:
    files = {"requirements.txt": "gunicorn", "Procfile": "web: gunicorn a:b -b :$PORT -w ${WORKERS:-2}"}
    rungs = ladder(project(tmp_path, files))
    shelly = dockerfile.parse(rungs["lean"].dockerfile).last("CMD")
    shellless = dockerfile.parse(rungs["distroless"].dockerfile)
    assert shelly and json.loads(shelly.text)[2] == "exec gunicorn a:b -b :$PORT -w ${WORKERS:-2}"
    command = shellless.last("CMD")
    assert command is not None
    python, flag, script, *words = json.loads(command.text)
    assert (python, flag, shellless.env["PORT"]) == ("python", "-c", "8000")
    # The script itself, with a program that prints its arguments in gunicorn's place
    import subprocess
    import sys

    argv = [sys.executable, flag, script, "echo", *words[1:]]
    done = subprocess.run(
        argv, env={"PORT": "81", "PATH": os.environ["PATH"]}, capture_output=True, check=True
    )
    assert done.stdout.decode().split() == ["a:b", "-b", ":81", "-w", "2"]


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("gunicorn a:b -b :$PORT", "exec gunicorn a:b -b :$PORT"),
        ("python manage.py migrate && gunicorn a:b", "python manage.py migrate && exec gunicorn a:b"),
        ("exec gunicorn a:b -b :$PORT", "exec gunicorn a:b -b :$PORT"),
        ("a; b", "a; b"),
        ("a | b", "a | b"),
        ("X=1 a", "X=1 a"),
        ("a ${B:-c}", "exec a ${B:-c}"),
    ],
)
def test_the_program_takes_the_shells_place(text: str, run: str) -> None:
    assert exec_command(text) == ("/bin/sh", "-c", run)


def test_low_ports_and_steps_of_the_project_are_noted(tmp_path: Path) -> None:
    documented = ladder(project(tmp_path / "a", PROJECTS["documented"]))["lean"]
    assert any("ip_unprivileged_port_start=80" in note for note in documented.notes)
    shelly = ladder(project(tmp_path / "b", PROJECTS["shelly"]))["multi-stage"]
    assert any("collectstatic" in note for note in shelly.notes)
    assert any("COPY --from=assets" in note for note in shelly.notes)


def test_sources_that_are_read_at_run_time_stay(tmp_path: Path) -> None:
    files = {"requirements.txt": "numba\nfastapi\nuvicorn", "main.py": FASTAPI}
    assert (
        "sourceless.py /opt/venv/lib/python3.11/site-packages numba"
        in ladder(project(tmp_path, files))["sourceless"].dockerfile
    )


def test_a_second_run_proposes_the_same(tmp_path: Path) -> None:
    """unladen's own Dockerfile is no new evidence about the project."""
    found = project(tmp_path, PROJECTS["documented"])
    first = ladder(found)
    written = f"{dockerfile.MARK} (rung lean): 1 MB\n{first['lean'].dockerfile}"
    write(tmp_path, {"Dockerfile": written, "Dockerfile.bak": DOCKERFILE})
    second = ladder(LANGUAGE.detect(tmp_path, Overrides()))
    assert {name: replace(rung, notes=()) for name, rung in second.items()} == {
        name: replace(rung, notes=()) for name, rung in first.items()
    }


def test_the_dockerignore_leaves_out_what_no_image_needs(tmp_path: Path) -> None:
    found = project(tmp_path / "a", PROJECTS["tool"])
    lines = LANGUAGE.dockerignore(found).splitlines()
    assert {
        "**/.git",
        "**/__pycache__",
        "**/.venv",
        "**/.env",
        "**/.coverage",
        "**/.mypy_cache",
        "**/*.log",
    } < set(lines)
    assert "**/.git" not in LANGUAGE.dockerignore(project(tmp_path / "b", PROJECTS["package"])).splitlines()


def test_the_users_dockerignore_has_the_last_word(tmp_path: Path) -> None:
    found = project(tmp_path, {**PROJECTS["tool"], ".dockerignore": "data\n!keep.log\n"})
    text = LANGUAGE.dockerignore(found)
    assert text.endswith("# The project's own rules\ndata\n!keep.log\n")
    write(tmp_path, {".dockerignore": text})
    assert LANGUAGE.dockerignore(found) == text


def steps_of(root: Path, dockerfile_text: str, rung: str = "slim") -> tuple[str, Proposal]:
    """A rung of a project with such lines in its Dockerfile: its text from the first own line on, and the rung."""
    files = {
        "requirements.txt": "flask\n",
        "app.py": "",
        "two.py": "",
        "entry.sh": "",
        "Dockerfile": f'FROM python:3.11\nWORKDIR /app\nCOPY . .\n{dockerfile_text}\nCMD ["python", "app.py"]\n',
    }
    found = ladder(project(root, files))[rung]
    assert isinstance(found, Proposal)
    return found.dockerfile, found


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("RUN cd sub && python make.py", "RUN cd sub && python make.py\n"),
        ("RUN export A=1 && python two.py", "RUN export A=1 && python two.py\n"),
        ("RUN A=1 python two.py", "RUN A=1 python two.py\n"),
        ("RUN SECRET_KEY=dummy python two.py && useradd web", "RUN SECRET_KEY=dummy python two.py\n"),
        (
            r"RUN sed -i 's/\r$//g' two.py && chmod +x two.py",
            r"RUN sed -i 's/\r$//g' two.py && chmod +x two.py",
        ),
        (
            "ARG VERSION=1\nRUN echo $VERSION > v.txt",
            "ARG VERSION=1\nENV HOME=/tmp\nRUN echo $VERSION > v.txt\n",
        ),
        (
            'SHELL ["/bin/bash", "-c"]\nRUN source x && [[ -n $A ]]',
            'RUN ["/bin/bash", "-c", "source x && [[ -n $A ]]"]\n',
        ),
        ("RUN <<EOF\npython two.py\nls\nEOF", r'RUN ["/bin/sh", "-c", "python two.py\nls'),
        (
            "WORKDIR /app/sub\nRUN python make.py\nWORKDIR /app",
            "WORKDIR /app/sub\nRUN python make.py\nWORKDIR /app\n",
        ),
        ("ENV APP_HOME=/app/x\nCOPY two.py $APP_HOME", "COPY --chown=65534:65534 two.py /app/x\n"),
        ('ENV PATH="/app/bin:$PATH"', "ENV PATH=/app/bin:$PATH\n"),
        (
            "RUN --mount=type=secret,id=token python two.py",
            "RUN --mount=type=secret,id=token python two.py\n",
        ),
        ("RUN useradd web && mkdir /data && chown web /data", "RUN mkdir /data && chown 65534:65534 /data\n"),
        ("USER web\nRUN python two.py", "USER 65534:65534\nRUN python two.py\nUSER root\n"),
        (
            "RUN useradd web && mkdir -p /app/media && chown -R web:web /app\nVOLUME /app/media",
            "RUN mkdir -p /app/media\n# What root's steps left there is the program's, too\nRUN find . ! -user 65534",
        ),
    ],
)
def test_a_users_step_keeps_its_text_and_what_holds_there(tmp_path: Path, lines: str, kept: str) -> None:
    text, _ = steps_of(tmp_path, lines)
    assert kept in text


def test_a_step_on_a_copied_file_comes_after_the_copy(tmp_path: Path) -> None:
    lines = "COPY entry.sh /entry.sh\nRUN chmod +x /entry.sh"
    slim, _ = steps_of(tmp_path / "a", lines)
    assert 0 < slim.index("COPY entry.sh /entry.sh") < slim.index("RUN chmod +x /entry.sh")
    stages, _ = steps_of(tmp_path / "b", lines, "multi-stage")
    assert 0 < stages.index("COPY entry.sh /entry.sh") < stages.index("RUN chmod +x /entry.sh")
    assert "COPY --from=builder /entry.sh /entry.sh" in stages


def test_a_step_that_mounts_another_stage_is_noted_on_every_rung(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "",
        "app.py": "",
        "Dockerfile": "FROM node AS web\nFROM python:3.11\nWORKDIR /app\nCOPY . .\n"
        'RUN --mount=type=bind,from=web,target=/web cp -r /web/dist .\nCMD ["python", "app.py"]\n',
    }
    for rung in ladder(project(tmp_path, files)).values():
        assert any("Dockerfile:5 RUN" in note and "not taken over" in note for note in rung.notes)
        assert "from=web" not in rung.dockerfile


def test_no_name_of_alpines_is_guessed(tmp_path: Path) -> None:
    wanted = {"requirements.txt": "", "app.py": ""}
    rungs = ladder(project(tmp_path, wanted, system_packages=("libvips42", "jq", "libssl-dev")))
    assert rungs["alpine"].reason == "not on Alpine: its names for libvips42 are not known"
    rungs = ladder(project(tmp_path, wanted, system_packages=("jq", "libssl-dev")))
    assert "--virtual .build-deps openssl-dev" in rungs["alpine"].dockerfile


@pytest.mark.parametrize(
    ("requirements", "packages"),
    [("pandas==2.2.0", "mailcap"), ("pandas==1.5.0", "libstdc++ mailcap"), ("psycopg2", "libpq mailcap")],
)
def test_alpine_has_libraries_for_what_is_compiled_there(
    tmp_path: Path, requirements: str, packages: str
) -> None:
    """Wheels for musl bring libstdc++ along."""
    found = ladder(project(tmp_path, {"requirements.txt": requirements, "app.py": ""}))["alpine"].dockerfile
    added = re.findall(r"(?m)^(?:RUN| &&) apk add --no-cache ((?:(?!--)\S+ ?)+)", found)
    assert [each.rstrip(" \\") for each in added] == [packages]


def test_apk_is_told_of_the_hosts_bundle(tmp_path: Path) -> None:
    """It reads SSL_CERT_FILE and no other variable; behind a proxy nothing can be added without it."""
    files = {"requirements.txt": "psycopg2", "app.py": ""}
    for dialect in (Dialect(), Dialect(ca=True), Dialect(mounts=False, ca=True)):
        text = ladder(project(tmp_path, files), dialect)["alpine"].dockerfile
        told = ["SSL_CERT_FILE=" in before for before in re.findall(r"(?m)^(.*)apk add", text)]
        assert len(told) == 2
        assert all(told) if dialect.ca and dialect.mounts else not any(told)


def test_a_step_for_bash_says_why_alpine_cannot_be(tmp_path: Path) -> None:
    lines = 'SHELL ["/bin/bash", "-c"]\nRUN [[ -n $A ]]'
    files = {
        "requirements.txt": "",
        "app.py": "",
        "Dockerfile": f"FROM python:3.11\n{lines}\nCMD python app.py\n",
    }
    assert "wants bash" in ladder(project(tmp_path, files))["alpine"].reason


def test_wheels_are_installed_with_their_dependencies(tmp_path: Path) -> None:
    text, _ = steps_of(
        tmp_path, "RUN pip wheel --no-deps -w /wheels -r requirements.txt\nRUN pip install /wheels/*"
    )
    assert "pip install -r requirements.txt" in text and "--no-deps" not in text


def test_a_factory_whose_arguments_have_defaults_starts(tmp_path: Path) -> None:
    source = "from flask import Flask\ndef create_app(test_config=None):\n    return Flask(__name__)\n"
    found = project(tmp_path, {"requirements.txt": "flask\ngunicorn\n", "proj/__init__.py": source})
    assert found.start.value == ("gunicorn", "--bind", "0.0.0.0:8000", "proj:create_app()")
