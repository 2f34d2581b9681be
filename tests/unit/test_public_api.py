"""The front door: small, lazy, and honest about what it has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import unladen


def test_everything_that_is_listed_is_there() -> None:
    assert all(getattr(unladen, name) for name in unladen.__all__)


def test_a_room_never_hides_a_function_of_the_same_name() -> None:
    """Once a submodule is imported, its name on the package is the module's."""
    script = (
        "import types, unladen, unladen.cli\n"
        "print([name for name in unladen.__all__ if isinstance(getattr(unladen, name), types.ModuleType)])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_what_is_not_listed_is_not() -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        unladen.nothing_of_the_kind  # noqa: B018


def test_importing_loads_nothing_heavy() -> None:
    script = (
        "import sys, unladen; print([m for m in ('httpx', 'rich', 'pydantic', 'jinja2') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_errors_reach_the_caller(tmp_path: Path) -> None:
    with pytest.raises(unladen.UnladenError, match="is empty"):
        unladen.detect(tmp_path)
