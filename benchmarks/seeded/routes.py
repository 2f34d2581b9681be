"""Routes that a person counted in a project, and how many of them are known and asked without any configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from seeded.faults import PROOF
from seeded.grounds import built
from unladen.engine.interface import Engine
from unladen.errors import UnladenError
from unladen.language.interface import Overrides
from unladen.language.registry import detect
from unladen.proof.has.examine import side
from unladen.proof.interface import ProofPlan
from unladen.trial.ground import find_corpus, program_of

_PARAMETER = re.compile(r"\{[^/{}]*\}")


@dataclass(frozen=True)
class Counted:
    """`missing` of the `expected` routes are not known or were not asked; `error` says why there are none at all."""

    project: str
    expected: int
    missing: tuple[str, ...]
    error: str = ""

    @property
    def asked(self) -> int:
        return self.expected - len(self.missing)


def counted(engine: Engine) -> Iterator[Counted]:
    for root in sorted(path for path in (PROOF / "routes").iterdir() if path.is_dir()):
        expected = (root / "expected.txt").read_text(encoding="utf-8").split("\n")
        wanted = tuple(line for line in expected if line)
        try:
            asked = _asked(engine, root)
        except UnladenError as error:
            yield Counted(root.name, len(wanted), wanted, str(error))
        else:
            yield Counted(root.name, len(wanted), tuple(each for each in wanted if plain(each) not in asked))


def _asked(engine: Engine, root: Path) -> frozenset[str]:
    """The routes that are known and asked. Raises the errors of unladen.errors."""
    image = built(engine, root, root)
    try:
        program = program_of(detect(root, Overrides()), ProofPlan())
        with ThreadPoolExecutor(1) as beside:
            reading = beside.submit(side, engine, image)
            corpus, _ = find_corpus(engine, image, program, ProofPlan(), reading, root)
    finally:
        engine.remove_image(image)
    known = {plain(each) for each in corpus.coverage.known}
    return frozenset(known & {plain(each) for each in corpus.coverage.asked})


def plain(route: str) -> str:
    """A route without the names of its parameters, which frameworks need not tell."""
    return _PARAMETER.sub("{}", route)
