"""The sensor on this machine, without a container: what it sees, and how it behaves as a parent."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from sensor_alone import PYTHON, Run, built_sensor, python, run_sensor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sensor is for Linux")


@pytest.fixture(scope="module")
def sensor() -> Path:
    return built_sensor()


@pytest.fixture
def run(sensor: Path, tmp_path: Path) -> Run:
    return partial(run_sensor, sensor, tmp_path / "log")


# what it sees


def touched_under_strace(command: tuple[str, ...], log: Path) -> set[str]:
    """The absolute paths that strace saw a call succeed on."""
    options = ("-f", "-xx", "-y", "-s", "4096", "-e", "trace=%file", "-e", "signal=none", "-o", str(log))
    subprocess.run(["strace", *options, *command], capture_output=True, check=True, timeout=120)
    found, unfinished = set(), {}
    for line in log.read_text().splitlines():
        pid, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            unfinished[pid] = text.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", text):
            text = unfinished.pop(pid) + resumed[1]
        call = re.match(r"(\w+)\((.*)\)\s+= \d", text)
        if call is None or call[1] == "getcwd":
            continue
        base = re.match(r"(?:AT_FDCWD|\d+)<((?:\\x..)+)>", call[2])
        paths = re.findall(r'(?<!\w)"((?:\\x..)+)"', call[2])
        for path in paths[:1] if call[1] in ("execve", "readlink") else paths:
            name = unhex(path)
            if name.startswith("/"):
                found.add(name)
            elif base:
                found.add(unhex(base[1]).rstrip("/") + "/" + name)
    return found


def unhex(text: str) -> str:
    return os.fsdecode(bytes.fromhex(text.replace(r"\x", "")))


SCRIPT = """
for round in 1 2; do ls -la /etc | grep -c pass; done
cd /usr/share; cat ../../etc/passwd | sort | tail -1; find /usr/share/zoneinfo -name 'E*' | wc -l
exec sh -c 'test -r /etc/hosts && sed -n 1p /etc/group'
"""


NODE = """
const fs = require("fs"), work = require("worker_threads");
for (const name of fs.readdirSync("/usr/share/zoneinfo")) fs.statSync("/usr/share/zoneinfo/" + name);
const reads = "require('fs').readFileSync('/etc/group')";
fs.promises.readFile("/etc/passwd").then(() => new work.Worker(reads, {eval: true}));
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(
    "command",
    [
        (PYTHON, "-c", "import json, sqlite3, asyncio, http.client, xml.dom.minidom, zoneinfo, decimal"),
        (shutil.which("sh") or "/bin/sh", "-c", SCRIPT),
        pytest.param(
            (shutil.which("node") or "", "-e", NODE),
            marks=pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
        ),
    ],
    ids=["python", "shell", "node"],
)
def test_nothing_that_strace_sees_is_missing(run: Run, command: tuple[str, ...], tmp_path: Path) -> None:
    expected = {each for each in touched_under_strace(command, tmp_path / "strace") if own(each)}
    trace = run(*command).trace
    assert trace.complete, trace.problems
    assert len(expected) > 50
    assert expected - {each.path for each in trace.touches if each.result == 0} == set()


def own(path: str) -> bool:
    """Not a path that differs from run to run."""
    return not path.startswith(("/proc/", "/tmp/", "/sys/"))


def test_names_survive_to_the_byte(run: Run, tmp_path: Path) -> None:
    name = tmp_path / "a\tb\nc\\d\x7f \udcff é"
    name.touch()
    assert run(*python("import sys; open(sys.argv[1])"), str(name)).results(name) == {("open", 0)}
    assert run("/usr/bin/stat", str(name)).results(name) == {("stat", 0)}


def test_relative_paths_are_placed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    ran = run(
        *python("""
            import os
            os.stat("deep")
            os.chdir("deep"); os.stat("deeper")
            above = os.open("..", os.O_RDONLY)
            os.stat("deep/deeper", dir_fd=above); os.listdir(above)
            os.fchdir(above); os.access("none", os.R_OK)
        """),
        cwd=tmp_path,
    )
    assert ran.trace.complete, ran.trace.problems
    assert ran.results(tmp_path / "deep") == {("stat", 0), ("chdir", 0)}
    assert ran.results(tmp_path / "deep/deeper") == {("stat", 0)}
    assert ran.results(f"{tmp_path}/deep/..") == {("open", 0)}
    assert ran.results(tmp_path) >= {("list", 0), ("chdir", 0)}
    assert ran.results(tmp_path / "none") == {("access", errno.ENOENT)}


