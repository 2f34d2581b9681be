"""What a session starts is written down before it is started, and only this user's dead sessions are cleaned up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unladen.engine.client import Client
from unladen.engine.leftovers import containers_of
from unladen.engine.owned import Session, left
from unladen.errors import CannotWrite


def session(state: Path) -> Session:
    return Session(state, lambda: "docker ID")


def test_names_are_the_sessions_own_and_written_down_first(tmp_path: Path) -> None:
    one, other = session(tmp_path), session(tmp_path)
    names = {one.container(), one.container(), other.container()}
    assert len(names) == 3 and all(f"-{os.getpid()}-" in name for name in names)
    image = one.image()
    one.write("step", "0123456789ab")
    written = one.read()
    assert written is not None and written.engine == "docker ID"
    assert (written.images, written.steps) == ({image}, {"0123456789ab"})
    assert written.containers | other.read().containers == names  # type: ignore[union-attr]


def test_a_session_that_starts_nothing_writes_nothing(tmp_path: Path) -> None:
    quiet = session(tmp_path / "state")
    assert quiet.read() is None
    quiet.end(clean=True)
    assert not (tmp_path / "state").exists()


def test_only_a_session_whose_process_is_gone_is_left(tmp_path: Path) -> None:
    living, dead = session(tmp_path), session(tmp_path)
    living.container()
    name = dead.container()
    dead.end(clean=False)  # as the end of its process does
    ((held, written),) = left(tmp_path)
    assert written.containers == {name}
    held.remove()
    assert list(left(tmp_path)) == []


def test_another_state_folder_is_another_user(tmp_path: Path) -> None:
    theirs = session(tmp_path / "theirs")
    theirs.container()
    theirs.end(clean=False)
    assert list(left(tmp_path / "mine")) == []


def test_a_ledger_that_was_broken_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    broken = session(tmp_path)
    name = broken.container()
    broken.end(clean=False)
    ledger = next((tmp_path / "sessions").glob("*/ledger"))
    ledger.write_text(ledger.read_text() + "ima")
    ((_, written),) = left(tmp_path)
    assert written.containers == {name} and written.images == frozenset()


def test_a_state_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(CannotWrite, match="cannot write into") as raised:
        session(tmp_path / "state").container()
    assert "XDG_STATE_HOME" in raised.value.hint


CLIENT = """#!/bin/sh
case $1 in
ps) printf 'NAME\\nusers-own\\n' ;;
container) printf 'abc /NAME %s\\n' LABEL ;;
esac
"""


@pytest.mark.parametrize(("label", "ours"), [("NAME", True), ("other", False), ("", False)])
def test_a_container_is_ours_only_where_its_label_says_its_own_name(
    tmp_path: Path, label: str, ours: bool
) -> None:
    """A real program stands in for the client: a container has the name, and its label says the same or not."""
    mine = session(tmp_path)
    name = mine.container()
    client = tmp_path / "client"
    client.write_text(CLIENT.replace("LABEL", f"'{label}'").replace("NAME", name))
    client.chmod(0o755)
    written = mine.read()
    assert written is not None
    assert containers_of(Client((str(client),), os.environ), written) == ({name: "abc"} if ours else {})
