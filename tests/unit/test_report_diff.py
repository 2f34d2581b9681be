"""The diff of what --write changes: each hunk with its reasons, and byte for byte what git applies."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from unladen.dockerfile import edit
from unladen.dockerfile.edit import Change as EditChange
from unladen.dockerfile.edit import Reason
from unladen.dockerfile.parse import parse
from unladen.report.diff import Change, hunks, patch, render

USERS = """FROM python:3.11
# mine
RUN apt-get update
RUN apt-get install -y gcc
COPY . .
EXPOSE 1
EXPOSE 2
EXPOSE 3
EXPOSE 4
EXPOSE 5
EXPOSE 6
EXPOSE 7
CMD python main.py
"""


def changed(text: str = USERS, top: str = "") -> Change:
    """The base replaced, a line put in, one taken away, the last one replaced by two."""
    parsed = parse(text)
    base, update, _, copy, *_, start = parsed.instructions
    edits = (
        EditChange(edit.replace(base, "FROM python:3.11-slim"), "the lighter base"),
        EditChange(edit.remove(parsed, update), "one list is enough"),
        EditChange(edit.before(parsed, copy, "COPY requirements.txt ."), "the source changes more often"),
        EditChange(edit.replace(start, 'USER 1\nCMD ["python", "main.py"]'), "signals reach the program"),
    )
    after = edit.apply(parsed, (each.edit for each in edits))
    why = (each.below(top.count("\n")) for each in edit.reasons(text, edits))
    return Change("Dockerfile", text, top + after, tuple(why))


def test_each_hunk_has_the_reasons_of_the_edits_in_it() -> None:
    first, last = hunks(changed())
    assert first.reasons == ("the lighter base", "one list is enough", "the source changes more often")
    assert last.reasons == ("signals reach the program",)
    assert [hunk.reasons for hunk in hunks(changed(top="# a\n# b\n"))] == [first.reasons, last.reasons]


def test_windows_line_ends_change_nothing_of_that() -> None:
    assert [hunk.reasons for hunk in hunks(changed(USERS.replace("\n", "\r\n")))] == [
        hunk.reasons for hunk in hunks(changed())
    ]


@pytest.mark.parametrize(
    ("text", "start", "put", "lines"),
    [
        ("A\nB\n", 2, "C\n", (1, 1)),
        ("A\nB\n", 1, "\nC", (1, 1)),
        ("A\nB\n", 4, "\nC\nD\n", (2, 4)),
        ("A\nB", 3, "\nC\n", (2, 2)),
        ("A\nB\n", 1, " x", (0, 0)),
    ],
)
def test_which_lines_an_edit_is_in(text: str, start: int, put: str, lines: tuple[int, int]) -> None:
    [found] = edit.reasons(text, [EditChange(edit.insert(start, put), "why")])
    assert (found.first, found.last) == lines


def test_where_no_reason_is_known_none_is_said() -> None:
    [only] = hunks(Change("Dockerfile", "FROM a\n", "FROM b\n"))
    assert only.reasons == ()
    elsewhere = (Reason(7, 9, "of another line"),)
    assert hunks(Change("Dockerfile", "FROM a\n", "FROM b\n", elsewhere))[0].reasons == ()


def test_people_see_colours_and_the_reasons_above_their_lines() -> None:
    text = render(
        Change("Dockerfile", "FROM a\nCOPY . .\n", "FROM b\nCOPY . .\n", (Reason(0, 0, "lighter"),))
    )
    assert text.plain.splitlines() == [
        "--- a/Dockerfile",
        "+++ b/Dockerfile",
        "@@ -1,2 +1,2 @@",
        "   lighter",
        "-FROM a",
        "+FROM b",
        " COPY . .",
    ]
    styles = {text.plain[span.start : span.end]: span.style for span in text.spans}
    assert (styles["-FROM a"], styles["+FROM b"]) == ("red", "green")


def test_no_change_no_diff() -> None:
    assert hunks(Change("x", "a\n", "a\n")) == () and patch([Change("x", "a\n", "a\n")]) == ""


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (USERS, changed().after),
        (USERS.replace("\n", "\r\n"), changed(USERS.replace("\n", "\r\n")).after),
        ("FROM a\nCMD x", "FROM b\nCMD x"),
        ("FROM a\nCMD x", "FROM a\nCMD x\n"),
        ("FROM a\n# caf\udce9 \x0c\x85 \u2028\n", "FROM b\n# caf\udce9 \x0c\x85 \u2028\n"),
        (None, "*.pyc\n"),
        ("", "FROM a\n"),
        ("FROM a\n", ""),
    ],
)
@pytest.mark.parametrize("name", ["Dockerfile", "a b/my Dockerfile", 'odd/"quoted"', "ümlaut"])
def test_git_applies_it_from_the_root_and_from_the_files_folder(
    tmp_path: Path, name: str, before: str | None, after: str
) -> None:
    git(tmp_path, "init", "-q")
    path = tmp_path / "repository's folder" / name
    path.parent.mkdir(parents=True)
    if before is not None:
        path.write_bytes(before.encode("utf-8", "surrogateescape"))
    change = Change(path.relative_to(tmp_path).as_posix(), before, after, (Reason(0, 99, "why\nit is"),))
    (tmp_path / "a.patch").write_bytes(patch([change]).encode("utf-8", "surrogateescape"))
    git(tmp_path, "apply", "--check", "a.patch")
    git(path.parent, "apply", str(tmp_path / "a.patch"))
    assert path.read_bytes() == after.encode("utf-8", "surrogateescape")
