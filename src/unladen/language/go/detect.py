"""What is believed of a Go project, and where each belief comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from unladen.dockerfile.choose import choose
from unladen.engine.ignore import parse_ignore
from unladen.errors import BadProject
from unladen.language.dockerignore import COMMON
from unladen.language.go import cgo, facts
from unladen.language.go.choose import builder, choose_main, places, start
from unladen.language.go.facts import Details
from unladen.language.go.health import health
from unladen.language.go.listen import listens, only_local, serves_http
from unladen.language.go.ports import port, port_in, port_variable
from unladen.language.go.runtimefiles import Place, runtime_files
from unladen.language.go.seen import HOME, Seen
from unladen.language.go.sourcepaths import asks_for_sources
from unladen.language.go.stamp import git_version, version_variable
from unladen.language.go.usersfile import users_file
from unladen.language.go.workspace import Workspace, main_packages, program, read_workspace
from unladen.language.interface import Fact, Overrides, Project

DEFAULT_PORT = 8080


def detect(root: Path, overrides: Overrides) -> Project[Details]:
    """Raises BadProject: no module, no main package, modules outside of the project, no go.sum."""
    workspace = read_workspace(root)
    _check_sums(workspace)
    read = choose(root, overrides.dockerfile)
    users = users_file(read.staged, root) if read else None
    mains = main_packages(workspace)
    main = choose_main(workspace, mains, overrides, users)
    seen = Seen(root, overrides, workspace, users, main.value, program(workspace, main.value))

    argv = start(seen, main.source)
    listening = _port(seen, argv)
    packages = _c_parts(seen)
    image, reference = builder(seen)
    others = [other.path for other in mains if other is not main.value]
    return Project(
        root=root,
        name=main.value.name,
        language="go",
        manifests=workspace.manifests,
        version=Fact(image.version, reference.source),
        start=argv,
        port=listening,
        health=_health(seen, listening.value),
        native=_native(packages, overrides),
        dockerfile=read.path if read else None,
        users=read,
        details=facts.Details(
            {
                facts.MAIN: Fact(main.value.path, main.source),
                facts.BUILDER: reference,
                **places(seen, argv.value),
                **packages,
                **_stamp(seen),
                **_runtime_facts(seen, argv),
                **_listening_facts(seen, listening),
                **({facts.OTHER_MAINS: facts.listed(others, "main packages")} if others else {}),
            }
        ),
        env=overrides.env,
    )


def _check_sums(workspace: Workspace) -> None:
    """Without go.sum no build gets past its first import."""
    if not workspace.needs_modules or workspace.vendored:
        return
    sums = [path for path in workspace.manifests if path.name in ("go.sum", "go.work.sum")]
    if not sums:
        raise BadProject(
            f"cannot build {workspace.root.name}: go.mod names dependencies, but there is no go.sum",
            hint="`go mod tidy` writes it.",
        )


# C


def _c_parts(seen: Seen) -> dict[str, Fact[str]]:
    """How the rungs link, and the packages that C parts need."""
    users = seen.users
    asked = users.build.cgo if users and users.build else ""
    where = f"Dockerfile:{users.build.line} CGO_ENABLED={asked}" if users and users.build and asked else ""
    found = cgo.findings(seen.workspace, seen.files) if asked != "0" else ()
    if not found:
        return {facts.LINKING: Fact(facts.STATIC_GO, where or 'no import "C" was found')}
    reasons = [f"{finding.what} ({finding.where})" for finding in found]
    static = all(finding.known.static for finding in found) and not seen.overrides.system_packages
    source = f"{', '.join(reasons)}; {cgo.KNOWN_AS_OF}" if not static else ", ".join(reasons)
    given = seen.overrides.system_packages
    lists: dict[str, tuple[str, ...]] = {
        facts.C_PARTS: tuple(finding.what for finding in found),
        facts.TAGS: tuple(tag for finding in found for tag in finding.known.tags) if static else (),
        facts.ALPINE_TAGS: tuple(tag for finding in found for tag in finding.known.alpine_tags),
        facts.DEBIAN: given or _packages(found, "debian", users.packages if users else ()),
        facts.DEBIAN_RUN: _runtime(given)
        or _packages(found, "debian_run", users.runtime_packages if users else ()),
        facts.APK: _packages(found, "apk", users.apk if users else ()),
        facts.APK_RUN: _packages(found, "apk_run", ()),
    }
    return {
        facts.LINKING: Fact(facts.STATIC_C if static else facts.DYNAMIC_C, source),
        **{name: facts.listed(values, source) for name, values in lists.items() if values},
    }


def _packages(found: Sequence[cgo.CFinding], field: str, more: tuple[str, ...]) -> tuple[str, ...]:
    names = [name for finding in found for name in getattr(finding.known, field)]
    return tuple(dict.fromkeys([*names, *more]))


def _runtime(given: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(name for name in given or () if not name.endswith("-dev"))


def _native(packages: dict[str, Fact[str]], overrides: Overrides) -> Fact[tuple[str, ...]]:
    if overrides.system_packages is not None:
        return Fact(overrides.system_packages, "unladen.toml")
    linking = packages[facts.LINKING]
    if linking.value == facts.STATIC_GO:
        return Fact((), linking.source)
    names = packages[facts.DEBIAN].value.split("\n") if facts.DEBIAN in packages else []
    return Fact(("cgo", *names), linking.source)


# The network


def _port(seen: Seen, argv: Fact[tuple[str, ...]]) -> Fact[int | None]:
    if seen.overrides.port is not None:
        return Fact(seen.overrides.port, "unladen.toml")
    if told := port_in(argv.value):
        return Fact(told.value, f"{argv.source} {told.source}")
    found = port(seen.files, seen.root)
    variables = [*seen.overrides.env.items(), *(seen.users.env.items() if seen.users else ())]
    for name, value in variables:
        if name == "PORT" and value.strip("\"'").isdigit():
            return Fact(int(value.strip("\"'")), "the variable PORT of unladen.toml or the Dockerfile")
    if seen.users and seen.users.ports:
        exposed = dict(seen.users.ports)
        number = found.value if found and found.value in exposed else min(exposed, key=_looks_unlike_http)
        others = ", ".join(str(other) for other in exposed if other != number)
        hint = f" (and {others}; port in unladen.toml chooses another)" if others else ""
        return Fact(number, f"Dockerfile:{exposed[number]} EXPOSE {number}{hint}")
    if not listens(seen.files):
        return Fact(None, "nothing in the source listens")
    if found:
        return Fact(found.value, found.source)
    variable = port_variable(seen.files, seen.root)
    if variable:
        return Fact(
            DEFAULT_PORT,
            f"{variable.source}, which has no default: {variable.value} is set to {DEFAULT_PORT}",
        )
    if not serves_http(seen.files):
        return Fact(None, "it listens, but where is not written in the source; set port in unladen.toml")
    return Fact(DEFAULT_PORT, "a guess: the source listens, but no port was found; set port in unladen.toml")


def _looks_unlike_http(number: int) -> bool:
    """Sorts what may be HTTP's port before those of mail, databases and metrics."""
    return not re.match(r"80|3000|5000|4\d\d\d|443", str(number))


