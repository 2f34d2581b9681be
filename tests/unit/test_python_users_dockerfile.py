"""What a user's Dockerfile tells: parsing, and what a Python rung takes over."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_projects import DOCKERFILE, SHELLY, write

from unladen.dockerfile.choose import choose
from unladen.dockerfile.stages import MARK, command, parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.errors import BadDockerfile
from unladen.language.python import pipsteps, taken
from unladen.language.python.taken import Copied


def test_stages_variables_continuations_comments_and_here_documents() -> None:
    parsed = parse(
        "# syntax=docker/dockerfile:1\nARG TAG=3.11\nFROM --platform=linux/amd64 python:${TAG}-slim AS Build\n"
        "run echo one \\\n  # a comment inside\n\n  && echo two\n"
        "RUN <<EOF\nFROM nothing\nEOF\n"
        'FROM build\nENV A=1 B="x y"\nENV OLD some words\nCMD ["a", "b"]\n'
    )
    assert parsed.bases == ("python:3.11-slim",)
    assert [each.text for each in parsed.all("RUN")] == ["echo one && echo two", "<<EOF"]
    assert parsed.all("RUN")[1].script == "FROM nothing\n"
    assert parsed.env == {"A": "1", "B": '"x y"', "OLD": '"some words"'}
    assert parsed.last("CMD") is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FROM python:3.11\nRUNN pip install x\n", "line 2: unknown instruction RUNN"),
        ("RUN true\nFROM x\n", "line 1: RUN before the first FROM"),
        ("# nothing\n", "it has no FROM"),
        ("FROM a b c d\n", "line 1: FROM a b c d"),
        ("FROM x\nRUN <<EOF\nnever ends\n", "line 2: the here-document EOF has no end"),
        ("FROM x\nUSER\n", "line 2: USER without arguments"),
    ],
)
def test_a_syntax_error_names_its_line(text: str, says: str) -> None:
    with pytest.raises(BadDockerfile) as caught:
        parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ('["python", "main.py"]', ("python", "main.py")),
        ("python main.py --name 'two words'", ("python", "main.py", "--name", "two words")),
        ("exec python main.py", ("python", "main.py")),
        ("python main.py > log", ("/bin/sh", "-c", "python main.py > log")),
        ("python -m http.server $PORT", ("/bin/sh", "-c", "python -m http.server $PORT")),
        ("DEBUG=1 python main.py", ("/bin/sh", "-c", "DEBUG=1 python main.py")),
        ("['single', 'quotes']", ("/bin/sh", "-c", "['single', 'quotes']")),
    ],
)
def test_commands_become_argv_where_no_shell_is_needed(text: str, argv: tuple[str, ...]) -> None:
    instruction = parse(f"FROM x\nCMD {text}\n").last("CMD")
    assert instruction is not None
    assert command(instruction).argv == argv


def test_what_a_rung_takes_over(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "gunicorn\n"})
    users = said(SHELLY)
    reading, steps = users.final, taken.own_steps(users)
    assert taken.version(users) == ("3.11", 4)
    assert taken.workdir(reading) == "/srv/app"
    assert reading.ports == ((8080, 18),)
    assert taken.env(users) == (("PYTHONPATH", "/srv/app/src"), ("GREETING", '"hello world"'))
    assert taken.system_packages(reading) == (("gcc", "libpq-dev", "libpq5"), 8)
    assert [each.run for each in steps] == ["python manage.py collectstatic --noinput"]
    assert pipsteps.pip_installs(tmp_path, users) == (("-r", "requirements.txt", "httpx>=0.27"),)
    assert taken.copies(tmp_path, reading, steps) == ([Copied("requirements.txt ."), Copied(". .")], [])
    assert [note.split()[1] for note in taken.notes(users)] == ["COPY"]


def test_requirements_are_found_where_they_were_copied_from(tmp_path: Path) -> None:
    write(tmp_path, {"requirements/prod.txt": "flask\n"})
    users = said("FROM python:3.11\nCOPY requirements/prod.txt /tmp/\nRUN pip3 install -r /tmp/prod.txt\n")
    assert pipsteps.pip_installs(tmp_path, users) == (("-r", "requirements/prod.txt"),)


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ("pip install flask==3.0 'gunicorn[gevent]'", (("flask==3.0", "gunicorn[gevent]"),)),
        ("pip install --user --no-cache-dir --prefix=/install flask", (("flask",),)),
        ("python -m pip install --upgrade pip", ()),
        ("pip wheel -w /wheels -r requirements.txt", (("-r", "requirements.txt"),)),
        ("pip install --no-index --find-links /wheels /wheels/*", ()),
        (
            "/opt/venv/bin/pip install --index-url https://i.example/ flask",
            (("--index-url", "https://i.example/", "flask"),),
        ),
        ("uv pip install flask", (("flask",),)),
        ("apt-get update && pip install flask | tee log", (("flask",),)),
    ],
)
def test_pip_is_understood_in_its_many_forms(
    tmp_path: Path, run: str, found: tuple[tuple[str, ...], ...]
) -> None:
    write(tmp_path, {"requirements.txt": ""})
    assert pipsteps.pip_installs(tmp_path, said(f"FROM python:3.11\nRUN {run}\n")) == found


@pytest.mark.parametrize(
    ("run", "steps"),
    [
        ("pip install x && python manage.py collectstatic", ("python manage.py collectstatic",)),
        ("groupadd a; useradd b; chown -R b /app", ()),
        ("for x in a b; do echo $x; done", ("for x in a b; do echo $x; done",)),
        ("curl -L https://e.example/m.bin -o model.bin", ("curl -L https://e.example/m.bin -o model.bin",)),
        ("echo 'a b' > settings", ("echo 'a b' > settings",)),
        ("mkdir -p 'my data'", ("mkdir -p 'my data'",)),
    ],
)
def test_the_projects_own_steps_are_kept(run: str, steps: tuple[str, ...]) -> None:
    found = taken.own_steps(said(f"FROM python:3.11\nWORKDIR /app\nRUN {run}\n"))
    assert tuple(each.run for each in found) == steps


def test_the_users_file_is_the_one_that_unladen_did_not_write(tmp_path: Path) -> None:
    assert choose(tmp_path) is None
    write(tmp_path, {"Dockerfile": DOCKERFILE})
    assert path_of(tmp_path) == tmp_path / "Dockerfile"
    write(tmp_path, {"Dockerfile": f"{MARK} (rung lean)\nFROM x\n"})
    assert choose(tmp_path) is None
    write(tmp_path, {"Dockerfile.bak": DOCKERFILE})
    assert path_of(tmp_path) == tmp_path / "Dockerfile.bak"


def said(text: str) -> UsersDockerfile:
    return UsersDockerfile(parse(text))


def path_of(root: Path) -> Path | None:
    users = choose(root)
    return users.path if users else None
