"""Which program of the project is it, how does it start, and where does the baseline image have it?"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from unladen.errors import BadProject
from unladen.language.go import facts
from unladen.language.go.images import GoImage, go_image, wanted_version
from unladen.language.go.listen import listens
from unladen.language.go.seen import HOME, Seen
from unladen.language.go.usersfile import UsersFile
from unladen.language.go.workspace import MainPackage, Workspace, program
from unladen.language.interface import Fact, Overrides


def choose_main(
    workspace: Workspace, mains: Sequence[MainPackage], overrides: Overrides, users: UsersFile | None
) -> Fact[MainPackage]:
    root = workspace.root
    if not mains:
        raise BadProject(
            f"cannot find a program in {root.name}: no package main with a func main",
            hint="A library has nothing to run. If the program is in a subfolder with a go.mod of its own, name that.",
        )
    for wanted, source in _wanted(overrides, users):
        if found := next((main for main in mains if _is_called(main, wanted)), None):
            return Fact(found, source)
    first = mains[0]
    where = first.entry.relative_to(root).as_posix()
    if len(mains) == 1:
        return Fact(first, f"{where} is the only main package")
    serving = [main for main in mains if listens(program(workspace, main))]
    candidates = [first] if first.path == "." or not serving else serving
    documented = {main.path: line for main in candidates if (line := _line_in_readme(root, main))}
    chosen = min(candidates, key=lambda main: documented.get(main.path, sys.maxsize))
    others = ", ".join(main.path for main in mains if main is not chosen)
    why = (
        f"README.md:{documented[chosen.path]} runs it"
        if chosen.path in documented
        else "the first of several"
    )
    return Fact(chosen, f'{why}; start = ["./cmd/name"] in unladen.toml chooses another: {others}')


def _line_in_readme(root: Path, main: MainPackage) -> int | None:
    """The first line that runs the program, alone or by `go run`; else the first that builds it."""
    readme = root / "README.md"
    lines = readme.read_text(encoding="utf-8", errors="replace").splitlines() if readme.is_file() else []
    name = re.escape(main.name)
    runs = re.compile(
        rf"\s*[$>]\s*(?:go run (?:\S*/)?|\S*/)?{name}(?:\s|$)|\s*(?:go run \S*/|\./){name}(?:\s|$)"
    )
    builds = re.compile(rf".*\bgo (?:build|install) .*/{name}(?:@\S+)?(?:\s|$)")
    numbered = list(enumerate(lines, 1))
    ran = next((number for number, line in numbered if runs.match(line)), None)
    return ran or next((len(lines) + number for number, line in numbered if builds.match(line)), None)


def _wanted(overrides: Overrides, users: UsersFile | None) -> Iterator[tuple[str, str]]:
    """(name or path of the main package, who says so)."""
    if overrides.start:
        words = [word for word in overrides.start if word not in ("go", "run")]
        yield words[0] if words else "", "unladen.toml"
    if users and users.build and users.build.package:
        yield users.build.package, f"Dockerfile:{users.build.line} go build {users.build.package}"
    elif users and users.build:
        folder = posixpath.relpath(users.build_dir, users.tree) if users.tree else "."
        yield folder, f"Dockerfile:{users.build.line} go build"
    if users and users.program:
        yield posixpath.basename(users.program), f"Dockerfile:{users.start_line} starts it"


def _is_called(main: MainPackage, wanted: str) -> bool:
    path = posixpath.normpath(wanted.removesuffix("/..."))
    own = posixpath.normpath(main.path)
    return path in (own, main.name) or main.path == f"./{path}" or wanted == f"{main.module.mod.module}/{own}"


def start(seen: Seen, main_source: str) -> Fact[tuple[str, ...]]:
    """The argv that the image's program is started with: its own words, with the baseline's arg[0]."""
    given = seen.overrides.start
    if given:
        words = given[2:] if given[:2] == ("go", "run") else given
        built = _is_called(seen.main, words[0]) if words else True
        name = f"./{_binary_name(seen)}"
        return Fact((name, *words[1:]) if built else tuple(words), "unladen.toml")
    users = seen.users
    if users and (users.entrypoint or users.cmd):
        return Fact((*users.entrypoint, *users.cmd), f"Dockerfile:{users.start_line}")
    return Fact((f"./{_binary_name(seen)}",), f"built from {seen.main.path} ({main_source})")


def _binary_name(seen: Seen) -> str:
    return posixpath.basename(seen.users.program) if seen.users and seen.users.program else "main"


def places(seen: Seen, start: tuple[str, ...]) -> dict[str, Fact[str]]:
    users = seen.users
    workdir = Fact(users.workdir, "Dockerfile") if users else Fact(HOME, "the guide's")
    found = {facts.WORKDIR: workdir}
    tree = users.tree if users else HOME
    if tree is not None:
        found[facts.TREE] = Fact(tree, "Dockerfile COPY" if users else "the guide's")
    source = (users.build_dir if users and users.builder else "") or tree or "/src"
    found[facts.SOURCE] = Fact("/src" if source == "/" else source, workdir.source)
    if seen.overrides.start and start:
        first = start[0]
        path = posixpath.join(workdir.value, first) if "/" in first else f"/usr/local/bin/{first}"
        found[facts.BINARY] = Fact(posixpath.normpath(path), "unladen.toml")
    elif users and users.program:
        found[facts.BINARY] = Fact(users.program, f"Dockerfile:{users.start_line}")
    else:
        found[facts.BINARY] = Fact(posixpath.join(workdir.value, "main"), "the guide's")
    return found


def builder(seen: Seen) -> tuple[GoImage, Fact[str]]:
    """The golang image to build with, and its full reference (a Debian one) with its source."""
    users = seen.users
    theirs = go_image(users.builder) if users else None
    repository = theirs.repository if theirs else "golang"
    if wanted := seen.overrides.version:
        image = GoImage(repository, wanted, "")
        return image, Fact(image.debian, "unladen.toml")
    if users and theirs:
        return theirs, Fact(theirs.debian, f"Dockerfile:{users.builder_line} FROM {users.builder}")
    mod = seen.main.module.mod
    newest = max((mod.go, mod.toolchain, seen.workspace.work_go), key=_numbers)
    version = wanted_version(newest)
    says = f"go.mod:{mod.line_of('go')} go {mod.go}" if mod.go else "go.mod, which names no version"
    image = GoImage(repository, version, "")
    satisfied = "" if newest.startswith(version) or not newest else f", which Go {version} builds as well"
    return image, Fact(image.debian, says + satisfied)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
