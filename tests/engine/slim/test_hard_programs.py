"""Programs that are hard to slim, each in its own way, slimmed as images without their source.

Each is proved by its own cases, a fifth of which was never traced, and then asked for the hard thing itself, so that
a proof of nothing could not pass.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from engines import answers, built, get, provide, said

from unladen import session
from unladen.config import load
from unladen.dockerfile.stages import parse
from unladen.engine.interface import BuildRequest, Engine
from unladen.keep.keeplist import Policy, render
from unladen.keep.parse import parse as parse_list
from unladen.keep.stages import PACKER
from unladen.progress import silent
from unladen.proof.show import AFTER_A_RESTART
from unladen.session import cache_folder
from unladen.slimming.bench import ENVIRONMENT, IMAGE
from unladen.slimming.image import slim_image
from unladen.slimming.interface import Slimmed, SlimOptions
from unladen.trial.image import ImageRun
from unladen.trial.workplace import Workplace, workplace

pytestmark = pytest.mark.engine

PROGRAMS = Path(__file__).parent / "programs"
AT_ONCE = 3
"""Most of the time is spent in waiting for containers to start and end."""


@dataclass(frozen=True)
class Hard:
    """A program, what it is asked for in the end (arguments, or a path where it serves), and what has to be in the
    answer. `repairs` is how many cases may need to be repaired: those that were never traced, at most. `policy` is
    docker's: podman, whose builds take three times as long, gets whole packages, which need fewer of them."""

    name: str
    ask: tuple[str, ...] | str
    answer: str
    policy: Policy = "file"
    repairs: int = 0


HARD = (
    Hard(
        "cache",
        ("hello",),
        "/home/nonroot/.cache/letters hit {'e': 1, 'h': 1, 'l': 2, 'o': 1}",
        policy="package",
    ),
    Hard("ctypes", ("magic", "<?xml version='1.0'?><a/>"), "text/xml", policy="package"),
    Hard("declared", "/page/*late*", "<p><em>late</em></p> {'dbname': 'shop'}", policy="package"),
    Hard("dlopen", ("pack", "user"), "3 plug-ins\ncheck 1\nnobody /nonexistent\n", policy="package"),
    Hard("drop-privileges", ("su", "6"), "4321 worker /home/worker [PosixPath('/srv/work/mine')]"),
    Hard("entry-points", ("reverse", "plug-in"), "ni-gulp 1.8.0"),
    Hard("gunicorn", "/square/12", '{"master":true,"square":144}', policy="package"),
    Hard("java", ("greet", "german", "Ada"), "[english, german] Hallo Ada"),
    Hard("lazy-imports", "/page/grace", "<p>Hello Grace</p>", repairs=2),  # a page imports what no other does
    Hard("life", "/", "first 999"),
    Hard("locales", ("locale", "fr_FR", "iconv", "BIG5"), "'mardi mars'", repairs=1),
    Hard("node-addon", ("hash", "unladen"), "49ba45842d6366b3"),
    Hard("node-lazy", "/page/*late*", "<p><em>late</em></p> ", policy="package"),
    Hard("perl", ("names", "1F600"), "GRINNING FACE", repairs=1),  # each task loads modules of its own
    Hard("php", "/lazy/abc", '}"CBA":"dias"{ UTC'),
    Hard("php-fpm", ("php", "-r", "echo json_encode([date('Y', 0), crc32('a')]);"), '["1970",3904355907]'),
    Hard("ruby", ("erb", "Grace"), "Hello Grace", repairs=1),
    Hard("shell-entrypoint", ("check", "/etc/passwd"), "title=SHELL REPORT\n1 passwd\n2 644\nhome /srv\n"),
    Hard("sqlite", ("add", "table", "with legs"), "('wal',)\n(4,)\n[('table',)]\n", policy="package"),
    Hard("subprocess", ("pack",), "main.py\n /usr/bin/gzip", policy="package", repairs=1),
    Hard("time-zones", ("Pacific/Chatham", "pytz"), "libc 00:45 +1245", policy="package"),
    Hard("tls", ("hashed",), "secret"),
    Hard("worker", ("bash", "-c", "worker & sleep 0.2; ask sort b a"), "a b"),
)
ON_PODMAN = frozenset({"cache", "drop-privileges", "entry-points", "gunicorn", "locales", "shell-entrypoint"})
"""All take five minutes there, so that these stand for them where nobody asks for the whole suite."""
WHOLE = os.environ.get("UNLADEN_TESTS") == "whole"
Slim = Callable[[Hard], Slimmed]


def is_wanted(engine: Engine, hard: Hard) -> bool:
    return WHOLE or engine.name == "docker" or hard.name in ON_PODMAN


def policy_of(engine: Engine, hard: Hard) -> Policy:
    return hard.policy if engine.name == "docker" else "package"


def reference(hard: Hard) -> str:
    return f"unladen-test/hard-{hard.name}:{os.getpid()}"


