"""What is believed of Go projects, and where it comes from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from go_projects import HELLO, program, write

from unladen.dockerfile.stages import MARK
from unladen.errors import BadProject
from unladen.language.go import LANGUAGE
from unladen.language.go.details import Details, Linking
from unladen.language.go.images import go_image, wanted_version
from unladen.language.go.rungs import rungs as ladder
from unladen.language.interface import Dialect, Overrides, Project, Proposal

SAMPLE = Path(__file__).parents[2] / "samples" / "go-users"
SERVER = program('http.HandleFunc("/health", ok)\nhttp.ListenAndServe(":8081", nil)', "net/http")


def detect(root: Path, **overrides: object) -> Project[Details]:
    return LANGUAGE.detect(root, Overrides(**overrides))  # type: ignore[arg-type]


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def tagged(root: Path, tag: str) -> None:
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    git(root, "tag", tag)


def _stamp(project: Project[Details]) -> tuple[str, str] | None:
    stamp = project.details.program.version
    return (stamp.variable.value, stamp.value.value) if stamp else None


def test_the_sample() -> None:
    project = detect(SAMPLE)
    assert (project.name, project.language) == ("go-users", "go")
    assert (project.version.value, project.version.source) == ("1.24", "Dockerfile:1 FROM golang:1.24")
    assert (project.start.value, project.start.source) == (("./main",), "Dockerfile:11")
    assert (project.port.value, project.port.source) == (8080, "Dockerfile:9 EXPOSE 8080")
    assert project.health.value == "/health"
    assert project.native.value == ()
    assert [path.name for path in project.manifests] == ["go.mod", "go.sum"]
    assert project.details.c.linking.value == Linking.STATIC_GO


def test_a_project_without_a_dockerfile(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": SERVER}))
    assert (project.version.value, project.version.source) == ("1.24", "go.mod:3 go 1.24")
    assert project.start.value == ("./main",)
    assert (project.port.value, project.health.value) == (8081, "/health")
    assert project.dockerfile is None
    assert project.details.program.binary.value == "/app/main"


def test_a_tool_without_a_port(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": HELLO}))
    assert project.port.value is None and project.port.source == "nothing in the source listens"
    assert project.health.value is None


def test_overrides_win(tmp_path: Path) -> None:
    root = write(tmp_path, {"main.go": SERVER})
    project = detect(
        root, version="1.25", port=9, health="/up", system_packages=("libvips-dev",), env={"A": "b"}
    )
    assert (project.version.value, project.port.value, project.health.value) == ("1.25", 9, "/up")
    assert project.native.value == ("libvips-dev",) and project.env == {"A": "b"}
    assert project.port.source == project.health.source == project.version.source == "unladen.toml"


SEVERAL = {"cmd/admin/main.go": HELLO, "cmd/web/main.go": SERVER, "cmd/zap/main.go": HELLO}


def test_of_several_programs_the_one_that_listens(tmp_path: Path) -> None:
    project = detect(write(tmp_path, SEVERAL))
    assert project.details.program.main.value == "./cmd/web"
    assert "./cmd/admin" in project.details.program.main.source
    assert project.details.program.others == ("./cmd/admin", "./cmd/zap")


@pytest.mark.parametrize(
    ("start", "argv"),
    [
        (("./cmd/zap", "-v"), ("./main", "-v")),
        (("cmd/zap",), ("./main",)),
        (("go", "run", "./cmd/zap", "-v"), ("./main", "-v")),
        (("zap", "-v"), ("./main", "-v")),
    ],
)
def test_start_chooses_the_program(tmp_path: Path, start: tuple[str, ...], argv: tuple[str, ...]) -> None:
    project = detect(write(tmp_path, SEVERAL), start=start)
    assert project.details.program.main.value == "./cmd/zap"
    assert (project.start.value, project.start.source) == (argv, "unladen.toml")
    assert project.port.value is None  # the other program's listener is not this one's


def test_start_as_a_path_of_the_image(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": SERVER}), start=("/srv/shop", "serve"))
    assert project.start.value == ("/srv/shop", "serve")
    assert project.details.program.binary.value == "/srv/shop"


def test_the_dockerfile_chooses_the_program(tmp_path: Path) -> None:
    dockerfile = 'FROM golang:1.24\nWORKDIR /app\nCOPY . .\nRUN go build -o zap ./cmd/zap\nCMD ["./zap"]\n'
    project = detect(write(tmp_path, {**SEVERAL, "Dockerfile": dockerfile}))
    assert project.details.program.main.value == "./cmd/zap"
    assert project.details.program.main.source == "Dockerfile:4 go build ./cmd/zap"
    assert project.details.program.binary.value == "/app/zap"


def test_the_dockerfile_starts_what_a_script_built(tmp_path: Path) -> None:
    dockerfile = 'FROM golang:1.24\nWORKDIR /app\nCOPY . .\nRUN make\nENTRYPOINT ["/usr/bin/zap"]\n'
    project = detect(write(tmp_path, {**SEVERAL, "Dockerfile": dockerfile}))
    assert project.details.program.main.value == "./cmd/zap"
    assert project.details.program.main.source == "Dockerfile:5 starts it"


def test_the_readme_runs_one_of_several_that_listen(tmp_path: Path) -> None:
    server = 'package main\n\nimport "example.com/shop/http"\n\nfunc main() { http.Serve() }\n'
    readme = "# Shop\n\nThe cmd packages:\n\n    $ go install ./cmd/web\n\n    $ $GOPATH/bin/shopd -v\n"
    package = program('http.ListenAndServe(":80", nil)', "net/http").replace("main", "http", 1)
    files = {**SEVERAL, "cmd/shopd/main.go": server, "http/http.go": package.replace("main()", "Serve()")}
    project = detect(write(tmp_path, {**files, "README.md": readme}))
    assert project.details.program.main.value == "./cmd/shopd"
    assert project.details.program.main.source.startswith("README.md:7 runs it")


def test_the_readme_builds_one_of_several_that_listen(tmp_path: Path) -> None:
    files = {
        "cmd/one/main.go": SERVER,
        "cmd/two/main.go": SERVER,
        "README.md": "# Shop\n\ngo build ./cmd/two\n",
    }
    main = detect(write(tmp_path, files)).details.program.main
    assert main.value == "./cmd/two" and main.source.startswith("README.md:3 builds it")


def test_rungs_on_alpine_build_on_the_dockerfiles_own_alpine(tmp_path: Path) -> None:
    dockerfile = "FROM golang:1.24-alpine3.21\nWORKDIR /app\nCOPY . .\nRUN go build -o main .\nCMD ./main\n"
    project = detect(write(tmp_path, {"main.go": SERVER, "Dockerfile": dockerfile}))
    bases = {rung.name: rung.bases for rung in ladder(project, Dialect()) if isinstance(rung, Proposal)}
    assert bases["alpine"] == ("golang:1.24-alpine3.21",) and bases["scratch"] == ("golang:1.24",)


CALLER = """package {name}

