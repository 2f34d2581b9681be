"""A language's bare rungs are a stage on top of the user's own: what his steps made is there, and he runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from engines import answers, any_engine, found, get, provide

from unladen import session
from unladen.climb.interface import Options, Proved
from unladen.climb.story import optimize
from unladen.engine.interface import Engine
from unladen.language.interface import Overrides
from unladen.proof.interface import ProofPlan

pytestmark = pytest.mark.engine

STEPS = Path(__file__).parent / "projects" / "steps"
PROGRAM = """\
package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/word", func(w http.ResponseWriter, r *http.Request) {
		text, _ := os.ReadFile("data/word.txt")
		w.Write(text)
	})
	http.ListenAndServe(":8000", nil)
}
"""
DOCKERFILE = """\
# A word, served
FROM golang:1.24
WORKDIR /srv/word
COPY . .
RUN mkdir -p data && echo hello > data/word.txt
RUN make
USER 1000:1000
EXPOSE 8000
CMD ["./word"]
"""


def climbed(engine: Engine, project: Path, rung: str, cache: Path) -> Proved:
    options = Options(cache=cache, only=(rung,), time="none")
    climb = optimize(project, engine, session.host_settings(), Overrides(), ProofPlan(), options)
    (made,) = climb.rungs
    assert isinstance(made, Proved), made
    return made


@any_engine
def test_on_distroless_the_users_steps_folders_and_user_stay(engine: Engine, tmp_path: Path) -> None:
    provide(engine, "python:3.11-slim", "gcr.io/distroless/python3-debian12")
    project = Path(shutil.copytree(STEPS, tmp_path / "steps"))
    made = climbed(engine, project, "distroless", tmp_path / "cache")
    for line in (STEPS / "Dockerfile").read_text().splitlines():
        assert line in made.rung.dockerfile
    said = answers(engine, made.image, get("/static/app.css"), get("/words"), get("/store"))
    assert [answer.status for answer in said.values()] == [200, 200, 200]
    assert engine.inspect(made.image).user == "web"


def test_bytecode_alone_answers_as_the_sources_did(tmp_path: Path) -> None:
    engine = found("auto")
    provide(engine, "python:3.11-slim", "gcr.io/distroless/python3-debian12")
    project = Path(shutil.copytree(STEPS, tmp_path / "steps"))
    made = climbed(engine, project, "sourceless", tmp_path / "cache")
    for line in (STEPS / "Dockerfile").read_text().splitlines():
        assert line in made.rung.dockerfile
    assert "COPY --from=runtime / /" in made.rung.dockerfile
    said = answers(engine, made.image, get("/static/app.css"), get("/words"), get("/store"))
    assert [answer.status for answer in said.values()] == [200, 200, 200]
    assert engine.inspect(made.image).user == "web"


def word(project: Path, dockerfile: str) -> Path:
    """A Go program that serves a word."""
    project.mkdir()
    for name, text in {
        "Dockerfile": dockerfile,
        "main.go": PROGRAM,
        "go.mod": "module example.com/word\n\ngo 1.24\n",
        "Makefile": "word: main.go\n\tgo build -o word .\n",
        "unladen.toml": '[[verify.request]]\npath = "/word"\n',
    }.items():
        (project / name).write_text(text)
    return project


def test_what_is_run_from_source_is_built_and_runs_on_scratch(tmp_path: Path) -> None:
    engine = found("auto")
    provide(engine, "golang:1.24")
    from_source = DOCKERFILE.replace("RUN make\n", "").replace('["./word"]', "go run .")
    from_source = from_source.replace("USER 1000:1000\n", "")
    made = climbed(engine, word(tmp_path / "word", from_source), "scratch", tmp_path / "cache")
    for line in from_source.splitlines()[2:-1]:
        assert line in made.rung.dockerfile
    assert made.weight.size_bytes < 12_000_000
    said = answers(engine, made.image, get("/word"), health="/word")
    assert [answer.body for answer in said.values()] == [b"hello\n"]


def test_what_make_builds_runs_on_scratch(tmp_path: Path) -> None:
    engine = found("auto")
    provide(engine, "golang:1.24")
    project = word(tmp_path / "word", DOCKERFILE)
    made = climbed(engine, project, "scratch", tmp_path / "cache")
    assert "ENV CGO_ENABLED=0\n" in made.rung.dockerfile and "RUN make\n" in made.rung.dockerfile
    assert made.weight.size_bytes < 12_000_000
    said = answers(engine, made.image, get("/word"), health="/word")
    assert [answer.body for answer in said.values()] == [b"hello\n"]
    assert engine.inspect(made.image).user == "1000:1000"
