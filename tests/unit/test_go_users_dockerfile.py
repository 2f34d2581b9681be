"""What a project's own Dockerfile says about building and running its Go program."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from unladen.dockerfile.stages import parse
from unladen.language.go.usersfile import UsersFile, users_file

MULTI_STAGE = """\
ARG GO=1.24
FROM golang:${GO}-alpine AS builder
RUN apk add --no-cache git make gcc musl-dev
ENV CGO_ENABLED=0 GOPROXY=https://proxy.example.com
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT
RUN GOOS=linux go build -tags "netgo,prod" \\
    -ldflags="-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" \\
    -o /bin/server ./cmd/server

FROM alpine:3.20
RUN apk add --no-cache ca-certificates tzdata ffmpeg
WORKDIR /srv
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=builder /bin/server .
COPY --from=builder /src/templates ./templates
COPY config.yaml /etc/server/
COPY static/ static/
ENV GIN_MODE=release PORT="9000"
LABEL maintainer="me"
VOLUME ["/data"]
EXPOSE 9000/tcp 9001
HEALTHCHECK CMD wget -q http://localhost:9000/health
ENTRYPOINT ["/srv/server"]
CMD ["--verbose"]
"""


def read(text: str, tmp_path: Path) -> UsersFile:
    return users_file(parse(textwrap.dedent(text)), tmp_path)


def test_a_multi_stage_file(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "config.yaml").touch()
    found = read(MULTI_STAGE, tmp_path)
    assert (found.builder, found.builder_line, found.build_dir) == ("golang:1.24-alpine", 2, "/src")
    assert found.build is not None
    assert (found.build.package, found.build.output, found.build.cgo) == ("./cmd/server", "/bin/server", "0")
    assert found.build.tags == ("netgo", "prod")
    assert found.build.ldflags == "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}"
    assert found.build_args == {"VERSION": "dev", "COMMIT": None}
    assert found.build_env == {"GOPROXY": "https://proxy.example.com"}
    assert (found.program, found.workdir, found.tree) == ("/srv/server", "/srv", None)
    assert (found.entrypoint, found.cmd) == (("/srv/server",), ("--verbose",))
    assert found.copies == (("config.yaml", "/etc/server/config.yaml"), ("static/", "/srv/static"))
    assert found.built_copies == (("/src/templates", "/srv/templates"),)
    assert found.env == {"GIN_MODE": "release", "PORT": '"9000"'}
    assert found.ports == ((9000, 26), (9001, 26))
    assert found.keep == ('LABEL maintainer="me"', 'VOLUME ["/data"]') and found.volumes == ("/data",)
    assert found.runtime_apk == ("ffmpeg",)
    assert any("HEALTHCHECK" in line for line in found.left_out)


def test_the_naive_file(tmp_path: Path) -> None:
    found = read(
        """\
        FROM golang:1.24
        WORKDIR /app
        COPY . .
        RUN go build -o main .
        CMD ["./main", "-v"]
        """,
        tmp_path,
    )
    assert (found.tree, found.workdir, found.program) == ("/app", "/app", "/app/main")
    assert (found.cmd, found.copies, found.left_out, found.needs_shell) == (("./main", "-v"), (), (), "")


STARTS = {
    "shell form of plain words": ("CMD ./main serve", "/app/main", ("./main", "serve"), ""),
    "a bare word": ('CMD ["server"]', "/usr/local/bin/server", ("server",), ""),
    "go run": ('CMD ["go", "run", "./cmd/api", "-v"]', "/app/main", ("./main", "-v"), ""),
    "go run of a file": ("CMD go run main.go", "/app/main", ("./main",), ""),
    "an init": ('ENTRYPOINT ["/sbin/tini", "--", "/app/main"]', "/app/main", ("/app/main",), ""),
    "a variable": (
        "CMD ./main -port $PORT",
        "/app/main",
        ("/bin/sh", "-c", "./main -port $PORT"),
        "through a shell",
    ),
    "a script": ('ENTRYPOINT ["./start.sh"]', "/out/app", ("./start.sh",), "through the script"),
}


@pytest.mark.parametrize("case", STARTS)
def test_starts(tmp_path: Path, case: str) -> None:
    line, program, argv, needs_shell = STARTS[case]
    text = f"FROM golang:1.24\nWORKDIR /app\nCOPY . .\nRUN go build -o /out/app .\n{line}\n"
    found = read(text, tmp_path)
    assert found.program == program
    assert (*found.entrypoint, *found.cmd) == argv
    assert needs_shell in found.needs_shell and bool(needs_shell) == bool(found.needs_shell)


def test_what_no_rung_takes_over_is_named(tmp_path: Path) -> None:
    found = read(
        """\
        FROM node:18 AS web
        RUN npm run build
        FROM golang:1.24 AS build
        WORKDIR /src
        COPY . .
        RUN go generate ./... && go vet ./... && go build -ldflags "-X main.v=$(git describe)" -o /out/app .
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git-lfs curl
        COPY --from=build /out/app /usr/local/bin/app
        COPY --from=web /dist /srv/dist
        CMD ["app"]
        """,
        tmp_path,
    )
    left_out = "\n".join(found.left_out)
    assert "the stage web (Dockerfile:1)" in left_out
    assert "RUN go generate ./... (Dockerfile:6)" in left_out and "go vet" not in left_out
    assert "$(git describe)" in left_out
    assert "COPY --from=web /dist (Dockerfile:10)" in left_out
    assert found.runtime_packages == ("git-lfs",)
    assert found.built_copies == ()  # the binary itself


def test_a_final_stage_on_top_of_the_builder(tmp_path: Path) -> None:
    found = read(
        """\
        FROM golang:1.23-bookworm AS base
        WORKDIR /app
        COPY . .
        FROM base
        RUN go install ./cmd/tool
        ENTRYPOINT ["tool"]
        """,
        tmp_path,
    )
    assert (found.builder, found.tree, found.build_dir) == ("golang:1.23-bookworm", "/app", "/app")
    assert found.build is not None and found.build.package == "./cmd/tool"


def test_variables_of_the_golang_image_and_of_the_file(tmp_path: Path) -> None:
    found = read(
        """\
        FROM golang:1.24
        ARG NAME=shop
        ENV TARGET=/srv/$NAME
        WORKDIR $GOPATH/src/$NAME
        COPY . $GOPATH/src/$NAME
        RUN GOOS=linux go mod verify && go build -o ${TARGET}/shop .
        CMD ["./shop"]
        """,
        tmp_path,
    )
    assert (found.build_dir, found.tree, found.workdir) == ("/go/src/shop",) * 3
    assert found.left_out == ()


def test_a_health_check_that_the_program_makes_itself_stays(tmp_path: Path) -> None:
    text = 'FROM golang:1.24\nHEALTHCHECK --interval=5s CMD ["/app", "ready"]\nENTRYPOINT ["/app"]\n'
    found = read(text, tmp_path)
    assert found.keep == ('HEALTHCHECK --interval=5s CMD ["/app", "ready"]',) and not found.left_out


def test_a_file_without_go(tmp_path: Path) -> None:
    found = read(
        'FROM debian:bookworm-slim\nCOPY server /usr/bin/server\nCMD ["/usr/bin/server"]\n', tmp_path
    )
    assert (found.builder, found.build, found.program) == ("", None, "/usr/bin/server")
