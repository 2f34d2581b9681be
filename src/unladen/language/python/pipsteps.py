"""The `pip install` steps of a user's Dockerfile, in the many forms they take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

from unladen.dockerfile.users import UsersDockerfile
from unladen.language.python.taken import workdir

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


def installer(users: UsersDockerfile) -> Literal["pip", "uv", "poetry", "project"] | None:
    """What its steps install the dependencies with. project: `pip install .`."""
    found: Literal["pip", "project"] | None = None
    for _, each in users.commands:
        words = each.words
        if each.name == "uv" and words[1:2] == ("sync",):
            return "uv"
        if each.name == "poetry" and "install" in words:
            return "poetry"
        if (arguments := _pip_arguments(words)) is not None:
            targets = [word for word in arguments if not word.startswith("-")]
            found = "project" if found is None and targets in (["."], ["./"]) else "pip"
    return found


def first_install_line(users: UsersDockerfile) -> int:
    """The line of the first `pip install` that installs more than pip itself; 0 where there is none."""
    return next((run.line for run, each in users.commands if _pip_arguments(each.words)), 0)


def pip_installs(root: Path, users: UsersDockerfile) -> tuple[tuple[str, ...], ...]:
    """Arguments of each `pip install`, paths made relative to the project's root, duplicates left out.

    A requirements file that no longer is where a rung would look (built by an earlier step) is left out.
    """
    steps = []
    for _, each in users.commands:
        words = each.words
        arguments = _pip_arguments(words)
        if not arguments:
            continue
        step = tuple(_relocated(root, users, arguments))
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
    # Wheels that are made of a list alone are installed with their dependencies in a later step
    dropped = _PIP_DROPPED | ({"--no-deps"} if words[start - 1] == "wheel" else frozenset())
    rest = iter(words[start:])
    for word in rest:
        if word in _PIP_DROPPED_WITH_VALUE:
            next(rest, None)
        elif word not in dropped and word.partition("=")[0] not in _PIP_DROPPED_WITH_VALUE:
            kept.append(word)
    names = [re.split(r"[<>=~!\[]", word)[0] for word in kept if not word.startswith("-")]
    return None if names and all(name in _TOOLS for name in names) else tuple(kept)


def _relocated(root: Path, users: UsersDockerfile, arguments: tuple[str, ...]) -> Iterator[str]:
    rest = iter(arguments)
    for word in rest:
        if word in ("-r", "-c", "--requirement", "--constraint"):
            file = next(rest, "")
            if (found := _in_context(root, users, file)) is not None:
                yield from (word, found)
        elif word.endswith((".whl", "/*")) or word.startswith("--no-index"):
            continue  # wheels of an earlier stage; what they were made from is installed instead
        elif word in ("--find-links", "-f") or word in PIP_OPTIONS_WITH_VALUE:
            value = next(rest, "")
            if not value.startswith("/"):
                yield from (word, value)
        else:
            yield word


def _in_context(root: Path, users: UsersDockerfile, file: str) -> str | None:
    """The path in the project of a file that the image has at `file`."""
    path = PurePosixPath(file)
    candidates = [str(path)] if not path.is_absolute() else []
    candidates += [each for each in users.sources if PurePosixPath(each).name == path.name]
    base = workdir(users.final)
    candidates += [str(path.relative_to(base))] if path.is_relative_to(base) else []
    candidates.append(path.name)
    existing = (each for each in candidates if (root / each.lstrip("/")).is_file())
    found = next(existing, None)
    return None if found is None else str(PurePosixPath(found.lstrip("/")))
