"""The command line as a user meets it, for tests: run, interrupt, and look for what was left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from unladen.engine.owned import PREFIX, REPOSITORY

COMMAND = (sys.executable, "-m", "unladen")
_shared = tempfile.TemporaryDirectory(prefix="unladen-tests-")  # until the tests end
LAYERS = Path(_shared.name, "layers.json")
_ours: set[int] = set()
"""The processes that were started here."""


@dataclass(frozen=True)
class Ran:
    code: int
    stdout: str
    stderr: str


def unladen(*arguments: str | Path, cache: Path | None = None, env: dict[str, str] | None = None) -> Ran:
    """Runs the command line to its end; `cache` keeps what it remembers apart from the user's."""
    _lend_layers(cache)
    with _start(*arguments, env=environment(cache, env)) as child:
        try:
            stdout, stderr = child.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
    _take_layers(cache)
    return Ran(child.returncode, stdout, stderr)


def _start(*arguments: str | Path, env: dict[str, str]) -> subprocess.Popen[str]:
    command = [*COMMAND, *map(str, arguments)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    _ours.add(child.pid)
    return child


def _lend_layers(cache: Path | None) -> None:
    """Compressed sizes of layers are by what is in them: one test's are good for all, and take seconds each."""
    if cache is not None and LAYERS.is_file() and not (cache / LAYERS.name).exists():
        cache.mkdir(parents=True, exist_ok=True)
        shutil.copy(LAYERS, cache / LAYERS.name)


def _take_layers(cache: Path | None) -> None:
    if cache is not None and (cache / LAYERS.name).is_file():
        shutil.copy(cache / LAYERS.name, LAYERS)


def environment(cache: Path | None, env: dict[str, str] | None = None) -> dict[str, str]:
    """The tests' own cache, but for assembled bases, which are the user's: they take minutes to make."""
    changed = {**os.environ, "COLUMNS": "140", **(env or {})}
    if cache is not None:
        own = Path(os.environ.get("UNLADEN_CACHE") or Path.home() / ".cache" / "unladen") / "bases"
        own.mkdir(parents=True, exist_ok=True)
        cache.mkdir(parents=True, exist_ok=True)
        if not (cache / "bases").exists():
            (cache / "bases").symlink_to(own)
        changed["UNLADEN_CACHE"] = str(cache)
    return changed


def interrupted(
    phase: str, number: signal.Signals, *arguments: str | Path, cache: Path, lends: bool = True
) -> Ran:
    """Starts the command line, sends it a signal as soon as a line of its progress contains `phase`. Where sizes of
    layers are not lent, weighing takes long enough to be met."""
    if lends:
        _lend_layers(cache)
    child = _start(*arguments, env=environment(cache))
    assert child.stderr is not None
    lines = []
    for line in child.stderr:
        lines.append(line)
        if phase in line:
            time.sleep(0.3)  # into the phase, not at its edge
            child.send_signal(number)
            break
    stdout, rest = child.communicate(timeout=120)
    return Ran(child.returncode, stdout, "".join(lines) + rest)


def left_behind(engine: str) -> list[str]:
    """Containers and images of the processes that were started here: others are at work, too."""
    names = _said(engine, "ps", "--all", "--format", "{{.Names}}").split()
    names += _said(engine, "images", "--format", "{{.Repository}}:{{.Tag}}").split()
    starts = tuple(f"{start}{pid}-" for pid in _ours for start in (PREFIX, f"{REPOSITORY}:"))
    return [name for name in names if name.removeprefix("localhost/").startswith(starts)]


def _said(engine: str, *arguments: str) -> str:
    """What the client prints; nothing where it refuses (what it was asked about has gone meanwhile)."""
    return subprocess.run([engine, *arguments], capture_output=True, text=True, check=False).stdout
