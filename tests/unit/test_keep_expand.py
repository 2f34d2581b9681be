"""What a list keeps: told in Python, and carried out by bash and tar in the pack stage. They must agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from keep_trees import tree_of

from unladen.dockerfile.parse import parse
from unladen.keep import reasons
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList, Named, Rule, Section, keep_list, render
from unladen.keep.lines import escape
from unladen.keep.stages import slim_dockerfile


def keeps(*lines: str) -> KeepList:
    return keep_list(Rule(line.removeprefix("!"), "r", "system", line.startswith("!")) for line in lines)


EXPRESS = "/app/node_modules/express"
TREE = {
    "/app/main.py": b"",
    "/app/data/a.json": b"",
    "/app/data/b.json": b"",
    "/app/data/secret.json": b"",
    "/app/node_modules/express/index.js": b"",
    "/app/node_modules/express/test/t.js": b"",
    "/app/node_modules/left/index.js": b"",
    "/lib": "usr/lib",
    "/tmp": None,
    "/usr/lib/libc.so.6": b"",
    "/usr/lib/x/tests/deep/tests/kept.py": b"",
}


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["/tmp"], ["/tmp"]),
        (["/app/data"], ["/app", "/app/data"]),
        (["/lib"], ["/lib"]),
        (["/app/data/*.json"], ["/app", "/app/data", "/app/data/a.json", "/app/data/b.json", "/app/data/secret.json"]),
        (["/app/data/*.json", "!/app/data/s*"], ["/app", "/app/data", "/app/data/a.json", "/app/data/b.json"]),
        (
            ["/app/", "!/app/data/", "!/app/node_modules/", f"{EXPRESS}/", f"!{EXPRESS}/**/test/"],
            ["/app", "/app/main.py", "/app/node_modules", EXPRESS, f"{EXPRESS}/index.js"],
        ),
        (
            ["/usr/lib/x/", "!/usr/lib/x/**/tests/", "/usr/lib/x/tests/deep/tests/kept.py"],
            [
                "/usr",
                "/usr/lib",
                "/usr/lib/x",
                "/usr/lib/x/tests",
                "/usr/lib/x/tests/deep",
                "/usr/lib/x/tests/deep/tests",
                "/usr/lib/x/tests/deep/tests/kept.py",
            ],
        ),
    ],
)  # fmt: skip
def test_the_line_that_matches_deepest_counts(lines: list[str], kept: list[str]) -> None:
    assert sorted(expand(keeps(*lines), tree_of(TREE)).paths) == kept


def test_lines_for_what_is_not_there_are_told() -> None:
    stale = expand(
        keeps("/app/", "/gone", "!/app/old/", "/app/*.txt", "!/app/**/*.md"), tree_of(TREE)
    ).unmatched
    assert {rule.line for rule in stale} == {"/gone", "!/app/old/", "/app/*.txt", "!/app/**/*.md"}


def pack(dockerfile: str, root: Path, text: str, work: Path) -> tuple[Path, str]:
    """Runs the RUN instructions of the pack stage here instead of in a container."""
    (work / "unladen.keep").write_text(text)
    said = ""
    runs = [each for each in parse(dockerfile).instructions if each.keyword == "RUN"]
    lines = dockerfile.splitlines()
    for run in runs:
        body = "\n".join(line for line in lines[run.line - 1 : run.last_line] if not line.startswith("#"))
        script = body.removeprefix("RUN ").replace("\\\n", "")
        script = re.sub(r"/full\b", str(root), script)
        script = re.sub(r"(?<=[\s(\"])/(?=(?:unladen\.keep|keep)\b)", f"{work}/", script)
        ran = subprocess.run(
            ["sh", "-c", script], capture_output=True, env={"PATH": os.environ["PATH"]}, check=False
        )
        assert ran.returncode == 0, ran.stderr.decode("utf-8", "replace")
        said += ran.stderr.decode("utf-8", "surrogateescape")
    return work / "keep", said


def found(root: Path) -> set[str]:
    return {"/" + os.path.relpath(path, root) for path in map(str, root.rglob("*"))}


needs_gnu = pytest.mark.skipif(
    shutil.which("tar") is None
    or b"GNU tar" not in subprocess.run(["tar", "--version"], capture_output=True, check=False).stdout,
    reason="the pack stage's tools (GNU tar, find and sed, bash) are not on this machine",
)

NAMES = (
    "a",
    "b",
    "tests",
    "x.py",
    "x*",
    "sp ace",
    "new\nline",
    "\udcff\udcfe",
    "ü",
    "[b]",
    "back\\",
    "#c",
    "!d",
    "e ",
)
LINES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
GLOBS = st.lists(
    st.sampled_from(("a", "*", "?", "**", "tests", "*.py", "x*", "[b]", "\\x2a", "b")), min_size=1, max_size=3
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    section: Section = draw(st.sampled_from(("system", "application")))
    drops = draw(st.booleans())
    slash = draw(st.sampled_from(("", "/")))
    if draw(st.booleans()):
        return Rule(escape(draw(LINES)) + slash, "r", section, drops)
    names = draw(GLOBS)
    return Rule(
        "/" + "/".join([*(n for n in names[:-1]), names[-1].replace("**", "*")]) + slash, "r", section, drops
    )


@needs_gnu
@settings(max_examples=20, deadline=None)
@example(["/x.py/a"], [Rule("/*.py/", "r"), Rule("/*", "r")])  # all below by one line, and not by the last
@example(["/e "], [Rule("/e\\x20", "r")])  # bash does not find a name by a pattern with an escaped space
@given(
    st.lists(LINES, min_size=1, max_size=12),
    st.lists(rules(), min_size=1, max_size=8, unique_by=lambda rule: rule.text.rstrip("/")),
)
def test_the_pack_stage_keeps_the_same(paths: list[str], chosen: list[Rule]) -> None:
    files = {path: b"x" for path in paths if not any(other.startswith(path + "/") for other in paths)}
    tree, keep = tree_of(files), keep_list(chosen)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        root = work / "full-image"
        for path in tree:
            target = Path(str(root) + path)
            if tree.get(path).kind == "dir":  # type: ignore[union-attr]
                target.mkdir(parents=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(b"x")
        packed, _ = pack(slim_dockerfile("FROM x\n", {}, keep), root, render(keep), work)
        assert set().union(*map(found, packed.iterdir())) == set(expand(keep, tree).paths)


@needs_gnu
def test_layers_stale_lines_and_package_metadata(tmp_path: Path) -> None:
    root = tmp_path / "full-image"
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text(
        "Package: libc6\nVersion: 1\n x\n\nPackage: perl\nVersion: 2\n\nPackage: zlib\nVersion: 3\n"
    )
    (root / "app").mkdir()
    (root / "app/main.py").write_text("print()")
    (root / "app/main.py").chmod(0o4750)
    (root / "etc").mkdir(mode=0o751)
    (root / "etc/passwd").symlink_to("/nowhere")
    keep = keep_list(
        [
            Rule("/etc/passwd", "names"),
            Rule("/gone\\x0a", "gone"),
            Rule("/var/lib/dpkg/status.d/", reasons.DPKG),
            Rule("/app/", reasons.APPLICATION, "application"),
        ],
        [Named("deb", "libc6", "1"), Named("deb", "zlib", "3"), Named("pip", "perl", "1")],
    )
    packed, said = pack(slim_dockerfile("FROM x\n", {}, keep), root, render(keep), tmp_path)
    assert found(packed / "application") == {"/app", "/app/main.py"}
    assert (packed / "application/app/main.py").stat().st_mode & 0o7777 == 0o4750
    assert (packed / "system/etc").stat().st_mode & 0o7777 == 0o751
    assert (packed / "system/etc/passwd").readlink() == Path("/nowhere")
    status = packed / "system/var/lib/dpkg/status.d"
    assert {path.name: path.read_text() for path in status.iterdir()} == {
        "libc6": "Package: libc6\nVersion: 1\n x\n",
        "zlib": "Package: zlib\nVersion: 3\n",
    }
    assert status.stat().st_mtime == (root / "var/lib/dpkg/status").stat().st_mtime
    line = render(keep).splitlines().index("/gone\\x0a") + 1
    assert said == f"unladen.keep:{line}: nothing there: /gone\\x0a\n"
