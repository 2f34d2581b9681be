"""go.mod, go.work and the packages that a program is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from go_projects import HELLO, write
from go_projects import program as program_text

from unladen.errors import BadProject
from unladen.language.go.modfile import read_mod, read_work
from unladen.language.go.workspace import main_packages, program, read_workspace


def test_go_mod_with_blocks_comments_and_replacements(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "go.mod": """\
            module example.com/shop // the shop

            go 1.22.3
            toolchain go1.24.1-custom

            require github.com/gorilla/mux v1.8.1
            require (
            \tgithub.com/a/b v1.0.0 // indirect
            \t// github.com/gone/gone v1.0.0
            )
            replace (
            \texample.com/lib => ./lib
            \tgithub.com/a/b => github.com/fork/b v1.0.1
            )
            """
        },
    )
    mod = read_mod(root / "go.mod")
    assert (mod.module, mod.go, mod.toolchain) == ("example.com/shop", "1.22.3", "1.24.1")
    assert mod.requires == (("github.com/gorilla/mux", "v1.8.1"), ("github.com/a/b", "v1.0.0"))
    assert mod.local_replaces == (("example.com/lib", "./lib"),)
    assert mod.line_of("go") == 3


def test_go_work(tmp_path: Path) -> None:
    write(tmp_path, {"go.work": "go 1.24.0\n\nuse (\n\t.\n\t./api\n)\nuse ./worker/\n"})
    assert read_work(tmp_path / "go.work") == ("1.24.0", (".", "api", "worker"))


def test_a_workspace_brings_the_manifests_of_all_its_modules(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "go.mod": "module example.com/root\n",
            "go.work": "go 1.24\nuse .\nuse ./api\n",
            "api/go.mod": "module example.com/api\nrequire github.com/x/y v1.0.0\n",
            "api/go.sum": "github.com/x/y v1.0.0 h1:x\n",
            "api/cmd/server/main.go": HELLO,
        },
    )
    workspace = read_workspace(root)
    names = [path.relative_to(root).as_posix() for path in workspace.manifests]
    assert names == ["go.work", "go.mod", "api/go.mod", "api/go.sum"]
    assert [main.path for main in main_packages(workspace)] == ["./api/cmd/server"]


def test_a_local_replacement_brings_its_manifest_but_not_its_programs(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "go.mod": "module example.com/shop\nrequire example.com/lib v0.0.0\nreplace example.com/lib => ./lib\n",
            "main.go": HELLO,
            "lib/go.mod": "module example.com/lib\n",
            "lib/cmd/demo/main.go": HELLO,
        },
    )
    workspace = read_workspace(root)
    assert [path.relative_to(root).as_posix() for path in workspace.manifests] == ["go.mod", "lib/go.mod"]
    assert [main.path for main in main_packages(workspace)] == ["."]
    assert not workspace.needs_modules


def test_a_module_outside_of_the_project_cannot_be_built_in_a_container(tmp_path: Path) -> None:
    write(tmp_path / "lib", {"go.mod": "module example.com/lib\n"})
    root = write(
        tmp_path / "shop", {"go.mod": "module example.com/shop\nreplace example.com/lib => ../lib\n"}
    )
    with pytest.raises(BadProject, match=r"go.mod replaces example.com/lib by \.\./lib, outside"):
        read_workspace(root)
    write(root, {"go.mod": (root / "go.mod").read_text(), "vendor/modules.txt": "# example.com/lib\n"})
    assert read_workspace(root).vendored  # what is vendored is inside


def test_no_module_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadProject, match=r"there is no go\.mod") as caught:
        read_workspace(tmp_path)
    assert "go mod init" in caught.value.hint


def test_main_packages_likelier_ones_first_and_no_examples(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "gen.go": "//go:build ignore\n\npackage main\n\nfunc main() {}\n",
            "shop.go": "package shop\n",
            "cmd/worker/main.go": HELLO,
            "cmd/api/main.go": HELLO,
            "cmd/api/main_windows.go": "package main\n\nfunc init() {}\n",
            "examples/demo/main.go": HELLO,
            "internal/tools/gen/main.go": HELLO,
            "testdata/x/main.go": HELLO,
            "vendor/other.com/x/main.go": HELLO,
            "nested/go.mod": "module other\n",
            "nested/main.go": HELLO,
        },
    )
    found = main_packages(read_workspace(root))
    assert [(main.path, main.name) for main in found] == [("./cmd/api", "api"), ("./cmd/worker", "worker")]


def test_examples_where_there_is_nothing_else(tmp_path: Path) -> None:
    root = write(tmp_path, {"examples/demo/main.go": HELLO, "shop.go": "package shop\n"})
    assert [main.path for main in main_packages(read_workspace(root))] == ["./examples/demo"]


def test_a_program_is_its_own_packages_and_no_others(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "cmd/api/main.go": program_text("web.Serve()", "example.com/shop/internal/web"),
            "internal/web/web.go": 'package web\n\nimport _ "example.com/shop/internal/store"\n\nfunc Serve() {}\n',
            "internal/web/web_test.go": "package web\n",
            "internal/store/store.go": "package store\n",
            "internal/other/other.go": "package other\n",
        },
    )
    workspace = read_workspace(root)
    files = program(workspace, main_packages(workspace)[0])
    names = [file.path.relative_to(root).as_posix() for file in files]
    assert names == ["cmd/api/main.go", "internal/store/store.go", "internal/web/web.go"]


def test_the_name_of_a_program_with_a_major_version(tmp_path: Path) -> None:
    root = write(tmp_path, {"go.mod": "module github.com/acme/tool/v2\n", "main.go": HELLO})
    assert main_packages(read_workspace(root))[0].name == "tool"
