"""From what a program touched to what is kept: the policies, what is always kept, and what a user adds or takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from keep_trees import Content, distribution, elf, tree_of, with_debian

from unladen.errors import BadKeepList
from unladen.image.tree import LayeredTree
from unladen.keep import reasons
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList, render
from unladen.keep.parse import parse
from unladen.keep.repair import involved
from unladen.keep.select import Repair, select
from unladen.keep.static import without_trace
from unladen.keep.touched import Touched, merged, touched
from unladen.keep.unexercised import unexercised
from unladen.language.scene import scene
from unladen.tracing.log import Touch, Trace

LIB = "/usr/lib/x86_64-linux-gnu"
SITE = "/opt/venv/lib/python3.11/site-packages"
PYTHON = "/usr/lib/python3.11"
CONFIG = {
    "architecture": "amd64",
    "config": {"Env": ["PATH=/opt/venv/bin:/usr/bin"], "Cmd": ["python", "main.py"], "WorkingDir": "/app"},
}
LOADER = "/lib64/ld-linux-x86-64.so.2"


@cache
def python_image() -> LayeredTree:
    """Debian's Python with a virtual environment of two distributions, one of which the program uses."""
    python: dict[str, Content] = {
        f"{PYTHON}/os.py": b"",
        f"{PYTHON}/__pycache__/os.cpython-311.pyc": b"",
        f"{PYTHON}/json/__init__.py": b"",
        f"{PYTHON}/encodings/__init__.py": b"",
        f"{PYTHON}/encodings/idna.py": b"",
        f"{PYTHON}/stringprep.py": b"",
        f"{PYTHON}/lib-dynload/_sqlite3.cpython-311-x86_64-linux-gnu.so": elf(("libsqlite3.so.0",)),
        f"{PYTHON}/test/test_os.py": b"",
        "/usr/share/man/man1/python3.11.1": b"",
        "/usr/bin/python3.11": elf(("libc.so.6",), interpreter=LOADER),
    }
    libc: dict[str, Content] = {
        f"{LIB}/libc.so.6": elf(),
        f"{LIB}/libnss_files.so.2": elf(),
        f"{LIB}/libanl.so.1": elf(),
        f"{LIB}/ld-linux-x86-64.so.2": elf(),
        "/usr/share/doc/libc6/copyright": b"",
        "/usr/share/doc/libc6/changelog": b"",
    }
    sqlite: dict[str, Content] = {
        f"{LIB}/libsqlite3.so.0": "libsqlite3.so.0.8",
        f"{LIB}/libsqlite3.so.0.8": elf(),
    }
    numpy = (
        "numpy/__init__.py",
        "numpy/core.py",
        "numpy/tests/test_a.py",
        "numpy/include/array.h",
        "numpy.libs/blas.so",
    )
    return tree_of(
        with_debian(
            {
                "/lib": "usr/lib",
                "/lib64": "usr/lib64",
                "/usr/lib64/ld-linux-x86-64.so.2": "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
                "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n",
                "/etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
                "/usr/share/zoneinfo/Etc/UTC": b"",
                "/usr/share/zoneinfo/Europe/Berlin": b"",
                "/usr/bin/perl": elf(("libc.so.6",)),
                "/tmp": None,
                "/root": None,
                "/var/log/app": None,
                **python,
                **libc,
                **sqlite,
                "/opt/venv/pyvenv.cfg": b"home = /usr/bin\n",
                "/opt/venv/bin/python": "/usr/bin/python3.11",
                **distribution(SITE, "numpy", "1.26.0", (*numpy, "numpy.libs/blas.so")),
                **distribution(SITE, "unused", "2.0", ("unused/__init__.py",)),
                **distribution(
                    SITE, "setuptools", "65", ("_distutils_hack/__init__.py", "distutils-precedence.pth")
                ),
                "/app/main.py": b"",
                "/app/templates/index.html": b"",
            },
            {
                "libpython3.11-stdlib": tuple(path for path in python if path.startswith(PYTHON)),
                "python3.11-minimal": ("/usr/bin/python3.11", "/usr/share/man/man1/python3.11.1"),
                "libc6": tuple(libc),
                "libsqlite3-0": tuple(sqlite),
                "perl-base": ("/usr/bin/perl",),
            },
        ),
        {"/usr/bin/python3.11": 0o755, "/usr/bin/perl": 0o755, "/tmp": 0o1777},
    )


