"""What a user's Dockerfile says, read simply: stages, and the instructions that shape its last one."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unladen.errors import BadDockerfile

# https://docs.docker.com/reference/dockerfile/
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
_HEREDOC = re.compile(r"<<-?(['\"]?)([A-Za-z_]\w*)\1")
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")
_WORD = re.compile(r"""(?:\\.|[^\s"'\\]|"(?:\\.|[^"\\])*"|'[^']*')+""")
_SHELL_ONLY = re.compile(r"[|&;<>()$`*?\[\]{}~#\n\\]|^\w+=")


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continuation lines joined; `line` is where it begins."""

    keyword: str
    text: str
    line: int
    heredoc: bool = False

    @property
    def flags(self) -> Mapping[str, str]:
        """`--from=builder --chown=1:1` at the start of the text."""
        words = re.match(r"(?:--\S+\s+)*", self.text)
        pairs = (word[2:].partition("=") for word in (words[0] if words else "").split())
        return {name: value for name, _, value in pairs}

    @property
    def arguments(self) -> str:
        """The text without its flags."""
        return re.sub(r"^(?:--\S+\s+)*", "", self.text)

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments, of the exec (JSON) form or split as a shell would."""
        if (array := json_words(self.arguments)) is not None:
            return array
        try:
            return tuple(shlex.split(self.arguments))
        except ValueError:
            return tuple(self.arguments.split())


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows; `base` has the global ARGs' defaults filled in."""

    base: str
    name: str
    line: int
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True)
class Dockerfile:
    """A parsed Dockerfile; `stages` is never empty."""

    stages: tuple[Stage, ...]
    args: Mapping[str, str] = field(default_factory=dict)

    @property
    def bases(self) -> tuple[str, ...]:
        """The images that the FROM lines name, stages that build on other stages aside."""
        names = {stage.name for stage in self.stages if stage.name}
        return tuple(stage.base for stage in self.stages if stage.base not in names)

    @property
    def final_base(self) -> str:
        """The image below the last stage."""
        stage, earlier = self.stages[-1], list(self.stages[:-1])
        while earlier and (
            parent := next((e for e in reversed(earlier) if e.name == stage.base and e.name), None)
        ):
            earlier, stage = earlier[: earlier.index(parent)], parent
        return stage.base

    @property
    def final(self) -> tuple[Instruction, ...]:
        """The instructions behind the last stage, those of the stages it builds on first."""
        return tuple(self._lineage(self.stages[-1]))

    def last(self, keyword: str) -> Instruction | None:
        """The instruction that counts where only the last one does (CMD, WORKDIR, USER…)."""
        found = [each for each in self.final if each.keyword == keyword]
        return found[-1] if found else None

    def all(self, keyword: str) -> tuple[Instruction, ...]:
        return tuple(each for each in self.final if each.keyword == keyword)

    @property
    def env(self) -> Mapping[str, str]:
        """Variable → value as written, quotes and `$` included, ready for another ENV."""
        return {name: value for each in self.all("ENV") for name, value in _assignments(each.text)}

    def _lineage(self, stage: Stage) -> Iterator[Instruction]:
        earlier = self.stages[: self.stages.index(stage)]
        parent = next((each for each in reversed(earlier) if each.name and each.name == stage.base), None)
        if parent is not None:
            yield from self._lineage(parent)
        yield from stage.instructions


@dataclass(frozen=True)
class Command:
    """What CMD or ENTRYPOINT says. `shell`: the argv runs text through /bin/sh -c."""

    argv: tuple[str, ...]
    line: int
    form: str


MARK = "# Written by unladen"
"""First words of every Dockerfile that unladen wrote."""


def users(root: Path) -> Path | None:
    """Where the user's own Dockerfile is: Dockerfile, or what was kept of it as Dockerfile.bak when unladen wrote
    its own; None where there is none."""
    path, backup = root / "Dockerfile", root / "Dockerfile.bak"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", errors="replace") as file:
        ours = file.read(len(MARK)) == MARK
    return path if not ours else backup if backup.is_file() else None


def read(path: Path | None) -> Dockerfile | None:
    """The Dockerfile at `path`, None where there is none. Raises BadDockerfile, naming the line."""
    if path is None or not path.is_file():
        return None
    return parse(path.read_text(encoding="utf-8", errors="replace"), path.name)


def parse(text: str, name: str = "Dockerfile") -> Dockerfile:
    """Raises BadDockerfile."""
    args: dict[str, str] = {}
    stages: list[Stage] = []
    for each in _instructions(text, name):
        if each.keyword == "FROM":
            words = [word for word in each.text.split() if not word.startswith("--")]
            if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
                raise _bad(name, each.line, f"FROM {each.text}: one image is expected, and AS with a name")
            stage_name = words[2].lower() if len(words) == 3 else ""
            base = fill_in(words[0], args)
            stages.append(Stage(base.lower() if _is_stage(base, stages) else base, stage_name, each.line, ()))
        elif stages:
            last = stages[-1]
            stages[-1] = Stage(last.base, last.name, last.line, (*last.instructions, each))
        elif each.keyword == "ARG":
            args.update((key, value.strip("\"'")) for key, value in _assignments(each.text))
        else:
            raise _bad(name, each.line, f"{each.keyword} before the first FROM")
    if not stages:
        raise BadDockerfile(
            f"cannot parse {name}: it has no FROM", hint="A Dockerfile begins with FROM <image>."
        )
    return Dockerfile(tuple(stages), args)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """`text` with $NAME, ${NAME} and ${NAME:-default} replaced by what is known; the rest stays as written."""

    def known(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        default = match[2] if match[2] is not None else match[0]
        return values.get(name, default)

    return _VARIABLE.sub(known, text)


def command(instruction: Instruction) -> Command:
    """CMD or ENTRYPOINT as argv. Shell text of plain words becomes those words (a leading `exec` aside);
    what needs a shell stays with one: ("/bin/sh", "-c", text)."""
    array = json_words(instruction.text)
    if array is not None:
        return Command(array, instruction.line, "exec form")
    text = re.sub(r"^exec\s+", "", instruction.text.strip())
    if (words := plain_words(text)) is not None:
        return Command(words, instruction.line, "shell form of plain words")
    return Command(("/bin/sh", "-c", instruction.text.strip()), instruction.line, "shell form")


def json_words(text: str) -> tuple[str, ...] | None:
    """The exec form's words, or None where the text is not in exec form."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None  # as the engines do: what is no JSON is shell text
    return tuple(value) if all(isinstance(word, str) for word in value) else None


def plain_words(text: str) -> tuple[str, ...] | None:
    """The words of a command that no shell has to interpret, or None."""
    if _SHELL_ONLY.search(text):
        return None
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return None


def _is_stage(base: str, stages: list[Stage]) -> bool:
    return any(stage.name == base.lower() for stage in stages if stage.name)


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """NAME and its value as written, of `A=1 B="x y"`, of the old `NAME value`, and of an ARG without value."""
    words = _WORD.findall(text)
    if words and "=" not in words[0]:
        if len(words) > 1:
            rest = text.split(None, 1)[1].strip()
            quoted = rest if rest[0] in "\"'" or " " not in rest else '"' + rest.replace('"', '\\"') + '"'
            yield words[0], quoted
        return
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            yield name, value


def _instructions(text: str, name: str) -> Iterator[Instruction]:
    lines = text.removeprefix("\ufeff").splitlines()
    escape = "`" if re.match(r"(?i)\s*#\s*escape\s*=\s*`", lines[0] if lines else "") else "\\"
    number = 0
    while number < len(lines):
        start = number + 1
        logical, number = _logical_line(lines, number, escape)
        if not logical:
            continue
        keyword, _, rest = logical.partition(" ")
        if keyword.upper() not in KEYWORDS:
            raise _bad(name, start, f"unknown instruction {keyword}")
        if not rest.strip():
            raise _bad(name, start, f"{keyword} without arguments")
        ends = (
            [match[2] for match in _HEREDOC.finditer(rest)]
            if keyword.upper() in ("RUN", "COPY", "ADD")
            else []
        )
        body: list[str] = []
        for end in ends:
            while number < len(lines) and lines[number].strip("\t") != end:
                body.append(lines[number])
                number += 1
            if number == len(lines):
                raise _bad(name, start, f"the here-document {end} has no end")
            number += 1
        yield Instruction(keyword.upper(), "\n".join([rest.strip(), *body]), start, heredoc=bool(ends))


def _logical_line(lines: list[str], number: int, escape: str) -> tuple[str, int]:
    """The instruction that begins at line index `number` (comments and empty lines inside it dropped), and the
    index after it; "" for a comment or an empty line."""
    parts: list[str] = []
    while number < len(lines):
        line = lines[number].strip()
        number += 1
        if not line or line.startswith("#"):
            if parts:
                continue
            break
        if not line.endswith(escape):
            parts.append(line)
            break
        parts.append(line[: -len(escape)].rstrip())
    return re.sub(r"^(\S+)\s+", r"\1 ", " ".join(part for part in parts if part)), number


def _bad(name: str, line: int, what: str) -> BadDockerfile:
    return BadDockerfile(f"cannot parse {name}: line {line}: {what}")
