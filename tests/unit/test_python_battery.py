"""The environment battery, run by this very interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from unladen.language.interface import Overrides
from unladen.language.python import LANGUAGE

SAMPLE = Path(__file__).parents[2] / "samples" / "python-fastapi"
BATTERY = LANGUAGE.battery(LANGUAGE.detect(SAMPLE, Overrides()))


def run(script: str = BATTERY.script, *checks: str) -> dict[str, object]:
    argv = [sys.executable, "-", *checks]
    done = subprocess.run(argv, input=script.encode(), capture_output=True, check=True)
    report: dict[str, object] = json.loads(done.stdout)
    return report


def test_every_check_says_what_losing_it_means() -> None:
    assert set(run()) == set(BATTERY.meaning)
    assert set(BATTERY.meaning) > BATTERY.fatal > BATTERY.inventory


def test_two_runs_say_the_same() -> None:
    assert run() == run()


def test_what_is_seen_of_this_machine() -> None:
    report = run()
    versions = report["distributions"]
    assert isinstance(versions, dict)
    assert versions["jinja2"]
    assert not {"pip", "setuptools"} & set(versions)
    assert report["subprocess"] == report["shell"] == "42"
    assert report["signals"] is True


def test_a_check_that_fails_leaves_the_others_alone() -> None:
    script = BATTERY.script.replace("def check_dns", "def check_broken():\n    1 / 0\n\n\ndef check_dns")
    report = run(script)
    assert report.pop("broken") == "error: ZeroDivisionError: division by zero"
    assert report == run()


def test_a_module_that_is_gone_costs_only_the_checks_that_import_it() -> None:
    hidden = ("sqlite3", "ssl", "locale", "mimetypes", "tempfile", "uuid", "inspect", "pathlib")
    hide = "".join(f"sys.modules[{name!r}] = None\n" for name in hidden)
    report = run(BATTERY.script.replace("import sys\n", f"import sys\n{hide}", 1))
    lost = {name for name, value in report.items() if str(value).startswith("error: ModuleNotFoundError")}
    assert {"sqlite", "sqlite version", "certificates", "tls", "locale", "mime types"} <= lost
    assert not {"users", "dns", "time zones", "codecs", "local time", "signals"} & lost


def test_only_the_checks_that_are_named() -> None:
    report = run(BATTERY.script, "users", "time zones", "no such check")
    whole = run(BATTERY.script, "battery")
    assert whole == run()
    assert report == {name: whole[name] for name in ("users", "time zones")}
