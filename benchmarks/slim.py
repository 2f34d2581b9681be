"""Slims the samples, holds the sizes against the bars, and compares with mint on the same images with the same probes.

    python benchmarks/slim.py [--engine docker|podman] [--mint PROGRAM]

mint (github.com/mintoolkit/mint) is compared with where it is installed, with its mint-sensor beside it; it is
neither fetched nor built here. It speaks to Docker alone, and asks for a privileged container. Exits 1 when a bar
is missed; every figure is of this run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bars import Bar, NotMeasured, conclude

from unladen import session
from unladen.climb.interface import Options
from unladen.climb.site import build, open_site
from unladen.config import load
from unladen.engine.interface import BuildRequest, Engine
from unladen.errors import NotHealthy
from unladen.language.interface import Buildable
from unladen.proof.interface import BatteryProgram, Corpus, RequestCase
from unladen.trial.ground import Ground, judge, program_of, survey

MINTS_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
SAMPLES = Path(__file__).parent.parent / "samples"
MB = 1e6


@dataclass(frozen=True)
class Subject:
    """An image that is slimmed without its source, under a name, with what its proof rests on."""

    title: str
    reference: str
    config: Path | None
    ground: Ground
    bytes: int


@dataclass(frozen=True)
class Result:
    """A slimmed image: its size, the seconds that it took, and how many cases of the corpus it answers right."""

    bytes: int
    seconds: float
    right: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--mint", default=os.environ.get("MINT", "mint"), help="the program to compare with")
    wanted = parser.parse_args()
    with session.engine(wanted.engine) as engine:
        conclude(bars(engine, shutil.which(wanted.mint), wanted.mint))


def bars(engine: Engine, mint: str | None, asked: str) -> Iterator[Bar | NotMeasured]:
    smallest: dict[str, int] = {}
    yield from sizes(engine, smallest)
    cause = ""
    if mint is None:
        cause = f"there is no {asked} on this machine (--mint PROGRAM)"
    elif engine.name != "docker":
        cause = f"mint does not speak to {engine.name}"
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        for sample, rungs in (("python-fastapi", ("", "distroless")), ("go-users", ("",))):
            for rung in rungs:
                title = f"{sample} {rung or 'baseline'}"
                if cause or mint is None:
                    yield NotMeasured(f"{title}: against mint", cause)
                else:
                    yield from against(engine, mint, sample, rung, title, Path(folder), smallest[sample])
    yield NotMeasured("a Node sample: size, and against mint", "there is no Node sample yet")


# The samples, with their source


def sizes(engine: Engine, smallest: dict[str, int]) -> Iterator[Bar | NotMeasured]:
    """The bars on size; percent are of the naive image. `smallest` is filled: sample → bytes."""
    tightest = slimmed(engine, "python-fastapi", "file")
    name = "python, policy file"
    yield Bar(f"{name}: size", tightest["slim_bytes"] / MB, 115, "MB")
    yield Bar(f"{name}: compressed", tightest["slim_compressed_bytes"] / MB, 45, "MB")
    percent = 100 * tightest["slim_bytes"] / tightest["baseline_bytes"]
    yield Bar(f"{name}: size", percent, 9.5, "% of its baseline")
    yield Bar(f"{name}: cases that differ", tightest["different"], 0, "cases")
    whole = slimmed(engine, "python-fastapi", "package")
    yield Bar("python, policy package: size", whole["slim_bytes"] / MB, 155, "MB")
    yield Bar("python, policy package: cases that differ", whole["different"], 0, "cases")
    go = slimmed(engine, "go-users", "package")
    yield Bar("go, policy package: cases that differ", go["different"], 0, "cases")
    smallest |= {"python-fastapi": tightest["slim_bytes"], "go-users": go["slim_bytes"]}


def slimmed(engine: Engine, sample: str, policy: str) -> dict[str, Any]:
    """What `unladen slim` reports of a sample."""
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        report = Path(folder, "report.json")
        seconds = unladen(engine, "slim", str(SAMPLES / sample), "--policy", policy, "--json", str(report))
        if not report.is_file():
            sys.exit(f"unladen slim {sample} --policy {policy} gave no report")
        found: dict[str, Any] = json.loads(report.read_text())
    print(
        f"{sample}, policy {policy}: {found['slim_bytes'] / MB:.1f} MB, {found['slim_compressed_bytes'] / MB:.1f} MB "
        f"compressed, of {found['full_bytes'] / MB:.1f} MB ({found['rung']}); baseline "
        f"{found['baseline_bytes'] / MB:.1f} MB; {found['cases']} cases, {found['held']} of {found['held_back']} held "
        f"back held, {len(found['repairs'])} repairs; {seconds:.0f} s with the climb",
        flush=True,
    )
    return found


def unladen(engine: Engine, *arguments: str, cache: Path | None = None) -> float:
    """Runs the command line as a user would; gives the seconds. A slimming that fails its proof is a result, too."""
    command = [sys.executable, "-m", "unladen", *arguments, "--engine", engine.name, "--quiet"]
    env = {**os.environ, "UNLADEN_CACHE": str(cache or session.cache_folder())}
    begin = time.monotonic()
    ran = subprocess.run(command, stdout=subprocess.DEVNULL, env=env)
    if ran.returncode not in (0, 1):
        sys.exit(f"unladen {' '.join(arguments)} failed with exit code {ran.returncode}")
    return time.monotonic() - begin


# Images alone, against mint


def against(
    engine: Engine, mint: str, sample: str, rung: str, title: str, folder: Path, from_source: int
) -> Iterator[Bar | NotMeasured]:
    """Both tools on one image; of a baseline also what a user gets of each: mint has the image, unladen the
    project (`from_source` bytes)."""
    subject = laid(engine, sample, rung, title)
    try:
        theirs = by_mint(engine, mint, subject, folder)
        ours = {policy: by_unladen(engine, subject, policy, folder) for policy in ("file", "package")}
    finally:
        engine.remove_image(subject.reference)
    print(f"{title}: {subject.bytes / MB:.1f} MB, {subject.ground.own.cases} cases, stopping among them")
    named: dict[str, Result | str] = {
        "mint": theirs,
        **{f"unladen {name}": each for name, each in ours.items()},
    }
    for name, result in named.items():
        print(f"  {name}: {told(result)}", flush=True)
    if isinstance(theirs, str):
        yield NotMeasured(f"{title}: against mint", theirs)
        return
    best = ours["file"]
    if isinstance(best, str):
        sys.exit(f"unladen slim {subject.reference}: {best}")
    yield Bar(f"{title}: size", best.bytes / theirs.bytes, 0.8, "x mint's")
    yield Bar(f"{title}: wall time", best.seconds / theirs.seconds, 0.8, "x mint's")
    yield Bar(f"{title}: cases answered right", best.right, theirs.right, "cases", at_least=True)
    if not rung:
        yield Bar(f"{title}: size of `unladen slim PROJECT`", from_source / theirs.bytes, 0.8, "x mint's")


def told(result: Result | str) -> str:
    if isinstance(result, str):
        return result
    return f"{result.bytes / MB:.1f} MB, {result.seconds:.1f} s, {result.right} cases right"


def laid(engine: Engine, sample: str, rung: str, title: str) -> Subject:
    """The sample's image (the baseline's, or a rung's) under a name, and its answers, recorded twice. A file in it
    is different each time, so that no build of a slim image comes from an engine's cache."""
    config = load(SAMPLES / sample)
    options = Options(cache=session.cache_folder(), only=(rung,) if rung else ())
    site = open_site(SAMPLES / sample, engine, session.host_settings(), config.overrides(), options)
    rungs = (site.ladder.baseline, *site.ladder.rungs)
    wanted = next(each for each in rungs if isinstance(each, Buildable) and each.name == (rung or "baseline"))
    image = build(site, wanted, cache=True).image
    reference = f"unladen-bench/{sample}-{rung or 'baseline'}:1"
    engine.tag(image, reference)
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        Path(folder, "run").write_text(str(time.time_ns()))
        dockerfile = f"FROM {reference}\nCOPY run /unladen-bench-run\n"
        image = engine.build(BuildRequest(Path(folder), dockerfile)).image
    engine.tag(image, reference)
    ground = survey(
        engine, image, program_of(site.ladder.project, config.plan()), config.plan(), BatteryProgram()
    )
    file = SAMPLES / sample / "unladen.toml"
    return Subject(
        title, reference, file if file.is_file() else None, ground, engine.inspect(image).size_bytes
    )


