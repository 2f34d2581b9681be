"""Distroless and scratch on top of the user's own stages: his `go build` gets the flags that make a program which runs
anywhere, and the last stage has that program and the files that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from unladen.dockerfile.edit import Change, after, insert
from unladen.dockerfile.users import Run, UsersDockerfile
from unladen.image.scene import Scene
from unladen.image.settings import is_root
from unladen.language.go import images
from unladen.language.go.binary import read_binary
from unladen.language.go.details import Details
from unladen.language.go.gorun import built, runs_source
from unladen.language.go.intends import CERTIFICATES, left_out
from unladen.language.go.needs import EVERYTHING, Needs, needs_of
from unladen.language.go.taken import takes
from unladen.language.go.users import is_build
from unladen.language.go.values import STATIC, STATIC_TAGS, USER, env, has_c
from unladen.language.interface import Impossible, Lost, Project, Proposal
from unladen.language.leaner import PLAIN, Leaner
from unladen.syntax.bash import Command

SCRATCH = "scratch"
_WITH_A_SHELL = (images.DEBIAN_RUNTIME, images.ALPINE_RUNTIME)
_WITHOUT_ZONES = (SCRATCH, images.ALPINE_RUNTIME)
_BUILDS = (Lost.TOOLCHAIN, Lost.SOURCE, Lost.GIT)
ZONE_FILE = "/usr/local/go/lib/time/zoneinfo.zip"
_BOOKS = (
    ("/etc/passwd", "users and groups by name"),
    ("/etc/group", "users and groups by name"),
    ("/etc/nsswitch.conf", "where host names are looked up"),
)
_ON_ALPINE = "your Dockerfile on Alpine's image of the toolchain"
_COMPILER = "its C parts are compiled against Debian's libraries"
_NO_CGO = "without cgo the program needs no C library, and runs on any base"
_FLAG = re.compile(r"(?<=\s)-{1,2}ldflags[=\s]\s*([\"'])")
_VERB = re.compile(r"\bgo\s+(?:build|install)\b")


def offered(
    made: tuple[Proposal | Impossible, ...], project: Project[Details]
) -> tuple[Proposal | Impossible, ...]:
    """The rungs of a project whose own Dockerfile says how the program starts: its stages stay, and what the general
    ladder does already is not done again."""
    if not _is_edited(project):
        return made
    found: list[Proposal | Impossible] = []
    for each in made:
        if isinstance(each, Impossible):
            found.append(each)
        elif each.name == "distroless":
            found.append(_onto(each, _distroless_base(project.details)))
        elif each.name == "scratch":
            found.append(_onto(each, SCRATCH))
        elif each.name == "alpine":
            found.append(_alpine(each, project))
        elif each.name == "multi-stage-alpine":
            found.append(_onto_alpine(each, project.details))
        elif each.name == "multi-stage":
            found.insert(0, replace(_onto(each, images.DEBIAN_RUNTIME), name="split", takes_away=_BUILDS))
        else:
            found.append(each)
    return tuple(found)


def _is_edited(project: Project[Details]) -> bool:
    """Whether the user's Dockerfile says how the program starts."""
    return project.details.users is not None and project.start.source != "unladen.toml"


def _distroless_base(details: Details) -> str:
    return images.GLIBC_RUNTIME if has_c(details) else images.STATIC_RUNTIME


def _alpine(rung: Proposal, project: Project[Details]) -> Proposal | Impossible:
    """The user's file on Alpine with its toolchain."""
    assert project.users is not None
    if has_c(project.details):
        return Impossible(rung.name, rung.why, _COMPILER)
    bases = {each: image.alpine for each in project.users.staged.bases if (image := images.go_image(each))}
    instead = {old: new for old, new in bases.items() if old != new}
    lost = (Lost.APT, Lost.BASH, Lost.GLIBC)
    return Proposal(rung.name, _ON_ALPINE, "", (), lost, instead=instead)


