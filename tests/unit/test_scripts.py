"""scripts/with-docker says loudly when the daemon that it starts does not come up, or does not last."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

WITH_DOCKER = Path(__file__).parents[2] / "scripts" / "with-docker"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a docker daemon")


def with_docker(folder: Path, dockerd: str, *command: str) -> subprocess.CompletedProcess[str]:
    """`dockerd` is shell text; the client answers as long as there is a file `up`."""
    for name, text in (("dockerd", dockerd), ("docker", "test -e up")):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    environ = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(
        [WITH_DOCKER, *command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_daemon_that_lasts(tmp_path: Path) -> None:
    ran = with_docker(tmp_path, "touch up; echo $$ > pid; exec sleep 60", "sh", "-c", "echo done; exit 3")
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "done\n", "")
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


def test_a_daemon_that_does_not_come_up(tmp_path: Path) -> None:
    ran = with_docker(tmp_path, "echo no iptables; exit 1", "touch", "ran")
    assert ran.returncode == 1 and "dockerd ended before it answered:\nno iptables\n" in ran.stderr
    assert not (tmp_path / "ran").exists()


def test_a_daemon_that_dies_while_the_command_runs(tmp_path: Path) -> None:
    ran = with_docker(
        tmp_path,
        "touch up; echo out of memory; until [ -e on ]; do sleep 0.05; done",
        "sh",
        "-c",
        "touch on; sleep 0.5",
    )
    assert ran.returncode == 1
    assert "dockerd ended before the command did, which ended with 0:\nout of memory\n" in ran.stderr
