"""A container: a thread that runs a callable on a tree of its own."""

from __future__ import annotations

import io
import math
import secrets
import signal
import socket
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from in_memory.files import Node, differences, failed, tar_of
from in_memory.process import PATH, Machine, Process
from in_memory.store import Image, Store
from unladen.engine.interface import Finished, RunRequest
from unladen.errors import EngineFailed

KILLED = 128 + signal.SIGKILL


class MemoryContainer:
    def __init__(self, store: Store, image: Image, request: RunRequest, name: str) -> None:
        self.id = secrets.token_hex(32)
        self.image = image
        self.name = name
        self._store = store
        self._request = request
        self._machine = Machine(image.tree.copy(), store.programs, store.contents)
        self._machine.tree.room = store.room
        self._out, self._err = bytearray(), bytearray()
        self._thread: threading.Thread | None = None
        self._code: int | None = None
        self._published: dict[int, int] = {}
        store.containers[self.id] = self
        if request.joins:
            store.networks[request.joins] |= dict.fromkeys((name, *request.aliases), self)

    @property
    def _short(self) -> str:
        return self.id[:12]

    @property
    def argv(self) -> tuple[str, ...]:
        settings, request = self.image.settings, self._request
        if request.entrypoint is not None:
            return (*request.entrypoint, *(request.command or ()))
        command = settings.get("Cmd") or () if request.command is None else request.command
        return (*(settings.get("Entrypoint") or ()), *command)

    def start(self) -> None:
        if self._machine.killed:  # it has ended before
            self._machine = Machine(self._machine.tree, self._store.programs, self._store.contents)
        for port in self._request.ports:
            bound = socket.socket()
            bound.bind(("127.0.0.1", 0))
            self._machine.ports[port] = bound
            self._published[port] = bound.getsockname()[1]
        process = self._process(self.argv, io.BytesIO(self._request.stdin or b""))
        process.stdout, process.stderr = self._out.extend, self._err.extend
        self._machine.addressee = process.signals
        self._machine.reach = self._reach
        try:
            run = process.started()
        except (OSError, IndexError) as error:
            why = error.strerror if isinstance(error, OSError) else "no command specified"
            program = "".join(self.argv[:1])
            raise EngineFailed(
                f"cannot start container {self._short}: OCI runtime: exec: {program}: {why}"
            ) from error

        def to_its_end() -> None:
            self._code = run()
            self._machine.kill()

        thread = threading.Thread(target=to_its_end, daemon=True)
        thread.start()
        self._thread = thread  # a signal may come before it has started, and nobody can wait for it then

    def _reach(self, host: str, port: int) -> int | None:
        """The port on 127.0.0.1 at which another container of the network listens."""
        other = self._store.networks.get(self._request.joins, {}).get(host)
        return other._machine.listening.get(port) if other else None

    def _process(self, argv: tuple[str, ...], stdin: io.BytesIO, user: str = "") -> Process:
        settings = self.image.settings
        env = dict(entry.partition("=")[::2] for entry in settings.get("Env") or ())
        env = {"PATH": PATH, "HOME": "/root", **env, **self._request.env}
        folder = settings.get("WorkingDir") or "/"
        return Process(self._machine, argv, env, folder, user or settings.get("User") or "", stdin)

    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def host_port(self, port: int) -> int:
        if not self.running() or port not in self._published:
            raise EngineFailed(
                f"cannot find the host port of container {self._short}: its port {port} is not published, "
                "or it is not running"
            )
        return self._published[port]

    def logs(self) -> tuple[bytes, bytes]:
        return bytes(self._out), bytes(self._err)

    def exec(
        self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60.0, user: str = ""
    ) -> Finished:
        if not self.running():
            raise EngineFailed(f"cannot run {argv[0]} in container {self._short}: it is not running")
        begin = time.perf_counter()
        out, err, codes = bytearray(), bytearray(), []
        process = self._process(argv, io.BytesIO(stdin), user)
        process.stdout, process.stderr = out.extend, err.extend
        try:
            run = process.started()
        except OSError as error:
            complaint = f"OCI runtime: exec: {argv[0]}: {error.strerror}\n".encode()
            return Finished(127 if error.errno == 2 else 126, b"", complaint, 0)
        thread = threading.Thread(target=lambda: codes.append(run()), daemon=True)
        thread.start()
        thread.join(timeout)
        if thread.is_alive():
            process.signals.ended = signal.SIGKILL
            with self._machine.wake:
                self._machine.wake.notify_all()
        return Finished(codes[0] if codes else None, bytes(out), bytes(err), time.perf_counter() - begin)

    def stop(self, grace: float) -> Finished:
        begin = time.perf_counter()
        name = self.image.settings.get("StopSignal") or "SIGTERM"
        self._machine.signal(getattr(signal, name))
        self._join(math.ceil(grace))
        if self.running():
            self._kill()
        return self._finished(begin, self._code)

    def send_stop(self) -> None:
        self._machine.signal(getattr(signal, self.image.settings.get("StopSignal") or "SIGTERM"))

    def wait(self, timeout: float) -> Finished:
        begin = time.perf_counter()
        self._join(timeout)
        if self.running():
            self._kill()
            return self._finished(begin, None)
        return self._finished(begin, self._code)

    def _finished(self, begin: float, code: int | None) -> Finished:
        return Finished(code, *self.logs(), time.perf_counter() - begin)

    def _join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _kill(self) -> None:
        self._machine.kill()
        self._join(5)

    def copy_in(self, source: Path, target: str) -> None:
        tree = self._machine.tree
        for path in [source, *(sorted(source.rglob("*")) if source.is_dir() else ())]:
            whole = "/".join([target.rstrip("/"), *path.relative_to(source).parts])
            if not (path.is_dir() and tree.exists(whole)):
                tree.put(whole, of_host(path, follow=source.is_file()))

    def copy_out(self, source: str) -> Generator[bytes]:
        tree = self._machine.tree
        try:
            real = tree.real(source, follow=False)
            if tree.get(real) is None:
                raise failed(2, source)
        except OSError as error:
            raise EngineFailed(
                f"cannot copy {source} out of container {self._short}: {source}: {error.strerror}"
            ) from error
        nodes = {path: tree.nodes[path] for path in [real, *tree.below(real)] if path != "/"}
        yield tar_of(nodes, strip=real.rpartition("/")[0])

    def volumes(self) -> tuple[str, ...]:
        return ()

    def changes(self) -> tuple[tuple[str, str], ...]:
        return tuple(differences(self.image.tree, self._machine.tree))

    def remove(self) -> None:
        self._machine.kill()
        self._join(5)
        for network in self._store.networks.values():
            for alias in [each for each, container in network.items() if container is self]:
                del network[alias]
        with suppress(KeyError):
            del self._store.containers[self.id]


def of_host(path: Path, *, follow: bool = False) -> Node:
    """A file of the host as root's."""
    stat = path.stat() if follow else path.lstat()
    plain = Node("file", mode=stat.st_mode & 0o7777, mtime=int(stat.st_mtime))
    if path.is_symlink() and not follow:
        return replace(plain, kind="symlink", link=str(path.readlink()), mode=0o777)
    return replace(plain, kind="dir") if path.is_dir() else replace(plain, data=path.read_bytes())