def test_what_the_program_made_is_told_from_what_was_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    ran = run(
        *python("""
            import os
            for name in "old", "new": open(name, "w").close()
            os.open("old", os.O_RDONLY | os.O_CREAT)
            os.rename("new", "newer"); os.symlink("newer", "link"); os.mkdir("folder"); os.unlink("link")
        """),
        cwd=tmp_path,
    )
    assert ran.results(tmp_path / "old") == {("write", 0), ("open", 0)}
    assert ran.results(tmp_path / "new") == {("create", 0), ("rename", 0)}
    assert ran.results(tmp_path / "newer") == {("rename-to", 0)}
    assert ran.results(tmp_path / "link") == {("symlink", 0), ("unlink", 0)}
    assert ran.results(tmp_path / "folder") == {("mkdir", 0)}


def test_a_unix_socket_is_a_path_too(run: Run, tmp_path: Path) -> None:
    ran = run(
        *python("""
            import socket
            server = socket.socket(socket.AF_UNIX); server.bind("s"); server.listen()
            socket.socket(socket.AF_UNIX).connect("s")
            socket.socket(socket.AF_UNIX).bind("\\0abstract")
        """),
        cwd=tmp_path,
    )
    assert ran.results(tmp_path / "s") == {("bind", 0), ("connect", 0)}
    assert ran.trace.complete, ran.trace.problems


def test_every_thread_and_process_is_seen(run: Run) -> None:
    ran = run(
        *python("""
            import concurrent.futures, os, subprocess
            with concurrent.futures.ThreadPoolExecutor(32) as threads:
                list(threads.map(lambda n: os.access(f"/thread/{n}", os.R_OK), range(500)))
            children = []
            for n in range(20):
                child = os.fork()
                if child == 0:
                    os.access(f"/fork/{n}", os.R_OK); os._exit(0)
                children.append(child)
            for child in children: os.waitpid(child, 0)
            subprocess.run(["/bin/cat", "/etc/passwd"], stdout=subprocess.DEVNULL)
        """)
    )
    paths = {each.path: each.process for each in ran.trace.touches}
    assert {f"/thread/{n}" for n in range(500)} <= paths.keys()
    assert {f"/fork/{n}" for n in range(20)} <= paths.keys()
    assert paths["/etc/passwd"] == os.path.realpath("/bin/cat")
    assert ran.trace.complete, ran.trace.problems


def test_a_thread_may_exec(run: Run) -> None:
    ran = run(
        *python("""
            import os, threading, time
            for _ in range(5): threading.Thread(target=time.sleep, args=(30,)).start()
            threading.Thread(target=os.execv, args=("/bin/cat", ["cat", "/etc/passwd"])).start()
            time.sleep(30)
        """)
    )
    assert ran.code == 0
    assert ("exec", 0) in ran.results("/bin/cat")
    assert ("open", 0) in ran.results("/etc/passwd")
    assert ran.trace.complete, ran.trace.problems


def test_a_script_and_its_interpreter_are_executed(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    ran = run(str(script))
    assert ran.code == 3
    assert ("exec", 0) in ran.results(script)
    assert ("exec", 0) in ran.results(os.path.realpath("/bin/sh"))


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot is for root")
def test_paths_below_a_changed_root_are_told_from_outside(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = run(*python("import os, sys; os.chroot(sys.argv[1]); os.stat('/file')"), str(tmp_path))
    assert ran.results(tmp_path / "file") == {("stat", 0)}


# what it cannot see is counted


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="i386 programs run on x86_64")
def test_a_32_bit_program_runs_and_makes_the_trace_incomplete(run: Run, tmp_path: Path) -> None:
    program = tmp_path / "i386"
    program.write_bytes(i386_program("/etc/passwd"))
    program.chmod(0o755)
    ran = run(str(program))
    if ran.code == 126:
        pytest.skip("this kernel runs no 32-bit programs")
    assert ran.code == 42
    assert not ran.trace.complete
    assert "2 calls of 32-bit programs" in ran.trace.problems[0]


def i386_program(path: str) -> bytes:
    """An ELF file that opens `path` and exits with 42."""
    base, headers = 0x08048000, 52 + 32
    code = (
        b"\xb8\x05\0\0\0\xbb" + struct.pack("<I", base + headers + 31)  # mov eax, open; mov ebx, path
        + b"\x31\xc9\x31\xd2\xcd\x80"  # xor ecx, ecx; xor edx, edx; int 0x80
        + b"\xb8\x01\0\0\0\xbb\x2a\0\0\0\xcd\x80\x90\x90\x90"  # exit(42)
    )  # fmt: skip
    body = code + path.encode() + b"\0"
    size = headers + len(body)
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    elf = ident + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + headers, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return elf + struct.pack("<IIIIIIII", 1, 0, base, base, size, size, 5, 4096) + body


def test_a_program_with_its_own_filter_works(run: Run, tmp_path: Path) -> None:
    """What its filter refuses does not happen, and is not in the trace; all else is."""
    ran = run(PYTHON, __file__, "refuse", "mkdir", PYTHON, "-S", "-c", MKDIR_THEN_STAT, str(tmp_path))
    assert (ran.code, ran.stderr) == (0, "PermissionError\n")
    assert ran.results(tmp_path / "made") == {("stat", errno.ENOENT)}
    assert ran.trace.complete, ran.trace.problems


MKDIR_THEN_STAT = """
import os, sys
os.chdir(sys.argv[1])
try: os.mkdir("made")
except OSError as error: print(type(error).__name__, file=sys.stderr)
os.path.exists("made")
"""


# how it behaves as a parent


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)])
def test_the_exit_status_is_the_programs(run: Run, script: str, code: int) -> None:
    ran = run("sh", "-c", script)
    assert (ran.code, ran.stderr) == (code, "")
    assert ran.trace.complete, ran.trace.problems


