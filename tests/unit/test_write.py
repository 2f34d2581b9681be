"""What is written into a project replaces nothing of the user's without a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.dockerfile.stages import MARK
from unladen.errors import CannotWrite
from unladen.write import Planned, Written, place_in, writable
from unladen.write import write as write_planned

OURS = f"{MARK} (rung slim): 1 MB\nFROM a\n"


def write(path: Path, text: str, state: Path) -> Written:
    return write_planned(Planned(path, text), state)


def test_a_file_of_the_users_is_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM mine\n")
    written = write(path, OURS, tmp_path / "state")
    assert written.backup == tmp_path / "Dockerfile.bak" and written.backup.read_text() == "FROM mine\n"


def test_what_unladen_wrote_is_replaced_without_a_copy_unless_the_user_has_edited_it(tmp_path: Path) -> None:
    path, state = tmp_path / "Dockerfile", tmp_path / "state"
    write(path, OURS, state)
    assert write(path, OURS + "RUN b\n", state).backup is None
    path.write_text(path.read_text() + "RUN my own step\n")
    written = write(path, OURS, state)
    assert written.backup == tmp_path / "Dockerfile.bak2"  # Dockerfile.bak would be taken for the baseline
    assert written.backup.read_text().endswith("RUN my own step\n")


def test_a_backup_never_replaces_anything_not_even_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("mine\n")
    (tmp_path / ".dockerignore.bak").symlink_to("nowhere")
    written = write(tmp_path / ".dockerignore", "new\n", tmp_path / "state")
    assert written.backup == tmp_path / ".dockerignore.bak2"
    assert (tmp_path / ".dockerignore.bak").is_symlink() and not (tmp_path / "nowhere").exists()


def test_a_linked_dockerfile_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("FROM mine\n")
    (tmp_path / "Dockerfile").symlink_to("real")
    write(tmp_path / "Dockerfile", OURS, tmp_path / "state")
    assert (tmp_path / "Dockerfile").is_symlink() and (tmp_path / "real").read_text() == OURS
    assert (tmp_path / "Dockerfile.bak").read_text() == "FROM mine\n"


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", "unladen.keep"])
def test_what_cannot_be_written_is_refused_before_the_work(tmp_path: Path, name: str) -> None:
    writable(place_in(tmp_path))
    (tmp_path / name).mkdir()
    with pytest.raises(CannotWrite, match=f"{name}: it is a folder"):
        writable(place_in(tmp_path))
    (tmp_path / name).rmdir()
    (tmp_path / name).symlink_to("nowhere")
    with pytest.raises(CannotWrite, match="does not exist"):
        writable(place_in(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_line_ends_and_bytes_that_are_no_text_are_in_the_copy_as_they_were(tmp_path: Path) -> None:
    path, users = tmp_path / "Dockerfile", b"FROM mine\r\n# caf\xe9\r\n"
    path.write_bytes(users)
    written = write(path, OURS, tmp_path / "state")
    assert written.backup is not None and written.backup.read_bytes() == users
