"""The keep-list's text: what people review, edit, and get told when they edit it wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unladen.errors import BadKeepList
from unladen.keep import reasons
from unladen.keep.keeplist import (
    EXPLANATION,
    HEADER,
    SECTIONS,
    STRIPPED,
    KeepList,
    Named,
    Rule,
    keep_list,
    render,
)
from unladen.keep.lines import escape
from unladen.keep.parse import parse

GOLDEN = Path(__file__).parent / "golden" / "example.keep"


def example() -> KeepList:
    return keep_list(
        [
            Rule("/etc/passwd", reasons.always("names")),
            Rule("/etc/group", reasons.always("names")),
            Rule("/lib", reasons.LINKS),
            Rule("/usr/lib/x86_64-linux-gnu/libc.so.6", reasons.needed("/usr/bin/python3.11")),
            Rule("/usr/bin/python3.11", reasons.START, "runtime"),
            Rule("/app/", reasons.APPLICATION, "application"),
            Rule("/app/node_modules/", reasons.APPLICATION, "application", drops=True),
            Rule(
                "/opt/venv/lib/python3.11/site-packages/numpy/",
                reasons.whole("the Python package numpy", "opened at start"),
                "dependencies",
            ),
            Rule(
                "/opt/venv/lib/python3.11/site-packages/numpy/**/tests/",
                reasons.whole("the Python package numpy", "opened at start"),
                "dependencies",
                drops=True,
            ),
            Rule("/opt/two\\x0alines", reasons.BY_HAND, "application"),
        ],
        [Named("pip", "numpy", "1.26.0"), Named("deb", "libc6", "2.36-9")],
        made_from="lean",
        policy="package",
        architecture="amd64",
        inputs="sha256:0123",
        notes=["excluded though it is needed: !/etc/x"],
    )


def test_the_text_is_the_one_reviewed() -> None:
    assert render(example()) == GOLDEN.read_text()


def test_it_reads_back() -> None:
    assert parse(GOLDEN.read_text()) == example()


def test_a_list_that_strips_is_of_the_second_format() -> None:
    """An older unladen would take what is to be stripped for what is to be kept."""
    text = render(keep_list(example().rules, strip=["/usr/lib/b.so", "/usr/lib/a b.so"]))
    assert text.startswith("# unladen keep-list, format 2\n")
    assert text.endswith(f"[strip]\n\n# {STRIPPED}\n/usr/lib/a b.so\n/usr/lib/b.so\n")
    assert render(example()).startswith("# unladen keep-list, format 1\n")


def test_order_of_what_goes_in_does_not_matter() -> None:
    keep = example()
    assert render(keep_list(reversed(keep.rules), reversed(keep.packages), policy="file")) == render(
        keep_list(keep.rules, keep.packages, policy="file")
    )


def test_the_explanation_does_not_read_as_header_values() -> None:
    assert not any(line.partition(": ")[0] in HEADER for line in EXPLANATION.splitlines())


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
PATHS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1), min_size=1, max_size=3
)


@st.composite
def lists(draw: st.DrawFn) -> KeepList:
    paths = draw(st.lists(PATHS, unique_by=tuple, max_size=8))
    rules = [
        Rule(
            "/" + escape("/".join(names)) + draw(st.sampled_from(("", "/"))),
            reasons.one_line(draw(TEXT)),
            draw(st.sampled_from(SECTIONS)),
            draw(st.booleans()),
        )
        for names in paths
        if not any(name in (".", "..") for name in names)
    ]
    packages = [Named("deb", f"p{number}", "1") for number in range(draw(st.integers(0, 3)))]
    return keep_list(
        rules,
        packages,
        made_from=draw(TEXT),
        policy="file",
        notes=[draw(TEXT)] if draw(st.booleans()) else [],
        strip=["/" + "/".join(names) for names in paths if not {".", ".."} & {*names}]
        if draw(st.booleans())
        else [],
    )


@given(lists())
def test_every_list_reads_back(keep: KeepList) -> None:
    assert parse(render(keep)) == keep


@pytest.mark.parametrize(
    ("text", "line", "wrong"),
    [
        ("", 1, "does not begin"),
        ("# something else\n", 1, "does not begin"),
        ("# unladen keep-list, format 9\n", 1, "format '9'"),
        ("# unladen keep-list, format 1\n/etc/passwd\n", 2, "before the first section"),
        ("# unladen keep-list, format 1\n\n[system]\netc/passwd\n", 4, "not absolute"),
        ("# unladen keep-list, format 1\n\n[sistem]\n", 3, "no section"),
        ("# unladen keep-list, format 1\n[system]\n/a\n/b\n/a\n", 5, "already, on line 3"),
        ("# unladen keep-list, format 1\n[system]\n/a\n!/a\n", 4, "opposite of line 3"),
        ("# unladen keep-list, format 1\n[system]\n/a\\q\n", 3, "backslash"),
        ("# unladen keep-list, format 1\n[system]\n/a/**\n", 3, "slash at the end"),
        ("# unladen keep-list, format 1\n[packages]\nrpm bash 5\n", 3, "no package"),
        ("# unladen keep-list, format 2\n[strip]\n/usr/lib/*.so\n", 3, "no file"),
        ("# unladen keep-list, format 2\n[strip]\n/usr/lib/\n", 3, "no file"),
        ("# unladen keep-list, format 2\n[strip]\n!/usr/lib/a.so\n", 3, "not absolute"),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int, wrong: str) -> None:
    with pytest.raises(BadKeepList) as caught:
        parse(text, "my.keep")
    assert caught.value.line == line
    assert f"my.keep: line {line}: " in caught.value.what and wrong in caught.value.what


def test_hand_edits_are_taken_as_they_are_meant() -> None:
    edited = GOLDEN.read_text().replace(
        "[system]\n", "[system]\n\n/opt/mine/   \n\n# for the report\n# of every month\n/opt/report\n"
    )
    found = {rule.line: rule.reason for rule in parse(edited.replace("\n", "\r\n")).rules}
    assert found["/opt/mine/"] == reasons.BY_HAND
    assert found["/opt/report"] == "for the report of every month"
    assert found["/etc/passwd"] == "always kept: names"
