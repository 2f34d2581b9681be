"""Whole climbs for the tests of the report: every kind of outcome, with figures as real ones have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unladen.climb.interface import Base, Climb, Different, EngineUsed, Failed, Proved, Reference, Skipped
from unladen.language.interface import Baseline, Fact, Lost, Project, Proposal
from unladen.language.python.dependencies import Dependencies
from unladen.language.python.details import Details
from unladen.language.python.start import Start
from unladen.measure.interface import Times, Weight
from unladen.proof.interface import BatteryDifference, Coverage, Mismatch, StaticEvidence, Verdict, Worth

PYTHON = Base("python:3.11", "assembled from Debian packages")
SLIM = Base("python:3.11-slim", "assembled from Debian packages")
ROUTES = ("GET /", "GET /health", "POST /predict")
HOLDS = Verdict(
    62,
    62,
    0,
    0,
    0,
    environment_checks=24,
    coverage=Coverage(ROUTES, ROUTES, interface=True),
    static=StaticEvidence({"files": 2310, "packages": 41}, seconds=0.8, complete=True),
    worth=Worth(counting=60, starting=0, answered=ROUTES, serves=True, asked=True, modules=1204),
)

PROJECT = Project(
    root=Path("/home/ada/prädiktion api"),
    name="prädiktion api",
    language="python",
    manifests=(Path("/home/ada/prädiktion api/requirements.txt"),),
    version=Fact("3.11", "Dockerfile:1 FROM python:3.11"),
    start=Fact(("uvicorn", "main:app", "--host", "0.0.0.0"), "Dockerfile:9 CMD"),
    port=Fact(8000, "main.py:41 os.environ.get('PORT', 8000)"),
    health=Fact("/health", "main.py:22 @app.get('/health')"),
    native=Fact((), "no dependency is built from source"),
    dockerfile=Path("Dockerfile"),
    details=Details(
        "3.11",
        Dependencies("pip", "requirements.txt"),
        Start((), ("uvicorn", "main:app", "--host", "0.0.0.0"), "Dockerfile:9 CMD"),
    ),
    language_source="unladen.toml",
)


def rung(
    name: str, base: str = "python:3.11-slim", takes_away: tuple[Lost, ...] = (), **more: str
) -> Proposal:
    return Proposal(name, f"why {name}", f"FROM {base}\nCOPY . .\n", (base,), takes_away, **more)


BASELINE = Reference(
    Baseline("full", "why full", "FROM python:3.11\nCOPY . .\n", ("python:3.11",)),
    "sha256:aaaa",
    Weight(1_207_600_000, 527_700_000, 24_505, 7),
    Times(11.5, 2.31, 0.65),
    replace(HOLDS, same=58, volatile=4),
    (PYTHON,),
)
PROVED = Proved(
    rung("slim"),
    "sha256:bbbb",
    Weight(399_100_000, 136_000_000, 14_911, 5),
    Times(13.5, 0.2, 0.65),
    HOLDS,
    (SLIM,),
)
LEAN = Proved(
    rung("lean", takes_away=(Lost.PIP, Lost.DEPENDENCY_EXTRAS, Lost.READABLE_BYTECODE)),
    "sha256:cccc",
    Weight(171_400_000, 54_000_000, 3_618, 4),
    Times(14.3, None, 0.71),
    replace(HOLDS, same=58, volatile=4),
    (SLIM,),
    remembered=True,
)
DIFFERENT = Different(
    rung(
        "distroless",
        "gcr.io/distroless/python3-debian12",
        (Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.PIP),
        goal="smallest",
    ),
    "sha256:dddd",
    Weight(143_800_000, 49_900_000, 3_618, 1),
    Times(14.3, 0.3, None),
    replace(
        HOLDS,
        same=58,
        different=4,
        mismatches=tuple(
            Mismatch(
                case=f"predict-{n}",
                request="POST /predict (body [0.1, 0.2, …] [bold]10 floats[/bold])",
                baseline='200 {"prediction": 0.91, "confidence": 0.5}',
                rung='500 {"detail": "libgomp.so.1: cannot open shared object file"}',
                difference="status 200 → 500",
                cause="a shared library is missing: libgomp.so.1" if n < 4 else "",
            )
            for n in range(1, 5)
        ),
        environment=(
            BatteryDifference("certificates", 144, 0, "HTTPS requests fail: no authority is trusted", True),
            BatteryDifference("shell", "/bin/sh", None, "no shell to look around with", False),
            BatteryDifference("zones", {"Europe/Paris": 3600}, float("nan"), "time zones are lost", False),
        ),
        coverage=Coverage(ROUTES, ROUTES[:2], "POST /predict needs a body that was not found"),
        warnings=("stopped with exit code 137 after 10 s: SIGTERM does not reach the program",),
    ),
    (Base("gcr.io/distroless/python3-debian12", "assembled from Debian packages"),),
)
SKIPPED = Skipped(
    rung("alpine", "python:3.11-alpine"),
    "base image python:3.11-alpine cannot be had: registry-1.docker.io does not answer,"
    " and Alpine cannot be assembled from Debian packages",
)
FAILED = Failed(
    rung("multi-stage"),
    "did not build",
    "Step 4/9: RUN pip install -r requirements.txt\nerror: command 'gcc' failed: No such file or directory",
    (SLIM,),
)

CLIMB = Climb(
    project=PROJECT,
    engine=EngineUsed("docker", "20.10.24", "buildkit"),
    baseline=BASELINE,
    rungs=(PROVED, SKIPPED, FAILED, LEAN, DIFFERENT),
    host=("CA bundle", "pip.conf"),
    recommended="lean",
    reasons=("85.8% smaller than the baseline, and all 62 cases answered the same.",),
    seconds=212.4,
    own_seconds=18.25,
    notes=("the health check answered 200 after 0.65 s",),
)
