"""The engine's command line, called as a child process.

Not through python-on-whales: it has no time limits, decodes binary output as text, cannot feed `exec`, and
cannot keep podman from copying the host's proxies into containers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from unladen import temporary
from unladen.engine.answers import refused
from unladen.engine.endings import Ending, end
from unladen.errors import Interrupted

CHUNK = 1 << 20


@dataclass(frozen=True)
class Ran:
    """How a call ended. `code` is None when it was broken off because its time was up."""

    code: int | None
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace").strip()

    @property
    def complaint(self) -> str:
        """What the client says went wrong: its stderr, or stdout where that is empty."""
        return (self.stderr or self.stdout).decode(errors="replace").strip()


@dataclass
class Calls:
    """The calls that run now, each with the way to end it."""

    running: dict[subprocess.Popen[bytes], Ending] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Client:
    """An engine's client: the command with its global options, and the environment it runs in.

    Children get a process group of their own: a Ctrl-C in the terminal reaches unladen alone, which then ends
    them itself (`end_all`) and cleans up with calls that the same Ctrl-C does not break off.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    calls: Calls = field(default_factory=Calls, compare=False, repr=False)

    def run(self, *args: str, stdin: bytes | None = None, timeout: float | None = None) -> Ran:
        """Runs to the end, whatever the exit code."""
        source = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
        with self.child(args, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            try:
                stdout, stderr = child.communicate(stdin, timeout=timeout)
            except subprocess.TimeoutExpired:
                end(child)
                stdout, stderr = child.communicate()
                return Ran(None, stdout, stderr)
        return Ran(child.returncode, stdout, stderr)

    def ask(self, what: str, *args: str, stdin: bytes | None = None, timeout: float | None = None) -> str:
        """Runs to a good end and gives stdout. `what` is what cannot be done when it fails ("stop web").

        Raises what `refused` makes of the client's complaint.
        """
        ran = self.run(*args, stdin=stdin, timeout=timeout)
        if ran.code != 0:
            raise refused(what, ran.complaint or "the engine did not answer in time")
        return ran.text

    @contextlib.contextmanager
    def child(
        self,
        args: Iterable[str],
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.DEVNULL,
        stderr: int | IO[bytes] = subprocess.DEVNULL,
        ending: Ending = end,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A running call; it is ended when the block is left, however that happens."""
        child = self.open(args, stdin=stdin, stdout=stdout, stderr=stderr, ending=ending)
        try:
            yield child
        finally:
            ending(child)
            self.calls.running.pop(child, None)

    def open(
        self,
        args: Iterable[str],
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.DEVNULL,
        stderr: int | IO[bytes] = subprocess.DEVNULL,
        ending: Ending = end,
    ) -> subprocess.Popen[bytes]:
        """A running call that the caller ends (or `end_all`). Raises Interrupted after `end_all`."""
        self.go_on()
        child = subprocess.Popen(
            [*self.argv, *args],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=dict(self.env),
            process_group=0,
        )
        self.calls.running[child] = ending
        return child

    def stream(self, what: str, *args: str) -> IO[bytes]:
        """stdout as a stream; reading to its end raises when the call failed. The caller closes it."""
        return io.BufferedReader(_Stream(self, what, args), CHUNK)

    def go_on(self) -> None:
        """Raises Interrupted when the engine is being closed."""
        if self.calls.ended.is_set():
            raise Interrupted("cannot go on: the engine is closed")

    def end_all(self) -> None:
        """Ends every call that still runs (builds, streams); threads that wait for one go on from there."""
        self.calls.ended.set()
        for child, ending in tuple(self.calls.running.items()):
            ending(child)

    def reopened(self) -> Client:
        """The same client with a clean slate, for the calls of a clean-up."""
        return dataclasses.replace(self, calls=Calls())


class _Stream(io.RawIOBase):
    """stdout of a call. stderr goes to a file, so that a chatty client cannot block on a full pipe."""

    def __init__(self, client: Client, what: str, args: tuple[str, ...]) -> None:
        self._client = client
        self._what = what
        self._stderr = temporary.open_file()
        self._child = client.open(args, stdout=subprocess.PIPE, stderr=self._stderr)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        assert self._child.stdout is not None
        count: int = self._child.stdout.readinto1(buffer)  # type: ignore[attr-defined]
        if count == 0 and len(buffer) and self._child.wait() != 0:
            self._stderr.seek(0)
            raise refused(self._what, self._stderr.read().decode(errors="replace").strip())
        return count

    def close(self) -> None:
        if not self.closed:
            end(self._child)
            self._client.calls.running.pop(self._child, None)
            assert self._child.stdout is not None
            self._child.stdout.close()
            self._stderr.close()
        super().close()
