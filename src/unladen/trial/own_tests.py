"""Makes a project's own tests ready to run inside any container: which they are, compiled where they have to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unladen import temporary
from unladen.bases.sources import resolve
from unladen.dockerfile.stages import parse
from unladen.engine.contents import read_folder
from unladen.engine.interface import BuildRequest
from unladen.errors import BaseMissing, BuildFailed, EngineFailed
from unladen.language.dockerignore import COMMON
from unladen.language.interface import Details, Project
from unladen.language.registry import ecosystems
from unladen.language.tests import AT, Copies, Tests, Untested, copied
from unladen.proof.interface import ProofPlan
from unladen.trial.contexts import with_files
from unladen.trial.workplace import Workplace

SIZE = 400 << 20
"""Bytes of compiled tests that are copied into containers."""
_FOLDER = re.compile(r"tests?|testing|specs?|__tests__|test[-_]?data|fixtures|e2e", re.IGNORECASE)
_NONE = re.compile(r"(?!)")
_IGNORED = ("Version control", "Settings and secrets of one machine")


def own_tests(
    place: Workplace, plan: ProofPlan, root: Path | None, project: Project[Details] | None, cache: Path
) -> Tests | Untested | None:
    """None where the project in `root` has none, or its tests are not wanted. `project` is what is believed of it."""
    if root is None or not plan.tests:
        return None
    found = next(_found(root, project), None)
    if not isinstance(plan.tests, bool):
        copies = found.copies if isinstance(found, Tests) and found.copies else _named_so(root)
        return Tests(
            plan.tests, tuple(each for each in copies if not each[0].startswith(AT)), is_command=True
        )
    return _compiled(place, found, root, cache) if isinstance(found, Tests) and found.dockerfile else found


def _found(root: Path, project: Project[Details] | None) -> Iterator[Tests | Untested]:
    for each in ecosystems().each:
        if project is None or project.language == each.name:
            found = each.tests(root, project)
            if found is not None:
                yield found


def _named_so(root: Path) -> Copies:
    """The folders that are called what folders of tests are called, in whatever language."""
    foreign = "|".join(map(re.escape, ecosystems().not_source))
    return copied(root, _FOLDER, _NONE, re.compile(rf"\..*|vendor|build|dist|{foreign}"))


def _compiled(place: Workplace, tests: Tests, root: Path, cache: Path) -> Tests | Untested:
    bases = resolve(place.engine, parse(tests.dockerfile).bases, cache=cache / "bases", watcher=place.watch)
    missing = next((each for each in bases.values() if isinstance(each, BaseMissing)), None)
    if missing:
        return Untested(f"skipped, because nothing compiles them: {missing}")
    place.say("own tests", "building")
    ignored = "\n".join(pattern for name in _IGNORED for pattern in COMMON[name])
    request = BuildRequest(root, tests.dockerfile, host=place.host or None, dockerignore=ignored)
    try:
        with with_files(request, tests.files) as whole, place.clock.engine():
            image = place.engine.build(whole).image
        folder = read_folder(place.engine, image, AT, temporary.lasting(), SIZE)
        place.engine.remove_image(image)
    except (BuildFailed, EngineFailed) as error:
        return Untested(f"skipped, because they cannot be compiled: {error}")
    return Tests(tests.argv, (*tests.copies, (AT, folder)))