def _onto_alpine(rung: Proposal, details: Details) -> Proposal | Impossible:
    if has_c(details):
        return Impossible(rung.name, rung.why, _COMPILER)
    lost = (*_BUILDS, Lost.APT, Lost.BASH, Lost.GLIBC)
    return replace(_onto(rung, images.ALPINE_RUNTIME), takes_away=lost)


def _onto(rung: Proposal, base: str) -> Proposal:
    return Proposal(rung.name, rung.why, "", (), takes_away=rung.takes_away, onto=base)


def leaner(rung: Proposal, project: Project[Details], full: Scene) -> Leaner | Impossible:
    """`full` is the baseline's image; its program tells what it reads."""
    details, users = project.details, project.users
    if not _is_edited(project):
        return PLAIN
    assert users is not None
    program = _from_source(users, details, full) if runs_source(users) else _linked(rung, project, full)
    if isinstance(program, str):
        return Impossible(rung.name, rung.why, program)
    path, needs, is_bare = program.path, program.needs, rung.onto == SCRATCH
    files = dict(_needed(full, needs, rung.onto))
    is_nobodys = is_root(full.settings.user) and rung.onto not in _WITH_A_SHELL
    return Leaner(
        edits=program.edits,
        made=program.made,
        command=program.command,
        left=_Left(full, path),
        needed=files,
        folders={"/tmp": 0o1777, "/var/tmp": 0o1777} if is_bare else {},
        after=(_ZONES,) if ZONE_FILE in files else (),
        user=USER if is_nobodys else "",
        is_static=is_bare or not has_c(details),
        notes=needs.notes,
        intends={**left_out(needs, is_bare=is_bare), **_intended(needs, rung.onto), **program.intends},
        rebuilt={} if program.made else {path: path},
    )


@dataclass(frozen=True)
class _Program:
    """What runs: where, what it needs, and the edits that make it so."""

    path: str
    needs: Needs
    edits: tuple[Change, ...]
    made: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    intends: Mapping[str, str] = field(default_factory=dict)


def _from_source(users: UsersDockerfile, details: Details, full: Scene) -> _Program | str:
    found = "it has C parts, and is run from its source" if has_c(details) else built(users, full)
    if isinstance(found, str):
        return found
    return _Program(found.path, EVERYTHING, found.edits, (found.path,), found.command, found.intends)


def _linked(rung: Proposal, project: Project[Details], full: Scene) -> _Program | str:
    """The program that the user's lines build, which `full` has."""
    details, users = project.details, project.users
    assert users is not None
    path = details.program.binary.value
    content = full.tree.read(full.real(path)) if full.real(path) else b""
    binary = read_binary(content) if content else None
    if binary is None:
        return f"{path} of your image is no Go program that can be read"
    variables = {**{name: value.strip("\"'") for name, value in env(project).items()}, **project.env}
    is_bare = rung.onto == SCRATCH
    edits = tuple(_edits(users, details, is_bare))
    if binary.interpreter and not has_c(details) and not _links_anew(edits):
        edits = (*edits, *_without_cgo(users, details))
    if is_bare and binary.interpreter and not _links_anew(edits):
        return f"{path} loads shared libraries, and the line that builds it could not be read"
    return _Program(path, needs_of(binary, variables), edits)


_ZONES = ("Go's own time zones, which the program finds by this name.", f"ENV ZONEINFO={ZONE_FILE}")
_LINKS = re.compile(r"CGO_ENABLED=0|-static")


def _links_anew(edits: tuple[Change, ...]) -> bool:
    """Whether the edited lines make a program that loads no libraries."""
    return any(_LINKS.search(each.edit.text) for each in edits)


def _intended(needs: Needs, base: str) -> Mapping[str, str]:
    found = {}
    if base != SCRATCH:
        found[f"ENV SSL_CERT_FILE={CERTIFICATES}"] = "the base's certificates are there"
    if needs.zones and base in _WITHOUT_ZONES:
        found[f"ENV ZONEINFO={ZONE_FILE}"] = found["/usr/share/zoneinfo"] = "Go's own time zones are there"
    return found


