"""One contract for every engine and every builder, kept on a base image of one static program."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from buildah import BuildahBuilder
from engines import MEMORY, busybox, found, lacking

from in_memory.engine import MemoryEngine
from unladen.engine.contents import read_folder
from unladen.engine.find import find_engine
from unladen.engine.hostsettings import HostFile, HostSettings
from unladen.engine.interface import (
    LABEL,
    Builder,
    BuildRequest,
    Container,
    Engine,
    Finished,
    RunRequest,
)
from unladen.engine.owned import PREFIX
from unladen.engine.podman import PodmanEngine
from unladen.engine.trial import trial
from unladen.errors import (
    BadDockerfile,
    BadProject,
    BaseMissing,
    BuildFailed,
    DiskFull,
    EngineFailed,
    EngineMissing,
    Interrupted,
)


def real(*names: str) -> list[object]:
    return [pytest.param(name, marks=pytest.mark.engine) for name in names]


ENGINES = [*real("docker", "podman"), "in-memory"]
BUILDERS = [*real("buildkit", "legacy", "podman", "buildah"), "in-memory"]

TINY = f"unladen-test/tiny:{os.getpid()}"
APPLETS = (
    "sh",
    "cat",
    "cp",
    "echo",
    "env",
    "grep",
    "httpd",
    "id",
    "ls",
    "mkdir",
    "pwd",
    "sleep",
    "test",
    "touch",
    "wget",
)


@pytest.fixture(scope="module")
def root_tar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root file system: Debian's busybox-static and links to it."""
    path = tmp_path_factory.mktemp("tiny") / "root.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(busybox(), "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in ("tmp", "www"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(folder)
    return path


class Tiny:
    """Puts the base into an engine, once, and takes it out at the end."""

    def __init__(self, tar: Path) -> None:
        self._tar = tar
        self._in: dict[str, Engine] = {}

    def into(self, engine: Engine) -> None:
        if engine.name not in self._in:
            engine.import_root(
                self._tar, TINY, ('CMD ["sh"]', "ENV GREETING=hello", "EXPOSE 8080", "WORKDIR /tmp")
            )
            self._in[engine.name] = found(engine.name)

    def out(self) -> None:
        for engine in self._in.values():
            engine.remove_image(TINY)


@pytest.fixture(scope="module")
def tiny(root_tar: Path) -> Iterator[Tiny]:
    tiny = Tiny(root_tar)
    yield tiny
    tiny.out()


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tiny: Tiny) -> Iterator[Engine]:
    engine = found(request.param)
    tiny.into(engine)
    yield engine
    engine.close()


@dataclass(frozen=True)
class Yard:
    """A builder, and the engine that runs what it builds."""

    builder: Builder
    engine: Engine

    @property
    def name(self) -> str:
        return "buildah" if isinstance(self.builder, BuildahBuilder) else self.engine.builder

    def says(self, image: str, *command: str) -> str:
        """What the command prints in a container of the image."""
        container = self.engine.create(RunRequest(image, command=command))
        container.start()
        done = container.wait(30)
        container.remove()
        assert done.exit_code == 0, done
        return done.stdout.decode()


def open_yard(name: str) -> Yard:
    if name == "in-memory":
        engine = found(name)
        return Yard(engine, engine)
    if name in ("buildkit", "legacy"):
        engine = found("docker", **({"DOCKER_BUILDKIT": "0"} if name == "legacy" else {}))
        if engine.builder != name:
            lacking(f"docker has no {name} builder here")
        return Yard(engine, engine)
    engine = found("podman")
    assert isinstance(engine, PodmanEngine)
    if name == "podman":
        return Yard(engine, engine)
    try:
        return Yard(BuildahBuilder(engine), engine)
    except EngineMissing as missing:
        lacking(str(missing))


