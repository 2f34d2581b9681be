"""What is believed of a Go project, and where each belief comes from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from unladen.dockerfile.choose import choose
from unladen.dockerfile.healthcheck import health_path
from unladen.dockerfile.users import UsersDockerfile
from unladen.engine.ignore import parse_ignore
from unladen.errors import BadProject
from unladen.language.dockerignore import COMMON
from unladen.language.go import cgo
from unladen.language.go.choose import choose_main, is_called
from unladen.language.go.details import CParts, Details, Linking, Places, Program, Stamp
from unladen.language.go.health import health
from unladen.language.go.ignore import embedded
from unladen.language.go.images import GoImage, go_image, wanted_version
from unladen.language.go.listen import only_local
from unladen.language.go.named import named_in_source
from unladen.language.go.ports import believed_port, port, port_variable
from unladen.language.go.runtimefiles import Place, RuntimeFiles, runtime_files
from unladen.language.go.source import GoFile
from unladen.language.go.sourcepaths import asks_for_sources
from unladen.language.go.stamp import git_version, version_variable
from unladen.language.go.users import UsersGo, users_go
from unladen.language.go.workspace import MainPackage, Workspace, main_packages, program, read_workspace
from unladen.language.interface import Fact, Overrides, Project

HOME = "/app"
"""The guide's working directory, for a project without a Dockerfile."""


def detect(root: Path, overrides: Overrides) -> Project[Details]:
    """Raises BadProject: no module, no main package, modules outside of the project, no go.sum."""
    workspace = read_workspace(root)
    _check_sums(workspace)
    read = choose(root, overrides.dockerfile)
    users = users_go(read, root) if read else None
    mains = main_packages(workspace)
    main = choose_main(workspace, mains, overrides, users)
    files = program(workspace, main.value)

    start = _start(main, overrides, users)
    env = {**(users.env if users else {}), **overrides.env}
    exposed = users.final.ports if users else ()
    listening = believed_port(files, root, start, overrides.port, env, exposed)
    c = _c_parts(workspace, files, overrides, users)
    image, builder = _builder(workspace, main.value, overrides, users)
    place = _place(users)
    excluded = parse_ignore("\n".join(COMMON["Settings and secrets of one machine"])).excludes
    tree = place.tree.value if place.tree else None
    found = runtime_files(
        files, root, Place(place.workdir.value, tree), excluded, (start.source, start.value[1:])
    )
    variable = port_variable(files, root)
    details = Details(
        program=Program(
            main=Fact(main.value.path, main.source),
            others=tuple(other.path for other in mains if other is not main.value),
            binary=_binary(start, overrides, users, place),
            image=image,
            builder=builder,
            version=_stamp(main.value, root, users),
            source_paths=asks_for_sources(workspace, files),
            fetches=not workspace.vendored and any(path.name == "go.sum" for path in workspace.manifests),
        ),
        place=place,
        c=c,
        files=found,
        writable=tuple(dict.fromkeys(_writable(found, root, place.workdir.value, users))),
        embedded=frozenset(embedded(root)),
        port_variable=variable if listening.value is not None and port(files, root) is None else None,
        local_only=only_local(files, root) if listening.value is not None else None,
        users=users,
    )
    return Project(
        root=root,
        name=main.value.name,
        language="go",
        manifests=workspace.manifests,
        version=Fact(image.version, builder.source),
        start=start,
        port=listening,
        health=_health(files, root, overrides, listening.value, read),
        native=_native(c, overrides),
        dockerfile=read.path if read else None,
        users=read,
        details=details,
        env=overrides.env,
        named=named_in_source(files, root),
    )


def _check_sums(workspace: Workspace) -> None:
    """Without go.sum no build gets past its first import."""
    sums = any(path.name in ("go.sum", "go.work.sum") for path in workspace.manifests)
    if workspace.needs_modules and not workspace.vendored and not sums:
        raise BadProject(
            f"cannot build {workspace.root.name}: go.mod names dependencies, but there is no go.sum",
            hint="`go mod tidy` writes it.",
        )


# How it starts, and where


def _start(main: Fact[MainPackage], overrides: Overrides, users: UsersGo | None) -> Fact[tuple[str, ...]]:
    """The argv that the image's program is started with: its own words, with the baseline's arg[0]."""
    binary = f"./{posixpath.basename(users.start.program) if users and users.start.program else 'main'}"
    if given := overrides.start:
        words = given[2:] if given[:2] == ("go", "run") else given
        is_built = not words or is_called(main.value, words[0])
        return Fact((binary, *words[1:]) if is_built else words, "unladen.toml")
    if users and (argv := (*users.start.entrypoint, *users.start.cmd)):
        return Fact(argv, f"Dockerfile:{users.start.line}")
    return Fact((binary,), f"built from {main.value.path} ({main.source})")


def _place(users: UsersGo | None) -> Places:
    if users is None:
        home = Fact(HOME, "the guide's")
        return Places(home, home, HOME)
    tree = users.copied.tree
    source = (users.build_dir if users.builder else "") or tree or "/src"
    workdir = Fact(users.final.scope.workdir, "Dockerfile")
    placed = Fact(tree, "Dockerfile COPY") if tree is not None else None
    return Places(workdir, placed, "/src" if source == "/" else source)


