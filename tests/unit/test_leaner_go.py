"""Go's bare rungs on top of the user's own stages: flags for his `go build`, and a last stage with what the program
reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from has_sides import Step, side_of
from keep_trees import Content
from test_go_binary import build_info, elf, function_table

from unladen.general.elsewhere import elsewhere
from unladen.general.rungs import General
from unladen.general.split import onto, refined
from unladen.language.go import LANGUAGE
from unladen.language.interface import Dialect, Impossible, Overrides, Proposal
from unladen.proof.has.examine import NOTHING

LOADER = "/lib64/ld-linux-x86-64.so.2"
ZONES = "/usr/local/go/lib/time/zoneinfo.zip"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
GOLANG: Mapping[str, Content] = {
    "/etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n",
    "/etc/group": b"root:x:0:\n",
    "/etc/nsswitch.conf": b"hosts: files dns\n",
    CERTIFICATES: b"certificates",
    ZONES: b"zones",
    LOADER: b"",
    "/bin": "usr/bin",
    "/tmp": None,
    **{f"/usr/bin/{name}": b"" for name in ("sh", "rm", "install", "apt-get")},
    "/usr/local/go/bin/go": b"x" * 3_000_000,
}
TEXT = 'FROM golang:1.24\nWORKDIR /app\nCOPY . .\nRUN go build -o main .\nCMD ["./main"]\n'
SOURCE = 'package main\nimport "net/http"\nfunc main() { http.ListenAndServe(":8080", nil); open("data/list.txt") }\n'


def built(*functions: str, interpreter: str = LOADER) -> bytes:
    return elf(
        {".go.buildinfo": build_info("go1.24.4", ""), ".gopclntab": function_table("main.main", *functions)},
        interpreter,
    )


def rung(
    root: Path,
    name: str,
    text: str = TEXT,
    *functions: str,
    interpreter: str = LOADER,
    **config: object,
) -> Proposal | Impossible:
    (root / "Dockerfile").write_text(text)
    (root / "go.mod").write_text("module example.com/shop\n\ngo 1.24\n")
    (root / "main.go").write_text(SOURCE)
    project = LANGUAGE.detect(root, Overrides())
    proposed = {each.name: each for each in LANGUAGE.rungs(project, Dialect())}[name]
    if isinstance(proposed, Impossible):
        return proposed
    general = General(project, Dialect())
    proposed = onto(general, proposed)
    copied = {
        "/app/main.go": SOURCE.encode(),
        "/app/go.mod": b"m",
        "/app/data/list.txt": b"a",
        "/app/README": b"",
    }
    full = side_of(
        Step("", GOLANG),
        Step("COPY . . # buildkit", copied),
        Step(
            "RUN /bin/sh -c go build -o main . # buildkit",
            {"/app/main": built(*functions, interpreter=interpreter), "/root/.cache/go-build/a": b"x"},
        ),
        **{"WorkingDir": "/app", "Cmd": ["./main"], "Env": ["PATH=/go/bin:/usr/bin"], **config},
    )
    known = LANGUAGE.leaner(proposed, project, full.scene, NOTHING.scene)
    return known if isinstance(known, Impossible) else refined(general, proposed, full, NOTHING, known)


def text_of(made: Proposal | Impossible) -> str:
    assert isinstance(made, Proposal), made
    return made.dockerfile.replace(" \\\n    ", " ")


def test_scratch_is_the_users_file_with_two_flags_and_a_stage(tmp_path: Path) -> None:
    text = text_of(rung(tmp_path, "scratch"))
    first, _, last = text.partition("FROM scratch\n")
    assert 'RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o main .\n' in first
    assert "install -d -m 1777 /last/tmp /last/var/tmp" in first
    assert "COPY --from=scratch" not in text and "FROM build AS added\n" in text  # the name has a meaning
    assert "/app/main " in last and "/app/data" in last
    assert "main.go" not in last and "go.mod" not in last and "README" not in last and "go-build" not in last
    assert "nsswitch.conf" in last and CERTIFICATES not in last and "zoneinfo" not in last
    assert "USER 65534:65534\n" in last and last.endswith('CMD ["./main"]\n')


def test_what_the_program_reads_of_its_system_comes_along(tmp_path: Path) -> None:
    text = text_of(rung(tmp_path, "scratch", TEXT, "net/http.(*Transport).RoundTrip", "time.LoadLocation"))
    _, _, last = text.partition("FROM scratch\n")
    assert (
        "--from=added /etc/ssl" in last
        and "--from=added /usr/local/go/lib" in last
        and f"ENV ZONEINFO={ZONES}\n" in last
    )


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("RUN CGO_ENABLED=0 go build -o main .", 'RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o main .'),
        ("RUN go build -ldflags '-X main.v=1' -o main .", "go build -ldflags '-s -w -X main.v=1' -o main ."),
        ('RUN go build -ldflags="-s -w" -o main .', 'RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o main .'),
        (
            "RUN go vet && go build -o main . && ls",
            'go vet && CGO_ENABLED=0 go build -ldflags="-s -w" -o main . && ls',
        ),
        ("ENV CGO_ENABLED=0\nRUN go build -o main .", 'RUN go build -ldflags="-s -w" -o main .'),
    ],
)
def test_flags_that_are_there_stay(tmp_path: Path, line: str, becomes: str) -> None:
    interpreter = "" if "CGO" in line else LOADER
    made = rung(tmp_path, "scratch", TEXT.replace("RUN go build -o main .", line), interpreter=interpreter)
    text = text_of(made)
    assert becomes in text and text.count("CGO_ENABLED=0") == 1 + ("ENV" in line)


def test_a_program_that_no_line_links_anew_is_not_put_where_its_libraries_are_not(tmp_path: Path) -> None:
    made = rung(
        tmp_path,
        "scratch",
        "FROM golang:1.24\nENV CGO_ENABLED=1\n"
        + TEXT.partition("\n")[2].replace("go build -o main .", "make"),
    )
    assert isinstance(made, Impossible) and "loads shared libraries" in made.reason


def test_a_user_stays_and_a_start_through_a_shell_is_told(tmp_path: Path) -> None:
    text = text_of(rung(tmp_path, "scratch", TEXT.replace("CMD", "USER 1000\nCMD"), User="1000"))
    assert "65534" not in text and "USER 1000\n" in text.partition("FROM scratch")[2]
    made = rung(tmp_path, "scratch", TEXT.replace('["./main"]', "./main | cat"))
    assert isinstance(made, Impossible) and "it needs a shell" in made.reason


FROM_SOURCE = TEXT.replace("RUN go build -o main .\n", "")


@pytest.mark.parametrize(
    ("command", "line", "becomes"),
    [
        ('["go", "run", "main.go", "-v"]', "-o /app/main-built main.go", '["/app/main-built", "-v"]'),
        ("go run ./cmd/shop -v", "-o /app/shop ./cmd/shop", '["/app/shop", "-v"]'),
        ('["go", "run", "-tags=x", "."]', "-o /app/program -tags=x .", '["/app/program"]'),
    ],
)
def test_what_is_run_from_source_is_built_first(
    tmp_path: Path, command: str, line: str, becomes: str
) -> None:
    text = FROM_SOURCE.replace('["./main"]', command)
    made = rung(tmp_path, "scratch", text, Cmd=["go", "run"])
    first, _, last = text_of(made).partition("FROM scratch\n")
    assert f'\nRUN CGO_ENABLED=0 go build -ldflags="-s -w" {line}\nCMD {becomes}\n' in first
    path = becomes.split('"')[1]
    assert f"COPY --from=added {path} {path}\n" in last and last.endswith(f"CMD {becomes}\n")
    assert "main.go" not in last and isinstance(made, Proposal) and "CMD" in made.intends


@pytest.mark.parametrize("command", ['["go", "run"]', '["go", "run", "-tags=x"]'])
def test_a_run_from_source_that_is_not_understood_is_skipped(tmp_path: Path, command: str) -> None:
    made = rung(tmp_path, "scratch", FROM_SOURCE.replace('["./main"]', command), Cmd=["go", "run"])
    assert isinstance(made, Impossible) and "is not understood" in made.reason


def test_on_alpine_the_users_file_stays(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(TEXT)
    made = on_alpine(tmp_path, TEXT)
    assert text_of(made) == TEXT.replace("golang:1.24", "golang:1.24-alpine")
    assert isinstance(made, Proposal) and made.bases == ("golang:1.24-alpine",)
    made = on_alpine(tmp_path, TEXT.replace("RUN", "RUN apt-get install -y jq\nRUN"))
    assert isinstance(made, Impossible)
    assert made.reason == "line 4 of your Dockerfile calls apt-get, which Alpine does not have"
    made = on_alpine(tmp_path, FROM_SCRATCH)
    assert isinstance(made, Impossible) and made.reason == "what runs stands on scratch already"


def on_alpine(root: Path, text: str) -> Proposal | Impossible:
    (root / "Dockerfile").write_text(text)
    (root / "go.mod").write_text("module example.com/shop\n\ngo 1.24\n")
    (root / "main.go").write_text(SOURCE)
    project = LANGUAGE.detect(root, Overrides())
    proposed = {each.name: each for each in LANGUAGE.rungs(project, Dialect())}["alpine"]
    assert isinstance(proposed, Proposal)
    return elsewhere(General(project, Dialect()), proposed)


def test_the_program_alone_on_alpine(tmp_path: Path) -> None:
    text = text_of(rung(tmp_path, "multi-stage-alpine", TEXT, "time.LoadLocation"))
    _, _, last = text.partition("FROM alpine:3.23\n")
    assert "/app/main " in last and "golang" not in last and "main.go" not in last
    assert f"ENV ZONEINFO={ZONES}\n" in last and "65534" not in last


def test_a_split_go_image_has_no_toolchain(tmp_path: Path) -> None:
    made = rung(tmp_path, "split")
    text = text_of(made)
    assert "FROM debian:bookworm-slim\n" in text and "COPY --from=build /app/main" in text
    assert "65534" not in text and "/usr/local/go" not in text and "go-build" not in text


def test_what_make_builds_is_taken_where_it_runs_anywhere(tmp_path: Path) -> None:
    text = TEXT.replace("go build -o main .", "make")
    made = text_of(rung(tmp_path, "scratch", text, interpreter=""))
    assert "RUN make\n" in made and "CGO_ENABLED" not in made
    made = text_of(rung(tmp_path, "scratch", text))
    assert made.startswith("FROM golang:1.24 AS build\nENV CGO_ENABLED=0\nWORKDIR /app\n")
    assert "CGO_ENABLED" not in made.partition("FROM scratch")[2]


FROM_SCRATCH = (
    "FROM golang:1.24 AS build\nWORKDIR /app\nCOPY . .\nRUN go build -o main .\n"
    'FROM scratch\nCOPY --from=build /app/main /app/main\nCMD ["/app/main"]\n'
)


def test_an_image_from_scratch_gets_the_flags_and_no_further_stage(tmp_path: Path) -> None:
    done = rung(tmp_path, "scratch", FROM_SCRATCH, interpreter="")
    text = text_of(done)
    assert isinstance(done, Proposal) and done.takes_away == () and not done.intends
    assert done.notes and not any("/tmp" in note or "certificates" in note for note in done.notes)
    flags = 'RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o main .'
    assert text == FROM_SCRATCH.replace("RUN go build -o main .", flags)
    said = "there is nothing below the image: it is built from scratch"
    made = rung(tmp_path, "distroless", FROM_SCRATCH, interpreter="")
    assert isinstance(made, Impossible) and made.reason == said
    made = rung(tmp_path, "scratch", text, interpreter="")
    assert isinstance(made, Impossible) and made.reason.startswith(said)
