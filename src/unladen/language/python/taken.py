"""What the rungs of a Python project take over of the user's own Dockerfile."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unladen.dockerfile.arguments import exec_form
from unladen.dockerfile.lexer import fill_in
from unladen.dockerfile.parse import tidied
from unladen.dockerfile.stages import SHELL
from unladen.dockerfile.users import Copy, Reading, Step, UsersDockerfile
from unladen.image.settings import is_root
from unladen.syntax.bash import Command

USER = "65534:65534"
"""nobody, who owns nothing and is in every base; a number, so that an orchestrator can see it is not root."""

_DONE = re.compile(
    r"pip[\d.]*|virtualenv|pipenv|poetry|uv|dpkg|update-ca-certificates"
    r"|useradd|adduser|groupadd|addgroup|usermod"
)
"""Programs that a rung has its own way for: installers, and what makes a user."""
_DONE_MODULES = frozenset(["pip", "venv", "virtualenv", "compileall", "ensurepip", "uv", "poetry", "pipenv"])
_RUN_BY_INSTALLER = re.compile(r"\b(?:uv|poetry|pipenv) run (?:-\S+ )*(?=\w)")
_OF_INSTALLERS = re.compile(r"venv|\.local\b|poetry|/root/|/install\b|\bPATH\b|^(?:/usr(?:/local)?)?/s?bin$")
"""Folders of PATH that a rung chooses itself or that every image has."""
_OUR_ENV = frozenset(["PATH", "VIRTUAL_ENV", "HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUSERBASE"])
_PLACES = re.compile(
    r"site-packages|dist-packages|venv|\.local|wheels?\b|/install\b|/usr/local(/|\s)|/uvx?\b|/poetry|/root/"
)
"""What COPY --from brings and a rung installs itself: packages, a virtual environment, an installer."""
_SYSTEM = re.compile(r"/(?:\w+/?|usr/(?:local/)?\w+/?)?")
"""Folders that hold more than what one COPY brings."""


@dataclass(frozen=True)
class Copied:
    """A COPY or ADD of the context: `text` is what follows the keyword and its owner. `changed` are the files in
    the image that a step of the project's own changes."""

    text: str
    keyword: str = "COPY"
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """A health check: `text` is what follows HEALTHCHECK, `flags` its own words, `shell` what a shell runs ("" where
    none is called)."""

    text: str = ""
    flags: tuple[str, ...] = ()
    shell: str = ""


NO_CHECK = Check()


@dataclass(frozen=True)
class OwnStep:
    """A RUN of the project's own. `text` is shell text, `run` what follows its flags; `is_roots` says whether root
    runs it; `shell` is the program that reads it."""

    text: str
    run: str
    flags: tuple[str, ...]
    workdir: str
    is_roots: bool
    shell: str


def version(users: UsersDockerfile) -> tuple[str, int] | None:
    """X.Y of the newest stage whose base is a Python, and its line."""
    for stage in reversed(users.staged.stages):
        if found := re.search(r"(?:^|/)\w*python\w*:(?:python)?(\d+\.\d+)|:python(\d+\.\d+)", stage.base):
            return found[1] or found[2], stage.line
    return None


def workdir(reading: Reading) -> str:
    """The final working directory. Where no WORKDIR is, it is the base's: / in the official images, and /app where
    that is not known."""
    known = reading.has_workdir or (reading.copies and _has_workdir_of_root(reading))
    return reading.scope.workdir if known else "/app"


def env(users: UsersDockerfile) -> tuple[tuple[str, str], ...]:
    """ENV that the program may read: all but what concerns pip and the places that a rung chooses itself."""
    scope = users.final.scope
    path = ":".join(each for each in scope.env.get("PATH", "").split(":") if not _OF_INSTALLERS.search(each))
    carried = tuple(
        (name, fill_in(value, scope.args))
        for name, value in users.staged.env.items()
        if name not in _OUR_ENV and not name.startswith(("PIP_", "POETRY_", "UV_"))
    )
    return (*carried, ("PATH", f"{path}:$PATH")) if path else carried


