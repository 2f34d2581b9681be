"""Settings that the program reads by their file's name where it is started: the rung brings one of its own."""

from __future__ import annotations

import posixpath

from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Pair, Part
from unladen.proof.has.own import Own
from unladen.proof.interface import Loss


def brought(pair: Pair) -> Part:
    """Nothing names such a file (gunicorn.conf.py, .env), and it says as much as a variable or an argument would."""
    side, tree = pair.rung, pair.baseline.scene.tree
    workdir = posixpath.normpath(f"/{side.scene.settings.workdir.lstrip('/')}")
    known, own = ecosystems().read_at_start, Own(side)
    named = (path for path in side.scene.tree.children(workdir) if known.fullmatch(posixpath.basename(path)))
    entries = (side.scene.tree.get(path) for path in named)
    found = [entry for entry in entries if entry is not None and own.is_file(entry)]
    said = "not in the baseline: programs read it at their start without being told"
    losses = [
        Loss("file", entry.path, said, side.origins.of(entry.layer), pair.intent.why(entry.path, ""))
        for entry in found
        if tree.get(entry.path) is None
    ]
    return Part("files read at the start", len(found), tuple(losses))
