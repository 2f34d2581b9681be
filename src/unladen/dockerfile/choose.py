"""Which Dockerfile of a project is the user's, for which target and with which build arguments.

In this order: what the user names, what a compose file says of the only service that builds this folder, the root's
Dockerfile, and the only other one that builds from this folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from unladen.dockerfile.builds import build_of, composed
from unladen.dockerfile.parse import parse, read_text
from unladen.dockerfile.stages import is_ours
from unladen.dockerfile.users import UsersDockerfile, read_users
from unladen.errors import BadDockerfile

ROOT_NAMES = ("Dockerfile", "Containerfile", "dockerfile", "containerfile")
_NAME = re.compile(r"(?i)(?:docker|container)file(?:[.-][\w.-]+)?|[\w.-]+\.(?:docker|container)file")
_NO_DOCKERFILE = (".dockerignore", ".bak", ".j2", ".md", ".orig", "~", ".tmpl", ".template")
_KEPT = ".bak"
"""How the name of what was the user's ends where unladen wrote its own over it."""
DEPTH = 3
"""How many folders deep Dockerfiles are looked for."""


@dataclass(frozen=True)
class Choice:
    """What the user says: `file` relative to the project, `target` a stage's name or number."""

    file: str = ""
    target: str = ""
    build_args: Mapping[str, str] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    """Names of folders that hold nothing of the project's own."""
    secrets: tuple[str, ...] = ()
    """What steps with --mount=type=secret read, as `docker build --secret` takes it; `keys` as --ssh does."""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Service:
    """A service of a compose file that builds an image from the project's folder."""

    names: tuple[str, ...]
    choice: Choice

    @property
    def options(self) -> str:
        words = [f"--file {self.choice.file or 'Dockerfile'}"]
        words += [f"--target {self.choice.target}"] if self.choice.target else []
        return " ".join(
            [*words, *(f"--build-arg {name}={value}" for name, value in self.choice.build_args.items())]
        )


_NO_CHOICE = Choice()


def choose(root: Path, choice: Choice = _NO_CHOICE) -> UsersDockerfile | None:
    """The user's own Dockerfile, what unladen wrote passed over; None where there is none.

    Raises BadDockerfile: one that is named is not there, several could be meant, or it cannot be read.
    """
    if choice.file:
        path = root / choice.file
        if not path.is_file():
            raise BadDockerfile(
                f"cannot read {choice.file}: {root} has no such file", hint=_hint(root, choice.elsewhere)
            )
        return _read(root, path, choice, "")
    services = tuple(_services(root))
    own = _own_in_root(root)
    if len(services) > 1 and own is None:
        raise BadDockerfile(
            f"cannot tell which image is meant: several services of the compose file build {root}",
            hint=f"Choose one, or all with unladen optimize {root / composed(root)[0]}. {_options(services)}.",
        )
    if len(services) == 1:
        service = services[0]
        merged = Choice(
            service.choice.file,
            choice.target or service.choice.target,
            {**service.choice.build_args, **choice.build_args},
        )
        file = root / service.choice.file if service.choice.file else own
        if file is not None and (named := _users(file)):
            said = f"{_named(root, named)} is built as {_listed(service)} of the compose file says"
            return _read(root, named, merged, said if service.choice != _NO_CHOICE else "")
    if own is not None:
        said = "" if own.name == "Dockerfile" else f"The Dockerfile is {_named(root, own)}"
        if len(services) > 1 and not choice.target:
            said = (
                f"{_named(root, own)} is built to its end; services of the compose file: {_options(services)}"
            )
        return _read(root, own, choice, said)
    others = [path for path in dockerfiles(root, choice.elsewhere) if _builds_from(root, path)]
    if len(others) > 1:
        names = ", ".join(_named(root, path) for path in others)
        hint = f"Choose one with --file {_named(root, others[0])}, or dockerfile under [project] in unladen.toml."
        if folders := _built_folders(root):
            hint = (
                f"{composed(root)[0]} builds {', '.join(folders)}: name that folder instead of {root}, "
                f"or {root / composed(root)[0]} for all. {hint}"
            )
        raise BadDockerfile(f"cannot tell which Dockerfile is meant: {root} has {names}", hint=hint)
    return _read(root, others[0], choice, f"The Dockerfile is {_named(root, others[0])}") if others else None


