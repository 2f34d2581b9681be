"""Assembled files on disk: found by content, replaced by newer ones, made by one at a time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from unladen.bases import store
from unladen.bases.catalogue import CATALOGUE

SLIM = CATALOGUE["python:3.11-slim"]
FULL = CATALOGUE["python:3.11"]


def put(tar: Path, mtime: int) -> Path:
    tar.write_bytes(b"tar")
    os.utime(tar, (mtime, mtime))
    return tar


def test_the_key_is_of_packages_and_architecture() -> None:
    key = store.content_key("amd64", ("a_1_amd64.deb", "b_1_all.deb"))
    assert key == store.content_key("amd64", ("a_1_amd64.deb", "b_1_all.deb"))
    assert key != store.content_key("amd64", ("a_2_amd64.deb", "b_1_all.deb"))
    assert key != store.content_key("arm64", ("a_1_amd64.deb", "b_1_all.deb"))


def test_the_newest_of_a_recipe_comes_first(tmp_path: Path) -> None:
    old = put(store.root_tar(tmp_path, SLIM, "1111"), 1000)
    new = put(store.root_tar(tmp_path, SLIM, "2222"), 2000)
    put(store.root_tar(tmp_path, FULL, "3333"), 3000)
    assert store.stored(tmp_path, SLIM) == (new, old)
    assert store.key_of(new) == "2222"


def test_a_new_root_replaces_the_old_and_what_no_recipe_makes(tmp_path: Path) -> None:
    old = put(store.root_tar(tmp_path, SLIM, "1111"), 1000)
    new = put(store.root_tar(tmp_path, SLIM, "2222"), 2000)
    other = put(store.root_tar(tmp_path, FULL, "3333"), 3000)
    forgotten = put(old.with_name("ffffffffffffffff-4444.tar"), 4000)
    store.prune(tmp_path, keep=new)
    assert [tar.exists() for tar in (old, new, other, forgotten)] == [False, True, True, False]


def test_turns_are_taken_one_after_the_other(tmp_path: Path) -> None:
    said = []

    def second() -> None:
        with store.turn(tmp_path, "apt"):
            said.append("second")

    with store.turn(tmp_path, "apt"):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.1)
        said.append("first")
    waiting.join()
    assert said == ["first", "second"]
