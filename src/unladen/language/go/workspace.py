"""The modules of a project, its main packages, and the packages a program is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from unladen.errors import BadProject
from unladen.language.go.modfile import ModFile, read_mod, read_work
from unladen.language.go.source import GoFile, folders, read_package


@dataclass(frozen=True)
class Module:
    """A module whose source is in the project. `folder` is absolute."""

    folder: Path
    mod: ModFile


@dataclass(frozen=True)
class Workspace:
    """A go.mod with its local replacements, or a go.work with what it uses; the root's module is first."""

    root: Path
    modules: tuple[Module, ...]
    work: bool
    work_go: str = ""
    _packages: dict[Path, tuple[GoFile, ...]] = field(default_factory=dict, compare=False, repr=False)

    def package(self, folder: Path) -> tuple[GoFile, ...]:
        """The files of a folder that a build for Linux takes, read once."""
        if folder not in self._packages:
            self._packages[folder] = read_package(folder)
        return self._packages[folder]

    def required(self) -> tuple[tuple[str, str], ...]:
        """(module path, `go.mod:5`) of everything that the modules require."""
        lines = [line for module in self.modules for line in module.mod.lines if line.verb == "require"]
        return tuple((line.words[0], f"go.mod:{line.number}") for line in lines if line.words)

    @property
    def vendored(self) -> bool:
        return (self.root / "vendor" / "modules.txt").is_file()

    @property
    def manifests(self) -> tuple[Path, ...]:
        """go.work, go.work.sum, then go.mod and go.sum of each module: what `go mod download` reads."""
        candidates = [self.root / "go.work", self.root / "go.work.sum"] if self.work else []
        for module in self.modules:
            candidates += [module.folder / "go.mod", module.folder / "go.sum"]
        return tuple(path for path in candidates if path.is_file())

    @cached_property
    def needs_modules(self) -> bool:
        """Whether anything comes from outside of the project."""
        own = {module.mod.module for module in self.modules}
        return any(path not in own for module in self.modules for path, _ in module.mod.requires)

    def folder_of(self, import_path: str) -> Path | None:
        """The folder of a package whose source is in the project (vendored ones too)."""
        owners = [m for m in self.modules if (import_path + "/").startswith(m.mod.module + "/")]
        if owners:
            owner = max(owners, key=lambda module: len(module.mod.module))
            return owner.folder / import_path.removeprefix(owner.mod.module).strip("/")
        vendored = self.root / "vendor" / import_path
        return vendored if vendored.is_dir() else None


def read_workspace(root: Path) -> Workspace:
    """Raises BadProject where there is no go.mod, or where a module lies outside of the project."""
    if (root / "go.work").is_file():
        work_go, uses = read_work(root / "go.work")
        found = [_module(root, use, "go.work uses") for use in uses if use]
        ordered = sorted(found, key=lambda module: module.folder != root)
        if not ordered:
            raise BadProject(f"cannot read {root.name}/go.work: it uses no module")
        return Workspace(root, tuple(_with_replacements(root, ordered)), work=True, work_go=work_go)
    if not (root / "go.mod").is_file():
        raise BadProject(
            f"cannot find a Go module in {root.name}: there is no go.mod",
            hint="`go mod init example.com/name && go mod tidy` makes one.",
        )
    return Workspace(root, tuple(_with_replacements(root, [_module(root, ".", "")])), work=False)


def _module(root: Path, folder: str, says: str) -> Module:
    path = (root / folder).resolve()
    if not path.is_relative_to(root.resolve()):
        raise BadProject(
            f"cannot build {root.name} in a container: {says} {folder}, outside of the project's folder",
            hint="Give the parent folder that holds both, or vendor it (`go mod vendor`, `go work vendor`).",
        )
    if not (path / "go.mod").is_file():
        raise BadProject(f"cannot build {root.name}: {says} {folder}, where there is no go.mod")
    path = root / path.relative_to(root.resolve())
    return Module(path, read_mod(path / "go.mod"))


def _with_replacements(root: Path, modules: list[Module]) -> Iterator[Module]:
    """The modules, and those that their go.mod files replace by a folder of the project."""
    seen: set[Path] = set()
    vendored = (root / "vendor" / "modules.txt").is_file()
    while modules:
        module = modules.pop(0)
        if module.folder in seen:
            continue
        seen.add(module.folder)
        yield module
        if vendored:
            continue  # what it replaces is in vendor/ too
        base = PurePosixPath(module.folder.relative_to(root).as_posix())
        for path, folder in module.mod.local_replaces:
            modules.append(_module(root, str(base / folder), f"go.mod replaces {path} by"))


# Packages


@dataclass(frozen=True)
class MainPackage:
    """A package that makes a program. `path` is what `go build` is told: ".", "./cmd/api"."""

    path: str
    module: Module
    files: tuple[GoFile, ...]

    @property
    def entry(self) -> Path:
        """The file with func main."""
        return next(file.path for file in self.files if file.has_main)

    @property
    def name(self) -> str:
        """What `go build` would call the program."""
        if self.path == "." or self.files[0].path.parent == self.module.folder:
            return re.sub(r"/v\d+$", "", self.module.mod.module).rpartition("/")[2]
        return self.path.rpartition("/")[2]


_ASIDE = (
    "example",
    "examples",
    "_examples",
    "tools",
    "internal",
    "hack",
    "scripts",
    "test",
    "tests",
    "testing",
    "e2e",
)


def main_packages(workspace: Workspace) -> tuple[MainPackage, ...]:
    """Every main package, the likelier ones first: the root's, those in cmd/, others.

    Examples and tools only where there is nothing else."""
    found = []
    for module in workspace.modules if workspace.work else workspace.modules[:1]:
        for folder in folders(module.folder):
            files = workspace.package(folder)
            if any(file.has_main for file in files):
                relative = folder.relative_to(workspace.root).as_posix()
                path = "." if relative == "." else f"./{relative}"
                found.append(MainPackage(path, module, tuple(f for f in files if f.package == "main")))
    likely = [package for package in found if not set(package.path.split("/")) & set(_ASIDE)]
    return tuple(sorted(likely or found, key=_rank))


def _rank(package: MainPackage) -> tuple[int, int, str]:
    parts = package.path.split("/")
    place = 0 if package.path == "." else 1 if "cmd" in parts else 2
    return place, len(parts), package.path


def program(workspace: Workspace, main: MainPackage) -> tuple[GoFile, ...]:
    """The source files of `main` and of every package of the project that it imports, transitively."""
    files: list[GoFile] = list(main.files)
    seen = {main.files[0].path.parent}
    queue = [path for file in main.files for path in file.imports]
    vendor = workspace.root / "vendor"
    while queue:
        folder = workspace.folder_of(queue.pop())
        if folder is None or folder in seen or folder.is_relative_to(vendor):
            continue
        seen.add(folder)
        for file in workspace.package(folder):
            files.append(file)
            queue += file.imports
    return tuple(sorted(files, key=lambda file: file.path))
