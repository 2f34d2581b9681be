"""How a project's own Dockerfile starts its program, and which files it puts beside it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unladen.dockerfile.stages import Stage, StagedDockerfile, command, plain_words
from unladen.language.go.usersbuild import GoBuild, filled, workdir_of

SH = ("/bin/sh", "-c")
_WRAPPERS = frozenset({"tini", "dumb-init", "docker-init", "catatonit"})
_SYSTEM_FILES = re.compile(
    r"^/(?:etc/(?:ssl|pki|passwd|group|nsswitch|localtime)|usr/share/zoneinfo|usr/local/go/lib/time)"
)


@dataclass(frozen=True)
class Start:
    program: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    line: int = 0
    needs_shell: str = ""
    dropped: tuple[str, ...] = ()


def start(parsed: StagedDockerfile, workdir: str, build: GoBuild | None) -> Start:
    """Reads ENTRYPOINT and CMD; a `go run` becomes the built program, an init wrapper is left out."""
    entry, cmd = parsed.last("ENTRYPOINT"), parsed.last("CMD")
    entrypoint = command(entry).argv if entry else ()
    arguments = command(cmd).argv if cmd else ()
    line = next((each.line for each in (entry, cmd) if each), 0)
    entrypoint, dropped = _unwrapped(entrypoint, line)
    if (entrypoint or arguments)[:2] == ("go", "run"):
        started = _instead_of_go_run((entrypoint or arguments)[2:])
        program = posixpath.join(workdir, "main")
        return Start(
            program, started if entrypoint else (), arguments if entrypoint else started, line, "", dropped
        )
    output = build.output if build else ""
    first, needs_shell = _program_word(entrypoint or arguments, line, output)
    return Start(_located(first, workdir) or output, entrypoint, arguments, line, needs_shell, dropped)


def _unwrapped(entrypoint: tuple[str, ...], line: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    name = posixpath.basename(entrypoint[0]) if entrypoint else ""
    if name not in _WRAPPERS:
        return entrypoint, ()
    rest = entrypoint[entrypoint.index("--") + 1 :] if "--" in entrypoint else entrypoint[1:]
    return rest, (f"{name} (Dockerfile:{line}): the program gets its signals itself",)


def _instead_of_go_run(words: tuple[str, ...]) -> tuple[str, ...]:
    after = [word for word in words if not word.endswith(".go")]
    return ("./main", *(after[1:] if after and after[0].startswith((".", "/")) else after))


def _program_word(argv: tuple[str, ...], line: int, output: str) -> tuple[str, str]:
    """(the word that names the program, why a shell is needed to start it)."""
    if argv[:2] == SH:
        first = re.split(r"\s|;|&|\|", re.sub(r"^exec\s+", "", argv[2]), maxsplit=1)[0]
        plain = plain_words(first) if first else None
        return (plain[0] if plain else output), f"Dockerfile:{line} starts it through a shell: {argv[2]}"
    first = argv[0] if argv else ""
    if first.endswith(".sh") or posixpath.basename(first) in ("sh", "bash", "ash"):
        return output, f"Dockerfile:{line} starts it through the script {' '.join(argv[:2])}"
    return first, ""


def _located(word: str, workdir: str) -> str:
    if not word:
        return ""
    return posixpath.normpath(posixpath.join(workdir, word)) if "/" in word else f"/usr/local/bin/{word}"


@dataclass(frozen=True)
class Copied:
    """`tree` is where the whole project is; `context` and `built` (from the stage that builds) are
    (source, absolute destination)."""

    tree: str | None = None
    context: tuple[tuple[str, str], ...] = ()
    built: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


def copies(
    parsed: StagedDockerfile, stage: Stage | None, program: str, build: GoBuild | None, root: Path
) -> Copied:
    """What the final image is given, the program itself and the system's own files (certificates…) aside."""
    tree: str | None = None
    context: list[tuple[str, str]] = []
    built: list[tuple[str, str]] = []
    left_out: list[str] = []
    for origin, source, target, into_folder, line in _copied(parsed):
        landing = posixpath.join(target, posixpath.basename(source.rstrip("/")))
        if not origin and source in (".", "./", "*"):
            tree = target
        elif _SYSTEM_FILES.match(target) or (into_folder and _SYSTEM_FILES.match(source)):
            continue
        elif not origin:
            is_file = into_folder and not (root / source).is_dir() and "*" not in source
            context.append((source, landing if is_file else target))
        elif stage is None or origin not in (stage.name, "0"):
            left_out.append(f"COPY --from={origin} {source} (Dockerfile:{line})")
        elif program not in (landing, target) and not (build and source == build.output):
            here = root / posixpath.relpath(source, workdir_of(stage.instructions))
            is_file = into_folder and (
                here.is_file() or ("." in posixpath.basename(source) and not here.is_dir())
            )
            built.append((source, landing if is_file else target))
    if tree is not None:  # the whole project is there: go.mod and the like need no copy of their own
        context = [
            (source, to) for source, to in context if not (to + "/").startswith(tree.rstrip("/") + "/")
        ]
    return Copied(tree, tuple(context), tuple(built), tuple(left_out))


def _copied(parsed: StagedDockerfile) -> Iterator[tuple[str, str, str, bool, int]]:
    """(--from, source, absolute target, whether it is a folder, line) of each COPY of the final image."""
    here = "/"
    for each in parsed.final:
        if each.keyword == "WORKDIR":
            here = posixpath.normpath(posixpath.join(here, filled(each.text.strip("\"' "), parsed.final)))
        if each.keyword in ("COPY", "ADD") and not each.heredocs and len(each.words) >= 2:
            *sources, target = (filled(word, parsed.final) for word in each.words)
            into_folder = target.endswith("/") or target in (".", "./") or len(sources) > 1
            for source in sources:
                path = posixpath.normpath(posixpath.join(here, target))
                yield each.flags.get("from", "").lower(), source, path, into_folder, each.line