def dockerfiles(root: Path, elsewhere: frozenset[str] = frozenset()) -> tuple[Path, ...]:
    """Every Dockerfile in a project by its name, down to `DEPTH` folders, none that is unladen's alone; sorted."""
    return tuple(path for path in sorted(_walk(root, DEPTH, elsewhere)) if _users(path))


def projects_in(
    folder: Path, elsewhere: frozenset[str], is_program: Callable[[Path], bool], depth: int = DEPTH
) -> Iterator[Path]:
    """The folders in a folder with a Dockerfile that builds from them, or of which `is_program` says that they are
    projects; none below another. Sorted."""
    for each in sorted(folders(folder, elsewhere)):
        if _has_dockerfile(each) or is_program(each):
            yield each
        elif depth > 1:
            yield from projects_in(each, elsewhere, is_program, depth - 1)


def _has_dockerfile(folder: Path) -> bool:
    """Also what it builds from: a folder of Dockerfiles alone is for the folder above."""
    own = _own_in_root(folder)
    others = (each for each in folder.iterdir() if each.is_file() and not _NAME.match(each.name))
    return own is not None and _builds_from(folder, own) and any(others)


def standing(root: Path, users: Path | None) -> Path:
    """Where builds find the Dockerfile of which `users` is the user's text: that file itself; where it is the .bak of
    what unladen wrote, that one; the root's where there is none."""
    if users is None:
        return root / ROOT_NAMES[0]
    replaced = users.with_name(users.name.removesuffix(_KEPT))
    return replaced if replaced != users and replaced.is_file() and _users(replaced) == users else users


def ignore_file(root: Path, users: Path | None) -> Path:
    """The ignore file that a build of the user's Dockerfile reads, as BuildKit, podman and buildah look for it: beside
    the Dockerfile under its name, then in the root. It may not be there."""
    beside = Path(f"{standing(root, users)}.dockerignore")
    return beside if beside.is_file() else root / ".dockerignore"


def given_args(words: tuple[str, ...] | list[str]) -> dict[str, str]:
    """The values of --build-arg: NAME=VALUE, or NAME for the environment's. Raises BadDockerfile."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals and name not in os.environ:
            raise BadDockerfile(
                f"cannot pass the build argument {name}: it has no value here",
                hint=f"Give it one: --build-arg {name}=VALUE.",
            )
        found[name] = value if equals else os.environ[name]
    return found


def given_secrets(words: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The values of --secret: id=NAME,src=FILE, or id=NAME,env=VARIABLE. Raises BadDockerfile."""
    for word in words:
        said = dict(part.partition("=")[::2] for part in word.split(","))
        file = said.get("src") or said.get("source") or ""
        if not said.get("id"):
            raise BadDockerfile(
                f"cannot pass the secret {word.partition(',')[0]}: it has no id",
                hint="Name it, and the file that it is in: --secret id=NAME,src=FILE.",
            )
        if file and not Path(file).expanduser().is_file():
            raise BadDockerfile(f"cannot pass the secret {said['id']}: there is no file {file}")
    return tuple(words)


def given_bases(words: tuple[str, ...] | list[str]) -> dict[str, str]:
    """The values of --base: OLD=NEW. Raises BadDockerfile."""
    found: dict[str, str] = {}
    for word in words:
        old, _, new = word.partition("=")
        if not (is_reference(old) and is_reference(new)):
            raise BadDockerfile(
                f"cannot use --base {word}: it does not name two images",
                hint="Name the base and what may stand in its place: --base OLD:TAG=NEW:TAG.",
            )
        found[old] = new
    return found


def is_reference(text: str) -> bool:
    """Whether a text may be the name of an image: no white space, no variables, nothing that a shell reads."""
    return re.fullmatch(r"[a-z0-9][\w.:/@-]*", text, re.IGNORECASE) is not None