def args(reading: Reading) -> tuple[tuple[str, str], ...]:
    """The ARGs that have a value, ready for another ARG."""
    return tuple((name, _quoted(value)) for name, value in reading.scope.args.items() if value)


def system_packages(reading: Reading) -> tuple[tuple[str, ...], int] | None:
    """Debian packages that are installed with apt, and the line; None where none is."""
    line = next((each.line for each in reading.packages if each.kind == "apt" and each.names), 0)
    return (tuple(sorted(reading.names("apt"))), line) if line else None


def copies(root: Path, reading: Reading, steps: Sequence[OwnStep]) -> tuple[list[Copied], list[Copied]]:
    """What is taken from the context into the working directory, and elsewhere, in order."""
    texts = " ".join(reading.scope.fill(each.text) for each in steps)
    folder = workdir(reading)
    is_known = folder == reading.scope.workdir
    here: list[Copied] = []
    elsewhere: list[Copied] = []
    for each in reading.copies:
        if each.origin or each.heredocs or not each.sources:
            continue
        inside = (
            PurePosixPath(each.target).is_relative_to(folder)
            if is_known
            else not each.scope.fill(each.instruction.values[-1]).startswith("/")
        )
        (here if inside else elsewhere).append(
            _copied(root, each, folder if is_known else "/", texts, inside)
        )
    return here, elsewhere


def kept(reading: Reading) -> tuple[str, ...]:
    """Instructions that every rung takes over as they are, and the ports that are not TCP's."""
    others = [port for port, _ in reading.other_ports]
    return (
        *(
            f"{each.keyword} {fill_in(each.text, reading.scope.args)}"
            for each in reading.kept
            if each.keyword != "EXPOSE"
        ),
        *([f"EXPOSE {' '.join(others)}"] if others else []),
    )


def check(reading: Reading) -> Check:
    """The health check. Its variables are those of a running container."""
    each = reading.healthcheck
    if each is None:
        return NO_CHECK
    command = re.sub(r"(?s)^CMD\s+", "", each.arguments)
    return Check(each.text, each.flag_words, "" if exec_form(command) else tidied(command))


def notes(users: UsersDockerfile) -> tuple[str, ...]:
    """Instructions that a rung cannot take over and whose loss may matter, for the user."""
    reading = users.final
    lost = [
        (each.line, f"{each.instruction.keyword} {each.instruction.text}")
        for each in reading.copies
        if each.heredocs or (each.origin and not _PLACES.search(each.instruction.text))
    ]
    lost += [
        (each.line, f"RUN {each.run.instruction.text}")
        for each in reading.own_steps(lambda command: _takes(command, workdir(reading)))
        if _from_a_stage(users, each)
    ]
    return tuple(f"Dockerfile:{line} {what} is not taken over" for line, what in sorted(lost))


def own_steps(users: UsersDockerfile) -> tuple[OwnStep, ...]:
    """RUN lines that are the project's own (collectstatic, a model to download), in order: their text, without what
    a rung does in its own way."""
    reading = users.final
    folder = workdir(reading)
    owners = frozenset(_users_made(reading))
    return tuple(
        _own(step, owners, folder == reading.scope.workdir, folder)
        for step in reading.own_steps(lambda command: _takes(command, folder))
        if not _from_a_stage(users, step)
    )


def written_copy(sources: Sequence[str], target: str) -> str:
    """What follows COPY."""
    words = [*sources, target]
    if any(re.search(r"\s", word) for word in words):
        return json.dumps(words, ensure_ascii=False)
    return " ".join(words)


def _has_workdir_of_root(reading: Reading) -> bool:
    return re.match(r"(?:docker\.io/)?(?:library/)?python:", reading.base) is not None


def _copied(root: Path, copy: Copy, folder: str, texts: str, inside: bool) -> Copied:
    each = copy.instruction
    target = each.words[-1]
    if "$" in target or (copy.scope.workdir != folder and not target.startswith("/")):
        target = copy.target.rstrip("/") + ("/" if copy.into_folder else "")
    flags = [word for word in each.flag_words if not word.startswith(("--chown=", "--link", "--from="))]
    owner = copy.flags.get("chown", "")
    if not inside and not is_root(owner):
        flags.insert(0, f"--chown={USER}")
    unpacks = each.keyword == "ADD" and any(
        re.search(r"://|^git@|\.(?:tar|tgz|tbz2?|txz)\b", source) for source in copy.sources
    )
    text = " ".join([*flags, written_copy(copy.sources, target)])
    changed = () if inside else tuple(_changed(root, copy, texts))
    return Copied(text, "ADD" if unpacks else "COPY", changed)