STARTED = (
    Touched("/opt/venv/bin/python"),
    Touched("/lib/x86_64-linux-gnu/libc.so.6"),
    Touched("/opt/venv/pyvenv.cfg"),
    Touched(f"{PYTHON}/os.py", opened=False),
    Touched(f"{PYTHON}/__pycache__/os.cpython-311.pyc"),
    Touched(f"{SITE}/numpy/__init__.py"),
    Touched(f"{SITE}/distutils-precedence.pth"),
    Touched(f"{SITE}/_distutils_hack/__init__.py"),
    Touched(f"{SITE}/unused-2.0.dist-info", opened=False),
    Touched(f"{SITE}/unused-2.0.dist-info/METADATA"),
    Touched(f"{SITE}/numpy-1.26.0.dist-info/METADATA"),
    Touched(f"{SITE}/setuptools-65.dist-info/METADATA"),
    Touched("/app/main.py"),
    Touched("/proc/self/status"),
    Touched("/tmp/session-4711"),
    Touched("/var/log/app", opened=False),
    Touched(f"{PYTHON}/json/__init__.py", phase=1),
)


def chosen(
    touches: Sequence[Touched] = STARTED, config: Mapping[str, Any] = CONFIG, **options: Any
) -> KeepList:
    return select(scene(python_image(), config), touches, **options)


def paths(keep: KeepList) -> set[str]:
    return {path for path, rule in expand(keep, python_image()).paths.items() if rule is not None}


def files(keep: KeepList) -> set[str]:
    return {path for path in paths(keep) if (entry := python_image().get(path)) and entry.kind != "dir"}


def reason(keep: KeepList, path: str) -> str:
    rule = expand(keep, python_image()).paths[path]
    assert rule is not None
    return rule.reason


def test_policy_file_keeps_what_was_touched_and_what_that_needs() -> None:
    keep = chosen(policy="file")
    kept = paths(keep)
    assert {
        f"{LIB}/libc.so.6",
        f"{LIB}/ld-linux-x86-64.so.2",
        "/lib64",
        "/lib",
        f"{LIB}/libnss_files.so.2",
    } <= kept
    assert {"/opt/venv/bin/python", "/usr/bin/python3.11", f"{SITE}/numpy/__init__.py"} <= kept
    assert {f"{PYTHON}/json/__init__.py", f"{SITE}/numpy-1.26.0.dist-info/METADATA", "/var/log/app"} <= kept
    assert not kept & {
        f"{SITE}/numpy/core.py",
        f"{LIB}/libanl.so.1",
        f"{LIB}/libsqlite3.so.0",
        "/usr/bin/perl",
    }
    assert reason(keep, "/usr/bin/python3.11") == reasons.START
    assert reason(keep, f"{PYTHON}/json/__init__.py") == reasons.ANSWERING
    assert reason(keep, f"{PYTHON}/os.py") == reasons.START  # looked at, because its bytecode was opened
    assert reason(keep, f"{LIB}/libnss_files.so.2") == reasons.needed(f"{LIB}/libc.so.6")


def test_policy_package_keeps_what_was_used_whole_without_tests_and_headers() -> None:
    keep = chosen()
    kept = paths(keep)
    assert {f"{SITE}/numpy/core.py", f"{SITE}/numpy.libs/blas.so", f"{LIB}/libanl.so.1"} <= kept
    assert {
        f"{LIB}/libsqlite3.so.0",
        f"{LIB}/libsqlite3.so.0.8",
    } <= kept  # what the rest of Python's library needs
    assert not kept & {
        f"{SITE}/numpy/tests/test_a.py",
        f"{SITE}/numpy/include/array.h",
        f"{PYTHON}/test/test_os.py",
    }
    assert not kept & {"/usr/bin/perl", "/usr/share/man/man1/python3.11.1", "/usr/share/doc/libc6/changelog"}
    assert "/usr/share/doc/libc6/copyright" in kept
    lines = {rule.line for rule in keep.rules}
    assert {f"{SITE}/numpy/", f"{SITE}/numpy-*.dist-info/", f"!{SITE}/numpy/**/tests/", f"{PYTHON}/"} <= lines
    assert reason(keep, f"{SITE}/numpy/core.py") == reasons.whole("the Python package numpy", reasons.START)
    assert {str(each) for each in keep.packages} == {
        "deb libc6 1.0",
        "deb libpython3.11-stdlib 1.0",
        "deb libsqlite3-0 1.0",
        "deb python3.11-minimal 1.0",
        "pip numpy 1.26.0",
    }


