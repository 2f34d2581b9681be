"""What is handed to a builder beside and instead of the context."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import tracemalloc
from pathlib import Path

from unladen.engine.building import SECRET_LIMIT, materials
from unladen.engine.context_tar import context_stream
from unladen.engine.hostsettings import HostFile, HostSettings
from unladen.engine.interface import BuildRequest


def streamed(context: Path, dockerignore: str) -> dict[str, tarfile.TarInfo]:
    _, write = context_stream(context, "FROM a\n", dockerignore)
    out = io.BytesIO()
    write(out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        return {member.name: member for member in tar if not member.name.startswith(".unladen")}


def test_the_stream_holds_what_the_rules_leave(tmp_path: Path) -> None:
    (tmp_path / "src/cache").mkdir(parents=True)
    (tmp_path / "src/cache/keep").touch()
    (tmp_path / "src/cache/drop").touch()
    (tmp_path / "größer als").touch()
    (tmp_path / ".dockerignore").write_text("the project's own")
    (tmp_path / "link").symlink_to("src")
    (tmp_path / "run.sh").touch(mode=0o755)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        found = streamed(tmp_path, "src/cache\n!src/cache/keep\n")
    assert set(found) == {".dockerignore", "src", "src/cache/keep", "größer als", "link", "run.sh"}
    assert found["link"].issym() and found["run.sh"].mode & 0o111
    assert {(member.uid, member.uname) for member in found.values()} == {(0, "")}


def test_the_dockerfile_inside_hides_itself(tmp_path: Path) -> None:
    name, write = context_stream(tmp_path, "FROM a\n", "")
    out = io.BytesIO()
    write(out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        texts = {member.name: tar.extractfile(member).read().decode() for member in tar}  # type: ignore[union-attr]
    assert texts == {".dockerignore": f".dockerignore\n{name}\n", name: "FROM a\n"}


class Counted(io.RawIOBase):
    """A sink that keeps nothing."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        length = memoryview(data).nbytes  # type: ignore[arg-type]
        self.size += length
        return length


def test_a_large_file_passes_without_being_held(tmp_path: Path) -> None:
    size = 256 << 20
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(size)
    _, write = context_stream(tmp_path, "FROM a\n", "")
    sink = Counted()
    tracemalloc.start()
    write(sink)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sink.size > size
    assert peak < 4 << 20


def test_secrets_are_private_files_with_plain_names_and_gone_afterwards(tmp_path: Path) -> None:
    bundle = tmp_path / "ca, with comma.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
    host = HostSettings(
        bundle, files={"npmrc": HostFile("//npm.corp/:_authToken=t\n", "NPM_CONFIG_USERCONFIG")}
    )
    with materials(BuildRequest(tmp_path, "FROM a\nRUN b\n", host=host), mounts=True) as made:
        passed = dict(made.secrets)
        assert passed["unladen-ca"].read_bytes() == bundle.read_bytes()
        assert passed["unladen-npmrc"].read_text() == "//npm.corp/:_authToken=t\n"
        assert all("," not in str(path) and path.stat().st_mode & 0o777 == 0o600 for path in passed.values())
    assert not any(path.exists() for path in passed.values())


def test_a_bundle_beyond_buildkits_limit_is_passed_without_its_comments(tmp_path: Path) -> None:
    certificate = "-----BEGIN CERTIFICATE-----\n" + "A" * 1000 + "\n-----END CERTIFICATE-----\n"
    bundle = tmp_path / "ca.pem"
    bundle.write_text(f"# {'comment' * 200}\n{certificate}" * 300)
    assert bundle.stat().st_size > SECRET_LIMIT
    request = BuildRequest(tmp_path, "FROM a\nRUN b\n", host=HostSettings(bundle))
    with materials(request, mounts=True) as made:
        passed = dict(made.secrets)["unladen-ca"].read_text()
    assert passed == certificate * 300
