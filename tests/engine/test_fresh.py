"""The machine of `make fresh` has what the README asks for and nothing more, and leaves nothing, however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from engines import lacking

FRESH = Path(__file__).parents[2] / "scripts" / "fresh.py"
MACHINES = Path.home() / ".cache" / "unladen" / "fresh" / "machines"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a machine in a folder"),
    pytest.mark.skipif(not (FRESH.parents[1] / ".git").exists(), reason="what is committed is what is tried"),
]


def machine(script: str) -> subprocess.Popen[str]:
    """A machine in which make runs these lines of shell, instead of a target of the Makefile."""
    for needed in ("mmdebstrap", "slirp4netns", "git"):
        if shutil.which(needed) is None:
            lacking(f"no {needed}: scripts/prepare fresh")
    command = [sys.executable, FRESH, f"--eval=look:;@{script}"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": ""},
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a shell's background jobs ignore it
    )


def test_it_has_what_the_readme_asks_for_and_nothing_more() -> None:
    look = (
        "pwd; ls README.md; id -u; python3 -c 'print(1)'; ls /sys/class/net; ls -d /proc/[0-9]* | wc -l;"
        " for each in docker podman git gcc pip curl mmdebstrap; do command -v $$each; done; exit 7"
    )
    with machine(look) as made:
        said, _ = made.communicate(timeout=300)
    assert said.split()[:5] == ["/root/unladen", "README.md", "0", "1", "lo"]
    assert said.split()[5] == "tap0" and int(said.split()[6]) < 8 and len(said.split()) == 7
    assert made.returncode == 2  # make's own
    assert list(MACHINES.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_leaves_nothing_when_it_is_broken_off(number: signal.Signals, code: int) -> None:
    with machine("echo up; setsid sleep 4242 & sleep 4242") as made:
        assert made.stdout is not None and made.stdout.readline() == "up\n"
        made.send_signal(number)
        try:
            assert made.wait(60) == code
        finally:
            made.terminate()
    assert list(MACHINES.iterdir()) == []
    assert "fresh/machines" not in Path("/proc/self/mounts").read_text()
    assert (
        "4242" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    )
