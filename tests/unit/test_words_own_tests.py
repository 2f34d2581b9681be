"""The project's own tests: which are found, how they are run, and what of them is evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import base

from in_memory.build import configured
from in_memory.engine import MemoryEngine
from in_memory.process import Process
from in_memory.store import Store
from unladen.config import Config
from unladen.engine.hostsettings import HostSettings
from unladen.language import tests as language_tests
from unladen.language.python import ECOSYSTEM
from unladen.language.python.tests import RUNNER
from unladen.progress import silent
from unladen.proof.command import command_words
from unladen.proof.interface import OWN_TESTS, BatteryProgram, CommandCase, CommandResult, Program, ProofPlan
from unladen.proof.outcomes import outcomes_in
from unladen.proof.sources.own_tests import outcomes_of
from unladen.trial.ground import Ground, judge, survey
from unladen.trial.own_tests import own_tests
from unladen.trial.workplace import workplace

PYTEST = """
import os, time, pytest
def test_good(): print("x" * 5_000_000); os.write(1, b"straight")
def test_bad(): assert 1 == 2, "says why"
def test_skipped(): pytest.skip("no")
@pytest.mark.parametrize("a", [1, 2])
def test_many(a): pass
@pytest.fixture
def broken(): raise ValueError("no database")
def test_set_up(broken): pass
"""
UNITTEST = """
import unittest
class T(unittest.TestCase):
    def test_good(self): print("noise")
    def test_bad(self): import there_is_no_such_module
    @unittest.skip("no")
    def test_skipped(self): pass
"""


def run(
    root: Path, wanted: list[str] | None = None, *, without_pytest: bool = False
) -> tuple[dict[str, str], str, str]:
    """(outcomes, note, what it complains of)."""
    options = ["-c", f"import sys; sys.modules['pytest'] = None; exec(open({str(RUNNER)!r}).read())"]
    ran = subprocess.run(
        [sys.executable, *(options if without_pytest else [str(RUNNER)])],
        input=json.dumps(wanted) if wanted else "",
        capture_output=True,
        text=True,
        cwd=root,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        timeout=120,
    )
    outcomes, note = outcomes_of(CommandResult(ran.returncode, ran.stdout.encode(), ran.stderr.encode()))
    return dict(outcomes), note, ran.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    return tmp_path


def test_each_test_of_pytest_has_its_outcome(root: Path) -> None:
    (root / "tests" / "test_it.py").write_text(PYTEST)
    (root / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    outcomes, note, said = run(root)
    assert (note, outcomes) == (
        "",
        {
            "tests/test_it.py::test_good": "passed",
            "tests/test_it.py::test_bad": "failed",
            "tests/test_it.py::test_skipped": "skipped",
            "tests/test_it.py::test_many[1]": "passed",
            "tests/test_it.py::test_many[2]": "passed",
            "tests/test_it.py::test_set_up": "failed",
        },
    )
    assert "own test failed: tests/test_it.py::test_bad: " in said and "says why" in said
    assert len(said) < 2000
    assert list(root.rglob("*.pyc")) == [] and not (root / ".pytest_cache").exists()


def test_only_the_tests_that_are_named_are_run(root: Path) -> None:
    (root / "tests" / "test_it.py").write_text(PYTEST)
    (root / "tests" / "test_other.py").write_text("raise SystemExit(3)\n")
    wanted = ["tests/test_it.py::test_good", "tests/test_it.py::test_many[2]"]
    assert run(root, wanted)[:2] == (dict.fromkeys(wanted, "passed"), "")


def test_without_pytest_unittest_runs_them(root: Path) -> None:
    (root / "tests" / "test_it.py").write_text(UNITTEST)
    outcomes, note, said = run(root, without_pytest=True)
    assert note == ""
    assert outcomes == {
        "test_it.T.test_good": "passed",
        "test_it.T.test_bad": "failed",
        "test_it.T.test_skipped": "skipped",
    }
    assert "there_is_no_such_module" in said
    assert run(root, ["test_it.T.test_good"], without_pytest=True)[0] == {"test_it.T.test_good": "passed"}


def test_a_test_that_hangs_has_failed_and_the_others_go_on(root: Path) -> None:
    text = "import time\ndef test_hangs(): time.sleep(600)\ndef test_after(): pass\n"
    (root / "tests" / "test_it.py").write_text(text)
    outcomes, _, said = run(root)
    assert outcomes["tests/test_it.py::test_hangs"] == "failed" and "it takes too long" in said


@pytest.mark.parametrize(
    "text", ["import os; os._exit(7)", "this is no Python", "import there_is_no_such_module"]
)
def test_a_suite_that_cannot_be_run_says_nothing(root: Path, text: str) -> None:
    (root / "tests" / "test_it.py").write_text(text)
    outcomes, note, _ = run(root)
    assert outcomes == {} or "failed" in outcomes.values()
    assert note or "exit" not in text


def test_what_a_suite_prints_instead_of_outcomes_is_no_outcome() -> None:
    assert outcomes_of(CommandResult(None, b"", b"")) == ({}, "they did not end within 60 s")
    assert (
        outcomes_of(CommandResult(1, b"[1]", b"python: not found\n"))[1]
        == "they cannot be run here (python: not found)"
    )
    assert outcomes_of(CommandResult(1, b"", b""))[1] == "they cannot be run here (exit code 1)"


DJANGO = """
import os
from django.test import TestCase
from django.contrib.auth.models import User
class T(TestCase):
    def test_good(self): self.assertEqual(User.objects.create(username="a").pk, 1)
    def test_bad(self): self.assertEqual(self.client.get("/no").status_code, 200)
