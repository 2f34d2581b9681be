"""Calls that no C library makes yet, made by their numbers: the sensor sees them, or counts them as lost."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest
from sensor_alone import SOURCE, Ran, Run, built_sensor, python, run_sensor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sensor is for Linux")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do this")
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
NO_SUCH_CALL = 77
CALL = f"""
import ctypes, errno, os, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
HERE = -100
def call(number, *arguments):
    result = libc.syscall(number, *(ctypes.c_long(each) if isinstance(each, int) else each for each in arguments))
    if result < 0 and ctypes.get_errno() == errno.ENOSYS: sys.exit({NO_SUCH_CALL})
    return result
def address(of): return ctypes.addressof(of)
"""


@pytest.fixture(scope="module")
def sensor() -> Path:
    return built_sensor()


@pytest.fixture
def run(sensor: Path, tmp_path: Path) -> Run:
    """Runs Python code that may use `call`; skips where the kernel does not have the call."""

    def run(code: str, **options: object) -> Ran:
        (tmp_path / "file").touch()
        command = python(CALL + textwrap.dedent(code))
        ran = run_sensor(sensor, tmp_path / "log", *command, cwd=tmp_path, **options)  # type: ignore[arg-type]
        if ran.code == NO_SUCH_CALL:
            pytest.skip("this kernel does not have the call")
        assert ran.code == 0, ran.stderr
        return ran

    return run


@pytest.mark.parametrize(
    ("code", "seen", "results"),
    [
        ("call(428, HERE, b'file', 0)", "open", {0}),  # open_tree
        ("call(433, HERE, b'file', 0)", "open", {errno.EINVAL, errno.EPERM}),  # fspick: it is no mount point
        ("call(463, HERE, b'file', 0, b'user.a', bytes(16), 16)", "setxattr", {0, errno.EOPNOTSUPP}),
        ("call(464, HERE, b'file', 0, b'user.a', bytes(16), 16)", "getxattr", {errno.ENODATA, errno.EOPNOTSUPP}),
        ("call(465, HERE, b'file', 0, None, 0)", "getxattr", {0, errno.EOPNOTSUPP}),  # listxattrat
        ("call(466, HERE, b'file', 0, b'user.a')", "setxattr", {errno.ENODATA, errno.EOPNOTSUPP}),  # removexattrat
        ("call(468, HERE, b'file', bytes(24), 24, 0)", "stat", {0, errno.EOPNOTSUPP, errno.ENOTTY}),  # file_getattr
        ("call(469, HERE, b'file', bytes(24), 24, 0)", "chmod", {0, errno.EOPNOTSUPP, errno.ENOTTY}),  # file_setattr
    ],
    ids=lambda value: re.sub(r"\W.*", "", value[5:]) if isinstance(value, str) else "",
)  # fmt: skip
def test_a_new_call_is_seen(run: Run, tmp_path: Path, code: str, seen: str, results: set[int]) -> None:
    ran = run(code)
    found = {result for call, result in ran.results(tmp_path / "file") if call == seen}
    assert found and found <= results
    assert ran.trace.complete, ran.trace.problems


SENDERS = """
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); server.bind("s")
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
"""


@pytest.mark.parametrize(
    "send",
    [
        'client.sendto(b"x", "s")',
        'client.sendmsg([b"x"], [], 0, "s")',
        """
name = ctypes.create_string_buffer(struct.pack("=H4s", socket.AF_UNIX, b"s"))
data = ctypes.create_string_buffer(b"x")
parts = ctypes.create_string_buffer(struct.pack("PN", address(data), 1))
message = struct.pack("PI4xPNPNi4xI4x", address(name), 6, address(parts), 1, 0, 0, 0, 0)
libc.sendmmsg(client.fileno(), message * COUNT, COUNT, 0)
""",
    ],
    ids=["sendto", "sendmsg", "sendmmsg"],
)
def test_a_message_to_a_socket_is_a_path_too(run: Run, tmp_path: Path, send: str) -> None:
    ran = run(SENDERS + send.replace("COUNT", "1") + "\nassert server.recv(9) == b'x'")
    assert ran.results(tmp_path / "s") == {("bind", 0), ("connect", 0)}
    assert ran.trace.complete, ran.trace.problems
    if "COUNT" in send:
        assert (
            "1 calls whose path could not be read"
            in run(
                SENDERS.replace('"s"', '"t"') + "os.rename('t', 's');" + send.strip().replace("COUNT", "2")
            ).trace.problems[0]
        )


def test_send_without_an_address_is_not_stopped(run: Run) -> None:
    ran = run("a, b = socket.socketpair(); a.send(b'x'); a.sendmsg([b'x']); socket.socket().close()")
    assert {each.call for each in ran.trace.touches} & {"connect", "bind"} == set()
    assert ran.trace.complete, ran.trace.problems


@as_root
@pytest.mark.parametrize(
    "code",
    [
        "assert libc.unshare(0x20000) == 0",
        "assert call(428, HERE, b'/tmp', 1) > 0",  # open_tree(OPEN_TREE_CLONE)
        "assert call(467, HERE, b'/tmp', 1, None, 0) > 0",  # open_tree_attr
        "made = call(430, b'tmpfs', 0); call(431, made, 6, None, None, 0); assert call(432, made, 0, 0) > 0",
        "assert call(442, HERE, b'mounted', 0, struct.pack('4Q', 1, 0, 0, 0), 32) == 0",  # mount_setattr
        "assert libc.umount2(b'mounted', 0) == 0",
        "assert libc.setns(os.open('/proc/self/ns/mnt', 0), 0) == 0",
    ],
    ids=["unshare", "open_tree", "open_tree_attr", "fsmount", "mount_setattr", "umount2", "setns"],
)
def test_what_changes_mounts_is_counted(run: Run, tmp_path: Path, code: str) -> None:
    (tmp_path / "mounted").mkdir()
    mounting = 'mount -t tmpfs none mounted && exec "$@"'
    ran = run(code, under=("unshare", "--mount", "sh", "-c", mounting, "sh"))
    assert not ran.trace.complete
    assert ran.trace.problems[0].startswith("1 changes of mounts")


def test_a_call_that_is_newer_than_the_sensor_is_counted(run: Run, tmp_path: Path) -> None:
    """A sensor whose table ends before listxattrat."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    older = SOURCE.read_text().replace("NEWEST = 471,", "NEWEST = 464,")
    (tmp_path / "older.c").write_text(older)
    subprocess.run(
        ["gcc", "-std=gnu11", "-O1", "-o", tmp_path / "older", tmp_path / "older.c"], cwd=tmp_path, check=True
    )
    code = CALL + "assert call(465, HERE, b'/etc', 0, None, 0) >= 0; call(465, HERE, b'/none', 0, None, 0)"
    ran = run_sensor(tmp_path / "older", tmp_path / "log", *python(code))
    if ran.code == NO_SUCH_CALL:
        pytest.skip("this kernel does not have the call")
    assert not ran.trace.complete
    assert ran.trace.problems[0].startswith("1 calls that are newer than the sensor")
    assert "(the first: 465 by " in ran.trace.problems[0]