def by_unladen(engine: Engine, subject: Subject, policy: str, folder: Path) -> Result | str:
    """`unladen slim IMAGE` with its proof and all repairs in the time; its Dockerfile is built once more for the
    image. A string where it gave none."""
    written = folder / f"{subject.title} {policy}".replace(" ", "-")
    report = folder / "report.json"
    config = ("--config", str(subject.config)) if subject.config else ()
    arguments = (
        "slim",
        subject.reference,
        "--policy",
        policy,
        "--output",
        str(written),
        "--json",
        str(report),
    )
    seconds = unladen(engine, *arguments, *config, cache=fresh_cache(folder / f"cache-{written.name}"))
    found = json.loads(report.read_text())
    if not found["proved"]:
        return f"not proved: {found['different']} of {found['cases']} cases differ {found['failure']}".strip()
    image = engine.build(BuildRequest(written, (written / "Dockerfile").read_text())).image
    return Result(engine.inspect(image).size_bytes, seconds, right(engine, image, subject.ground))


def fresh_cache(folder: Path) -> Path:
    """A cache that remembers nothing but the bases, which are not what is timed."""
    folder.mkdir()
    bases = session.cache_folder() / "bases"
    bases.mkdir(parents=True, exist_ok=True)
    (folder / "bases").symlink_to(bases)
    return folder


