"""Routes of Python's frameworks, asked of real ones by the script that runs in a container."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from framework_projects import APPLICATIONS, BOTTLE, DJANGO, FASTAPI, FLASK, STARLETTE, Application

from unladen.engine.interface import Finished
from unladen.language.python import introspect
from unladen.language.python.introspect import commands, script
from unladen.language.routes import Routes
from unladen.proof.sources.introspected import Known, ask_framework


class Machine:
    """The container of the script: this machine, with processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.proc = folder / "proc"
        self.proc.mkdir(exist_ok=True)

    def process(self, number: int, argv: tuple[str, ...], cwd: Path, **env: str) -> None:
        here = self.proc / str(number)
        here.mkdir()
        (here / "cmdline").write_bytes(b"".join(os.fsencode(word) + b"\0" for word in argv))
        env = dict(os.environ) | env
        (here / "environ").write_bytes(b"\0".join(os.fsencode(f"{n}={v}") for n, v in env.items()))
        (here / "cwd").symlink_to(cwd)

    def exec(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60.0) -> Finished:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        try:
            ran = subprocess.run(
                argv,
                input=stdin,
                capture_output=True,
                timeout=timeout,
                cwd=self.folder,
                env=env | {"PATH": path},
            )
        except FileNotFoundError:
            return Finished(127, b"", b"no such program", 0)
        return Finished(ran.returncode, ran.stdout, ran.stderr, 0)

    def known(self, *start: str) -> Known:
        ways = [Routes(commands=commands(start), script=script(str(self.proc)))]
        return ask_framework(self, start, ways)  # type: ignore[arg-type]


def made(folder: Path, application: Application) -> Machine:
    for name, text in application.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Machine(folder)


def names(known: Known) -> set[str]:
    return {f"{route.method} {route.path}" for route in known.routes}


@pytest.mark.parametrize("framework", APPLICATIONS)
def test_every_route_that_a_person_counts(framework: str, tmp_path: Path) -> None:
    if find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    application = APPLICATIONS[framework]
    known = made(tmp_path, application).known(*application.start)
    assert known.note == ""
    assert names(known) == application.routes
    kinds: dict[str, Any] = {}
    for route in known.routes:
        kinds |= route.parameters
    assert {name: kinds[name] for name in application.kinds} == application.kinds


def test_files_that_are_served_are_named(tmp_path: Path) -> None:
    known = made(tmp_path, STARLETTE).known(*STARLETTE.start)
    files = next(route for route in known.routes if route.path == "/files/{path}")
    assert list(files.examples["path"]) == ["a.html", "b/c.html"]


def test_django_says_which_host_it_answers_to(tmp_path: Path) -> None:
    assert made(tmp_path, DJANGO).known(*DJANGO.start).headers == {"Host": "shop.example"}


def test_an_entry_script_that_chooses_program_folder_and_environment(tmp_path: Path) -> None:
    """The start command says nothing; the process does."""
    machine = made(tmp_path, Application({}, (), frozenset()))
    made(tmp_path / "srv", FLASK)
    python = str(Path(sys.executable))
    machine.process(1, ("/bin/bash", "./boot.sh"), tmp_path)
    machine.process(7, (python, "/usr/bin/flask", "run"), tmp_path / "srv", FLASK_APP="wsgi.py")
    assert names(machine.known("./boot.sh")) == FLASK.routes


@pytest.mark.parametrize(
    "start",
    [
        ("flask", "--app", "shop", "run"),
        ("flask", "--app=wsgi", "run", "--host", "0.0.0.0"),
        ("waitress-serve", "--port", "8080", "--call", "shop:create_app"),
        ("gunicorn", "-c", "settings.py", "--access-logfile", "-", "wsgi:app"),
        ("uwsgi", "--http", ":8000", "--module", "wsgi:app"),
        ("uwsgi", "app.ini"),
        ("python", "-m", "gunicorn", "wsgi:app"),
    ],
)
def test_flask_however_it_is_started(start: tuple[str, ...], tmp_path: Path) -> None:
    machine = made(tmp_path, FLASK)
    (tmp_path / "app.ini").write_text("[uwsgi]\nwsgi-file = wsgi.py\ncallable = app\n")
    assert names(machine.known(*start)) == FLASK.routes