def test_a_call_that_the_kernel_does_not_have_is_no_loss(sensor: Path, tmp_path: Path) -> None:
    ran = run_sensor(
        sensor, tmp_path / "log", *python(CALL + "libc.syscall(4000, 0); libc.syscall(-1); call(4000)")
    )
    assert ran.code == NO_SUCH_CALL
    assert ran.trace.complete, ran.trace.problems


@as_root
@pytest.mark.parametrize(
    "code",
    [
        "os.dup2(usr, etc)",
        "libc.dup3(usr, etc, os.O_CLOEXEC)",
        "os.close(etc); assert fcntl.fcntl(usr, fcntl.F_DUPFD, etc) == etc",
        "os.close(etc); assert os.dup(usr) == etc",
        "os.close(etc); assert os.open('/usr', 0) == etc",
        "assert call(436, etc, etc, 0) == 0 and os.open('/usr', 0) == etc",
    ],
    ids=["dup2", "dup3", "F_DUPFD", "dup", "close", "close_range"],
)
def test_file_numbers_of_a_process_that_changed_its_user_are_followed(hidden: Run, code: str) -> None:
    ran = hidden(f"{code}\nos.stat('share', dir_fd=etc)")
    assert ran.trace.complete, ran.trace.problems
    assert ran.results("/usr/share") == {("stat", 0)}
    assert ran.results("/etc/share") == set()


@as_root
@pytest.mark.parametrize("close", ["os.close(etc)", "call(436, etc, etc, 0)"])
def test_a_number_that_came_back_unseen_is_not_taken_for_the_old_one(hidden: Run, close: str) -> None:
    ran = hidden(f"""
a, b = socket.socketpair(socket.AF_UNIX)
socket.send_fds(a, [b"x"], [usr])
{close}
assert socket.recv_fds(b, 1, 1)[1] == [etc]
os.stat('share', dir_fd=etc)
""")
    assert ran.results("/etc/share") == set()
    assert ran.trace.problems[0].startswith("1 relative paths whose directory could not be found out")


@pytest.fixture
def hidden(run: Run) -> Run:
    """Runs Python code as another user than the sensor's, which lacks the right to look into it, as in a container."""
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv")
    drop = """
import fcntl
os.setgroups([]); os.setgid(65534); os.setuid(65534)
usr, etc = os.open('/usr', 0), os.open('/etc', 0)
"""
    rights = "-sys_ptrace"
    under = ("setpriv", "--bounding-set", rights, "--inh-caps", rights)
    return lambda code: partial(run, under=under)(drop + code)


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_the_numbers_are_those_of_the_kernels_headers(architecture: str) -> None:
    headers = HEADERS[architecture]
    if not headers.is_file():
        pytest.skip(f"no {headers}: apt-get install linux-libc-dev")
    theirs = {
        name: int(number) for name, number in re.findall(r"__NR(?:3264)?_(\w+) (\d+)", headers.read_text())
    }
    theirs.setdefault("newfstatat", theirs.get("fstatat", -1))
    ours = {name: numbers for name, *numbers in numbers_of(SOURCE.read_text())}
    known = ours.keys() & theirs.keys()
    assert len(known) > 50
    which = ("x86_64", "aarch64").index(architecture)
    assert {name: int(ours[name][which]) for name in known if ours[name][which]} == {
        name: theirs[name] for name in known if ours[name][which]
    }


def numbers_of(source: str) -> list[tuple[str, str, str]]:
    """(name, number on x86_64, number on aarch64) of all calls in the sensor's source; "" where there is none."""
    rows = re.findall(r"\[(?:NR\((\d+), (\d+)\)|(\d+))\] = .*/\* (\w+) \*/", source)
    named = re.findall(r"NR_(\w+) = NR\((\d+), (\d+)\)", source)
    assert len(rows) + len(named) > 80
    return [(name, both or alone, arm) for both, arm, alone, name in rows] + [
        (name.lower(), intel, arm) for name, intel, arm in named
    ]