def by_mint(engine: Engine, mint: str, subject: Subject, folder: Path) -> Result | str:
    """mint with every request of the corpus as a probe, its crawler off. A string where it gave no image."""
    reference = f"{subject.reference.rpartition(':')[0]}:mint"
    state = folder / "mint"
    command = [
        mint,
        "--crt-api-version",
        api_version(engine),
        "--check-version=false",
        "--report",
        "off",
        "--state-path",
        str(state),
        "slim",
    ]
    command += ["--target", subject.reference, "--tag", reference, "--continue-after", "probe"]
    command += ["--http-probe-cmd-file", str(probes(subject.ground.corpus, folder))]
    command += ["--http-probe-crawl=false"]
    begin = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=600)
    seconds = time.monotonic() - begin
    image = engine.find(reference)
    if image is None:
        return f"mint made no image (exit code {ran.returncode}): {complaint(ran.stdout + ran.stderr)}"
    try:
        return Result(engine.inspect(image).size_bytes, seconds, right(engine, image, subject.ground))
    finally:
        engine.remove_image(reference)


def api_version(engine: Engine) -> str:
    """mint's client speaks a newer API than an older engine, unless it is told."""
    asked = (*engine.command, "version", "--format", "{{.Server.APIVersion}}")
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def complaint(said: str) -> str:
    """The error in what mint prints."""
    found = re.findall(r'error="((?:\\.|[^"])*)"', said) or said.strip().splitlines()[-1:]
    return found[-1] if found else "it says nothing"


def probes(corpus: Corpus, folder: Path) -> Path:
    """The corpus in mint's own form, but for the few requests that it cannot send (OPTIONS, odd headers), which it
    would try again and again; a body is a file."""
    cases = [case for case in corpus.cases if isinstance(case, RequestCase) and case.method in MINTS_METHODS]
    commands = []
    for number, case in enumerate(case for case in cases if all(v.isprintable() for _, v in case.headers)):
        body = folder / f"body-{number}"
        body.write_bytes(case.body)
        command: dict[str, object] = {"method": case.method, "resource": case.path, "protocol": "http"}
        command["headers"] = [f"{name}: {value}" for name, value in case.headers]
        commands.append(command | ({"body_file": str(body)} if case.body else {}))
    file = folder / "probes.json"
    file.write_text(json.dumps({"commands": commands}))
    return file


def right(engine: Engine, image: str, ground: Ground) -> int:
    """Cases that the image answers as the full one does, once what varies by itself is masked."""
    try:
        verdict = judge(engine, image, ground)
    except NotHealthy:
        return 0
    return verdict.same + verdict.volatile


if __name__ == "__main__":
    main()
