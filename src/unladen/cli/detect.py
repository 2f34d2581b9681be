"""unladen detect: what unladen believes about a project, and how to correct it."""

from __future__ import annotations

import json
import os

from rich.table import Table
from rich.text import Text

from unladen.api.optimize import detect as detected
from unladen.cli.console import emit, out
from unladen.cli.options import BuildArgs, Config, File, Folder, Json, Target, choice
from unladen.language.interface import Details, Fact, Project


def detect(
    path: Folder,
    json_file: Json = None,
    config: Config = None,
    file: File = "",
    target: Target = "",
    build_arg: BuildArgs = None,
) -> None:
    """Show what unladen believes about a project, where each belief comes from, and how to correct it."""
    project = detected(path, config, choice(file, target, build_arg))
    beliefs = facts(project)
    if json_file is not None:
        text = {name: {"value": fact.value, "source": fact.source} for name, fact in beliefs.items()}
        emit(json.dumps({"name": project.name, **text}, indent=2, default=list) + "\n", json_file)
        return
    grid = Table(title=f"{project.name}: {project.language}", title_justify="left", box=None, pad_edge=False)
    for column in ("Belief", "Value", "Because of", "Correct it in unladen.toml"):
        grid.add_column(column, overflow="fold")
    for name, fact in beliefs.items():
        grid.add_row(
            Text(name, style="bold"),
            Text(_shown(fact.value)),
            Text(fact.source, style="dim"),
            Text(_KEYS.get(name, "")),
        )
    out.print(grid)


_KEYS = {
    "language": '[project] language = "…"',
    "version": '[project] version = "…"',
    "start": '[project] start = ["…"]',
    "port": "[project] port = …",
    "health": '[project] health = "/…"',
    "native": '[project] system_packages = ["…"]',
}


def facts(project: Project[Details]) -> dict[str, Fact[object]]:
    """Every belief by its name; the language's own ones last."""
    found: dict[str, Fact[object]] = {
        "language": Fact(project.language, project.language_source),
        "version": Fact(project.version.value, project.version.source),
        "start": Fact(project.start.value, project.start.source),
        "port": Fact(project.port.value, project.port.source),
        "health": Fact(project.health.value, project.health.source),
        "native": Fact(project.native.value, project.native.source),
    }
    if not project.version.value:
        del found["version"], found["native"]  # nothing tells of a language
    dockerfile, why = None, "none: the usual naive one is the baseline"
    if project.users and project.users.path:
        dockerfile = os.path.relpath(project.users.path, project.root)
        why = project.users.said or "the baseline"
    found["Dockerfile"] = Fact(dockerfile, why)
    return {
        **found,
        **{name: Fact(fact.value, fact.source) for name, fact in project.details.beliefs().items()},
    }


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value) or "none"
    return "none" if value is None else str(value)
