"""Input that cannot go on as it is: one clear sentence that says what is wrong and what to do, and exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import BASELINE, FULL, LEAN, CommandLine, Scene

import unladen
from unladen.climb.instead import hint
from unladen.climb.interface import Proved
from unladen.engine.building import common_options, materials
from unladen.engine.buildlog import failure
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest
from unladen.engine.owned import Session
from unladen.errors import BadDockerfile, BadProject, BuildFailed
from unladen.general.rungs import General, rungs
from unladen.language import registry
from unladen.language.interface import Dialect, Overrides, Proposal


def refused(ran: tuple[int, str, str], *words: str) -> None:
    code, _, said = ran
    assert code == 2 and said.count("error:") == 1 and "Traceback" not in said, said
    for word in words:
        assert word in said, said


# Dockerfiles that nothing can be made of


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ("it has no FROM", "begins with FROM")),
        (b"# later\n\n", ("it has no FROM", "begins with FROM")),
        ("FROM a\nCMD b\n".encode("utf-16"), ("UTF-16", "Save it as UTF-8")),
        (b"FROM a\nCAF\xc9 x\n", ("line 2: unknown instruction",)),
        (b"ARG BASE\nFROM $BASE\n", ("line 2", "has no value", "--build-arg BASE=VALUE")),
        (b"FROM python:${V:?unset}\n", ("line 1", "unset", "--build-arg V=VALUE")),
        (b"FROM a\nRUN <<EOF\necho\n", ("line 2", "EOF has no end")),
        (b"FROM a\nCMD [1]\n", ("line 2", "texts only")),
    ],
)
def test_what_is_no_dockerfile(
    scene: Scene, unladen_cli: CommandLine, data: bytes, words: tuple[str, ...]
) -> None:
    (scene.root / "Dockerfile").write_bytes(data)
    refused(unladen_cli("optimize", scene.root), *words)
    assert scene.left() == []


def test_bytes_that_are_no_text_are_shown_to_a_strict_terminal(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"FROM a\nCAF\xc9 x\n")
    command = [sys.executable, "-m", "unladen", "detect", str(tmp_path)]
    env = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(command, env=env, capture_output=True, check=False)
    assert done.returncode == 2 and b"Traceback" not in done.stderr and b"unknown instruction" in done.stderr


# bases that cannot be had


def test_a_base_that_cannot_be_had_is_named_with_what_to_do(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.write("Dockerfile", BASELINE.replace(FULL, "corp.example/full:9"))
    refused(unladen_cli("optimize", scene.root), "corp.example/full:9", "hint:")


def test_stages_that_stand_on_each_other(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.write("Dockerfile", "FROM b AS a\nFROM a AS b\nCMD x\n")
    refused(unladen_cli("optimize", scene.root), "line 2", "above it")


def test_an_older_version_is_named_where_the_project_accepts_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nrequires-python = ">=3.9"\n')
    said = hint("python:3.13-slim-bookworm", tmp_path, None)
    assert ">=3.9" in said and "try FROM python:3.11-slim" in said
    assert "try FROM python:3.11." in hint("docker.io/library/python:3.12", tmp_path, None)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nrequires-python = ">=3.12"\n')
    said = hint("python:3.13", tmp_path, None)
    assert ">=3.12" in said and "only python:3.11 can be assembled" in said
    (tmp_path / "pyproject.toml").unlink()
    assert "no file of the project asks" in hint("python:3.13", tmp_path, None)
    assert hint("python:3.13-alpine", tmp_path, None) == ""
    assert hint("corp.example/python:3.13", tmp_path, None) == hint("ruby:3", tmp_path, None) == ""


def test_the_go_line_says_which_go_is_enough(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module a\n\ngo 1.21.3\n")
    assert "go 1.21.3" in hint("golang:1.23", tmp_path, None)
    assert "try FROM golang:1.24" in hint("golang:1.23", tmp_path, None)
    (tmp_path / "go.mod").write_text("module a\n\ngo 1.26\n")
    assert "try FROM golang:1.26" in hint("golang:1.26.3", tmp_path, None)
    (tmp_path / "go.mod").write_text("module a\n\ngo 1.99\n")
    assert "of golang only golang:1.24, golang:1.25, golang:1.26" in hint("golang:1.99", tmp_path, None)


def test_a_version_that_an_argument_gives_needs_no_edit(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG GO=1.25\nFROM golang:${GO}\nCMD a\n")
    (tmp_path / "go.mod").write_text("module a\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    project = registry.detect(tmp_path, Overrides())
    assert "--build-arg GO=" in hint("golang:1.25", tmp_path, project.users)


# builds that want more than they are given


def failed(step: str, output: str) -> BuildFailed:
    log = f"#5 [2/2] {step}\n#5 0.1 {output}\n#5 ERROR: did not complete: exit code: 1\nERROR: failed to solve: x"
    error = failure("buildkit", log)
    assert isinstance(error, BuildFailed) and error.exit_code == 2
    return error


@pytest.mark.parametrize(
    ("step", "output", "words"),
    [
        (
            "RUN --mount=type=secret,id=token cat /run/secrets/token",
            "cat: /run/secrets/token: No such file or directory",
            "--secret id=token,src=FILE",
        ),
        (
            "RUN --mount=required=true,id=npm,type=secret npm ci",
            "secret npm: not found",
            "--secret id=npm,src=FILE",
        ),
        ("RUN --mount=type=secret,id=pip,target=/p pip install x", "401 Unauthorized", "may lack a secret"),
        ("RUN --mount=type=ssh git clone git@a.example:b", "Permission denied (publickey).", "an SSH key"),
        ("RUN git clone git@a.example:b", "Host key verification failed.", "an SSH key"),
        ("RUN curl a.example", "curl: (6) Could not resolve host: a.example", "network"),
        ("RUN --network=none pip install x", "Temporary failure in name resolution", "--network=none"),
        (
            "RUN apt-get update",
            "E: The repository 'http://deb.example/debian buster Release' does not have a Release file.",
            "buster has left the mirrors",
        ),
        ("RUN --mount=type=secret,id=ca,target=/x pip install x", "exit", ""),
        ("RUN make", "make: *** [all] Error 1", ""),
    ],
)
def test_a_step_that_asks_for_more_says_so(step: str, output: str, words: str) -> None:
    said = failed(step, output).hint
    assert (words in said) if words else said == ""


def test_a_stage_that_copies_from_itself_is_buildkits_to_refuse() -> None:
    error = failure("buildkit", "ERROR: failed to solve: circular dependency detected on stage: a")
    assert (
        isinstance(error, BadDockerfile) and "circular dependency" in str(error) and "above it" in error.hint
    )


def test_a_secret_is_asked_for_and_passed_and_in_no_image(scene: Scene, unladen_cli: CommandLine) -> None:
    more = "RUN --mount=type=secret,id=token cat /run/secrets/token\nEXPOSE"
    scene.write("Dockerfile", BASELINE.replace("EXPOSE", more))
    refused(unladen_cli("optimize", scene.root), "/run/secrets/token", "--secret id=token,src=FILE")
    refused(
        unladen_cli("optimize", scene.root, "--secret", "src=a"), "it has no id", "--secret id=NAME,src=FILE"
    )
    secret = scene.root.parent / "token"
    refused(unladen_cli("optimize", scene.root, "--secret", f"id=token,src={secret}"), "there is no file")
    assert scene.left() == []
    secret.write_text("hush hush")
    given = ("--secret", f"id=token,src={secret}", "--base", f"{FULL}={LEAN}", "--json", "-", "--quiet")
    code, said, _ = unladen_cli("optimize", scene.root, *given)
    assert code == 0 and '"recommended": "split"' in said and "hush" not in said


def test_keys_and_secrets_reach_the_builders_command(tmp_path: Path) -> None:
    host = HostSettings(secrets=("id=a,src=/a",), keys=("default",))
    request = BuildRequest(tmp_path, "FROM scratch\n", host=host)
    with materials(request, mounts=True) as made:
        words = list(common_options(request, made, Session(tmp_path / "state", lambda: "here")))
    assert words[-4:] == ["--secret", "id=a,src=/a", "--ssh", "default"]


# which stage, and what is in the context


def test_the_stage_that_compose_names_is_the_image(tmp_path: Path) -> None:
    text = "FROM perl:5 AS app\nCMD perl a.pl\nFROM app AS dev\nRUN cpanm Devel::REPL\nCMD re.pl\n"
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    build: {context: ., target: app}\n")
    project = registry.detect(tmp_path, Overrides())
    assert project.users is not None and "web" in project.users.said
    tidy, lighter = rungs(General(project, Dialect()))
    assert isinstance(tidy, Proposal) and isinstance(lighter, Proposal)
    assert tidy.target == lighter.target == "app" and project.start.value == ("perl", "a.pl")
    assert tidy.dockerfile == text.replace("CMD perl a.pl", 'CMD ["perl", "a.pl"]')


def test_links_out_of_the_context_are_copied_as_links(scene: Scene) -> None:
    outside = scene.root.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not ours")
    (scene.root / "folder").symlink_to(outside)
    (scene.root / "file").symlink_to(outside / "secret")
    (scene.root / "nowhere").symlink_to("/no/such/place")
    (scene.root / "itself").symlink_to("itself")
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN}, rungs=["lighter-base", "split"])
    assert all(isinstance(each, Proved) for each in climb.rungs), climb.rungs
    assert climb.recommended == "split" and scene.left() == []


def test_exceptions_of_the_users_ignore_file_hold(scene: Scene) -> None:
    scene.write(".dockerignore", "\ufeff# all but\n*\n!app.script\n!data/**\ndata/*.tmp\n!data/kept.tmp\n")
    for name in ("data/a.txt", "data/b.tmp", "data/kept.tmp", "other.txt"):
        scene.write(name, name)
    scene.write("Dockerfile", BASELINE.replace("EXPOSE", "RUN cat data/kept.tmp\nEXPOSE"))
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN}, rungs=["lighter-base", "split"])
    assert all(isinstance(each, Proved) for each in climb.rungs), climb.rungs
    unladen.write_recommended(scene.root, climb)
    assert (scene.root / ".dockerignore").read_text().endswith("!data/kept.tmp\n")


# a language that cannot go on


def test_what_a_language_refuses_goes_on_by_its_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("requests\n")
    with pytest.raises(BadProject):
        registry.detect(tmp_path, Overrides())
    (tmp_path / "Dockerfile").write_text("FROM corp/base:1\nCOPY . /srv\n")  # the base knows how it starts
    project = registry.detect(tmp_path, Overrides())
    assert project.language == "unknown" and "The rungs of python are left out: cannot" in project.doubt
    assert "unladen.toml" in project.doubt


def test_a_go_project_without_sums_goes_on_by_its_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module a\n\ngo 1.24\n\nrequire example.com/b v1.0.0\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    with pytest.raises(BadProject, match=r"no go\.sum"):
        registry.detect(tmp_path, Overrides())
    (tmp_path / "Dockerfile").write_text("FROM golang:1.24\nCOPY . .\nRUN go mod tidy\nCMD go run .\n")
    project = registry.detect(tmp_path, Overrides())
    assert project.language == "unknown" and project.language_source == project.doubt
    assert "The rungs of go are left out" in project.doubt and "go mod tidy" in project.doubt
    assert [each.name for each in rungs(General(project, Dialect()))] == ["tidy", "lighter-base"]
    with pytest.raises(BadProject, match=r"no go\.sum"):
        registry.detect(tmp_path, Overrides(language="go"))


def test_the_note_of_what_is_left_out_is_in_the_report(scene: Scene, unladen_cli: CommandLine) -> None:
    (scene.root / "app.script").rename(scene.root / "main.script")
    scene.write("Dockerfile", BASELINE.replace("app.script", "main.script"))
    scene.write("go.mod", "module a\n\ngo 1.24\n\nrequire example.com/b v1.0.0\n")
    scene.write("main.go", "package main\n\nfunc main() {}\n")
    code, said, _ = unladen_cli("optimize", scene.root, "--base", f"{FULL}={LEAN}", "--quiet")
    assert code == 0 and "The rungs of go are left out: cannot build" in said and "`go mod tidy`" in said