def test_signals_reach_the_program(sensor: Path, tmp_path: Path) -> None:
    wanted = (1, 2, 3, 10, 12, 13, 14, 15, 18, 28, 37)
    code = f"""
        import signal, sys
        signal.pthread_sigmask(signal.SIG_BLOCK, {wanted})
        print("ready", flush=True)
        print(*sorted(signal.sigwait({wanted}) for _ in range({len(wanted)})))
    """
    with subprocess.Popen([sensor, tmp_path / "log", "--", *python(code)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        for number in wanted:
            process.send_signal(number)
        assert process.communicate(timeout=20)[0].split() == [str(number).encode() for number in wanted]


def test_a_stopped_program_stays_stopped_until_it_is_woken(sensor: Path, tmp_path: Path) -> None:
    process = subprocess.Popen([sensor, tmp_path / "log", "--", "sh", "-c", "kill -STOP $$; exit 9"])
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGCONT)
    assert process.wait(timeout=20) == 9


def test_the_program_starts_with_the_signals_of_its_parent(run: Run, tmp_path: Path) -> None:
    status = tmp_path / "status"
    mine = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines())
    run("cp", "/proc/self/status", str(status))  # a shell would clear what is blocked
    theirs = dict(line.split(":\t") for line in status.read_text().splitlines())
    assert theirs["SigBlk"] == mine["SigBlk"]


@pytest.mark.parametrize(
    ("program", "code", "why"),
    [("none-such", 127, "No such file or directory"), ("/etc/passwd", 126, "Permission denied")],
)
def test_a_program_that_cannot_run(run: Run, program: str, code: int, why: str) -> None:
    ran = run(program)
    assert (ran.code, ran.stderr) == (code, f"sensor: cannot run {program}: {why}\n")


def test_a_log_that_cannot_be_opened(sensor: Path, tmp_path: Path) -> None:
    command = [sensor, tmp_path / "none" / "log", "--", "touch", tmp_path / "ran"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 125
    assert "cannot trace: cannot open the log" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_log_that_cannot_be_written_does_not_harm_the_program(sensor: Path) -> None:
    command = [sensor, "/dev/full", "--", "sh", "-c", "exit 6"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert done.stderr == (
        "sensor: cannot write the log: No space left on device; the trace will be incomplete\n"
    )


def test_tracing_works_here(sensor: Path) -> None:
    done = subprocess.run([sensor, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "tracing works here\n", "")


@pytest.mark.parametrize("refused", ["ptrace", "seccomp"])
def test_where_tracing_is_forbidden_it_says_so(sensor: Path, tmp_path: Path, refused: str) -> None:
    refuse = [PYTHON, __file__, "refuse", refused]
    check = subprocess.run([*refuse, sensor, "--check"], capture_output=True, text=True, check=False)
    assert check.returncode == 125
    assert check.stderr.startswith("sensor: cannot trace: ")
    assert refused in check.stderr
    command = [*refuse, sensor, tmp_path / "log", "--", "touch", tmp_path / "ran"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 125
    assert not (tmp_path / "ran").exists()


# run as a program, this file refuses itself a call and becomes another program

NUMBERS = {
    "x86_64": {"mkdir": (83, 258), "ptrace": (101,), "seccomp": (317,)},
    "aarch64": {"mkdir": (34,), "ptrace": (117,), "seccomp": (277,)},
}


def refuse(name: str, program: list[str]) -> None:
    """Installs a seccomp filter that answers `name` with EPERM, by prctl, and executes the program."""
    code = [(0x20, 0, 0, 0)]  # linux/bpf_common.h: load the number of the call
    for number in NUMBERS[os.uname().machine][name]:
        code += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | errno.EPERM)]
    code.append((0x06, 0, 0, 0x7FFF0000))
    packed = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *each) for each in code))
    head = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(packed)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    for arguments in ((no_new_privileges, 1, 0, 0, 0), (set_seccomp, filter_mode, head, 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    os.execvp(program[0], program)


if __name__ == "__main__" and sys.argv[1] == "refuse":
    refuse(sys.argv[2], sys.argv[3:])
