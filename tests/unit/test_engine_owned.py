"""A session's id says whose it is."""

from __future__ import annotations

import re
import subprocess
import sys

from unladen.engine.owned import is_orphan, new_session


def test_ids_differ_and_are_fit_for_labels_and_image_names() -> None:
    one, other = new_session(), new_session()
    assert one != other
    assert re.fullmatch(r"[0-9a-z.]+", one)


def test_a_session_is_an_orphan_once_its_process_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        session = new_session(process.pid)
        assert not is_orphan(session)
        process.communicate(b"\n")
    assert is_orphan(session)


def test_a_pid_used_again_by_another_process_does_not_keep_it_alive() -> None:
    token, pid, started, where = new_session().split(".")
    assert is_orphan(f"{token}.{pid}.{int(started) - 1}.{where}")


def test_what_cannot_be_told_counts_as_alive() -> None:
    token, _, started, _ = new_session().split(".")
    assert not is_orphan(f"{token}.999999999.{started}.elsewhere")
    assert not is_orphan("something-else")
    assert not is_orphan("")
