"""Where a Python project's own tests are, and how they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from unladen.language.interface import Project
from unladen.language.tests import AT, Tests, copied, files_of

RUNNER = Path(__file__).with_name("tests_runner.py")
_FOLDER = re.compile(r"tests?|testing")
_FILE = re.compile(r"test_\w+\.py|\w+_tests?\.py|tests\.py|conftest\.py")
_BESIDE = ("conftest.py", "pytest.ini", "setup.cfg", "tox.ini", "pyproject.toml")
_FOREIGN = re.compile(r"\..*|venv|env|node_modules|site-packages|build|dist|__pycache__|vendor|.*\.egg-info")


def tests(root: Path, project: Project[Any] | None) -> Tests | None:
    """None where there are none, or too many to copy."""
    copies = copied(root, _FOLDER, _FILE, _FOREIGN, _BESIDE)
    every = files_of([path for _, path in copies])
    if not any(_FILE.fullmatch(each.name) and each.name != "conftest.py" for each in every):
        return None
    return Tests(("python", f"{AT}/run.py"), ((f"{AT}/run.py", RUNNER), *copies))
