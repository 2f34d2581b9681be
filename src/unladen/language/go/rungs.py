"""The Go ladder: full, alpine, multi-stage, multi-stage on Alpine, distroless, scratch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unladen.image.settings import DEFAULT_PATH
from unladen.language.go import images
from unladen.language.go.binary import read_binary
from unladen.language.go.details import Details, Linking
from unladen.language.go.intends import intended, left_out
from unladen.language.go.needs import EVERYTHING, Needs, needs_of
from unladen.language.go.values import env, go_build, has_c, shared, writable
from unladen.language.interface import Baseline, Dialect, Impossible, Lost, Project, Proposal, ReadFile
from unladen.language.render import render

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
    program, workdir = project.details.program, project.details.place.workdir.value
    builder, version, flags = program.image.debian, program.version, ""
    if version and version.value.source.startswith("git"):
        flags = f' -ldflags "-X {version.variable.value}={version.value.value}"'
    output = program.binary.value.removeprefix(workdir.rstrip("/") + "/")
    command = f"go build{flags} -o {output} {program.main.value}"
    text = _text("full", project, Dialect(), builder=builder, command=command, nonroot=False)
    why = "one stage on the full golang image: toolchain, source and module cache stay in the image"
    return Baseline("full", why, text, (builder,))


def rungs(project: Project[Details], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
    """The ladder above the baseline, in climbing order."""
    return tuple(_rung(name, project, dialect, EVERYTHING) for name in _LADDER)


def refine(
    rung: Proposal, project: Project[Details], dialect: Dialect, read: ReadFile
) -> Proposal | Impossible:
    """Scratch and distroless, once the binary of the multi-stage image can be read."""
    if rung.after is None:
        return rung
    content = read(project.details.program.binary.value)
    variables = {**{name: value.strip("\"'") for name, value in env(project).items()}, **project.env}
    return _rung(rung.name, project, dialect, needs_of(read_binary(content) if content else None, variables))


def _rung(name: str, project: Project[Details], dialect: Dialect, needs: Needs) -> Proposal | Impossible:
    """Each links the program anew, where the baseline has it."""
    made, binary = _LADDER[name](project, dialect, needs), project.details.program.binary.value
    if isinstance(made, Impossible):
        return made
    intends = {**made.intends, **left_out(needs, is_bare=name == "scratch")}
    return replace(made, rebuilt={binary: binary}, intends=intends)


# The rungs


def _alpine(project: Project[Details], dialect: Dialect, needs: Needs) -> Proposal | Impossible:
    why = "the guide's second step: the same single stage on Alpine"
    details = project.details
    if reason := _no_alpine(details):
        return Impossible("alpine", why, reason)
    base = details.program.image.alpine
    command = go_build(details, details.program.binary.value, musl=True)
    text = _text("alpine", project, dialect, builder=base, command=command, nonroot=False)
    lost = (Lost.APT, Lost.BASH)
    intends = intended(project, dialect, nonroot=False)
    return Proposal("alpine", why, text, (base,), takes_away=lost, notes=_notes(project), intends=intends)


def _multi_stage(project: Project[Details], dialect: Dialect, needs: Needs) -> Proposal | Impossible:
    builder = _builder(project.details)
    text = _text(
        "multi-stage",
        project,
        dialect,
        runtime=images.DEBIAN_RUNTIME,
        runtime_packages=project.details.c.debian_run,
        user=False,
        env_home=_home(project),
        system_files=("services", "mime.types"),
        **_built(project.details, dialect, builder),
    )
    why = "built in one stage, the binary alone copied to a clean Debian"
    bases = (builder, images.DEBIAN_RUNTIME)
    notes, intends = _notes(project), intended(project, dialect, home=_home(project))
    return Proposal("multi-stage", why, text, bases, takes_away=NO_TOOLCHAIN, notes=notes, intends=intends)


def _multi_stage_alpine(project: Project[Details], dialect: Dialect, needs: Needs) -> Proposal | Impossible:
    why = "the guide's third step: the binary alone on Alpine, with certificates and time zones"
    details, builder = project.details, project.details.program.image.alpine
    if reason := _no_alpine(details):
        return Impossible("multi-stage-alpine", why, reason)
    text = _text(
        "multi-stage-alpine",
        project,
        dialect,
        runtime=images.ALPINE_RUNTIME,
        env_home=_home(project),
        runtime_apk=details.c.apk_run,
        **_built(details, dialect, builder, musl=True),
    )
    bases = (builder, images.ALPINE_RUNTIME)
    lost = (*NO_TOOLCHAIN, Lost.APT, Lost.BASH, Lost.GLIBC)
    notes, intends = _notes(project), intended(project, dialect, home=_home(project))
    return Proposal("multi-stage-alpine", why, text, bases, takes_away=lost, notes=notes, intends=intends)


def _distroless(project: Project[Details], dialect: Dialect, needs: Needs) -> Proposal | Impossible:
    why = "no shell and no package manager; certificates, time zones and users come with the base"
    details, builder = project.details, _builder(project.details)
    if reason := _needs_a_system(details):
        return Impossible("distroless", why, reason)
    dynamic = details.c.linking.value is Linking.DYNAMIC_C
    runtime = images.GLIBC_RUNTIME if dynamic else images.STATIC_RUNTIME
    home = _home(project) if needs.home else ""
    text = _text(
        "distroless",
        project,
        dialect,
        runtime=runtime,
        user=False,
        env_home=home,
        system_files=("mime.types",) if needs.mime else (),
        **_built(details, dialect, builder),
    )
    return Proposal(
        "distroless",
        why,
        text,
        (builder, runtime),
        takes_away=NO_SHELL,
        after="multi-stage",
        notes=_notes(project),
        intends=intended(project, dialect, base=runtime, home=home),
    )


def _scratch(project: Project[Details], dialect: Dialect, needs: Needs) -> Proposal | Impossible:
    why = "the binary and the few files it reads, nothing else"
    details, builder = project.details, project.details.program.image.debian
    if reason := _needs_a_system(details):
        return Impossible("scratch", why, reason)
    if details.c.linking.value is Linking.DYNAMIC_C:
        reason = "its C parts need shared libraries: they cannot be linked into a static binary"
        return Impossible("scratch", why, reason)
    wanted = {"services": needs.services, "mime.types": needs.mime}
    text = _text(
        "scratch",
        project,
        dialect,
        needs=needs,
        user=True,
        home=HOME if needs.home else "/",
        system_files=tuple(name for name in _LOOKED_UP if wanted.get(name, True)),
        path=":".join(DEFAULT_PATH),
        zone_file=ZONE_FILE if needs.zones else "",
        writable=(*((HOME,) if needs.home else ()), *writable(details)),
        **_built(details, dialect, builder),
    )
    return Proposal(
        "scratch",
        why,
        text,
        (builder,),
        takes_away=NO_SHELL,
        after="multi-stage",
        notes=(*needs.notes, *_notes(project)),
        intends=intended(project, dialect, zone_file=ZONE_FILE if needs.zones else ""),
    )


_LADDER = {
    "alpine": _alpine,
    "multi-stage": _multi_stage,
    "multi-stage-alpine": _multi_stage_alpine,
    "distroless": _distroless,
    "scratch": _scratch,
}


def _text(rung: str, project: Project[Details], dialect: Dialect, **own: object) -> str:
    return render("go", f"{rung}.Dockerfile.j2", **{**shared(project, dialect), **own})


def _builder(details: Details) -> str:
    """A program that needs shared libraries is built on the Debian that it runs on."""
    dynamic = details.c.linking.value is Linking.DYNAMIC_C
    return details.program.image.runtime_suite if dynamic else details.program.image.debian


def _built(details: Details, dialect: Dialect, builder: str, *, musl: bool = False) -> dict[str, object]:
    """The stage that builds. Pure Go is compiled on the builder's own machine for the target's; C is not."""
    cross = dialect.mounts and not has_c(details)
    output = "/out/" + details.program.binary.value.rpartition("/")[2]
    return {
        "builder": f"--platform=$BUILDPLATFORM {builder}" if cross else builder,
        "musl": musl,
        "cross": cross,
        "command": go_build(details, output, cross=cross, musl=musl),
    }


# Why a rung cannot be


def _no_alpine(details: Details) -> str:
    c = details.c
    unknown = c.debian if has_c(details) and not c.apk else ()
    unknown = unknown or (c.debian_run if not c.apk_run else ())
    return f"not on Alpine: its names for {', '.join(unknown)} are not known" if unknown else ""


def _needs_a_system(details: Details) -> str:
    """Why the program cannot do without a shell or a package manager's packages."""
    users = details.users
    if users and users.start.needs_shell:
        return f"it needs a shell: {users.start.needs_shell}"
    if packages := details.c.debian_run:
        return f"it needs {', '.join(packages)} at run time"
    if users and (apk := users.runtime_packages("apk")):
        return f"the Dockerfile installs {', '.join(apk)} for run time"
    return ""


