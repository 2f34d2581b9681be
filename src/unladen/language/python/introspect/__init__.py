"""Asks a framework, inside the container, for the routes of the application that runs there.

Four texts, sent as one JSON object on standard input: `finding` looks for the program and starts a child with its
interpreter, environment and folder; `application` loads the application in that child; `reading` reads its routes, with
what `frameworks` knows of each framework.
They run on any Python from 3.8 on with its standard library alone, and are never imported by unladen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import PurePosixPath

PARTS = ("finding", "application", "frameworks", "reading")
_BOOT = "import json, sys; PARTS = json.load(sys.stdin); exec(compile(PARTS['finding'], 'finding', 'exec'))"


def script(proc: str = "/proc") -> str:
    """What an interpreter that was started by one of `commands` reads."""
    texts = {part: files(__package__).joinpath(f"{part}.py").read_text("utf-8") for part in PARTS}
    return json.dumps(texts | {"proc": proc})


def commands(start: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Interpreters that may be there, the likelier first: the one that the start command names, the one beside its
    program, the one on the path."""
    return tuple(dict.fromkeys((program, "-c", _BOOT) for program in _interpreters(start)))


def _interpreters(start: Sequence[str]) -> Iterator[str]:
    for word in start:
        path = PurePosixPath(word)
        if path.is_absolute() and path.name.startswith("python"):
            yield word
        elif path.is_absolute() and path.parent.name == "bin" and path.parts[1] not in ("bin", "usr"):
            yield str(path.with_name("python"))
    yield from ("python", "python3")
