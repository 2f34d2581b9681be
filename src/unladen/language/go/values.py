"""What the templates are filled with: how the program is built, what goes beside it, how it starts."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator

from unladen.language.go.details import Details, Linking
from unladen.language.interface import Dialect, Project
from unladen.language.render import CA_MOUNT, apk_fetch, with_ca

MODULE_CACHE = "--mount=type=cache,target=/go/pkg/mod"
BUILD_CACHE = "--mount=type=cache,target=/root/.cache/go-build"
_CERTIFICATES = "SSL_CERT_FILE"
"""Names the CA bundle to go."""
USER = "65534:65534"
"""Who runs the program: nobody, as in distroless images."""
STATIC = "-linkmode external -extldflags '-static'"
STATIC_TAGS = ("osusergo", "netgo")
"""Go's own user and host look-ups: glibc's would load shared objects, which a static program cannot."""


def shared(project: Project[Details], dialect: Dialect) -> dict[str, object]:
    """What is the same in every rung; rungs that run as root say so with `nonroot`."""
    details, users = project.details, project.details.users
    program, place, c = details.program, details.place, details.c
    read, copied, ours = tuple(_read(details)), _copied(details), _given_to_the_user(details)
    is_there = place.tree is not None and place.tree.value == place.source
    entrypoint, cmd = _start(project)
    return {
        "mounts_ca": dialect.mounts and dialect.ca,
        "run_apk": "RUN " + "".join(apk_fetch(dialect)),
        "run_go": _run_go(details, dialect),
        "apk": _apk(details),
        "packages": c.debian,
        "build_env": users.build_env.items() if users else (),
        "source": place.source,
        "fetches": program.fetches,
        "manifests": tuple(_manifests(project)),
        "stamped": "VERSION" if program.version else "",
        "args": tuple(_arguments(details)),
        "copies": (
            *(f"--from=build {source} {to}" for source, to in (users.copied.built if users else ())),
            *((f"--chown={USER} " if to in ours else "") + _words(path, to) for path, to in (*read, *copied)),
        ),
        # what the copy of the whole project to its build folder does not bring along
        "copies_elsewhere": [_words(*each) for each in (copied if is_there else (*read, *copied))],
        "writable": writable(details),
        "output": posixpath.join("/out", posixpath.basename(program.binary.value)),
        "program": program.binary.value,
        "workdir": place.workdir.value,
        "env": env(project).items(),
        "env_home": "",
        "keep": users.keep if users else (),
        "nonroot": True,
        "ports": tuple(_ports(project)),
        "entrypoint": entrypoint,
        "cmd": cmd,
    }


def writable(details: Details) -> tuple[str, ...]:
    """The empty folders that are made for what the program writes."""
    ours = _given_to_the_user(details)
    return tuple(each for each in details.writable if each not in ours)


def has_c(details: Details) -> bool:
    return details.c.linking.value is not Linking.STATIC_GO


def go_build(details: Details, output: str, *, cross: bool = False, musl: bool = False) -> str:
    """The `go build` command of a rung. `cross`: for the target's machine; `musl`: on Alpine."""
    program, c = details.program, details.c
    build = details.users.build if details.users else None
    static = c.linking.value is Linking.STATIC_C and not musl
    tags = (
        *(build.tags if build else ()),
        *(c.alpine_tags if musl else c.tags),
        *(STATIC_TAGS if static else ()),
    )
    given = build.ldflags.split() if build else []
    ldflags = " ".join([*(flag for flag in ("-s", "-w") if flag not in given), *given]).replace('"', '\\"')
    ldflags += f" -X {program.version.variable.value}=${{VERSION}}" if program.version else ""
    words = [
        f"CGO_ENABLED={int(has_c(details))}",
        *(("GOOS=$TARGETOS", "GOARCH=$TARGETARCH") if cross else ()),
        "go build",
        *(() if program.source_paths else ("-trimpath",)),
        *((f"-tags {','.join(dict.fromkeys(tags))}",) if tags else ()),
        f'-ldflags "{ldflags}{f" {STATIC}" if static else ""}"',
        f"-o {output}",
        program.main.value,
    ]
    return " ".join(words)


