"""A result goes where the user said: a file is replaced, a link followed, a device or FIFO written through, and
what cannot be written is refused at once."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from unladen import output
from unladen.errors import CannotWrite


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_in_one_step_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o640)
    before = path.stat().st_ino
    output.check(path)
    output.write(path, "new \udce9")
    assert path.read_bytes() == b"new \xe9" and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_ino != before and names(tmp_path) == ["report.json"]


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "real.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to("elsewhere/real.json")
    output.check(link)
    output.write(link, "new")
    assert link.is_symlink() and target.read_text() == "new"


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to("nowhere.json")
    for act in (output.check, lambda path: output.write(path, "x")):
        with pytest.raises(CannotWrite, match=r"link to nowhere\.json, which does not exist"):
            act(link)
    assert names(tmp_path) == ["link.json"]


def test_a_fifo_is_written_through(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    output.check(fifo)  # does not wait for a reader
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(fifo.read_text()))
    reader.start()
    output.write(fifo, "told")
    reader.join(10)
    assert said == ["told"] and stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_socket_is_written_through(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        output.write(path, "told")
        with server.accept()[0] as peer:
            assert peer.recv(100) == b"told"
    assert stat.S_ISSOCK(path.stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_stays_a_device(tmp_path: Path) -> None:
    output.check(Path("/dev/null"))
    output.write(Path("/dev/null"), "gone")
    with pytest.raises(CannotWrite, match="cannot write /dev/full: No space left on device"):
        output.write(Path("/dev/full"), "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode) and stat.S_ISCHR(Path("/dev/full").stat().st_mode)


WRITES = """
import sys
from pathlib import Path
from unladen import output
output.check(Path(sys.argv[1]))
output.write(Path(sys.argv[1]), "through")
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system has no /proc")
@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"])
def test_an_open_file_is_written_through(tmp_path: Path, name: str) -> None:
    piped = subprocess.run([sys.executable, "-c", WRITES, name], stdout=subprocess.PIPE, check=True)
    assert piped.stdout == b"through"
    with (tmp_path / "log").open("w+") as log:
        log.write("before ")
        log.flush()
        subprocess.run([sys.executable, "-c", WRITES, name], stdout=log, check=True)
    assert (tmp_path / "log").read_text() == "before through"


def test_what_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, why in (
        (tmp_path, "it is a folder"),
        (tmp_path / "no" / "report.json", "there is no folder"),
        (tmp_path / "file" / "report.json", "Not a directory"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        with pytest.raises(CannotWrite, match=why):
            output.check(path)
    assert names(tmp_path) == ["file"]


REFUSED = """
import os, sys
from pathlib import Path
from unladen import errors, output
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    output.check(Path(sys.argv[1]))
except errors.CannotWrite as error:
    print(error)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_read_only_file_and_folder_are_refused(open_folder: Path) -> None:
    (open_folder / "mine").write_text("x")
    (open_folder / "mine").chmod(0o444)
    open_folder.chmod(0o555)
    for name in ("mine", "new"):
        command = [sys.executable, "-c", REFUSED, str(open_folder / name)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ran.stdout == f"cannot write {open_folder / name}: Permission denied\n"
    open_folder.chmod(0o755)
