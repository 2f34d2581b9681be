"""Static evidence as a whole: every check, over two images that lie in files."""

from __future__ import annotations

import time
from dataclasses import replace

from unladen.engine.interface import Engine
from unladen.image.local import opened
from unladen.image.stored import StoredImage
from unladen.language.named import Named
from unladen.language.scene import scene
from unladen.proof.has.brought import brought
from unladen.proof.has.bytecode import bytecode
from unladen.proof.has.files import files
from unladen.proof.has.interface import Check, Intent, Pair, Side
from unladen.proof.has.library import library
from unladen.proof.has.links import links
from unladen.proof.has.needs import needs
from unladen.proof.has.packages import packages
from unladen.proof.has.places import places
from unladen.proof.has.programs import programs
from unladen.proof.has.settings import settings
from unladen.proof.has.shared import shared
from unladen.proof.has.system import system
from unladen.proof.has.users import users
from unladen.proof.interface import Loss, LossKind, StaticEvidence

CHECKS: tuple[Check, ...] = (
    files,
    packages,
    users,
    places,
    library,
    system,
    shared,
    links,
    programs,
    bytecode,
    needs,
    settings,
    brought,
)
"""In the order in which their losses are shown."""
_CHANGED = frozenset[LossKind](("contents", "type", "link", "owner", "mode"))


_EMPTY = StoredImage({}, (), ())


def side(engine: Engine, image: str, base: str = "", source: tuple[Named, ...] = ()) -> Side:
    """The engine's image, read; `base` is the image below it, where that is known, `source` what the project's source
    names. Raises EngineFailed, DiskFull, BadImage."""
    read = opened(engine, image)
    below = engine.inspect(base) if base else None
    layers, labels = (below.layers, below.labels) if below else ((), {})
    return Side(read, scene(read.tree, read.config), layers, labels, source)


NOTHING = Side(_EMPTY, scene(_EMPTY.tree, _EMPTY.config))
"""What an image that is built from scratch begins with."""


def examine(baseline: Side, rung: Side, intent: Intent) -> StaticEvidence:
    begun = time.monotonic()
    parts = [check(Pair(baseline, rung, intent)) for check in CHECKS]
    return StaticEvidence(
        counts={part.what: part.counted for part in parts},
        losses=tuple(_meant(loss, intent) for part in parts for loss in part.losses),
        seconds=time.monotonic() - begun,
        complete=True,
    )


def _meant(loss: Loss, intent: Intent) -> Loss:
    """What is declared by its very name ("program git", "WORKDIR /srv") is meant, whichever check found it. That a path
    may be gone does not say that it may change."""
    changed = loss.kind in _CHANGED and loss.subject.startswith("/")
    why = loss.intended or intent.settings.get(f"contents {loss.subject}" if changed else loss.subject, "")
    return replace(loss, intended=why) if why else loss
