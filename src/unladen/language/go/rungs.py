"""The Go ladder: full, alpine, multi-stage, multi-stage on Alpine, distroless, scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from unladen.language.go import facts, images
from unladen.language.go.binary import read_binary
from unladen.language.go.facts import Details
from unladen.language.go.needs import EVERYTHING, Needs, needs_of
from unladen.language.go.recipe import Recipe, go_build, recipe, run_go
from unladen.language.interface import Baseline, Dialect, Impossible, Lost, Project, Proposal, ReadFile
from unladen.language.render import CA_MOUNT, render

NO_TOOLCHAIN = (Lost.TOOLCHAIN, Lost.SOURCE, Lost.GIT, Lost.ROOT)
NO_SHELL = (*NO_TOOLCHAIN, Lost.SHELL, Lost.PACKAGE_MANAGER)

_LOOKED_UP = ("localtime", "services", "mime.types")
"""Files of /etc that Go's packages time, net and mime read where they are."""
HOME = "/home/nonroot"
SHOWN = 3
"""Places that a note names."""
ZONE_FILE = "/usr/share/zoneinfo.zip"


def naive(project: Project[Details]) -> Baseline:
    """The guide's first Dockerfile; stamped as the rungs are, so that both answer alike."""
    made = recipe(project)
    stamp = f' -ldflags "-X {facts.value(project, facts.STAMP)}={facts.value(project, facts.VERSION)}"'
    tagged = facts.VERSION in project.details.facts and project.details.facts[
        facts.VERSION
    ].source.startswith("git")
    output = made.program.removeprefix(made.workdir.rstrip("/") + "/")
    text = render(
        "go",
        "full.Dockerfile.j2",
        builder=made.image.debian,
        packages=made.packages[facts.DEBIAN],
        workdir=made.workdir,
        command=f"go build{stamp if tagged else ''} -o {output} {made.package}",
        **_how_it_starts(made, nonroot=False),
    )
    why = "one stage on the full golang image: toolchain, source and module cache stay in the image"
    return Baseline("full", why, text, (made.image.debian,))


