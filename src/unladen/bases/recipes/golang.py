"""golang: Debian's Go where Docker Hub's image has it."""

from __future__ import annotations

from unladen.bases.family import Family
from unladen.bases.recipe import Bootstrapped, Recipe, Settings
from unladen.bases.recipes import buildpack
from unladen.bases.recipes.debian import PATH

_FINISH = """\
ln -s ../lib/go-1.24 /usr/local/go
mkdir -p /go/src /go/bin
chmod -R 1777 /go
"""

RECIPES = (
    Recipe(
        "golang:1.24",
        Bootstrapped(
            "trixie",
            (*buildpack.SCM, "g++", "gcc", "libc6-dev", "make", "pkg-config", "golang-1.24-go"),
            finish=_FINISH,
        ),
        Settings(
            # GOTOOLCHAIN=local as on Docker Hub: a go.mod that asks for a newer Go must not download one.
            env={"PATH": f"/go/bin:/usr/local/go/bin:{PATH}", "GOPATH": "/go", "GOTOOLCHAIN": "local"},
            cmd=("bash",),
            workdir="/go",
        ),
        aliases=("golang:1.24-trixie",),
    ),
)

FAMILIES = (Family("golang"),)
"""A toolchain, which no lighter image has."""
