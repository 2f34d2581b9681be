"""What a program wrote into its container while it was asked: which of it every run writes, and what a rung lacks."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from unladen.engine.copied import copied_tar, read_copied
from unladen.engine.interface import Container
from unladen.errors import EngineFailed
from unladen.language.registry import ecosystems
from unladen.proof.files import candidates
from unladen.proof.observe import mask_numbers

CONTENTS = 8
"""Files whose contents are compared, of those that a run wrote: each is a call to the engine."""
SIZE_LIMIT = 64 << 10
VOLUME_FILES = 200
_PASSING = re.compile(
    r"/(?:tmp|var/tmp|run|var/run|var/cache|var/lock|dev|proc|sys)/.*"
    r"|/(?:root|home/[^/]+)/\..*"
    r"|.*/\.?cache/.*"
    r"|.*\.(?:pid|sock|socket|lock|tmp|swp)|.*-(?:wal|shm|journal)"
)
"""What says nothing of the program: places for what passes, settings and caches below a home folder. What a language's
own tools leave is in its ecosystem."""
_LOG = re.compile(r".*/logs?/.*|.*\.log(?:\.\d+)?")

Written = Mapping[str, bytes | None]
"""Path → contents, None where they were not read."""


@dataclass(frozen=True)
class Steady:
    """What every run of one image wrote: `paths`, of which `contents` were the same but for numbers, and `folders`
    in which each run wrote under names of its own."""

    paths: frozenset[str] = frozenset()
    contents: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unwritten:
    """Something that the baseline writes and the rung does not, or otherwise."""

    path: str
    baseline: str
    rung: str


def left_by(container: Container) -> dict[str, bytes | None]:
    """What a stopped container's program wrote: new and changed files, and all that lies in its volumes."""
    paths = [path for path in candidates(container.changes()) if not _PASSING.fullmatch(path)]
    found: dict[str, bytes | None] = dict.fromkeys(paths)
    for path in [path for path in paths if not _LOG.fullmatch(path)][:CONTENTS]:
        found[path] = read_copied(container, path, _contents)
    for volume in container.volumes():
        found |= _in_volume(container, volume)
    return found


def steady(runs: Sequence[Written]) -> Steady:
    """What these runs of one image have in common."""
    paths = frozenset.intersection(*(frozenset(run) for run in runs)) if runs else frozenset()
    texts = {path: {_text(run[path]) for run in runs} for path in paths}
    own = [{_folder(path) for path in run if path not in paths} for run in runs]
    return Steady(
        paths=paths,
        contents=frozenset(path for path, seen in texts.items() if len(seen) == 1 and None not in seen),
        folders=frozenset.intersection(*map(frozenset, own)) if own else frozenset(),
    )


def unwritten(baseline: Written, rung: Written, known: Steady) -> tuple[Unwritten, ...]:
    """What the rung lacks of it. What it writes besides is no loss."""
    lost = [Unwritten(path, "written", "not written") for path in sorted(known.paths) if path not in rung]
    for path in sorted(known.contents):
        if path in rung and _text(rung[path]) not in (None, _text(baseline[path])):
            lost.append(Unwritten(path, _shown(baseline[path]), _shown(rung[path])))
    there = {_folder(path) for path in rung if path not in known.paths}
    return (
        *lost,
        *(Unwritten(f"{f}/*", "written", "not written") for f in sorted(known.folders) if f not in there),
    )


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _text(contents: bytes | None) -> str | None:
    """What is compared of contents: text without numbers; of anything else only whether it is empty."""
    if contents is None:
        return None
    with suppress(UnicodeDecodeError):
        text = contents.decode()
        if "\0" not in text:
            return mask_numbers(text)
    return "bytes"


def _shown(contents: bytes | None) -> str:
    return (contents or b"")[:200].decode(errors="replace") or "empty"


def _contents(source: IO[bytes], size: int) -> bytes:
    return source.read(SIZE_LIMIT + 1) if size <= SIZE_LIMIT else b"\0"


def _in_volume(container: Container, volume: str) -> dict[str, bytes | None]:
    """The files in a volume, the first of them with their contents."""
    found: dict[str, bytes | None] = {}
    top = volume.rstrip("/").rpartition("/")[0]
    try:
        with copied_tar(container, volume) as tar:
            for member in tar:
                path = f"{top}/{member.name.strip('/')}"
                if not member.isfile() or _PASSING.fullmatch(path) or ecosystems().caches.fullmatch(path):
                    continue
                source = tar.extractfile(member)
                read = source is not None and len(found) < CONTENTS and not _LOG.fullmatch(path)
                found[path] = _contents(source, member.size) if source is not None and read else None
                if len(found) >= VOLUME_FILES:
                    break
    except (EngineFailed, tarfile.TarError):
        return found  # as far as it could be read
    return found
