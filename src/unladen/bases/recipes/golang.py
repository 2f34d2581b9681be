"""golang: Go where Docker Hub's image has it: Debian's, or the project's own toolchain from the module proxy.

The toolchains are those that the go command itself takes there (https://go.dev/doc/toolchain); their hashes were
checked against Go's checksum data base.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unladen.bases.family import Family
from unladen.bases.recipe import Archive, Bootstrapped, Part, Recipe, Settings
from unladen.bases.recipes import buildpack
from unladen.bases.recipes.alpine import on_alpine, with_packages
from unladen.bases.recipes.debian import PATH

_MAKE_GOPATH = "mkdir -p /go/src /go/bin\nchmod -R 1777 /go\n"
_FINISH = f"ln -s ../lib/go-1.24 /usr/local/go\n{_MAKE_GOPATH}"

# GOTOOLCHAIN=local as on Docker Hub: a go.mod that asks for a newer Go must not download one.
_ENV = {"PATH": f"/go/bin:/usr/local/go/bin:{PATH}", "GOPATH": "/go", "GOTOOLCHAIN": "local"}
_COMPILERS = (*buildpack.SCM, "g++", "gcc", "libc6-dev", "make", "pkg-config")
_FOLDERS = {"go": 0o1777, "go/src": 0o1777, "go/bin": 0o1777}
_TOOLCHAINS = {
    "1.24": ("1.24.13", "d2b048367a3d1a748b87f756fa06df12ce3b419e1d5f2a3612acb8950d615f9f"),
    "1.25": ("1.25.14", "1bb543a7745d4c6e045a1bfdb4c4d5a0b05b71ee8b8ff72c0a351598b26991a4"),
    "1.26": ("1.26.11", "e1edb778de0aa08c8e827f5a873b35a46afe680fb241482c531725b2355e470d"),
}
_DEBIANS, _NEWEST = "1.24", "1.26"


def _toolchain(version: str, sha256: str) -> Part:
    module, tag = "golang.org/toolchain", f"v0.0.1-go{version}.linux-amd64"
    programs = ("usr/local/go/bin/*", "usr/local/go/pkg/tool/*")
    return Part(
        f"Go {version}", Archive("Go", module, tag, sha256), {f"{module}@{tag}/": "usr/local/go"}, programs
    )


def _settings(version: str, shell: str) -> Settings:
    return Settings(env={**_ENV, "GOLANG_VERSION": version}, cmd=(shell,), workdir="/go")


def _versions(line: str, version: str) -> tuple[str, ...]:
    return (line, version, *(("1",) if line == _NEWEST else ()))


def _on_debian(line: str, version: str, part: Part) -> Recipe:
    root = Bootstrapped("trixie", _COMPILERS, finish=_MAKE_GOPATH, parts=(part,))
    tags = ("", "-trixie")
    name, *aliases = (f"golang:{each}{tag}" for each in _versions(line, version) for tag in tags)
    return Recipe(name, root, _settings(version, "bash"), tuple(aliases))


def _on_alpine(line: str, version: str, part: Part) -> Recipe:
    root = replace(with_packages("ca-certificates"), parts=(part,), folders=_FOLDERS)
    return on_alpine("golang", _versions(line, version), root, _settings(version, "/bin/sh"))


def _recipes() -> Iterator[Recipe]:
    for line, (version, sha256) in _TOOLCHAINS.items():
        part = _toolchain(version, sha256)
        if line != _DEBIANS:
            yield _on_debian(line, version, part)
        yield _on_alpine(line, version, part)


RECIPES = (
    Recipe(
        f"golang:{_DEBIANS}",
        Bootstrapped("trixie", (*_COMPILERS, "golang-1.24-go"), finish=_FINISH),
        Settings(env=_ENV, cmd=("bash",), workdir="/go"),
        aliases=(f"golang:{_DEBIANS}-trixie",),
    ),
    *_recipes(),
)

FAMILIES = (Family("golang"),)
"""A toolchain, which no lighter image has."""
