"""The repository's own words in real containers: a command-line program, and the project's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import any_engine, provide

from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Engine
from unladen.progress import silent
from unladen.proof.interface import (
    OWN_TESTS,
    BatteryProgram,
    CommandCase,
    CommandResult,
    Program,
    ProofPlan,
    Verdict,
)
from unladen.trial.ground import Ground, judge, survey
from unladen.trial.own_tests import own_tests
from unladen.trial.workplace import workplace

pytestmark = [pytest.mark.engine, any_engine]

BASE = "python:3.11-slim"
TOOL = """
import argparse, sys
parser = argparse.ArgumentParser("counter")
parser.add_argument("--version", action="version", version="counter 1.0")
below = parser.add_subparsers(dest="command")
below.add_parser("lines").add_argument("file")
below.add_parser("table")
told = parser.parse_args()
if told.command == "lines":
    print(len(open(told.file).readlines()))
elif told.command == "table":
    import sqlite3
    print(sqlite3.connect(":memory:").execute("select 1").fetchall())
else:
    print(len(sys.stdin.read()), "characters")
"""
README = "# counter\n\n    $ python tool.py lines /app/tool.py\n    $ python tool.py table\n"
IMAGE = f'FROM {BASE}\nWORKDIR /app\nCOPY tool.py .\nCMD ["python", "tool.py"]\n'
WITHOUT_SQLITE = 'RUN rm -r "$(python3 -c "import sqlite3; print(sqlite3.__path__[0])")"\n'
PROGRAM = Program(port=None, command_timeout=30)


def project(tmp_path: Path) -> Path:
    (tmp_path / "tool.py").write_text(TOOL)
    (tmp_path / "README.md").write_text(README)
    return tmp_path


def ground(
    engine: Engine, root: Path, plan: ProofPlan, dockerfile: str = IMAGE, program: Program = PROGRAM
) -> Ground:
    provide(engine, BASE)
    built = engine.build(BuildRequest(root, dockerfile)).image
    tests = own_tests(workplace(engine, HostSettings(), root, silent), plan, root, None, root)
    return survey(engine, built, program, plan, BatteryProgram(), root=root, tests=tests)


def verdict(engine: Engine, root: Path, found: Ground, dockerfile: str) -> Verdict:
    return judge(engine, engine.build(BuildRequest(root, dockerfile)).image, found)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("counter"))


@pytest.fixture(scope="module")
def counter(engine: Engine, root: Path) -> Ground:
    return ground(engine, root, ProofPlan(commands=[CommandCase("version", ("python3", "--version"))]))


def test_a_command_line_program_is_proved_by_its_help_and_its_readme(
    engine: Engine, root: Path, counter: Ground
) -> None:
    assert {"tool.py --help", "tool.py lines --help", "tool.py table", "tool.py lines /app/tool.py"} <= {
        case.id for case in counter.corpus.cases
    }
    assert counter.own.holds and not counter.own.failed_alike

    same = verdict(engine, root, counter, IMAGE.replace('"python", "tool.py"', '"python3", "/app/tool.py"'))
    assert (same.different, same.not_run) == (0, 0)

    lost = verdict(engine, root, counter, IMAGE + WITHOUT_SQLITE)
    assert [each.case for each in lost.mismatches] == ["tool.py table"]
    assert "sqlite3" in lost.mismatches[0].cause


def test_a_program_of_its_own_is_run_instead_of_the_command(
    engine: Engine, root: Path, counter: Ground
) -> None:
    """L12: the words were appended to CMD and failed on both sides."""
    version = counter.recordings[0].answers["version"]
    assert isinstance(version, CommandResult)
    assert version.exit_code == 0 and b"Python 3.11" in version.stdout
    lost = verdict(engine, root, counter, IMAGE + "RUN ln -sf /bin/false /usr/local/bin/python3\n")
    assert "version" in [each.case for each in lost.mismatches]


OWN = """
import os, socket, sqlite3, unittest
class Own(unittest.TestCase):
    def test_tables(self):
        import sqlite3
        self.assertEqual(sqlite3.connect(":memory:").execute("select 1").fetchall(), [(1,)])
    def test_words(self): self.assertEqual("a".upper(), "A")
    def test_network(self): socket.create_connection(("1.1.1.1", 53), 2)
"""


def test_the_projects_own_tests_are_evidence(engine: Engine, tmp_path: Path) -> None:
    """Those that need a network fail in the baseline, and count for nothing; the image has none of them."""
    root = tmp_path
    (root / "tool.py").write_text("print('done')\n")  # it has no help: its tests are the evidence
    (root / "tests").mkdir(mode=0o700)
    (root / "tests" / "test_own.py").write_text(OWN.replace("socket, sqlite3, unittest", "socket, unittest"))
    dockerfile = IMAGE + "USER 65534\n"
    found = ground(engine, root, ProofPlan(), dockerfile)
    (case,) = [case for case in found.corpus.cases if case.origin == OWN_TESTS]
    assert (
        "2 of the project's own tests (1 failed in the baseline: no evidence)" in found.corpus.coverage.note
    )
    assert found.own.holds and not found.own.failed_alike

    lost = verdict(engine, root, found, dockerfile.replace("USER", WITHOUT_SQLITE + "USER"))
    assert case.id in [each.case for each in lost.mismatches]
    (told,) = [each for each in lost.mismatches if each.case == case.id]
    assert "test_tables" in told.difference and "sqlite3" in told.cause
