"""What an image has: the project's own dependencies, in the same version and whole."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

import pytest
from has_sides import Step, side_of
from keep_trees import Content, distribution, with_debian

from unladen.language.interface import Lost
from unladen.proof.has.interface import Intent, Pair, Side
from unladen.proof.has.packages import packages
from unladen.proof.interface import Loss

SITE, VENV = "/usr/local/lib/python3.11/site-packages", "/opt/venv/lib/python3.11/site-packages"
BASE = Step("", {"/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n", "/usr/local/lib/python3.11/os.py": b"x"})
INSTALL = "RUN /bin/sh -c pip install -r requirements.txt # buildkit"
NOTHING = Intent()
WANTED = {
    "uvloop": ("uvloop/__init__.py", "uvloop/loop.so"),
    "httptools": ("httptools/__init__.py",),
    "websockets": ("websockets/__init__.py", "websockets/speedups.c"),
    "python_dotenv": ("dotenv/__init__.py", "dotenv/cli.py"),
    "PyYAML": ("yaml/__init__.py", "_yaml/__init__.py"),
    "numpy": ("numpy/__init__.py", "numpy/fft/__init__.py", "numpy/fft/_pocketfft.py", "numpy/polynomial/__init__.py"),
    "fastapi": ("fastapi/__init__.py", "fastapi/staticfiles.py"),
    "pandas": ("pandas/__init__.py", "pandas/tests/test_x.py", "pandas/x.pyi"),
}  # fmt: skip


def installed(site: str, without: tuple[str, ...] = (), **versions: str) -> dict[str, Content]:
    files: dict[str, Content] = {}
    for name, own in WANTED.items():
        files |= distribution(site, name, versions.get(name, "1.0"), own)
    return {path: content for path, content in files.items() if not any(gone in path for gone in without)}


def side(files: Mapping[str, Content], said: str = INSTALL) -> Side:
    return side_of(BASE, Step(said, files))


def losses(rung: Mapping[str, Content], intent: Intent = NOTHING) -> list[Loss]:
    return list(packages(Pair(side(installed(SITE)), side(rung), intent)).losses)


def test_packages_may_lie_elsewhere() -> None:
    assert losses(installed(VENV)) == []
    assert packages(Pair(side(installed(SITE)), side(installed(VENV)))).counted == len(WANTED)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("uvloop", "pip:uvloop"),
        ("httptools", "pip:httptools"),
        ("websockets", "pip:websockets"),
        ("dotenv", "pip:python-dotenv"),
        ("yaml", "pip:pyyaml"),
    ],
)
def test_a_whole_dependency_that_is_gone(name: str, id: str) -> None:
    info = {"dotenv": "python_dotenv", "yaml": "PyYAML"}.get(name, name)
    [loss] = losses(installed(VENV, (f"/{name}/", f"/_{name}/", f"/{info}-1.0")))
    assert loss == Loss("package", id, "1.0 is gone", "RUN pip install -r requirements.txt")


@pytest.mark.parametrize(
    ("gone", "id", "said"),
    [
        ("/numpy/fft/", "pip:numpy", "2 files are gone: numpy/fft/__init__.py, numpy/fft/_pocketfft.py"),
        ("/numpy/polynomial/", "pip:numpy", "numpy/polynomial/__init__.py is gone"),
        ("/fastapi/staticfiles.py", "pip:fastapi", "fastapi/staticfiles.py is gone"),
    ],
)
def test_a_part_of_a_dependency_that_is_gone(gone: str, id: str, said: str) -> None:
    [loss] = losses(installed(VENV, (gone,)))
    assert (loss.subject, loss.difference, loss.intended) == (id, said, "")


def test_another_version_and_other_contents() -> None:
    [version] = losses(installed(VENV, numpy="2.0"))
    assert version.difference == "version was 1.0, is 2.0"
    changed = installed(VENV) | {f"{VENV}/fastapi/staticfiles.py": b"raise SystemExit"}
    [contents] = losses(changed, Intent(frozenset({Lost.DEPENDENCY_EXTRAS, Lost.UNUSED})))
    assert (contents.difference, contents.intended) == ("fastapi/staticfiles.py is with other contents", "")


def test_one_of_two_versions_is_gone() -> None:
    two = installed(SITE) | distribution("/opt/other/site-packages", "numpy", "2.0", ("numpy/__init__.py",))
    pair = Pair(side(two), side(installed(SITE)), Intent(frozenset({Lost.UNUSED})))
    assert [(loss.difference, loss.intended) for loss in packages(pair).losses] == [
        ("2.0 is gone", str(Lost.UNUSED))
    ]
    [told] = packages(Pair(side(two), side(installed(SITE)))).losses
    assert (told.difference, told.intended) == ("version was 2.0, is 1.0", "")


def test_a_file_of_a_dependency_may_not_be_anothers() -> None:
    """Root's instead of the user's who installed it is an image's usual state."""
    files, path = installed(SITE), f"{SITE}/fastapi/staticfiles.py"
    theirs, roots = (
        side_of(BASE, Step(INSTALL, files, rights={path: (0o644, uid, uid)})) for uid in (1000, 0)
    )
    [loss] = packages(Pair(roots, theirs)).losses
    assert (loss.subject, loss.difference) == (
        "pip:fastapi",
        "fastapi/staticfiles.py is of another owner, user 1000",
    )
    assert packages(Pair(theirs, roots)).losses == ()


