"""What a user of `optimize` does and sees, on an engine in memory."""

from __future__ import annotations

from scripted import Scene, lean

import unladen
from unladen.climb.interface import Different, Failed, Proved, Skipped


def test_a_smaller_rung_that_behaves_the_same_is_recommended(scene: Scene) -> None:
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root)
    outcome = climb.rungs[0]
    assert isinstance(outcome, Proved) and climb.recommended is not None
    assert outcome.weight.size_bytes < climb.baseline.weight.size_bytes / 2
    assert scene.left() == []
