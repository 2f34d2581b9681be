"""What a list is asked afterwards: why, why not, what was removed, what changed, and what it lacks."""

from __future__ import annotations

from keep_trees import Content, tree_of, with_debian

from unladen.image.packages import Package
from unladen.keep import reasons
from unladen.keep.compare import difference, moved, render
from unladen.keep.expand import expand, keeps_times
from unladen.keep.explain import explain
from unladen.keep.keeplist import KeepList, Named, Rule, keep_list
from unladen.keep.keeplist import render as render_list
from unladen.keep.ledger import removed, total
from unladen.keep.parse import parse
from unladen.keep.repair import repaired

FILES: dict[str, Content] = {
    "/lib": "usr/lib",
    "/usr/bin/tool": b"0123456789",
    "/usr/bin/perl": b"x" * 100,
    "/usr/lib/liba.so": b"12345",
    "/usr/lib/libb.so": b"123",
    "/usr/share/doc/a/changelog": b"1234567",
    "/usr/share/a/data": b"",
    "/opt/own/big": b"x" * 50,
    "/opt/own/small": b"x",
    "/app/main.py": b"",
}
OWNED = {
    "a": ("/usr/bin/tool", "/usr/share/doc/a/changelog", "/usr/share/a/data"),
    "perl-base": ("/usr/bin/perl",),
    "libs": ("/usr/lib/liba.so", "/usr/lib/libb.so"),
}
TREE = tree_of(with_debian(FILES, OWNED))


def keep() -> KeepList:
    return keep_list(
        [
            Rule("/usr/bin/tool", reasons.START),
            Rule("/usr/share/a/data", reasons.START),
            Rule("/usr/lib/liba.so", reasons.needed("/usr/bin/tool")),
            Rule("/lib", reasons.LINKS),
            Rule("/app/", reasons.APPLICATION, "application"),
            Rule("/opt/own/", reasons.BY_HAND, "application"),
            Rule("/opt/own/b*", "too big", "application", drops=True),
        ],
        [Named("deb", "a", "1")],
    )


def test_why_a_path_is_kept_down_to_the_first_reason() -> None:
    assert explain(keep(), "/lib/liba.so", TREE) == (
        "/lib is a link on the way to /usr/lib/liba.so",
        "/usr/lib/liba.so: needed by /usr/bin/tool",
        "/usr/bin/tool: opened at start",
    )
    assert explain(keep(), "/app/main.py") == (
        "/app/main.py: the application itself, never thinned (by the line /app/)",
    )
    assert explain(keep(), "/usr/bin/") == ("/usr/bin is kept as a directory on the way to /usr/bin/tool",)


def test_why_a_path_is_not_kept_and_what_would_keep_it() -> None:
    assert explain(keep(), "/usr/bin/perl", TREE) == (
        "/usr/bin/perl is not kept: nothing touched it, and nothing that is kept needs it",
        "It belongs to the Debian package perl-base, of which 0 of 1 files are kept",
        "To keep it, add the line /usr/bin/perl; to keep the package, run slim with --include pkg:deb:perl-base",
    )
    assert (
        explain(keep(), "/opt/own/big", TREE)[0]
        == "/opt/own/big is left out by the line !/opt/own/b* (under: too big)"
    )
    assert explain(keep(), "/gone", TREE) == ("/gone is not in the image",)


def test_there_is_an_answer_for_every_path() -> None:
    kept = expand(keep(), TREE).paths
    for path in TREE:
        sentences = explain(keep(), path, TREE)
        assert sentences
        assert (path in kept) == (" is not kept" not in sentences[0] and " is left out" not in sentences[0])


def test_two_that_need_each_other_do_not_explain_forever() -> None:
    circle = keep_list([Rule("/a", reasons.needed("/b")), Rule("/b", reasons.needed("/a"))])
    assert explain(circle, "/a") == ("/a: needed by /b", "/b: needed by /a")


