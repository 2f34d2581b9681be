"""From kept paths to lines: the list that is written can be read, and keeps what it should."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from keep_trees import Content, distribution, tree_of, with_debian

from unladen.keep import reasons
from unladen.keep.compact import Dirt, Place, Root, compact
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList, Rule, keep_list, render
from unladen.keep.lines import escape
from unladen.keep.parse import parse
from unladen.keep.select import select
from unladen.keep.touched import Touched
from unladen.language.scene import scene

PYTHON = "/usr/lib/python3.11"
SITE = "/usr/local/lib/python3.11/site-packages"
NAMES = ("a", "b", "tests", "x.py", "x.pyc", "sp ace", "new\nline", "\udcff", "*", "ü ")
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(lambda names: "/" + "/".join(names))
WHOLE = Place("system", "kept whole by policy: the Debian package a, opened at start")
PLACES = (WHOLE, Place("system", reasons.START), Place("application", reasons.APPLICATION))


def test_a_directory_left_out_for_two_reasons_is_one_line() -> None:
    """Debian's Python without distutils: nobody uses its sources, and nobody loaded their bytecode."""
    files: dict[str, Content] = {f"{PYTHON}/os.py": b"", f"{PYTHON}/json.py": b""}
    files |= {f"{PYTHON}/distutils/{name}.py": b"" for name in "abc"}
    files |= {f"{PYTHON}/distutils/__pycache__/{name}.cpython-311.pyc": b"" for name in "abc"}
    tree = tree_of(files)
    kept = dict.fromkeys((f"{PYTHON}/os.py", f"{PYTHON}/json.py"), WHOLE)
    bytecode = {path: Dirt(WHOLE, "", reasons.NOT_LOADED) for path in tree if path.endswith(".pyc")}
    rules = compact(tree, kept, [Root(PYTHON, f"{PYTHON}/", WHOLE)], bytecode)
    assert set(rules) == {
        Rule(f"{PYTHON}/", WHOLE.reason),
        Rule(f"{PYTHON}/distutils/", WHOLE.reason, drops=True),
    }


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_what_is_made_from_any_tree_can_be_read(data: st.DataObject) -> None:
    paths = data.draw(st.lists(PATHS, min_size=1, max_size=12, unique=True))
    files: dict[str, Content] = {
        path: b"" for path in paths if not any(other.startswith(path + "/") for other in paths)
    }
    tree = tree_of(files)
    wanted = data.draw(st.sets(st.sampled_from(sorted(tree))))
    kept = {path: data.draw(st.sampled_from(PLACES)) for path in sorted(wanted)}
    folders = sorted(path for path in tree if any(each.startswith(path + "/") for each in tree))
    roots = [
        Root(path, escape(path) + "/", data.draw(st.sampled_from(PLACES)))
        for path in data.draw(st.lists(st.sampled_from(folders or ["/none"]), max_size=3))
    ]
    dirt = {
        path: data.draw(
            st.sampled_from(
                (Dirt(WHOLE, "**/tests/"), Dirt(WHOLE, "**/*.pyc"), Dirt(WHOLE, "", reasons.NOT_LOADED))
            )
        )
        for path in data.draw(st.lists(st.sampled_from(sorted(tree)), max_size=4))
        if path not in kept
    }
    keep = keep_list(compact(tree, kept, roots, dirt))
    assert parse(render(keep)) == keep
    assert set(kept) <= set(expand(keep, tree).paths)


TREE = tree_of(
    with_debian(
        {
            f"{PYTHON}/{name}": b""
            for stem in ("os", "re", "distutils/core", "distutils/cmd", "json/decoder", "test/test_os")
            for folder, _, module in (stem.rpartition("/"),)
            for name in (f"{stem}.py", f"{folder}{'/' * bool(folder)}__pycache__/{module}.cpython-311.pyc")
        }
        | {"/app/main.py": b"", "/app/data/a.json": b"", "/usr/share/doc/python3.11/copyright": b""}
        | distribution(SITE, "greeter", "1.0", ("greeter/__init__.py", "greeter/tests/test_it.py")),
        {
            "python3.11": tuple(
                f"{PYTHON}/{stem}.py"
                for stem in ("os", "re", "distutils/core", "distutils/cmd", "json/decoder")
            ),
            "libpython3.11-testsuite": (f"{PYTHON}/test/test_os.py",),
        },
    )
)
CONFIG = {"architecture": "amd64", "config": {"Cmd": ["python3", "/app/main.py"], "WorkingDir": "/app"}}
SPOKEN_OF = st.sampled_from(sorted(path for path in TREE if not path.startswith("/var")))


@settings(deadline=None, max_examples=60)
@given(
    st.sets(SPOKEN_OF, max_size=6),
    st.sets(SPOKEN_OF, max_size=2),
    st.sets(SPOKEN_OF, max_size=2),
    st.sampled_from(("package", "file")),
)
def test_what_is_selected_from_any_trace_can_be_read(
    opened: set[str], included: set[str], excluded: set[str], policy: str
) -> None:
    seen = [Touched(path) for path in sorted(opened)]
    keep: KeepList = select(
        scene(TREE, CONFIG),
        seen,
        policy=policy,  # type: ignore[arg-type]
        include=sorted(included - excluded),
        exclude=sorted(excluded),
    )
    assert parse(render(keep)) == keep
