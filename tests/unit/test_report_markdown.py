"""The Markdown table is a table whatever the texts hold."""

from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt
from report_climbs import CLIMB, SKIPPED

from unladen.report import markdown


def table_of(text: str) -> list[list[str]]:
    """The cells that a Markdown reader sees."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    rows: list[list[str]] = []
    for number, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("td_open", "th_open"):
            rows[-1].append(tokens[number + 1].content)
    return rows


def test_readers_see_one_row_per_outcome() -> None:
    header, *rows = table_of(markdown.render(CLIMB))
    assert header == list(markdown.HEADERS)
    assert [row[0] for row in rows] == ["full", "slim", "alpine", "multi-stage", "**lean**", "distroless"]
    assert rows[1][:4] == ["slim", "399 MB", "67.0%", "67.0%"]
    assert rows[2][10].startswith("skipped: base image python:3.11-alpine cannot be had")
    assert rows[5][10:] == ["4 DIFFERENT of 62, LOST certificates", "shell, package manager, pip"]
    assert all(len(row) == len(header) for row in rows)


def test_bars_tags_and_line_ends_in_a_reason_break_nothing() -> None:
    text = markdown.render(replace(CLIMB, rungs=(replace(SKIPPED, reason="a | b\n<script> \\| c"),)))
    assert table_of(text)[2][10] == "skipped: a | b &lt;script> \\\\| c"
    assert "<script>" not in text


def test_bases_and_recommendation_follow() -> None:
    text = markdown.render(CLIMB)
    assert "Bases: `python:3.11`, `python:3.11-slim`" in text
    assert "Recommended: **lean**\n\n- 85.8% smaller" in text
