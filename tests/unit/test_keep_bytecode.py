"""Bytecode of a package that is kept whole: of the modules that were loaded, unless nobody saw which were."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from keep_trees import Content, distribution, tree_of

from unladen.image.tree import LayeredTree
from unladen.keep import reasons
from unladen.keep.expand import expand
from unladen.keep.explain import explain
from unladen.keep.keeplist import KeepList
from unladen.keep.select import Repair, select
from unladen.keep.static import without_trace
from unladen.keep.touched import Touched
from unladen.language.python.modules import code
from unladen.language.scene import scene

SITE = "/opt/venv/lib/python3.11/site-packages"
CONFIG = {"config": {"Cmd": ["python", "main.py"], "WorkingDir": "/app", "Env": ["PATH=/opt/venv/bin"]}}
MODULES = ("numpy/__init__", "numpy/core", "numpy/lib/__init__", "numpy/lib/io")
LOADED = f"{SITE}/numpy/__pycache__/__init__.cpython-311.pyc"
NOT_LOADED = {
    f"{SITE}/numpy/__pycache__/core.cpython-311.pyc",
    f"{SITE}/numpy/lib/__pycache__/__init__.cpython-311.pyc",
    f"{SITE}/numpy/lib/__pycache__/io.cpython-311.pyc",
}
STARTED = (Touched(LOADED), Touched(f"{SITE}/numpy/__init__.py", opened=False))


@cache
def image() -> LayeredTree:
    files: dict[str, Content] = {path: path.encode() for path in (LOADED, *NOT_LOADED)}
    files |= {"/usr/lib/python3.11/os.py": b"", "/opt/venv/bin/python": b"", "/app/main.py": b""}
    return tree_of(
        files | distribution(SITE, "numpy", "1.26.0", tuple(f"{module}.py" for module in MODULES)),
        {"/opt/venv/bin/python": 0o755},
    )


def chosen(touches: Sequence[Touched] = STARTED, **options: Any) -> KeepList:
    return select(scene(image(), CONFIG), touches, **options)


def paths(keep: KeepList) -> set[str]:
    return set(expand(keep, image()).paths)


def test_modules_that_nothing_loaded_stay_as_source_alone() -> None:
    keep = chosen()
    kept = paths(keep)
    assert {LOADED, *(f"{SITE}/{module}.py" for module in MODULES)} <= kept
    assert not kept & NOT_LOADED
    left_out = [rule.line for rule in keep.rules if rule.reason == reasons.NOT_LOADED]
    folder = f"!{SITE}/numpy"
    assert left_out == [f"{folder}/__pycache__/core.cpython-311.pyc", f"{folder}/lib/__pycache__/"]
    (why, *_) = explain(keep, f"{SITE}/numpy/lib/__pycache__/io.cpython-311.pyc", image())
    assert reasons.NOT_LOADED in why


@pytest.mark.parametrize(
    "options",
    [
        {"include": ["pkg:numpy"]},
        {"repairs": [Repair(2, "GET /", packages=("pip:numpy",))]},
        {"touches": without_trace(image(), CONFIG)},
    ],
    ids=["asked for", "repaired", "not traced"],
)
def test_all_bytecode_stays_where_the_trace_does_not_say(options: dict[str, Any]) -> None:
    assert NOT_LOADED | {LOADED} <= paths(chosen(**options))


def test_bytecode_that_stands_for_itself_is_never_left_out() -> None:
    files = distribution(SITE, "numpy", "1.26.0", tuple(f"{module}.pyc" for module in MODULES))
    tree = tree_of({**files, "/usr/lib/python3.11/os.pyc": b""})
    keep = select(scene(tree, CONFIG), [Touched(f"{SITE}/numpy/__init__.pyc")])
    assert {f"{SITE}/{module}.pyc" for module in MODULES} <= set(expand(keep, tree).paths)


def test_compressed_bytecode_is_read() -> None:
    names = ("a.pyc", "b.pyc", "c.pyc", "d.py")
    contents = (b"\xa7\r\r\nplain", zlib.compress(b"\xa7\r\r\npacked"), b"xyz", zlib.compress(b"text"))
    tree = tree_of({f"/{name}": content for name, content in zip(names, contents, strict=True)})
    full = scene(tree, CONFIG)
    assert [code(f"/{name}", full) for name in names] == [
        contents[0],
        b"\xa7\r\r\npacked",
        contents[2],
        contents[3],
    ]
