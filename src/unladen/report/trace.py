"""A trace as JSON, and in a sentence."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.text import Text

from unladen.tracing.log import Trace


def render(trace: Trace, image: str) -> str:
    """Touches in their order; `phase` 0 is the start, 1 the answers; `result` is 0 or an errno."""
    value = {
        "format": "unladen-trace-1",
        "image": image,
        "architecture": trace.arch,
        "complete": trace.complete,
        "problems": trace.problems,
        "touches": [asdict(touch) for touch in trace.touches],
    }
    return json.dumps(value, indent=1) + "\n"


def summary(trace: Trace, cases: int) -> Text:
    """For a person."""
    paths = {touch.path for touch in trace.touches if touch.result == 0}
    programs = {touch.process for touch in trace.touches if touch.process}
    lines = [f"{len(paths)} paths, touched by {len(programs)} programs while {cases} cases were asked"]
    lines += [f"warning: the trace is not complete: {problem}" for problem in trace.problems]
    return Text("\n".join(lines))
