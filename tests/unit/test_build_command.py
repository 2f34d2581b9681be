"""The command that builds what was written, without unladen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from report_climbs import CLIMB, PROVED

from unladen import session
from unladen.api.optimize import build_command
from unladen.engine.hostsettings import HostSettings
from unladen.language.interface import Proposal


@pytest.mark.parametrize("mount", ["", "RUN --mount=type=secret,id=ca true\n"])
def test_the_hosts_authorities_are_handed_over_where_the_file_takes_them(
    mount: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "host_settings", lambda: HostSettings(Path("/ca.pem")))
    assert isinstance(PROVED.rung, Proposal)
    proved = replace(PROVED, rung=replace(PROVED.rung, dockerfile=f"FROM a\n{mount}"))
    engine = replace(CLIMB.engine, command=("docker",), builder="buildkit")
    climb = replace(CLIMB, engine=engine, rungs=(proved,), recommended=proved.rung.name)
    assert ("id=ca,src=/ca.pem" in build_command(tmp_path, climb)) is bool(mount)