def _walk(folder: Path, depth: int, elsewhere: frozenset[str]) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        name = entry.name
        if entry.is_file() and _NAME.fullmatch(name) and not name.lower().endswith(_NO_DOCKERFILE):
            yield entry
    for inner in folders(folder, elsewhere) if depth else ():
        yield from _walk(inner, depth - 1, elsewhere)


def folders(folder: Path, elsewhere: frozenset[str]) -> Iterator[Path]:
    """Those that may hold something of the project's own."""
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        hidden = entry.name.startswith(".") or entry.name in elsewhere
        if entry.is_dir() and not entry.is_symlink() and not hidden:
            yield entry


def _own_in_root(root: Path) -> Path | None:
    """The root's own Dockerfile, or what unladen kept of it."""
    try:
        names = {entry.name for entry in root.iterdir()}
    except OSError:
        return None
    return next((found for name in ROOT_NAMES if name in names and (found := _users(root / name))), None)


def _users(path: Path) -> Path | None:
    """The file, or what was kept of it (.bak) where unladen wrote its own over it."""
    if not path.is_file():
        return None
    if not is_ours(read_text(path)):
        return path
    backup = path.with_name(f"{path.name}{_KEPT}")
    return backup if backup.is_file() else None


def _builds_from(root: Path, path: Path) -> bool:
    """Whether what the file copies is in the root: a Dockerfile in a subfolder may be for that one alone."""
    if not path.is_file():
        return False
    parsed = parse(read_text(path))
    if parsed.problems:
        return False
    for each in parsed.instructions:
        if each.keyword in ("COPY", "ADD") and "from" not in each.flags and not each.heredocs:
            for source in each.words[:-1]:
                plain = not re.search(r"[*?\[$]|://", source)
                if plain and not (root / source.lstrip("/")).exists():
                    return False
    return True


def builds(root: Path, service: Mapping[str, Any], project: Path | None = None) -> bool:
    """Whether a service of the compose file in `root` is built from the project's folder (None: the same folder)."""
    return _choice(root, service, project) is not None


def _services(root: Path) -> Iterator[_Service]:
    """What the compose file builds from this folder, services that build the same thing together."""
    found: list[_Service] = []
    for name, service in composed(root)[1].items():
        if (choice := _choice(root, service)) is None:
            continue
        same = next((at for at, each in enumerate(found) if each.choice == choice), None)
        if same is None:
            found.append(_Service((name,), choice))
        else:
            found[same] = replace(found[same], names=(*found[same].names, name))
    yield from found


def _choice(root: Path, service: Mapping[str, Any], project: Path | None = None) -> Choice | None:
    """What `build:` says; None where it builds another folder than the project's."""
    build = build_of(root, "", service)
    if build is None or build.refused or build.context.resolve() != (project or root).resolve():
        return None
    return Choice(build.file, build.target, build.args)


def _built_folders(root: Path) -> tuple[str, ...]:
    """The folders in the project that its compose file builds images from, as projects of their own."""
    found: dict[str, None] = {}
    for service in composed(root)[1].values():
        folder = build.context.resolve() if (build := build_of(root, "", service)) else root.resolve()
        if folder != root.resolve() and folder.is_relative_to(root.resolve()) and folder.is_dir():
            found.setdefault(folder.relative_to(root.resolve()).as_posix())
    return tuple(found)


def _read(root: Path, path: Path, choice: Choice, said: str) -> UsersDockerfile:
    found = _users(path)
    if found is None:
        raise BadDockerfile(
            f"cannot read {_named(root, path)} as yours: unladen wrote it, and there is no .bak of yours",
            hint="Name your own with --file.",
        )
    read = read_users(found, target=choice.target, build_args=choice.build_args)
    assert read is not None
    if found.name.endswith(_KEPT) and not said:
        said = f"The Dockerfile is unladen's own: the baseline is {_named(root, found)}"
    return replace(read, said=said)


def _hint(root: Path, elsewhere: frozenset[str]) -> str:
    names = ", ".join(_named(root, path) for path in dockerfiles(root, elsewhere))
    return f"There are: {names}." if names else ""


def _options(services: tuple[_Service, ...]) -> str:
    return "; ".join(f"{_listed(each)}: {each.options}" for each in services)


def _listed(service: _Service) -> str:
    return ", ".join(service.names)


def _named(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
