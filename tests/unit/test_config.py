"""unladen.toml: what a person may write, and what it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.config import load
from unladen.errors import BadConfig


def test_a_start_command_given_as_text_is_split_as_a_shell_splits_it(tmp_path: Path) -> None:
    (tmp_path / "unladen.toml").write_text(
        """[project]\nstart = 'gunicorn "my app:main" --bind=0.0.0.0:80'\n"""
    )
    assert load(tmp_path).overrides().start == ("gunicorn", "my app:main", "--bind=0.0.0.0:80")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("false", False),
        ("true", True),
        ("'pytest -q \"a b\"'", ("pytest", "-q", "a b")),
        ("'cd web && npm test'", ("/bin/sh", "-c", "cd web && npm test")),
        ('["make", "test"]', ("make", "test")),
    ],
)
def test_the_projects_own_tests_may_be_a_command(tmp_path: Path, written: str, meant: object) -> None:
    (tmp_path / "unladen.toml").write_text(f"[verify]\ntests = {written}\n")
    assert load(tmp_path).plan().tests == meant


@pytest.mark.parametrize("written", ["''", "' '", "[]", "3", "'say \"'", "[1]"])
def test_what_is_no_command_is_one_message(tmp_path: Path, written: str) -> None:
    (tmp_path / "unladen.toml").write_text(f"[verify]\ntests = {written}\n")
    with pytest.raises(BadConfig, match=r"verify\.tests"):
        load(tmp_path)
