"""A Dockerfile's text as instructions with spans, exactly as BuildKit's parser divides it, and nothing lost.

Format: https://docs.docker.com/reference/dockerfile/ and, where that is silent, the parser itself:
https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser (Apache-2.0).
Offsets count characters. Files are decoded as UTF-8 with surrogateescape, so that any bytes survive.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from unladen.dockerfile.arguments import Arguments, arguments_of, split_flags
from unladen.dockerfile.lexer import SPACE, LexError, expand, shell_words
from unladen.errors import BadDockerfile

KEYWORDS = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
FLAGS: Mapping[str, frozenset[str]] = {
    "ADD": frozenset(["from", "chown", "chmod", "link", "keep-git-dir", "checksum", "unpack", "exclude"]),
    "COPY": frozenset(["from", "chown", "chmod", "link", "parents", "exclude"]),
    "FROM": frozenset(["platform"]),
    "HEALTHCHECK": frozenset(["interval", "timeout", "start-period", "start-interval", "retries"]),
    "RUN": frozenset(["mount", "network", "security", "device"]),
}
_DIRECTIVE = re.compile(rf"#[{SPACE}]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_HEREDOC = re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)\Z")
_TAKES_HEREDOC = ("ADD", "COPY", "RUN")
_BLANK = re.compile(r"[\t\v\f\r ]+")


@dataclass(frozen=True)
class Note:
    """A remark on a line (from 1)."""

    line: int
    text: str


@dataclass(frozen=True)
class Comment:
    """A comment, wherever it is; `text` from its # on, without the end of the line."""

    line: int
    start: int
    text: str


@dataclass(frozen=True)
class Directive:
    """`# name=value` at the top: syntax, escape, check. `start` is where its # is."""

    name: str
    value: str
    line: int
    start: int


@dataclass(frozen=True)
class Heredoc:
    """A here-document. `content` is as written, tabs included; `chomp` (`<<-`) says that its leading tabs go;
    `expand` that variables in it are replaced; `terminator` is its last line as written."""

    name: str
    content: str
    chomp: bool
    expand: bool
    descriptor: int
    terminator: str = ""

    @property
    def text(self) -> str:
        """The content as the program reads it."""
        return re.sub(r"(?m)^\t+", "", self.content) if self.chomp else self.content