def _health(seen: Seen, listening: int | None) -> Fact[str | None]:
    if seen.overrides.health is not None:
        return Fact(seen.overrides.health, "unladen.toml")
    if listening is None:
        return Fact(None, "no port")
    found = health(seen.files, seen.root)
    return (
        Fact(found.value, found.source) if found else Fact(None, "no such route was found: any answer counts")
    )


def _listening_facts(seen: Seen, listening: Fact[int | None]) -> dict[str, Fact[str]]:
    found = {}
    if listening.value is not None and (local := only_local(seen.files, seen.root)):
        found[facts.LOCAL_ONLY] = Fact(local, local)
    variable = port_variable(seen.files, seen.root)
    if variable and listening.value is not None and port(seen.files, seen.root) is None:
        found[facts.PORT_VARIABLE] = variable
    return found


# Stamps and files


def _stamp(seen: Seen) -> dict[str, Fact[str]]:
    """The version that rungs are stamped with: the baseline's, so that both answer alike.

    Without a Dockerfile that is the git tag. A Dockerfile that stamps nothing leaves the source's own value,
    which `--build-arg VERSION=…` replaces; one that stamps is taken over with its flags.
    """
    variable = version_variable(seen.main.files, seen.root)
    if variable is None or (seen.users and "-X" in (seen.users.build.ldflags if seen.users.build else "")):
        return {}
    name, initial = variable
    tag = git_version(seen.root)
    if tag and not seen.users:
        return {facts.STAMP: name, facts.VERSION: tag}
    if initial:
        return {facts.STAMP: name, facts.VERSION: Fact(initial, name.source)}
    return {}


def _runtime_facts(seen: Seen, argv: Fact[tuple[str, ...]]) -> dict[str, Fact[str]]:
    users = seen.users
    place = Place(users.workdir, users.tree) if users else Place(HOME, HOME)
    found = runtime_files(seen.files, seen.root, place, _secret(), (argv.source, argv.value[1:]))
    lists = {
        facts.READS: [path for path, _ in found.reads],
        facts.LEFT_OUT: found.left_out,
        facts.WRITES: [path for path, _ in found.writes],
        facts.UNCLEAR: found.unclear,
    }
    sources = {
        facts.READS: ", ".join(where for _, where in found.reads),
        facts.WRITES: ", ".join(where for _, where in found.writes),
    }
    extra = {name: facts.listed(list_, sources.get(name, "source")) for name, list_ in lists.items() if list_}
    kept = asks_for_sources(seen)
    return {**extra, facts.SOURCE_PATHS: kept} if kept else extra


def _secret() -> Callable[[str], bool]:
    """Settings of one machine are in no image, whatever reads them."""
    return parse_ignore("\n".join(COMMON["Settings and secrets of one machine"])).excludes
