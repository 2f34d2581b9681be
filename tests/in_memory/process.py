"""Programs that are Python callables, and what they see of the container that runs them."""

from __future__ import annotations

import errno
import io
import posixpath
import signal
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import IO, TypeVar
from urllib.request import urlopen

from in_memory.files import Node, Tree, failed

Program = Callable[["Process"], int]
"""Runs as a process and gives its exit code."""
Watch = Callable[["Process", str, str, int], None]
"""Told of a process's call: its name in the sensor's log, the absolute path, 0 or the errno."""
Write = Callable[[bytes], object]
T = TypeVar("T")

MARK = b"in-memory program "
"""A file that begins so is an executable: the program's name follows, up to the end of the line."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KERNEL: Mapping[str, Callable[[], bytes]] = {
    "/dev/null": lambda: b"",
    "/proc/sys/kernel/random/uuid": lambda: f"{uuid.uuid4()}\n".encode(),
}


class Ended(Exception):
    """The process was ended by a signal, or ended itself."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def executable(name: str) -> Node:
    """A file that runs the program of that name."""
    return Node("file", MARK + name.encode() + b"\n", mode=0o755)


@dataclass(frozen=True)
class Answer:
    """What an HTTP server answers."""

    body: bytes = b""
    status: int = 200
    type: str = "text/plain"


@dataclass
class Machine:
    """The files, ports and signals that the processes of one container share. `programs` are the callables by
    name; a real executable (busybox, the sensor) is known by a text in it."""

    tree: Tree
    programs: Mapping[str, Program]
    contents: Mapping[bytes, Program] = field(default_factory=dict)
    ports: dict[int, socket.socket] = field(default_factory=dict)
    listening: dict[int, int] = field(default_factory=dict)
    """Ports on 127.0.0.1 of those that are listened at."""
    reach: Callable[[str, int], int | None] = lambda host, port: None
    """The port on 127.0.0.1 of another machine's, None where nothing listens."""
    kernel: dict[str, Callable[[], bytes]] = field(default_factory=lambda: dict(KERNEL))
    """Files that no image has."""
    watch: Watch = lambda process, call, path, number: None
    wake: threading.Condition = field(default_factory=threading.Condition)
    killed: bool = False
    addressee: Signals | None = None
    """Whom a signal to the container reaches; process 1 until that is a sensor."""
    known: dict[str, object] = field(default_factory=dict)
    """What processes leave for one another, by a name of theirs."""

    def kill(self) -> None:
        with self.wake:
            self.killed = True
            self.wake.notify_all()
        for each in self.ports.values():
            each.close()

    def signal(self, number: int) -> None:
        with self.wake:
            if self.addressee is not None:
                self.addressee.receive(number)
            self.wake.notify_all()


@dataclass
class Signals:
    """What a process does about signals, and which have come; `parent` is the process that waits for this one."""

    parent: Signals | None = None
    handlers: dict[int, Callable[[], None]] = field(default_factory=dict)
    pending: list[int] = field(default_factory=list)
    ended: int = 0
    """The signal that ended the process."""

    def receive(self, number: int) -> None:
        """Process 1 ignores what it has no handler for, as in Linux."""
        if number in self.handlers:
            self.pending.append(number)
        elif self.parent is not None:
            self.ended = number


