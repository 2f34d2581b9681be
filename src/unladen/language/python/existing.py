"""What the project's own Dockerfile tells about a Python project, and which of its steps a rung takes over."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from unladen.language.dockerfile import Dockerfile, Instruction, fill_in

PIP_OPTIONS_WITH_VALUE = frozenset(
    [
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--trusted-host",
        "--platform",
        "--python-version",
        "--only-binary",
        "--no-binary",
        "--timeout",
        "--retries",
        "--progress-bar",
        "--cert",
        "--proxy",
        "--cache-dir",
        "--src",
        "--config-settings",
    ]
)
# Where the packages go and what is kept of the download is the rung's business.
_PIP_DROPPED = frozenset(
    ["--no-cache-dir", "--user", "-U", "--upgrade", "-q", "-qq", "--quiet", "-v", "--no-compile", "--compile"]
)
_PIP_DROPPED_WITH_VALUE = frozenset(
    [
        "--prefix",
        "--target",
        "-t",
        "--root",
        "-w",
        "--wheel-dir",
        "--cache-dir",
        "--python",
        "--progress-bar",
        "--root-user-action",
    ]
)
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "virtualenv"})

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


def version(dockerfile: Dockerfile) -> tuple[str, int] | None:
    """X.Y of the newest stage whose base is a Python, and its line."""
    for stage in reversed(dockerfile.stages):
        if found := re.search(r"(?:^|/)\w*python\w*:(?:python)?(\d+\.\d+)|:python(\d+\.\d+)", stage.base):
            return found[1] or found[2], stage.line
    return None


def workdir(dockerfile: Dockerfile) -> str:
    """The final working directory; relative ones add up."""
    path = PurePosixPath("/")
    for each in dockerfile.all("WORKDIR"):
        path /= fill_in(each.arguments.strip("\"'"), _values(dockerfile))
    return str(path)


def carried_env(dockerfile: Dockerfile) -> tuple[tuple[str, str], ...]:
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


def ports(dockerfile: Dockerfile) -> tuple[tuple[int, int], ...]:
    """(port, line) of EXPOSE, UDP aside."""
    values = _values(dockerfile)
    return tuple(
        (int(number), each.line)
        for each in dockerfile.all("EXPOSE")
        for word in each.words
        for number, _, protocol in [fill_in(word, values).partition("/")]
        if number.isdigit() and protocol in ("", "tcp")
    )


def copies(dockerfile: Dockerfile) -> tuple[Copy, ...]:
    """What the last stage takes from the context, in order."""
    found = []
    for each in dockerfile.final:
        if each.keyword not in ("COPY", "ADD") or "from" in each.flags or each.heredoc:
            continue
        words = each.words
        if len(words) > 1 and not any("://" in word for word in words):
            found.append(Copy(words[:-1], words[-1]))
    return tuple(found)


def not_taken_over(dockerfile: Dockerfile) -> tuple[str, ...]:
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
        elif each.keyword == "RUN" and each.heredoc:
            notes.append(f"Dockerfile:{each.line} RUN with a here-document is not taken over")
    return tuple(notes)


def _installed_python(copy: Instruction) -> bool:
    """Whether a COPY --from brings what the rung installs itself: packages, a virtual environment, an installer."""
    places = r"site-packages|dist-packages|venv|\.local|wheels?\b|/install\b|/usr/local(/|\s)|/uvx?\b|/poetry|/root/"
    return re.search(places, copy.text) is not None


def system_packages(dockerfile: Dockerfile) -> tuple[tuple[str, ...], int] | None:
    """Debian packages that the last stage installs with apt, and the line; None where it installs none."""
    packages: list[str] = []
    line = 0
    for each, words in _commands(dockerfile, final=True):
        if words[0] in ("apt-get", "apt") and "install" in words:
            line = line or each.line
            chosen = words[words.index("install") + 1 :]
            packages += [word.partition("=")[0] for word in chosen if not word.startswith("-")]
    return (tuple(sorted(set(packages))), line) if packages else None


def own_steps(dockerfile: Dockerfile) -> tuple[str, ...]:
    """Commands of RUN that are the project's own (collectstatic, a model to download), in order."""
    steps = []
    for each in dockerfile.all("RUN"):
        if each.heredoc:
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