@pytest.fixture(scope="module", params=BUILDERS)
def yard(request: pytest.FixtureRequest, tiny: Tiny) -> Iterator[Yard]:
    yard = open_yard(request.param)
    tiny.into(yard.engine)
    yield yard
    yard.engine.close()


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A project whose path has spaces and letters beyond ASCII."""
    context = tmp_path / "mein Projekt, größer"
    context.mkdir()
    (context / "app.txt").write_text("the app")
    return context


# builds


def test_a_build_gives_an_image_that_runs(yard: Yard, context: Path) -> None:
    lines: list[str] = []
    request = BuildRequest(
        context, f"FROM {TINY}\nARG WHO\nCOPY app.txt /app.txt\nRUN echo for $WHO >> /app.txt\n"
    )
    built = yard.builder.build(dataclasses.replace(request, build_args={"WHO": "me"}), lines.append)
    assert built.builder == yard.name
    assert built.image == yard.engine.find(built.image)
    assert built.log.splitlines() == lines and any("RUN echo for" in line for line in lines)
    assert 0 < built.seconds < 60
    assert yard.says(built.image, "cat", "/app.txt") == "the appfor me\n"


def test_nothing_is_written_into_the_context(yard: Yard, context: Path) -> None:
    context.chmod(0o555)
    before = sorted(os.walk(context))
    yard.builder.build(BuildRequest(context, f"FROM {TINY}\nCOPY . /x\n", dockerignore="nothing"))
    assert sorted(os.walk(context)) == before
    context.chmod(0o755)


def test_cache_and_no_cache(yard: Yard, context: Path) -> None:
    request = BuildRequest(context, f"FROM {TINY}\nRUN cat /proc/sys/kernel/random/uuid > /drawn\n")
    drawn = [
        yard.says(yard.builder.build(dataclasses.replace(request, cache=cache)).image, "cat", "/drawn")
        for cache in (True, True, False)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_target_and_tag(yard: Yard, context: Path) -> None:
    text = f"FROM {TINY} AS one\nRUN echo 1 > /n\nFROM {TINY} AS two\nCOPY --from=one /n /m\n"
    tag = "unladen-test/tagged:1"
    built = yard.builder.build(BuildRequest(context, text, target="one", tag=tag))
    assert yard.engine.find(tag) == built.image
    assert yard.says(built.image, "cat", "/n") == "1\n"
    yard.engine.remove_image(tag)
    assert yard.engine.find(tag) is None


def test_a_proposed_dockerignore_stands_in_for_the_contexts_own(yard: Yard, context: Path) -> None:
    for name in ("own", "proposed", "kept"):
        (context / name).mkdir()
        (context / name / "file").touch()
    (context / ".dockerignore").write_text("own\n")
    text = f"FROM {TINY}\nCOPY . /x\n"
    own = yard.builder.build(BuildRequest(context, text))
    assert yard.says(own.image, "ls", "/x").split() == ["app.txt", "kept", "proposed"]
    proposed = yard.builder.build(BuildRequest(context, text, dockerignore="proposed\n.dockerignore\n"))
    assert yard.says(proposed.image, "ls", "-A", "/x").split() == ["app.txt", "kept", "own"]


def test_a_build_without_cache_leaves_its_layers_to_builds_of_the_same_word(
    yard: Yard, context: Path
) -> None:
    """What a run builds cold, its later builds share; what other runs built, they do not. The legacy builder's cache
    knows no word: it is not asked for layers of this run."""
    text = f"FROM {TINY}\nRUN cat /proc/sys/kernel/random/uuid > /made\n"

    def made(apart: str, *, cache: bool) -> str:
        built = yard.builder.build(BuildRequest(context, text, apart=apart, cache=cache))
        return yard.says(built.image, "cat", "/made")

    one, two = f"{os.getpid()}-one", f"{os.getpid()}-two"
    first = made(one, cache=False)
    assert made(one, cache=True) == first
    if yard.name != "legacy":
        assert made(two, cache=True) != first


@pytest.mark.parametrize("yard", [pytest.param("buildkit", marks=pytest.mark.engine)], indirect=True)
def test_a_build_of_another_word_begins_with_empty_cache_mounts(yard: Yard, context: Path) -> None:
    step = "test -e /c/a && echo full > /found || echo empty > /found; touch /c/a"
    text = f"FROM {TINY}\nRUN --mount=type=cache,target=/c,id=unladen-test-{os.getpid()} {step}\n"

    def found_in(mounts: str, apart: str) -> str:
        built = yard.builder.build(BuildRequest(context, text, apart=apart, mounts=mounts))
        return yard.says(built.image, "cat", "/found").strip()

    run = os.getpid()
    assert found_in("", f"{run}-a") == "empty"
    assert found_in("", f"{run}-b") == "full"
    assert found_in(f"{run}-cold", f"{run}-c") == "empty"
    assert found_in("", f"{run}-d") == "full"


def test_a_failing_step_is_named_with_its_last_lines(yard: Yard, context: Path) -> None:
    host = HostSettings(files={"pip.conf": HostFile("[global]\n", "PIP_CONFIG_FILE")})
    text = f"FROM {TINY} AS a\nRUN echo fine\nFROM {TINY}\nRUN echo the reason && exit 7\nRUN echo never\n"
    with pytest.raises(BuildFailed) as failed:
        yard.builder.build(BuildRequest(context, text, host=host, cache=False))
    assert failed.value.step == "RUN echo the reason && exit 7"
    assert "the reason" in failed.value.detail.splitlines()
    assert "never" not in failed.value.detail
    assert "7" in str(failed.value)


def test_a_missing_file_is_the_steps_failure(yard: Yard, context: Path) -> None:
    with pytest.raises(BuildFailed, match="nowhere") as failed:
        yard.builder.build(BuildRequest(context, f"FROM {TINY}\nCOPY nowhere.txt /\n"))
    assert failed.value.step == "COPY nowhere.txt /"


@pytest.mark.parametrize(
    "text", [f"FROM {TINY}\nRUN true\nRUNN true\n", "", "RUN true\n"], ids=["unknown", "empty", "no FROM"]
)
def test_a_dockerfile_that_is_none(yard: Yard, context: Path, text: str) -> None:
    with pytest.raises(BadDockerfile) as bad:
        yard.builder.build(
            BuildRequest(
                context, text, host=HostSettings(files={"npmrc": HostFile("", "NPM_CONFIG_USERCONFIG")})
            )
        )
    if "RUNN" in text:
        assert "RUNN" in str(bad.value)
        if isinstance(yard.engine, PodmanEngine) is False:
            assert "line 3" in str(bad.value)


def test_a_base_that_is_nowhere(yard: Yard, context: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(BaseMissing, match="unladen-test/nowhere"):
        yard.builder.build(BuildRequest(context, "FROM localhost:1/unladen-test/nowhere:1\nRUN true\n"))
    assert time.monotonic() - begin < 30


def test_a_full_disk(yard: Yard, context: Path) -> None:
    fill = "busybox dd if=/dev/zero of=/dev/shm/fill bs=1M"
    with pytest.raises(DiskFull) as full:
        yard.builder.build(BuildRequest(context, f"FROM {TINY}\nRUN {fill}\n"))
    assert full.value.hint


def test_a_context_that_is_nowhere(yard: Yard, tmp_path: Path) -> None:
    with pytest.raises(BadProject):
        yard.builder.build(BuildRequest(tmp_path / "gone", f"FROM {TINY}\n"))


def test_the_hosts_settings_reach_every_run_and_leave_no_trace(
    yard: Yard, context: Path, tmp_path: Path
) -> None:
    if yard.name == "legacy":
        pytest.skip("the legacy builder has no mounts")
    bundle = tmp_path / "ca, with comma.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\nMARKOFTHEBUNDLE\n-----END CERTIFICATE-----\n")
    host = HostSettings(
        ca_bundle=bundle,
        proxies={"HTTP_PROXY": "http://markoftheproxy:3128"},
        files={
            "pip.conf": HostFile("[global]\nindex-url = https://markoftheuser@pypi.corp\n", "PIP_CONFIG_FILE")
        },
        ca_variables=("SSL_CERT_FILE", "PIP_CERT"),
    )
    check = (
        'grep -q M.RKOFTHEBUNDLE "$SSL_CERT_FILE" && grep -q M.RKOFTHEBUNDLE "$PIP_CERT"'
        ' && grep -q m.rkoftheuser "$PIP_CONFIG_FILE" && echo $HTTP_PROXY | grep -q m.rkoftheproxy'
    )
    text = f"FROM {TINY}\nRUN {check}\nUSER 1000:1000\nRUN {check} && touch /tmp/seen\n"
    built = yard.builder.build(BuildRequest(context, text, host=host))
    assert yard.says(built.image, "ls", "/tmp") == "seen\n"
    environment = yard.says(built.image, "env")
    assert "unladen" not in environment and "PROXY" not in environment
    with yard.engine.save(built.image) as stream:
        archive = stream.read()
    for mark in (b"MARKOFTHEBUNDLE", b"markoftheuser", b"markoftheproxy"):
        assert mark not in archive
    assert not [path for path in layer_paths(archive) if ".unladen" in path]
    assert not any("markofthe" in step.lower() for step in yard.engine.inspect(built.image).history)


def test_a_secret_of_the_users_reaches_its_step_and_no_layer(
    yard: Yard, context: Path, tmp_path: Path
) -> None:
    if yard.name == "legacy":
        pytest.skip("the legacy builder has no mounts")
    secret = tmp_path / "token"
    secret.write_text("MARKOFTHESECRET\n")
    step = "grep -q M.RKOFTHESECRET /run/secrets/token && touch /tmp/seen"
    text = f"FROM {TINY}\nRUN --mount=type=secret,id=token {step}\n"
    host = HostSettings(secrets=(f"id=token,src={secret}",))
    built = yard.builder.build(BuildRequest(context, text, host=host))
    assert yard.says(built.image, "ls", "/tmp") == "seen\n"
    with yard.engine.save(built.image) as stream:
        assert b"MARKOFTHESECRET" not in stream.read()
    with pytest.raises(BuildFailed) as failed:
        yard.builder.build(BuildRequest(context, text, cache=False))
    assert "--secret id=token,src=FILE" in failed.value.hint


def layer_paths(archive: bytes) -> list[str]:
    """Every path in every layer of a docker-archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as outer:
        manifest = outer.extractfile("manifest.json")
        assert manifest is not None
        paths: list[str] = []
        for layer in json.load(manifest)[0]["Layers"]:
            with tarfile.open(fileobj=outer.extractfile(layer)) as inner:
                paths += inner.getnames()
    assert "tmp/seen" in paths
    return paths


