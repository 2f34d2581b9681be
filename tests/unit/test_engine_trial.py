"""The program that tries an engine out runs on this machine and ends well."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from unladen.engine.trial import EXITS, _program


@pytest.mark.skipif(platform.machine() not in EXITS, reason="there is no such program for this architecture")
def test_the_program_runs_and_does_nothing(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(_program(*EXITS[platform.machine()]))
    program.chmod(0o755)
    ran = subprocess.run([program], capture_output=True, check=False, timeout=10)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
