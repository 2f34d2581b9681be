"""A project whose language has no folder: its Dockerfile says how it is built and run, and that is all."""

from __future__ import annotations

from pathlib import Path

from unladen.dockerfile.choose import choose
from unladen.dockerfile.healthcheck import health_path
from unladen.errors import BadProject
from unladen.image.scene import Scene
from unladen.language.dockerignore import dockerignore
from unladen.language.interface import (
    Baseline,
    Battery,
    Dialect,
    Fact,
    Impossible,
    NoDetails,
    Overrides,
    Project,
    Proposal,
    ReadFile,
)
from unladen.language.leaner import PLAIN, Leaner


class Unknown:
    """It has the rungs of every Dockerfile and none of its own."""

    name = "unknown"
    manifests: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def detect(self, root: Path, overrides: Overrides) -> Project[NoDetails]:
        users = choose(root, overrides.dockerfile)
        if users is None or users.path is None:
            raise BadProject(
                f"cannot tell how {root} is built: no language of it is known, and it has no Dockerfile",
                hint="Write one, or name it with --file.",
            )
        final, file = users.final, users.path.name
        starts = [each for each in (final.entrypoint, final.cmd) if each]
        words = tuple(word for each in starts for word in each.argv)
        start = Fact(words, f"{file}:{starts[-1].line}" if starts else "its base image's")
        port: Fact[int | None] = Fact(None, "the image's EXPOSE, where it has one")
        if final.ports:
            number, line = final.ports[0]
            port = Fact(number, f"{file}:{line} EXPOSE")
        port = Fact(overrides.port, "unladen.toml") if overrides.port else port
        asked = health_path(root, users, port.value)
        health: Fact[str | None] = (
            Fact(asked.path, asked.source) if asked else Fact(None, "any answer counts")
        )
        return Project(
            root=root,
            name=root.resolve().name,
            language=self.name,
            manifests=(users.path,),
            version=Fact("", ""),
            start=Fact(overrides.start, "unladen.toml") if overrides.start else start,
            port=port,
            health=Fact(overrides.health, "unladen.toml") if overrides.health else health,
            native=Fact((), ""),
            details=NoDetails(),
            dockerfile=users.path,
            env=overrides.env,
            users=users,
        )

    def naive(self, project: Project[NoDetails]) -> Baseline:
        raise BadProject(f"cannot guess a Dockerfile for {project.root}: no language of it is known")

    def rungs(self, project: Project[NoDetails], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
        return ()

    def refine(
        self, rung: Proposal, project: Project[NoDetails], dialect: Dialect, read: ReadFile
    ) -> Proposal | Impossible:
        return rung

    def leaner(
        self, rung: Proposal, project: Project[NoDetails], full: Scene, light: Scene
    ) -> Leaner | Impossible:
        return PLAIN

    def dockerignore(self, project: Project[NoDetails]) -> str:
        return dockerignore(project.ignore_file, {})

    def battery(self, project: Project[NoDetails] | None) -> Battery:
        """None: that of the image's interpreter, if any, is used."""
        return Battery("")


UNKNOWN = Unknown()
