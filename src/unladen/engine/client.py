"""The engine's command line, called as a child process.

Not through python-on-whales: it has no time limits, decodes binary output as text, cannot feed `exec`, and
cannot keep podman from copying the host's proxies into containers.
"""

from __future__ import annotations

import contextlib
import io
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from unladen.engine.answers import refused

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


@dataclass(frozen=True)
class Client:
    """An engine's client: the command with its global options, the environment it runs in, and its children.

    Children get a process group of their own: a Ctrl-C in the terminal reaches unladen alone, which then ends
    them itself (`end_all`) and cleans up with calls that the same Ctrl-C does not break off.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    children: set[subprocess.Popen[bytes]] = field(default_factory=set, compare=False, repr=False)

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
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A running call; it is ended when the block is left, however that happens."""
        child = self.open(args, stdin=stdin, stdout=stdout, stderr=stderr)
        try:
            yield child
        finally:
            end(child)
            self.children.discard(child)

    def open(
        self,
        args: Iterable[str],
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.DEVNULL,
        stderr: int | IO[bytes] = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """A running call that the caller ends (or `end_all`)."""
        child = subprocess.Popen(
            [*self.argv, *args],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=dict(self.env),
            process_group=0,
        )
        self.children.add(child)
        return child

    def stream(self, what: str, *args: str) -> IO[bytes]:
        """stdout as a stream; reading past its end raises when the call failed. The caller closes it."""
        return io.BufferedReader(_Stream(self, what, args), CHUNK)

    def end_all(self) -> None:
        """Ends every call that still runs (builds, streams)."""
        for child in tuple(self.children):
            end(child)
            self.children.discard(child)


def end(child: subprocess.Popen[bytes], grace: float = 10.0) -> None:
    """Asks the call to stop, so that the engine can tidy up, then makes it."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def read_lines(source: IO[bytes], on_line: Callable[[str], None]) -> str:
    """Every line as it comes, and the whole text at the end."""
    lines: list[str] = []
    for raw in source:
        line = raw.decode(errors="replace").rstrip("\r\n")
        lines.append(line)
        on_line(line)
    return "\n".join(lines)


def read_until(
    source: IO[bytes], deadline: float, answered: Callable[[str], bool], first: float
) -> tuple[str, bool]:
    """Reads to the end: the text, and whether it came in time. `deadline` and `first` (for the first line
    that `answered` accepts) are moments of time.monotonic()."""
    text = b""
    heard = False
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while True:
            left = (deadline if heard else first) - time.monotonic()
            if left <= 0 or not selector.select(left):
                return text.decode(errors="replace"), False
            chunk = os.read(source.fileno(), CHUNK)
            if not chunk:
                return text.decode(errors="replace"), True
            text += chunk
            heard = heard or any(answered(line) for line in text.decode(errors="replace").splitlines())


def feed(target: IO[bytes], chunks: Iterable[bytes]) -> threading.Thread:
    """Writes the chunks from a thread of its own; a reader that goes away early ends it."""

    def write() -> None:
        with contextlib.suppress(BrokenPipeError, ValueError), target:
            for chunk in chunks:
                target.write(chunk)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


class _Stream(io.RawIOBase):
    """stdout of a call. stderr goes to a file, so that a chatty client cannot block on a full pipe."""

    def __init__(self, client: Client, what: str, args: tuple[str, ...]) -> None:
        self._client = client
        self._what = what
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
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
            self._client.children.discard(self._child)
            assert self._child.stdout is not None
            self._child.stdout.close()
            self._stderr.close()
        super().close()