def test_the_ledger() -> None:
    rows = [(row.name, row.bytes, row.files, row.kept_files, row.reason) for row in removed(keep(), TREE)]
    rows = [row for row in rows if not row[0].startswith("/var/lib/dpkg")]
    assert rows == [
        ("perl-base", 100, 1, 0, "nothing of it was used"),
        ("/opt/own", 50, 1, 1, "the files of it that were not used"),
        ("a", 7, 1, 2, "tests, headers, documentation and the like"),
        ("libs", 3, 1, 1, "the files of it that were not used"),
    ]
    kept = expand(keep(), TREE).paths
    sizes = [
        entry.size for path in TREE if path not in kept and (entry := TREE.get(path)) and entry.kind == "file"
    ]
    assert total(removed(keep(), TREE)) == sum(sizes)


def test_packages_that_moved_since_the_list_was_made() -> None:
    packages = [
        Package("deb", "a", "1"),
        Package("deb", "b", "2"),
        Package("deb", "b", "3"),
        Package("pip", "c", "1"),
    ]
    names = [Named("deb", "a", "1"), Named("deb", "b", "1"), Named("pip", "c", "1"), Named("pip", "d", "1")]
    made = keep_list([Rule("/a", reasons.START)], names)
    assert moved(made, packages) == ("deb b 1 → 2 and 3", "pip d 1 → gone")


def test_what_a_fresh_trace_would_change() -> None:
    new = keep_list(
        [
            *(rule for rule in keep().rules if rule.text != "/usr/share/a/data"),
            Rule("/usr/bin/perl", reasons.ANSWERING),
        ],
        [Named("deb", "a", "2"), Named("pip", "b", "1")],
        inputs="sha256:other",
    )
    assert not difference(keep(), keep(), TREE)
    assert render(difference(keep(), keep(), TREE)) == ""
    assert (
        render(difference(keep(), new, TREE))
        == """\
packages:
  ~ deb a 1 → 2
  + pip b 1
kept from now on:
  # opened while answering
  + /usr/bin/perl
no longer kept:
  # opened at start
  - /usr/share/a/data
"""
    )


def test_a_change_of_reason_alone_is_no_difference() -> None:
    again = keep_list(
        [Rule(rule.text, "another", rule.section, rule.drops) for rule in keep().rules], keep().packages
    )
    assert not difference(keep(), again, TREE)


def test_a_repair_adds_what_is_missing_and_nothing_else() -> None:
    wanted = keep_list(
        [
            Rule("/usr/bin/tool", reasons.START),
            Rule("/opt/own/big", reasons.START, "application"),
            Rule("/usr/lib/libb.so", reasons.START),
        ],
        [Named("deb", "libs", "1")],
    )
    fixed = repaired(keep(), wanted, TREE, reason=reasons.repaired(2, "GET /b"))
    added = {(rule.line, rule.reason) for rule in fixed.rules} - {
        (rule.line, rule.reason) for rule in keep().rules
    }
    why = "added by repair in round 2: GET /b"
    assert added == {("/opt/own/big", why), ("/usr/lib/libb.so", why)}
    assert set(expand(fixed, TREE).paths) == set(expand(keep(), TREE).paths) | {
        "/opt/own/big",
        "/usr/lib/libb.so",
    }
    assert repaired(fixed, wanted, TREE, reason=reasons.repaired(3, "again")) == fixed
    assert parse(render_list(fixed)) == fixed


def test_a_repair_takes_the_opposite_line_out() -> None:
    left_out = keep_list([Rule("/app/", ""), Rule("/app/main.py", "not this", drops=True)])
    fixed = repaired(
        left_out, keep_list([Rule("/app/main.py", "")]), TREE, reason=reasons.repaired(1, "GET /")
    )
    assert "/app/main.py" in expand(fixed, TREE).paths
    assert parse(render_list(fixed)) == fixed


def test_whether_python_compares_times() -> None:
    def with_flags(flags: int) -> bool:
        path = "/usr/lib/python3.11/__pycache__/os.cpython-311.pyc"
        tree = tree_of({path: b"\xa7\x0d\x0d\x0a" + flags.to_bytes(4, "little") + bytes(8)})
        return keeps_times(keep_list([Rule("/usr/", "")]), tree)

    assert with_flags(0)
    assert not with_flags(1) and not with_flags(3)
