"""What a project's own Dockerfile says about building and running its Go program."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from unladen.dockerfile.stages import parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.language.go.users import UsersGo, users_go

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


def read(text: str, tmp_path: Path) -> UsersGo:
    return users_go(UsersDockerfile(parse(textwrap.dedent(text))), tmp_path)


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
    assert found.build.args == {"VERSION": "dev", "COMMIT": None}
    assert found.build_env == {"GOPROXY": "https://proxy.example.com"}
    assert (found.start.program, found.final.scope.workdir, found.copied.tree) == (
        "/srv/server",
        "/srv",
        None,
    )
    assert (found.start.entrypoint, found.start.cmd) == (("/srv/server",), ("--verbose",))
    assert found.copied.context == (("config.yaml", "/etc/server/config.yaml"), ("static/", "/srv/static"))
    assert found.copied.built == (("/src/templates", "/srv/templates"),)
    assert found.env == {"GIN_MODE": "release", "PORT": '"9000"'}
    assert found.final.ports == ((9000, 26), (9001, 26))
    assert found.keep == ('LABEL maintainer="me"', 'VOLUME ["/data"]') and found.final.volumes == ("/data",)
    assert found.runtime_packages("apk") == ("ffmpeg",)
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
    assert (found.copied.tree, found.final.scope.workdir, found.start.program) == (
        "/app",
        "/app",
        "/app/main",
    )
    assert (found.start.cmd, found.copied.context, found.left_out, found.start.needs_shell) == (
        ("./main", "-v"),
        (),
        (),
        "",
    )


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
    assert found.start.program == program
    assert (*found.start.entrypoint, *found.start.cmd) == argv
    assert needs_shell in found.start.needs_shell and bool(needs_shell) == bool(found.start.needs_shell)


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
    assert found.runtime_packages("apt") == ("git-lfs",)
    assert found.copied.built == ()  # the binary itself


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
    assert (found.builder, found.copied.tree, found.build_dir) == ("golang:1.23-bookworm", "/app", "/app")
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
    assert (found.build_dir, found.copied.tree, found.final.scope.workdir) == ("/go/src/shop",) * 3
    assert found.left_out == ()


def test_a_health_check_that_the_program_makes_itself_stays(tmp_path: Path) -> None:
    text = 'FROM golang:1.24\nHEALTHCHECK --interval=5s CMD ["/app", "ready"]\nENTRYPOINT ["/app"]\n'
    found = read(text, tmp_path)
    assert found.keep == ('HEALTHCHECK --interval=5s CMD ["/app", "ready"]',) and not found.left_out


def test_a_file_without_go(tmp_path: Path) -> None:
    found = read(
        'FROM debian:bookworm-slim\nCOPY server /usr/bin/server\nCMD ["/usr/bin/server"]\n', tmp_path
    )
    assert (found.builder, found.build, found.start.program) == ("", None, "/usr/bin/server")


def test_a_script_as_entry_point_is_known_by_its_first_characters(tmp_path: Path) -> None:
    """As in mtlynch/logpaste: the script has no suffix, and make builds the program."""
    (tmp_path / "docker-entrypoint").write_text("#!/usr/bin/env bash\nexec /app/logpaste\n")
    found = read(
        """\
        FROM golang:1.25 AS builder
        WORKDIR /app
        COPY . .
        RUN ./dev-scripts/build-backend
        FROM alpine:3.22
        COPY --from=builder /app/bin/logpaste /app/logpaste
        COPY ./docker-entrypoint /app/docker-entrypoint
        ENTRYPOINT ["/app/docker-entrypoint"]
        """,
        tmp_path,
    )
    assert found.start.program == "/app/logpaste"
    assert found.start.needs_shell == "Dockerfile:8 starts it through the script /app/docker-entrypoint"
    assert found.copied.built == ()  # the program itself
    assert found.left_out == ("RUN ./dev-scripts/build-backend (Dockerfile:4)",)


def test_a_script_as_entry_point_starts_the_program_that_cmd_names(tmp_path: Path) -> None:
    """As in ncarlier/webhookd."""
    (tmp_path / "docker-entrypoint.sh").write_text('#!/bin/sh\nexec "$@"\n')
    found = read(
        """\
        FROM golang:1.24 AS builder
        ADD . /go/src/webhookd
        WORKDIR /go/src/webhookd
        RUN make
        FROM alpine:3.22
        ARG ARTIFACT=webhookd
        COPY --from=builder /go/src/webhookd/release/$ARTIFACT /usr/local/bin/$ARTIFACT
        COPY docker-entrypoint.sh /
        ENTRYPOINT ["/docker-entrypoint.sh"]
        CMD ["webhookd"]
        """,
        tmp_path,
    )
    assert found.start.program == "/usr/local/bin/webhookd"
    assert "through the script" in found.start.needs_shell
    assert (found.start.entrypoint, found.start.cmd) == (("/docker-entrypoint.sh",), ("webhookd",))


def test_a_binary_of_the_project_is_no_script(tmp_path: Path) -> None:
    (tmp_path / "server").write_bytes(b"\x7fELF")
    found = read('FROM debian:bookworm-slim\nCOPY server /srv/\nCMD ["/srv/server"]\n', tmp_path)
    assert (found.start.program, found.start.needs_shell) == ("/srv/server", "")


def test_where_no_stage_builds_go_every_step_is_named_once(tmp_path: Path) -> None:
    found = read(
        """\
        FROM node:22 AS js
        RUN cd ui && yarn build
        FROM example/build AS builder
        RUN if [ -n "$TEST" ]; then make test; fi; make all
        FROM builder
        ARG PORT=81
        EXPOSE $PORT
        CMD ["/app"]
        """,
        tmp_path,
    )
    assert found.left_out == (
        "RUN yarn build (Dockerfile:2)",
        'RUN if [ -n "$TEST" ]; then make test; fi (Dockerfile:4)',
        "RUN make all (Dockerfile:4)",
    )
    assert found.final.ports == ((81, 7),)