def test_what_every_start_reads_does_not_count_as_use() -> None:
    for policy in ("package", "file"):
        assert not any("unused" in path or "distutils" in path for path in paths(chosen(policy=policy)))


def test_a_version_that_was_asked_for_by_name_stays() -> None:
    info = f"{SITE}/unused-2.0.dist-info/METADATA"
    by_name = [each for each in STARTED if "setuptools" not in each.path]
    for policy in ("package", "file"):
        kept = paths(chosen(by_name, policy=policy))
        assert info in kept and f"{SITE}/unused/__init__.py" not in kept
    repair = Repair(1, "GET /plug-ins", touched=(Touched(info),))
    assert info in paths(chosen(repairs=[repair]))  # whatever else was read at the same time


def test_the_parts_of_pythons_library_stay_together() -> None:
    alone = [each for each in STARTED if not each.path.startswith(PYTHON)]  # nothing of libpython3.11-stdlib
    kept = paths(chosen(alone))
    assert f"{PYTHON}/json/__init__.py" in kept
    assert f"{PYTHON}/json/__init__.py" not in paths(chosen(alone, policy="file"))


def test_links_in_a_circle_stay_a_circle() -> None:
    files: dict[str, Content] = {"/srv/first": "second", "/srv/second": "/srv/first", "/srv/self": "self"}
    tree = tree_of({**files, "/srv/dangling": "/nowhere/at/all"})
    touches = [Touched(f"/srv/{name}", opened=False) for name in ("first", "self", "dangling")]
    kept = expand(select(scene(tree, CONFIG), touches, policy="file"), tree).paths
    assert {*files, "/srv/dangling"} <= kept.keys()


def test_a_folder_that_nobody_owns_stays_whole() -> None:
    files: dict[str, Content] = {f"/usr/local/lib/host/plugins/{name}.so": b"" for name in "abc"}
    files |= {"/usr/local/lib/libother.so": b"", "/opt/mine/data/x": b"", "/opt/mine/data/deep/y": b""}
    touches = [
        Touched("/usr/local/lib/host/plugins/a.so"),
        Touched("/usr/local/lib/libother.so"),
        Touched("/opt/mine/data/x"),
    ]
    tree = tree_of(files)
    keep = select(scene(tree, CONFIG), touches)
    kept = {path for path, rule in expand(keep, tree).paths.items() if rule is not None}
    assert set(files) <= kept
    assert {"/usr/local/lib/host/plugins/", "/opt/mine/data/"} <= {rule.line for rule in keep.rules}
    tight = expand(select(scene(tree, CONFIG), touches, policy="file"), tree).paths
    assert "/usr/local/lib/host/plugins/b.so" not in tight and "/opt/mine/data/deep/y" not in tight


def test_what_breaks_silently_is_always_kept() -> None:
    kept = paths(chosen((), policy="file"))
    assert {
        "/etc/passwd",
        "/tmp",
        "/root",
        "/etc/localtime",
        "/usr/share/zoneinfo/Europe/Berlin",
        "/app",
    } <= kept
    codecs = {f"{PYTHON}/encodings/idna.py", f"{PYTHON}/stringprep.py"}
    assert not kept & codecs
    assert codecs <= paths(chosen(policy="file"))


def test_the_application_is_never_thinned_but_its_dependencies_are() -> None:
    assert "/app/templates/index.html" in paths(chosen(policy="file"))
    tree = tree_of(
        {
            "/app/server.js": b"",
            "/app/unused.js": b"",
            "/app/node_modules/a/package.json": b'{"name": "a"}',
            "/app/node_modules/a/index.js": b"",
            "/app/node_modules/a/tests/t.js": b"",
            "/app/node_modules/b/package.json": b'{"name": "b"}',
        }
    )
    config = {"config": {"WorkingDir": "/app", "Cmd": ["node", "server.js"]}}
    keep = select(scene(tree, config), [Touched("/app/server.js"), Touched("/app/node_modules/a/index.js")])
    kept = set(expand(keep, tree).paths)
    assert {"/app/unused.js", "/app/node_modules/a/package.json"} <= kept
    assert not kept & {"/app/node_modules/b/package.json", "/app/node_modules/a/tests/t.js"}
    application = [rule.line for rule in keep.rules if rule.section == "application"]
    assert application == ["/app/", "!/app/node_modules/"]


