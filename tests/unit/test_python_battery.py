"""The environment battery, run by this very interpreter."""

from __future__ import annotations

import json
import os
import py_compile
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from unladen.language.interface import Overrides
from unladen.language.python import LANGUAGE
from unladen.language.python.battery_script import one_name
from unladen.proof.environment import environment_differences
from unladen.proof.interface import BatteryProgram, Recording

SAMPLE = Path(__file__).parents[2] / "samples" / "python-fastapi"
BATTERY = LANGUAGE.battery(LANGUAGE.detect(SAMPLE, Overrides()))


def run(
    script: str = BATTERY.script,
    *checks: str,
    flags: tuple[str, ...] = (),
    environ: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, object]:
    argv = [sys.executable, *flags, "-", *(checks or QUICK)]
    environment = {**os.environ, **environ}
    done = subprocess.run(argv, input=script.encode(), capture_output=True, check=True, env=environment)
    report: dict[str, object] = json.loads(done.stdout)
    return report


LONG = {"modules", "private compiled modules", "building and desktop modules", "standard library"}
"""What imports all that is installed here: asked of small folders below."""
QUICK = sorted(check for check in BATTERY.meaning.keys() - LONG if not check.startswith("any user: "))


def test_every_check_says_what_losing_it_means() -> None:
    titles = {
        line[10 : line.index("(")].replace("_", " ")
        for line in BATTERY.script.splitlines()
        if line.startswith("def check_")
    }
    assert titles | {f"any user: {check}" for check in BATTERY.anyone} == set(BATTERY.meaning)
    assert set(run()) == titles - LONG
    assert set(BATTERY.meaning) > BATTERY.fatal > BATTERY.inventory


def test_two_runs_say_the_same() -> None:
    assert run() == run()