def _home(project: Project[Details]) -> str:
    """What HOME is where the base's user has no home folder; "" where the user's Dockerfile says it."""
    return "" if "HOME" in env(project) else "/tmp"


def _notes(project: Project[Details]) -> tuple[str, ...]:
    """What the user should know whatever the rung."""
    return tuple(_all_notes(project, project.details))


def _all_notes(project: Project[Details], details: Details) -> Iterator[str]:
    files, program = details.files, details.program
    if files.reads:
        yield f"copied because the program reads them at run time: {', '.join(dict(files.reads))}"
    if files.left_out:
        read = ", ".join(files.left_out)
        yield f"read at run time but kept out of the image (give settings as variables): {read}"
    if files.unclear:
        more = f" and {len(files.unclear) - SHOWN} more" if len(files.unclear) > SHOWN else ""
        yield f"opens paths that only a run would tell: {', '.join(files.unclear[:SHOWN])}{more}"
    if files.writes:
        yield f"what the program writes to belongs to the user it runs as: {', '.join(dict(files.writes))}"
    if details.c.linking.value is Linking.STATIC_C:
        yield "C parts are linked statically; Go's own user and host look-ups take the place of glibc's"
    if local := details.local_only:
        yield f"it listens on the loopback interface alone ({local}): nothing outside of the container reaches it"
    if project.port.value is not None and project.port.value < 1024:
        yield f"port {project.port.value} without root: Docker allows it, Kubernetes wants a sysctl for it"
    if program.version and project.dockerfile:
        yield f"the version stays {program.version.value.value}: --build-arg VERSION=… stamps another"
    if program.source_paths:
        yield f"source paths are kept in the binary: {program.source_paths.source}"
    if details.users and details.users.left_out:
        yield f"not taken over from the Dockerfile: {'; '.join(details.users.left_out)}"