def env(project: Project[Details]) -> dict[str, str]:
    """What the image sets for the program."""
    users, variable = project.details.users, project.details.port_variable
    found = {variable.value: str(project.port.value)} if variable else {}
    return {**users.env, **{name: found[name] for name in found if name not in users.env}} if users else found


def _run_go(details: Details, dialect: Dialect) -> str:
    """`RUN` with what is mounted and set for the Go command that follows."""
    if not dialect.mounts:
        return "RUN "
    fetches = details.program.fetches
    ca = dialect.ca and fetches
    mounts = [*((MODULE_CACHE,) if fetches else ()), BUILD_CACHE, *((CA_MOUNT,) if ca else ())]
    return "RUN " + "".join(f"{mount} \\\n    " for mount in mounts) + (with_ca(_CERTIFICATES) if ca else "")


def _apk(details: Details) -> tuple[str, ...]:
    """Alpine packages to build with. git is for modules that come from where they are kept: a proxy has them as
    archives (https://go.dev/ref/mod#private-modules)."""
    env = details.users.build_env if details.users else {}
    direct = (
        any(name in env for name in ("GOPRIVATE", "GONOPROXY"))
        or env.get("GOPROXY", "").partition(",")[0] == "direct"
    )
    git = ("git",) if details.program.fetches and direct else ()
    return tuple(dict.fromkeys((*git, *(("gcc", "musl-dev") if has_c(details) else ()), *details.c.apk)))


def _manifests(project: Project[Details]) -> Iterator[str]:
    """One COPY for each folder with go.mod, go.sum, go.work."""
    folders: dict[str, list[str]] = {}
    for path in project.manifests:
        relative = path.relative_to(project.root)
        folders.setdefault(relative.parent.as_posix(), []).append(relative.as_posix())
    for folder, paths in folders.items():
        yield " ".join([*paths, "./" if folder == "." else f"./{folder}/"])


def _arguments(details: Details) -> Iterator[str]:
    if version := details.program.version:
        yield f"VERSION={version.value.value}"
    build = details.users.build if details.users else None
    for name, default in (build.args if build else {}).items():
        yield name if default is None else f"{name}={default}"


def _start(project: Project[Details]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(ENTRYPOINT, CMD). Without a port the program is a tool, whose arguments follow the image's name."""
    start = project.details.users.start if project.details.users else None
    if start and project.start.source != "unladen.toml" and (start.entrypoint or start.cmd):
        return start.entrypoint, start.cmd
    return ((), project.start.value) if project.port.value is not None else (project.start.value, ())


def _read(details: Details) -> Iterator[tuple[str, str]]:
    """(path in the context, where the baseline has it) of what the program reads."""
    tree = details.place.tree.value if details.place.tree else ""
    for path, _ in details.files.reads:
        yield path, posixpath.normpath(posixpath.join(tree, posixpath.dirname(path) if "*" in path else path))


def _copied(details: Details) -> tuple[tuple[str, str], ...]:
    return details.users.copied.context if details.users else ()


def _given_to_the_user(details: Details) -> frozenset[str]:
    """Where files are copied to that the program also writes to."""
    targets = (to for _, to in (*_read(details), *_copied(details)))
    return frozenset(
        to for to in targets if any((each + "/").startswith(to + "/") for each in details.writable)
    )


def _words(path: str, target: str) -> str:
    """The arguments of a COPY, in JSON where a name has spaces."""
    target = target + "/" if "*" in path else target
    return json.dumps([path, target], ensure_ascii=False) if " " in path + target else f"{path} {target}"


def _ports(project: Project[Details]) -> Iterator[int]:
    """The port that is used, and the others that the Dockerfile exposes."""
    if project.port.value is not None:
        users = project.details.users
        exposed = [port for port, _ in users.final.ports] if users else []
        yield from dict.fromkeys([project.port.value, *exposed])