def installer(dockerfile: Dockerfile) -> Literal["pip", "uv", "poetry", "project"] | None:
    """What its steps install the dependencies with. project: `pip install .`."""
    found: Literal["pip", "project"] | None = None
    for _, words in _commands(dockerfile):
        command = PurePosixPath(words[0]).name
        if command == "uv" and words[1:2] == ("sync",):
            return "uv"
        if command == "poetry" and "install" in words:
            return "poetry"
        if (arguments := _pip_arguments(words)) is not None:
            targets = [word for word in arguments if not word.startswith("-")]
            found = "project" if found is None and targets in (["."], ["./"]) else "pip"
    return found


def first_install_line(dockerfile: Dockerfile) -> int:
    """The line of the first `pip install` that installs more than pip itself; 0 where there is none."""
    return next((each.line for each, words in _commands(dockerfile) if _pip_arguments(words)), 0)


def pip_installs(root: Path, dockerfile: Dockerfile) -> tuple[tuple[str, ...], ...]:
    """Arguments of each `pip install`, paths made relative to the project's root, duplicates left out.

    A requirements file that no longer is where a rung would look (built by an earlier step) is left out.
    """
    steps = []
    for _, words in _commands(dockerfile):
        arguments = _pip_arguments(words)
        if not arguments:
            continue
        step = tuple(_relocated(root, dockerfile, arguments))
        if any(not word.startswith("-") for word in step):
            steps.append(step)
    return tuple(dict.fromkeys(steps))


def _pip_arguments(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """What `pip install` (or `pip wheel`) is asked for; None for other commands and for pip's own upgrade."""
    text = " ".join(words)
    match = re.match(r"(?:\S*/)?(?:uv )?(?:\S*python[\d.]* -m )?(?:\S*/)?pip[\d.]* (?:install|wheel)\b", text)
    if not match:
        return None
    start = next(index for index, word in enumerate(words) if word in ("install", "wheel")) + 1
    kept: list[str] = []
    rest = iter(words[start:])
    for word in rest:
        if word in _PIP_DROPPED_WITH_VALUE:
            next(rest, None)
        elif word not in _PIP_DROPPED and word.partition("=")[0] not in _PIP_DROPPED_WITH_VALUE:
            kept.append(word)
    names = [re.split(r"[<>=~!\[]", word)[0] for word in kept if not word.startswith("-")]
    return None if names and all(name in _TOOLS for name in names) else tuple(kept)


def _relocated(root: Path, dockerfile: Dockerfile, arguments: tuple[str, ...]) -> Iterator[str]:
    rest = iter(arguments)
    for word in rest:
        if word in ("-r", "-c", "--requirement", "--constraint"):
            file = next(rest, "")
            if (found := _in_context(root, dockerfile, file)) is not None:
                yield from (word, found)
        elif word.endswith((".whl", "/*")) or word.startswith("--no-index"):
            continue  # wheels of an earlier stage; what they were made from is installed instead
        elif word in ("--find-links", "-f") or word in PIP_OPTIONS_WITH_VALUE:
            value = next(rest, "")
            if not value.startswith("/"):
                yield from (word, value)
        else:
            yield word


def _in_context(root: Path, dockerfile: Dockerfile, file: str) -> str | None:
    """The path in the project of a file that the image has at `file`."""
    path = PurePosixPath(file)
    candidates = [str(path)] if not path.is_absolute() else []
    for stage in dockerfile.stages:
        for each in stage.instructions:
            if each.keyword in ("COPY", "ADD") and "from" not in each.flags:
                candidates += [
                    source for source in each.words[:-1] if PurePosixPath(source).name == path.name
                ]
    base = workdir(dockerfile)
    candidates += [str(path.relative_to(base))] if path.is_relative_to(base) else []
    candidates.append(path.name)
    existing = (each for each in candidates if (root / each.lstrip("/")).is_file())
    found = next(existing, None)
    return None if found is None else str(PurePosixPath(found.lstrip("/")))


def _commands(dockerfile: Dockerfile, final: bool = False) -> Iterator[tuple[Instruction, tuple[str, ...]]]:
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


def _values(dockerfile: Dockerfile) -> dict[str, str]:
    """Variables known while the last stage is built, quotes removed."""
    args = {
        name: value.strip("\"'")
        for each in dockerfile.all("ARG")
        for name, _, value in [each.arguments.partition("=")]
        if value
    }
    env = {name: value.strip("\"'") for name, value in dockerfile.env.items()}
    return {**dockerfile.args, **args, **env}