"""
SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.DATABASE", "NAME": "x.db"}}
ROOT_URLCONF = "site_.urls"
"""
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\n'


def django(root: Path, engine: str = "sqlite3") -> Path:
    for name, text in {
        "manage.py": MANAGE,
        "site_/__init__.py": "",
        "site_/settings.py": SETTINGS.replace('DATABASE"', f'{engine}"'),
        "site_/urls.py": "urlpatterns = []",
        "shop/__init__.py": "",
        "shop/tests.py": DJANGO,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_django_project_is_tested_as_manage_py_does_it(tmp_path: Path) -> None:
    outcomes, note, said = run(django(tmp_path))
    expected = {"shop.tests.T.test_good": "passed", "shop.tests.T.test_bad": "failed"}
    assert (note, outcomes) == ("", expected)
    assert "own test failed: shop.tests.T.test_bad: AssertionError: 404 != 200" in said
    assert not (tmp_path / "x.db").exists()
    assert run(tmp_path, ["shop.tests.T.test_good"])[0] == {"shop.tests.T.test_good": "passed"}


def test_a_django_project_in_a_folder_is_found(tmp_path: Path) -> None:
    django(tmp_path / "web")
    assert run(tmp_path)[0]["shop.tests.T.test_good"] == "passed"


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    told = run(django(tmp_path, "postgresql"))[:2]
    assert told == ({}, "skipped, because there is no database for them (postgresql)")


def test_pytest_runs_a_django_project_that_says_so(tmp_path: Path) -> None:
    (django(tmp_path) / "test_plain.py").write_text("def test_plain(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert "test_plain.py::test_plain" in run(tmp_path)[0]


# Which there are


def copies(root: Path) -> list[str]:
    found = ECOSYSTEM.tests(root, None)
    return [target for target, _ in found.copies[1:]] if isinstance(found, language_tests.Tests) else []


def test_tests_are_found_wherever_projects_keep_them(tmp_path: Path) -> None:
    for name in (
        "tests/data/a.csv",
        "tests/test_a.py",
        "app/tests/test_b.py",
        "shop/tests.py",
        "conftest.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    for name in (
        "venv/lib/tests/test_x.py",
        "node_modules/y/tests/test_y.py",
        ".hidden/test_z.py",
        "setup.cfg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert copies(tmp_path) == ["app/tests", "conftest.py", "shop/tests.py", "tests", "setup.cfg"]


def test_a_project_has_none(tmp_path: Path) -> None:
    assert ECOSYSTEM.tests(tmp_path, None) is None
    (tmp_path / "conftest.py").write_text("")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "run.sh").write_text("")
    assert ECOSYSTEM.tests(tmp_path, None) is None


def test_tests_with_gigabytes_of_data_are_not_copied(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("")
    with (tmp_path / "tests" / "huge.bin").open("wb") as file:
        file.truncate(1 << 30)
    assert ECOSYSTEM.tests(tmp_path, None) is None


# In containers


def python(process: Process) -> int:
    """Runs test files of one word: good, bad, or the path of a file that has to be there."""
    assert process.exists("/unladen-tests/run.py")
    wanted = json.loads(process.stdin.read() or "[]")
    outcomes = {}
    for name in ("test_one.py", "test_two.py", "test_three.py"):
        word = process.text(f"tests/{name}").strip()
        if not wanted or name in wanted:
            good = word == "good" or (word.startswith("/") and process.exists(word))
            outcomes[name] = "passed" if good else "failed"
    process.stdout(json.dumps({"tests": outcomes, "note": ""}).encode())
    return 0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[MemoryEngine]:
    engine = MemoryEngine(Store(programs={"python": python}), tmp_path / "state")
    yield engine
    engine.close()


def ground(
    engine: MemoryEngine,
    root: Path,
    plan: ProofPlan,
    programs: tuple[str, ...] = ("python",),
    program: str = "python",
) -> Ground:
    image = configured(
        configured(base({"/data": "x"}, programs), f'CMD ["{program}", "/data"]'), "WORKDIR /app"
    )
    id = engine.store.add(image, "baseline:1")
    tests = own_tests(workplace(engine, HostSettings(), root, silent), plan, root, None, root)
    return survey(engine, id, Program(None), plan, BatteryProgram(), root=root, tests=tests)


def write(root: Path, **tests: str) -> None:
    for name, text in tests.items():
        (root / "tests" / f"test_{name}.py").write_text(text)
        (root / "tests" / f"test_{name}.py").chmod(0o600)


def test_what_passes_in_the_baseline_is_run_in_every_rung(engine: MemoryEngine, root: Path) -> None:
    write(root, one="good", two="bad", three="/data")
    found = ground(engine, root, ProofPlan())
    (case,) = [case for case in found.corpus.cases if case.origin == OWN_TESTS]
    assert isinstance(case, CommandCase) and json.loads(case.stdin) == ["test_one.py", "test_three.py"]
    assert (
        "2 of the project's own tests (1 failed in the baseline: no evidence)" in found.corpus.coverage.note
    )
    assert found.own.holds and found.own.worth.tests

    image = configured(configured(base({}, ("python",)), 'CMD ["python", "/data"]'), "WORKDIR /srv")
    lost = judge(engine, engine.store.add(image, "rung:1"), found)
    (told,) = [each for each in lost.mismatches if each.case == case.id]
    assert 'test_three.py: "passed" became "failed"' in told.difference


def test_tests_that_none_passes_are_no_evidence(engine: MemoryEngine, root: Path) -> None:
    write(root, one="bad", two="bad", three="bad")
    found = ground(engine, root, ProofPlan())
    assert not [case for case in found.corpus.cases if case.origin == OWN_TESTS]
    assert "the project's own tests say nothing: 3 failed in the baseline" in found.corpus.coverage.note


def test_they_are_left_out_on_request(engine: MemoryEngine, root: Path) -> None:
    write(root, one="good", two="good", three="good")
    found = ground(engine, root, ProofPlan(tests=False))
    assert not [case for case in found.corpus.cases if case.origin == OWN_TESTS]


def test_an_image_that_cannot_run_them_says_so(engine: MemoryEngine, root: Path) -> None:
    write(root, one="good", two="good", three="good")
    engine.store.programs["other"] = lambda process: 0
    found = ground(engine, root, ProofPlan(), ("other",), "other")
    assert (
        "the project's own tests say nothing: they cannot be run here (cannot run python"
        in found.corpus.coverage.note
    )


# By a command


def checker(process: Process) -> int:
    """Prints what common runners print, and ends as /data says, which a rung may have lost."""
    there = process.exists("/data") and process.exists("tests/test_one.py")
    process.stdout(
        b"ok 1 - starts # time=0.01\n" + (b"ok" if there else b"not ok") + b" 2 - reads its data\n"
    )
    return 0 if there else 1


@pytest.mark.parametrize("words", ["check --all", ["check", "--all"]])
def test_a_command_of_the_users_runs_them(engine: MemoryEngine, root: Path, words: object) -> None:
    write(root, one="good")
    engine.store.programs["check"] = checker
    plan = Config.model_validate({"verify": {"tests": words}}).plan()
    found = ground(engine, root, plan, ("python", "check"))
    assert "the project's own tests by check --all: 2 passed" in found.corpus.coverage.note
    assert found.own.holds and found.own.worth.tests

    image = configured(configured(base({}, ("python", "check")), 'CMD ["python", "/data"]'), "WORKDIR /app")
    lost = judge(engine, engine.store.add(image, "rung:1"), found)
    (told,) = [each for each in lost.mismatches if each.case == OWN_TESTS]
    assert told.baseline.startswith("exit code 0") and told.rung.startswith("exit code 1")


def test_a_command_that_fails_in_the_baseline_is_no_evidence(engine: MemoryEngine, root: Path) -> None:
    engine.store.programs["check"] = checker
    found = ground(engine, root, ProofPlan(tests=("check",)), ("python", "check"))
    assert not [case for case in found.corpus.cases if case.origin == OWN_TESTS]
    assert "check ends with exit code 1 (" in found.corpus.coverage.note
    assert "failing alike is no evidence" in found.corpus.coverage.note


def test_only_a_command_that_needs_a_shell_has_one() -> None:
    assert command_words("npx jest 'a b'") == ("npx", "jest", "a b")
    for text in ("cd app && make test", "CI=1 run", "run tests/*.sh", "cd app"):
        assert command_words(text) == ("/bin/sh", "-c", text)


@pytest.mark.parametrize(
    ("line", "name", "outcome"),
    [
        ("tests/a.py::test_it[1 2] PASSED    [ 50%]", "tests/a.py::test_it[1 2]", "passed"),
        ("FAILED tests/a.py::test_it - assert 1 == 2", "tests/a.py::test_it", "failed"),
        ("--- PASS: TestIt (0.01s)", "TestIt", "passed"),
        ("test_it (a.T.test_it) ... ok", "test_it (a.T.test_it)", "passed"),
        ("test a::b ... ignored", "a::b", "skipped"),
        ("not ok 3 - reads", "reads", "failed"),
        ("ok 4 - later # SKIP no network", "later # SKIP no network", "skipped"),
        ("  \x1b[32m✓\x1b[0m adds up (3 ms)", "adds up", "passed"),
    ],
)
def test_what_common_runners_print_is_read(line: str, name: str, outcome: str) -> None:
    assert outcomes_in(f"noise\n{line}\n2 passed in 0.1s\n") == {name: outcome}


def test_what_passes_only_once_is_no_evidence(engine: MemoryEngine, root: Path) -> None:
    def fickle(process: Process) -> int:
        outcomes = {"steady": "passed", "fickle": "failed" if process.stdin.read() else "passed"}
        process.stdout(json.dumps({"tests": outcomes, "note": ""}).encode())
        return 0

    write(root, one="good")
    engine.store.programs["python"] = fickle
    found = ground(engine, root, ProofPlan())
    (case,) = [case for case in found.corpus.cases if case.origin == OWN_TESTS]
    assert isinstance(case, CommandCase) and json.loads(case.stdin) == ["steady"]
    assert "1 passed once in the baseline: no evidence" in found.corpus.coverage.note