@pytest.fixture(scope="module")
def slim(
    engine: Engine, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Slim]:
    """Slims all programs that are going to be asked for, some at a time."""
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    names = {spec.params["hard"].name for spec in asked if spec and "hard" in spec.params}
    place = workplace(engine, session.host_settings(), tmp_path_factory.mktemp("cache"), silent)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        works: dict[str, Future[Slimmed]] = {
            hard.name: pool.submit(slimmed, place, hard)
            for hard in HARD
            if hard.name in names and is_wanted(engine, hard)
        }
        yield lambda hard: works[hard.name].result()
        pool.shutdown(cancel_futures=True)
    for hard in HARD:
        engine.remove_image(reference(hard))


def slimmed(place: Workplace, hard: Hard) -> Slimmed:
    """Builds the program's image, and slims it by what its unladen.toml says."""
    folder = PROGRAMS / hard.name
    dockerfile = (folder / "Dockerfile").read_text()
    provide(place.engine, *parse(dockerfile).bases, PACKER)
    settings = load(folder)
    built(place.engine, BuildRequest(folder, dockerfile, tag=reference(hard), host=place.host))
    return slim_image(
        reference(hard),
        place,
        ImageRun(settings.project.port, settings.project.health),
        settings.plan(),
        SlimOptions(),
        policy_of(place.engine, hard),
        "auto",
        cache_folder(),
    )


@pytest.mark.parametrize("hard", HARD, ids=lambda hard: hard.name)
def test_it_is_slimmed_and_does_what_is_hard(
    engine: Engine, slim: Slim, hard: Hard, record_property: Callable[[str, object], None]
) -> None:
    if not is_wanted(engine, hard):
        pytest.skip("all of them take five minutes on podman: UNLADEN_TESTS=whole, which .ci/run sets")
    started = time.monotonic()
    done = slim(hard)
    record_property("slimmed", in_words(engine, hard, done, time.monotonic() - started))
    assert done.verdict is not None and done.holds, (done.failure, done.verdict)
    assert done.held_back and not done.trace_problems and not done.untraced
    assert len(repairs(done)) <= hard.repairs, done.mended
    assert done.weight.size_bytes < 0.85 * done.full.size_bytes
    assert parse_list(render(done.keep)) == done.keep
    assert hard.answer in answer(engine, done.image, hard)


@pytest.mark.parametrize("hard", [hard for hard in HARD if hard.name == "life"], ids=["life"])
def test_each_turn_of_its_life_is_traced(slim: Slim, hard: Hard) -> None:
    lines = render(slim(hard).keep).splitlines()
    turns = {line.rpartition("/")[2] for line in lines if line.startswith("/usr/share/life/")}
    assert turns == {"first", "second", "reloaded", "flying", "stopped"}


@pytest.mark.parametrize("hard", [hard for hard in HARD if hard.name == "cache"], ids=["cache"])
def test_what_it_writes_itself_is_not_in_the_list(slim: Slim, hard: Hard) -> None:
    lines = render(slim(hard).keep).splitlines()
    assert "/var/cache/letters" in lines
    own = ("/var/cache/letters/", "/home/nonroot/.cache", "/tmp/", "!/var/cache/letters", ".part")
    assert not [line for line in lines if line.startswith(own) or line.endswith(own)]


def repairs(done: Slimmed) -> tuple[str, ...]:
    """The cases that were repaired, asked again after a restart or not; what the environment battery asks for, or the
    image lost, is no case of the program's."""
    cases = (
        each.case.removeprefix(AFTER_A_RESTART)
        for each in done.mended
        if not each.case.startswith((ENVIRONMENT, IMAGE))
    )
    return tuple(dict.fromkeys(cases))


def answer(engine: Engine, image: str, hard: Hard) -> str:
    """What a fresh container of the image says."""
    if isinstance(hard.ask, str):
        return answers(engine, image, get(hard.ask), health="/")[hard.ask].body.decode()
    return said(engine, image, *hard.ask).decode()


def in_words(engine: Engine, hard: Hard, done: Slimmed, waited: float) -> str:
    verdict = done.verdict
    sizes = f"{done.full.size_bytes / 1e6:.1f} → {done.weight.size_bytes / 1e6:.1f} MB"
    cases = f"{verdict.cases} cases, {verdict.different} different" if verdict else done.failure
    environment = (
        " and the environment" if any(each.case.startswith(ENVIRONMENT) for each in done.mended) else ""
    )
    held = f"held back {done.held} of {done.held_back}"
    lost = "; ".join(each.difference for each in done.mended if each.case.startswith(ENVIRONMENT))
    return (
        f"{engine.name:7} {policy_of(engine, hard):8} {hard.name:17} {sizes:18}  {cases}, {held},"
        f" {len(repairs(done))} repaired{environment}, waited {waited:.0f} s {lost}"
    )
