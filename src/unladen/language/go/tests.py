"""A Go project's own tests: compiled in the ladder's golang image without C, so that they run in every image."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from unladen.errors import BadProject
from unladen.language.go.details import Details
from unladen.language.go.source import folders
from unladen.language.go.workspace import read_workspace
from unladen.language.interface import Project
from unladen.language.render import render
from unladen.language.tests import AT, Tests, Untested

RUNNER, SCRIPT = ".unladen-tests.go", ".unladen-tests.sh"
"""Names of files in the build's context; Go takes no file whose name begins with a dot for a package's."""
SECONDS = 240
"""For the builds of all packages; those that are not done by then are not run."""


def tests(root: Path, project: Project[Details] | None) -> Tests | Untested | None:
    """None where no package has any."""
    if project is None:
        return None
    try:
        modules = [each.folder for each in read_workspace(root).modules]
    except BadProject as error:
        return Untested(str(error))
    tested = [each for each in modules if any(next(place.glob("*_test.go"), None) for place in folders(each))]
    if not tested:
        return None
    users = project.details.users
    tags = [*(users.build.tags if users and users.build else ()), "timetzdata"]
    text = render(
        "go",
        "tests.Dockerfile.j2",
        builder=project.details.program.image.debian,
        build_env=users.build_env.items() if users else (),
        at=AT,
        runner=RUNNER,
        script=SCRIPT,
        seconds=SECONDS,
        words=[",".join(dict.fromkeys(tags)), *(each.relative_to(root).as_posix() for each in tested)],
    )
    return Tests(
        (f"{AT}/run",), (), text, {RUNNER: _text("tests_runner.go.txt"), SCRIPT: _text("tests_build.sh")}
    )


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
