"""Go: go.mod and go.work, cgo, and a ladder down to scratch."""

from __future__ import annotations

from pathlib import Path

from unladen.image.scene import Scene
from unladen.language.go import battery, detect, ignore, leaner, rungs
from unladen.language.go.details import Details
from unladen.language.go.ecosystem import ECOSYSTEM
from unladen.language.interface import (
    Baseline,
    Battery,
    Dialect,
    Impossible,
    Overrides,
    Project,
    Proposal,
    ReadFile,
)
from unladen.language.leaner import Leaner


class Go:
    """Go programs that are built with modules."""

    name = "go"
    manifests = ("go.mod", "go.work")
    sources = (".go",)

    def detect(self, root: Path, overrides: Overrides) -> Project[Details]:
        return detect.detect(root, overrides)

    def naive(self, project: Project[Details]) -> Baseline:
        return rungs.naive(project)

    def rungs(self, project: Project[Details], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
        return leaner.offered(rungs.rungs(project, dialect), project)

    def refine(
        self, rung: Proposal, project: Project[Details], dialect: Dialect, read: ReadFile
    ) -> Proposal | Impossible:
        return rungs.refine(rung, project, dialect, read)

    def leaner(
        self, rung: Proposal, project: Project[Details], full: Scene, light: Scene
    ) -> Leaner | Impossible:
        return leaner.leaner(rung, project, full)

    def dockerignore(self, project: Project[Details]) -> str:
        return ignore.proposed(project)

    def battery(self, project: Project[Details] | None) -> Battery:
        assert project is not None  # nothing interprets Go
        return battery.battery(project)


__all__ = ["ECOSYSTEM", "LANGUAGE"]

LANGUAGE = Go()
