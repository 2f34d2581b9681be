"""How much of a package is kept once something of it was used."""

from __future__ import annotations

from collections.abc import Iterable

from unladen.image.packages import Package
from unladen.keep.hygiene import dirt
from unladen.language.registry import ecosystems


def is_noise(path: str) -> bool:
    """Whether a touch of this path is made for every distribution, used or not. It is kept only with its package."""
    return ecosystems().noise.fullmatch(path) is not None


def info_folder(path: str) -> str:
    """What says of a package that it is there, and the path is or is in; "" where it is in none."""
    match = ecosystems().about.match(path)
    return match[0] if match else ""


def counts_as_use(path: str) -> bool:
    """Whether opening this file is using the package that it belongs to."""
    return not is_noise(path) and ecosystems().passive.fullmatch(path) is None


def is_runtime(package: Package) -> bool:
    """Whether a package is (part of) a language's runtime."""
    return package.kind == "runtime" or (
        package.kind == "deb" and ecosystems().runtime_family.fullmatch(package.name) is not None
    )


def _runtime(package: Package, group: str) -> str:
    """How a package is part of a runtime that Debian splits; see `Ecosystem.runtime`."""
    match = None if package.is_dependency else ecosystems().runtime_names(package.name)
    return (match.groupdict().get(group) or "") if match else ""


def unit(package: Package) -> str:
    """What is said to be kept whole: Debian splits runtimes over packages that make sense together only."""
    name = _runtime(package, "whole")
    return f"the runtime {name}" if name else str(package)


def together(package: Package, packages: Iterable[Package]) -> Iterable[Package]:
    """The packages that are kept whole with this one: the parts of a runtime, whichever of them was used."""
    if package.kind != "deb" or not _runtime(package, "part"):
        return (package,)
    return [
        each
        for each in packages
        if each.kind == "deb" and _runtime(each, "part") and unit(each) == unit(package)
    ]


def whole(package: Package) -> Iterable[str]:
    """What is kept of a package that is kept whole."""
    return (path for path in package.files if dirt(package.kind, path, root_of(package, path)) is None)


def root_of(package: Package, path: str) -> str:
    """The directory of the package's own that one of its files is in, "" where the system's are shared."""
    if not package.is_dependency:
        return ""
    return next((root for root in package.roots if path.startswith(root + "/")), path.rpartition("/")[0])


def own_folders(package: Package) -> Iterable[str]:
    """The directories that are a package's own, so that all that is in them is meant to be its."""
    yield from package.roots
    if package.kind == "deb" and (name := _runtime(package, "whole")):
        library = f"/usr/lib/{name}"
        yield from [library for path in package.files if path.startswith(library + "/")][:1]
