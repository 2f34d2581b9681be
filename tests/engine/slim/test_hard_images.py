"""Images that are hard to slim, whatever runs in them: empty, foreign, broken, stubborn, or full of strange names."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from engines import busybox, docker_alone, provide, said

from unladen import session
from unladen.config import Config
from unladen.engine.interface import BuildRequest, Engine
from unladen.errors import BadImage, NotHealthy, UnladenError
from unladen.image.local import open_image
from unladen.keep.keeplist import Policy, Rule, keep_list, render
from unladen.keep.parse import parse
from unladen.keep.stages import PACKER
from unladen.progress import silent
from unladen.session import cache_folder
from unladen.slimming.bench import START
from unladen.slimming.image import slim_image
from unladen.slimming.interface import Slimmed, SlimOptions
from unladen.tracing.sensor_binary import sensor_for
from unladen.trial.image import ImageRun
from unladen.trial.workplace import workplace

pytestmark = pytest.mark.engine

Make = Callable[..., str]


@pytest.fixture
def make(engine: Engine, tmp_path: Path) -> Iterator[Make]:
    """Builds an image of `files` and a Dockerfile, and gives its name."""
    provide(engine, PACKER)
    made: list[str] = []

    def build(dockerfile: str, **files: str | Path) -> str:
        context = tmp_path / f"context{len(made)}"
        context.mkdir()
        for name, content in files.items():
            if isinstance(content, Path):
                shutil.copy(content, context / name)
            else:
                (context / name).write_text(content)
                (context / name).chmod(0o755)
        made.append(f"unladen-test/image-{os.getpid()}-{len(made)}:1")
        engine.build(BuildRequest(context, dockerfile, tag=made[-1]))
        return made[-1]

    yield build
    for name in made:
        engine.remove_image(name)


@pytest.fixture
def slim(engine: Engine, tmp_path: Path) -> Callable[..., Slimmed]:
    def slimmed(
        image: str,
        *commands: tuple[str, ...],
        options: SlimOptions | None = None,
        policy: Policy = "file",
        port: int | None = None,
        stop_within: float = 10,
    ) -> Slimmed:
        verify = {
            "command": [{"args": each, "files": ["/none"]} for each in commands],
            "stop_within": stop_within,
        }
        plan = Config.model_validate({"verify": verify}).plan()
        place = workplace(engine, session.host_settings(), tmp_path, silent)
        wanted = options or SlimOptions()
        cache = cache_folder()
        return slim_image(image, place, ImageRun(port), plan, wanted, policy, "auto", cache)

    return slimmed


def test_an_image_of_one_file_from_scratch(
    engine: Engine, make: Make, slim: Callable[..., Slimmed], tmp_path: Path
) -> None:
    """No shell, no tar, no package, no users: what packs is not the image's."""
    dockerfile = 'FROM scratch\nCOPY echo /bin/echo\nCOPY unused /data/unused\nENTRYPOINT ["/bin/echo"]\n'
    image = make(dockerfile, echo=busybox(), unused="x" * 100_000)
    done = slim(image, ("hello",), ("there",))
    assert done.holds and not done.mended, done.verdict
    assert said(engine, done.image, "hello") == b"hello\n"
    assert list(open_image(engine, done.image, tmp_path).tree) == ["/bin", "/bin/echo"]
    assert done.weight.size_bytes <= done.full.size_bytes - 100_000


@docker_alone
def test_an_image_of_another_architecture(
    engine: Engine, make: Make, slim: Callable[..., Slimmed], tmp_path: Path
) -> None:
    """Unless the host runs programs of that architecture, too."""
    other = {"x86_64": ("arm64", "aarch64"), "aarch64": ("amd64", "x86_64")}[os.uname().machine]
    program = Path(shutil.copy(sensor_for(other[1]), tmp_path / "sensor"))
    if runs(program):
        pytest.skip(f"programs for {other[0]} run here")
    native = make('FROM scratch\nCOPY sensor /sensor\nENTRYPOINT ["/sensor"]\n', sensor=program)
    image = native.replace("image-", f"{other[0]}-")
    with engine.save(native) as archive:
        renamed(archive, tmp_path / "foreign.tar", image, other[0])
    loaded = subprocess.run(
        [*engine.command, "load", "--input", tmp_path / "foreign.tar"], capture_output=True
    )
    assert loaded.returncode == 0, loaded.stderr
    with pytest.raises(BadImage, match=f"it is for {other[0]}, and such programs do not run here"):
        slim(image, ("--check",))
    engine.remove_image(image)


def renamed(archive: IO[bytes], target: Path, name: str, architecture: str) -> None:
    """A docker archive whose image says that it has another name and is for another architecture."""
    with tarfile.open(fileobj=archive, mode="r|") as old, tarfile.open(target, "w") as new:
        contents = {member.name: (member, file.read()) for member in old if (file := old.extractfile(member))}
        manifest = json.loads(contents.pop("manifest.json")[1])[0]
        config = json.loads(contents.pop(manifest["Config"])[1]) | {"architecture": architecture}
        text = json.dumps(config).encode()
        manifest |= {"Config": f"{hashlib.sha256(text).hexdigest()}.json", "RepoTags": [name]}
        layers = {layer: contents[layer][1] for layer in manifest["Layers"]}
        files = {**layers, manifest["Config"]: text, "manifest.json": json.dumps([manifest]).encode()}
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))


def runs(program: Path) -> bool:
    try:
        return subprocess.run([program, "--check"], capture_output=True, check=False).returncode >= 0
    except OSError:
        return False


