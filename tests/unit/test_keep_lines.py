"""How a keep-list writes paths that a line of text cannot hold as they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unladen.keep.lines import BadLine, as_bytes, check, escape, is_pattern, regex, unescape

PATHS = st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=4).map(
    lambda names: (
        "/"
        + "/".join(
            n.replace(b"/", b"_").replace(b"\0", b"_").decode("utf-8", "surrogateescape") for n in names
        )
    )
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/usr/bin/python3.11", "/usr/bin/python3.11"),
        ("/opt/a b", "/opt/a b"),
        ("/opt/ends ", "/opt/ends\\x20"),
        ("/opt/#1 !x [y]", "/opt/#1 !x [y]"),
        ("/opt/two\nlines", "/opt/two\\x0alines"),
        ("/opt/back\\slash", "/opt/back\\x5cslash"),
        ("/opt/star*and?", "/opt/star\\x2aand\\x3f"),
        ("/opt/größe", "/opt/größe"),
        ("/opt/\udcff", "/opt/\\xff"),
        ("/opt/\u202egnp.exe", "/opt/\\xe2\\x80\\xaegnp.exe"),
    ],
)
def test_a_path_is_written_so_that_it_reads_back(path: str, text: str) -> None:
    assert escape(path) == text
    assert unescape(text) == path


@settings(deadline=None)  # a busy machine is no fault of the code
@given(PATHS)
def test_every_path_reads_back(path: str) -> None:
    text = escape(path)
    assert unescape(text) == path
    assert not is_pattern(text)
    assert text == text.strip() and text.isprintable()
    assert re.fullmatch(regex(text), as_bytes(path), re.DOTALL)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/app/*.json", "/app/a.json", True),
        ("/app/*.json", "/app/a.jsonx", False),
        ("/app/*.json", "/app/b/a.json", False),
        ("/app/**/tests/", "/app/tests", True),
        ("/app/**/tests/", "/app/a/b/tests", True),
        ("/app/**/tests/", "/app/attests", False),
        ("/app/?.py", "/app/a.py", True),
        ("/app/?.py", "/app/ab.py", False),
        ("/app/a.c", "/app/abc", False),
        ("/app/\\x2a.py", "/app/*.py", True),
        ("/app/\\x2a.py", "/app/a.py", False),
    ],
)
def test_wildcards(pattern: str, path: str, matches: bool) -> None:
    check(pattern)
    assert bool(re.fullmatch(regex(pattern), as_bytes(path), re.DOTALL)) == matches


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("usr/bin", "not absolute"),
        ("/", "whole image"),
        ("//", "whole image"),
        ("/usr//bin", "//"),
        ("/usr/../bin", ".."),
        ("/app/**", "slash at the end"),
        ("/app/a**/x", "stands alone"),
        ("/app/\\n", "backslash"),
        ("/app/\\x0", "backslash"),
        ("/app/\\x00", "zero byte"),
    ],
)
def test_what_is_no_line_is_said(text: str, wrong: str) -> None:
    with pytest.raises(BadLine, match=re.escape(wrong)):
        check(text)
