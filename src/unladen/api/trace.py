"""unladen.trace: what an image touches while it starts and answers."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from unladen import session
from unladen.config import Config, load
from unladen.engine.find import EngineChoice
from unladen.errors import BaseMissing
from unladen.progress import Event, Watcher, silent
from unladen.proof.corpus import combined
from unladen.proof.interface import CommandCase, Corpus, Program
from unladen.proof.sources.configured import corpus_from_config
from unladen.tracing.log import Trace
from unladen.tracing.run import trace as traced
from unladen.trial.ground import find_corpus


def trace(
    image: str,
    *,
    commands: Sequence[str] = (),
    port: int | None = None,
    health: str | None = None,
    config: Path | None = None,
    crawl: bool = True,
    engine: EngineChoice = "auto",
    watch: Watcher = silent,
) -> tuple[Trace, Corpus]:
    """Runs `image` under the sensor, as `unladen trace` does: the trace, and the cases that were asked meanwhile.

    `commands` are arguments for its program, as a shell reads them; `port` None is the image's EXPOSE, `config` an
    unladen.toml with more cases. Raises BaseMissing (no such image), and what `tracing.run.trace` raises.
    """
    settings = (load(Path(), config) if config is not None else Config()).crawling(crawl)
    given = [CommandCase(f"command {n}", tuple(shlex.split(each))) for n, each in enumerate(commands, 1)]
    with session.engine(engine) as found:
        if found.find(image) is None:
            raise BaseMissing(f"cannot trace {image}: the engine has no such image", hint="Pull or build it.")
        exposed = next(iter(found.inspect(image).ports), None)
        program = Program(
            port=None if given and port is None else port or settings.project.port or exposed,
            health=health or settings.project.health,
            env=settings.project.env,
        )
        watch(Event(image, "finding requests"))
        if given and program.port is None:
            corpus = corpus_from_config((), given)
        else:
            served, program = find_corpus(found, image, program, settings.plan())
            corpus = combined(served, Corpus(tuple(given)))
        watch(Event(image, "tracing", detail=f"{len(corpus.cases)} cases"))
        return traced(found, image, program, corpus), corpus