def _binary(
    start: Fact[tuple[str, ...]], overrides: Overrides, users: UsersGo | None, place: Places
) -> Fact[str]:
    workdir = place.workdir.value
    if overrides.start and start.value:
        first = start.value[0]
        path = posixpath.join(workdir, first) if "/" in first else f"/usr/local/bin/{first}"
        return Fact(posixpath.normpath(path), "unladen.toml")
    if users and users.start.program:
        return Fact(users.start.program, f"Dockerfile:{users.start.line}")
    return Fact(posixpath.join(workdir, "main"), "the guide's")


def _builder(
    workspace: Workspace, main: MainPackage, overrides: Overrides, users: UsersGo | None
) -> tuple[GoImage, Fact[str]]:
    """The golang image to build with, and its full reference (a Debian one) with its source."""
    theirs = go_image(users.builder) if users else None
    repository = theirs.repository if theirs else "golang"
    if wanted := overrides.version:
        image = GoImage(repository, wanted, "")
        return image, Fact(image.debian, "unladen.toml")
    if users and theirs:
        return theirs, Fact(theirs.debian, f"Dockerfile:{users.builder_line} FROM {users.builder}")
    mod = main.module.mod
    newest = max((mod.go, mod.toolchain, workspace.work_go), key=_numbers)
    version = wanted_version(newest)
    says = f"go.mod:{mod.line_of('go')} go {mod.go}" if mod.go else "go.mod, which names no version"
    image = GoImage(repository, version, "")
    satisfied = "" if newest.startswith(version) or not newest else f", which Go {version} builds as well"
    return image, Fact(image.debian, says + satisfied)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _health(
    files: Sequence[GoFile],
    root: Path,
    overrides: Overrides,
    listening: int | None,
    users: UsersDockerfile | None,
) -> Fact[str | None]:
    if overrides.health is not None:
        return Fact(overrides.health, "unladen.toml")
    if check := health_path(root, users, listening):
        return Fact(check.path, check.source)
    found = health(files, root) if listening is not None else None
    if found is None:
        return Fact(None, "no port" if listening is None else "no such route was found: any answer counts")
    return Fact(found.value, found.source)


# C


def _c_parts(
    workspace: Workspace, files: Sequence[GoFile], overrides: Overrides, users: UsersGo | None
) -> CParts:
    """How the rungs link, and the packages that C parts need."""
    build = users.build if users else None
    found = cgo.findings(workspace, files) if build is None or build.cgo != "0" else ()
    if not found:
        asked = f"Dockerfile:{build.line} CGO_ENABLED={build.cgo}" if build and build.cgo else ""
        return CParts(Fact(Linking.STATIC_GO, asked or 'no import "C" was found'))
    given = overrides.system_packages
    static = all(finding.known.static for finding in found) and not given
    reasons = ", ".join(f"{finding.what} ({finding.where})" for finding in found)
    known = [finding.known for finding in found]
    run = tuple(name for name in given or () if not name.endswith("-dev"))
    return CParts(
        linking=Fact(Linking.STATIC_C, reasons)
        if static
        else Fact(Linking.DYNAMIC_C, f"{reasons}; {cgo.KNOWN_AS_OF}"),
        names=tuple(finding.what for finding in found),
        tags=_all(each.tags for each in known) if static else (),
        alpine_tags=_all(each.alpine_tags for each in known),
        debian=given or _all((*(each.debian for each in known), users.packages("apt") if users else ())),
        debian_run=run
        or _all((*(each.debian_run for each in known), users.runtime_packages("apt") if users else ())),
        apk=_all((*(each.apk for each in known), users.packages("apk") if users else ())),
        apk_run=_all(each.apk_run for each in known),
    )


def _all(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _native(c: CParts, overrides: Overrides) -> Fact[tuple[str, ...]]:
    if overrides.system_packages is not None:
        return Fact(overrides.system_packages, "unladen.toml")
    has_c = c.linking.value is not Linking.STATIC_GO
    return Fact(("cgo", *c.debian) if has_c else (), c.linking.source)


# Stamps and files


def _stamp(main: MainPackage, root: Path, users: UsersGo | None) -> Stamp | None:
    """The version that rungs are stamped with: the baseline's, so that both answer alike.

    Without a Dockerfile that is the git tag. A Dockerfile that stamps nothing leaves the source's own value,
    which `--build-arg VERSION=…` replaces; one that stamps is taken over with its flags.
    """
    variable = version_variable(main.files, root)
    if variable is None or (users and users.build and "-X" in users.build.ldflags):
        return None
    name, initial = variable
    if not users and (tag := git_version(root)):
        return Stamp(name, tag)
    return Stamp(name, Fact(initial, name.source)) if initial else None


def _writable(found: RuntimeFiles, root: Path, workdir: str, users: UsersGo | None) -> Iterator[str]:
    """Folders that the program writes to, and so have to belong to the user it runs as."""
    for path, _ in found.writes:
        folder = path.rstrip("/") if path.endswith("/") else posixpath.dirname(path)
        is_there = folder.startswith("/") or (root / folder).is_dir()
        absolute = posixpath.normpath(posixpath.join(workdir, folder)) if is_there else workdir
        if absolute != "/":
            yield absolute
    yield from users.final.volumes if users else ()
