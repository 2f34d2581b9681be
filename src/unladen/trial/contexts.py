"""Build contexts: a project's folder with files added, or with one source file touched; the folder stays as it is."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from unladen import temporary
from unladen.engine.interface import BuildRequest
from unladen.language.registry import ecosystems


@contextmanager
def with_files(request: BuildRequest, files: Mapping[str, str]) -> Iterator[BuildRequest]:
    """The request with these files (name → text) in its context's root; the folder itself is not touched."""
    if not files:
        yield request
        return
    with temporary.folder() as folder:
        context = linked_copy(request.context, folder / "context")
        for name, text in files.items():
            (context / name).unlink(missing_ok=True)  # the link, not the user's file
            (context / name).write_text(text, encoding="utf-8")
        yield replace(request, context=context)


@contextmanager
def touched_copy(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path | None]:
    """A copy of the folder (hard links: no contents are copied) in which one source file has a line more.

    None where it holds no source file to change.
    """
    source = _source_file(root, suffixes)
    if source is None:
        yield None
        return
    with temporary.folder() as folder:
        copy = linked_copy(root, folder / "context")
        target = copy / source.relative_to(root)
        text = target.read_bytes()
        target.unlink()  # the link, not the user's file
        target.write_bytes(text + _blank_line())
        yield copy


def linked_copy(root: Path, target: Path) -> Path:
    """The folder again at `target`, by hard links: to change a file there, unlink it first."""
    shutil.copytree(root, target, symlinks=True, copy_function=_link_or_copy, ignore=_left_out)
    return target


def _blank_line() -> bytes:
    """A line of white space that no earlier run has written: an engine's cache would know the rebuild otherwise."""
    return b"\n" + bytes(b" \t"[bit == "1"] for bit in f"{secrets.randbits(64):064b}") + b"\n"


def _source_file(root: Path, suffixes: tuple[str, ...]) -> Path | None:
    left_out = ecosystems().not_source
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in left_out)
        for name in sorted(files):
            if name.endswith(suffixes) and not name.startswith(("test_", "setup.")) and "_test." not in name:
                return Path(folder, name)
    return None


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Sockets and other special files cannot be copied, and no image is built from them."""
    kinds = ((name, Path(folder, name)) for name in names)
    return {name for name, path in kinds if not (path.is_symlink() or path.is_file() or path.is_dir())}


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
