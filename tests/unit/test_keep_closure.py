"""What a kept file needs that no trace shows."""

from __future__ import annotations

import json
from collections.abc import Mapping

from keep_trees import Content, elf, tree_of

from unladen.image.elf import X86_64, Elf, Elves, read_elf
from unladen.image.scene import Scene
from unladen.keep.closure.data import data_needs
from unladen.keep.closure.links import link_needs
from unladen.keep.closure.nss import Nss
from unladen.keep.closure.shebang import shebang_needs
from unladen.language import java
from unladen.language.node.needs import node_needs
from unladen.language.python import data as python_data
from unladen.language.python.modules import PythonModules
from unladen.language.scene import scene

ENDINGS = (".so", ".node")
LIB = "/usr/lib/x86_64-linux-gnu"


def read(data: bytes) -> Elf | None:
    return read_elf(lambda at, size: data[at : at + size])


def of(files: Mapping[str, Content], *, env: tuple[str, ...] = (), run: tuple[str, ...] = ()) -> Scene:
    """`run` are the paths that are executable."""
    modes = dict.fromkeys(run, 493)
    return scene(tree_of(files, modes), {"config": {"Env": ["PATH=/usr/bin:/bin", *env]}})


def needs_of_elf(full: Scene, path: str) -> list[str]:
    return list(Elves(full, ENDINGS)(path, full, True))


def test_an_elf_file_is_read() -> None:
    found = read(elf(("libc.so.6", "libm.so.6"), interpreter="/lib64/ld.so", runpath="$ORIGIN/../lib:/opt"))
    assert found is not None
    assert (found.interpreter, found.needed, found.runpath) == (
        "/lib64/ld.so",
        ("libc.so.6", "libm.so.6"),
        ("$ORIGIN/../lib", "/opt"),
    )
    assert (found.machine, found.bits) == (X86_64, 64)


def test_broken_elf_files_need_nothing() -> None:
    whole = elf(("libc.so.6",))
    assert read(b"#!/bin/sh\n") is None
    assert read(b"\x7fELF") is None
    for size in range(4, len(whole)):
        read(whole[:size])  # never raises


def test_a_program_needs_its_interpreter_and_libraries() -> None:
    full = of(
        {
            "/usr/bin/tool": elf(("libz.so.1", "libgone.so"), interpreter="/lib64/ld-linux-x86-64.so.2"),
            f"{LIB}/libz.so.1": "libz.so.1.2",
            f"{LIB}/libz.so.1.2": elf(),
        },
        run=("/usr/bin/tool",),
    )
    assert needs_of_elf(full, "/usr/bin/tool") == ["/lib64/ld-linux-x86-64.so.2", f"{LIB}/libz.so.1"]


def test_libraries_are_looked_for_where_the_loader_would() -> None:
    origin = elf(("liba.so",), runpath="$ORIGIN/../own:${ORIGIN}/other")
    by_env, by_conf = elf(("libb.so",)), elf(("libc.so",))
    library = elf()
    full = of(
        {
            "/opt/x/bin/origin": origin,
            "/opt/x/own/liba.so": library,
            f"{LIB}/liba.so": library,
            "/opt/x/bin/env": by_env,
            "/opt/env/libb.so": library,
            "/opt/x/bin/conf": by_conf,
            "/etc/ld.so.conf": b"include /etc/ld.so.conf.d/*.conf\n",
            "/etc/ld.so.conf.d/x.conf": b"# mine\n/opt/conf\n",
            "/opt/conf/libc.so": library,
        },
        env=("LD_LIBRARY_PATH=/opt/env",),
        run=("/opt/x/bin/origin", "/opt/x/bin/env", "/opt/x/bin/conf"),
    )
    assert needs_of_elf(full, "/opt/x/bin/origin") == ["/opt/x/own/liba.so"]
    assert needs_of_elf(full, "/opt/x/bin/env") == ["/opt/env/libb.so"]
    assert needs_of_elf(full, "/opt/x/bin/conf") == ["/opt/conf/libc.so"]


def test_rpath_counts_before_the_environment_and_not_beside_runpath() -> None:
    library = elf()
    full = of(
        {
            "/bin/a": elf(("lib.so",), rpath="/opt/r"),
            "/bin/b": elf(("lib.so",), rpath="/opt/r", runpath="/opt/none"),
            "/opt/r/lib.so": library,
            "/opt/env/lib.so": library,
        },
        env=("LD_LIBRARY_PATH=/opt/env",),
        run=("/bin/a", "/bin/b"),
    )
    assert needs_of_elf(full, "/bin/a") == ["/opt/r/lib.so"]
    assert needs_of_elf(full, "/bin/b") == ["/opt/env/lib.so"]


def test_libraries_of_another_machine_and_for_newer_processors() -> None:
    full = of(
        {
            "/bin/a": elf(("lib.so",), runpath="/opt/arm"),
            "/opt/arm/lib.so": elf(machine=183),
            f"{LIB}/lib.so": elf(),
            f"{LIB}/glibc-hwcaps/x86-64-v3/lib.so": elf(),
        },
        run=("/bin/a",),
    )
    assert needs_of_elf(full, "/bin/a") == [f"{LIB}/lib.so", f"{LIB}/glibc-hwcaps/x86-64-v3/lib.so"]


