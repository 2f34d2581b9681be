"""Commands, one a line, and which kind of file is which."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from unladen.errors import BadConfig
from unladen.proof.interface import CommandCase, RequestCase
from unladen.proof.sources.commands import corpus_from_commands
from unladen.proof.sources.learned import learned

COMMANDS = """\
#!/bin/sh
# what the night job runs
python -m pytest -q tests

tool export --to "a b.csv" --url http://x/#top   # weekly
sh -c 'cat /etc/os-release | wc -l'\r
echo a\\;b '$HOME' "1 < 2" "it's" 'y$z'
tool export --to 'a b.csv' --url http://x/#top
"""
HAR = '{"log": {"entries": [{"request": {"method": "GET", "url": "http://a/har"}}]}}'
K6 = "import http from 'k6/http'\nhttp.get('http://a/k6')"


def commands(text: str) -> list[CommandCase]:
    corpus = corpus_from_commands(text, "jobs.txt")
    return [case for case in corpus.cases if isinstance(case, CommandCase)]


def test_commands_are_programs_of_their_own() -> None:
    found = commands(COMMANDS)
    assert [case.argv for case in found] == [
        ("python", "-m", "pytest", "-q", "tests"),
        ("tool", "export", "--to", "a b.csv", "--url", "http://x/#top"),
        ("sh", "-c", "cat /etc/os-release | wc -l"),
        ("echo", "a;b", "$HOME", "1 < 2", "it's", "y$z"),
    ]
    assert all(case.own and case.origin == "commands" for case in found)
    assert found[0].id == "python -m pytest -q tests"
    assert corpus_from_commands(COMMANDS, "jobs.txt").coverage.note == "4 commands from jobs.txt"


def test_long_commands_that_begin_alike_stay_apart() -> None:
    one, other = (f"tool {'x' * 80} {number}" for number in (1, 2))
    assert len({case.id for case in commands(f"{one}\n{other}")}) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("echo 'a", "line 2: no closing quotation: echo 'a"),
        ("echo a \\", "line 2: no escaped character"),
        ("a | b", "line 2: | is for a shell"),
        ("a && b", "line 2: && is for a shell"),
        ("a > out", "line 2: > is for a shell"),
        ("echo $HOME", "line 2: $HOME is for a shell"),
        ('echo "it\'s $HOME"', "line 2: $HOME is for a shell"),
        ('echo "\\$HOME"', "line 2: $HOME is for a shell"),
        ("echo `date`", "line 2: ` is for a shell"),
        ("A=1 tool", "line 2: A=1 is for a shell"),
    ],
)
def test_a_line_that_is_no_command_is_named(line: str, said: str) -> None:
    with pytest.raises(BadConfig) as caught:
        corpus_from_commands(f"# first\n{line}\n", "jobs.txt")
    assert "jobs.txt" in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.hint


@given(
    some.lists(some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\n\0")), min_size=1)
)
def test_words_are_handed_on_as_they_are(words: list[str]) -> None:
    (case,) = commands(shlex.join(["tool", *words]))
    assert case.argv == ("tool", *words)


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        ("a.har", HAR, "GET /har"),
        ("a.json", HAR, "GET /har"),
        ("a.txt", f"\n {HAR}", "GET /har"),
        ("a.js", K6, "GET /k6"),
        ("a.ts", K6, "GET /k6"),
        ("a.txt", K6, "GET /k6"),
        ("a", "tool run", "tool run"),
        ("A.TXT", "tool run", "tool run"),
        ("a.sh", "tool run", "tool run"),
    ],
)
def test_content_and_name_say_which_kind_it_is(tmp_path: Path, name: str, text: str, asked: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    corpus = learned(tmp_path / name)
    assert corpus.coverage.asked == (asked,)
    assert isinstance(corpus.cases[0], RequestCase if " /" in asked else CommandCase)
    assert str(tmp_path / name) in corpus.coverage.note


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.har", None, "there is no such file"),
        (".", None, "is a directory"),
        ("a.txt", b"", "it is empty"),
        ("a.har", b" \n", "it is empty"),
        ("a.txt", b"# nothing\n", "there is no command in it"),
        ("a.har", b"GET /", "line 1: it is not valid JSON"),
        ("a.js", b"f(1)", "there is no request in it"),
        ("a.jmx", b"<?xml version='1.0'?>", "it is neither a HAR file, nor a k6 script"),
        ("a.txt", b"<html>", "it is neither a HAR file, nor a k6 script"),
        ("a.py", b"import os", "it is neither a HAR file, nor a k6 script"),
        ("a.txt", b"one\n\xff\xfe", "line 2: it is not UTF-8"),
        ("a.txt", b"one\n\0", "line 2: it is no text"),
    ],
)
def test_what_cannot_be_learned_from(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadConfig) as caught:
        learned(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.hint
