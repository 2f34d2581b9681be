"""How much of a package is kept once something of it was used."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unladen.image.owners.interface import Package
from unladen.keep.hygiene import dirt

_START_UP_NOISE = re.compile(
    r".*/(?:site|dist)-packages/"
    r"(?:[^/]+\.(?:dist|egg)-info(?:/.*)?|_distutils_hack/.*|distutils-precedence\.pth)"
)
"""Python reads these of every distribution at every start: that says nothing of what the program uses."""

_INFO = re.compile(r".*/(?:site|dist)-packages/[^/]+\.(?:dist|egg)-info")
_PTH = re.compile(r".*/(?:site|dist)-packages/[^/]+\.pth")
_PYTHON = re.compile(r"(?:lib)?(python3\.\d+)(?:-minimal|-stdlib)?")
_LIBRARY_OF_PYTHON = re.compile(r"(?:lib)?python(3\.\d+)-(?:minimal|stdlib)")
_NAMES_OF_RUNTIMES = re.compile(
    r"(?:lib)?python3(?:\.\d+)?(?:-(?:minimal|stdlib|distutils|lib2to3))?|nodejs|libnode\d+|openjdk-\d+-.*|default-jre.*"
)


def is_noise(path: str) -> bool:
    """Whether a touch of this path is made for every distribution, used or not. It is kept only with its package."""
    return _START_UP_NOISE.fullmatch(path) is not None


def info_folder(path: str) -> str:
    """The dist-info or egg-info that a path is, or is in; "" where it is in none."""
    match = _INFO.match(path)
    return match[0] if match else ""


def counts_as_use(path: str) -> bool:
    """Whether opening this file is using the package that it belongs to."""
    return not is_noise(path) and _PTH.fullmatch(path) is None


def is_runtime(package: Package) -> bool:
    """Whether a package is (part of) the language's runtime."""
    if package.kind == "runtime":
        return True
    return package.kind == "deb" and _NAMES_OF_RUNTIMES.fullmatch(package.name) is not None


def unit(package: Package) -> str:
    """What is said to be kept whole: Debian splits Python's library over packages that make sense together only."""
    if package.kind in ("deb", "runtime") and (match := _PYTHON.fullmatch(package.name)):
        return f"the runtime {match[1]}"
    return str(package)


def together(package: Package, packages: Iterable[Package]) -> Iterable[Package]:
    """The packages that are kept whole with this one: the parts of Python's library, whichever of them was used."""
    match = _LIBRARY_OF_PYTHON.fullmatch(package.name) if package.kind == "deb" else None
    if match is None:
        return (package,)
    return [
        each
        for each in packages
        if each.kind == "deb"
        and (other := _LIBRARY_OF_PYTHON.fullmatch(each.name))
        and other.groups() == match.groups()
    ]


def whole(package: Package) -> Iterable[str]:
    """What is kept of a package that is kept whole."""
    return (path for path in package.files if dirt(package.kind, path, root_of(package, path)) is None)


def root_of(package: Package, path: str) -> str:
    """The directory of the package's own that one of its files is in, "" where the system's are shared."""
    if package.kind in ("deb", "runtime"):
        return ""
    return next((root for root in package.roots if path.startswith(root + "/")), path.rpartition("/")[0])


def own_folders(package: Package) -> Iterable[str]:
    """The directories that are a package's own, so that all that is in them is meant to be its."""
    yield from package.roots
    if package.kind == "deb" and (match := _PYTHON.fullmatch(package.name)):
        library = f"/usr/lib/{match[1]}"
        yield from [library for path in package.files if path.startswith(library + "/")][:1]