def test_django_by_its_wsgi_module(tmp_path: Path) -> None:
    machine = made(tmp_path, DJANGO)
    (tmp_path / "site_of" / "wsgi.py").write_text(
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_of.settings')\n"
        "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    )
    assert names(machine.known("gunicorn", "site_of.wsgi")) == DJANGO.routes


def test_what_mounts_several_applications(tmp_path: Path) -> None:
    machine = made(tmp_path, FLASK)
    (tmp_path / "both.py").write_text(
        "from flask import Flask\nfrom shop import create_app\n"
        "from werkzeug.middleware.dispatcher import DispatcherMiddleware\n"
        "front = Flask('front', static_folder=None)\nfront.add_url_rule('/front', view_func=lambda: '')\n"
        "app = DispatcherMiddleware(front, {'/shop': create_app()})\n"
    )
    below = {route.replace(" /", " /shop/", 1) for route in FLASK.routes}
    assert names(machine.known("gunicorn", "both:app")) == below | {"GET /front"}


def test_an_import_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import no_such_module_at_all\n")
    known = Machine(tmp_path).known("uvicorn", "app:app")
    assert known.routes == ()
    assert "No module named 'no_such_module_at_all'" in known.note


def test_an_import_that_never_ends_is_ended(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import time\ntime.sleep(600)\n")
    texts = json.loads(script(str(Machine(tmp_path).proc)))
    texts["finding"] = texts["finding"].replace("LIMIT = 25.0", "LIMIT = 1.0")
    start = ("uvicorn", "app:app")
    ways = [Routes(commands=commands(start), script=json.dumps(texts))]
    known = ask_framework(Machine(tmp_path), start, ways)  # type: ignore[arg-type]
    assert known.note == "no routes from the framework: it was not loaded within 1 s"


def test_a_program_without_a_framework(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('no application')\n")
    known = Machine(tmp_path).known("python", "app.py")
    assert known.note == (
        "no routes from the framework: no application of a framework that is known was found"
    )
    assert Machine(tmp_path).known("/bin/true").note.endswith("no web application was found in what runs")


def test_a_script_that_listens_while_it_is_imported_does_not_listen_twice(tmp_path: Path) -> None:
    assert "run(host" in BOTTLE.files["app.py"]
    assert names(made(tmp_path, BOTTLE).known(*BOTTLE.start)) == BOTTLE.routes


def test_where_no_interpreter_is_there_nothing_is_said() -> None:
    class Bare:
        def exec(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60.0) -> Finished:
            return Finished(127, b"", b"", 0)

    start = ("/app/main",)
    ways = [Routes(commands=commands(start), script=script())]
    assert ask_framework(Bare(), start, ways) == Known()  # type: ignore[arg-type]


def test_the_interpreter_of_the_start_command_comes_first() -> None:
    assert [argv[0] for argv in commands(("/opt/venv/bin/gunicorn", "app:app"))] == [
        "/opt/venv/bin/python",
        "python",
        "python3",
    ]
    assert commands(("/usr/bin/python3.11", "app.py"))[0][0] == "/usr/bin/python3.11"


def test_the_texts_are_those_of_an_old_interpreter() -> None:
    for part in introspect.PARTS:
        text = (Path(introspect.__file__).parent / f"{part}.py").read_text()
        ast.parse(text, feature_version=(3, 8))


def test_the_document_of_a_framework_is_found_where_the_source_puts_it(tmp_path: Path) -> None:
    assert "GET /spec/v1.json" in names(made(tmp_path, FASTAPI).known(*FASTAPI.start))
