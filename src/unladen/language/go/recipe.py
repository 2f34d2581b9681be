"""What the templates are filled with: how the program is built, what goes beside it, how it starts."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unladen.language.go import facts
from unladen.language.go.facts import Details
from unladen.language.go.images import GoImage, go_image
from unladen.language.go.usersfile import UsersFile, users_file
from unladen.language.interface import Dialect, Project
from unladen.language.render import CA_MOUNT

MODULE_CACHE = "--mount=type=cache,target=/go/pkg/mod"
BUILD_CACHE = "--mount=type=cache,target=/root/.cache/go-build"
USER = "65534:65534"
"""Who runs the program: nobody, as in distroless images."""
STATIC = "-linkmode external -extldflags '-static'"
STATIC_TAGS = ("osusergo", "netgo")
"""Go's own user and host look-ups: glibc's would load shared objects, which a static program cannot."""


@dataclass(frozen=True)
class Recipe:
    """Everything that the rungs of one project share; paths are absolute ones of the image."""

    image: GoImage
    linking: str
    package: str
    source: str
    program: str
    workdir: str
    manifests: tuple[str, ...]
    """Arguments of COPY."""
    fetches: bool
    build_env: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    alpine_tags: tuple[str, ...]
    ldflags: str
    trimpath: bool
    args: tuple[str, ...]
    stamped: str
    copies: tuple[str, ...]
    copies_elsewhere: tuple[str, ...]
    """Those of `copies` that a copy of the whole project to `source` does not bring along."""
    writable: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    keep: tuple[str, ...]
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    ports: tuple[int, ...]
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Package lists by the name of their fact."""
    users: UsersFile | None = None

    @property
    def output(self) -> str:
        return posixpath.join("/out", posixpath.basename(self.program))

    @property
    def has_c(self) -> bool:
        return self.linking != facts.STATIC_GO


def recipe(project: Project[Details]) -> Recipe:
    """Reads the project's facts."""
    users = users_file(project.users.staged, project.root) if project.users else None
    reference = facts.value(project, facts.BUILDER)
    source = facts.value(project, facts.SOURCE)
    workdir = facts.value(project, facts.WORKDIR)
    entrypoint, cmd = _start(project, users)
    build = users.build if users else None
    copies = tuple(_copies(project, users))
    users_copies = users.copies if users else ()
    writable = tuple(_writable(project, users))
    ours = {
        target for _, target in copies if any((folder + "/").startswith(target + "/") for folder in writable)
    }
    lists = (facts.DEBIAN, facts.DEBIAN_RUN, facts.APK, facts.APK_RUN)
    stamped = "VERSION" if facts.VERSION in project.details.facts else ""
    stamp = f" -X {facts.value(project, facts.STAMP)}=${{VERSION}}" if stamped else ""
    return Recipe(
        image=go_image(reference) or GoImage("golang", project.version.value, ""),
        linking=facts.value(project, facts.LINKING),
        package=facts.value(project, facts.MAIN),
        source=source,
        program=facts.value(project, facts.BINARY),
        workdir=workdir,
        manifests=tuple(_manifests(project)),
        fetches=any(path.name == "go.sum" for path in project.manifests) and not _vendored(project.root),
        build_env=tuple(users.build_env.items()) if users else (),
        tags=(*(build.tags if build else ()), *facts.values(project, facts.TAGS)),
        alpine_tags=(*(build.tags if build else ()), *facts.values(project, facts.ALPINE_TAGS)),
        ldflags=_stripping(build.ldflags if build else "") + stamp,
        trimpath=facts.SOURCE_PATHS not in project.details.facts,
        args=tuple(_arguments(project, users, stamped)),
        stamped=stamped,
        copies=tuple(
            (f"--chown={USER} " if target in ours else "") + _words(path, target) for path, target in copies
        ),
        copies_elsewhere=tuple(
            _words(path, target)
            for path, target in (copies if source != facts.value(project, facts.TREE) else users_copies)
        ),
        writable=tuple(folder for folder in writable if folder not in ours),
        env=tuple(_env(project, users)),
        keep=users.keep if users else (),
        entrypoint=entrypoint,
        cmd=cmd,
        ports=tuple(_ports(project, users)),
        packages={name: facts.values(project, name) for name in lists},
        users=users,
    )


