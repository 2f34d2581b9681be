"""Runs in a container: the project's own tests, by Django's runner, pytest or unittest.
It prints {"tests": {id: outcome}, "note": ""}.

Ids to run come as a JSON array on standard input. Without any, all are tried: a test has EACH seconds and all of them
have ALL; what was not run by then has no outcome. With ids there is time: a busy machine must not make a difference.
What tests print goes nowhere; how they fail, in short, goes to stderr.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

EACH, ALL, TOLD = 5.0, 20.0, 20
PATIENT = 60.0
BEGUN = time.monotonic()
OUTCOMES: dict[str, str] = {}
FAILURES: list[str] = []
MARK = "own test failed: "


class TooLong(Exception):
    pass


def too_long(*_: object) -> None:
    raise TooLong("it takes too long")


def begin(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)


def is_enough(wanted: Any) -> bool:
    return not wanted and time.monotonic() - BEGUN > ALL


def end() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)


def tell(name: str, outcome: str, why: str = "") -> None:
    """The worst of setup, call and teardown counts."""
    if outcome == "failed" and len(FAILURES) < TOLD:
        FAILURES.append(MARK + name + ": " + why[-300:].replace("\n", " "))
    ranks = ("passed", "skipped", "failed")
    OUTCOMES[name] = max(outcome, OUTCOMES.get(name, "passed"), key=ranks.index)


class Plugin:
    def __init__(self, wanted: set[str]) -> None:
        self.wanted = wanted

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.wanted:
            items[:] = [item for item in items if item.nodeid in self.wanted]

    def pytest_runtest_logstart(self, nodeid: str, location: object) -> None:
        begin(PATIENT if self.wanted else EACH)

    def pytest_runtest_logreport(self, report: Any) -> None:
        why = getattr(getattr(report.longrepr, "reprcrash", None), "message", "") or str(
            report.longrepr or ""
        )
        tell(report.nodeid, report.outcome, why)

    def pytest_runtest_logfinish(self, nodeid: str, location: object) -> None:
        end()
        if is_enough(self.wanted):
            import pytest

            pytest.exit("enough")


def by_pytest(wanted: list[str]) -> str:
    import pytest

    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--rootdir",
        str(Path.cwd()),
        "-o",
        "addopts=",
        "--continue-on-collection-errors",
    ]
    files = sorted({name.split("::")[0] for name in wanted})
    code = int(pytest.main(options + files, plugins=[Plugin(set(wanted))]))
    return "" if code in (0, 1, 2, 5) else f"pytest ends with exit code {code}"


def result(wanted: list[str]) -> Any:
    """What unittest tells of each test as it ends."""
    import unittest

    class Result(unittest.TestResult):
        def startTest(self, test: Any) -> None:
            super().startTest(test)
            begin(PATIENT if wanted else EACH)

        def stopTest(self, test: Any) -> None:
            end()
            if is_enough(wanted):
                self.stop()

        def addSuccess(self, test: Any) -> None:
            tell(test.id(), "passed")

        def addSkip(self, test: Any, reason: str) -> None:
            tell(test.id(), "skipped")

        def addFailure(self, test: Any, error: Any) -> None:
            tell(test.id(), "failed", f"{error[0].__name__}: {error[1]}")

        def addError(self, test: Any, error: Any) -> None:
            self.addFailure(test, error)

    return Result()


def by_unittest(wanted: list[str]) -> str:
    import unittest

    loader = unittest.TestLoader()
    folders = {"."} | {name for name in ("test", "tests") if Path(name).is_dir()}
    for folder in sorted(folders):
        top = "." if Path(folder, "__init__.py").exists() else folder
        suite = loader.discover(folder, top_level_dir=top)
        chosen = [
            each for each in flat(suite) if each.id() not in OUTCOMES and (not wanted or each.id() in wanted)
        ]
        unittest.TestSuite(chosen).run(result(wanted))
    return ""


def django_project() -> Path | None:
    """The folder of manage.py, where nothing says that pytest runs the tests."""
    settings = {
        "pytest.ini": "",
        "pyproject.toml": "[tool.pytest",
        "setup.cfg": "[tool:pytest]",
        "tox.ini": "[pytest]",
    }
    for name, section in settings.items():
        path = Path(name)
        if path.is_file() and section in path.read_text(encoding="utf-8", errors="replace"):
            return None
    return next(
        (path.parent for path in (Path("manage.py"), *sorted(Path().glob("*/manage.py"))) if path.is_file()),
        None,
    )


def by_django(wanted: list[str], folder: Path) -> str | None:
    """What `manage.py test` would run, on sqlite alone; None where that is nothing."""
    import unittest

    text = (folder / "manage.py").read_text(encoding="utf-8", errors="replace")
    named = re.search(r"DJANGO_SETTINGS_MODULE['\"]\s*[,\]]\s*=?\s*['\"]([\w.]+)", text)
    if named:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", named[1])
    os.chdir(folder)
    sys.path.insert(0, str(Path.cwd()))
    import django
    from django.conf import settings
    from django.test.utils import get_runner

    engines = sorted(
        {str(each.get("ENGINE", "dummy")).rpartition(".")[2] for each in settings.DATABASES.values()}
    )
    others = [name for name in engines if name not in ("sqlite3", "dummy")]
    if others:
        return "skipped, because there is no database for them (" + ", ".join(others) + ")"
    django.setup()
    count = []

    class Runner(get_runner(settings)):  # type: ignore[misc]
        def run_suite(self, suite: Any, **options: Any) -> Any:
            chosen = [each for each in flat(suite) if not wanted or each.id() in wanted]
            count.append(len(chosen))
            own = result(wanted)
            unittest.TestSuite(chosen).run(own)
            return own

    Runner(verbosity=0, interactive=False).run_tests([])
    return "" if sum(count) else None


def flat(suite: Any) -> Any:
    for each in suite:
        if hasattr(each, "__iter__"):
            yield from flat(each)
        else:
            yield each


def run(wanted: list[str]) -> str:
    folder, place = django_project(), Path.cwd()
    if folder is not None:
        try:
            told = by_django(wanted, folder)
        except Exception:
            told = None  # its settings do not load here; tests that need none of it still run
        if told is not None or OUTCOMES:
            return told or ""
        os.chdir(place)
    try:
        import pytest  # noqa: F401
    except ImportError:
        return by_unittest(wanted)
    return by_pytest(wanted)


def main() -> None:
    wanted = json.loads(sys.stdin.read() or "[]")
    out, err = os.dup(1), os.dup(2)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.dont_write_bytecode = True
    sys.path[0] = str(Path.cwd())
    signal.signal(signal.SIGALRM, too_long)
    begin(PATIENT)
    try:
        note = run(wanted)
    except BaseException as error:
        note = f"they cannot be run: {type(error).__name__}: {error}"
    end()
    told = {name: OUTCOMES[name] for name in sorted(OUTCOMES)}
    os.write(err, "".join(line + "\n" for line in FAILURES).encode("utf-8", "replace"))
    with os.fdopen(out, "w", encoding="utf-8") as answer:
        answer.write(json.dumps({"tests": told, "note": note}))
    os._exit(0)


main()