@pytest.mark.engine
def test_the_legacy_builder_says_what_it_cannot_pass(context: Path, tmp_path: Path, tiny: Tiny) -> None:
    yard = open_yard("legacy")
    tiny.into(yard.engine)
    bundle = tmp_path / "ca.pem"
    bundle.write_text("MARKOFTHEBUNDLE")
    lines: list[str] = []
    text = f"FROM {TINY}\nRUN test -z $SSL_CERT_FILE\n"
    yard.engine.build(BuildRequest(context, text, host=HostSettings(bundle)), lines.append)
    assert any("CA bundle" in line for line in lines)
    yard.engine.close()


@pytest.mark.engine
def test_a_syntax_line_without_a_registry_is_no_obstacle(context: Path, tiny: Tiny) -> None:
    yard = open_yard("buildkit")
    tiny.into(yard.engine)
    text = f"# syntax=localhost:1/docker/dockerfile:1\nFROM {TINY}\nRUN --mount=type=cache,target=/c echo\n"
    assert yard.engine.build(BuildRequest(context, text)).image
    yard.engine.close()


@pytest.mark.parametrize("name", BUILDERS)
def test_closing_breaks_off_a_build_and_leaves_nothing(name: str, context: Path, tiny: Tiny) -> None:
    yard = open_yard(name)
    tiny.into(yard.engine)
    mark = f"mark{time.time_ns()}"
    running = threading.Event()
    raised: list[BaseException] = []

    def build() -> None:
        text = f"FROM {TINY}\nRUN echo {mark} > /first\nRUN echo it runs && sleep 300\n"
        try:
            yard.builder.build(
                BuildRequest(context, text),
                lambda line: running.set() if line.endswith("it runs") else None,
            )
        except Interrupted as interrupted:
            raised.append(interrupted)

    thread = threading.Thread(target=build)
    thread.start()
    assert running.wait(60)
    begin = time.monotonic()
    yard.engine.close()
    thread.join(30)
    assert not thread.is_alive() and len(raised) == 1
    assert time.monotonic() - begin < 20
    assert remains(yard.engine, mark) == []