def test_classes_of_files_that_a_rung_declares_to_take_away() -> None:
    extras = ("/pandas/tests/", ".pyi", ".c")
    found = losses(installed(VENV, extras), Intent(frozenset({Lost.DEPENDENCY_EXTRAS})))
    assert [loss.intended for loss in found] == [str(Lost.DEPENDENCY_EXTRAS)]
    assert (found[0].subject, found[0].count) == ("2 packages", 3)
    assert not all(loss.intended for loss in losses(installed(VENV, extras)))
    more = losses(installed(VENV, (*extras, "/dotenv/cli.py")), Intent(frozenset({Lost.DEPENDENCY_EXTRAS})))
    assert [loss.subject for loss in more if not loss.intended] == ["pip:python-dotenv"]


def test_bytecode_that_stands_in_for_a_source() -> None:
    compiled = {
        f"{path}c" if path.endswith(".py") else path: zlib.compress(b"x") if path.endswith(".py") else content
        for path, content in installed(VENV).items()
    }
    found = losses(compiled, Intent(frozenset({Lost.SOURCE_LINES, Lost.READABLE_BYTECODE})))
    assert {loss.intended for loss in found} == {str(Lost.SOURCE_LINES)}
    assert not any(loss.intended for loss in losses(compiled))
    del compiled[f"{VENV}/numpy/fft/__init__.pyc"]
    found = losses(compiled, Intent(frozenset({Lost.SOURCE_LINES})))
    assert [loss.difference for loss in found if not loss.intended] == ["numpy/fft/__init__.py is gone"]


def test_what_no_case_used_may_go_from_a_slim_image_and_is_named() -> None:
    """L3, L4: a dependency that requirements.txt names was removed, and nobody was told."""
    found = losses(installed(VENV, ("/yaml/", "/_yaml/", "/PyYAML-1.0")), Intent(frozenset({Lost.UNUSED})))
    assert [(loss.subject, loss.intended) for loss in found] == [("pip:pyyaml", str(Lost.UNUSED))]


def test_node_packages_that_package_json_names() -> None:
    """L13: `require('uuid')` inside a route."""

    def node(*names: str) -> Side:
        files: dict[str, Content] = {}
        for name in names:
            about = json.dumps({"name": name, "version": "9.0.0"}).encode()
            files |= {
                f"/app/node_modules/{name}/package.json": about,
                f"/app/node_modules/{name}/index.js": b"x",
            }
        return side_of(BASE, Step("RUN /bin/sh -c npm ci", files))

    [loss] = packages(Pair(node("express", "uuid"), node("express"), Intent(frozenset({Lost.UNUSED})))).losses
    assert (loss.subject, loss.origin, loss.intended) == ("npm:uuid", "RUN npm ci", str(Lost.UNUSED))


def test_packages_of_the_system_that_went_are_named_by_their_instruction() -> None:
    gone = Step(
        "RUN /bin/sh -c apt-get install -y gcc",
        with_debian({"/usr/bin/gcc": b"x"}, {"gcc": ("/usr/bin/gcc",)}),
    )
    [loss] = packages(Pair(side_of(BASE, gone), side_of(BASE))).losses
    assert (loss.difference, loss.origin) == ("gone: gcc", "RUN apt-get install -y gcc")
    assert loss.intended == "nothing that is left is seen to need them"


def test_installers_and_what_they_alone_need_are_not_the_projects() -> None:
    files = installed(SITE) | distribution(SITE, "poetry", "1.8", ("poetry/__init__.py",))
    files |= distribution(SITE, "cleo", "2.0", ("cleo/__init__.py",))
    meta = f"{SITE}/poetry-1.8.dist-info/METADATA"
    files[meta] = b"Metadata-Version: 2.1\nName: poetry\nVersion: 1.8\nRequires-Dist: cleo\n"
    assert packages(Pair(side(files), side(installed(VENV)))).losses == ()


def test_scripts_of_installers_differ_in_their_interpreter() -> None:
    def with_script(site: str, script: str, text: bytes) -> Side:
        files = distribution(site, "uvicorn", "1.0", ("uvicorn/__init__.py", "../../../bin/uvicorn"))
        del files[f"{site}/../../../bin/uvicorn"]
        return side_of(BASE, Step(INSTALL, files | {script: text}))

    baseline = with_script(SITE, "/usr/local/bin/uvicorn", b"#!/usr/local/bin/python\nmain()")
    rung = with_script(VENV, "/opt/venv/bin/uvicorn", b"#!/opt/venv/bin/python\nmain()\n")
    assert packages(Pair(baseline, rung)).losses == ()
    [loss] = packages(Pair(baseline, with_script(VENV, "/opt/venv/elsewhere", b""))).losses
    assert "bin/uvicorn is gone" in loss.difference
