"""Compiled files say what their source says."""

from __future__ import annotations

from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Pair, Part
from unladen.proof.interface import Loss


def bytecode(pair: Pair) -> Part:
    """One loss for each way to be stale. What is stale in the baseline under the same last names is none."""
    scene, known = pair.rung.scene, ecosystems()
    found = [each for one in known.each for each in one.stale(scene)]
    before = set[tuple[str, ...]]()
    if found:
        before = {_names(path) for one in known.each for path, _ in one.stale(pair.baseline.scene)}
    reasons: dict[str, list[str]] = {}
    for path, why in found:
        if _names(path) not in before:
            reasons.setdefault(why, []).append(path)
    losses = []
    for why, paths in reasons.items():
        more = f", and so are {len(paths) - 1} more" if len(paths) > 1 else ""
        package = scene.packages.of(paths[0])
        losses.append(Loss("bytecode", paths[0], f"{why}{more}", str(package or ""), count=len(paths)))
    compiled = sum(known.source_of(path) in scene.tree for path in scene.tree if known.caches.fullmatch(path))
    return Part("bytecode files", compiled, tuple(losses))


def _names(path: str) -> tuple[str, ...]:
    """A rung may have another environment: what tells a module are the last folders of its path."""
    return tuple(path.split("/")[-4:])
