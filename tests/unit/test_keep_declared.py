"""Policy package keeps what the project declares for run time and what its code names, used or not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from keep_trees import Content, elf, tree_of

from unladen.image.scene import Scene
from unladen.keep.declared import declared, gone
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList, Policy, render
from unladen.keep.losing import without_package
from unladen.keep.parse import parse
from unladen.keep.select import select
from unladen.keep.touched import Touched
from unladen.language.named import Named
from unladen.language.scene import scene

SITE = "/usr/lib/python3.11/site-packages"
LIB = "/usr/lib/x86_64-linux-gnu"
MODULES = "/app/node_modules"


def distribution(name: str, *depends: str, asked: bool = False, **more: Content) -> dict[str, Content]:
    info = f"{name}-1.dist-info"
    head = f"Name: {name}\nVersion: 1\n" + "".join(f"Requires-Dist: {each}\n" for each in depends)
    own = {
        f"{name}/__init__.py": b"",
        f"{name}/part.py": b"",
        f"{name}/__pycache__/part.cpython-311.pyc": b"",
        **more,
    }
    files: dict[str, Content] = {f"{SITE}/{path}": content for path, content in own.items()}
    files[f"{SITE}/{info}/METADATA"] = head.encode()
    if asked:
        files[f"{SITE}/{info}/REQUESTED"] = b""
    listed = [path for path in own if "__pycache__" not in path] + [f"{info}/METADATA"]
    files[f"{SITE}/{info}/RECORD"] = "".join(f"{path},,\n" for path in listed).encode()
    return files


def image(*parts: Mapping[str, Content]) -> Scene:
    files: dict[str, Content] = {
        "/usr/lib/python3.11/os.py": b"",
        "/app/main.py": b"",
        "/usr/bin/python3": elf(),
    }
    for part in parts:
        files |= part
    config = {"config": {"Cmd": ["python3", "main.py"], "WorkingDir": "/app", "Env": ["PATH=/usr/bin"]}}
    return scene(tree_of(files, {"/usr/bin/python3": 0o755}), config)


def names(found: Mapping[str, tuple[object, str]]) -> dict[str, str]:
    return {getattr(package, "name", ""): why for package, why in found.values()}


def chosen(full: Scene, policy: Policy = "package", root: Path | None = None, *named: Named) -> KeepList:
    seen = [Touched("/app/main.py", True, 0), Touched(f"{SITE}/used/part.py", True, 0)]
    return select(full, seen, policy=policy, declared=declared(full, root), named=named)


def kept(full: Scene, keep: KeepList, name: str) -> bool:
    read = parse(render(keep))
    return any(path.startswith(f"{SITE}/{name}/") for path in expand(read, full.tree).paths)


def test_what_was_asked_for_by_name_is_declared_with_all_that_it_needs() -> None:
    full = image(
        distribution("weasyprint", "cffi", asked=True),
        distribution("cffi", "pycparser"),
        distribution("pycparser"),
        distribution("left_over"),
        distribution("setuptools", asked=True),
    )
    assert names(declared(full)) == {
        "weasyprint": "declared in what pip or uv was asked for by name",
        "cffi": "needed by the declared weasyprint",
        "pycparser": "needed by the declared cffi",
    }


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"requirements.txt": "Lazy==1\n"}, "requirements.txt"),
        (
            {"requirements/prod.txt": "-r base.txt\n", "requirements/base.txt": "lazy\n"},
            "requirements/base.txt",
        ),
        ({"pyproject.toml": '[project]\nname = "x"\ndependencies = ["lazy>=1"]\n'}, "pyproject.toml"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"\nlazy = "^1"\n'}, "pyproject.toml"),
        ({"Pipfile": '[packages]\nlazy = "*"\n'}, "Pipfile"),
        ({"setup.cfg": "[options]\ninstall_requires =\n  lazy\n"}, "setup.cfg"),
    ],
)
def test_manifests_declare(files: Mapping[str, str], told: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    full = image(distribution("lazy"), distribution("other"))
    found = names(declared(full, tmp_path))
    assert list(found) == ["lazy"] and found["lazy"].startswith("declared in ")
    beside = image(distribution("lazy"), {f"/app/{name}": text.encode() for name, text in files.items()})
    assert list(names(declared(beside))) == ["lazy"], "in an image alone"
    assert told.rpartition("/")[0] in found["lazy"]


def test_what_developers_alone_ask_for_is_not_declared(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("lazy\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest\n")
    (tmp_path / "pyproject.toml").write_text(
        '[dependency-groups]\nlint = ["ruff", {include-group = "test"}]\n'
    )
    full = image(*(distribution(name, asked=True) for name in ("lazy", "pytest", "ruff", "extra")))
    assert set(names(declared(full, tmp_path))) == {"lazy", "extra"}


@pytest.mark.parametrize(
    "text",
    ["tool = 3\n", "[project\n", '[project]\ndependencies = "x"\n', "[tool.poetry]\ngroup = []\n", "\0"],
)
def test_manifests_that_make_no_sense_declare_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "requirements.txt").write_text("-r nowhere.txt\n")
    assert declared(image(distribution("lazy")), tmp_path) == {}


def test_policy_package_keeps_it_though_nothing_used_it(tmp_path: Path) -> None:
    """L3, L4: no case printed a PDF; no case had the database that production has."""
    (tmp_path / "requirements.txt").write_text("used\npsycopg2\n")
    driver = {"psycopg2/_psycopg.cpython-311-x86_64-linux-gnu.so": elf(("libpq.so.5",))}
    full = image(
        distribution("used"),
        distribution("psycopg2", "below", **driver),
        distribution("below"),
        distribution("left_over"),
        {f"{LIB}/libpq.so.5": elf()},
    )
    keep = chosen(full, "package", tmp_path)
    assert [kept(full, keep, name) for name in ("used", "psycopg2", "below", "left_over")] == [
        True,
        True,
        True,
        False,
    ]
    paths = expand(keep, full.tree).paths
    assert f"{LIB}/libpq.so.5" in paths, "what its modules are linked with"
    assert f"{SITE}/psycopg2/__pycache__/part.cpython-311.pyc" not in paths, "nothing loaded it"
    assert "the Python package psycopg2, declared in requirements.txt" in render(keep)
    assert gone(declared(full, tmp_path), paths) == ()
    files = expand(chosen(full, "file", tmp_path), full.tree).paths
    assert gone(declared(full, tmp_path), files) == ("below", "psycopg2")


def test_exclude_may_still_take_it_away(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("used\nlazy\n")
    full = image(distribution("used"), distribution("lazy"))
    asked = declared(full, tmp_path)
    keep = select(full, [Touched(f"{SITE}/used/part.py", True, 0)], exclude=["pkg:lazy"], declared=asked)
    assert gone(asked, expand(keep, full.tree).paths) == ("lazy",)


def test_package_json_declares_for_run_time() -> None:
    def package(name: str, place: str = MODULES, **depends: str) -> dict[str, Content]:
        about = f'{{"name": "{name}", "dependencies": {str(depends).replace(chr(39), chr(34))}}}'
        return {f"{place}/{name}/package.json": about.encode(), f"{place}/{name}/index.js": b""}

    manifest = (
        b'{"dependencies": {"uuid": "1"}, "devDependencies": {"jest": "1"}, "optionalDependencies": ["odd"]}'
    )
    full = image(
        {"/app/package.json": manifest},
        package("uuid", small="1"),
        package("small"),
        package("jest"),
        package("inner", f"{MODULES}/small/node_modules"),
    )
    assert names(declared(full)) == {
        "uuid": "declared in /app/package.json",
        "small": "needed by the declared uuid",
    }


def test_of_several_packages_of_a_name_the_one_that_is_found_from_there_is_declared() -> None:
    def package(place: str, name: str, version: str, *depends: str) -> dict[str, Content]:
        about = {"name": name, "version": version, "dependencies": dict.fromkeys(depends, "*")}
        return {f"{place}/{name}/package.json": json.dumps(about).encode(), f"{place}/{name}/index.js": b""}

    system = "/usr/share/nodejs"
    full = image(
        {"/app/package.json": b'{"dependencies": {"qs": "1", "express": "4"}}'},
        package(MODULES, "qs", "6"),
        package(MODULES, "express", "4", "qs", "slug"),
        package(f"{MODULES}/express/node_modules", "qs", "5"),
        package(MODULES, "slug", "1"),
        package(f"{system}/webpack/node_modules", "qs", "3"),
        package(f"{system}/webpack/node_modules", "slug", "3"),
    )
    asked = {(package.name, package.version) for package, _ in declared(full).values()}
    assert asked == {("qs", "6"), ("express", "4"), ("qs", "5"), ("slug", "1")}


def test_what_code_names_is_kept_with_its_package() -> None:
    tool = {"/usr/bin/convert": elf(), f"{LIB}/libpango-1.0.so.0": elf(), "/opt/other/libother.so.1": elf()}
    full = image(
        distribution("used"), distribution("late"), distribution("unused"), distribution("far"), tool
    )
    tree = full.tree
    own = [
        Named("program", "convert", "main.py:3"),
        Named("library", "pango-1.0", "main.py:4"),
        Named("module", "late.part", "main.py:5"),
    ]
    theirs = [
        Named("module", "far", "late/part.py:1", "the Python package late"),
        Named("module", "unused", "nowhere.py:1", "the Python package not_kept"),
        Named("program", "python3", "late/part.py:2", "the Python package late"),
        Named("library", "libother.so.1", "used/part.py:1", "the Python package used", outside=True),
    ]
    programs = scene(tree, {"config": {"WorkingDir": "/app", "Env": ["PATH=/usr/bin"]}})
    keep = chosen(programs, "package", None, *own, *theirs)
    paths = expand(parse(render(keep)), tree).paths
    assert {
        "/usr/bin/convert",
        f"{LIB}/libpango-1.0.so.0",
        f"{SITE}/late/part.py",
        f"{SITE}/far/part.py",
    } <= paths.keys()
    assert not {"/opt/other/libother.so.1", f"{SITE}/unused/part.py", "/usr/bin/python3"} & paths.keys()
    assert "# named in code: main.py:3" in render(keep)
    assert f"{SITE}/late/part.py" not in expand(chosen(programs, "file", None, *own), tree).paths


def test_what_would_be_lost_without_a_package_is_told(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("used\npsycopg2\n")
    driver = {"psycopg2/_psycopg.so": elf(("libpq.so.5",))}
    full = image(
        distribution("used", "psycopg2"),
        distribution("psycopg2", **driver),
        distribution("left_over"),
        {f"{LIB}/libpq.so.5": elf()},
    )
    keep = chosen(full, "package", tmp_path)
    said = without_package(keep, "psycopg2", full.tree)
    assert said[0].startswith("the Python package psycopg2: 5 of 5 ") and said[0].endswith("MB")
    assert "  declared in requirements.txt (5 files)" in said
    assert "What is kept and asks for it: the Python package used" in said
    assert f"Kept for its files alone, as far as the list says: {LIB}/libpq.so.5 (0.0 MB)" in said
    assert said[-1] == "Try without it: slim --exclude pkg:pip:psycopg2; the proof says what differs"
    assert "is not kept" in without_package(keep, "pip:left-over", full.tree)[0]
    assert without_package(keep, "nowhere", full.tree) == ("no package called nowhere is in the image",)
    assert "declared in requirements.txt" in without_package(keep, "psycopg2")[0]
    assert "names no package called left-over" in without_package(keep, "left-over")[0]