def test_name_service_modules_and_the_unwinder_come_with_the_c_library() -> None:
    full = of(
        {f"{LIB}/libc.so.6": elf(), "/etc/nsswitch.conf": b"hosts: files mdns4 [NOTFOUND=return] dns # x\n"}
    )
    needs = list(Nss(Elves(full, ENDINGS))(f"{LIB}/libc.so.6", full, True))
    names = ("libgcc_s.so.1", "libnss_dns.so.2", "libnss_files.so.2", "libnss_mdns4.so.2")
    assert needs == [f"{LIB}/{name}" for name in names]


def test_character_sets_come_with_what_converts_them() -> None:
    converting = elf(("libc.so.6",), extra=b"\0iconv_open")
    files = {
        "/bin/a": converting,
        "/bin/b": elf(("libc.so.6",)),
        f"{LIB}/libc.so.6": elf(),
        f"{LIB}/gconv/UTF-16.so": elf(),
    }
    full = of(files, run=("/bin/a", "/bin/b"))
    nss = Nss(Elves(full, ENDINGS))
    assert f"{LIB}/gconv/UTF-16.so" in list(nss("/bin/a", full, True))
    assert list(nss("/bin/a", full, False)) == []
    assert list(nss("/bin/b", full, True)) == []


def test_scripts_need_their_interpreters() -> None:
    scripts: dict[str, Content] = {
        "/start.sh": b"#! /bin/sh -e\necho\n",
        "/run": b"#!/usr/bin/env -S X=1 python3 -u\n",
        "/usr/bin/env": b"",
        "/usr/bin/python3": b"",
        "/usr/lib/python3.11/tarfile.py": b"#!/usr/bin/env python3\n",
        "/data.sh": b"#!/bin/sh\n",
    }
    full = of(scripts, run=("/start.sh", "/run", "/usr/bin/python3", "/usr/lib/python3.11/tarfile.py"))
    assert list(shebang_needs("/start.sh", full, True)) == ["/bin/sh"]
    assert list(shebang_needs("/run", full, True)) == ["/usr/bin/env", "/usr/bin/python3"]
    assert list(shebang_needs("/usr/lib/python3.11/tarfile.py", full, True)) == []  # a module
    assert list(shebang_needs("/data.sh", full, True)) == []  # not executable
    assert list(shebang_needs("/start.sh", full, False)) == []  # nothing runs it


def test_links_need_what_they_point_to() -> None:
    full = of({"/etc/alternatives/awk": "/usr/bin/mawk", "/usr/bin/mawk": b"", "/a": "/gone", "/b": "/usr"})
    assert list(link_needs("/etc/alternatives/awk", full, False)) == ["/usr/bin/mawk"]
    assert list(link_needs("/a", full, True)) == []
    assert list(link_needs("/b", full, True)) == []  # a link to a directory brings nothing that is in it


def test_python_sources_and_bytecode_belong_together() -> None:
    package = "/usr/lib/python3.11/a/b"
    full = of(
        {f"{package}/c.py": b"", f"{package}/__init__.py": b"", "/usr/lib/python3.11/a/__init__.py": b""}
    )
    modules = PythonModules(full)
    inits = [f"{package}/__init__.py", "/usr/lib/python3.11/a/__init__.py"]
    compiled = f"{package}/__pycache__/c.cpython-311.pyc"
    assert list(modules(f"{package}/c.py", full, True)) == [*inits, compiled]
    assert list(modules(compiled, full, True)) == [f"{package}/c.py", *inits]


def test_python_without_sources() -> None:
    package = "/opt/venv/lib/python3.11/site-packages/a"
    full = of({f"{package}/__init__.pyc": b"", f"{package}/b.pyc": b""})
    assert list(PythonModules(full)(f"{package}/b.pyc", full, True)) == [f"{package}/__init__.pyc"]


def test_node_modules_need_their_manifest_and_entry_point() -> None:
    root = "/app/node_modules/a"
    about = json.dumps({"main": "main.js"}).encode()
    full = of({f"{root}/package.json": about, f"{root}/main.js": b"", f"{root}/lib/x.js": b""})
    assert list(node_needs(f"{root}/lib/x.js", full, True)) == [
        f"{root}/lib/package.json",
        f"{root}/package.json",
        f"{root}/main.js",
    ]
    assert list(node_needs("/app/x.js", full, True)) == []


def test_data_read_by_name_comes_whole() -> None:
    full = of({})
    site = "/opt/venv/lib/python3.11/site-packages"
    assert list(data_needs("/usr/share/zoneinfo/Europe/Berlin", full, True)) == ["/usr/share/zoneinfo/"]
    assert list(python_data.data_needs(f"{site}/certifi/core.py", full, True)) == [
        f"{site}/certifi/cacert.pem"
    ]
    assert list(python_data.data_needs(f"{site}/pytz/__init__.py", full, True)) == [f"{site}/pytz/zoneinfo/"]
    assert list(data_needs("/etc/ssl/certs/4042bcee.0", full, True)) == ["/etc/ssl/certs/"]
    assert list(data_needs("/etc/ssl/certs/ca-certificates.crt", full, True)) == []
    assert "/opt/java/lib/tzdb.dat" in list(java.data_needs("/opt/java/lib/modules", full, True))
    assert list(data_needs("/usr/lib/python3.11/zoneinfo/_tzpath.py", full, True)) == []
    assert list(data_needs("/usr/share/zoneinfo/Europe/Berlin", full, False)) == []