import (
	"path/filepath"
	"runtime"
)

func {function}() string {{
	_, file, line, _ := runtime.Caller(1)
	use(line)
	return {answer}
}}
"""


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        (
            {"box/box.go": CALLER.format(name="box", function="Find", answer="filepath.Dir(file)")},
            "example.org/box/box.go",
        ),
        ({"box/log.go": CALLER.format(name="box", function="Log", answer="file")}, ""),
        ({"rice/rice.go": "package rice\n"}, ""),
    ],
)
def test_dependencies_that_look_for_files_beside_their_source(
    tmp_path: Path, files: dict[str, str], kept: str
) -> None:
    vendored = {f"vendor/example.org/{name}": text for name, text in files.items()}
    imports = " ".join({f"example.org/{name.partition('/')[0]}" for name in files})
    root = write(tmp_path, {**vendored, "vendor/modules.txt": "", "main.go": program("", imports)})
    assert (detect(root).details.program.source_paths is not None) is bool(kept)
    if kept:
        assert detect(root).details.beliefs()["source paths"].source == f"{kept} runtime.Caller"


def test_go_rice_is_known_to_look_for_files_beside_its_callers_source(tmp_path: Path) -> None:
    requires = "module example.com/shop\n\ngo 1.24\n\nrequire github.com/GeertJohan/go.rice v1.0.0\n"
    root = write(tmp_path, {"go.mod": requires, "go.sum": "", "main.go": HELLO})
    project = detect(root)
    assert project.details.beliefs()["source paths"].source.startswith(
        "go.mod:5 github.com/GeertJohan/go.rice looks for"
    )
    assert all("-trimpath" not in rung.dockerfile for rung in ladder(project, Dialect()))


def test_plugins_are_loaded_by_a_dynamic_program(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": program('plugin.Open("a.so")', "plugin")}))
    assert project.details.c.linking.value == Linking.DYNAMIC_C
    assert project.details.c.linking.source.startswith('import "plugin" (main.go:4)')
    assert project.details.program.source_paths


def test_the_configuration_that_start_names_is_copied(tmp_path: Path) -> None:
    root = write(tmp_path, {"main.go": SERVER, "shop.conf": "a = 1\n"})
    project = detect(root, start=("./main", "-config", "shop.conf"))
    assert tuple(dict(project.details.files.reads)) == ("shop.conf",)
    assert "COPY shop.conf /app/shop.conf" in ladder(project, Dialect())[-1].dockerfile


def test_the_port_that_the_dockerfile_sets(tmp_path: Path) -> None:
    main = program('p := getEnv("PORT", "8080")\nhttp.ListenAndServe(":"+p, nil)', "net/http os")
    dockerfile = (
        'FROM golang:1.24\nCOPY . .\nRUN go build -o /main .\nENV PORT=3000\nEXPOSE 8080\nCMD ["/main"]\n'
    )
    root = write(tmp_path, {"main.go": main, "Dockerfile": dockerfile})
    assert detect(root).port.value == 3000
    assert detect(root, env={"PORT": "4000"}).port.value == 4000


def test_the_port_that_start_names(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": SERVER}), start=("./main", "-addr", ":9000"))
    assert (project.port.value, project.port.source) == (9000, "unladen.toml -addr :9000")


def test_exposed_ports_and_the_source(tmp_path: Path) -> None:
    dockerfile = 'FROM golang:1.24\nCOPY . .\nRUN go build -o /main .\nEXPOSE 9090 8081\nCMD ["/main"]\n'
    project = detect(write(tmp_path, {"main.go": SERVER, "Dockerfile": dockerfile}))
    assert project.port.value == 8081
    assert project.port.source == "Dockerfile:4 EXPOSE 8081 (and 9090; port in unladen.toml chooses another)"
    assert "EXPOSE 8081 9090" in ladder(project, Dialect())[0].dockerfile


def test_of_exposed_ports_the_one_that_looks_like_http(tmp_path: Path) -> None:
    main = program('l, _ := net.Listen("tcp", addr)\nserve(l)', "net")
    dockerfile = 'FROM golang:1.24\nCOPY . .\nRUN go build -o /main .\nEXPOSE 1025 8025\nCMD ["/main"]\n'
    project = detect(write(tmp_path, {"main.go": main, "Dockerfile": dockerfile}))
    assert project.port.value == 8025


def test_a_tool_that_listens_where_it_is_told_to(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": program('net.Listen("unix", os.Args[1])', "net os")}))
    assert project.port.value is None and "set port in unladen.toml" in project.port.source


def test_a_port_variable_without_a_default_is_set(tmp_path: Path) -> None:
    main = program('http.ListenAndServe(":"+os.Getenv("PORT"), nil)', "net/http os")
    project = detect(write(tmp_path, {"main.go": main}))
    assert project.port.value == 8080 and "PORT is set to 8080" in project.port.source
    assert "ENV PORT=8080" in LANGUAGE.naive(project).dockerfile


def test_the_version_comes_from_the_git_tag(tmp_path: Path) -> None:
    main = 'package main\n\nvar (\n\tversion = "dev"\n\tname    = "shop"\n)\n\nfunc main() { println(version, name) }\n'
    root = write(tmp_path, {"main.go": main})
    tagged(root, "v1.2.3")
    project = detect(root)
    assert _stamp(project) == ("main.version", "v1.2.3")
    assert '-ldflags "-X main.version=v1.2.3"' in LANGUAGE.naive(project).dockerfile


def test_in_a_larger_repository_only_the_folders_own_tags_count(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {"main.go": "package main\n\nvar Version string\n\nfunc main() {}\n"})
    tagged(tmp_path, "v9.9.9")
    assert detect(root).details.program.version is None
    git(tmp_path, "tag", "shop/v1.0.0")
    project = detect(root)
    assert _stamp(project) == ("main.Version", "v1.0.0")


def test_a_dockerfile_that_stamps_nothing_is_answered_the_same(tmp_path: Path) -> None:
    dockerfile = 'FROM golang:1.24\nWORKDIR /app\nCOPY . .\nRUN go build -o main .\nCMD ["./main"]\n'
    root = write(
        tmp_path,
        {"main.go": 'package main\n\nvar version = "dev"\n\nfunc main() {}\n', "Dockerfile": dockerfile},
    )
    tagged(root, "v1.2.3")
    assert _stamp(detect(root)) == ("main.version", "dev")


def test_a_constant_cannot_be_stamped(tmp_path: Path) -> None:
    root = write(
        tmp_path, {"main.go": 'package main\n\nconst version = "1"\n\nfunc main() { println(version) }\n'}
    )
    tagged(root, "v1.2.3")
    assert detect(root).details.program.version is None


def test_bad_projects(tmp_path: Path) -> None:
    library = write(tmp_path / "library", {"shop.go": "package shop\n"})
    with pytest.raises(BadProject, match="no package main"):
        detect(library)
    sumless = write(
        tmp_path / "sumless",
        {"go.mod": "module x\n\nrequire github.com/a/b v1.0.0\n", "main.go": HELLO},
    )
    with pytest.raises(BadProject, match=r"there is no go\.sum") as caught:
        detect(sumless)
    assert caught.value.hint == "`go mod tidy` writes it."


@pytest.mark.parametrize(
    ("go", "version"),
    [("1.24", "1.24"), ("1.24.3", "1.24"), ("1.25.1", "1.25"), ("1.18", "1.24"), ("", "1.24")],
)
def test_an_image_that_satisfies_go_mod(go: str, version: str) -> None:
    assert wanted_version(go) == version


@pytest.mark.parametrize(
    ("reference", "debian", "alpine"),
    [
        ("golang:1.24", "golang:1.24", "golang:1.24-alpine"),
        ("golang:1.24.3-bookworm", "golang:1.24.3-bookworm", "golang:1.24.3-alpine"),
        ("golang:1.23-alpine3.20", "golang:1.23", "golang:1.23-alpine3.20"),
        ("mirror.example.com/library/golang:1.24", "mirror.example.com/library/golang:1.24", None),
    ],
)
def test_variants_of_a_golang_image(reference: str, debian: str, alpine: str | None) -> None:
    image = go_image(reference)
    assert image is not None
    assert image.debian == debian
    assert image.alpine == (alpine or f"{reference}-alpine")


@pytest.mark.parametrize("reference", ["golang", "golang:latest", "golang:alpine", "debian:bookworm-slim"])
def test_references_that_name_no_version(reference: str) -> None:
    assert go_image(reference) is None


def test_the_dockerignore_keeps_what_a_file_for_a_build_tag_embeds(tmp_path: Path) -> None:
    tagged_file = (
        '//go:build prod\n\npackage main\n\nimport _ "embed"\n\n//go:embed notes.log\nvar notes string\n'
    )
    root = write(tmp_path, {"main.go": HELLO, "prod.go": tagged_file, "notes.log": ""})
    assert detect(root).details.embedded == {"notes.log"}


def test_the_dockerignore_keeps_what_is_embedded_and_read(tmp_path: Path) -> None:
    embed = "//go:embed web/* notes.log\nvar files embed.FS\n"
    main = f'package main\n\nimport "embed"\n\n{embed}\nfunc main() {{ read("testdata/x.json") }}\n'
    root = write(
        tmp_path, {"main.go": main, "web/a.tmp": "", "notes.log": "", "testdata/x.json": "", ".env": ""}
    )
    lines = LANGUAGE.dockerignore(detect(root)).splitlines()
    assert "**/*_test.go" in lines and "**/.env" in lines
    assert not {"**/*.log", "**/*.tmp", "**/testdata"} & set(lines)


def test_unladens_own_dockerfile_is_not_read_for_the_users(tmp_path: Path) -> None:
    users = 'FROM golang:1.23\nWORKDIR /mine\nCOPY . .\nRUN go build -o /bin/mine .\nCMD ["/bin/mine"]\n'
    write(tmp_path, {"main.go": HELLO, "Dockerfile": f"{MARK}\nFROM scratch\n", "Dockerfile.bak": users})
    project = detect(tmp_path)
    assert project.dockerfile == tmp_path / "Dockerfile.bak"
    assert project.start.value == ("/bin/mine",)