def test_the_layers() -> None:
    section = {path: rule.section for path, rule in expand(chosen(), python_image()).paths.items() if rule}
    assert section[f"{LIB}/libc.so.6"] == "system"
    assert section["/usr/bin/python3.11"] == section[f"{PYTHON}/os.py"] == "runtime"
    assert section[f"{SITE}/numpy/core.py"] == section["/opt/venv/pyvenv.cfg"] == "dependencies"
    assert section["/app/main.py"] == "application"


@pytest.mark.parametrize("policy", ["package", "file"])
def test_the_lines_say_exactly_what_is_kept(policy: Any) -> None:
    """Compaction neither adds nor loses a file: the list for what it keeps is the list."""
    kept = files(chosen(policy=policy))
    once_more = select(scene(python_image(), CONFIG), [Touched(path, False) for path in kept], policy="file")
    assert files(once_more) == kept


def test_the_same_trace_gives_the_same_text_whatever_its_order() -> None:
    text = render(chosen())
    assert render(chosen(tuple(reversed(STARTED)) + STARTED)) == text
    assert "4711" not in text and "/proc/self" not in text
    assert parse(text) == chosen()


def test_includes_and_excludes() -> None:
    keep = chosen(policy="file", include=["pkg:perl-base", f"{SITE}/unused/", "/usr/share/doc/**/ch*"])
    kept = paths(keep)
    assert {"/usr/bin/perl", f"{SITE}/unused/__init__.py", "/usr/share/doc/libc6/changelog"} <= kept
    assert reason(keep, "/usr/bin/perl") == reasons.included("pkg:perl-base")
    keep = chosen(exclude=[f"{SITE}/numpy/core.py", "pkg:libsqlite3-0", "/lib/x86_64-linux-gnu/libc.so.6"])
    kept = paths(keep)
    assert not kept & {f"{SITE}/numpy/core.py", f"{LIB}/libsqlite3.so.0.8", f"{LIB}/libc.so.6"}
    assert f"{SITE}/numpy/__init__.py" in kept
    assert keep.notes == (f"excluded though it is needed: !{LIB}/libc.so.6",)


def test_a_name_in_a_reason_is_never_read_as_its_meaning() -> None:
    tree = tree_of({"/opt/mine/data/x": b"", "/opt/mine/data/although": b""})
    touches = [Touched("/opt/mine/data/x")]
    keep = select(scene(tree, CONFIG), touches, policy="file", exclude=["/opt/mine/data/although"])
    assert keep.notes == ()  # nothing needed it


@pytest.mark.parametrize("pattern", ["/nothing/*", "/nothing", "pkg:nothing", "usr/bin"])
def test_a_pattern_that_matches_nothing_is_an_error(pattern: str) -> None:
    with pytest.raises(BadKeepList, match="include"):
        chosen(include=[pattern])
    with pytest.raises(BadKeepList, match="exclude"):
        chosen(exclude=[pattern])


def test_repairs_say_in_which_round_and_for_which_case() -> None:
    again = Repair(1, "GET /lazy\n", touched=(Touched(f"{SITE}/unused/__init__.py"), *STARTED))
    keep = chosen(policy="file", repairs=[again, Repair(2, "GET /sql", packages=("deb:libsqlite3-0",))])
    assert reason(keep, f"{SITE}/unused/__init__.py") == reasons.repaired(1, "GET /lazy")
    assert reason(keep, f"{LIB}/libsqlite3.so.0.8") == (
        reasons.repaired(2, "GET /sql") + ", with the Debian package libsqlite3-0 whole"
    )
    assert reason(keep, "/usr/bin/python3.11") == reasons.START


def test_a_wider_repair_keeps_the_packages_involved_and_what_they_depend_on() -> None:
    full = scene(python_image(), CONFIG)
    packages = involved(
        full, [Touched(f"{SITE}/unused/__init__.py"), Touched(f"{SITE}/unused-2.0.dist-info/METADATA")]
    )
    assert packages == ("pip:unused",)
    keep = chosen(
        policy="file", repairs=[Repair(2, "GET /", packages=("deb:perl-base", *packages), depends=True)]
    )
    assert {"/usr/bin/perl", f"{SITE}/unused/__init__.py"} <= paths(keep)