def test_it_reports_where_json_is_gone(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise ModuleNotFoundError(name='json')")
    environ = {"PYTHONPATH": str(tmp_path), "MOOD": 'gut "so" \\ \n ü 🐋'}
    report = run(BATTERY.script, "environment", "services", "traceback lines", environ=environ)
    assert report["traceback lines"] == "error: the module json is gone"
    environment = report["environment"]
    assert isinstance(environment, dict) and environment["MOOD"] == environ["MOOD"]
    assert report["services"] == run()["services"]


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
    report = run(script, "broken", *QUICK)
    assert report.pop("broken") == "error: ZeroDivisionError: division by zero"
    assert report == run()


def test_a_module_that_is_gone_costs_only_the_checks_that_import_it() -> None:
    hidden = ("sqlite3", "ssl", "locale", "mimetypes", "tempfile", "uuid", "inspect", "pathlib")
    report = run(without(*hidden))
    lost = {name for name, value in report.items() if str(value).endswith("is gone")}
    assert {"sqlite", "sqlite version", "certificates", "tls", "locale", "mime types"} <= lost
    assert not {"users", "dns", "codecs", "local time", "signals"} & lost
    assert report["certificates"] == "error: the module ssl is gone"


def without(*modules: str) -> str:
    """The battery where these do not import."""
    hide = "".join(f"sys.modules[{name!r}] = None\n" for name in modules)
    return BATTERY.script.replace("import sys\n", f"import sys\n{hide}", 1)


def test_a_lost_module_of_the_standard_library_is_named() -> None:
    whole, broken = (
        lists(run(script, "standard library")) for script in (BATTERY.script, without("smtplib"))
    )
    assert {"smtplib", "wsgiref.simple_server", "concurrent.futures.thread", "zlib"} <= whole
    assert "smtplib" in whole - broken
    assert "json.tool" in broken


def lists(report: dict[str, object]) -> set[str]:
    (value,) = report.values()
    assert isinstance(value, list)
    return set(value)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of distributions."""
    files = {
        "good-1.dist-info/METADATA": "Name: good\nVersion: 1\n",
        "good/__init__.py": "",
        "good/deep/part.py": "",
        "good/absent.py": "import no_such_module_of_unladen",
        "good/tests/test_it.py": "",
        "good/crashes.py": "import os; os._exit(7)",
        "good/killed.py": "import os; os.kill(os.getpid(), 9)",
        "good/leaves.py": "raise SystemExit",
        "good/shouts.py": "print('{'); import sys; print('}', file=sys.stderr); assert not sys.stdin.read()",
        "good/writes.py": f"open({str(tmp_path / 'written')!r}, 'w')",
        "good/caches.py": "import os; open(os.path.expanduser('~/cache'), 'w').write('x')",
        "good/calls.py": "import socket; socket.create_connection(('127.0.0.1', 9))",
        "good/zz_last.py": "import threading; threading.Thread(target=print).start()",
        "single.py": "",
    }
    for name, text in files.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text)
    return tmp_path / "site"


def modules_of(site: Path, script: str = BATTERY.script) -> dict[str, object]:
    report = run(script, "modules", flags=("-S",), environ={"PYTHONPATH": str(site)})
    assert isinstance(report["modules"], dict)
    return report["modules"]


IMPORT = ["good", "good.caches", "good.deep.part", "good.shouts", "good.zz_last"]


def test_modules_that_import_are_listed_whatever_the_others_do(site: Path) -> None:
    assert modules_of(site) == {"good": IMPORT, "single": ["single"]}
    assert not (site.parent / "written").exists()


def test_a_module_that_hangs_costs_itself_alone(site: Path) -> None:
    (site / "good" / "hangs.py").write_text("import time; time.sleep(600)")
    (site / "good" / "spins.py").write_text("while True: pass")
    script = BATTERY.script.replace("SECONDS, TOGETHER = 20.0, 60.0", "SECONDS, TOGETHER = 1.0, 60.0")
    assert modules_of(site, script)["good"] == IMPORT


def test_packages_that_nothing_is_known_of_say_so(site: Path) -> None:
    script = BATTERY.script.replace("SECONDS, TOGETHER = 20.0, 60.0", "SECONDS, TOGETHER = 20.0, 0.0")
    assert modules_of(site, script)["single"] == "not asked: the time was up"


@pytest.mark.parametrize("suffix", [".py", ".pyc"])
def test_a_lost_module_is_a_loss_with_and_without_sources(site: Path, suffix: str) -> None:
    if suffix == ".pyc":
        for source in site.rglob("*.py"):
            py_compile.compile(str(source), str(source.with_suffix(".pyc")))
            source.unlink()
    before = modules_of(site)
    assert before["good"] == IMPORT
    (site / "good" / "deep" / f"part{suffix}").unlink()
    program = BatteryProgram(argv=("python",), meaning=BATTERY.meaning, fatal=BATTERY.fatal)
    recordings = (Recording({}, {"modules": before}), Recording({}, {"modules": modules_of(site)}))
    (found,) = environment_differences(*recordings, program, frozenset())[0]
    assert (found.baseline, found.rung, found.fatal) == ("good: good.deep.part", "good: nothing", True)


def test_tls_is_tried_with_both_kinds_of_certificates() -> None:
    assert run(BATTERY.script, "tls handshakes")["tls handshakes"] == {
        "RSA TLSv1_2": "succeeds",
        "RSA TLSv1_3": "succeeds",
        "elliptic curve TLSv1_2": "succeeds",
        "elliptic curve TLSv1_3": "succeeds",
        "another authority": "refused",
    }
    broken = BATTERY.script.replace(
        "asks = ssl.create_default_context(", "asks = ssl._create_unverified_context("
    )
    value = run(broken, "tls handshakes")["tls handshakes"]
    assert isinstance(value, dict) and value["another authority"] == "succeeds"


@pytest.mark.parametrize(
    ("names", "one"),
    [
        ("C.UTF-8;C;C;C;C;C", "C.UTF-8"),
        ("C", "C"),
        ("C.UTF-8", "C.UTF-8"),
        ("C.UTF-8;C;de_DE.UTF-8;C;C;C", "C.UTF-8;C;de_DE.UTF-8;C;C;C"),
        ("LC_CTYPE=C.UTF-8;LC_NUMERIC=C;LC_TIME=C", "LC_CTYPE=C.UTF-8;LC_NUMERIC=C;LC_TIME=C"),
    ],
)
def test_a_locale_of_musls_has_the_name_that_glibc_gives_it(names: str, one: str) -> None:
    assert one_name(names) == one


def test_a_time_zone_and_a_locale_that_are_set_are_seen() -> None:
    plain, set_apart = (
        run(BATTERY.script, "local time", "own locale", "environment", environ=e)
        for e in ({}, {"TZ": "Asia/Kolkata", "LC_ALL": "C"})
    )
    assert all(plain[check] != set_apart[check] for check in plain)


def test_only_the_checks_that_are_named() -> None:
    report = run(BATTERY.script, "users", "time zones", "no such check")
    whole = run()
    assert report == {name: whole[name] for name in ("users", "time zones")}
