"""The Go ladder's Dockerfiles, and what they say when a rung cannot be.

The golden files are what a user reviews: `UNLADEN_WRITE_GOLDEN=1 pytest tests/unit/test_go_ladder.py` writes them
anew, and the diff is the review.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from go_projects import HELLO, program, write
from test_go_binary import build_info, elf, function_table

from unladen.dockerfile import stages as dockerfile
from unladen.dockerfile.arguments import exec_form
from unladen.engine.ignore import parse_ignore
from unladen.language.go import LANGUAGE
from unladen.language.go.rungs import rungs as whole
from unladen.language.interface import Dialect, Impossible, Overrides, Project

GOLDEN = Path(__file__).parent / "golden" / "go"
SAMPLE = Path(__file__).parents[2] / "samples" / "go-users"
MOUNTS, CA, PLAIN = Dialect(), Dialect(ca=True), Dialect(mounts=False, ca=True)
NAMES = ("alpine", "multi-stage", "multi-stage-alpine", "distroless", "scratch")

SITE = {
    "go.mod": "module example.com/site\n\ngo 1.24\n\nrequire github.com/a/b v1.0.0\n",
    "go.sum": "github.com/a/b v1.0.0 h1:x\n",
    "cmd/site/main.go": program(
        """\
        template.ParseGlob("templates/*.html")
        http.Handle("/", http.FileServer(http.Dir("static files")))
        os.WriteFile("visits.txt", nil, 0o644)
        http.ListenAndServe(":"+os.Getenv("PORT"), nil)
        """,
        "html/template net/http os",
    ),
    "templates/index.html": "<p>",
    "static files/app.js": "x",
}
USERS_DOCKERFILE = """\
FROM golang:1.24-bookworm AS build
ENV GOPRIVATE=example.com
WORKDIR /src
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -tags prod -ldflags "-X main.version=${VERSION}" -o /site ./cmd/site
FROM alpine:3.20
WORKDIR /srv
COPY --from=build /site /usr/local/bin/site
COPY templates ./templates
ENV LOG_LEVEL=info
EXPOSE 9000
ENTRYPOINT ["site"]
CMD ["--quiet"]
"""
C_TOOL = {
    "main.go": 'package main\n\n// #include <math.h>\nimport "C"\n\nfunc main() { println(float64(C.sqrt(2))) }\n'
}


def detect(root: Path, **overrides: object) -> Project:
    return LANGUAGE.detect(root, Overrides(**overrides))  # type: ignore[arg-type]


def ladder(project: Project, dialect: Dialect = MOUNTS) -> dict[str, Any]:
    return {rung.name: rung for rung in whole(project, dialect)}


def binary(*functions: str) -> bytes:
    return elf(
        {".go.buildinfo": build_info("go1.24.4", ""), ".gopclntab": function_table("main.main", *functions)}
    )


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.Dockerfile"
    if os.environ.get("UNLADEN_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_ladder_of_the_sample() -> None:
    rungs = whole(detect(SAMPLE), CA)
    assert tuple(rung.name for rung in rungs) == NAMES
    for rung in rungs:
        check_golden(f"go-users/{rung.name}", rung.dockerfile)


def test_the_sample_for_the_legacy_builder() -> None:
    for rung in whole(detect(SAMPLE), PLAIN):
        assert "--mount" not in rung.dockerfile and "BUILDPLATFORM" not in rung.dockerfile
        check_golden(f"go-users/{rung.name}.plain", rung.dockerfile)


def test_scratch_once_the_binary_is_read() -> None:
    project = detect(SAMPLE)
    content = binary("crypto/x509.(*Certificate).Verify", "net.goLookupPort", "time.initLocal")
    asked: list[str] = []
    rung = LANGUAGE.refine(
        ladder(project)["scratch"], project, MOUNTS, lambda path: asked.append(path) or content
    )
    assert asked == ["/app/main"]
    check_golden("go-users/scratch.refined", rung.dockerfile)
    assert "zoneinfo" not in rung.dockerfile and "ca-certificates" in rung.dockerfile
    assert any("no time zones" in note for note in rung.notes)


def test_scratch_of_a_program_that_reads_nothing() -> None:
    project = detect(SAMPLE)
    rung = LANGUAGE.refine(ladder(project)["scratch"], project, MOUNTS, lambda path: binary())
    assert "certificates" not in rung.dockerfile
    assert "/rootfs/tmp" in rung.dockerfile  # always there


def test_scratch_and_distroless_where_everything_is_needed() -> None:
    project = detect(SAMPLE)
    needs = binary(
        "time.LoadLocation", "net/http.(*Transport).RoundTrip", "mime.TypeByExtension", "os.UserHomeDir"
    )
    for name in ("scratch", "distroless"):
        before = ladder(project)[name]
        after = LANGUAGE.refine(before, project, MOUNTS, lambda path: needs)
        assert "mime.types" in after.dockerfile
    unread = LANGUAGE.refine(ladder(project)["scratch"], project, MOUNTS, lambda path: None)
    assert unread.dockerfile == ladder(project)["scratch"].dockerfile  # the safe default


def test_a_site_without_a_dockerfile(tmp_path: Path) -> None:
    project = detect(write(tmp_path, SITE))
    check_golden("site/full", LANGUAGE.naive(project).dockerfile)
    for name in ("alpine", "scratch"):
        check_golden(f"site/{name}", ladder(project)[name].dockerfile)
    notes = "\n".join(ladder(project)["scratch"].notes)
    assert "copied because the program reads them at run time: static files, templates" in notes
    assert "belongs to the user it runs as: visits.txt" in notes


def test_folders_that_the_program_writes_to_belong_to_it(tmp_path: Path) -> None:
    main = program(
        """\
        os.WriteFile("/var/lib/shop/state", nil, 0o600)
        os.OpenFile(filepath.Join("data", "visits"), os.O_CREATE, 0o644)
        http.Dir("static")
        """,
        "net/http os path/filepath",
    )
    text = ladder(detect(write(tmp_path, {"main.go": main, "data/.keep": "", "static/a.js": ""})))[
        "scratch"
    ].dockerfile
    assert "COPY --from=system --chown=65534:65534 /empty/ /var/lib/shop/\n" in text
    assert "COPY --chown=65534:65534 data /app/data\n" in text
    assert "COPY static /app/static\n" in text
    assert "/empty/ /app" not in text  # the working directory itself is only read


def test_a_site_with_a_dockerfile_of_its_own(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {**SITE, "Dockerfile": USERS_DOCKERFILE}))
    for name in ("multi-stage", "multi-stage-alpine"):
        check_golden(f"site/{name}.users", ladder(project)[name].dockerfile)


def test_vendored_modules_are_not_fetched(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {**SITE, "vendor/modules.txt": ""}))
    for rung in whole(project, CA):
        assert "go mod download" not in rung.dockerfile and "/go/pkg/mod" not in rung.dockerfile
    assert "id=ca" not in ladder(project, CA)["scratch"].dockerfile


def test_c_that_can_be_linked_statically(tmp_path: Path) -> None:
    project = detect(write(tmp_path, C_TOOL))
    rungs = ladder(project)
    check_golden("c-tool/scratch", rungs["scratch"].dockerfile)
    check_golden("c-tool/alpine", rungs["alpine"].dockerfile)
    assert "gcr.io/distroless/static-debian12" in rungs["distroless"].bases
    assert project.native.value == ("cgo",)


def test_c_that_needs_shared_libraries(tmp_path: Path) -> None:
    project = detect(write(tmp_path, C_TOOL), system_packages=("libvips-dev", "libvips42"))
    rungs = ladder(project)
    multi = rungs["multi-stage"]
    assert multi.bases == ("golang:1.24-bookworm", "debian:bookworm-slim")  # the glibc it was linked to
    assert "install -y --no-install-recommends libvips-dev libvips42" in multi.dockerfile
    assert "install -y --no-install-recommends libvips42" in multi.dockerfile
    assert "-static" not in multi.dockerfile
    reasons = {name: rung.reason for name, rung in rungs.items() if isinstance(rung, Impossible)}
    assert reasons["distroless"] == reasons["scratch"] == "it needs libvips42 at run time"
    assert "not on Alpine" in reasons["alpine"]


def test_c_that_loads_libraries_but_needs_no_package(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": program("", "github.com/miekg/pkcs11")}))
    rungs = ladder(project)
    assert rungs["distroless"].bases == ("golang:1.24-bookworm", "gcr.io/distroless/base-debian12")
    assert isinstance(rungs["scratch"], Impossible) and "shared libraries" in rungs["scratch"].reason


def test_a_start_that_needs_a_shell(tmp_path: Path) -> None:
    text = "FROM golang:1.24\nWORKDIR /app\nCOPY . .\nRUN go build -o main .\nCMD ./main -n $N\n"
    rungs = ladder(detect(write(tmp_path, {"main.go": HELLO, "Dockerfile": text})))
    assert 'CMD ["/bin/sh", "-c", "./main -n $N"]' in rungs["multi-stage"].dockerfile
    for name in ("distroless", "scratch"):
        assert isinstance(rungs[name], Impossible) and "needs a shell: Dockerfile:5" in rungs[name].reason


def test_a_program_that_asks_where_its_source_is(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": program("runtime.Caller(0)", "runtime")}))
    rung = ladder(project)["scratch"]
    assert "-trimpath" not in rung.dockerfile and "WORKDIR /app" in rung.dockerfile
    assert any("source paths are kept" in note for note in rung.notes)


def test_a_tool_takes_arguments(tmp_path: Path) -> None:
    project = detect(write(tmp_path, {"main.go": HELLO}))
    assert LANGUAGE.naive(project).dockerfile.endswith('ENTRYPOINT ["./main"]\n')
    for rung in whole(project, MOUNTS):
        assert rung.dockerfile.endswith('ENTRYPOINT ["./main"]\n') and "EXPOSE" not in rung.dockerfile


@pytest.mark.parametrize("dialect", [MOUNTS, CA, PLAIN])
@pytest.mark.parametrize("files", [SITE, {**SITE, "Dockerfile": USERS_DOCKERFILE}, C_TOOL])
def test_what_holds_for_every_rung(tmp_path: Path, files: dict[str, str], dialect: Dialect) -> None:
    root = write(tmp_path, files)
    project = detect(root)
    ignored = parse_ignore(LANGUAGE.dockerignore(project))
    for rung in whole(project, dialect):
        parsed = dockerfile.parse(rung.dockerfile)
        assert rung.bases == tuple(dict.fromkeys(base for base in parsed.bases if base != "scratch"))
        assert not re.search(r"<<|--link|--chmod", rung.dockerfile)
        if rung.name != "alpine":
            assert (user := parsed.last("USER")) and user.text == "65534:65534"
        for keyword in ("CMD", "ENTRYPOINT"):
            instruction = parsed.last(keyword)
            assert instruction is None or exec_form(instruction.text)
        for stage in parsed.stages:
            for copy in stage.instructions:
                if copy.keyword == "COPY" and "from" in copy.flags:
                    assert copy.flags["from"] in {each.name for each in parsed.stages}
                elif copy.keyword == "COPY":
                    for source in copy.words[:-1]:
                        assert source == "." or (root / source).exists(), source
                        assert not ignored.excludes(source), source


def test_the_battery_is_built_in_the_ladders_own_base() -> None:
    battery = LANGUAGE.battery(detect(SAMPLE))
    assert (
        battery.dockerfile.startswith("FROM golang:1.24\n") and "main.program=/app/main" in battery.dockerfile
    )
    assert battery.fatal <= battery.meaning.keys()
    checks = set(re.findall(r'^\t\t"([\w /]+)": +func', battery.script, re.MULTILINE))
    assert battery.meaning.keys() == checks | {f"any user: {check}" for check in battery.anyone}
    assert set(battery.anyone) <= checks
