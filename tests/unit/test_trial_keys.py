"""What counts as the same project, so that what was measured may be remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.trial.keys import code_digest, content_digest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("main.js", "node_modules/left/index.js", ".git/index", "venv/bin/tool", "unladen.keep"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one")
    return tmp_path


def changes(project: Path, name: str, *ignores: str) -> bool:
    """Whether the digest changes when the file does."""
    before = content_digest(project, ignores)
    (project / name).write_text((project / name).read_text() + "more")
    return content_digest(project, ignores) != before


@pytest.mark.parametrize("name", ["main.js", "node_modules/left/index.js", "venv/bin/tool"])
def test_whatever_a_dockerfile_can_copy_counts(project: Path, name: str) -> None:
    assert changes(project, name, "")
    assert changes(project, name, "", f"{name}\n")  # the baseline is built with another .dockerignore


def test_what_every_build_leaves_out_does_not_count(project: Path) -> None:
    assert not changes(project, "node_modules/left/index.js", "node_modules\n", "**/node_modules\n")
    assert not changes(project, ".git/index", "")
    assert not changes(project, "unladen.keep", "!unladen.keep\n")


def test_what_comes_back_below_an_ignored_folder_counts(project: Path) -> None:
    assert changes(project, "node_modules/left/index.js", "node_modules\n!node_modules/left\n")


def test_modes_and_links_count(project: Path) -> None:
    before = content_digest(project, [""])
    (project / "main.js").chmod(0o755)
    executable = content_digest(project, [""])
    (project / "link").symlink_to("main.js")
    assert len({before, executable, content_digest(project, [""])}) == 3


def test_what_another_unladen_found_is_anothers(tmp_path: Path) -> None:
    found = set()
    for name, text in {"a.py": "1", "b/c.j2": "1", "__pycache__/a": "1"}.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        code_digest.cache_clear()
        found.add(code_digest(tmp_path))
    assert len(found) == 2  # compiled code says nothing new