def ask(engine: Engine, *args: str) -> str:
    """The engine's own client, apart from unladen."""
    return subprocess.run([engine.name, *args], capture_output=True, text=True, check=True).stdout


def remains(engine: Engine, mark: str) -> list[str]:
    """What is left of a build with `mark` in a step: images, and containers of them or of its base
    (podman's working containers too)."""
    if engine.name == "in-memory":
        return MEMORY.remains(mark)
    listed = ask(engine, "images", "-aq", "--no-trunc", "--filter", f"since={TINY}")
    images = [image for image, steps in histories(engine, listed.split()) if mark in steps]
    external = ["--external"] if engine.name == "podman" else []
    listed = ask(engine, "ps", "-a", *external, "--no-trunc", "--format", "{{.ID}} {{.Image}} {{.Command}}")
    containers = [line for line in listed.splitlines() if TINY in line or mark in line]
    return images + containers


def histories(engine: Engine, images: list[str]) -> Iterator[tuple[str, str]]:
    """Each image with its steps; none where it is gone by now (others use this engine too)."""
    if engine.name == "podman":  # one call: its calls are slow
        command = ["podman", "image", "inspect", "--format", "{{.Id}} {{json .History}}", *images]
        text = subprocess.run(command, capture_output=True, text=True).stdout if images else ""
        yield from (line.partition(" ")[::2] for line in text.splitlines())
        return
    for image in images:
        command = ["docker", "history", "--no-trunc", image]
        yield image, subprocess.run(command, capture_output=True, text=True).stdout


