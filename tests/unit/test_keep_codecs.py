"""Codecs are looked up by name, and come with the interpreter whatever the trace saw of them."""

from __future__ import annotations

from keep_trees import Content, elf, tree_of

from unladen.keep.expand import expand
from unladen.keep.select import select
from unladen.keep.touched import Touched
from unladen.language.scene import scene

LIBRARY = "/usr/lib/python3.11"
TAG = "cpython-311-x86_64-linux-gnu.so"


def test_compiled_codecs_stay_and_other_extensions_go() -> None:
    modules = ("_codecs_jp", "_codecs_iso2022", "_multibytecodec", "unicodedata", "_sqlite3")
    files: dict[str, Content] = {f"{LIBRARY}/lib-dynload/{name}.{TAG}": elf() for name in modules}
    files |= {f"{LIBRARY}/os.pyc": b"", f"{LIBRARY}/encodings/euc_jp.pyc": b""}
    tree = tree_of(files)
    kept = set(expand(select(scene(tree, {}), [Touched(f"{LIBRARY}/os.pyc")], policy="file"), tree).paths)
    assert {path for path in files if path in kept} == {path for path in files if "_sqlite3" not in path}