@dataclass
class Process:
    """A running program's view of its container: files, streams, signals, time, children, the network."""

    machine: Machine
    argv: Sequence[str]
    env: dict[str, str]
    folder: str
    user: str = ""
    stdin: IO[bytes] = field(default_factory=io.BytesIO)
    stdout: Write = lambda data: None
    stderr: Write = lambda data: None
    signals: Signals = field(default_factory=Signals)
    path: str = ""
    """Of the executable."""

    # files

    def absolute(self, path: str) -> str:
        return posixpath.join(self.folder, path)

    def read(self, path: str) -> bytes:
        made = self.machine.kernel.get(self.absolute(path))
        return made() if made else self._call("open", path, self.machine.tree.read)

    def text(self, path: str) -> str:
        return self.read(path).decode()

    def exists(self, path: str) -> bool:
        try:
            self.node(path)
        except OSError:
            return False
        return True

    def node(self, path: str) -> Node:
        return self._call("stat", path, self.machine.tree.node)

    def list(self, path: str) -> list[str]:
        return self._call("list", path, self.machine.tree.children)

    def write(self, path: str, data: bytes | str, *, append: bool = False, mode: int = 0o644) -> None:
        if self.absolute(path) == "/dev/null":
            return
        data = data.encode() if isinstance(data, str) else data
        tree = self.machine.tree
        there = tree.exists(self.absolute(path))

        def write(whole: str) -> None:
            if not there:
                return tree.write(whole, Node("file", data, mode=mode))
            before = tree.node(whole)
            return tree.write(whole, replace(before, data=before.data + data if append else data))

        self._call("write" if there else "create", path, write)

    def make_folder(self, path: str) -> None:
        if self.machine.tree.exists(self.absolute(path)):
            raise failed(errno.EEXIST, path)
        self._call("mkdir", path, lambda whole: self.machine.tree.write(whole, Node("dir", mode=0o755)))

    def remove(self, path: str) -> None:
        self._call("unlink", path, self.machine.tree.remove)

    def _call(self, call: str, path: str, do: Callable[[str], T]) -> T:
        whole = self.absolute(path)
        try:
            done = do(whole)
        except OSError as error:
            self.machine.watch(self, call, whole, error.errno or 0)
            raise OSError(error.errno, error.strerror, path) from None
        self.machine.watch(self, call, whole, 0)
        return done

    # output

    def say(self, line: str) -> None:
        self.stdout(f"{line}\n".encode())

    def complain(self, line: str) -> None:
        self.stderr(f"{line}\n".encode())

    # time and signals

    def check(self) -> None:
        """Raises Ended where a signal has ended it; runs the handlers of those that came."""
        if self.machine.killed:
            raise Ended(128 + signal.SIGKILL)
        each: Signals | None = self.signals
        while each is not None:
            if each.ended:
                raise Ended(128 + each.ended)
            each = each.parent
        while self.signals.pending:
            self.signals.handlers[self.signals.pending.pop(0)]()

    def sleep(self, seconds: float | None = None) -> None:
        """Raises Ended; without `seconds`, only a signal ends it."""
        end = None if seconds is None else time.monotonic() + seconds
        with self.machine.wake:
            self.check()
            while end is None or time.monotonic() < end:
                self.machine.wake.wait(None if end is None else end - time.monotonic())
                self.check()

    # others

    def run(self, *argv: str, began: Callable[[Process], None] = lambda child: None) -> int:
        """A child, run to its end: its exit code. `began` is given the child before it runs. Raises OSError where
        there is no such program."""
        child = replace(self, argv=argv, env=dict(self.env), signals=Signals(self.signals))
        run = child.started()
        began(child)
        return run()

    def started(self) -> Callable[[], int]:
        """What runs it; the exit code of a program that raises is 1. Raises OSError where it cannot be started."""
        program = self._program(self._find(self.argv[0]), 4)

        def run() -> int:
            try:
                return program(self)
            except Ended as ended:
                return ended.code
            except Exception:
                self.stderr(traceback.format_exc().encode())
                return 1

        return run

    def _find(self, name: str) -> str:
        if "/" in name:
            return self.absolute(name)
        for folder in self.env.get("PATH", PATH).split(":"):
            if self.exists(path := posixpath.join(folder, name)):
                return path
        raise failed(errno.ENOENT, name)

    def _program(self, path: str, hops: int) -> Program:
        """What the executable at `path` is: one of ours, or a script of one. Raises OSError as exec does."""
        node = self._call("exec", path, self.machine.tree.node)
        if node.kind != "file" or not node.mode & 0o111:
            raise failed(errno.EACCES, path)
        first = node.data.partition(b"\n")[0]
        if first.startswith(MARK):
            name = first.removeprefix(MARK).decode()
            self.path = self.machine.tree.real(path)
            if name not in self.machine.programs:
                raise failed(errno.ENOEXEC, path)
            return self.machine.programs[name]
        if first.startswith(b"#!") and hops:
            interpreter, *argument = first[2:].decode().split(None, 1)
            self.argv = (interpreter, *argument, path, *self.argv[1:])
            return self._program(interpreter, hops - 1)
        for text, program in self.machine.contents.items():
            if text in node.data:
                self.path = self.machine.tree.real(path)
                return program
        raise failed(errno.ENOEXEC, path)

    # the network

    def fetch(self, host: str, port: int, path: str) -> bytes:
        """What another container of the network answers to a GET. Raises OSError."""
        there = self.machine.reach(host, port)
        if there is None:
            raise failed(errno.ECONNREFUSED, f"{host}:{port}")
        with urlopen(f"http://127.0.0.1:{there}{path}", timeout=5) as answer:
            return bytes(answer.read())

    def serve(self, port: int, answer: Callable[[str], Answer]) -> int:
        """An HTTP server that answers GETs until a signal ends it. `answer` gets the path with its query."""
        handler = type("Handler", (_Handler,), {"answer": staticmethod(answer), "process": self})
        with HTTPServer(("127.0.0.1", 0), handler, bind_and_activate=False) as server:
            if given := self.machine.ports.get(port):
                server.socket.close()
                server.socket = given
            else:
                server.server_bind()
            server.server_activate()
            self.machine.listening[port] = server.socket.getsockname()[1]
            thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
            thread.start()
            try:
                while True:
                    self.sleep()
            finally:
                server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[str], Answer]
    process: Process
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        try:
            found = self.answer(self.path)
        except Exception:
            self.process.stderr(traceback.format_exc().encode())
            found = Answer(b"Internal Server Error", 500)
        self.send_response_only(found.status)
        for name, value in (("Content-Type", found.type), ("Content-Length", str(len(found.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found.body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """The program says what it has to say itself."""
