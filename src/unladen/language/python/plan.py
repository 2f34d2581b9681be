"""Everything a Python rung's template needs to know of a project, as values."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unladen.dockerfile import stages as dockerfiles
from unladen.dockerfile.stages import StagedDockerfile
from unladen.language.interface import Project
from unladen.language.python import dependencies, existing, native, source
from unladen.language.python.dependencies import Dependencies
from unladen.language.python.details import Details
from unladen.language.python.existing import Copy

SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True)
class Plan:
    """`*_packages` are Debian's names. `copies` land in `workdir`, `copies_elsewhere` outside of it; each is what
    follows the word COPY. `unmet` says why a base without a shell and a package manager will not do ("")."""

    version: str
    workdir: str
    dependencies: Dependencies
    manifests: tuple[str, ...]
    copies: tuple[str, ...]
    copies_elsewhere: tuple[str, ...]
    build_packages: tuple[str, ...]
    run_packages: tuple[str, ...]
    pip_arguments: tuple[str, ...]
    own_steps: tuple[str, ...]
    kept: tuple[str, ...]
    """Instructions taken over as they are (LABEL, STOPSIGNAL, VOLUME)."""
    env: tuple[tuple[str, str], ...]
    ports: tuple[int, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    notes: tuple[str, ...]
    imports_pkg_resources: bool
    """Whether the program itself imports pkg_resources, which comes with setuptools."""
    media_types: bool
    """Whether the baseline has the file of media types that `mimetypes` reads; slim bases come without."""

    @property
    def site(self) -> str:
        return f"/opt/venv/lib/python{self.version}/site-packages"

    @property
    def installer(self) -> str:
        return self.dependencies.installer

    @property
    def installs_dependencies(self) -> bool:
        """Whether anything of others is installed, as far as can be told."""
        listed = self.installer in ("none", "pip", "pyproject")
        return not listed or bool(
            self.dependencies.wanted or self.dependencies.vcs or self.dependencies.needs_source
        )

    @property
    def version_from_vcs(self) -> bool:
        return self.dependencies.version_from_vcs

    @property
    def apt_packages(self) -> tuple[str, ...]:
        """`run_packages` that a base with a package manager does not hold anyway."""
        return tuple(each for each in self.run_packages if each not in native.IN_DEBIAN)

    @property
    def has_work_folder(self) -> bool:
        """Whether the program has a folder of its own to be copied from one stage to another."""
        return self.workdir != "/"

    @property
    def shell_text(self) -> str:
        """The text that /bin/sh runs at the start, "" where no shell is called."""
        argv = self.entrypoint + self.command
        return argv[2] if argv[:2] == SHELL and len(argv) == 3 else ""

    @property
    def script(self) -> str:
        """The shell script that the program starts with, "" where it is none."""
        words = [
            word
            for word in self.entrypoint + self.command
            if word not in ("sh", "bash", "/bin/sh", "/bin/bash")
        ]
        return words[0] if words and words[0].endswith(".sh") else ""


def plan(project: Project[Details]) -> Plan:
    """Reads the project's files again: a plan is a function of what is there. Raises BadProject."""
    parsed = project.users.staged if project.users else None
    wanted = dependencies.read(project.root, parsed)
    workdir = existing.workdir(parsed) if parsed and parsed.last("WORKDIR") else "/app"
    here, elsewhere = _copies(parsed, workdir)
    entrypoint = project.details.entrypoint
    command = project.start.value[len(entrypoint) :]
    vcs_tools = ("git",) if "git" in wanted.vcs or wanted.version_from_vcs else wanted.vcs
    return Plan(
        version=project.version.value,
        workdir=workdir,
        dependencies=wanted,
        manifests=tuple(_manifest_copies(project.root, wanted.manifests)),
        copies=here,
        copies_elsewhere=elsewhere,
        build_packages=tuple(sorted({*filter(native.build_only, project.native.value), *vcs_tools})),
        run_packages=tuple(each for each in project.native.value if not native.build_only(each)),
        pip_arguments=tuple(shlex.join(each) for each in wanted.arguments),
        own_steps=existing.own_steps(parsed) if parsed else (),
        kept=tuple(
            f"{each.keyword} {each.text}"
            for each in (parsed.final if parsed else ())
            if each.keyword in ("LABEL", "STOPSIGNAL", "VOLUME")
        ),
        env=_env(project, parsed, entrypoint + command),
        ports=_ports(project, parsed),
        entrypoint=entrypoint,
        command=command,
        notes=existing.not_taken_over(parsed) if parsed else (),
        imports_pkg_resources=any(
            name.split(".")[0] == "pkg_resources"
            for module in source.modules(project.root)
            for name in module.imports.values()
        ),
        media_types=parsed is None or not re.search(r"slim|alpine|distroless|scratch", parsed.final_base),
    )