@docker_alone
@pytest.mark.parametrize("entrypoint", ['["/bin/sh", "-c", "echo it broke >&2; exit 3"]', '["/not/there"]'])
def test_an_entry_point_that_fails_at_once(make: Make, slim: Callable[..., Slimmed], entrypoint: str) -> None:
    image = make(f"FROM {PACKER}\nEXPOSE 8000\nENTRYPOINT {entrypoint}\n")
    with pytest.raises(UnladenError) as failed:
        slim(image, port=8000)
    told = f"{failed.value}\n{failed.value.detail}"
    assert "it broke" in told or "/not/there" in told
    assert isinstance(failed.value, NotHealthy) or "not/there" in told


STUBBORN = """\
import signal
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        import wave
        self.send_response(200)
        self.end_headers()
        self.wfile.write(wave.__name__.encode())

signal.signal(signal.SIGTERM, signal.SIG_IGN)
HTTPServer(("", 8000), Handler).serve_forever()
"""


@docker_alone
def test_a_program_that_never_stops(engine: Engine, make: Make, slim: Callable[..., Slimmed]) -> None:
    """It has to be killed, under the sensor as well: the trace is whole all the same, and so is the proof."""
    provide(engine, "python:3.11-slim")
    start = 'EXPOSE 8000\nENTRYPOINT ["/usr/bin/env", "-S", "python3", "/stubborn.py"]\n'
    image = make(f"FROM python:3.11-slim\nCOPY stubborn.py /\n{start}", **{"stubborn.py": STUBBORN})
    done = slim(image, port=8000, stop_within=1)
    assert done.holds and not done.trace_problems, (done.verdict, done.trace_problems)
    assert any(line.endswith("/wave.py") for line in render(done.keep).splitlines())


STRANGE = r"""#!/bin/sh
cd "/srv/with space"
cat "a file" "two
lines" "$(printf '\377\376')" "*?[x]" '\x' '#no comment' '!not'
cat loop first up/"with space"/up/"with space/a file" 2>&1
ls -l second | cut -c1
"""
MAKE_STRANGE = r"""RUN mkdir "/srv/with space" && cd "/srv/with space" \
 && printf 'space\n' > "a file" && printf 'newline\n' > "$(printf 'two\nlines')" \
 && printf 'bytes\n' > "$(printf '\377\376')" && printf 'pattern\n' > '*?[x]' \
 && printf 'escape\n' > '\x' && printf 'hash\n' > '#no comment' && printf 'bang\n' > '!not' \
 && ln -s loop loop && ln -s second first && ln -s first second && ln -s .. up \
 && printf 'unused\n' > "un used"
"""


def test_strange_names_and_links_in_circles(
    engine: Engine, make: Make, slim: Callable[..., Slimmed], tmp_path: Path
) -> None:
    image = make(
        f'FROM {PACKER}\n{MAKE_STRANGE}COPY read /bin/read\nENTRYPOINT ["/bin/read"]\n', read=STRANGE
    )
    before = said(engine, image)
    words = (b"space", b"newline", b"bytes", b"pattern", b"escape", b"hash", b"bang")
    assert all(word + b"\n" in before for word in words) and b"Too many levels" in before
    done = slim(image, ())
    assert done.holds, done.verdict
    assert said(engine, done.image) == before
    kept = set(open_image(engine, done.image, tmp_path).tree)
    names = {path.removeprefix("/srv/with space/") for path in kept if path.startswith("/srv/with space/")}
    wanted = {
        "a file",
        "two\nlines",
        "\udcff\udcfe",
        "*?[x]",
        "\\x",
        "#no comment",
        "!not",
        "loop",
        "first",
        "up",
    }
    assert names == wanted | {"second"}
    assert parse(render(done.keep)) == done.keep


@docker_alone
def test_a_hundred_thousand_files(
    engine: Engine,
    make: Make,
    slim: Callable[..., Slimmed],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    many = "RUN mkdir -p /data/many && cd /data/many && seq 100000 | xargs -n 1000 sh -c 'mkdir $0; cd $0; touch $@'\n"
    image = make(f'FROM {PACKER}\n{many}ENTRYPOINT ["stat", "--format", "%A %n"]\n')
    started = time.monotonic()
    done = slim(image, ("/data/many/1/7", "/data/many/99001/99999"))
    seconds = time.monotonic() - started
    record_property("slimmed", f"{engine.name:7} file     100,000 files     {seconds:.0f} s")
    assert done.holds, done.verdict
    left = [path for path in open_image(engine, done.image, tmp_path).tree if path.startswith("/data/many/")]
    assert left == ["/data/many/1", "/data/many/1/7", "/data/many/99001", "/data/many/99001/99999"]


@docker_alone
def test_a_list_that_names_what_has_gone_and_lacks_the_program(
    engine: Engine, make: Make, slim: Callable[..., Slimmed]
) -> None:
    """The one is said, the other is repaired: without /usr/bin/cat no container of the image even starts."""
    image = make(f'FROM {PACKER}\nENTRYPOINT ["cat", "/etc/debian_version"]\n')
    first = slim(image, ())
    assert first.holds and not first.stale
    gone = (
        Rule("/etc/gone.conf", "an earlier version had it"),
        Rule("/opt/gone/", "and this", "application"),
    )
    rest = [rule for rule in first.keep.rules if rule.line != "/usr/bin/cat"]
    assert len(rest) == len(first.keep.rules) - 1
    former = keep_list([*rest, *gone], first.keep.packages, policy="file")
    again = slim(image, (), options=SlimOptions(former=former))
    assert again.holds and [each.case for each in again.mended] == [START], (again.failure, again.mended)
    assert {rule.line for rule in again.stale} == {"/etc/gone.conf", "/opt/gone/"}
    assert said(engine, again.image).startswith(b"12")
