"""Reading a Go binary, on ELF files that are laid out as Go's linker does it."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from unladen.language.go.binary import GoBinary, read_binary
from unladen.language.go.needs import needs_of

SENTINEL = b"0" * 16
MODULES = (
    "path\texample.com/shop\nmod\texample.com/shop\t(devel)\t\ndep\tgithub.com/a/b\tv1.0.0\th1:x\n"
    '=>\tgithub.com/fork/b\tv1.0.1\th1:y\nbuild\t-trimpath=true\nbuild\tCGO_ENABLED=0\nbuild\t-ldflags="-s -w"\n'
)


def string(text: bytes) -> bytes:
    low, high = len(text) & 0x7F, len(text) >> 7
    return bytes([low | 0x80, high] if high else [low]) + text


def build_info(go: str, modules: str) -> bytes:
    header = b"\xff Go buildinf:" + bytes([8, 2])
    return header.ljust(32, b"\0") + string(go.encode()) + string(SENTINEL + modules.encode() + SENTINEL)


def function_table(*names: str) -> bytes:
    text = b"\0".join([*(name.encode() for name in names), b""])
    start = 8 + 8 * 8
    words = [len(names), 1, 0, start, start + len(text), 0, 0, 0]
    return b"\xf1\xff\xff\xff\0\0\x01\x08" + struct.pack("<8Q", *words) + text


def elf(sections: dict[str, bytes], interpreter: str = "") -> bytes:
    """A 64-bit little-endian ELF file with these sections, and a PT_INTERP segment where one is asked for."""
    names = ["", *sections, ".shstrtab"]
    table = b"\0".join(name.encode() for name in names) + b"\0"
    loader = interpreter.encode() + b"\0" if interpreter else b""
    body, offsets = b"", []
    base = 64 + 56
    contents = [b"", *sections.values(), table]
    for content in contents:
        offsets.append(base + len(body))
        body += content
    loader_at = base + len(body)
    body += loader
    segment = struct.pack("<IIQQQQQQ", 3 if loader else 0, 4, loader_at, 0, 0, len(loader), len(loader), 1)
    headers = b""
    for index, (name, content) in enumerate(zip(names, contents, strict=True)):
        kind = 0 if not index else 3 if name == ".shstrtab" else 1
        name_at = table.index(b"\0" + name.encode() + b"\0") + 1 if name else 0
        headers += struct.pack("<IIQQQQIIQQ", name_at, kind, 0, 0, offsets[index], len(content), 0, 0, 1, 0)
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = ident + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, base + len(body), 0, 64, 56, 1, 64, len(names), len(names) - 1
    )
    return header + segment + body + headers


def test_a_static_binary() -> None:
    content = elf(
        {
            ".go.buildinfo": build_info("go1.24.4", MODULES),
            ".gopclntab": function_table("main.main", "time.LoadLocation"),
        }
    )
    assert read_binary(content) == GoBinary(
        go="go1.24.4",
        modules=(("example.com/shop", "(devel)"), ("github.com/fork/b", "v1.0.1")),
        settings={"-trimpath": "true", "CGO_ENABLED": "0", "-ldflags": "-s -w"},
        functions=frozenset({"main.main", "time.LoadLocation"}),
    )


def test_the_c_linker_hides_the_table_in_another_section() -> None:
    content = elf(
        {
            ".data.rel.ro": b"\xf1\xff\xff\xff\0\0\x01\x08 no table"
            + bytes(60)
            + function_table("main.main"),
            ".go.buildinfo": build_info("go1.24.4", MODULES),
        },
        interpreter="/lib64/ld-linux-x86-64.so.2",
    )
    binary = read_binary(content)
    assert binary is not None
    assert binary.functions == {"main.main"}
    assert binary.interpreter == "/lib64/ld-linux-x86-64.so.2"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#!/bin/sh\n",
        b"\x7fELF\x02\x01\x01",
        elf({".text": b"x"}),
        elf({".go.buildinfo": b"\xff Go buildinf:\x08\x00" + bytes(16)}),  # before Go 1.18
        elf({".go.buildinfo": b"\xff Go buildinf:\x08\x02" + bytes(16)}),  # cut off
    ],
)
def test_what_is_no_go_binary(content: bytes) -> None:
    assert read_binary(content) is None


def test_a_real_binary() -> None:
    """podman and docker are Go programs; the test machine has one of them."""
    path = shutil.which("podman") or shutil.which("dockerd") or shutil.which("docker")
    if path is None:
        pytest.skip("neither podman nor docker is installed")
    binary = read_binary(Path(path).read_bytes())
    assert binary is not None
    assert binary.go.startswith("go1.")
    assert binary.has("main.main") and binary.has("net/http.(*Transport).RoundTrip")
    assert len(binary.functions) > 10_000


# What the functions mean


def needs(*functions: str, env: dict[str, str] | None = None) -> tuple[bool, bool, bool, str]:
    found = needs_of(GoBinary("go1.24.4", functions=frozenset(functions)), env or {})
    return found.certificates, found.zones, found.mime, "\n".join(found.notes)


def test_a_program_that_needs_nothing() -> None:
    certificates, zones, mime, notes = needs("main.main", "fmt.Println")
    assert not (certificates or zones or mime)
    assert "nothing in the binary verifies TLS" in notes and "time.LoadLocation is not in the binary" in notes


def test_a_tls_client() -> None:
    certificates, *_, notes = needs("crypto/x509.(*Certificate).Verify", "net/http.(*Transport).RoundTrip")
    assert certificates and "can open TLS connections (net/http.(*Transport).RoundTrip" in notes


def test_a_server_gets_certificates_to_be_on_the_safe_side() -> None:
    certificates, *_, notes = needs("crypto/x509.(*Certificate).Verify", "net/http.(*Server).Serve")
    assert certificates and "to be on the safe side" in notes


def test_a_program_with_its_own_authorities_and_zones() -> None:
    certificates, zones, _, notes = needs(
        "crypto/x509.(*Certificate).Verify",
        "golang.org/x/crypto/x509roots/fallback.init.0",
        "time.LoadLocation",
        "time/tzdata.loadFromEmbeddedTZData",
    )
    assert not certificates and not zones
    assert notes.count("brings its own") == 2


def test_time_zones() -> None:
    assert needs("time.LoadLocation")[1]
    assert not needs("time.LoadLocationFromTZData")[1]  # another function, whose name begins the same
    assert needs("time.initLocal", env={"TZ": "Europe/Berlin"})[1]
    assert not needs("time.initLocal")[1]


def test_files_and_commands() -> None:
    _, _, mime, notes = needs("mime.TypeByExtension", "os.CreateTemp", "os/exec.(*Cmd).Start")
    assert mime
    assert "/tmp is there for os.CreateTemp" in notes and "can start commands" in notes


def test_what_cannot_be_read_gets_everything() -> None:
    for binary in (None, GoBinary("go1.24.4")):
        found = needs_of(binary, {})
        assert found.certificates and found.zones and found.mime and found.services and found.home