def exec_command(text: str) -> tuple[str, ...]:
    """Runs a shell text so that its last command replaces the shell and gets its signals, where the text is plain
    enough to tell which one that is."""
    first, joined, last = text.rpartition("&&")
    last = last.strip()
    plain = not re.search(r"[;&|\n(){}]", re.sub(r"\$\{[^}]*\}", "", last)) and not re.match(
        r"\w+=|exec\b", last
    )
    if not plain or re.search(r"[;|\n]", first):
        return (*SHELL, text)
    return (*SHELL, f"{first.strip()} && exec {last}" if joined else f"exec {last}")


WITHOUT_SHELL = (
    "import os, re, sys; "
    r"v = lambda m: os.environ.get(m[1] or m[3]) or m[2] or ''; "
    r"a = [re.sub(r'\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)', v, w) for w in sys.argv[1:]]; "
    "os.execvp(a[0], a)"
)
"""Fills $NAME, ${NAME} and ${NAME:-default} in, then becomes the program: for bases without a shell."""


def without_shell(text: str) -> tuple[str, ...] | None:
    """The argv that does what a shell text does where there is no shell; None where it needs a real one."""
    text = re.sub(r"^exec\s+", "", text)
    without_variables = re.sub(r"\$\{\w+(:?-[^}$`]*)?\}|\$\w+", "X", text)
    if dockerfiles.plain_words(without_variables) is None:
        return None
    return ("python", "-c", WITHOUT_SHELL, *shlex.split(text))


def _manifest_copies(root: Path, manifests: Sequence[Path]) -> Iterable[str]:
    """One COPY per folder, so that files and folders stay where they are in the project."""
    folders: dict[str, list[str]] = {}
    for path in manifests:
        if (root / path).is_dir():
            yield _copy((f"{path.as_posix()}/",), f"./{path.as_posix()}/")
        else:
            folders.setdefault(path.parent.as_posix(), []).append(path.as_posix())
    for folder, files in folders.items():
        yield _copy(tuple(files), "./" if folder == "." else f"./{folder}/")


def _copies(parsed: StagedDockerfile | None, workdir: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is copied into the working directory (everything, if the Dockerfile does not say), and elsewhere."""
    found = existing.copies(parsed) if parsed else ()
    here = [each for each in found if _inside(each.target, workdir)]
    elsewhere = [each for each in found if not _inside(each.target, workdir)]
    if not found:
        here = [Copy((".",), "./")]
    return tuple(_copy(each.sources, each.target) for each in here), tuple(
        _copy(each.sources, each.target) for each in elsewhere
    )


def _inside(target: str, workdir: str) -> bool:
    return not target.startswith("/") or PurePosixPath(target).is_relative_to(workdir)


def _copy(sources: Sequence[str], target: str) -> str:
    words = [*sources, target]
    if any(re.search(r"\s", word) for word in words):
        return json.dumps(words, ensure_ascii=False)
    return " ".join(words)


def _env(
    project: Project[Details], parsed: StagedDockerfile | None, argv: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """The Dockerfile's variables, and PORT where the start command asks for it and nothing sets it."""
    env = existing.carried_env(parsed) if parsed else ()
    asks = any(re.search(r"\$PORT\b|\$\{PORT\}", word) for word in argv)
    if asks and not any(name == "PORT" for name, _ in env) and project.port.value is not None:
        return (*env, ("PORT", str(project.port.value)))
    return env


def _ports(project: Project[Details], parsed: StagedDockerfile | None) -> tuple[int, ...]:
    exposed = tuple(number for number, _ in existing.ports(parsed)) if parsed else ()
    own = (project.port.value,) if project.port.value is not None else ()
    return tuple(dict.fromkeys(own + exposed))
