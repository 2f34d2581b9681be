"""What a trace did not reach: modules of the dependencies in use that nothing loaded. A person can judge the risk,
and answer it with `--include pkg:NAME`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unladen.image.packages import Package
from unladen.image.scene import Scene
from unladen.keep.hygiene import dirt
from unladen.keep.policy import counts_as_use, root_of
from unladen.keep.touched import Touched
from unladen.language.registry import ecosystems


@dataclass(frozen=True)
class Unexercised:
    """A package in use and how many of its modules were loaded; `examples` are some that were not."""

    kind: str
    name: str
    loaded: int
    modules: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.modules - self.loaded} of {self.modules} modules of {self.kind} {self.name}"


def unexercised(full: Scene, touched: Iterable[Touched], examples: int = 3) -> tuple[Unexercised, ...]:
    """Dependencies that were used in part, the most unloaded modules first."""
    opened = {full.real(touch.path) for touch in touched if touch.opened}
    loaded = {full.packages.source_of(path) or path for path in opened if path and counts_as_use(path)}
    rows = []
    for package in full.packages:
        modules = _modules(package, full) if package.is_dependency else set()
        missing = sorted(modules - loaded)
        if modules & loaded and missing:
            count = len(modules) - len(missing)
            rows.append(
                Unexercised(package.kind, package.name, count, len(modules), tuple(missing[:examples]))
            )
    return tuple(sorted(rows, key=lambda row: (row.loaded - row.modules, row.kind, row.name)))


def _modules(package: Package, full: Scene) -> set[str]:
    """Compiled files stand for themselves where there is no source."""
    endings = (*ecosystems().modules, ".so")
    return {
        path
        for path in package.files
        if path.endswith(endings)
        and not full.packages.source_of(path)
        and dirt(package.kind, path, root_of(package, path)) is None
    }
