"""unladen.toml: what a person may write, and what it means."""

from __future__ import annotations

from pathlib import Path

from unladen.config import load


def test_a_start_command_given_as_text_is_split_as_a_shell_splits_it(tmp_path: Path) -> None:
    (tmp_path / "unladen.toml").write_text(
        """[project]\nstart = 'gunicorn "my app:main" --bind=0.0.0.0:80'\n"""
    )
    assert load(tmp_path).overrides().start == ("gunicorn", "my app:main", "--bind=0.0.0.0:80")
