"""Slims the samples, holds the sizes against the bars, and compares with mint on the same images with the same probes.

    python benchmarks/slim.py [--engine docker|podman] [--mint PROGRAM] [--only WORD]

mint (github.com/mintoolkit/mint) is compared with where it is installed, with its mint-sensor beside it; it is
neither fetched nor built here. It speaks to Docker alone, and asks for a privileged container. What is compared is an
image alone, as both tools take it; wall time is to the slim image: of unladen without the recordings of the baseline
and the proof, which mint has not. Exits 1 when a bar is missed; every figure is of this run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bars import Bar, NotMeasured, conclude

from unladen import session
from unladen.bases.sources import resolve
from unladen.climb.interface import Options
from unladen.climb.site import build, open_site
from unladen.config import load
from unladen.dockerfile.stages import parse
from unladen.engine.interface import BuildRequest, Engine
from unladen.errors import NotHealthy
from unladen.proof.has.examine import side
from unladen.proof.inside import cases_inside
from unladen.proof.interface import (
    BatteryProgram,
    CommandCase,
    Corpus,
    Program,
    ProofPlan,
    RequestCase,
)
from unladen.trial.ground import Ground, judge, program_of, survey
from unladen.trial.image import ImageRun, image_program

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
    """A slimmed image: its size, the seconds until it was there, and how many cases of the corpus it answers right.
    `whole` are the seconds with all that proves it."""

    bytes: int
    seconds: float
    right: int
    whole: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--mint", default=os.environ.get("MINT", "mint"), help="the program to compare with")
    parser.add_argument("--only", default="", help="the images whose name has this word, and no sample")
    wanted = parser.parse_args()
    with session.engine(wanted.engine) as engine:
        conclude(bars(engine, shutil.which(wanted.mint), wanted.mint, wanted.only))


def bars(engine: Engine, mint: str | None, asked: str, only: str) -> Iterator[Bar | NotMeasured]:
    if not only:
        yield from sizes(engine)
    cause = ""
    if mint is None:
        cause = f"there is no {asked} on this machine (--mint PROGRAM)"
    elif engine.name != "docker":
        cause = f"mint does not speak to {engine.name}"
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        for title, lay in IMAGES.items():
            if only not in title:
                continue
            if cause or mint is None:
                yield NotMeasured(f"{title}: against mint", cause)
            else:
                yield from against(engine, mint, lay(engine, title), Path(folder))


# The samples, with their source


def sizes(engine: Engine) -> Iterator[Bar | NotMeasured]:
    """The bars on size; percent are of the naive image."""
    tightest = slimmed(engine, "python-fastapi", "file")
    name = "python, policy file"
    yield Bar(f"{name}: size", tightest["slim_bytes"] / MB, 109, "MB")
    yield Bar(f"{name}: compressed", tightest["slim_compressed_bytes"] / MB, 45, "MB")
    percent = 100 * tightest["slim_bytes"] / tightest["baseline_bytes"]
    yield Bar(f"{name}: size", percent, 9.5, "% of its baseline")
    yield Bar(f"{name}: cases that differ", tightest["different"], 0, "cases")
    whole = slimmed(engine, "python-fastapi", "package")
    yield Bar("python, policy package: size", whole["slim_bytes"] / MB, 150, "MB")
    yield Bar("python, policy package: cases that differ", whole["different"], 0, "cases")
    go = slimmed(engine, "go-users", "package")
    yield Bar("go, policy package: cases that differ", go["different"], 0, "cases")


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


def against(engine: Engine, mint: str, subject: Subject, folder: Path) -> Iterator[Bar | NotMeasured]:
    """Both tools on one image."""
    title = subject.title
    try:
        theirs = by_mint(engine, mint, subject, folder)
        ours = {policy: by_unladen(engine, subject, policy, folder) for policy in ("file", "package")}
    finally:
        engine.remove_image(subject.reference)
    print(f"{title}: {subject.bytes / MB:.1f} MB, {subject.ground.own.cases} cases, stopping among them")
    for name, result in {"mint": theirs, **{f"unladen {name}": each for name, each in ours.items()}}.items():
        print(f"  {name}: {told(result)}", flush=True)
    if isinstance(theirs, str):
        yield NotMeasured(f"{title}: against mint", theirs)
        return
    if not theirs.right:
        yield NotMeasured(f"{title}: against mint", "mint's image does not start")
        return
    for policy, most in (("file", 0.8), ("package", 1.0)):
        found = ours[policy]
        if isinstance(found, str):
            sys.exit(f"unladen slim {subject.reference} --policy {policy}: {found}")
        yield Bar(f"{title}, {policy}: size", found.bytes / theirs.bytes, most, "x mint's")
        yield Bar(f"{title}, {policy}: wall time", found.seconds / theirs.seconds, 0.8, "x mint's")
        yield Bar(
            f"{title}, {policy}: cases answered right", found.right, theirs.right, "cases", at_least=True
        )


def told(result: Result | str) -> str:
    if isinstance(result, str):
        return result
    proved = f" ({result.whole:.1f} s with its proof)" if result.whole else ""
    return f"{result.bytes / MB:.1f} MB, {result.seconds:.1f} s{proved}, {result.right} cases right"


def sample(name: str) -> Callable[[Engine, str], Subject]:
    """A sample's baseline."""

    def lay(engine: Engine, title: str) -> Subject:
        config = load(SAMPLES / name)
        options = Options(cache=session.cache_folder())
        site = open_site(SAMPLES / name, engine, session.host_settings(), config.overrides(), options)
        image = build(site, site.ladder.baseline, cache=True).image
        program = program_of(site.ladder.project, config.plan())
        return laid(engine, title, image, program, SAMPLES / name)

    return lay


