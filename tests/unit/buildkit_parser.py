"""BuildKit's own parser (the package `dockerfile`) beside unladen's, in one shape that can be compared."""

from __future__ import annotations

import contextlib
import json
import platform
import re
from pathlib import Path
from typing import Any

import pytest

from unladen.dockerfile.parse import Instruction, parse

try:
    import dockerfile as buildkit
except ImportError:
    if platform.machine() == "x86_64":
        raise
    buildkit = None

needs_buildkit = pytest.mark.skipif(
    buildkit is None, reason="the package dockerfile (BuildKit's parser) has no wheel for this machine"
)


def theirs(path: Path) -> list[tuple[Any, ...]] | None:
    """What BuildKit's parser sees in a file, None where it refuses the file.
    Raises UnicodeDecodeError where the package cannot hand it over: a flag that ends inside of a character."""
    try:
        return [_their_shape(each) for each in buildkit.parse_file(str(path))]
    except buildkit.GoParseError:
        return None


def ours(data: bytes) -> list[tuple[Any, ...]] | None:
    parsed = parse(data.decode("utf-8", "surrogateescape"))
    assert "".join(parsed.pieces()) == parsed.text
    return None if parsed.problems else [_our_shape(each) for each in parsed.instructions]


def is_read_otherwise_since(data: bytes) -> bool:
    """Whether the file has what the package's parser, which is older, reads in another way than BuildKit's of today:
    text after a JSON list (passed over; now all of it is a shell's, parseJSON in line_parsers.go), white space
    after `<<` (no here-document; now one, reHeredoc in parser.go)."""
    if re.search(rb"<<(\\[ \t]*\r*\n)?[\t\r ]", data):
        return True
    for each in parse(data.decode("utf-8", "surrogateescape")).instructions:
        holder = each.inner or each
        text = holder.arguments.partition("[")[2]
        with contextlib.suppress(ValueError):
            end = json.JSONDecoder().raw_decode(f"[{text}")[1]
            if text and end < len(text) + 1:
                return True
    return False


def _their_shape(command: Any) -> tuple[Any, ...]:
    documents = [(each.name, each.file_descriptor, each.content) for each in command.heredocs]
    return (
        (command.cmd or "").upper(),
        (command.sub_cmd or "").upper(),
        command.json,
        command.start_line,
        command.end_line,
        list(command.flags),
        [] if command.value == ("",) else list(command.value),
        documents,
    )


def _our_shape(instruction: Instruction) -> tuple[Any, ...]:
    holder = instruction.inner or instruction
    pairs = [part for pair in holder.pairs for part in pair]
    documents = [(each.name, each.descriptor, each.content) for each in holder.heredocs]
    values = pairs if holder.keyword in ("ENV", "LABEL") else list(holder.values)
    return (
        instruction.keyword,
        instruction.inner.keyword if instruction.inner else "",
        holder.is_exec,
        instruction.line,
        instruction.last_line,
        [_by_bytes(word) for word in instruction.flag_words],
        [] if values == [""] else values,
        documents if holder is instruction else [],  # the package does not show those of ONBUILD
    )


def _by_bytes(text: str) -> str:
    """BuildKit reads flags byte by byte, and takes each for a character."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
