"""Python: what unladen knows of it."""

from __future__ import annotations

from pathlib import Path

from unladen.image.scene import Scene
from unladen.language.dockerignore import dockerignore
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
from unladen.language.python import battery, leaner, rungs
from unladen.language.python.details import Details
from unladen.language.python.detect import detect
from unladen.language.python.ecosystem import ECOSYSTEM

_IGNORED = {
    "Python": [
        "**/__pycache__",
        "**/*.py[cod]",
        "**/*.egg-info",
        "**/.eggs",
        "**/.ipynb_checkpoints",
    ],
    "Virtual environments": ["**/.venv", "**/venv", "**/.direnv"],
    "Caches": [
        "**/.cache",
        "**/.mypy_cache",
        "**/.pytest_cache",
        "**/.ruff_cache",
        "**/.hypothesis",
        "**/.tox",
        "**/.nox",
    ],
    "Coverage": ["**/.coverage", "**/.coverage.*", "**/coverage.xml", "**/htmlcov"],
}


class Python:
    """Implements `language.interface.Language`."""

    name = "python"
    manifests = (
        "requirements.txt",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "uv.lock",
        "poetry.lock",
        "requirements/prod.txt",
        "requirements/production.txt",
        "requirements/base.txt",
    )
    sources = (".py",)

    def detect(self, root: Path, overrides: Overrides) -> Project[Details]:
        """Raises BadProject, BadDockerfile."""
        return detect(root, overrides)

    def naive(self, project: Project[Details]) -> Baseline:
        return rungs.naive(project)

    def rungs(self, project: Project[Details], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
        return leaner.offered(rungs.ladder(project, dialect), project)

    def refine(self, rung: Proposal, project: Project[Details], dialect: Dialect, read: ReadFile) -> Proposal:
        """No rung of Python's waits for another's image."""
        return rung

    def leaner(
        self, rung: Proposal, project: Project[Details], full: Scene, light: Scene
    ) -> Leaner | Impossible:
        return leaner.leaner(rung, full, light)

    def dockerignore(self, project: Project[Details]) -> str:
        # Where the version is read from git, the build needs the repository.
        keep = {"**/.git"} if project.details.version_from_vcs else set()
        return dockerignore(project.ignore_file, _IGNORED, keep)

    def battery(self, project: Project[Details] | None) -> Battery:
        return battery.BATTERY


__all__ = ["ECOSYSTEM", "LANGUAGE"]

LANGUAGE = Python()
