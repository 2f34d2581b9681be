"""The sensor as the entry process of a container, under the engine's default profile and no capability more."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from engines import busybox, docker_alone, found, provide
from sensor_alone import built_sensor

from unladen.engine.interface import Container, Engine, RunRequest
from unladen.engine.podman import ulimit_options
from unladen.errors import EngineFailed
from unladen.tracing.log import Trace, parse

pytestmark = pytest.mark.engine

IMAGE = f"unladen-test/sensor:{os.getpid()}"
INSIDE = "/.unladen"
SENSOR, LOG = f"{INSIDE}/sensor", f"{INSIDE}/log"
APPLETS = ("cat", "cp", "find", "httpd", "id", "ls", "sh", "sleep", "su", "touch")
PASSWD = b"root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"


def root_file_system(tar: Path) -> None:
    """Debian's busybox-static, and what httpd and su need."""
    with tarfile.open(tar, "w") as root:
        root.add(busybox(), "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            root.addfile(link)
        for name in ("tmp", "www", "etc"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            root.addfile(folder)
        files = {"etc/passwd": PASSWD, "etc/group": b"root:x:0:\n", "etc/shadow": b""}
        for name, content in (files | {f"www/{page}": b"hello\n" for page in "abc"}).items():
            file = tarfile.TarInfo(name)
            file.size, file.mode = len(content), 0o644
            root.addfile(file, io.BytesIO(content))


@pytest.fixture(scope="module", params=["docker", "podman"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = found(request.param)
    tar = tmp_path_factory.mktemp("root") / "root.tar"
    root_file_system(tar)
    engine.import_root(tar, IMAGE, ('CMD ["sh"]', "WORKDIR /www"))
    yield engine
    engine.close()
    engine.remove_image(IMAGE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What goes into the container: the sensor, and room for its log, for whatever user writes it."""
    folder = tmp_path / "unladen"
    folder.mkdir()
    shutil.copy(built_sensor(), folder / "sensor")
    folder.chmod(0o1777)
    return folder


@dataclass(frozen=True)
class Ran:
    code: int | None
    stdout: str
    stderr: str
    trace: Trace

    def touched(self, phase: int | None = None) -> set[str]:
        """The paths that were there, of one phase or all."""
        touches = (each for each in self.trace.touches if each.result == 0)
        return {each.path for each in touches if phase in (None, each.phase)}


def request(*command: str, image: str = IMAGE) -> RunRequest:
    return RunRequest(image, entrypoint=(SENSOR,), command=(LOG, "--", *command))


Use = Callable[[Container], None]


def run(engine: Engine, folder: Path, wanted: RunRequest, use: Use = lambda container: None) -> Ran:
    container = engine.create(wanted)
    container.copy_in(folder, INSIDE)
    container.start()
    use(container)
    done = container.wait(60)
    log = copied_out(container, LOG)
    container.remove()
    return log_of(done.exit_code, done.stdout, done.stderr, log)


def log_of(code: int | None, stdout: bytes, stderr: bytes, log: bytes) -> Ran:
    return Ran(code, stdout.decode(), stderr.decode(), parse(log.splitlines(keepends=True)))


def copied_out(container: Container, path: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(b"".join(container.copy_out(path)))) as tar:
        file = tar.extractfile(tar.getmembers()[0])
        assert file is not None
        return file.read()


@pytest.mark.parametrize("user", ["0", "65534"])
@pytest.mark.parametrize(
    "locks",
    [(), ("--read-only",), ("--read-only", "--cap-drop", "ALL")],
    ids=["open", "read-only", "hardened"],
)
def test_whoever_runs_it_however_locked_up(
    engine: Engine, folder: Path, user: str, locks: tuple[str, ...]
) -> None:
    """By the engine's own client: unladen locks nothing up."""
    options = ("--rm", "--volume", f"{folder}:{INSIDE}", "--user", f"{user}:{user}", "--entrypoint", SENSOR)
    command = (LOG, "--", "sh", "-c", "id -u; /bin/cat a; /bin/ls /none; exit 7")
    limits = ulimit_options() if engine.name == "podman" else ()
    whole = [*engine.command, "run", *limits, *options, *locks, IMAGE, *command]
    done = subprocess.run(whole, capture_output=True)
    assert done.returncode == 7, done.stderr
    ran = log_of(done.returncode, done.stdout, done.stderr, (folder / "log").read_bytes())
    assert (ran.code, ran.stdout) == (7, f"{user}\nhello\n")
    assert ran.trace.complete, ran.trace.problems
    touched = {(each.path, each.call, each.result, each.process) for each in ran.trace.touches}
    assert ("/www/a", "open", 0, "/bin/busybox") in touched
    assert ("/none", "stat", 2, "/bin/busybox") in touched
    assert {"/bin/sh", "/bin/cat", "/bin/busybox"} <= ran.touched()


def test_marks_tell_what_each_request_touched(engine: Engine, folder: Path) -> None:
    wanted = replace(request("httpd", "-f", "-p", "8080", "-h", "/www"), ports=(8080,))

    def ask(container: Container) -> None:
        for page in "abb":
            assert get(container, page) == b"hello\n"
            done = container.exec((SENSOR, "--mark", LOG))
            assert done.exit_code == 0, done.stderr
        assert get(container, "c") == b"hello\n"
        assert container.stop(10).exit_code == 143

    ran = run(engine, folder, wanted, ask)
    assert ran.trace.complete, ran.trace.problems
    assert ran.trace.marks == 3
    pages = [{path for path in ran.touched(phase) if path.startswith("/www/")} for phase in range(4)]
    assert pages == [{"/www/a"}, {"/www/b"}, {"/www/b"}, {"/www/c"}]


def wait_for(container: Container, line: bytes) -> None:
    deadline = time.monotonic() + 30
    while line not in container.logs()[0]:
        assert time.monotonic() < deadline, f"{line!r} was never printed"
        time.sleep(0.05)


def get(container: Container, page: str) -> bytes:
    for _ in range(100):
        try:
            url = f"http://127.0.0.1:{container.host_port(8080)}/{page}"
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.05)
    raise AssertionError("httpd never answered")


@docker_alone
def test_the_engine_signals_a_mark_too(engine: Engine, folder: Path) -> None:
    """Without a process inside: the signal goes to the container, as `docker kill --signal` sends it."""
    loop = "trap 'cat b; exit 5' TERM; cat a; touch /tmp/ready; while :; do sleep 0.1; done"

    def signal_it(container: Container) -> None:
        wait_for(container, b"hello")
        for name in ("SIGRTMIN+5", "TERM"):
            subprocess.run([engine.name, "kill", "--signal", name, container.id], check=True)

    ran = run(engine, folder, request("sh", "-c", loop), signal_it)
    assert ran.code == 5
    assert "/www/a" in ran.touched(0) and "/www/b" in ran.touched(1)
    assert "/tmp/ready" in {each.path for each in ran.trace.touches if each.call == "create"}


@docker_alone
def test_a_killed_container_leaves_an_incomplete_trace(engine: Engine, folder: Path) -> None:
    wanted = request("sh", "-c", "cat a; sleep 30")

    def kill(container: Container) -> None:
        wait_for(container, b"hello")
        time.sleep(0.5)  # the sensor writes its log every 100 ms
        subprocess.run([engine.name, "kill", container.id], check=True, capture_output=True)

    ran = run(engine, folder, wanted, kill)
    assert ran.code == 137
    assert "/www/a" in ran.touched()
    assert not ran.trace.complete
    assert "the log has no end" in ran.trace.problems[0]


@docker_alone
def test_an_end_that_is_asked_for_is_complete(engine: Engine, folder: Path) -> None:
    """For a program that does not heed SIGTERM."""

    def end(container: Container) -> None:
        wait_for(container, b"hello")
        with suppress(EngineFailed):  # the container may end before the exec does
            container.exec((SENSOR, "--end", LOG))

    ran = run(engine, folder, request("sh", "-c", "trap '' TERM; cat a; sleep 30"), end)
    assert ran.code == 137
    assert ran.trace.complete, ran.trace.problems


@pytest.mark.parametrize("command", ["/bin/cat /etc/passwd", "cd /www && /bin/cat a && find . && ls"])
def test_a_program_that_drops_root_and_executes(engine: Engine, folder: Path, command: str) -> None:
    """The shape of gosu: between the change of user and the exec, the kernel hides the process from a tracer."""
    ran = run(engine, folder, request("su", "-s", "/bin/sh", "-c", f"id -u; {command}", "nobody"))
    assert ran.code == 0, ran.stderr
    assert ran.stdout.startswith("65534\n")
    assert ran.trace.complete, ran.trace.problems
    wanted = {"/bin/sh", "/bin/cat"} | ({"/etc/passwd"} if "passwd" in command else {"/www/a", "/www/./b"})
    assert wanted <= ran.touched()


HIDDEN = """
import os, subprocess, sys
for drop in range(2):
    if drop and (worker := os.fork()):
        sys.exit(os.waitpid(worker, 0)[1])
    os.chdir("/usr/share")
    if drop: os.setgroups([]); os.setgid(65534); os.setuid(65534)
    os.stat("zoneinfo/Europe")
    above = os.open("/usr/lib", os.O_RDONLY)
    os.listdir(above); os.stat("os-release", dir_fd=above)
    import wave, sqlite3
    os.chdir("zoneinfo"); os.stat("UTC")
    subprocess.run(["cat", "Africa/Cairo"], stdout=subprocess.DEVNULL, check=True)
    if not drop: os.kill(1, 39)
"""


def test_a_program_that_drops_root_and_goes_on(folder: Path) -> None:
    """A worker that changes its user stays hidden; all it touches is seen all the same."""
    engine = found("docker")
    provide(engine, "python:3.11-slim")
    ran = run(engine, folder, request("python3", "-c", HIDDEN, image="python:3.11-slim"))
    assert ran.code == 0, ran.stderr
    assert ran.trace.complete, ran.trace.problems
    share = [{path for path in ran.touched(phase) if path.startswith("/usr/share")} for phase in (0, 1)]
    assert share[0] == share[1] > {"/usr/share/zoneinfo/Europe", "/usr/share/zoneinfo/Africa/Cairo"}
    assert "/usr/lib/os-release" in ran.touched(1)
    assert ("/usr/lib", "list") in {(each.path, each.call) for each in ran.trace.touches if each.phase == 1}


GO = """
package main

import (
	"fmt"
	"os"
	"sync"
)

func main() {
	var all sync.WaitGroup
	for i := 0; i < 300; i++ {
		all.Add(1)
		go func() { defer all.Done(); os.ReadFile(fmt.Sprintf("/data/%d", i)) }()
	}
	all.Wait()
}
"""


def test_a_go_program_from_scratch(folder: Path, tmp_path: Path) -> None:
    """No shell, no library, hundreds of goroutines on many threads."""
    if shutil.which("go") is None:
        pytest.skip("no go")
    (tmp_path / "main.go").write_text(GO)
    (tmp_path / "go.mod").write_text("module reads\n\ngo 1.22\n")
    environ = {**os.environ, "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", "reads", "."], cwd=tmp_path, env=environ, check=True)
    with tarfile.open(tmp_path / "root.tar", "w") as root:
        root.add(tmp_path / "reads", "reads")
    engine = found("docker")
    image = engine.import_root(tmp_path / "root.tar", f"{IMAGE}-go", ('CMD ["/reads"]',))
    ran = run(engine, folder, request("/reads", image=image))
    engine.remove_image(f"{IMAGE}-go")
    assert ran.code == 0, ran.stderr
    assert ran.trace.complete, ran.trace.problems
    assert {f"/data/{n}" for n in range(300)} <= {each.path for each in ran.trace.touches}
