"""What earlier runs measured, keyed by everything that went in: a second run on an unchanged project is quick."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from unladen import output
from unladen.climb.interface import (
    Different,
    Measured,
    Options,
    Outcome,
    Proved,
    Reference,
    Skipped,
    Unproved,
)
from unladen.climb.site import Site
from unladen.errors import CannotWrite
from unladen.keep.keeplist import render
from unladen.language.interface import Buildable, Proposal, Rung
from unladen.measure.interface import Timing
from unladen.proof.interface import ProofPlan
from unladen.trial.keys import content_digest, key

Memorable = Reference | Proved | Unproved | Different | Skipped
_KINDS: dict[str, type[Any]] = {
    "reference": Reference,
    "proved": Proved,
    "unproved": Unproved,
    "different": Different,
    "skipped": Skipped,
}
FORMAT = 6
"""What an entry looks like: raised when a class of `_KINDS` changes, so that no older entry is read as a new one."""
_MORE: tuple[Timing, ...] = ("none", "recommended", "all")
"""Each has the figures of the ones before."""
KEPT = 200
"""Newest entries that are kept; older ones are removed when a new one is written."""


@dataclass(frozen=True)
class Memory:
    """A folder of outcomes, one JSON file a key; `keys` are those of the rungs, by name.

    `None` for `folder` remembers nothing; where `fresh`, nothing is recalled. What has fewer figures of time than
    `time` asks for is not recalled either.
    """

    folder: Path | None
    keys: Mapping[str, str]
    fresh: bool = False
    time: Timing = "none"

    def recall(self, rung: Rung) -> Memorable | None:
        """What an earlier run found on the very same inputs, marked as such."""
        if self.folder is None or self.fresh:
            return None
        try:
            kind, text = self._path(rung).read_text(encoding="utf-8").split("\n", 1)
            found: Memorable = TypeAdapter(_KINDS[kind]).validate_json(text)
        except (OSError, ValueError, KeyError, ValidationError):
            return None  # absent, or written by another version
        if not isinstance(found, Measured):
            return found
        is_enough = _MORE.index(found.times.timed) >= _MORE.index(self.time)
        return replace(found, remembered=True) if is_enough else None

    def keep(self, outcome: Reference | Outcome) -> None:
        """A failure is not remembered: a network may be there again next time."""
        kind = next((name for name, each in _KINDS.items() if isinstance(outcome, each)), None)
        if self.folder is None or kind is None:
            return
        # what cannot be remembered (a full disk, a Dockerfile that is not UTF-8) is measured again
        with suppress(OSError, CannotWrite, PydanticSerializationError):
            text = TypeAdapter(_KINDS[kind]).dump_json(outcome).decode()
            self.folder.mkdir(parents=True, exist_ok=True)
            output.write(self._path(outcome.rung), f"{kind}\n{text}")
            self._forget_oldest(self.folder)

    def _path(self, rung: Rung) -> Path:
        assert self.folder is not None
        return self.folder / f"{self.keys[rung.name]}.json"

    @staticmethod
    def _forget_oldest(folder: Path) -> None:
        entries = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in entries[KEPT:]:
            path.unlink(missing_ok=True)


def memory_of(site: Site, plan: ProofPlan, options: Options) -> Memory:
    """The memory of what this project's figures depend on. Images that are to be kept have to be built: then nothing
    is remembered."""
    if options.keep_images:
        return Memory(None, MappingProxyType({}))
    return Memory(options.cache / "outcomes", _keys(site, plan, options), options.fresh, options.time)


def on_remembered_layers(site: Site, memory: Memory) -> Site:
    """The site whose builds share the layers that the remembered baseline was built from, where it is remembered: it is
    compared with its own figures then, not with those of newer packages."""
    known = memory.recall(site.ladder.baseline)
    return replace(site, layers=known.layers) if isinstance(known, Reference) and known.layers else site


def _keys(site: Site, plan: ProofPlan, options: Options) -> dict[str, str]:
    """What each rung's figures depend on."""
    engine, ladder, images = site.engine, site.ladder, site.foundations.images
    project, baseline = ladder.project, ladder.baseline
    ignores = {project.ignored or "", ladder.ignore}
    ignores |= {
        rung.dockerignore for rung in ladder.rungs if isinstance(rung, Proposal) and rung.dockerignore
    }
    shared = (
        FORMAT,
        content_digest(project.root, ignores),
        baseline.dockerfile,
        [baseline.target, sorted(project.users.staged.build_args.items()) if project.users else []],
        [images.get(name) for name in baseline.bases],
        [engine.name, engine.version, engine.builder],
        [project.start.value, project.port.value, project.health.value, dict(project.env)],
        repr(plan),
        repr(project.named),
        [ladder.ignore, project.ignored],
    )
    keys = {
        rung.name: key(*shared, rung.name, rung.dockerfile, [images.get(name) for name in rung.bases])
        for rung in (baseline, *ladder.rungs)
        if isinstance(rung, Buildable)
    }
    slim = options.slim
    kept = render(slim.former) if slim.former else ""
    below = (*shared, sorted(keys.values()), slim.include, slim.exclude, slim.rounds, kept)
    return keys | {rung.name: key(*below, rung.name) for rung in ladder.to_slim}
