"""A slim image rebuilt from its keep-list, by every builder, without unladen: it runs, it is the full image's files
to the last attribute, and it comes out the same twice."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from buildah import BuildahBuilder
from engines import busybox, found, lacking, provide

from unladen.engine.interface import Builder, BuildRequest, Built, Engine, RunRequest
from unladen.engine.podman import PodmanEngine
from unladen.errors import EngineMissing
from unladen.image.dpkg import STATUS_D
from unladen.image.interface import Entry, FileTree, Image
from unladen.image.local import open_image
from unladen.keep.expand import expand
from unladen.keep.keeplist import FILE_NAME, KeepList, Rule, keep_list, render
from unladen.keep.select import select
from unladen.keep.stages import FULL, PACKER, slim_dockerfile
from unladen.keep.touched import touched
from unladen.language.scene import scene
from unladen.tracing.log import Trace, parse
from unladen.tracing.sensor_binary import sensor_for

pytestmark = pytest.mark.engine

BASE = "python:3.11-slim"
EPOCH = int(time.time())
INSIDE = "/.unladen"

MAKE = """\
import os, struct

def folder(path, mode, uid, gid):
    os.makedirs(path, exist_ok=True)
    os.chown(path, uid, gid)
    os.chmod(path, mode)

def file(path, mode, uid=0, gid=0, data=b"x"):
    with open(path, "wb") as out:
        out.write(data)
    os.chown(path, uid, gid)
    os.chmod(path, mode)
    os.utime(path, (1500000000, 1500000000))

folder("/data", 0o750, 1000, 1001)
folder("/data/sticky", 0o1777, 0, 0)
folder("/data/empty", 0o2775, 7, 8)
file("/data/setuid", 0o4755)
file("/data/setgid", 0o2755, 0, 42)
file("/data/capable", 0o755, 12, 34)
os.setxattr("/data/capable", "security.capability", struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0))
file("/data/one", 0o644, 3, 4)
os.link("/data/one", "/data/sticky/same")
os.symlink("/data/one", "/data/absolute")
os.symlink("sticky/same", "/data/relative")
os.lchown("/data/relative", 77, 78)
os.symlink("loop", "/data/loop")
os.symlink("/nowhere", "/data/dangling")
file("/data/with space", 0o644)
file(b"/data/two\\nlines", 0o644)
file(b"/data/\\xff\\xfe", 0o600, 1000, 1000)
file("/data/star*?[x]\\\\", 0o644)
file("/data/left-out", 0o644)
os.utime("/data/empty", (1400000000, 1400000000))
os.utime("/data", (1300000000, 1300000000))
"""
MAIN = """\
import json, os, sqlite3, sys

names = ("setuid", "setgid", "capable", "relative", "absolute", "with space", "two\\nlines", "star*?[x]\\\\")
read = {name: os.stat(f"/data/{name}").st_size for name in names}
read["bytes"] = len(open(b"/data/\\xff\\xfe", "rb").read())
read["sql"] = sqlite3.connect(":memory:").execute("select 40 + 2").fetchone()[0]
print(json.dumps([read, os.getcwd(), os.getuid(), os.environ["GREETING"], sys.argv[1:]], sort_keys=True))
"""
DOCKERFILE = f"""\
FROM {BASE}
COPY make.py /tmp/make.py
RUN python3 /tmp/make.py && rm /tmp/make.py
ENV GREETING="say \\"hi\\" for \\$5"
WORKDIR /app
COPY main.py .
USER 1000
CMD ["python", "main.py", "argument"]
"""
STALE = "/gone/for\\x20good"
HARD_LINKS = ("/data/one", "/data/sticky/same")


def engine_of(name: str, **environ: str) -> Engine:
    engine = found(name, **environ)
    provide(engine, BASE, PACKER)
    return engine


def builder_of(name: str) -> tuple[Engine, Builder]:
    engine = engine_of(
        "docker" if name in ("buildkit", "legacy") else "podman", DOCKER_BUILDKIT=str(int(name != "legacy"))
    )
    if name == "buildah":
        assert isinstance(engine, PodmanEngine)
        try:
            return engine, BuildahBuilder(engine)
        except EngineMissing as missing:
            lacking(str(missing))
    if engine.builder != name:
        lacking(f"this docker builds with {engine.builder}")
    return engine, engine


@dataclass(frozen=True)
class Project:
    """A project with its keep-list and slim stages written."""

    folder: Path
    keep: KeepList
    dockerfile: str
    mounting: str
    """The Dockerfile that mounts the full image instead of copying it."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Traced on docker (or podman) once; every builder gets the same list."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "make.py").write_text(MAKE)
    (folder / "main.py").write_text(MAIN)
    engine = engine_of("auto")
    full = engine.build(BuildRequest(folder, DOCKERFILE)).image
    trace = traced(engine, full, ("python", "main.py", "argument"), tmp_path_factory.mktemp("sensor"))
    image = open_image(engine, full, tmp_path_factory.mktemp("image"))
    keep = select(
        scene(image.tree, image.config),
        touched(trace),
        policy="file",
        include=["/data/"],
        exclude=["/data/left-out"],
    )
    keep = keep_list([*keep.rules, Rule(STALE, "an earlier version had it")], keep.packages, policy="file")
    (folder / FILE_NAME).write_text(render(keep))
    both = (slim_dockerfile(DOCKERFILE, image.config, keep, mounted=mounted) for mounted in (False, True))
    yield Project(folder, keep, *both)
    engine.close()


