"""Small images for the tests of the keep-list: real layer tars behind the real FileTree."""

from __future__ import annotations

import io
import struct
import tarfile
import tempfile
from collections.abc import Mapping

from unladen.image.source import Window
from unladen.image.tree import LayeredTree

Content = bytes | str | None
"""bytes: a regular file; a string: a symlink to it; None: a directory."""


def tree_of(files: Mapping[str, Content], modes: Mapping[str, int] | None = None) -> LayeredTree:
    """A tree of absolute paths; directories on the way are made. Files are 0644, directories 0755."""
    everything: dict[str, Content] = {}
    for path, content in files.items():
        folders = path.split("/")[1:-1]
        for depth in range(len(folders)):
            everything.setdefault("/" + "/".join(folders[: depth + 1]), None)
        everything[path] = content
    file = tempfile.TemporaryFile()  # noqa: SIM115 (it stays open as long as the tree)
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
        for path, content in everything.items():
            mode = (modes or {}).get(path, usual_mode(content))
            add(tar, path, content, (mode, 0, 0), 1_600_000_000)
    file.flush()
    return LayeredTree([Window(file, 0, file.tell())])


def usual_mode(content: Content) -> int:
    return 0o644 if isinstance(content, bytes) else 0o755


def add(tar: tarfile.TarFile, path: str, content: Content, rights: tuple[int, int, int], mtime: int) -> None:
    """One entry; `rights` are its mode, uid and gid."""
    member, data = tarfile.TarInfo(path.lstrip("/")), b""
    member.mode, member.uid, member.gid = rights
    member.mtime = mtime
    if content is None:
        member.type = tarfile.DIRTYPE
    elif isinstance(content, str):
        member.type, member.linkname = tarfile.SYMTYPE, content
    else:
        data, member.size = content, len(content)
    tar.addfile(member, io.BytesIO(data))


def elf(
    needed: tuple[str, ...] = (),
    *,
    interpreter: str = "",
    runpath: str = "",
    rpath: str = "",
    machine: int = 62,
    extra: bytes = b"",
) -> bytes:
    """A 64-bit ELF file with the dynamic section that a linker would write (machine 62 is x86_64, 183 aarch64).
    Layout: header, three program headers, string table, dynamic section. `extra` goes into the string table."""
    strings = b"\0"
    offsets = {}
    for text in (*needed, runpath, rpath):
        offsets[text] = len(strings)
        strings += text.encode() + b"\0"
    strings += extra + b"\0"
    interp = interpreter.encode() + b"\0" if interpreter else b""
    headers = 64 + 56 * 3
    strings_at, interp_at = headers, headers + len(strings)
    dynamic_at = interp_at + len(interp)
    entries = [(1, offsets[name]) for name in needed]
    entries += [(29, offsets[runpath])] if runpath else []
    entries += [(15, offsets[rpath])] if rpath else []
    entries += [(5, strings_at), (10, len(strings)), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    size = dynamic_at + len(dynamic)
    header = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 3, 0, 0, 0)
    segments = _segment(1, 0, size)
    segments += _segment(2, dynamic_at, len(dynamic))
    segments += _segment(3, interp_at, len(interp)) if interp else _segment(0, 0, 0)
    return header + segments + strings + interp + dynamic


def _segment(kind: int, offset: int, size: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, 4, offset, offset, offset, size, size, 1)


STATUS = """\
Package: {name}
Status: install ok installed
Architecture: amd64
Version: {version}
Depends: {depends}
Description: text
 of several lines
"""


def debian(name: str, files: tuple[str, ...], version: str = "1.0", depends: str = "") -> tuple[str, bytes]:
    """A stanza of /var/lib/dpkg/status and the contents of the package's list, directories included."""
    folders = {"/".join(path.split("/")[:depth]) for path in files for depth in range(2, path.count("/") + 1)}
    listed = ["/.", *sorted(folders | set(files))]
    return STATUS.format(name=name, version=version, depends=depends), "\n".join(listed).encode() + b"\n"


def with_debian(files: Mapping[str, Content], packages: Mapping[str, tuple[str, ...]]) -> dict[str, Content]:
    """The files, and dpkg's data that says that `packages` own theirs."""
    data: dict[str, Content] = dict(files)
    stanzas = []
    for name, owned in packages.items():
        stanza, listed = debian(name, owned)
        stanzas.append(stanza)
        data[f"/var/lib/dpkg/info/{name}.list"] = listed
    data["/var/lib/dpkg/status"] = "\n".join(stanzas).encode()
    return data


def distribution(site: str, name: str, version: str, files: tuple[str, ...]) -> dict[str, Content]:
    """A Python distribution installed below a site-packages directory; `files` relative to it."""
    info = f"{name}-{version}.dist-info"
    record = "".join(f"{path},sha256=x,1\n" for path in (*files, f"{info}/METADATA", f"{info}/RECORD"))
    made: dict[str, Content] = {f"{site}/{path}": path.encode() for path in files}
    made[f"{site}/{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    made[f"{site}/{info}/RECORD"] = record.encode()
    return made
