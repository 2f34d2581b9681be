"""What a rung lacks, as packages: the baseline's image says which of Debian's has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from unladen.dockerfile import edit
from unladen.dockerfile.edit import Change
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.system_packages import LISTS
from unladen.image.shebang import read_shebang
from unladen.language.alpine import alpine_name
from unladen.proof.has.interface import Pair, Side
from unladen.proof.has.needs import TYPES, ZONES
from unladen.proof.interface import Loss

_CERTIFICATES = "ca-certificates"
_LINE = 100
"""Characters of a line of package names."""


def packages_for(losses: Iterable[Loss], pair: Pair) -> tuple[str, ...]:
    """The packages that the baseline has and that give the rung what it lacks, sorted; on Alpine by its names, as far
    as they are known. What they set up may be lost, too, and nobody's own. Empty where the rung can install none."""
    lost = [each for each in losses if not each.intended]
    found = {name for loss in lost for name in _packages(loss, pair)}
    if pair.rung.scene.program("apt-get"):
        return tuple(sorted(found - {each.name for each in pair.rung.scene.packages if each.kind == "deb"}))
    if pair.rung.scene.program("apk"):
        return tuple(sorted({alpine_name(name) for name in found} - {""}))
    return ()


def with_packages(
    users: UsersDockerfile, names: tuple[str, ...], why: str, *, on_alpine: bool = False
) -> Change:
    """The RUN that installs them, behind the FROM of the image; `why` is the comment above it, and the reason."""
    below = users.staged.chain()[0].start
    escape = users.staged.source.escape
    if on_alpine:
        text = f"# {why}\nRUN apk add --no-cache {' '.join(names)}"
        return Change(edit.after(users.staged.source, below, text), f"{why}: {', '.join(names)}")
    silent = "DEBIAN_FRONTEND=noninteractive " if "tzdata" in names else ""
    lines = "".join(f" {escape}\n        {' '.join(line)}" for line in _folded(names))
    text = (
        f"# {why}\n"
        f"RUN apt-get update {escape}\n"
        f"    && {silent}apt-get install -y --no-install-recommends{lines} {escape}\n"
        f"    && {LISTS}"
    )
    return Change(edit.after(users.staged.source, below, text), f"{why}: {', '.join(names)}")


def _folded(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    line: tuple[str, ...] = ()
    for name in names:
        if line and len(" ".join((*line, name))) > _LINE:
            yield line
            line = ()
        line = (*line, name)
    yield line


def _packages(loss: Loss, pair: Pair) -> Iterator[str]:
    """The packages of the baseline that have what was lost."""
    if loss.kind == "need":
        what, _, name = loss.subject.rpartition(" ")
        places = _NEEDS[what or name](pair.baseline, name) if (what or name) in _NEEDS else ()
    elif loss.kind == "program":
        places = _of_program(loss.subject, pair)
    elif loss.kind in ("file", "link", "contents"):
        places = _below(pair.baseline, loss.subject.rstrip("/"))
    else:
        return
    for path in places:
        if owner := _CERTIFICATES if path.startswith("/etc/ssl/certs") else _owner(pair.baseline, path):
            yield owner


def _owner(side: Side, path: str) -> str:
    """Debian's package of a path, links followed; "" where it is another's, or nobody's."""
    way = side.scene.tree.resolve(path) or ()
    owners = (side.scene.packages.of(each) for each in (path, *reversed(way)))
    return next((each.name for each in owners if each and each.kind == "deb"), "")


def _of_program(subject: str, pair: Pair) -> Iterator[str]:
    """A program or library of the rung that does not find what it loads, an interpreter among them; or one that is not
    there itself."""
    there = pair.rung.scene.program(subject) if not subject.startswith("/") else subject
    real = pair.rung.scene.real(there) if there else ""
    if not real:
        yield pair.baseline.scene.program(subject)
        return
    for name in pair.rung.elves.unresolved(real):
        yield from _library(pair.baseline, name)
    if (line := read_shebang(pair.rung.scene.tree, real)) is not None:
        yield pair.baseline.scene.program(line.wanted)


def _program(side: Side, name: str) -> Iterator[str]:
    yield side.scene.program(name)


def _library(side: Side, name: str) -> Iterator[str]:
    """Where the baseline has it: by its path, its file's name, or the name that find_library takes."""
    if "/" in name:
        yield name
        return
    for path in side.scene.tree:
        file = path.rpartition("/")[2]
        if file == name or file.startswith(f"lib{name}.so."):
            yield path
            return


def _below(side: Side, path: str) -> Iterable[str]:
    """The path, or what a folder holds."""
    return side.scene.below(path) if side.scene.is_dir(path) else (path,)


_NEEDS: Mapping[str, Callable[[Side, str], Iterable[str]]] = {
    "program": _program,
    "library": _library,
    "zone": lambda side, name: (f"{folder}/{name}" for folder in ZONES),
    "certificates": lambda side, name: ("/etc/ssl/certs/ca-certificates.crt",),
    "file type": lambda side, name: (path for path in TYPES if side.scene.real(path)),
    "services": lambda side, name: ("/etc/services",),
}