def _needed(full: Scene, needs: Needs, base: str) -> Iterator[tuple[str, str]]:
    has_none = base not in (images.STATIC_RUNTIME, images.GLIBC_RUNTIME)
    wanted = (
        (CERTIFICATES, "certificates, without which TLS connections fail", needs.certificates and has_none),
        ("/etc/services", "ports by name", needs.services),
        ("/etc/mime.types", "types of files by their endings", needs.mime),
        *((path, why, base == SCRATCH) for path, why in _BOOKS),
    )
    yield from ((path, why) for path, why, is_wanted in wanted if is_wanted)
    if needs.zones and base in _WITHOUT_ZONES:
        zones = (ZONE_FILE,) if ZONE_FILE in full.tree else full.below("/usr/share/zoneinfo")
        yield from ((path, "time zones by name") for path in zones if not full.is_dir(path))


class _Left:
    """What stays behind: the toolchain, and of the source what no string of it names."""

    def __init__(self, full: Scene, binary: str) -> None:
        self._binary = binary
        self._tests = tuple(takes(full).values())

    def __call__(self, path: str) -> bool:
        return path != self._binary and any(is_left(path) for is_left in self._tests)


# The user's own lines


def _edits(users: UsersDockerfile, details: Details, is_bare: bool) -> Iterator[Change]:
    """Flags for each `go build` of the Dockerfile, where they are not there yet."""
    is_c = has_c(details)
    for run, command in _builds(users):
        if run.instruction.heredocs:
            continue
        verb = _VERB.search(command.text)
        if verb is None:
            continue
        if not is_c and not _says(run, command, "CGO_ENABLED"):
            at = run.offset(command.start + verb.start())
            yield Change(insert(at, "CGO_ENABLED=0 "), _NO_CGO)
        yield from _flags(run, command, verb.end(), is_static=is_c and is_bare)


def _without_cgo(users: UsersDockerfile, details: Details) -> Iterator[Change]:
    """For builds by make or a script: their whole stage does without cgo."""
    building = details.users.building if details.users else None
    if building is not None and "CGO_ENABLED" not in building.scope.env:
        first = after(users.staged.source, building.stage.start, "ENV CGO_ENABLED=0")
        yield Change(first, _NO_CGO)


def _builds(users: UsersDockerfile) -> Iterator[tuple[Run, Command]]:
    seen = set()
    for stage in users.staged.stages:
        for run, command in users.reading(stage).commands:
            place = run.offset(command.start)
            if is_build(command) and place not in seen:
                seen.add(place)
                yield run, command


def _flags(run: Run, command: Command, behind: int, *, is_static: bool) -> Iterator[Change]:
    words = " ".join(command.words)
    wanted = [flag for flag in ("-s", "-w") if not re.search(rf"(?<![\w-]){flag}(?![\w-])", words)]
    link = f"{STATIC} " if is_static and "-static" not in words else ""
    if not wanted and not link:
        return
    why = "the program is linked without symbols, which debuggers read" if wanted else ""
    if link:
        why += f"{', and ' if why else ''}with its C parts inside of it"
    own = _FLAG.search(command.text)
    if own is not None and own[1] not in link:
        at, text = own.end(), " ".join([*wanted, link]).strip() + " "
    elif own is None and "ldflags" not in words:
        at, text = behind, f' -ldflags="{" ".join([*wanted, link.strip()]).strip()}"'
        if link and "-tags" not in words:
            text += f" -tags={','.join(STATIC_TAGS)}"
    else:
        return
    yield Change(insert(run.offset(command.start + at), text), why)


def _says(run: Run, command: Command, name: str) -> bool:
    """Whether the line or its environment decides a variable."""
    return name in dict(command.assignments) or name in run.scope.env