@dataclass(frozen=True)
class Instruction:
    """One instruction. `keyword` is upper-case, `source` its text as written, here-documents included and the end
    of its last line not; `start` and `end` are its offsets and `line` and `last_line` its lines (from 1).

    `logical` is the whole of it on one line, as BuildKit joins it: comments, blank lines and continuation
    characters left out, white space as it is.
    """

    keyword: str
    logical: str
    flag_words: tuple[str, ...]
    """As written but for quotes: "--from=builder"."""
    arguments: str
    """What follows keyword and flags."""
    read: Arguments
    heredocs: tuple[Heredoc, ...]
    inner: Instruction | None
    """What an ONBUILD holds back; its offsets are those of the ONBUILD."""
    source: str
    start: int
    end: int
    line: int
    last_line: int
    escape: str
    _pieces: tuple[tuple[int, int], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The arguments as BuildKit's parser divides them, quotes and variables as written: the words of an exec
        form, of COPY, ADD, EXPOSE, FROM, VOLUME; one text for what a shell reads; NAME=value for ENV, ARG, LABEL."""
        return self.read.values

    @property
    def words(self) -> tuple[str, ...]:
        """`values` without their quotes; variables as written."""
        if self.is_exec:
            return self.values
        try:
            return tuple(expand(each, {}, escape=self.escape, unset="keep") for each in self.values)
        except LexError:
            return self.values

    @property
    def is_exec(self) -> bool:
        """Whether the arguments are in exec form, a JSON list."""
        return self.read.is_json

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(name, value as written) of ENV and LABEL, their old form included, and of ARGs that have a default."""
        return self.read.pairs

    @property
    def text(self) -> str:
        """Flags and arguments on one line, white space outside quotes reduced to one space."""
        rest = _BLANK.split(self.logical.strip(SPACE), maxsplit=1)[1:]
        return tidied(rest[0]) if rest else ""

    @property
    def flags(self) -> Mapping[str, str]:
        """Flag → value: {"from": "builder"}; of one that is repeated, the last."""
        return {name: value for word in self.flag_words for name, _, value in [word[2:].partition("=")]}

    def flag(self, name: str) -> tuple[str, ...]:
        """Every value of a flag that may be repeated (--mount, --exclude)."""
        return tuple(word[len(name) + 3 :] for word in self.flag_words if word.startswith(f"--{name}="))

    @property
    def script(self) -> str | None:
        """What RUN gives to its shell: the arguments, or the here-document that stands for them, or both.
        None for the exec form."""
        if self.is_exec:
            return None
        if len(self.heredocs) == 1 and _heredoc(self.arguments):
            return self.heredocs[0].text
        bodies = "".join(f"\n{each.content}{each.terminator}" for each in self.heredocs)
        return self.arguments + bodies

    def offset(self, logical: int) -> int:
        """Where in the file the character of `logical` at this index is."""
        at = max(bisect_right(self._pieces, (logical, 1 << 62)) - 1, 0)
        return self._pieces[at][1] + logical - self._pieces[at][0]

    @cached_property
    def arguments_at(self) -> int:
        """Where `arguments` begin in `logical`."""
        return len(self.logical.rstrip(SPACE)) - len(self.arguments)

    @property
    def after_keyword(self) -> int:
        """Where in the file the keyword ends."""
        lead = len(self.logical) - len(self.logical.lstrip(SPACE))
        return self.offset(lead + len(self.keyword) - 1) + 1


@dataclass(frozen=True)
class Dockerfile:
    """What a text holds. `problems` are what BuildKit's parser refuses, `notes` what it passes over."""

    text: str
    instructions: tuple[Instruction, ...]
    comments: tuple[Comment, ...]
    directives: tuple[Directive, ...]
    escape: str
    problems: tuple[Note, ...]
    notes: tuple[Note, ...]

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset where each line begins, and that of the end of the text."""
        ends = [match.end() for match in re.finditer("\n", self.text)]
        return (0, *ends) if ends and ends[-1] == len(self.text) else (0, *ends, len(self.text))

    def pieces(self) -> Iterator[str]:
        """The text in pieces: what is between instructions, an instruction, and so on. Joined they are the text."""
        at = 0
        for each in self.instructions:
            yield self.text[at : each.start]
            yield self.text[each.start : each.end]
            at = each.end
        yield self.text[at:]

    def stages(self) -> Iterator[tuple[Instruction, tuple[Instruction, ...]]]:
        """Each FROM with the instructions of its stage."""
        starts = [i for i, each in enumerate(self.instructions) if each.keyword == "FROM"]
        for start, end in pairwise([*starts, len(self.instructions)]):
            yield self.instructions[start], self.instructions[start + 1 : end]


def read_text(path: Path) -> str:
    """The file's text such that `text.encode("utf-8", "surrogateescape")` gives the same bytes. Raises OSError."""
    return path.read_bytes().decode("utf-8", "surrogateescape")


def parse(text: str) -> Dockerfile:
    """Never fails: see `problems`."""
    return _Parser(text).run()


def parse_checked(text: str, name: str = "Dockerfile") -> Dockerfile:
    """Raises BadDockerfile with the line for what BuildKit's parser refuses."""
    parsed = parse(text)
    for problem in parsed.problems:
        hint = "" if parsed.instructions else "A Dockerfile begins with FROM <image>."
        raise BadDockerfile(f"cannot parse {name}: line {problem.line}: {problem.text}", hint=hint)
    return parsed


def tidied(text: str) -> str:
    """The text with every run of white space outside quotes made one space."""
    kept = re.split(r"""("(?:\\.|[^"\\])*"|'[^']*'|\\.)""", text)
    return "".join(piece if index % 2 else _BLANK.sub(" ", piece) for index, piece in enumerate(kept)).strip()


@dataclass
class _Line:
    """A physical line: where it starts, with and without its end."""

    start: int
    raw: str
    body: str
    """Without the end of the line; on the first line without the byte order mark."""

    @property
    def is_comment(self) -> bool:
        return self.body.lstrip(SPACE).startswith("#")


class _Parser:
    """Goes through the lines once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = list(_lines(text))
        self.at = 0
        self.escape = "\\"
        self.comments: list[Comment] = []
        self.problems: list[Note] = []
        self.notes: list[Note] = []

    def run(self) -> Dockerfile:
        directives = tuple(self._directives())
        instructions: list[Instruction] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.body.strip(SPACE) or line.is_comment:
                self._comment()
                self.at += 1
                continue
            instructions.append(self._instruction())
        if not instructions:
            self.problems.append(Note(max(len(self.lines), 1), "it has no FROM"))
        return Dockerfile(
            self.text,
            tuple(instructions),
            tuple(self.comments),
            directives,
            self.escape,
            tuple(self.problems),
            tuple(self.notes),
        )

    def _directives(self) -> Iterator[Directive]:
        """They come first; any other line ends them."""
        seen: set[str] = set()
        for number, line in enumerate(self.lines, 1):
            body = line.body.lstrip(SPACE)
            match = _DIRECTIVE.match(body)
            if not match or (name := match[1].lower()) not in ("syntax", "escape", "check"):
                return
            if name in seen:
                self.problems.append(Note(number, f"the directive {name} is repeated"))
                return
            seen.add(name)
            if name == "escape" and match[2] not in ("\\", "`"):
                self.problems.append(Note(number, f"the escape character {match[2]} is neither \\ nor `"))
            elif name == "escape":
                self.escape = match[2]
            yield Directive(name, match[2], number, line.start + len(line.raw.rstrip("\r\n")) - len(body))

    def _comment(self) -> None:
        line = self.lines[self.at]
        if line.is_comment:
            body = line.body.lstrip(SPACE)
            start = line.start + len(line.raw.rstrip("\r\n")) - len(body)
            self.comments.append(Comment(self.at + 1, start, body))

    def _instruction(self) -> Instruction:
        first = self.at
        logical, pieces = self._logical_line()
        start = pieces[0][1]
        try:
            read = _read(logical, self.escape)
        except ValueError as error:
            self.problems.append(Note(first + 1, str(error)))
            read = _Read(*_keyword(logical), (), "", Arguments())
        heredocs = tuple(self._heredocs(read, logical, first))
        last = self.lines[self.at - 1]
        end = last.start + len(last.raw.rstrip("\r\n"))
        span = (self.text[start:end], start, end, first + 1, self.at, self.escape, tuple(pieces))
        inner = read.inner
        below = (
            Instruction(
                inner.keyword,
                inner.logical,
                inner.flags,
                inner.rest,
                inner.arguments,
                heredocs,
                None,
                *span[:-1],
                _shifted(pieces, len(logical.rstrip(SPACE)) - len(inner.logical.rstrip(SPACE))),
            )
            if inner
            else None
        )
        self._note(read, first + 1)
        return Instruction(
            read.keyword, logical, read.flags, read.rest, read.arguments, heredocs, below, *span
        )

    def _note(self, read: _Read, line: int) -> None:
        if read.keyword not in KEYWORDS:
            self.notes.append(
                Note(line, f"{read.keyword or 'an empty line'} is no instruction that BuildKit knows")
            )
        for word in read.flags:
            name = word[2:].partition("=")[0]
            if name not in FLAGS.get(read.keyword, frozenset()):
                self.notes.append(Note(line, f"{read.keyword} has the unknown flag --{name}"))
        if read.inner:
            self._note(read.inner, line)

    def _logical_line(self) -> tuple[str, list[tuple[int, int]]]:
        """The text up to the end of the continuation, and (index in it, offset in the file) of each piece."""
        continued = re.compile(rf"(^|[^{re.escape(self.escape)}]){re.escape(self.escape)}[ \t]*\Z")
        parts: list[str] = []
        pieces: list[tuple[int, int]] = []
        length = 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            body = line.body if parts else line.body.lstrip(SPACE)
            offset = line.start + len(line.raw.rstrip("\r\n")) - len(body)
            if parts and (line.is_comment or not body.strip(SPACE)):
                self._comment()
                self.at += 1
                continue
            self.at += 1
            match = continued.search(body)
            part = body[: match.end(1)] if match else body
            pieces.append((length, offset))
            parts.append(part)
            length += len(part)
            if not match:
                break
        return "".join(parts), pieces

    def _heredocs(self, read: _Read, logical: str, first: int) -> Iterator[Heredoc]:
        holder = read.inner if read.keyword == "ONBUILD" and read.inner else read
        if holder.keyword not in _TAKES_HEREDOC or holder.arguments.is_json or "<<" not in logical:
            return
        try:
            words = shell_words(logical, raw=True, raw_escapes=True)
        except LexError:
            return
        try:
            found = [each for word in words if (each := _heredoc(word))]
        except LexError as error:
            self.problems.append(Note(first + 1, str(error)))
            return
        for each in found:
            content: list[str] = []
            terminator = None
            while terminator is None and self.at < len(self.lines):
                raw = self.lines[self.at].raw
                self.at += 1
                end = raw.rstrip("\r\n")
                if (end.lstrip("\t") if each.chomp else end) == each.name:
                    terminator = end
                else:
                    content.append(raw)
            if terminator is None:
                self.problems.append(Note(first + 1, f"the here-document {each.name} has no end"))
                return
            yield Heredoc(each.name, "".join(content), each.chomp, each.expand, each.descriptor, terminator)


@dataclass(frozen=True)
class _Read:
    """What a logical line says."""

    keyword: str
    logical: str
    flags: tuple[str, ...]
    rest: str
    arguments: Arguments
    inner: _Read | None = None


def _read(logical: str, escape: str) -> _Read:
    """Raises ValueError where BuildKit's parser refuses the line."""
    keyword, _ = _keyword(logical)
    rest = _BLANK.split(logical.strip(SPACE), maxsplit=1)[1:]
    flags, text = split_flags(rest[0]) if rest else ((), "")
    text = text.strip(SPACE)
    inner = _read(text, escape) if keyword == "ONBUILD" and text else None
    return _Read(keyword, logical, flags, text, arguments_of(keyword, text, escape), inner)


def _keyword(logical: str) -> tuple[str, str]:
    """The keyword in upper case, and the line again."""
    return _BLANK.split(logical.strip(SPACE), maxsplit=1)[0].upper(), logical


def _heredoc(word: str) -> Heredoc | None:
    """The here-document that a word begins, without its content; None where the word is something else.
    Raises LexError."""
    match = _HEREDOC.match(word)
    if not match or not match[3]:
        return None
    names = shell_words(match[3])
    if len(names) != 1:
        return None
    raw = shell_words(match[3], raw=True)
    if len(raw) != 1:
        raise LexError(f"the name of the here-document {word} cannot be read")
    quotes, raw_quotes = (sum(each.count(mark) for mark in "'\"") for each in (names[0], raw[0]))
    return Heredoc(names[0], "", match[2] == "-", quotes == raw_quotes, int(match[1] or 0))


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for raw in re.findall(r"[^\n]*\n|[^\n]+", text):
        body = raw.rstrip("\r\n")
        yield _Line(start, raw, body.removeprefix("\ufeff") if start == 0 else body)
        start += len(raw)


def _shifted(pieces: list[tuple[int, int]], by: int) -> tuple[tuple[int, int], ...]:
    """The pieces of a text that begins `by` characters later."""
    return tuple(
        (max(start - by, 0), offset + max(by - start, 0))
        for start, offset in pieces[max(bisect_right(pieces, (by, 1 << 62)) - 1, 0) :]
    )