def traced(engine: Engine, image: str, command: tuple[str, ...], folder: Path) -> Trace:
    shutil.copy(sensor_for(os.uname().machine), folder / "sensor")
    folder.chmod(0o1777)
    wanted = RunRequest(image, entrypoint=(f"{INSIDE}/sensor",), command=(f"{INSIDE}/log", "--", *command))
    container = engine.create(wanted)
    container.copy_in(folder, INSIDE)
    container.start()
    assert container.wait(60).exit_code == 0
    with tarfile.open(fileobj=io.BytesIO(b"".join(container.copy_out(f"{INSIDE}/log")))) as tar:
        log = tar.extractfile(tar.getmembers()[0])
        assert log is not None
        return parse(log)


def run(engine: Engine, image: str) -> object:
    container = engine.create(RunRequest(image))
    container.start()
    done = container.wait(60)
    assert (done.exit_code, done.stderr) == (0, b"")
    return json.loads(done.stdout)


def build(builder: Builder, project: Project, *, target: str | None = None, cache: bool = True) -> Built:
    """With the date of the build, as one who wants the same image twice would."""
    arguments = {"SOURCE_DATE_EPOCH": str(EPOCH)}
    return builder.build(
        BuildRequest(project.folder, project.dockerfile, target, cache, build_args=arguments)
    )


@dataclass(frozen=True)
class Slim:
    """The project's slim image, built from a clean checkout."""

    engine: Engine
    builder: Builder
    project: Project
    built: Built


MOUNTING = ["buildkit mounting", "podman mounting", "buildah mounting"]


@pytest.fixture(scope="module", params=["buildkit", "legacy", "podman", "buildah", *MOUNTING])
def slim(request: pytest.FixtureRequest, project: Project) -> Iterator[Slim]:
    name, _, mounting = request.param.partition(" ")
    project = replace(project, dockerfile=project.mounting) if mounting else project
    engine, builder = builder_of(name)
    yield Slim(engine, builder, project, build(builder, project, cache=False))
    engine.close()


def test_the_slim_image_is_the_full_one_without_the_rest(slim: Slim, tmp_path: Path) -> None:
    project = slim.project
    full = build(slim.builder, project, target=FULL).image
    assert run(slim.engine, slim.built.image) == run(slim.engine, full)
    assert slim.engine.inspect(slim.built.image).size_bytes < slim.engine.inspect(full).size_bytes / 3
    line = render(project.keep).splitlines().index(STALE) + 1
    assert f"{FILE_NAME}:{line}: nothing there: {STALE}" in slim.built.log
    images = [open_image(slim.engine, image, tmp_path) for image in (slim.built.image, full)]
    assert_same_files(images[0].tree, images[1].tree, project.keep)
    assert settings_of(images[0]) == settings_of(images[1])


@pytest.mark.parametrize("slim", ["buildkit", "podman", "buildkit mounting"], indirect=True)
def test_built_twice_it_has_the_same_layers(slim: Slim) -> None:
    again = build(slim.builder, slim.project, cache=False)
    assert slim.engine.inspect(again.image).layers == slim.engine.inspect(slim.built.image).layers


def assert_same_files(slim: FileTree, full: FileTree, keep: KeepList) -> None:
    """What the list keeps and nothing else, every attribute as in the full image."""
    kept = expand(keep, full).paths
    written = {path for path in slim if path.startswith(f"{STATUS_D}/")}
    on_the_way = {"/var", "/var/lib", "/var/lib/dpkg", STATUS_D}
    assert written
    assert set(slim) - written == set(kept) | on_the_way
    for path in kept.keys() - on_the_way:
        assert attributes(slim.get(path)) == attributes(full.get(path))
    assert "security.capability" in (slim.get("/data/capable") or full.get("/")).xattrs  # type: ignore[union-attr]
    for tree in (slim, full):
        names = {entry.link or entry.path for path in HARD_LINKS if (entry := tree.get(path))}
        assert len(names) == 1


def attributes(entry: Entry | None) -> tuple[object, ...]:
    """Hard links are told apart by their other names; what is younger than the build's date is as old as it."""
    assert entry is not None
    link = entry.link if entry.kind == "symlink" else ""
    kind = "file" if entry.kind == "hardlink" else entry.kind
    common = (entry.path, entry.size, entry.mode, entry.uid, entry.gid, min(entry.mtime, EPOCH))
    return (*common, kind, link, dict(entry.xattrs))


def settings_of(image: Image) -> dict[str, object]:
    config = image.config["config"]
    assert isinstance(config, dict)
    return {
        name: config.get(name) for name in ("Env", "Cmd", "Entrypoint", "User", "WorkingDir", "ExposedPorts")
    }


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_an_image_without_a_shell_or_anything_else(name: str, tmp_path: Path) -> None:
    engine = engine_of(name)
    shutil.copy(busybox(), tmp_path / "echo")
    (tmp_path / "unused").write_text("x")
    dockerfile = 'FROM scratch\nCOPY echo /echo\nCOPY unused /data/unused\nENTRYPOINT ["/echo", "hello"]\n'
    full = engine.build(BuildRequest(tmp_path, dockerfile)).image
    image = open_image(engine, full, tmp_path)
    keep = select(scene(image.tree, image.config), [], policy="file")
    (tmp_path / FILE_NAME).write_text(render(keep))
    slim = engine.build(BuildRequest(tmp_path, slim_dockerfile(dockerfile, image.config, keep))).image
    container = engine.create(RunRequest(slim))
    container.start()
    assert container.wait(60).stdout == b"hello\n"
    assert list(open_image(engine, slim, tmp_path).tree) == ["/echo"]
    engine.close()