def built(folder: Path) -> Callable[[Engine, str], Subject]:
    """What a folder's Dockerfile builds, with its unladen.toml."""

    def lay(engine: Engine, title: str) -> Subject:
        text = (folder / "Dockerfile").read_text()
        resolve(engine, parse(text).bases, cache=session.cache_folder() / "bases")
        image = engine.build(BuildRequest(folder, text, host=session.host_settings() or None)).image
        project = load(folder).project
        run = ImageRun(project.port, project.health)
        program = image_program(engine.inspect(image), run, load(folder).plan())
        return laid(engine, title, image, program, folder)

    return lay


def alone(reference: str) -> Callable[[Engine, str], Subject]:
    """An image as it is."""

    def lay(engine: Engine, title: str) -> Subject:
        resolve(engine, [reference], cache=session.cache_folder() / "bases")
        image = engine.find(reference)
        if image is None:
            sys.exit(f"there is no {reference} here")
        program = image_program(engine.inspect(image), ImageRun(), ProofPlan())
        return laid(engine, title, image, program, None)

    return lay


HARD = Path(__file__).parent.parent / "tests" / "engine" / "slim" / "programs"
IMAGES: dict[str, Callable[[Engine, str], Subject]] = {
    "Python, its naive image": sample("python-fastapi"),
    "Go, its naive image": sample("go-users"),
    "Node and express": built(HARD / "node-lazy"),
    "redis:7": alone("redis:7"),
    "postgres:15": alone("postgres:15"),
    "nginx of Debian": built(HARD / "nginx"),
}


def laid(engine: Engine, title: str, image: str, program: Program, folder: Path | None) -> Subject:
    """The image under a name, and its answers, recorded twice."""
    reference = f"unladen-bench/{re.sub('[^a-z0-9]+', '-', title.lower())}:1"
    engine.tag(image, reference)
    image = new(engine, reference)
    plan = load(folder).plan() if folder else ProofPlan()
    with ThreadPoolExecutor(1) as beside:
        ground = survey(engine, image, program, plan, BatteryProgram(), beside.submit(side, engine, image))
    file = folder / "unladen.toml" if folder else None
    return Subject(
        title,
        reference,
        file if file and file.is_file() else None,
        ground,
        engine.inspect(image).size_bytes,
    )


def new(engine: Engine, reference: str) -> str:
    """The image with a file that is different each time: no build of a slim one comes from an engine's cache."""
    with tempfile.TemporaryDirectory(prefix="unladen-") as context:
        Path(context, "run").write_text(str(time.time_ns()))
        image = engine.build(
            BuildRequest(Path(context), f"FROM {reference}\nCOPY run /unladen-bench-run\n")
        ).image
    engine.tag(image, reference)
    return image


def by_unladen(engine: Engine, subject: Subject, policy: str, folder: Path) -> Result | str:
    """`unladen slim IMAGE` with its proof and all repairs in the time; its Dockerfile is built once more for the
    image. A string where it gave none."""
    written = folder / f"{subject.reference.rpartition('/')[2].partition(':')[0]}-{policy}"
    report = folder / "report.json"
    new(engine, subject.reference)
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
        "--accept-thin",
    )
    whole = unladen(engine, *arguments, *config, cache=fresh_cache(folder / f"cache-{written.name}"))
    found = json.loads(report.read_text())
    if not found["proved"]:
        return f"not proved: {found['different']} of {found['cases']} cases differ {found['failure']}".strip()
    image = engine.build(BuildRequest(written, (written / "Dockerfile").read_text())).image
    apart = found["seconds"]["recording"] + found["seconds"]["proving"]
    size = engine.inspect(image).size_bytes
    return Result(size, whole - apart, right(engine, image, subject.ground), whole)


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
    command += ["--target", subject.reference, "--tag", reference, "--http-probe-crawl=false"]
    corpus = subject.ground.corpus
    if inside := [*cases_inside(corpus, "serving"), *cases_inside(corpus, "restarted")]:
        command += ["--exec-file", str(executed(inside, folder))]
    if any(isinstance(case, RequestCase) for case in corpus.cases):
        command += ["--http-probe-cmd-file", str(probes(corpus, folder))]
        command += ["--http-probe-exit-on-failure=false", "--http-probe-retry-off"]
    else:
        command += ["--http-probe=false"]
    command += [] if inside else ["--continue-after", "probe"]
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
    found = re.findall(r'error="((?:\\.|[^"])*)"', said) or re.findall(r" error=(.*)", said)
    found = found or said.strip().splitlines()[-1:]
    return found[-1] if found else "it says nothing"


def executed(cases: Sequence[CommandCase], folder: Path) -> Path:
    """The commands inside as a shell script, which mint hands to `docker exec`."""
    file = folder / "exec.sh"
    lines = (f"printf %s {shlex.quote(case.stdin.decode())} | {shlex.join(case.argv)}" for case in cases)
    file.write_text("\n".join(lines) + "\n")
    return file


def probes(corpus: Corpus, folder: Path) -> Path:
    """The corpus in mint's own form, but for the few requests that it cannot send (OPTIONS, odd headers, values of
    earlier answers), which it would try again and again; a body is a file."""
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    cases = [case for case in requests if case.method in MINTS_METHODS and not (case.takes or case.when)]
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