# containers


def run(engine: Engine, *command: str, **request: object) -> Finished:
    container = engine.create(RunRequest(TINY, command=command, **request))  # type: ignore[arg-type]
    container.start()
    done = container.wait(30)
    container.remove()
    return done


def test_a_program_runs_to_its_end(engine: Engine) -> None:
    done = run(engine, "sh", "-c", "echo out; echo err >&2; printf end; exit 3")
    assert (done.exit_code, done.stdout, done.stderr) == (3, b"out\nend", b"err\n")
    assert 0 < done.seconds < 30


def test_bytes_come_through_as_they_are(engine: Engine) -> None:
    data = bytes(range(256)) * 300 + b"no newline"
    assert run(engine, "cat", stdin=data).stdout == data
    assert run(engine, "cat").stdout == b""


def test_how_a_program_runs(engine: Engine) -> None:
    done = run(engine, "echo $GREETING $A; pwd; id -u", entrypoint=("sh", "-c"), env={"A": "x=y z"})
    assert done.stdout == b"hello x=y z\n/tmp\n0\n"


@pytest.mark.engine
def test_the_hosts_proxies_do_not_get_into_containers(tiny: Tiny) -> None:
    for name in ("docker", "podman"):
        engine = found(name, HTTP_PROXY="http://proxy.example:3128", http_proxy="http://proxy.example:3128")
        tiny.into(engine)
        assert b"proxy" not in run(engine, "env").stdout.lower()


def serving(engine: Engine, **request: object) -> Container:
    command = ("sh", "-c", "echo served > /www/x; httpd -f -p 8080 -h /www")
    container = engine.create(RunRequest(TINY, command=command, **request))  # type: ignore[arg-type]
    container.start()
    return container


def fetch(port: int) -> bytes:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/x", timeout=5) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing answers on port {port}")


def test_a_port_of_the_hosts_choosing(engine: Engine) -> None:
    container = serving(engine, ports=(8080,))
    assert container.running()
    assert fetch(container.host_port(8080)) == b"served\n"
    with pytest.raises(EngineFailed, match="9999"):
        container.host_port(9999)
    container.remove()


