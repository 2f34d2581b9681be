"""Shell scripts are read as shells read them, and quotes are never lost."""

from __future__ import annotations

import pytest

from unladen.syntax.bash import programs, read


@pytest.mark.parametrize(
    ("script", "units"),
    [
        ("cd a && A=1 make; rm b", [("", "cd a"), ("&&", "A=1 make"), (";", "rm b")]),
        ("a || b && c", [("", "a || b"), ("&&", "c")]),
        ("a && b || c", [("", "a && b || c")]),
        ("a | b && c\nd # e", [("", "a | b"), ("&&", "c"), ("\n", "d")]),
        ("cd a && b > log 2>&1", [("", "cd a"), ("&&", "b > log 2>&1")]),
        ("for i in 1; do a; done; (cd b && c)", [("", "for i in 1; do a; done"), (";", "(cd b && c)")]),
        ("sed 's/\\r$//' é && x", [("", "sed 's/\\r$//' é"), ("&&", "x")]),
    ],
)
def test_units(script: str, units: list[tuple[str, str]]) -> None:
    found = read(script)
    assert found.is_understood
    assert [(each.joiner, each.text) for each in found.units] == units
    assert all(script[each.start : each.end] == each.text for each in found.units)


def test_words_assignments_and_redirections_of_a_command() -> None:
    (command,) = read("A='x y' /usr/bin/python \"m $B\".py --a=b\\ c 'd' >> log < in").commands
    assert command.assignments == (("A", "x y"),)
    assert command.words == ("/usr/bin/python", "m $B.py", "--a=b c", "d")
    assert command.name == "python"
    assert [(each.operator, each.target) for each in command.redirects] == [(">>", "log"), ("<", "in")]


def test_commands_in_loops_and_substitutions_are_found() -> None:
    script = read("x=$(one a); for i in 1; do two; done; if three; then echo `four`; fi; cat <<E\nno\nE\n")
    assert [each.name for each in script.commands] == ["", "one", "two", "three", "echo", "four", "cat"]


def test_what_is_not_understood_is_one_unit() -> None:
    script = read("a && (")
    assert not script.is_understood
    assert [each.text for each in script.units] == ["a && ("]


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        (("sh", "-c", "test -t 0 || { echo no >&2; exit 1; }; read x; exec serve"), ["sh", "serve"]),
        (("/bin/bash", "-c", "cd /app && python main.py | tee log"), ["/bin/bash", "python", "tee"]),
        (("echo", "hello"), ["echo"]),
        (("serve", "-c", "echo"), ["serve"]),
    ],
)
def test_programs_that_a_command_line_runs(argv: tuple[str, ...], found: list[str]) -> None:
    """What a shell does itself needs no program: an image without /bin/echo still starts."""
    assert list(programs(argv)) == found
