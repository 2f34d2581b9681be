"""What the project's own Dockerfile tells about a Python project, and which of its steps a rung takes over."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from unladen.dockerfile.lexer import fill_in
from unladen.dockerfile.parse import Instruction
from unladen.dockerfile.stages import StagedDockerfile

_SYSTEM_COMMANDS = frozenset(
    [
        "apt-get",
        "apt",
        "apk",
        "dpkg",
        "update-ca-certificates",
        "useradd",
        "adduser",
        "groupadd",
        "addgroup",
        "usermod",
        "chown",
        "pip",
        "pip3",
        "uv",
        "poetry",
        "pipenv",
        "virtualenv",
        "rm",
        "set",
        "true",
        "echo",
        "export",
        "cd",
    ]
)
"""Commands of RUN that a rung has its own way for, or that have nothing left to do in it."""

_OUR_ENV = frozenset(["PATH", "VIRTUAL_ENV", "HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUSERBASE"])


@dataclass(frozen=True)
class Copy:
    """One COPY of the context: sources and destination, as written."""

    sources: tuple[str, ...]
    target: str


def version(dockerfile: StagedDockerfile) -> tuple[str, int] | None:
    """X.Y of the newest stage whose base is a Python, and its line."""
    for stage in reversed(dockerfile.stages):
        if found := re.search(r"(?:^|/)\w*python\w*:(?:python)?(\d+\.\d+)|:python(\d+\.\d+)", stage.base):
            return found[1] or found[2], stage.line
    return None


def workdir(dockerfile: StagedDockerfile) -> str:
    """The final working directory; relative ones add up."""
    path = PurePosixPath("/")
    for each in dockerfile.all("WORKDIR"):
        path /= fill_in(each.arguments.strip("\"'"), _values(dockerfile))
    return str(path)


def carried_env(dockerfile: StagedDockerfile) -> tuple[tuple[str, str], ...]:
    """ENV that the program may read: all but what concerns pip and the places that a rung chooses itself."""
    args = {
        name: value
        for each in dockerfile.all("ARG")
        for name, _, value in [each.arguments.partition("=")]
        if value
    }
    return tuple(
        (name, fill_in(value, {**dockerfile.args, **args}))
        for name, value in dockerfile.env.items()
        if name not in _OUR_ENV and not name.startswith(("PIP_", "POETRY_", "UV_"))
    )


def ports(dockerfile: StagedDockerfile) -> tuple[tuple[int, int], ...]:
    """(port, line) of EXPOSE, UDP aside."""
    values = _values(dockerfile)
    return tuple(
        (int(number), each.line)
        for each in dockerfile.all("EXPOSE")
        for word in each.words
        for number, _, protocol in [fill_in(word, values).partition("/")]
        if number.isdigit() and protocol in ("", "tcp")
    )


def copies(dockerfile: StagedDockerfile) -> tuple[Copy, ...]:
    """What the last stage takes from the context, in order."""
    found = []
    for each in dockerfile.final:
        if each.keyword not in ("COPY", "ADD") or "from" in each.flags or each.heredocs:
            continue
        words = each.words
        if len(words) > 1 and not any("://" in word for word in words):
            found.append(Copy(words[:-1], words[-1]))
    return tuple(found)


def not_taken_over(dockerfile: StagedDockerfile) -> tuple[str, ...]:
    """Instructions that a rung cannot take over and whose loss may matter, as notes for the user."""
    notes = []
    for each in dockerfile.final:
        source = each.flags.get("from", "")
        if each.keyword == "COPY" and source and not _installed_python(each):
            notes.append(f"Dockerfile:{each.line} COPY --from={source} {each.arguments} is not taken over")
        elif each.keyword == "ADD" and "://" in each.text:
            notes.append(f"Dockerfile:{each.line} ADD {each.arguments} is not taken over")
        elif each.keyword == "HEALTHCHECK" and each.text.upper() != "NONE":
            notes.append(f"Dockerfile:{each.line} HEALTHCHECK is not taken over")
        elif each.keyword == "RUN" and each.heredocs:
            notes.append(f"Dockerfile:{each.line} RUN with a here-document is not taken over")
    return tuple(notes)


def _installed_python(copy: Instruction) -> bool:
    """Whether a COPY --from brings what the rung installs itself: packages, a virtual environment, an installer."""
    places = r"site-packages|dist-packages|venv|\.local|wheels?\b|/install\b|/usr/local(/|\s)|/uvx?\b|/poetry|/root/"
    return re.search(places, copy.text) is not None


def system_packages(dockerfile: StagedDockerfile) -> tuple[tuple[str, ...], int] | None:
    """Debian packages that the last stage installs with apt, and the line; None where it installs none."""
    packages: list[str] = []
    line = 0
    for each, words in commands(dockerfile, final=True):
        if words[0] in ("apt-get", "apt") and "install" in words:
            line = line or each.line
            chosen = words[words.index("install") + 1 :]
            packages += [word.partition("=")[0] for word in chosen if not word.startswith("-")]
    return (tuple(sorted(set(packages))), line) if packages else None


def own_steps(dockerfile: StagedDockerfile) -> tuple[str, ...]:
    """Commands of RUN that are the project's own (collectstatic, a model to download), in order."""
    steps = []
    for each in dockerfile.all("RUN"):
        if each.heredocs:
            continue
        parts = _split(each.arguments)
        if parts is None:  # loops, pipes and the like are taken whole
            steps.append(each.arguments)
            continue
        steps += [shell_text(words) for words in parts if not _ours(words)]
    return tuple(steps)


def shell_text(words: tuple[str, ...]) -> str:
    """Words joined again; `$`, globs and redirections keep their meaning, for a shell reads the text."""
    return " ".join(word if re.fullmatch(r"[^\s'\"]+", word) else shlex.quote(word) for word in words)


def _ours(words: tuple[str, ...]) -> bool:
    command = PurePosixPath(words[0]).name
    if re.fullmatch(r"python[\d.]*", command):
        return words[1:3] in (("-m", "pip"), ("-m", "venv"), ("-m", "virtualenv"), ("-m", "compileall"))
    return command in _SYSTEM_COMMANDS or "=" in words[0]


def commands(
    dockerfile: StagedDockerfile, final: bool = False
) -> Iterator[tuple[Instruction, tuple[str, ...]]]:
    """Every simple command of every RUN (of the last stage alone if `final`)."""
    own = [each for stage in dockerfile.stages for each in stage.instructions]
    for each in dockerfile.final if final else own:
        if each.keyword == "RUN":
            for words in _split(each.arguments) or _split(re.sub(r"[|]{1,2}", "&&", each.arguments)) or ():
                yield each, words


def _split(text: str) -> tuple[tuple[str, ...], ...] | None:
    """`a && b; c` as words of each command; None where the text is more than a list of simple commands."""
    if text.startswith("["):
        return None
    bare = re.sub(r"'[^']*'|\"[^\"]*\"|\$\{\w+\}", "", text)
    if re.search(r"\||\b(if|for|while|case)\b|[`(){}<>]", bare):
        return None
    parts = [part.strip() for part in re.split(r"&&|;|\n", text)]
    try:
        return tuple(tuple(shlex.split(part)) for part in parts if part)
    except ValueError:
        return None


def _values(dockerfile: StagedDockerfile) -> dict[str, str]:
    """Variables known while the last stage is built, quotes removed."""
    args = {
        name: value.strip("\"'")
        for each in dockerfile.all("ARG")
        for name, _, value in [each.arguments.partition("=")]
        if value
    }
    env = {name: value.strip("\"'") for name, value in dockerfile.env.items()}
    return {**dockerfile.args, **args, **env}