def rungs(project: Project[Details], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
    """The ladder above the baseline, in climbing order."""
    made = recipe(project)
    builders: tuple[Callable[[Recipe, Dialect], Proposal | Impossible], ...] = (
        _alpine,
        _multi_stage,
        _multi_stage_alpine,
        _distroless,
    )
    ladder = [build(made, dialect) for build in builders]
    ladder.append(_scratch(made, dialect, EVERYTHING))
    notes = tuple(_notes(project, made))
    return tuple(_noted(rung, notes) for rung in ladder)


def _noted(rung: Proposal | Impossible, notes: tuple[str, ...]) -> Proposal | Impossible:
    return replace(rung, notes=(*rung.notes, *notes)) if isinstance(rung, Proposal) else rung


def refine(
    rung: Proposal, project: Project[Details], dialect: Dialect, read: ReadFile
) -> Proposal | Impossible:
    """Scratch and distroless, once the binary of the multi-stage image can be read."""
    made = recipe(project)
    content = read(made.program)
    binary = read_binary(content) if content else None
    env = {**{name: value.strip("\"'") for name, value in made.env}, **project.env}
    needs = needs_of(binary, env)
    build = {"scratch": _scratch, "distroless": _distroless}.get(rung.name)
    if build is None:
        return rung
    return _noted(build(made, dialect, needs), tuple(_notes(project, made)))


# The rungs


def _alpine(made: Recipe, dialect: Dialect) -> Proposal | Impossible:
    why = "the guide's second step: the same single stage on Alpine, with git for the module download"
    if reason := _no_alpine(made):
        return Impossible("alpine", why, reason)
    text = render(
        "go",
        "alpine.Dockerfile.j2",
        alpine_builder=made.image.alpine,
        run_apk=_run_apk(dialect),
        apk=_apk(made),
        alpine_command=go_build(made, made.program, musl=True),
        copies_elsewhere=made.copies_elsewhere,
        workdir=made.workdir,
        **_modules(made, dialect),
        **_how_it_starts(made, nonroot=False),
    )
    return Proposal("alpine", why, text, (made.image.alpine,), takes_away=(Lost.APT, Lost.BASH))


def _multi_stage(made: Recipe, dialect: Dialect) -> Proposal | Impossible:
    dynamic = made.linking == facts.DYNAMIC_C
    builder = made.image.runtime_suite if dynamic else made.image.debian
    text = render(
        "go",
        "multi-stage.Dockerfile.j2",
        runtime=images.DEBIAN_RUNTIME,
        runtime_packages=made.packages[facts.DEBIAN_RUN],
        user=False,
        system_files=("services", "mime.types"),
        **_built(made, dialect, builder),
        **_beside(made),
    )
    why = "built in one stage, the binary alone copied to a clean Debian"
    bases = (builder, images.DEBIAN_RUNTIME)
    return Proposal("multi-stage", why, text, bases, takes_away=NO_TOOLCHAIN)


def _multi_stage_alpine(made: Recipe, dialect: Dialect) -> Proposal | Impossible:
    why = "the guide's third step: the binary alone on Alpine, with certificates and time zones"
    if reason := _no_alpine(made):
        return Impossible("multi-stage-alpine", why, reason)
    builder = made.image.alpine
    text = render(
        "go",
        "multi-stage-alpine.Dockerfile.j2",
        runtime=images.ALPINE_RUNTIME,
        runtime_apk=made.packages[facts.APK_RUN],
        **_built(made, dialect, builder, musl=True),
        **_beside(made),
    )
    bases = (builder, images.ALPINE_RUNTIME)
    return Proposal(
        "multi-stage-alpine", why, text, bases, takes_away=(*NO_TOOLCHAIN, Lost.APT, Lost.BASH, Lost.GLIBC)
    )


def _distroless(made: Recipe, dialect: Dialect, needs: Needs = EVERYTHING) -> Proposal | Impossible:
    why = "no shell and no package manager; certificates, time zones and users come with the base"
    if reason := _needs_a_system(made):
        return Impossible("distroless", why, reason)
    dynamic = made.linking == facts.DYNAMIC_C
    builder = made.image.runtime_suite if dynamic else made.image.debian
    runtime = images.GLIBC_RUNTIME if dynamic else images.STATIC_RUNTIME
    text = render(
        "go",
        "distroless.Dockerfile.j2",
        runtime=runtime,
        user=False,
        system_files=("mime.types",) if needs.mime else (),
        **_built(made, dialect, builder),
        **_beside(made),
    )
    return Proposal("distroless", why, text, (builder, runtime), takes_away=NO_SHELL, after="multi-stage")


def _scratch(made: Recipe, dialect: Dialect, needs: Needs) -> Proposal | Impossible:
    why = "the binary and the few files it reads, nothing else"
    if reason := _needs_a_system(made) or _needs_a_c_library(made):
        return Impossible("scratch", why, reason)
    builder = made.image.debian
    wanted = {"services": needs.services, "mime.types": needs.mime}
    beside = _beside(made)
    text = render(
        "go",
        "scratch.Dockerfile.j2",
        needs=needs,
        user=True,
        home=HOME if needs.home else "/",
        system_files=tuple(name for name in _LOOKED_UP if wanted.get(name, True)),
        zone_file=ZONE_FILE if needs.zones else "",
        **_built(made, dialect, builder),
        **{**beside, "writable": (*((HOME,) if needs.home else ()), *made.writable)},
    )
    return Proposal(
        "scratch", why, text, (builder,), takes_away=NO_SHELL, after="multi-stage", notes=needs.notes
    )


# Why a rung cannot be


def _no_alpine(made: Recipe) -> str:
    if made.has_c and made.packages[facts.DEBIAN] and not made.packages[facts.APK]:
        return f"not on Alpine: its names for {', '.join(made.packages[facts.DEBIAN])} are not known"
    if made.packages[facts.DEBIAN_RUN] and not made.packages[facts.APK_RUN]:
        return f"not on Alpine: its names for {', '.join(made.packages[facts.DEBIAN_RUN])} are not known"
    return ""


def _needs_a_system(made: Recipe) -> str:
    """Why the program cannot do without a shell or a package manager's packages."""
    users = made.users
    if users and users.needs_shell:
        return f"it needs a shell: {users.needs_shell}"
    if packages := made.packages[facts.DEBIAN_RUN]:
        return f"it needs {', '.join(packages)} at run time"
    if users and users.runtime_apk:
        return f"the Dockerfile installs {', '.join(users.runtime_apk)} for run time"
    return ""


def _needs_a_c_library(made: Recipe) -> str:
    if made.linking == facts.DYNAMIC_C:
        return "its C parts need shared libraries: they cannot be linked into a static binary"
    return ""


# What templates see


def _modules(made: Recipe, dialect: Dialect) -> dict[str, object]:
    return {
        "build_env": made.build_env,
        "source": made.source,
        "fetches": made.fetches,
        "manifests": made.manifests,
        "mounts_ca": dialect.mounts and dialect.ca,
        "run_go": run_go(made, dialect),
        "stamped": made.stamped,
        "args": made.args,
    }


def _built(made: Recipe, dialect: Dialect, builder: str, *, musl: bool = False) -> dict[str, object]:
    """The stage that builds. Pure Go is compiled on the builder's own machine for the target's; C is not."""
    cross = dialect.mounts and not made.has_c
    return {
        **_modules(made, dialect),
        "builder": f"--platform=$BUILDPLATFORM {builder}" if cross else builder,
        "packages": () if musl else made.packages[facts.DEBIAN],
        "apk_needed": (*_apk(made), "tzdata") if musl else (),
        "run_apk": _run_apk(dialect),
        "cross": cross,
        "command": go_build(made, made.output, cross=cross, musl=musl),
    }


def _beside(made: Recipe) -> dict[str, object]:
    """The stage that runs."""
    return {
        "writable": made.writable,
        "copies": (*(f"--from=build {words}" for words in _from_build(made)), *made.copies),
        "output": made.output,
        "program": made.program,
        "workdir": made.workdir,
        **_how_it_starts(made, nonroot=True),
    }


def _from_build(made: Recipe) -> Iterator[str]:
    return (f"{source} {target}" for source, target in (made.users.built_copies if made.users else ()))


def _how_it_starts(made: Recipe, *, nonroot: bool) -> dict[str, object]:
    return {
        "env": made.env,
        "keep": made.keep,
        "nonroot": nonroot,
        "ports": made.ports,
        "entrypoint": made.entrypoint,
        "cmd": made.cmd,
    }


def _run_apk(dialect: Dialect) -> str:
    return f"RUN {CA_MOUNT} \\\n    " if dialect.mounts and dialect.ca else "RUN "


def _apk(made: Recipe) -> tuple[str, ...]:
    compiler = ("gcc", "musl-dev") if made.has_c else ()
    return tuple(dict.fromkeys(("git", *compiler, *made.packages[facts.APK])))


def _notes(project: Project[Details], made: Recipe) -> Iterator[str]:
    """What the user should know whatever the rung."""
    if read := facts.values(project, facts.READS):
        yield f"copied because the program reads them at run time: {', '.join(read)}"
    if left_out := facts.values(project, facts.LEFT_OUT):
        yield f"read at run time but kept out of the image (give settings as variables): {', '.join(left_out)}"
    if unclear := facts.values(project, facts.UNCLEAR):
        more = f" and {len(unclear) - SHOWN} more" if len(unclear) > SHOWN else ""
        yield f"opens paths that only a run would tell: {', '.join(unclear[:SHOWN])}{more}"
    if writes := facts.values(project, facts.WRITES):
        yield f"what the program writes to belongs to the user it runs as: {', '.join(writes)}"
    if made.linking == facts.STATIC_C:
        yield "C parts are linked statically; Go's own user and host look-ups take the place of glibc's"
    if local := facts.value(project, facts.LOCAL_ONLY):
        yield f"it listens on the loopback interface alone ({local}): nothing outside of the container reaches it"
    if project.port.value is not None and project.port.value < 1024:
        yield f"port {project.port.value} without root: Docker allows it, Kubernetes wants a sysctl for it"
    if made.stamped and project.dockerfile:
        yield f"the version stays {facts.value(project, facts.VERSION)}: --build-arg VERSION=… stamps another"
    if not made.trimpath:
        yield f"source paths are kept in the binary: {project.details.facts[facts.SOURCE_PATHS].source}"
    if made.users and made.users.left_out:
        yield f"not taken over from the Dockerfile: {'; '.join(made.users.left_out)}"