def test_a_network_in_which_containers_reach_each_other_by_their_aliases(engine: Engine) -> None:
    networks = engine.network(), engine.network()
    ours = serving(engine, ports=(8080,), joins=networks[0], aliases=("db", "db.test"))
    assert fetch(ours.host_port(8080)) == b"served\n"
    for alias in ("db", "db.test"):
        asked = run(engine, "wget", "-q", "-O", "-", f"http://{alias}:8080/x", joins=networks[0])
        assert (asked.exit_code, asked.stdout) == (0, b"served\n")
    for elsewhere in (networks[1], ""):
        assert run(engine, "wget", "-q", "-O", "-", "http://db:8080/x", joins=elsewhere).exit_code != 0
    with pytest.raises(EngineFailed):
        engine.remove_network(networks[0])  # it has a container
    ours.remove()
    for network in networks:
        engine.remove_network(network)


def test_a_program_that_heeds_the_stop_signal_and_one_that_does_not(engine: Engine) -> None:
    heeding = engine.create(
        RunRequest(
            TINY, command=("sh", "-c", "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.1; done")
        )
    )
    heeding.start()
    while heeding.logs()[0] != b"up\n":
        time.sleep(0.05)
    stopped = heeding.stop(10)
    assert (stopped.exit_code, stopped.stdout) == (5, b"up\nbye\n")
    assert stopped.seconds < 5
    assert not heeding.running()
    deaf = engine.create(RunRequest(TINY, command=("sleep", "300")))  # PID 1 ignores what it does not handle
    deaf.start()
    stopped = deaf.stop(1)
    assert stopped.exit_code == 137 and 1 <= stopped.seconds < 10
    heeding.remove()
    deaf.remove()


def test_a_stopped_container_goes_on_with_what_it_wrote(engine: Engine) -> None:
    command = ("sh", "-c", "echo served >> /www/x; httpd -f -p 8080 -h /www")
    container = engine.create(RunRequest(TINY, command=command, ports=(8080,)))
    for times in (1, 2):
        container.start()
        assert fetch(container.host_port(8080)) == b"served\n" * times
        container.stop(0)
    container.remove()


def test_a_stop_signal_alone(engine: Engine) -> None:
    command = ("sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.1; done")
    container = engine.create(RunRequest(TINY, command=command))
    container.start()
    while container.logs()[0] != b"up\n":
        time.sleep(0.05)
    container.send_stop()
    assert container.wait(10).exit_code == 5
    container.send_stop()  # there is nobody left to hear it
    container.remove()


def test_waiting_has_an_end(engine: Engine) -> None:
    container = engine.create(RunRequest(TINY, command=("sh", "-c", "echo still here; sleep 300")))
    container.start()
    done = container.wait(1)
    assert done.exit_code is None and done.stdout == b"still here\n"
    assert not container.running()
    container.remove()


def test_exec(engine: Engine) -> None:
    container = engine.create(RunRequest(TINY, command=("sleep", "300")))
    container.start()
    done = container.exec(("sh", "-c", "cat; echo err >&2; exit 4"), stdin=b"\x00\xff in")
    assert (done.exit_code, done.stdout, done.stderr) == (4, b"\x00\xff in", b"err\n")
    assert container.exec(("sleep", "300"), timeout=0.5).exit_code is None
    assert container.exec(("no-such-program",)).exit_code in (126, 127)
    container.stop(0)
    with pytest.raises(EngineFailed):
        container.exec(("echo",))
    container.remove()


def test_files_go_in_before_the_start_and_come_out_after_the_end(engine: Engine, context: Path) -> None:
    script = context / "go.sh"
    script.write_text("#!/bin/sh\ncat /in/app.txt > /tmp/out; echo more >> /new/folder/x\n")
    script.chmod(0o755)
    container = engine.create(RunRequest(TINY, command=("/in/go.sh",)))
    container.copy_in(context, "/in")
    container.copy_in(script, "/new/folder/x")
    container.start()
    assert container.wait(30).exit_code == 0
    with tarfile.open(fileobj=io.BytesIO(b"".join(container.copy_out("/tmp/out")))) as tar:
        out = tar.extractfile("out")
        assert out is not None and out.read() == b"the app"
    changes = {path: kind for kind, path in container.changes()}
    assert changes["/tmp/out"] == changes["/new/folder/x"] == changes["/in/app.txt"] == "A"
    assert changes["/tmp"] == "C"
    with pytest.raises(EngineFailed, match="nowhere"):
        b"".join(container.copy_out("/nowhere"))
    container.remove()


