"""The Dockerfile parser sees what BuildKit's own sees, and loses nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from buildkit_parser import is_read_otherwise_since, needs_buildkit, ours, theirs
from hypothesis import HealthCheck, assume, example, given, reject, settings
from hypothesis import strategies as st

from unladen.dockerfile import edit
from unladen.dockerfile.parse import Instruction, parse

CORPUS = sorted((Path(__file__).parent / "dockerfiles").glob("*.Dockerfile"))
PUBLIC = os.environ.get("UNLADEN_DOCKERFILES", "")
EXAMPLES = 10_000 if os.environ.get("UNLADEN_TESTS") == "whole" else 300

LINES = [
    *(
        "FROM a",
        "FROM a AS b",
        "RUN",
        "RUN echo",
        "run x && y",
        "COPY . /x",
        "COPY --from=b --link a /",
        "ADD",
    ),
    *(
        "ENV A=b",
        "ENV A b  c",
        "ENV A=\"x y\" B='z'",
        "ENV A",
        "ARG X",
        "ARG X=1 Y",
        "LABEL a=b c",
        "USER x y",
    ),
    *(
        "EXPOSE 80 90/tcp",
        "VOLUME /a /b",
        'VOLUME ["/a"]',
        'CMD ["a", "b"]',
        "CMD [a",
        'CMD ["a", 1]',
        "CMD []",
    ),
    *(
        "HEALTHCHECK NONE",
        "HEALTHCHECK --interval=1s CMD x",
        'HEALTHCHECK CMD ["a"]',
        "STOPSIGNAL 9",
        "NOPE a b",
    ),
    *(
        "ONBUILD RUN x",
        "ONBUILD",
        "ONBUILD COPY <<E /x",
        "ONBUILD ONBUILD X",
        'SHELL ["/bin/sh"]',
        "MAINTAINER me",
    ),
    *("RUN <<E", "RUN <<-E cat", "RUN <<'E'", 'RUN <<"E F"', "RUN <<\\E", "RUN 3<<E 4<<F", "COPY <<a.txt /b"),
    *("RUN $((1<<n))", "RUN x <<<y", 'RUN "use <<E"', "RUN a << E", "RUN ${x:-<<E} <<E", "RUN 'open <<E"),
    *(
        "E",
        "F",
        "E F",
        "\tE",
        "a.txt",
        "",
        " ",
        "\t",
        "# comment",
        "  # comment",
        "#",
        "\\",
        "`",
        "a\\",
        "é --x",
    ),
    *("# escape=`", "# escape=\\", "# escape=x", "#syntax=a/b", "RUN --mount=type=cache,target=/x y"),
    *(
        "RUN --a='b c' --\"d\" e",
        "RUN -- x",
        "COPY --chown=é a b",
        "\ufeffFROM a",
        "\x0cFROM a",
        "a\xa0b",
        "\x85",
    ),
]
ENDS = ["\n", "\n", "\n", "\r\n", "\\\n", " \\\n", "\\  \n", "`\n", " ` \n", "\\\\\n", "", "\r\r\n"]
line = st.one_of(st.sampled_from(LINES), st.text("FROM RUN<E'\"\\`$-#=[]{}\n\t\r1é", max_size=14))
files = st.lists(st.tuples(line, st.sampled_from(ENDS)), max_size=12).map(
    lambda lines: "".join(text + end for text, end in lines)
)


def compare(data: bytes, folder: Path) -> None:
    assume(not is_read_otherwise_since(data))
    path = folder / "Dockerfile"
    path.write_bytes(data)
    try:
        expected = theirs(path)
    except UnicodeDecodeError:
        reject()
    assert ours(data) == expected


@needs_buildkit
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_sees_every_kind_as_buildkit_does(path: Path) -> None:
    assert theirs(path) is not None, "a file of the corpus is one that BuildKit accepts"
    assert ours(path.read_bytes()) == theirs(path)


@needs_buildkit
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(text="# escape=`\nFROM a\nRUN --x\\\n")  # a flag knows the backslash alone
@example(text="# escape=`\nFROM a\nRUN --x`y z\n")
@example(text="FROM a\nHEALTHCHECK NONE \x85`\n")  # bytes are white space there, not characters
@given(text=files)
def test_sees_made_up_files_as_buildkit_does(text: str, tmp_path: Path) -> None:
    compare(text.encode("utf-8", "surrogateescape"), tmp_path)


@needs_buildkit
@pytest.mark.skipif(not PUBLIC, reason="UNLADEN_DOCKERFILES names no folder of public Dockerfiles")
def test_sees_public_files_as_buildkit_does() -> None:
    found = [path for path in sorted(Path(PUBLIC).rglob("*")) if path.is_file()]
    assert found
    for path in found:
        assert ours(path.read_bytes()) == theirs(path) is not None, path


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.one_of(st.binary(max_size=60), files.map(str.encode)))
def test_joined_pieces_are_the_same_bytes(data: bytes) -> None:
    parsed = parse(data.decode("utf-8", "surrogateescape"))
    assert "".join(parsed.pieces()).encode("utf-8", "surrogateescape") == data
    for each in parsed.instructions:
        assert each.source == parsed.text[each.start : each.end]
        assert parsed.text.startswith(each.arguments[:1], each.offset(each.arguments_at))


def test_directives_and_lists_as_the_newest_buildkit_reads_them() -> None:
    """The package's parser is older: it knows no `# check=`, and takes a list with text behind it for a list, and
    `<< E` for no here-document."""
    assert the("FROM a\nRUN cat << E\nx\nE\n", "RUN").heredocs[0].content == "x\n"
    parsed = parse('# check=skip=all\n# escape=`\nFROM a `\n AS b\nCMD ["a"] b\n')
    assert [each.name for each in parsed.directives] == ["check", "escape"]
    assert [each.arguments for each in parsed.instructions] == ["a  AS b", '["a"] b']
    assert not parsed.instructions[1].is_exec
    assert parse("# check=a\n# check=b\nFROM a\n").problems


def the(text: str, keyword: str) -> Instruction:
    return next(each for each in parse(text).instructions if each.keyword == keyword)


def test_spans_of_a_continued_instruction() -> None:
    text = "FROM a\n# why\nRUN --network=none \\\n  # inside\n\n  make\\\n  all\n"
    run = the(text, "RUN")
    assert (run.line, run.last_line, run.arguments) == (3, 7, "make  all")
    assert text[run.offset(run.arguments_at) :].startswith("make")
    assert text[run.offset(run.arguments_at + len("make  ")) :].startswith("all")
    assert text[: run.after_keyword].endswith("\nRUN")
    assert [each.line for each in parse(text).comments] == [2, 4]


def test_unknown_instructions_and_flags_are_noted_and_kept() -> None:
    parsed = parse("FROM a\nRUN --new=1 x\nNEW y\n")
    assert not parsed.problems
    assert [each.text for each in parsed.notes] == [
        "RUN has the unknown flag --new",
        "NEW is no instruction that BuildKit knows",
    ]
    assert parsed.instructions[1].flags == {"new": "1"}


def test_what_a_shell_is_given() -> None:
    assert the("FROM a\nRUN <<-E\n\t\ta\nb\n\tE\n", "RUN").script == "a\nb\n"
    assert the("FROM a\nRUN cat <<E >x\na\nE\n", "RUN").script == "cat <<E >x\na\nE"
    assert the('FROM a\nRUN ["a"]\n', "RUN").script is None


def test_edits_leave_the_rest_alone_to_the_byte() -> None:
    text = "\ufeffFROM a\r\n  RUN b  \\\r\n  c\r\n# \udcff\r\nCMD d"
    parsed = parse(text)
    _, run, cmd = parsed.instructions
    edits = [
        edit.replace(run, "RUN x\nUSER y"),
        edit.after(parsed, cmd, "LABEL z=1"),
        edit.before(parsed, run, "ARG q"),
    ]
    assert (
        edit.apply(parsed, edits)
        == "\ufeffFROM a\r\nARG q\r\n  RUN x\r\nUSER y\r\n# \udcff\r\nCMD d\r\nLABEL z=1\r\n"
    )
    assert edit.apply(parsed, [edit.remove(parsed, run)]) == "\ufeffFROM a\r\n# \udcff\r\nCMD d"
    assert edit.apply(parsed, []) == text
    assert (
        edit.apply(parsed, [edit.insert(run.after_keyword, " --network=none")]).count("RUN --network=none b")
        == 1
    )
