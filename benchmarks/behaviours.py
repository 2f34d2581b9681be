"""What of a Python image that no request used does policy package leave as it was?

    python benchmarks/behaviours.py [--engine docker|podman] [--policy package|file]

The naive image of the Python sample is slimmed by its requests. Then 44 things are done in it that none of them did
(behaviours.toml), each in a container of its own, and in the full image as well: the standard library, the system's
data, and what pandas, numpy, FastAPI and their dependencies can do besides. Exits 1 when more than two are lost; every
figure is of this run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from pathlib import Path

from bars import Bar, conclude
from slim import sample, unladen

from unladen import session
from unladen.engine.interface import BuildRequest, Engine, RunRequest

SAID = 300
BEHAVIOURS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""Name → Python."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--policy", default="package")
    wanted = parser.parse_args()
    with session.engine(wanted.engine) as engine:
        conclude([survived(engine, wanted.policy)])


def survived(engine: Engine, policy: str) -> Bar:
    subject = sample("python-fastapi")(engine, "behaviours")
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        out = Path(folder, "out")
        report = Path(folder, "report.json")
        unladen(engine, "slim", subject.reference, "--policy", policy, "-o", str(out), "--json", str(report))
        found = json.loads(report.read_text())
        if not found["proved"]:
            sys.exit(f"not proved: {found['failure']}")
        slim = engine.build(BuildRequest(out, (out / "Dockerfile").read_text())).image
    lost = []
    for name, code in BEHAVIOURS.items():
        before, after = (said(engine, image, code) for image in (subject.reference, slim))
        if before[0] != 0:
            sys.exit(f"{name} fails in the full image: {before[1][-SAID:]!r}")
        if before != after:
            lost.append(name)
            print(f"lost: {name}: {after[1][-SAID:].decode(errors='replace')}", flush=True)
    engine.remove_image(subject.reference)
    print(
        f"{len(BEHAVIOURS)} behaviours, {found['slim_bytes'] / 1e6:.1f} MB of {found['full_bytes'] / 1e6:.1f} MB"
    )
    return Bar(
        f"policy {policy}: behaviours that survive", len(BEHAVIOURS) - len(lost), 42, "of 44", at_least=True
    )


def said(engine: Engine, image: str, code: str) -> tuple[int | None, bytes]:
    """The exit code of a few lines of Python, and what they print."""
    container = engine.create(RunRequest(image, entrypoint=("python",), command=("-c", code)))
    try:
        container.start()
        done = container.wait(60)
        return done.exit_code, done.stdout + (done.stderr if done.exit_code else b"")
    finally:
        container.remove()


if __name__ == "__main__":
    main()