def test_what_the_corpus_did_not_reach() -> None:
    (row,) = unexercised(scene(python_image(), CONFIG), STARTED)
    assert (row.name, row.loaded, row.modules) == ("numpy", 1, 3)
    assert row.examples == (f"{SITE}/numpy.libs/blas.so", f"{SITE}/numpy/core.py")


def test_what_checks_the_health_is_kept_though_no_trace_shows_it() -> None:
    check = {"Healthcheck": {"Test": ["CMD-SHELL", "perl -e 1 || exit 1"]}}
    keep = chosen(config={"config": {**CONFIG["config"], **check}}, policy="file")  # type: ignore[dict-item]
    assert reason(keep, "/usr/bin/perl") == reasons.HEALTHCHECK


def test_what_something_outside_runs_in_the_image_is_kept_though_no_trace_shows_it() -> None:
    keep = chosen(policy="file", run_by={"perl": "compose.yaml: healthcheck of web", "gone": "there"})
    assert reason(keep, "/usr/bin/perl") == "run by compose.yaml: healthcheck of web"
    assert reasons.kind(reasons.run_by("there")) == reasons.Kind.HEALTHCHECK


def test_the_inputs_change_with_packages_and_settings_not_with_the_trace() -> None:
    keep = chosen()
    assert chosen(STARTED[:3]).inputs == keep.inputs
    assert chosen(policy="file").inputs != keep.inputs
    config = {"config": {**CONFIG["config"], "Cmd": ["python", "other.py"]}}  # type: ignore[dict-item]
    assert chosen(config=config).inputs != keep.inputs


def test_without_a_trace_everything_installed_for_the_language_counts_as_used() -> None:
    keep = chosen(without_trace(python_image(), CONFIG))
    kept = paths(keep)
    assert {f"{SITE}/unused/__init__.py", f"{PYTHON}/json/__init__.py", f"{LIB}/libc.so.6"} <= kept
    assert "/usr/bin/perl" not in kept
    assert reasons.UNTRACED in reason(keep, f"{SITE}/unused/__init__.py")


def test_without_a_trace_a_shell_script_may_start_what_is_installed() -> None:
    """microblog: boot.sh starts gunicorn; and a virtual environment is one by its pyvenv.cfg."""
    config = {"config": {"Env": ["PATH=/opt/venv/bin:/usr/bin"], "Cmd": ["./boot.sh"], "WorkingDir": "/"}}
    kept = paths(select(scene(python_image(), config), without_trace(python_image(), config)))
    assert {f"{PYTHON}/os.py", f"{SITE}/unused/__init__.py", "/opt/venv/pyvenv.cfg"} <= kept


def test_a_trace_becomes_paths() -> None:
    trace = Trace(
        (
            Touch("/usr/bin/python3.11", "exec", 0, "/usr/bin/python3.11", 0),
            Touch("/etc/gone", "open", 2, "/usr/bin/python3.11", 0),
            Touch("/etc/secret", "open", 13, "/usr/bin/python3.11", 0),
            Touch("/var/log/app/x.log", "create", 0, "/usr/bin/python3.11", 1),
            Touch("/usr/bin", "list", 0, "", 1),
        ),
        marks=1,
        complete=True,
        problems=(),
        arch="x86_64",
    )
    assert touched(trace) == (
        Touched("/etc/secret", False, 0),
        Touched("/usr/bin", False, 1),
        Touched("/usr/bin/python3.11", True, 0),
        Touched("/usr/bin/python3.11", True, 1),
        Touched("/var/log/app", False, 1),
    )
    assert merged(touched(trace), [Touched("/usr/bin", True, 2)])[1:3] == (
        Touched("/usr/bin", True, 2),
        Touched("/usr/bin/python3.11", True, 0),
    )


def test_strange_names_and_links_that_lead_nowhere() -> None:
    tree = tree_of(
        {
            "/opt/two\nlines": b"",
            "/opt/\udcff*?": b"",
            "/opt/loop": "loop",
            "/opt/dangling": "/nowhere/at/all",
            "/opt/up": "../../../../opt",
        }
    )
    touches = [
        Touched(f"/opt/up/{name}") for name in ("two\nlines", "\udcff*?", "loop", "dangling", "../opt/up")
    ]
    keep = select(scene(tree, {}), touches, policy="file")
    everything = {"/opt/two\nlines", "/opt/\udcff*?", "/opt/loop", "/opt/dangling", "/opt/up"}
    assert everything <= set(expand(parse(render(keep)), tree).paths)
