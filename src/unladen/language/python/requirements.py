"""requirements.txt as pip reads it: names, pins, and which further files it needs.

Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from unladen.errors import BadProject

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_VCS = re.compile(r"(git|hg|svn|bzr)\+")
_EGG = re.compile(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)")


@dataclass(frozen=True)
class Wanted:
    """One distribution: canonical name, the version it is pinned to ("" where it is not), its extras."""

    name: str
    version: str = ""
    extras: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Requirements:
    """`files` are the requirements and constraints files, `local` the folders and archives of the project that
    are installed from, all relative to the root; `vcs` the version control systems that pip will call."""

    wanted: tuple[Wanted, ...] = ()
    files: tuple[Path, ...] = ()
    local: tuple[Path, ...] = ()
    vcs: tuple[str, ...] = ()

    def __add__(self, other: Requirements) -> Requirements:
        return Requirements(
            tuple(dict.fromkeys(self.wanted + other.wanted)),
            tuple(dict.fromkeys(self.files + other.files)),
            tuple(dict.fromkeys(self.local + other.local)),
            tuple(dict.fromkeys(self.vcs + other.vcs)),
        )


def read(root: Path, file: Path, seen: frozenset[Path] = frozenset()) -> Requirements:
    """What `file` (relative to `root`) asks for, the files it includes read as well.

    Raises BadProject where a file is missing or lies outside of the project.
    """
    found = Requirements(files=(file,))
    for line in _logical_lines(_text(root, file)):
        option, _, value = line.partition(" ") if not re.match(r"--\w[\w-]*=", line) else line.partition("=")
        value = value.strip().strip("\"'")
        match option:
            case "-r" | "--requirement" | "-c" | "--constraint":
                included = _inside(root, file.parent / value, file)
                if included not in seen:
                    found += _constraints(read(root, included, seen | {file}), option)
            case "-e" | "--editable":
                found += requirement(root, value, file.parent)
            case _ if not line.startswith("-"):
                found += requirement(root, line, file.parent)
    return found


def requirement(root: Path, text: str, folder: Path = Path()) -> Requirements:
    """What one requirement asks for: a name, `name @ url`, a URL, or a path (relative to the root or `folder`)."""
    text = re.split(r"\s--?\w", text, maxsplit=1)[0].split(" ;")[0].strip()
    vcs = tuple({match[1] for match in _VCS.finditer(text)})
    if vcs or "://" in text:
        name = _EGG.search(text) or re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[.*\])?\s*@", text)
        return Requirements((Wanted(canonicalize_name(name[1])),) if name else (), vcs=vcs)
    path = re.sub(r"\[[^\]]*\]$", "", text)
    if re.match(r"[./]", path) or ("/" in path or path.endswith((".whl", ".tar.gz", ".zip"))):
        return Requirements(local=(_inside(root, Path(path), folder),))
    return Requirements((parsed,)) if (parsed := wanted(text)) else Requirements()


def wanted(text: str) -> Wanted | None:
    """One name with its pin, or None where the text is no PEP 508 requirement (pip will say why)."""
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return None
    pins = [each.version for each in parsed.specifier if each.operator in ("==", "===")]
    version = pins[0] if len(pins) == 1 and not pins[0].endswith("*") else ""
    return Wanted(canonicalize_name(parsed.name), version, frozenset(parsed.extras))


def _constraints(found: Requirements, option: str) -> Requirements:
    """A constraints file is needed, yet installs nothing."""
    return Requirements(files=found.files) if option in ("-c", "--constraint") else found


def _logical_lines(text: str) -> Iterator[str]:
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.splitlines():
        bare = re.sub(r"(^|\s+)#.*$", "", line).strip()
        if bare:
            yield bare


def _text(root: Path, file: Path) -> str:
    path = root / file
    if not path.is_file():
        raise BadProject(f"cannot read {file}: there is no such file in the project")
    data = path.read_bytes()
    for bom, encoding in _BOMS:  # PowerShell's `pip freeze > requirements.txt` writes UTF-16
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, errors="replace")
    return data.decode(errors="replace")


def _inside(root: Path, path: Path, named_by: Path) -> Path:
    whole = (root / path).resolve()
    if not whole.is_relative_to(root.resolve()):
        raise BadProject(
            f"cannot use {path}, which {named_by} names: it lies outside of the project",
            hint="A container build sees the project's folder alone.",
        )
    return whole.relative_to(root.resolve())