def go_build(
    recipe: Recipe, output: str, *, cross: bool = False, musl: bool = False, zones: bool = False
) -> str:
    """The `go build` command of a rung. `cross`: for the target's machine; `musl`: on Alpine."""
    linking = facts.DYNAMIC_C if musl and recipe.has_c else recipe.linking
    tags = list(recipe.alpine_tags if musl else recipe.tags)
    tags += STATIC_TAGS if linking == facts.STATIC_C else ()
    ldflags = recipe.ldflags + (f" {STATIC}" if linking == facts.STATIC_C else "")
    words = [
        f"CGO_ENABLED={int(recipe.has_c)}",
        *(("GOOS=$TARGETOS", "GOARCH=$TARGETARCH") if cross else ()),
        "go build",
        *(("-trimpath",) if recipe.trimpath else ()),
        *((f"-tags {','.join(dict.fromkeys(tags))}",) if tags else ()),
        f'-ldflags "{ldflags}"',
        f"-o {output}",
        recipe.package,
    ]
    return " ".join(words)


def run_go(recipe: Recipe, dialect: Dialect) -> str:
    """`RUN` and what is mounted for the Go command that follows."""
    if not dialect.mounts:
        return "RUN "
    mounts = [*((MODULE_CACHE,) if recipe.fetches else ()), BUILD_CACHE]
    if dialect.ca and recipe.fetches:
        mounts.append(CA_MOUNT)
    return "RUN " + "".join(f"{mount} \\\n    " for mount in mounts)


def _vendored(root: Path) -> bool:
    return (root / "vendor" / "modules.txt").is_file()


def _stripping(ldflags: str) -> str:
    """The user's flags, with -s -w."""
    words = ldflags.split()
    return " ".join([flag for flag in ("-s", "-w") if flag not in words] + words).replace('"', '\\"')


def _manifests(project: Project[Details]) -> Iterator[str]:
    """One COPY for each folder with go.mod, go.sum, go.work."""
    folders: dict[str, list[str]] = {}
    for path in project.manifests:
        relative = path.relative_to(project.root)
        folders.setdefault(relative.parent.as_posix(), []).append(relative.as_posix())
    for folder, paths in folders.items():
        yield " ".join([*paths, "./" if folder == "." else f"./{folder}/"])


def _arguments(project: Project[Details], users: UsersFile | None, stamped: str) -> Iterator[str]:
    if stamped:
        yield f"VERSION={facts.value(project, facts.VERSION)}"
    for name, default in (users.build_args if users else {}).items():
        yield name if default is None else f"{name}={default}"


def _start(project: Project[Details], users: UsersFile | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(ENTRYPOINT, CMD). Without a port the program is a tool, whose arguments follow the image's name."""
    if users and project.start.source != "unladen.toml" and (users.entrypoint or users.cmd):
        return users.entrypoint, users.cmd
    return ((), project.start.value) if project.port.value is not None else (project.start.value, ())


def _copies(project: Project[Details], users: UsersFile | None) -> Iterator[tuple[str, str]]:
    """(path in the context, where the baseline has it)."""
    tree = facts.value(project, facts.TREE)
    for path in facts.values(project, facts.READS):
        yield path, posixpath.normpath(posixpath.join(tree, posixpath.dirname(path) if "*" in path else path))
    if users:
        yield from users.copies


def _words(path: str, target: str) -> str:
    """The arguments of a COPY, in JSON where a name has spaces."""
    target = target + "/" if "*" in path else target
    return json.dumps([path, target], ensure_ascii=False) if " " in path + target else f"{path} {target}"


def _writable(project: Project[Details], users: UsersFile | None) -> Iterator[str]:
    """Folders that the program writes to, and so have to belong to the user it runs as."""
    workdir = facts.value(project, facts.WORKDIR)
    folders: list[str] = []
    for path in facts.values(project, facts.WRITES):
        folder = path.rstrip("/") if path.endswith("/") else posixpath.dirname(path)
        absolute = posixpath.normpath(posixpath.join(workdir, folder))
        is_there = folder.startswith("/") or (project.root / folder).is_dir()
        folders.append(absolute if is_there else workdir)
    folders += users.volumes if users else ()
    return (folder for folder in dict.fromkeys(folders) if folder != "/")


def _ports(project: Project[Details], users: UsersFile | None) -> Iterator[int]:
    """The port that is used, and the others that the Dockerfile exposes."""
    if project.port.value is not None:
        exposed = [port for port, _ in users.ports] if users else []
        yield from dict.fromkeys([project.port.value, *exposed])


def _env(project: Project[Details], users: UsersFile | None) -> Iterator[tuple[str, str]]:
    found = dict(users.env) if users else {}
    variable = facts.value(project, facts.PORT_VARIABLE)
    if variable and project.port.value is not None:
        found.setdefault(variable, str(project.port.value))
    return iter(found.items())
