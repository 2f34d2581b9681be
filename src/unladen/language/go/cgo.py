"""Does the program need a C compiler, and what does that mean for linking and for its base image?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unladen.language.go.source import GoFile
from unladen.language.go.workspace import Workspace

KNOWN_AS_OF = "the modules' own READMEs and #cgo lines, read in November 2026"


@dataclass(frozen=True)
class Known:
    """What a dependency with C parts needs.

    `static`: it links into a fully static binary on Debian (its C sources are bundled and nothing is loaded
    at run time). `debian` are package names of Debian bookworm to build with, `debian_run` to run with, `apk`
    and `apk_run` the same for Alpine; `tags` make a static link possible, `alpine_tags` a musl one.
    """

    prefix: str
    static: bool
    debian: tuple[str, ...] = ()
    debian_run: tuple[str, ...] = ()
    apk: tuple[str, ...] = ()
    apk_run: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    alpine_tags: tuple[str, ...] = ()


_KNOWN = """\
github.com/mattn/go-sqlite3 static tags=sqlite_omit_load_extension
github.com/mutecomm/go-sqlcipher static tags=sqlite_omit_load_extension
github.com/DataDog/zstd static
github.com/valyala/gozstd static
github.com/chai2010/webp static
github.com/smacker/go-tree-sitter static
github.com/tree-sitter/go-tree-sitter static
github.com/confluentinc/confluent-kafka-go dynamic alpine_tags=musl
github.com/marcboeker/go-duckdb dynamic apk=g++ apk_run=libstdc++
github.com/miekg/pkcs11 dynamic
github.com/godror/godror dynamic
github.com/google/gopacket/pcap dynamic debian=libpcap-dev debian_run=libpcap0.8 apk=libpcap-dev apk_run=libpcap
github.com/pebbe/zmq4 dynamic debian=libzmq3-dev debian_run=libzmq5 apk=zeromq-dev apk_run=zeromq
github.com/h2non/bimg dynamic debian=libvips-dev debian_run=libvips42 apk=vips-dev apk_run=vips
github.com/davidbyttow/govips dynamic debian=libvips-dev debian_run=libvips42 apk=vips-dev apk_run=vips
gopkg.in/gographics/imagick dynamic debian=libmagickwand-dev debian_run=libmagickwand-6.q16-6 apk=imagemagick-dev \
apk_run=imagemagick-libs
github.com/linxGnu/grocksdb dynamic debian=librocksdb-dev debian_run=librocksdb7.8 apk=rocksdb-dev,g++ apk_run=rocksdb
"""
"""A prefix of an import path, what it needs. Module paths alone would not do: google/gopacket is pure Go but for its
pcap folder. librdkafka is bundled for glibc (needs shared libc, libdl) and, with the tag musl, for Alpine; pkcs11
loads the user's token library, godror Oracle's client."""


def _known(row: str) -> Known:
    prefix, linking, *lists = row.split()
    fields = {name: tuple(values.split(",")) for name, _, values in (each.partition("=") for each in lists)}
    return Known(prefix, static=linking == "static", **fields)


KNOWN = tuple(map(_known, _KNOWN.splitlines()))

_LIBC = frozenset({"c", "m", "dl", "rt", "pthread"})  # part of glibc, with static archives in libc6-dev


@dataclass(frozen=True)
class CFinding:
    """One reason for a C compiler: `what` it is, `where` it was seen, and what it needs."""

    what: str
    where: str
    known: Known


def findings(workspace: Workspace, files: Iterable[GoFile]) -> tuple[CFinding, ...]:
    """Every reason found: what the program's own packages import, then what these import."""
    files = tuple(files)
    found = [*_own(workspace, files), *_listed(workspace, files)]
    for path, package in outside(workspace, files):
        with_c = [file for file in package if "C" in file.imports]
        if with_c and not any(_within(path, finding.known.prefix) for finding in found):
            known = next((known for known in KNOWN if _within(path, known.prefix)), None)
            where = f"{path}/{with_c[0].path.name}"
            found.append(CFinding(path, where, known or _from_directives(path, with_c)))
    return tuple(found)


