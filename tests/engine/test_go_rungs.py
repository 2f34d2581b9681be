"""A Go program with everything that small images lose, built rung by rung and run: it prints what it should."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from engines import any_engine

from unladen.bases.sources import resolve
from unladen.engine.contents import read_file
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Engine, RunRequest
from unladen.language.go import LANGUAGE
from unladen.language.interface import Dialect, Overrides, Project, Proposal
from unladen.session import cache_folder
from unladen.trial.battery import prepare

pytestmark = [pytest.mark.engine, any_engine]

PROBE = """\
package main

// static int twice(int n) { return 2 * n; }
import "C"

import (
	"crypto/x509"
	"fmt"
	"os"
	"time"
)

var version = "dev"

func main() {
	greeting, err := os.ReadFile("data/greeting.txt")
	fmt.Printf("file: %s%v\\n", greeting, err)

	pool, err := x509.SystemCertPool()
	fmt.Println("certificates:", len(pool.Subjects()) > 100, err)

	zone, err := time.LoadLocation("US/Eastern")
	fmt.Println("zone:", zone, err)

	_, err = os.CreateTemp("", "probe")
	fmt.Println("temporary file:", err)

	fmt.Println("written:", os.WriteFile("visits.txt", []byte("1"), 0o644))
	fmt.Println("C:", C.twice(21), "version:", version, "arguments:", os.Args)
}
"""
EXPECTED = """\
file: hello
<nil>
certificates: true <nil>
zone: US/Eastern <nil>
temporary file: <nil>
written: <nil>
C: 42 version: dev arguments: [./main --now]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("prüf stück")
    (root / "go.mod").write_text("module example.com/probe\n\ngo 1.24\n")
    (root / "main.go").write_text(PROBE)
    (root / "data").mkdir()
    (root / "data" / "greeting.txt").write_text("hello\n")
    return LANGUAGE.detect(root, Overrides())


@pytest.fixture(scope="module")
def ladder(engine: Engine, project: Project) -> dict[str, Any]:
    dialect = Dialect(mounts=engine.builder != "legacy")
    ours = {rung.name: rung for rung in LANGUAGE.rungs(project, dialect) if "alpine" not in rung.name}
    wanted = sorted({base for rung in ours.values() for base in rung.bases})
    resolve(engine, wanted, choice="debian", cache=cache_folder() / "bases")
    return ours


@pytest.fixture(scope="module")
def multi_stage(engine: Engine, project: Project, ladder: dict[str, Any]) -> str:
    return build(engine, project, ladder["multi-stage"].dockerfile)


def build(engine: Engine, project: Project, dockerfile: str) -> str:
    request = BuildRequest(project.root, dockerfile, dockerignore=LANGUAGE.dockerignore(project))
    return engine.build(request).image


def refined(engine: Engine, project: Project, rung: Proposal, image: str) -> Proposal:
    dialect = Dialect(mounts=engine.builder != "legacy")
    return LANGUAGE.refine(rung, project, dialect, lambda path: read_file(engine, image, path))


def prints(engine: Engine, image: str) -> str:
    container = engine.create(RunRequest(image, command=("--now",)))
    try:
        container.start()
        done = container.wait(60)
    finally:
        container.remove()
    assert done.exit_code == 0, done
    return done.stdout.decode()


def test_multi_stage(engine: Engine, multi_stage: str) -> None:
    assert prints(engine, multi_stage) == EXPECTED
    assert engine.inspect(multi_stage).user == "65534:65534"


def test_distroless(engine: Engine, project: Project, ladder: dict[str, Any], multi_stage: str) -> None:
    rung = refined(engine, project, ladder["distroless"], multi_stage)
    assert prints(engine, build(engine, project, rung.dockerfile)) == EXPECTED


def test_scratch(
    engine: Engine, project: Project, ladder: dict[str, Any], multi_stage: str, tmp_path: Path
) -> None:
    rung = refined(engine, project, ladder["scratch"], multi_stage)
    assert any("crypto/x509.SystemCertPool is in the binary" in note for note in rung.notes)
    assert any("time.LoadLocation is in the binary" in note for note in rung.notes)
    image = build(engine, project, rung.dockerfile)
    assert prints(engine, image) == EXPECTED
    assert paths(engine, image) >= {
        "tmp",
        "app/data/greeting.txt",
        "etc/passwd",
        "etc/ssl/certs/ca-certificates.crt",
    }

    battery = prepare(LANGUAGE.battery(project), engine, HostSettings(), tmp_path)
    assert battery.binary is not None
    container = engine.create(RunRequest(image, entrypoint=("/unladen-battery",), command=()))
    try:
        container.copy_in(battery.binary, "/unladen-battery")
        container.start()
        values = json.loads(container.wait(60).stdout)
    finally:
        container.remove()
    assert values.keys() == {check for check in battery.meaning if not check.startswith("any user: ")}
    assert values["certificates"] > 100 and values["MIME types"] == "not used by the program"
    assert values["time zones"]["US/Eastern"] == "-0500 EST, -0400 EDT" and len(values["time zones"]) > 400
    assert values["user"] == {"id": "65534", "name": "nonroot"} and values["shell"] is False
    assert values["temporary directory"] and values["working directory"] == "/app"
    assert values["writable working directory"] and values["users and groups"] == "not used by the program"


def test_a_scratch_image_without_certificates_and_zones_is_told_apart(
    engine: Engine, project: Project, ladder: dict[str, Any], multi_stage: str
) -> None:
    lines = ladder["scratch"].dockerfile.splitlines()
    broken = "\n".join(line for line in lines if "ca-certificates.crt" not in line and "zoneinfo" not in line)
    printed = prints(engine, build(engine, project, broken + "\n"))
    assert "certificates: false" in printed
    assert "zone: UTC unknown time zone US/Eastern" in printed


def paths(engine: Engine, image: str) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(engine.save(image).read())) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        found: set[str] = set()
        for layer in manifest[0]["Layers"]:
            with tarfile.open(fileobj=archive.extractfile(layer)) as tar:
                found |= {name.strip("./") for name in tar.getnames()}
    return found
