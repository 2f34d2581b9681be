"""What a source of cases may look at, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unladen.engine.interface import Engine, ImageFacts
from unladen.image.scene import Scene
from unladen.language.tests import Tests, Untested
from unladen.proof.interface import Corpus, Program, ProofPlan
from unladen.proof.record import Live
from unladen.proof.sources.introspected import NOTHING_KNOWN, Known


@dataclass(frozen=True)
class Surroundings:
    """The baseline, at rest and at work, and the repository. `root` is the project's folder, None for an image alone;
    `live` the baseline while it runs, None for a program without a port; `scene` its image's files, where they were
    read; `known` what the framework, or the source, says of its routes. A source may change the state of what runs:
    nothing is compared with it later."""

    program: Program
    plan: ProofPlan
    facts: ImageFacts
    live: Live | None = None
    scene: Scene | None = None
    root: Path | None = None
    known: Known = NOTHING_KNOWN
    tests: Tests | Untested | None = None
    """How the project's own tests are run, compiled where they have to be."""
    engine: Engine | None = None
    """Runs commands in fresh containers of the baseline (`command.run_command`)."""


Source = Callable[[Surroundings], Corpus]
"""One source of cases: what it finds, in a fixed order, each case with its `origin`. It finds nothing (`NO_CASES`)
where there is nothing, and says in its coverage's note what it could not read: it raises nothing for that."""
