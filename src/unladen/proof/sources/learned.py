"""What production showed later, as cases: a HAR file, the requests of a k6 script, or commands."""

from __future__ import annotations

import re
from pathlib import Path

from unladen.errors import BadConfig
from unladen.proof.interface import Corpus
from unladen.proof.sources.commands import corpus_from_commands
from unladen.proof.sources.har import corpus_from_har
from unladen.proof.sources.k6 import corpus_from_k6

_SCRIPTS = frozenset({".js", ".mjs", ".cjs", ".ts"})
_LISTS = frozenset({"", ".txt", ".sh", ".list", ".commands"})
_IMPORTS_K6 = re.compile(r"""(\bfrom\s*|\brequire\s*\(\s*|\bimport\s*)['"]k6(/[\w/-]+)?['"]""")
_KINDS = (
    "It has to be a HAR file (.har), a k6 script (.js) or a list of commands, one a line (.txt). "
    "Requests can also be described in unladen.toml under [[verify.request]]."
)


def learned(file: Path) -> Corpus:
    """The cases that a file of either kind holds; which one it is, its content and its name say.

    Raises BadConfig, naming the file, and the line or entry that is wrong.
    """
    text = _text(file)
    name, suffix = str(file), file.suffix.lower()
    if not text.strip():
        raise BadConfig(f"cannot learn from {name}: it is empty", hint=_KINDS)
    if suffix == ".har" or text.lstrip().startswith("{"):
        return corpus_from_har(text, name)
    if suffix in _SCRIPTS or _IMPORTS_K6.search(text):
        return corpus_from_k6(text, name)
    if suffix in _LISTS and not text.lstrip().startswith("<"):
        return corpus_from_commands(text, name)
    raise BadConfig(
        f"cannot learn from {name}: it is neither a HAR file, nor a k6 script, nor a list of commands",
        hint=_KINDS,
    )


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise BadConfig(f"cannot learn from {file}: there is no such file", hint=_KINDS) from error
    except OSError as error:
        raise BadConfig(
            f"cannot learn from {file}: {(error.strerror or str(error)).lower()}", hint=_KINDS
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadConfig(f"cannot read {file}: line {line}: it is not UTF-8", hint=_KINDS) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadConfig(f"cannot read {file}: line {line}: it is no text", hint=_KINDS)
    return text
