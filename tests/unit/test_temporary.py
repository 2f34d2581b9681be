"""Temporary files lie in one private folder of the process, which nothing outlives."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from unladen import held, session, temporary
from unladen.errors import CannotWrite


def is_held(folder: Path) -> bool:
    """Whether a living process holds it."""
    with (folder / held.LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


LEAVES = """
import sys, time
from unladen import temporary
with temporary.folder() as folder:
    (folder / "secret").write_text("token")
    print(folder, flush=True)
    {then}
"""


def process(then: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LEAVES.format(then=then)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_a_folder_is_private_and_goes_with_its_block(base: Path) -> None:
    with temporary.folder() as folder:
        for path in (folder, folder.parent, folder.parent.parent):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert folder.is_relative_to(base / f"unladen-{os.geteuid()}")
    assert not folder.exists()


@pytest.mark.parametrize("then", ["pass", "raise SystemExit(3)", "raise KeyboardInterrupt"])
def test_nothing_of_a_process_is_left_when_it_ends(base: Path, then: str) -> None:
    with process(then) as ended:
        ended.communicate(timeout=20)
    assert [path.name for path in temporary.ours().iterdir()] == ["lock"]


def test_what_a_killed_process_left_goes_with_the_next_run_and_a_living_ones_stays(base: Path) -> None:
    with process("time.sleep(60)") as living, process("time.sleep(60)") as killed:
        assert living.stdout is not None and killed.stdout is not None
        theirs, left = Path(living.stdout.readline().strip()), Path(killed.stdout.readline().strip())
        killed.kill()
        killed.wait()
        assert (left / "secret").exists()
        assert temporary.sweep() == (left.parent,)
        assert not left.exists() and (theirs / "secret").read_text() == "token"
        living.send_signal(signal.SIGKILL)
        living.wait()
        temporary.sweep()
        assert not theirs.exists()


def test_a_folder_of_another_users_is_neither_used_nor_swept(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temporary.ours() / "left").mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    (base / "unladen-12345").symlink_to(base / "elsewhere", target_is_directory=True)
    (base / "elsewhere" / "left").mkdir(parents=True)
    assert temporary.sweep() == ()
    with pytest.raises(CannotWrite, match="not a folder of this user's"), temporary.folder():
        pass
    assert (base / "elsewhere" / "left").exists()


def test_a_folder_that_is_missing_is_named_and_no_other_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere/at/all")
    with (
        pytest.raises(CannotWrite, match=r"into /nowhere/at/all: no such folder") as raised,
        temporary.folder(),
    ):
        pass
    assert "TMPDIR" in raised.value.hint


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        shutil.Error([("a", "b", "[Errno 28] No space left on device")]),
    ],
)
def test_a_full_disk_is_one_clear_message(base: Path, error: OSError) -> None:
    why = rf"temporary files into {base}/unladen-\d+: No space left"
    with pytest.raises(CannotWrite, match=why), temporary.folder() as folder:
        raise error
    assert not folder.exists()


def test_an_engine_is_not_even_looked_for_without_room_for_temporary_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", "/proc")  # nobody can make a folder there
    with pytest.raises(CannotWrite, match="/proc/unladen-") as raised, session.engine("auto"):
        pass
    assert "TMPDIR" in raised.value.hint


def test_other_errors_are_not_called_a_full_disk(base: Path) -> None:
    with pytest.raises(FileNotFoundError), temporary.folder() as folder:
        (folder / "nowhere").read_text()


LINKS = """
import os, sys
from pathlib import Path
from unladen import held
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
copy = Path(sys.argv[1], "copy")
(copy / "sub").mkdir(parents=True)
os.link(Path(sys.argv[1], "mine"), copy / "sub" / "mine")
(copy / "sub").chmod(0o555)
held.remove_tree(copy)
print(copy.exists())
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_removing_a_linked_copy_leaves_the_users_file_as_it_is(open_folder: Path) -> None:
    """Python's own TemporaryDirectory changes the mode of what it cannot remove, through the link."""
    (open_folder / "mine").write_text("x")
    (open_folder / "mine").chmod(0o444)
    if os.geteuid() == 0:
        os.chown(open_folder / "mine", 65534, 65534)
    command = [sys.executable, "-c", LINKS, str(open_folder)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.stdout == "False\n", ran.stderr
    assert stat.S_IMODE((open_folder / "mine").stat().st_mode) == 0o444


def test_a_held_folder_is_told_from_an_abandoned_one(tmp_path: Path) -> None:
    one, other = held.hold(tmp_path), held.hold(tmp_path)
    assert is_held(one.path) and list(held.abandoned(tmp_path)) == []
    one.release()
    assert not is_held(one.path)
    (found,) = held.abandoned(tmp_path)
    assert found.path == one.path
    assert list(held.abandoned(tmp_path)) == []  # somebody cleans it up already
    found.remove()
    other.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
