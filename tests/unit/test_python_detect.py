"""What unladen believes of Python projects, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from python_projects import DOCKERFILE, FASTAPI, FLASK, SHELLY, write

from unladen.errors import BadProject
from unladen.language import registry
from unladen.language.interface import Overrides, Project

SAMPLE = Path(__file__).parents[2] / "samples" / "python-fastapi"


def detected(root: Path, files: Mapping[str, str], **overrides: object) -> Project:
    return registry.detect(write(root, files), Overrides(**overrides))  # type: ignore[arg-type]


def test_the_sample() -> None:
    project = registry.detect(SAMPLE, Overrides())
    assert project.start.value == ("python", "main.py")
    assert (project.port.value, project.health.value, project.version.value) == (8000, "/health", "3.11")
    assert project.native.value == ("libstdc++6",)
    assert "numpy" in project.native.source
    assert project.language_source == "requirements.txt"


def test_the_sample_without_its_dockerfile_names_the_line_of_the_port(tmp_path: Path) -> None:
    files = {name: (SAMPLE / name).read_text() for name in ("main.py", "requirements.txt")}
    project = detected(tmp_path, files)
    assert project.start.value == ("python", "main.py")
    assert project.port.value == 8000
    line = files["main.py"][: files["main.py"].index('os.environ.get("PORT"')].count("\n") + 1
    assert project.port.source == f"main.py:{line} os.environ.get('PORT', 8000)"
    assert "if __name__ == '__main__'" in project.start.source
    assert project.dockerfile is None


@pytest.mark.parametrize(
    ("files", "start"),
    [
        (
            {"requirements.txt": "fastapi\nuvicorn", "main.py": FASTAPI},
            "uvicorn main:app --host 0.0.0.0 --port 8000",
        ),
        (
            {"requirements.txt": "fastapi[standard]", "app/main.py": FASTAPI},
            "uvicorn app.main:app --host 0.0.0.0 --port 8000",
        ),
        (
            {"requirements.txt": "fastapi\nhypercorn", "main.py": FASTAPI},
            "hypercorn --bind 0.0.0.0:8000 main:app",
        ),
        ({"requirements.txt": "flask\ngunicorn", "wsgi.py": FLASK}, "gunicorn --bind 0.0.0.0:8000 wsgi:app"),
        (
            {"requirements.txt": "flask", "app.py": FLASK},
            "flask --app app:app run --host 0.0.0.0 --port 5000",
        ),
        (
            {
                "requirements.txt": "flask",
                "app.py": FLASK + "if __name__ == '__main__':\n    app.run(debug=True)\n",
            },
            "flask --app app:app run --host 0.0.0.0 --port 5000",
        ),
        (
            {
                "requirements.txt": "flask",
                "app.py": FLASK + "if __name__ == '__main__':\n    app.run(host='0.0.0.0')\n",
            },
            "python app.py",
        ),
        (
            {
                "requirements.txt": "flask\nwaitress",
                "site.py": "from flask import Flask\ndef create_app():\n    return Flask('x')\n",
            },
            "waitress-serve --host 0.0.0.0 --port 8080 --call site:create_app",
        ),
        (  # L6: the factory's arguments all have defaults, and wsgi.py calls it
            {
                "requirements.txt": "flask\ngunicorn",
                "shop/__init__.py": "from flask import Flask\n"
                "def create_app(test_config=None, *, debug=False):\n    return Flask('x')\n",
                "wsgi.py": "from shop import create_app\napp = create_app()\n",
            },
            "gunicorn --bind 0.0.0.0:8000 shop:create_app()",
        ),
        (
            {"requirements.txt": "fastapi\nuvicorn", "src/api.py": FASTAPI},
            "uvicorn api:app --app-dir src --host 0.0.0.0 --port 8000",
        ),
        (
            {"requirements.txt": "gunicorn", "Procfile": "release: x\nweb: gunicorn site:app -w 4\n"},
            "gunicorn site:app -w 4",
        ),
        (
            {"requirements.txt": "streamlit", "app.py": "import streamlit as st\n"},
            "streamlit run app.py --server.address 0.0.0.0 --server.port 8501",
        ),
        ({"requirements.txt": "", "tool.py": "if __name__ == '__main__':\n    print(1)\n"}, "python tool.py"),
        ({"requirements.txt": "", "pkg/__main__.py": "print(1)\n"}, "python -m pkg"),
    ],
)
def test_start_commands(tmp_path: Path, files: Mapping[str, str], start: str) -> None:
    assert " ".join(detected(tmp_path, files).start.value) == start


@pytest.mark.parametrize(
    ("text", "port"),
    [
        (
            "import os\nPORT = int(os.getenv('PORT', '9001'))\nif __name__ == '__main__':\n    print(PORT)\n",
            9001,
        ),
        (
            "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('x:y', host='0.0.0.0', port=9002)\n",
            9002,
        ),
        (
            "from http.server import HTTPServer\nP = 9003\nHTTPServer(('', P), None).serve_forever()\n",
            9003,
        ),
        ("from aiohttp import web\nweb.run_app(None)\n", 8080),
        ("print('no server')\n", None),
    ],
)
def test_ports_from_source(tmp_path: Path, text: str, port: int | None) -> None:
    assert detected(tmp_path, {"requirements.txt": "", "main.py": text}).port.value == port


@pytest.mark.parametrize(
    ("procfile", "file", "bind", "port"),
    [
        ("web: gunicorn --config gunicorn_config.py app:app", "gunicorn_config.py", '"0.0.0.0:8080"', 8080),
        ("web: gunicorn -c settings/g.py app:app", "settings/g.py", '["0.0.0.0:9000"]', 9000),
        ("web: gunicorn app:app", "gunicorn.conf.py", '"0.0.0.0:" + os.environ.get("PORT", "7000")', 7000),
        ("web: gunicorn app:app", "other.py", '"0.0.0.0:8080"', 8000),
    ],
)
def test_gunicorns_configuration_says_the_port(
    tmp_path: Path, procfile: str, file: str, bind: str, port: int
) -> None:
    files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK, "Procfile": procfile}
    assert detected(tmp_path, {**files, file: f"import os\nbind = {bind}\n"}).port.value == port


def test_a_port_in_the_start_command_beats_expose(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "uvicorn\nfastapi",
        "app/main.py": FASTAPI,
        "Dockerfile": DOCKERFILE + "EXPOSE 9999\n",
    }
    project = detected(tmp_path, files)
    assert project.port.value == 80
    assert project.start.source == "Dockerfile:6 CMD (exec form)"
    assert project.health.value == "/healthz"


def test_a_dockerfile_full_of_shell(tmp_path: Path) -> None:
    files = {"requirements.txt": "django\ngunicorn", "manage.py": "", "Dockerfile": SHELLY}
    project = detected(tmp_path, files)
    assert project.start.value[:2] == ("/bin/sh", "-c")
    assert project.port.value == 8080
    assert project.native.value == ("gcc", "libpq-dev", "libpq5")


def test_the_interpreter_is_the_entry_point_of_distroless(tmp_path: Path) -> None:
    text = 'FROM gcr.io/distroless/python3-debian12\nCMD ["main.py"]\n'
    project = detected(tmp_path, {"requirements.txt": "", "main.py": "", "Dockerfile": text})
    assert project.start.value == ("python", "main.py")


@pytest.mark.parametrize(
    ("text", "health"),
    [
        (
            "from flask import Flask\na = Flask('x')\n@a.post('/health')\ndef f(): ...\n@a.get('/')\ndef g(): ...\n",
            "/",
        ),
        (
            "from fastapi import APIRouter\nr = APIRouter(prefix='/api')\n@r.get('/health')\ndef f(): ...\n",
            None,
        ),
        (
            "from flask import Flask\napp = Flask('x')\n@app.route('/status', methods=['POST'])\ndef f(): ...\n",
            None,
        ),
        ("from starlette.routing import Route\nroutes = [Route('/livez', None)]\n", "/livez"),
        (
            "from django.contrib import admin\nfrom django.urls import path\nu = [path('ping/', admin.site.urls)]\n",
            "/ping/",
        ),
    ],
)
def test_health_checks(tmp_path: Path, text: str, health: str | None) -> None:
    files = {"requirements.txt": "", "main.py": text + "if __name__ == '__main__':\n    pass\n"}
    assert detected(tmp_path, files).health.value == health


@pytest.mark.parametrize(
    ("files", "version", "source"),
    [
        ({".python-version": "3.12.4\n"}, "3.12", ".python-version"),
        ({"runtime.txt": "python-3.10.13\n"}, "3.10", "runtime.txt"),
        ({"Dockerfile": 'FROM ghcr.io/x/python:3.9.18-bullseye\nCMD ["x"]\n'}, "3.9", "Dockerfile:1 FROM"),
        (
            {"pyproject.toml": '[project]\nname="x"\nversion="1"\nrequires-python=">=3.9"\n'},
            "3.11",
            "pyproject.toml requires-python >=3.9",
        ),
        (
            {"pyproject.toml": '[project]\nname="x"\nversion="1"\nrequires-python=">=3.12"\n'},
            "3.12",
            "pyproject.toml requires-python >=3.12",
        ),
        (
            {"pyproject.toml": '[tool.poetry]\nname="x"\n[tool.poetry.dependencies]\npython="^3.13"\n'},
            "3.13",
            "pyproject.toml requires-python ^3.13",
        ),
        ({}, "3.11", "default: nothing in the project names a version"),
    ],
)
def test_versions(tmp_path: Path, files: Mapping[str, str], version: str, source: str) -> None:
    fact = detected(tmp_path, {"requirements.txt": "", "main.py": "", **files}).version
    assert (fact.value, fact.source) == (version, source)


LOCK = (
    '[[package]]\nname = "me"\nsource = { editable = "." }\n[[package]]\nname = "pandas"\nversion = "2.2.0"\n'
)


@pytest.mark.parametrize(
    ("files", "installer"),
    [
        ({"uv.lock": LOCK, "pyproject.toml": '[project]\nname="x"\n', "requirements.txt": "flask"}, "uv"),
        ({"poetry.lock": LOCK, "pyproject.toml": '[tool.poetry]\nname="x"\n'}, "poetry"),
        ({"pyproject.toml": '[project]\nname="x"\ndependencies=["pandas"]\n'}, "pyproject"),
        ({"pyproject.toml": '[project]\nname="x"\n', "requirements.txt": "pandas"}, "pip"),
        ({"setup.py": "from setuptools import setup; setup()"}, "setup"),
    ],
)
def test_installers(tmp_path: Path, files: Mapping[str, str], installer: str) -> None:
    project = detected(tmp_path, {"main.py": "", **files})
    assert project.details.installer == installer
    if installer in ("poetry", "pyproject", "pip"):
        assert project.native.value == ("libstdc++6",)


def test_a_command_line_tool_has_an_entry_point_and_no_port(tmp_path: Path) -> None:
    pyproject = '[build-system]\nrequires=["hatchling"]\n[project]\nname="tool"\n[project.scripts]\ntool="tool:main"\n'
    project = detected(tmp_path, {"pyproject.toml": pyproject, "tool/__init__.py": "def main(): ..."})
    assert project.start.value == ("tool",)
    assert project.port.value is None
    assert project.details.entrypoint == ("tool",)


def test_the_user_has_the_last_word(tmp_path: Path) -> None:
    project = detected(
        tmp_path,
        {"requirements.txt": "psycopg2", "main.py": ""},
        version="3.12.1",
        start=("python", "x.py"),
        port=81,
        health="/up",
        system_packages=("libfoo1",),
    )
    facts = (project.version, project.start, project.port, project.health, project.native)
    assert [fact.value for fact in facts] == ["3.12", ("python", "x.py"), 81, "/up", ("libfoo1",)]
    assert {fact.source for fact in facts} == {"unladen.toml"}


def test_a_path_with_spaces_and_umlauts(tmp_path: Path) -> None:
    project = detected(tmp_path / "mein Café", {"requirements.txt": "", "main.py": ""})
    assert project.name == "mein Café"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "the folder is empty"),
        ({"notes.md": "x"}, "none of the files that unladen looks for"),
        ({"requirements.txt": "flask", "lib.py": "", "other.py": ""}, "cannot tell how"),
        ({"requirements.txt": "fastapi", "main.py": FASTAPI}, "nothing that serves it"),
        ({"Pipfile": "", "main.py": ""}, "pipenv"),
        ({"pyproject.toml": "[project\n", "main.py": ""}, "cannot read pyproject.toml"),
        ({"uv.lock": LOCK, "main.py": ""}, "no pyproject.toml"),
    ],
)
def test_bad_projects_are_told_what_is_wrong(tmp_path: Path, files: Mapping[str, str], says: str) -> None:
    with pytest.raises(BadProject) as caught:
        detected(tmp_path, files)
    assert says in str(caught.value)


def test_a_file_that_does_not_parse_is_passed_over(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "fastapi\nuvicorn",
        "main.py": FASTAPI,
        "broken.py": "def (:\n",
        "nul.py": "x\0y",
    }
    assert detected(tmp_path, files).start.value[0] == "uvicorn"


def test_two_languages_and_how_to_choose(tmp_path: Path) -> None:
    both = {
        "requirements.txt": "",
        "main.py": "",
        "go.mod": "module x\n\ngo 1.24\n",
        "main.go": "package main\nfunc main() {}\n",
    }
    first = detected(tmp_path, both)
    assert first.language == "go"
    assert "python was found too (requirements.txt)" in first.language_source
    assert detected(tmp_path, {}, language="python").language == "python"
    by_base = detected(tmp_path, {"Dockerfile": 'FROM python:3.11\nCMD ["python", "main.py"]\n'})
    assert by_base.language == "python"
    assert "FROM" in by_base.language_source
    with pytest.raises(BadProject, match="cobol"):
        detected(tmp_path, {}, language="cobol")
