"""A command-line tool with two packages of its own and one from the index, climbing from full to sourceless.

What the hygiene may take and what not is the scenario: `plainly` has tests that nobody needs, `oddly` a folder named
tests that its program imports, and both read data files.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from engines import any_engine, provide

from unladen.engine.interface import BuildRequest, Engine, Finished, RunRequest
from unladen.language.interface import Dialect, Overrides, Project
from unladen.language.python import LANGUAGE
from unladen.proof.environment import is_loss
from unladen.session import host_settings

pytestmark = [pytest.mark.engine, any_engine]

SETUP = """\
from setuptools import setup
setup(name="{0}", version="1.5", packages=["{0}", "{0}.tests"], package_data={{"{0}": ["data.txt"]}})
"""
FILES = {
    "requirements.txt": "pyyaml==6.0.2\n./libs/plainly\n./libs/oddly\n",
    "libs/plainly/setup.py": SETUP.format("plainly"),
    "libs/plainly/plainly/__init__.py": "import importlib.resources\n\ndef text():\n    "
    "return importlib.resources.files(__name__).joinpath('data.txt').read_text().strip()\n",
    "libs/plainly/plainly/data.txt": "plain data\n",
    "libs/plainly/plainly/broken.py": "print 'Python 2, never imported'\n",
    "libs/plainly/plainly/tests/__init__.py": "",
    "libs/plainly/plainly/tests/test_text.py": "from plainly import text\n",
    "libs/oddly/setup.py": SETUP.format("oddly"),
    "libs/oddly/oddly/__init__.py": "from oddly.tests import (\n    numbers,\n)\n",
    "libs/oddly/oddly/tests/__init__.py": "numbers = [1, 2]\n",
    "tool.py": """\
import importlib.metadata, json, os, sys
import oddly, plainly, yaml

if __name__ == "__main__":
    if sys.argv[1:] == ["fail"]:
        yaml.safe_load("[")
    with open("visits.txt", "w") as file:
        file.write("once")
    versions = {name: importlib.metadata.version(name) for name in ("PyYAML", "plainly", "oddly")}
    print(json.dumps([versions, plainly.text(), oddly.numbers, yaml.__with_libyaml__, os.getuid(), sys.argv[1:]]))
""",
}
RUNGS = ("full", "slim", "multi-stage", "lean", "distroless", "sourceless")


class Climbed:
    """Every rung's image, built once."""

    def __init__(self, engine: Engine, project: Project) -> None:
        self.engine, self.project = engine, project
        host = host_settings()
        dialect = Dialect(mounts=engine.builder != "legacy")
        rungs = (LANGUAGE.naive(project), *LANGUAGE.rungs(project, dialect))
        self.rungs: dict[str, Any] = {rung.name: rung for rung in rungs}
        self.images = {
            name: engine.build(BuildRequest(project.root, self.rungs[name].dockerfile, host=host)).image
            for name in RUNGS
        }

    def run(self, name: str, *arguments: str) -> Finished:
        container = self.engine.create(RunRequest(self.images[name], command=arguments))
        container.start()
        return container.wait(60)

    def ask(self, name: str, *argv: str, script: str = "") -> Finished:
        container = self.engine.create(
            RunRequest(self.images[name], entrypoint=("python", "-c", "import time; time.sleep(300)"))
        )
        container.start()
        return container.exec(argv, stdin=script.encode())


@pytest.fixture(scope="module")
def climbed(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Climbed:
    root = tmp_path_factory.mktemp("tool")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    project = LANGUAGE.detect(root, Overrides())
    bases = [
        base for rung in (LANGUAGE.naive(project), *LANGUAGE.rungs(project, Dialect())) for base in rung.bases
    ]
    provide(engine, *(base for base in bases if "alpine" not in base))
    return Climbed(engine, project)


def test_every_rung_answers_as_the_first_one_does(climbed: Climbed) -> None:
    expected = json.loads(climbed.run("full", "a b").stdout)
    assert expected[:4] == [
        {"PyYAML": "6.0.2", "plainly": "1.5", "oddly": "1.5"},
        "plain data",
        [1, 2],
        True,
    ]
    for name in RUNGS[1:]:
        ran = climbed.run(name, "a b")
        assert ran.exit_code == 0, ran.stderr.decode()
        answer = json.loads(ran.stdout)
        assert answer == [*expected[:4], 65534, ["a b"]], name


def test_each_rung_is_smaller_and_loses_nothing_that_counts(climbed: Climbed) -> None:
    sizes = {name: climbed.engine.inspect(climbed.images[name]).size_bytes for name in RUNGS}
    assert sizes["full"] > sizes["slim"] > sizes["distroless"] > sizes["sourceless"]
    assert sizes["full"] > sizes["multi-stage"] and sizes["full"] > sizes["lean"]
    battery = LANGUAGE.battery(climbed.project)
    reports = {
        name: json.loads(climbed.ask(name, *battery.argv, script=battery.script).stdout) for name in RUNGS
    }
    assert reports["full"]["certificates"] > 100
    for name in RUNGS[1:]:
        lost = {check for check, value in reports["full"].items() if is_loss(value, reports[name][check])}
        assert not lost & battery.fatal, (name, {check: reports[name][check] for check in lost})
    assert reports["distroless"]["shell"].startswith("error: FileNotFoundError")
    assert reports["distroless"]["traceback lines"] is True
    assert reports["sourceless"]["traceback lines"] is False


def test_the_hygiene_takes_tests_that_nobody_imports_and_leaves_the_rest(climbed: Climbed) -> None:
    script = """
import importlib.util as u, json, pathlib, yaml, plainly
site = pathlib.Path(yaml.__file__).parents[1]
record = next(site.glob("plainly-*.dist-info")) / "RECORD"
listed = [line.rsplit(",", 2)[0] for line in record.read_text().splitlines()]
print(json.dumps({
    "tests": sorted(path.parent.name for path in site.rglob("tests") if path.is_dir()),
    "stubs": [str(path) for path in site.rglob("*.pyi")],
    "pip": u.find_spec("pip") is not None,
    "missing from disk": [path for path in listed if not (site / path).exists()],
    "bytecode": pathlib.Path(u.cache_from_source(plainly.__file__)).exists(),
    "own bytecode": pathlib.Path(u.cache_from_source("tool.py")).exists(),
}))
"""
    found = json.loads(climbed.ask("distroless", "python", "-", script=script).stdout)
    assert found == {
        "tests": ["oddly"],
        "stubs": [],
        "pip": False,
        "missing from disk": [],
        "bytecode": True,
        "own bytecode": True,
    }


def test_a_failure_looks_the_same_but_for_sourceless_dependencies(climbed: Climbed) -> None:
    full, distroless, sourceless = (
        climbed.run(name, "fail") for name in ("full", "distroless", "sourceless")
    )
    assert full.exit_code == distroless.exit_code == sourceless.exit_code == 1
    assert b"return loader.get_single_data()" in full.stderr
    assert b"return loader.get_single_data()" in distroless.stderr
    assert b"return loader.get_single_data()" not in sourceless.stderr
    assert b'yaml.safe_load("[")' in sourceless.stderr  # the program's own source is never thinned