def _changed(root: Path, copy: Copy, texts: str) -> Iterator[str]:
    """What of a copy a step names."""
    for source in copy.sources:
        is_folder = (root / source.lstrip("/")).is_dir()
        within = copy.into_folder and not is_folder
        path = posixpath.join(copy.target, posixpath.basename(source)) if within else copy.target
        named = re.search(rf"{re.escape(path)}(?![\w.-])", texts)
        if named and not re.search(r"[*?\[]", source) and not (is_folder and _SYSTEM.fullmatch(path)):
            yield path


def _takes(command: Command, folder: str) -> bool:
    """Whether a rung has its own way for a command, or nothing is left for it to do there."""
    words, name = command.words, command.name
    if _DONE.fullmatch(name):
        return words[1:2] != ("run",)
    if re.fullmatch(r"python[\d.]*", name):
        return words[1:] == ("-",) or (
            words[1:2] == ("-m",) and words[2:3] != () and words[2] in _DONE_MODULES
        )
    if name in ("sh", "bash"):
        return len(words) == 1  # fed by the download of an installer
    if name in ("curl", "wget"):
        return any(re.search(r"install\.python-poetry|astral\.sh/uv|get-pip", word) for word in words)
    targets = [word for word in words[1:] if not word.startswith("-")]
    if name == "chown":  # a rung's user owns the working directory
        return folder != "/" and all(_is_inside(word, command, folder) for word in targets[1:])
    return name == "rm" and all(word.startswith(("/", "~")) and not _below(word, folder) for word in targets)


def _is_inside(word: str, command: Command, folder: str) -> bool:
    return _below(word, folder) or word == "." or (not word.startswith(("/", "~", "$")) and ".." not in word)


def _below(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)


def _users_made(reading: Reading) -> Iterator[str]:
    """Names of users and groups that the Dockerfile makes or changes to, with and without their group."""
    yield reading.scope.user.partition(":")[0]
    for _, command in reading.commands:
        if command.name in ("useradd", "adduser", "groupadd", "addgroup"):
            yield from (word for word in command.words[1:] if not word.startswith(("-", "/")))


def _own(step: Step, owners: frozenset[str], is_known: bool, folder: str) -> OwnStep:
    text = _RUN_BY_INSTALLER.sub("", step.text)
    for command in (each for unit in step.units for each in unit.commands if each.name == "chown"):
        owner = next((word for word in command.words[1:] if not word.startswith("-")), "")
        if re.split("[:.]", step.scope.fill(owner))[0] in owners - {"", "root", "0"}:
            text = text.replace(command.text, command.text.replace(owner, USER, 1), 1)
    text = text if "\n" in text.strip() else tidied(text.strip())
    plain = step.scope.shell == SHELL and "\n" not in text
    return OwnStep(
        text=tidied(" ".join(text.split("\n"))).strip(),
        run=text if plain else json.dumps([*step.scope.shell, text], ensure_ascii=False),
        flags=step.run.instruction.flag_words,
        workdir=step.scope.workdir if is_known else folder,
        is_roots=is_root(step.scope.user),
        shell=posixpath.basename(step.scope.shell[0]) if step.scope.shell else "sh",
    )


def _from_a_stage(users: UsersDockerfile, step: Step) -> bool:
    """Whether it mounts what another stage made."""
    names = re.findall(r"\bfrom=([^,]+)", " ".join(step.run.mounts))
    return any(users.staged.stage_named(name) for name in names)


def _quoted(value: str) -> str:
    return (
        value
        if re.fullmatch(r"[\w./:@%+,-]+", value)
        else json.dumps(value, ensure_ascii=False).replace("$", "\\$")
    )
