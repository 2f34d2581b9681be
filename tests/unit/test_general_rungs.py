"""The rungs that every Dockerfile has, and projects of which nothing else is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from unladen.config import load
from unladen.dockerfile.choose import given_bases
from unladen.errors import BadConfig, BadDockerfile, BadProject
from unladen.general.rungs import General, Wished, again, rungs
from unladen.language import registry
from unladen.language.interface import Dialect, Impossible, Lost, Overrides, Proposal
from unladen.language.registry import language
from unladen.write import headed, place_in, planned, write

TEXT = """FROM perl:5.38 AS app
WORKDIR /srv
COPY . .
COPY settings.log /srv/
EXPOSE 8080
HEALTHCHECK CMD curl -f http://localhost:8080/health
CMD perl server.pl
FROM debian:bookworm AS tests
"""


def general(root: Path, text: str, target: str = "app", **own: str) -> General:
    (root / "Dockerfile").write_text(text)
    project = registry.detect(root, Overrides())
    users = project.users
    assert users is not None
    if target:
        found = users.staged.stage_named(target)
        assert found is not None
        project = replace(project, users=replace(users, staged=replace(users.staged, target=found)))
    ignore = language(project.language).dockerignore(project)
    return General(project, Dialect(), own, ignore)


def test_a_dockerfile_alone_is_a_project(tmp_path: Path) -> None:
    project = general(tmp_path, TEXT, "").project
    assert (project.language, project.version.value) == ("unknown", "")
    assert "Dockerfile alone" in project.language_source
    (tmp_path / "Dockerfile").write_text(TEXT.rpartition("FROM")[0])
    project = registry.detect(tmp_path, Overrides())
    assert project.start.value == ("perl", "server.pl") and project.port.value == 8080
    assert project.health.value == "/health" and "HEALTHCHECK" in project.health.source
    told = registry.detect(tmp_path, Overrides(port=9, health="/up", start=("x",)))
    assert (told.port.value, told.health.value, told.start.value) == (9, "/up", ("x",))


def test_a_folder_with_neither_is_none(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("")
    with pytest.raises(BadProject, match="cannot tell what"):
        registry.detect(tmp_path, Overrides())
    with pytest.raises(BadProject, match="no Dockerfile"):
        registry.detect(tmp_path, Overrides(language="unknown"))


def test_each_rung_has_the_edits_of_the_one_before(tmp_path: Path) -> None:
    tidy, lighter = rungs(general(tmp_path, TEXT))
    assert isinstance(tidy, Proposal) and isinstance(lighter, Proposal)
    assert (tidy.name, lighter.name) == ("tidy", "lighter-base")
    assert tidy.dockerfile == TEXT.replace("CMD perl server.pl", 'CMD ["perl", "server.pl"]')
    assert lighter.dockerfile == tidy.dockerfile.replace("perl:5.38", "perl:5.38-slim")
    assert tidy.bases == ("perl:5.38", "debian:bookworm") and tidy.target == lighter.target == "app"
    assert lighter.bases == ("perl:5.38-slim", "debian:bookworm") and lighter.takes_away == (Lost.COMPILERS,)
    assert set(lighter.notes) == {*tidy.notes, "the base is perl:5.38-slim instead of perl:5.38"}


def test_a_project_gets_an_ignore_file_where_it_has_none_and_its_own_stays(tmp_path: Path) -> None:
    given = general(tmp_path, TEXT)
    tidy = rungs(given)[0]
    assert isinstance(tidy, Proposal) and tidy.dockerignore is not None
    lines = tidy.dockerignore.splitlines()
    assert "**/.git" in lines and "**/*.log" not in lines  # the Dockerfile names a log
    (tmp_path / ".dockerignore").write_text("*\n!server.pl\n")
    assert all(isinstance(each, Proposal) and each.dockerignore == "*\n!server.pl\n" for each in rungs(given))


def test_what_cannot_be_mended_is_skipped_with_the_reason(tmp_path: Path) -> None:
    tidy, lighter = rungs(general(tmp_path, 'FROM corp/base:1\nCMD ["run"]\n', ""))
    assert isinstance(tidy, Impossible) and "nothing" in tidy.reason
    assert isinstance(lighter, Impossible) and "--base corp/base:1=NAME" in lighter.reason


def test_a_project_without_a_dockerfile_has_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "main.py").write_text("print()\n")
    project = registry.detect(tmp_path, Overrides())
    assert rungs(General(project, Dialect())) == ()


def test_own_bases_come_from_the_options_and_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "unladen.toml").write_text(
        '[bases]\n"perl:5.38" = "corp/perl:1"\n"debian:bookworm" = "corp/run:1"\n'
    )
    config = load(tmp_path).on(given_bases(["perl:5.38=corp/perl:2"]))
    assert config.overrides().bases == {"perl:5.38": "corp/perl:2", "debian:bookworm": "corp/run:1"}
    lighter = rungs(general(tmp_path, TEXT, **config.overrides().bases))[1]
    assert isinstance(lighter, Proposal) and lighter.bases == ("corp/perl:2", "corp/run:1")
    assert lighter.takes_away == ()


@pytest.mark.parametrize("word", ["a", "a=", "=b", "a=b c", "$A=b"])
def test_what_names_no_two_images_is_one_message(tmp_path: Path, word: str) -> None:
    with pytest.raises(BadDockerfile, match="--base"):
        given_bases([word])
    (tmp_path / "unladen.toml").write_text('[bases]\na = ""\n')
    with pytest.raises(BadConfig, match="bases"):
        load(tmp_path)


def test_what_was_learned_makes_the_rung_again(tmp_path: Path) -> None:
    given = general(tmp_path, "FROM debian:bookworm\nRUN apt-get update && apt-get install -y make\n", "")
    tidy, lighter = rungs(given)
    assert isinstance(tidy, Proposal) and isinstance(lighter, Proposal)
    assert again(given, tidy, Wished()) is None
    with_git = again(given, lighter, Wished(("git",)))
    assert with_git and "FROM debian:bookworm-slim\n# Needed" in with_git.dockerfile
    easier = again(given, tidy, Wished(recommends=True))
    assert easier and "no-install-recommends" not in easier.dockerfile
    assert again(given, easier, Wished(recommends=True)) is None
    assert again(given, Proposal("slim", "", "", ()), Wished(("git",))) is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("FROM a\n", "# Written by unladen (x)\nFROM a\n"),
        (
            "# syntax=docker/dockerfile:1\r\nFROM a\r\n",
            "# syntax=docker/dockerfile:1\r\n# Written by unladen (x)\r\nFROM",
        ),
        ("# escape=`\nFROM a", "# escape=`\n# Written by unladen (x)\nFROM a"),
        ("\ufeffFROM a", "\ufeff# Written by unladen (x)\nFROM a"),
    ],
)
def test_the_header_leaves_directives_on_top_and_is_known_again(
    tmp_path: Path, text: str, start: str
) -> None:
    made = headed("# Written by unladen (x)\n", text)
    assert made.startswith(start)
    (tmp_path / "Dockerfile.bak").write_text("FROM b\n")
    (tmp_path / "Dockerfile").write_bytes(made.encode())
    project = registry.detect(tmp_path, Overrides())
    assert project.users is not None and project.users.staged.bases == ("b",)


def test_bytes_that_are_no_text_are_written_as_they_were(tmp_path: Path) -> None:
    text = b'FROM a\nLABEL a="caf\xe9"\n'.decode("utf-8", "surrogateescape")
    for plan in planned(
        place_in(tmp_path), Proposal("tidy", "", text, ("a",)), "# Written by unladen\n", "x\n"
    ):
        write(plan, tmp_path / "state")
    assert (tmp_path / "Dockerfile").read_bytes().endswith(b'"caf\xe9"\n')