def _own(workspace: Workspace, files: Sequence[GoFile]) -> Iterator[CFinding]:
    if with_c := [file for file in files if "C" in file.imports]:
        where = with_c[0].where(with_c[0].imported["C"], workspace.root)
        yield CFinding('import "C"', where, _from_directives('import "C"', with_c))
    for file in files:
        if "plugin" in file.imports:  # plugin.Open loads shared objects: no static program can
            where = file.where(file.imported["plugin"], workspace.root)
            yield CFinding('import "plugin"', where, Known("plugin", static=False))
            return


def _listed(workspace: Workspace, files: Iterable[GoFile]) -> Iterator[CFinding]:
    """Known dependencies that the program's files import, or go.mod lists where no dependency can be read."""
    imported = {path: file for file in files for path in file.imports}
    required = () if _reachable_here(workspace) else workspace.required()
    for known in KNOWN:
        if importers := [path for path in imported if _within(path, known.prefix)]:
            file = imported[importers[0]]
            yield CFinding(importers[0], file.where(file.imported[importers[0]], workspace.root), known)
        else:
            yield from (
                CFinding(path, where, known) for path, where in required if _within(path, known.prefix)
            )


def _reachable_here(workspace: Workspace) -> bool:
    """Whether the sources of dependencies can be read, so that go.mod need not be guessed from."""
    return workspace.vendored or _has_all(workspace)


def _has_all(workspace: Workspace) -> bool:
    return all(
        _cached(path, version).is_dir()
        for module in workspace.modules
        for path, version in module.mod.requires
        if not any(old == path for old, _, _ in module.mod.replaces)
    )


def _within(path: str, prefix: str) -> bool:
    """Whether `path` is the package, a part of it, or a later major version ("…/v2")."""
    return path == prefix or path.startswith((prefix + "/", prefix + ".v"))


def _from_directives(name: str, files: Iterable[GoFile]) -> Known:
    """What `#cgo` lines say: libraries of its own rule out a static link that nobody has tried."""
    text = "\n".join(file.text for file in files)
    flags = " ".join(re.findall(r"#cgo[^\n:]*LDFLAGS:([^\n]*)", text))
    libraries = set(re.findall(r"-l(\S+)", flags)) - _LIBC
    packaged = "pkg-config:" in text
    loads = bool(re.search(r"\bdlopen\s*\(", text))
    return Known(name, static=not (libraries or packaged or loads))


# The sources of dependencies: vendor/, else the module cache (https://go.dev/ref/mod#module-cache)


def outside(workspace: Workspace, files: Iterable[GoFile]) -> Iterator[tuple[str, tuple[GoFile, ...]]]:
    """(import path, files) of the packages from outside of the project that the program uses, as far as their
    sources are at hand."""
    versions = {path: version for module in workspace.modules for path, version in module.mod.requires}
    for module in workspace.modules:
        for old, new, version in module.mod.replaces:
            if version:
                versions[old] = f"{new}@{version}"
    queue = [path for file in files for path in file.imports]
    seen: set[str] = set()
    while queue:
        path = queue.pop()
        if path in seen or "." not in path.partition("/")[0]:
            continue  # the standard library: its C parts have stand-ins in Go
        seen.add(path)
        own = workspace.folder_of(path)
        vendored = own is not None and own.is_relative_to(workspace.root / "vendor")
        folder = own if vendored else _cached_package(path, versions)
        package = workspace.package(folder) if folder else ()
        if package:
            yield path, package
        queue += [path for file in package for path in file.imports]


def _cached_package(path: str, versions: dict[str, str]) -> Path | None:
    owners = [module for module in versions if (path + "/").startswith(module + "/")]
    if not owners:
        return None
    owner = max(owners, key=len)
    module, _, version = versions[owner].rpartition("@")
    folder = _cached(module or owner, version) / path.removeprefix(owner).strip("/")
    return folder if folder.is_dir() else None


def _cached(module: str, version: str) -> Path:
    escaped = re.sub(r"[A-Z]", lambda match: "!" + match[0].lower(), module)
    return _cache() / f"{escaped}@{re.sub(r'[A-Z]', lambda m: '!' + m[0].lower(), version)}"


def _cache() -> Path:
    if cache := os.environ.get("GOMODCACHE"):
        return Path(cache)
    first = os.environ.get("GOPATH", "").split(os.pathsep)[0]
    return (Path(first) if first else Path.home() / "go") / "pkg" / "mod"
