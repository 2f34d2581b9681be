"""A Dockerfile that starts its program by `go run`: edited, it builds the program, and starts that."""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from unladen.dockerfile.edit import Change, insert, replace
from unladen.dockerfile.users import UsersDockerfile
from unladen.image.scene import Scene

WHY = "the program is built, and not run from its source"
_GO_RUN = ("go", "run")


@dataclass(frozen=True)
class Built:
    """The edits that build the program at `path`, and the command that starts it then."""

    path: str
    edits: tuple[Change, ...]
    command: tuple[str, ...]
    intends: Mapping[str, str]


def runs_source(users: UsersDockerfile) -> bool:
    starts = (users.final.entrypoint, users.final.cmd)
    return any(each is not None and each.argv[:2] == _GO_RUN for each in starts)


def built(users: UsersDockerfile, full: Scene) -> Built | str:
    """`full` is the baseline's image. Text is why its program cannot be built before."""
    final = users.final
    keyword, start = ("ENTRYPOINT", final.entrypoint) if final.entrypoint else ("CMD", final.cmd)
    written = next(
        (each for each in users.staged.target.instructions if start and each.line == start.line), None
    )
    if start is None or written is None or start.argv[:2] != _GO_RUN:
        return "what `go run` starts is said by another stage or handed to another program"
    package, arguments = taken_apart(start.argv[2:])
    name = posixpath.basename(posixpath.normpath(package[-1])).removesuffix(".go") if package else ""
    name = name if name.strip(".") else "program"
    path = posixpath.join(final.scope.workdir, name)
    path = path if path not in full.tree else f"{path}-built"
    if not package or path in full.tree:
        return f"the package of `{shlex.join(start.argv)}` is not understood"
    flags = "" if any("ldflags" in word for word in package) else ' -ldflags="-s -w"'
    line = f"RUN CGO_ENABLED=0 go build{flags} -o {shlex.quote(path)} {shlex.join(package)}"
    argv = (path, *arguments)
    command = (*argv, *(final.cmd.argv if keyword == "ENTRYPOINT" and final.cmd else ()))
    return Built(
        path,
        (
            Change(insert(written.start, f"{line}\n"), "the program is built once, and not at every start"),
            Change(replace(written, f"{keyword} {json.dumps(list(argv), ensure_ascii=False)}"), WHY),
        ),
        command,
        {"CMD": WHY, "arguments": WHY},
    )


def taken_apart(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What `go run` hands to the build (flags, and a package or files), and what to the program. `go help run`"""
    at = next((n for n, word in enumerate(words) if not word.startswith("-")), len(words))
    end = at
    while end < len(words) and words[end].endswith(".go"):
        end += 1
    end = max(end, at + 1)
    return (words[:end], words[end:]) if at < len(words) else ((), ())
