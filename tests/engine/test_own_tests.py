"""A project's own tests in real containers: Go's, which are compiled for them, Django's, and a command's."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import any_engine, provide

from unladen.engine.interface import BuildRequest, Engine
from unladen.language.interface import Overrides
from unladen.language.registry import detect
from unladen.progress import silent
from unladen.proof.interface import OWN_TESTS, BatteryProgram, Program, ProofPlan, Verdict
from unladen.session import cache_folder, host_settings
from unladen.trial.ground import Ground, judge, survey
from unladen.trial.own_tests import own_tests
from unladen.trial.workplace import workplace

pytestmark = [pytest.mark.engine, any_engine]


def written(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def ground(engine: Engine, root: Path, plan: ProofPlan) -> Ground:
    project = detect(root, Overrides())
    place = workplace(engine, host_settings(), cache_folder(), silent)
    tests = own_tests(place, plan, root, project, cache_folder())
    image = built(engine, root, (root / "Dockerfile").read_text())
    return survey(
        engine, image, Program(None, command_timeout=30), plan, BatteryProgram(), root=root, tests=tests
    )


def verdict(engine: Engine, root: Path, found: Ground, dockerfile: str) -> Verdict:
    return judge(engine, built(engine, root, dockerfile), found)


def built(engine: Engine, root: Path, dockerfile: str) -> str:
    return engine.build(BuildRequest(root, dockerfile, host=host_settings() or None)).image


def difference(told: Verdict) -> str:
    return next((each.difference for each in told.mismatches if each.case == OWN_TESTS), "")


GO_IMAGE = """\
FROM golang:1.24 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app . && mkdir /own && echo hello > /own/settings
FROM build
CMD ["/app"]
"""
SCRATCH = GO_IMAGE.replace(
    "FROM build", "FROM scratch\nCOPY --from=build /app /app\nCOPY --from=build /own /own"
)
GO_TESTS = """\
package main

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestGood(t *testing.T) {
	t.Run("below", func(t *testing.T) {})
	if _, err := os.CreateTemp("", ""); err != nil { t.Fatal(err) }
	if _, err := time.LoadLocation("Europe/Berlin"); err != nil { t.Fatal(err) }
}
func TestData(t *testing.T) {
	if _, err := os.Stat("testdata/words.txt"); err != nil { t.Fatal(err) }
}
func TestSettings(t *testing.T) {
	if _, err := os.ReadFile("/own/settings"); err != nil { t.Fatal(err) }
}
func TestNetwork(t *testing.T) {
	if _, err := net.DialTimeout("tcp", "1.1.1.1:53", time.Second); err != nil { t.Fatal(err) }
}
func TestToolchain(t *testing.T) {
	if err := exec.Command("go", "version").Run(); err != nil { t.Fatal(err) }
}
func TestLong(t *testing.T) {
	if testing.Short() { t.Skip("long") }
}
"""


def test_gos_tests_are_compiled_and_run_in_every_image(engine: Engine, tmp_path: Path) -> None:
    """What needs a network, a toolchain or a service fails alike; a package that hangs or is no Go stops nothing."""
    provide(engine, "golang:1.24")
    root = written(
        tmp_path,
        Dockerfile=GO_IMAGE,
        **{
            "go.mod": "module example.com/own\n\ngo 1.24\n",
            ".dockerignore": "**/*_test.go\n**/testdata\n",
            "main.go": 'package main\n\nfunc main() { println("done") }\n',
            "main_test.go": GO_TESTS,
            "testdata/words.txt": "a\n",
            "hangs/a_test.go": 'package hangs\nimport "testing"\nfunc TestHangs(t *testing.T) { select {} }\n',
            "broken/a_test.go": "package broken\nfunc TestBroken() { nothing }\n",
        },
    )
    found = ground(engine, root, ProofPlan())
    note = found.corpus.coverage.note
    assert (
        "3 of the project's own tests (3 failed in the baseline, 1 skipped in the baseline: no evidence)"
        in note
    )
    assert "not built: 1, the first example.com/own/broken: " in note
    assert found.own.holds and not found.own.failed_alike

    assert difference(verdict(engine, root, found, SCRATCH)) == ""
    lost = verdict(engine, root, found, SCRATCH.replace("COPY --from=build /own /own", ""))
    assert 'example.com/own.TestSettings: "passed" became "failed"' in difference(lost)


DJANGO_IMAGE = """\
FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY manage.py ./
COPY site_ site_
COPY shop shop
CMD ["python", "-c", "print(1)"]
"""
DJANGO = {
    "requirements.txt": "django>=5,<6\n",
    "manage.py": 'import os, sys\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\n'
    "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    "site_/__init__.py": "",
    "site_/settings.py": 'SECRET_KEY = "x"\nINSTALLED_APPS = ["django.contrib.contenttypes", "shop"]\n'
    'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x.db"}}\nUSE_TZ = True\n',
    "shop/__init__.py": "",
    "shop/tests.py": "from django.test import TestCase\n"
    "from django.contrib.contenttypes.models import ContentType\nclass Shop(TestCase):\n"
    '    def test_stored(self): self.assertTrue(ContentType.objects.create(app_label="a", model="b").pk)\n'
    "    def test_zones(self):\n        from zoneinfo import ZoneInfo\n        import tzdata\n"
    "    def test_wrong(self): self.fail()\n",
}


def test_djangos_tests_and_a_command_are_evidence(engine: Engine, tmp_path: Path) -> None:
    provide(engine, "python:3.11-slim")
    root = written(tmp_path, Dockerfile=DJANGO_IMAGE, **DJANGO)
    (root / "requirements.txt").write_text("django>=5,<6\ntzdata\n")
    found = ground(engine, root, ProofPlan())
    assert (
        "2 of the project's own tests (1 failed in the baseline: no evidence)" in found.corpus.coverage.note
    )
    lost = verdict(
        engine, root, found, DJANGO_IMAGE.replace("txt\nCOPY", "txt && pip uninstall -y tzdata\nCOPY")
    )
    assert 'shop.tests.Shop.test_zones: "passed" became "failed"' in difference(lost)
    assert 'test_stored: "passed" became' not in difference(lost)

    command = ("python", "manage.py", "test", "-v2", "shop.tests.Shop.test_zones")
    by_command = ground(engine, root, ProofPlan(tests=command))
    assert f"by {' '.join(command)}: 1 passed" in by_command.corpus.coverage.note
    lost = verdict(
        engine, root, by_command, DJANGO_IMAGE.replace("txt\nCOPY", "txt && pip uninstall -y tzdata\nCOPY")
    )
    assert OWN_TESTS in [each.case for each in lost.mismatches]

    fails = ground(engine, root, ProofPlan(tests=("python", "manage.py", "test")))
    assert not [case for case in fails.corpus.cases if case.origin == OWN_TESTS]
    assert "failing alike is no evidence" in fails.corpus.coverage.note