def test_a_copy_that_is_broken_off_keeps_nobody_waiting(engine: Engine, tmp_path: Path) -> None:
    """Docker removes no container that something is copied out of, and holds up all else meanwhile: compiled tests of
    more than 256 MB (pocketbase) hung forever."""
    refused: list[BaseException] = []

    def read() -> None:
        try:
            read_folder(engine, TINY, "/bin", tmp_path, at_most=1)
        except EngineFailed as error:
            refused.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive() and "it has more than" in str(refused[0])


@pytest.mark.parametrize("knows_filters", [True, False])
def test_a_folder_is_copied_out_of_an_image_whichever_python_runs(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows_filters: bool
) -> None:
    """Debian 12's Python is 3.11.2; filters came with 3.11.4."""
    if not knows_filters:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    copied = read_folder(engine, TINY, "/bin", tmp_path, at_most=50 << 20)
    assert copied == tmp_path / "bin" and (copied / "busybox").stat().st_size > 100_000


def test_a_program_that_is_not_there(engine: Engine) -> None:
    for stdin in (None, b"in"):
        container = engine.create(RunRequest(TINY, command=("no-such-program",), stdin=stdin))
        with pytest.raises(EngineFailed, match="no-such-program"):
            container.start()
        container.remove()
    with pytest.raises(EngineFailed, match="nowhere"):
        engine.create(RunRequest("unladen-test/nowhere:1"))


# images


def test_what_an_image_is(engine: Engine, root_tar: Path) -> None:
    facts = engine.inspect(TINY)
    assert facts.id == engine.find(TINY) == engine.find(facts.id)
    assert facts.id.startswith("sha256:") and len(facts.layers) == 1
    assert 0.9 < facts.size_bytes / root_tar.stat().st_size < 1.1
    assert (facts.cmd, facts.entrypoint, facts.workdir, facts.user) == (("sh",), (), "/tmp", "")
    assert facts.env["GREETING"] == "hello" and facts.ports == (8080,)
    assert facts.architecture in ("amd64", "arm64")


def test_history_and_configuration_of_a_built_image(yard: Yard, context: Path) -> None:
    text = f'FROM {TINY}\nRUN touch /a\nLABEL who=me\nSTOPSIGNAL SIGINT\nUSER 7\nENTRYPOINT ["cat", "-"]\n'
    facts = yard.engine.inspect(yard.builder.build(BuildRequest(context, text)).image)
    assert facts.labels["who"] == "me" and LABEL not in facts.labels
    assert (facts.stop_signal, facts.user, facts.entrypoint) == ("SIGINT", "7", ("cat", "-"))
    steps = [index for index, step in enumerate(facts.history) if "touch /a" in step or "ENTRYPOINT" in step]
    assert len(steps) == 2 and "touch /a" in facts.history[steps[0]]  # oldest first


def test_an_image_as_an_archive(engine: Engine, root_tar: Path) -> None:
    with engine.save(TINY) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        names = tar.getnames()
    assert "manifest.json" in names
    with pytest.raises(EngineFailed, match="nowhere"), engine.save("unladen-test/nowhere:1") as stream:
        stream.read()
    with engine.save(TINY) as stream:
        assert stream.read(512)  # a reader may stop early


def test_tags(engine: Engine) -> None:
    other = f"{TINY}-other"
    engine.tag(TINY, other)
    assert engine.find(other) == engine.find(TINY)
    engine.remove_image(other)
    engine.remove_image(other)  # gone is gone
    assert engine.find(other) is None and engine.find(TINY) is not None


