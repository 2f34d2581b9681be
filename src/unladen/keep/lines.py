"""How a keep-list writes paths: one a line, escaped, with wildcards.

A line is a path, a path with "/" at its end (a directory with all below it), or either after "!" (left out). In
it `*` and `?` stand for characters of one name (bytes, to be exact: the pack stage's bash counts bytes), `**/` for
any number of directories. `\\xNN` is the byte NN, never a wildcard. Written so are the characters that would be
read as something else (`*`, `?`, `\\`), whatever a terminal or a reviewer does not see (control characters, bytes
that are not UTF-8, invisible and direction-changing Unicode), and a space at the end.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9/._+@,:=~%#!&'()\[\]{}$^;<>|\"`-]+")
_MEANS_SOMETHING = frozenset("*?\\")
_ESCAPE = re.compile(rb"\\x([0-9A-Fa-f]{2})|\\")
_WILD = re.compile(r"[*?]")
_TOKEN = re.compile(rb"\*\*/|\*|\?|\\x[0-9A-Fa-f]{2}|[^*?\\]+")


class BadLine(ValueError):
    """What is wrong with a line, for a person; whoever reads the whole list knows the line's number."""


def escape(path: str) -> str:
    """A path as a line writes it: no character of it is a wildcard."""
    if _PLAIN.fullmatch(path):
        return path
    text = "".join(_escaped(character) for character in path)
    return text[:-1] + "\\x20" if text.endswith(" ") else text


def unescape(text: str) -> str:
    """The path that a line without wildcards names. Raises BadLine."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_byte, as_bytes(text)).decode("utf-8", "surrogateescape")


def is_pattern(text: str) -> bool:
    """Whether a line has wildcards."""
    return _WILD.search(text) is not None


def check(text: str) -> None:
    """Raises BadLine where `text` (without "!") is no line of a keep-list."""
    if not text.startswith("/"):
        raise BadLine(f"{text!r} is not absolute: a path starts with /")
    names = text.removesuffix("/").split("/")[1:]
    if not text.strip("/"):
        raise BadLine("/ would keep the whole image")
    if "" in names:
        raise BadLine(f"{text!r} has // in it")
    if "." in names or ".." in names:
        raise BadLine(f"{text!r} has . or .. in it: write the path it means")
    if any("**" in name and name != "**" for name in names):
        raise BadLine(f"{text!r}: ** stands alone between slashes")
    if names[-1] == "**":
        raise BadLine(f"{text!r}: all below a directory is written with a slash at the end, without **")
    try:
        unescape(text)
    except UnicodeEncodeError as error:
        raise BadLine(f"{text!r} is not UTF-8: write its bytes as \\xNN") from error


def regex(text: str) -> bytes:
    """The regular expression (of bytes, to be matched as a whole) for a line's path; a "/" at its end is left out."""
    return b"".join(_TRANSLATE.get(token) or _quoted(token) for token in _TOKEN.findall(_bare(text)))


def as_bytes(path: str) -> bytes:
    """A path as the file system has it."""
    return path.encode("utf-8", "surrogateescape")


_TRANSLATE = {b"**/": rb"(?:.*/)?", b"*": rb"[^/]*", b"?": rb"[^/]"}


def _bare(text: str) -> bytes:
    return as_bytes(text.removesuffix("/"))


def _quoted(token: bytes) -> bytes:
    return re.escape(_ESCAPE.sub(_byte, token))


def _escaped(character: str) -> str:
    if character.isprintable() and character not in _MEANS_SOMETHING:
        return character
    return "".join(f"\\x{byte:02x}" for byte in as_bytes(character))


def _byte(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        raise BadLine("a backslash that is no escape: \\x5c is a backslash, \\xNN a byte")
    if match[1] == b"00":
        raise BadLine("\\x00: no path has a zero byte")
    return bytes((int(match[1], 16),))
