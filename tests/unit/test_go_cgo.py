"""Does a program need a C compiler, and can it be linked statically all the same?"""

from __future__ import annotations

from pathlib import Path

import pytest
from go_projects import HELLO, program, write

from unladen.language.go import cgo
from unladen.language.go import workspace as modules

OWN_C = 'package main\n\n// #include <stdlib.h>\n{directives}import "C"\n\nfunc main() {{}}\n'


def findings(root: Path) -> tuple[cgo.CFinding, ...]:
    workspace = modules.read_workspace(root)
    return cgo.findings(workspace, modules.program(workspace, modules.main_packages(workspace)[0]))


@pytest.fixture(autouse=True)
def no_module_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("GOMODCACHE", str(cache))
    return cache


def test_pure_go(tmp_path: Path) -> None:
    files = {
        "main.go": HELLO,
        "main_test.go": 'package main\n\nimport "C"\n',
        "main_windows.go": 'package main\n\nimport "C"\n',
        "doc.go": '// import "C" is not used.\npackage main\n',
    }
    assert findings(write(tmp_path, files)) == ()


@pytest.mark.parametrize(
    ("directives", "static"),
    [
        ("", True),
        ("// #cgo LDFLAGS: -lm -lpthread\n", True),
        ("// #cgo LDFLAGS: -lvips\n", False),
        ("// #cgo linux LDFLAGS: -L. -lfoo\n", False),
        ("// #cgo pkg-config: vips\n", False),
        ('// static void *f() { return dlopen("x.so", 1); }\n', False),
    ],
)
def test_own_c(tmp_path: Path, directives: str, static: bool) -> None:
    (found,) = findings(write(tmp_path, {"main.go": OWN_C.format(directives=directives)}))
    assert found.where.startswith("main.go:")
    assert found.known.static is static


def test_a_known_dependency_that_is_imported(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "go.mod": "module example.com/shop\n\nrequire github.com/mattn/go-sqlite3 v1.14.22\n",
            "main.go": program("", "github.com/mattn/go-sqlite3"),
        },
    )
    (found,) = findings(root)
    assert (found.what, found.where) == ("github.com/mattn/go-sqlite3", "main.go:4")
    assert found.known.static and found.known.tags == ("sqlite_omit_load_extension",)


def test_a_later_major_version_and_a_package_below(tmp_path: Path) -> None:
    imports = "github.com/confluentinc/confluent-kafka-go/v2/kafka"
    (found,) = findings(write(tmp_path, {"main.go": program("", imports)}))
    assert not found.known.static and found.known.alpine_tags == ("musl",)


def test_only_the_part_with_c_counts(tmp_path: Path) -> None:
    assert findings(write(tmp_path, {"main.go": program("", "github.com/google/gopacket")})) == ()
    (found,) = findings(write(tmp_path, {"main.go": program("", "github.com/google/gopacket/pcap")}))
    assert found.known.debian_run == ("libpcap0.8",)


def test_an_indirect_dependency_is_guessed_from_go_mod(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "go.mod": "module example.com/shop\n\nrequire (\n\tgorm.io/driver/sqlite v1.5.0\n"
            "\tgithub.com/mattn/go-sqlite3 v1.14.22 // indirect\n)\n",
            "main.go": program("", "gorm.io/driver/sqlite"),
        },
    )
    (found,) = findings(root)
    assert found.where == "go.mod:5"


def test_vendored_sources_tell_what_is_really_used(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "go.mod": "module example.com/shop\n\nrequire (\n\tgithub.com/a/b v1.0.0\n"
            "\tgithub.com/mattn/go-sqlite3 v1.14.22 // indirect\n)\n",
            "main.go": program("", "github.com/a/b"),
            "vendor/modules.txt": "",
            "vendor/github.com/a/b/b.go": 'package b\n\nimport "github.com/c/d"\n',
            "vendor/github.com/c/d/d.go": 'package d\n\n// #cgo LDFLAGS: -lfoo\nimport "C"\n',
        },
    )
    (found,) = findings(root)  # go-sqlite3 is listed, yet nothing imports it
    assert (found.what, found.where, found.known.static) == ("github.com/c/d", "github.com/c/d/d.go", False)


def test_the_module_cache_is_read(tmp_path: Path, no_module_cache: Path) -> None:
    root = write(
        tmp_path,
        {
            "go.mod": "module example.com/shop\n\nrequire github.com/DataDog/some v1.2.0\n",
            "main.go": program("", "github.com/DataDog/some/part"),
        },
    )
    assert findings(root) == ()  # not in the cache: nothing known against it
    package = no_module_cache / "github.com/!data!dog/some@v1.2.0/part"
    write(package, {"part.go": 'package part\n\nimport "C"\n', "go.mod": ""})
    (found,) = findings(root)
    assert (found.what, found.known.static) == ("github.com/DataDog/some/part", True)


def test_plugins_need_a_dynamic_program(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, {"main.go": program('plugin.Open("a.so")', "plugin")}))
    assert (found.what, found.where, found.known.static) == ('import "plugin"', "main.go:4", False)