def test_a_registry_that_is_not_there(engine: Engine) -> None:
    begin = time.monotonic()
    with pytest.raises(BaseMissing, match="localhost:1/unladen-test"):
        engine.pull("localhost:1/unladen-test/nowhere:1")
    with pytest.raises(BaseMissing):
        engine.pull("unladen-test/nowhere:1", timeout=10)
    assert time.monotonic() - begin < 30


# the end


def test_closing_leaves_nothing_but_what_is_kept(engine: Engine, context: Path) -> None:
    other = found(engine.name)
    mark = f"mark{time.time_ns()}"
    kept = other.build(BuildRequest(context, f"FROM {TINY}\nRUN echo {mark} kept\n")).image
    dropped = other.build(BuildRequest(context, f"FROM {TINY}\nRUN echo {mark} dropped\n")).image
    with pytest.raises(BuildFailed):
        other.build(BuildRequest(context, f"FROM {TINY}\nRUN echo {mark} > /first\nRUN exit 1\n"))
    container = other.create(RunRequest(dropped, command=("sleep", "300")))
    container.start()
    network = other.network()
    other.create(RunRequest(dropped, command=("sleep", "300"), joins=network)).start()
    stream = other.save(kept)
    name = other.keep(kept, f"unladen/test-{mark}:rung")
    other.close()
    other.close()
    stream.close()
    assert engine.find(dropped) is None and engine.find(kept) == kept
    with pytest.raises(EngineFailed):
        engine.create(RunRequest(dropped))
    with pytest.raises(EngineFailed):
        engine.remove_network(network)
    assert [line for line in remains(engine, mark) if kept.removeprefix("sha256:") not in line] == []
    engine.remove_image(name)
    assert remains(engine, mark) == []


LEFT_BEHIND = """
import sys, time
from pathlib import Path
from unladen.engine.find import find_engine
from unladen.engine.interface import BuildRequest, RunRequest
engine = find_engine(sys.argv[1])
image = engine.build(BuildRequest(Path(sys.argv[2]), sys.argv[3])).image
engine.create(RunRequest(image, command=("sleep", "300"), joins=engine.network())).start()
print("up", flush=True)
time.sleep(300)
"""


@contextmanager
def left_behind(engine: Engine, context: Path, text: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose session has an image and a running container. What is in memory goes with its process, so
    there the process is this one, and its lock is let go where the other would be killed."""
    command = [sys.executable, "-c", LEFT_BEHIND, engine.name, str(context), text]
    if engine.name == "in-memory":
        command = ["sh", "-c", "echo up; exec sleep 300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        if engine.name == "in-memory":
            theirs = MemoryEngine(MEMORY)
            image = theirs.build(BuildRequest(context, text)).image
            theirs.create(RunRequest(image, command=("sleep", "300"), joins=theirs.network())).start()
        yield process
        if engine.name == "in-memory":
            theirs.session.end(clean=False)


def test_what_a_killed_session_left_is_removed(engine: Engine, context: Path) -> None:
    mark = f"mark{time.time_ns()}"
    with left_behind(engine, context, f"FROM {TINY}\nRUN echo {mark}\n") as process:
        found(engine.name).remove_orphans()
        assert remains(engine, mark) != []  # its process is alive
        assert networks(engine, process.pid) != []
        process.send_signal(signal.SIGKILL)
    found(engine.name).remove_orphans()
    assert remains(engine, mark) == networks(engine, process.pid) == []


def networks(engine: Engine, pid: int) -> list[str]:
    """Those of the process's sessions; in memory that process is this one."""
    if engine.name == "in-memory":
        return list(MEMORY.networks)
    names = ask(engine, "network", "ls", "--format", "{{.Name}}").split()
    return [name for name in names if name.startswith(f"{PREFIX}{pid}-")]


@pytest.mark.engine
def test_no_engine_is_one_clear_error() -> None:
    environ = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    with pytest.raises(EngineMissing, match="docker") as missing:
        find_engine("docker", environ=environ)
    assert "docker" in missing.value.hint


def test_an_engine_is_tried_out(engine: Engine) -> None:
    """As doctor does: a build step with a network and a container, without any base image."""
    trial(engine)
