"""A container, driven through the engine's client; docker and podman take the same commands here."""

from __future__ import annotations

import contextlib
import json
import math
import posixpath
import subprocess
import tarfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

from unladen import temporary
from unladen.engine.answers import refused
from unladen.engine.client import CHUNK, Client
from unladen.engine.endings import end
from unladen.engine.interface import Finished
from unladen.engine.pipes import Feeder
from unladen.errors import EngineFailed

NOT_STARTED = ("created", "configured", "initialized")
"""States before the program runs: docker's, and podman's own two."""


class CliContainer:
    """A created container."""

    removal: tuple[str, ...] = ("rm", "-f", "-v")
    """The command that kills and removes a container at once."""

    def __init__(self, client: Client, id: str, stdin: bytes | None = None) -> None:
        self._client = client
        self._id = id
        self._stdin = stdin
        self._attached: subprocess.Popen[bytes] | None = None

    @property
    def id(self) -> str:
        return self._id

    @property
    def short(self) -> str:
        return self._id[:12]

    def start(self) -> None:
        if self._stdin is None:
            self._client.ask(f"start container {self.short}", "start", self._id)
        else:
            self._start_with(self._stdin)

    def running(self) -> bool:
        return bool(self._state()["Running"])

    def host_port(self, port: int) -> int:
        found = self._inspect()["NetworkSettings"]["Ports"] or {}
        for binding in found.get(f"{port}/tcp") or ():
            if binding.get("HostPort"):
                return int(binding["HostPort"])
        raise EngineFailed(
            f"cannot find the host port of container {self.short}: its port {port} is not published, "
            "or it is not running"
        )

    def logs(self) -> tuple[bytes, bytes]:
        ran = self._client.run("logs", self._id)
        if ran.code != 0:
            raise refused(f"read the logs of container {self.short}", ran.complaint)
        return ran.stdout, ran.stderr

    def exec(
        self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60.0, user: str = ""
    ) -> Finished:
        begin = time.perf_counter()
        options = ("-i", *(("--user", user) if user else ()))
        ran = self._client.run("exec", *options, self._id, *argv, stdin=stdin, timeout=timeout)
        seconds = time.perf_counter() - begin
        if ran.code not in (None, 0) and not self.running():
            complaint = ran.stderr.decode(errors="replace").strip()  # stdout is what the program said
            raise refused(f"run {argv[0]} in container {self.short}", complaint or "the container ended")
        return Finished(ran.code, ran.stdout, ran.stderr, seconds)

    def stop(self, grace: float) -> Finished:
        begin = time.perf_counter()
        self._client.ask(f"stop container {self.short}", "stop", "-t", str(math.ceil(grace)), self._id)
        seconds = time.perf_counter() - begin
        self._detach()
        return Finished(int(self._state()["ExitCode"]), *self.logs(), seconds)

    def send_stop(self) -> None:
        signal = self._inspect()["Config"].get("StopSignal") or "SIGTERM"
        ran = self._client.run("kill", "--signal", str(signal), self._id)
        if ran.code != 0 and self.running():
            raise refused(f"stop container {self.short}", ran.complaint)

    def wait(self, timeout: float) -> Finished:
        begin = time.perf_counter()
        ran = self._client.run(*self._wait_command(), timeout=timeout)
        seconds = time.perf_counter() - begin
        self._detach()
        if ran.code is None:
            self._client.run("kill", self._id)  # it may just have ended by itself: no matter
            self._client.run(*self._wait_command(), timeout=10.0)
            return Finished(None, *self.logs(), seconds)
        if ran.code != 0:
            raise refused(f"wait for container {self.short}", ran.complaint)
        return Finished(int(ran.text), *self.logs(), seconds)

    def copy_in(self, source: Path, target: str) -> None:
        """Copies as root's, modes kept. Missing parents are made. Links in a folder stay links."""
        target = posixpath.normpath(target)

        def as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            return member

        with temporary.file() as spool:
            with tarfile.open(fileobj=spool, mode="w", dereference=source.is_file()) as tar:
                tar.add(source, target.lstrip("/"), filter=as_root)
            spool.seek(0)
            self._copy_tar(spool, f"copy {source} into container {self.short}")

    def copy_out(self, source: str) -> Generator[bytes]:
        what = f"copy {source} out of container {self.short}"
        with self._client.stream(what, "cp", f"{self._id}:{source}", "-") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def volumes(self) -> tuple[str, ...]:
        mounts = self._inspect().get("Mounts") or ()
        return tuple(sorted(mount["Destination"] for mount in mounts if mount.get("Type") == "volume"))

    def changes(self) -> tuple[tuple[str, str], ...]:
        text = self._client.ask(f"compare container {self.short} with its image", "diff", self._id)
        return tuple((line[0], line[2:]) for line in text.splitlines() if line[1:3] == " /")

    def remove(self) -> None:
        self._detach()
        ran = self._client.run(*self.removal, self._id)
        if ran.code != 0 and "no such container" not in ran.complaint.lower():
            raise refused(f"remove container {self.short}", ran.complaint)

    def _wait_command(self) -> tuple[str, ...]:
        return ("wait", self._id)

    def _copy_tar(self, tar: IO[bytes], what: str) -> None:
        with self._client.child(
            ("cp", "-", f"{self._id}:/"), stdin=tar, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as child:
            complaint = child.communicate()[0].decode(errors="replace")
        if child.returncode != 0:
            raise refused(what, complaint)

    def _start_with(self, stdin: bytes) -> None:
        """Starts attached, because that is the only way to hand the program an input."""
        arguments = ("start", "--attach", "--interactive", self._id)
        with temporary.file() as said:
            child = self._client.open(arguments, stdin=subprocess.PIPE, stderr=said)
            self._attached = child
            assert child.stdin is not None
            Feeder(child.stdin, lambda pipe: _write_all(pipe, stdin))
            while self._state()["Status"] in NOT_STARTED:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(0.02)
                    if self._state()["Status"] in NOT_STARTED:
                        said.seek(0)
                        complaint = said.read().decode(errors="replace")
                        raise refused(f"start container {self.short}", complaint)

    def _detach(self) -> None:
        """The client that handed over the input has nothing left to do."""
        if self._attached is not None:
            end(self._attached)
            self._client.calls.running.pop(self._attached, None)
            self._attached = None

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._inspect()["State"]
        return state

    def _inspect(self) -> dict[str, Any]:
        text = self._client.ask(f"inspect container {self.short}", "container", "inspect", self._id)
        found: dict[str, Any] = json.loads(text)[0]
        return found


def _write_all(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(data)
