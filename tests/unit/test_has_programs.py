"""What no longer runs: programs, libraries, scripts and compiled modules that do not find what they load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from images_of_two import FILES, explained, pair, side, told
from keep_trees import Content, distribution, elf

from unladen.language.interface import Lost
from unladen.proof.has.interface import Pair, Side
from unladen.proof.has.programs import programs
from unladen.syntax import bash

LIB, SITE = "/usr/lib/x86_64-linux-gnu", "/usr/local/lib/python3.11/site-packages"
LOADER = "/lib64/ld-linux-x86-64.so.2"
WHOLE: dict[str, Content] = {
    **FILES,
    LOADER: elf(),
    f"{LIB}/libpq.so.5": elf(("libssl.so.3",)),
    f"{LIB}/libssl.so.3": elf(),
    "/bin/bash": elf(interpreter=LOADER),
    "/usr/bin/python": elf(interpreter=LOADER),
    "/usr/bin/curl": elf(("libssl.so.3",), interpreter=LOADER),
    "/usr/local/lib/python3.11/os.py": b"",
    f"{SITE}/psycopg2/_psycopg.cpython-311-x86_64-linux-gnu.so": elf(("libpq.so.5",)),
    f"{SITE}/odd/_odd.cpython-311-x86_64-linux-gnu.so": elf(("libnowhere.so.1",)),
    "/app/scripts/echo.sh": b"#!/bin/bash\necho\n",
    "/app/run": b"#!/usr/bin/env python\n",
}
RUN = dict.fromkeys(
    ("/bin/bash", "/usr/bin/python", "/usr/bin/curl", "/app/scripts/echo.sh", "/app/run"), 493
)


def of(changed: Mapping[str, Content] = {}, *gone: str, **config: Any) -> Side:
    files = {path: content for path, content in {**WHOLE, **changed}.items() if path not in gone}
    return side({"Healthcheck": None, "Shell": None, **config}, files, RUN)


BASELINE = of()


def lost(rung: Side, *takes_away: Lost, baseline: Side = BASELINE) -> dict[str, str]:
    return told(programs(pair(baseline, rung, *takes_away)))


def test_a_rebuilt_copy_has_no_difference() -> None:
    part = programs(Pair(BASELINE, of()))
    assert part.losses == () and part.counted > 5


def test_a_library_that_is_gone_is_said_once_with_all_that_load_it() -> None:
    rung = of({}, f"{LIB}/libssl.so.3")
    assert lost(rung) == {"/usr/bin/curl": "needs libssl.so.3, which is not there, and so for 1 more"}


def test_what_the_baseline_does_not_find_either_is_no_loss() -> None:
    assert "odd" not in str(programs(Pair(BASELINE, BASELINE)).losses)


@pytest.mark.parametrize(
    ("name", "counts"), [("libodd.so", 1), ("libodd.so.6.0.1", 1), ("addon.node", 1), ("libtiffxx.so_", 0)]
)
def test_what_nothing_runs_or_loads_needs_no_library(name: str, counts: int) -> None:
    """Go's toolchain has libraries as test data (libtiffxx.so_)."""
    baseline = of({f"/opt/{name}": elf(("libssl.so.3",))})
    rung = of(
        {f"/opt/{name}": elf(("libssl.so.3",))}, f"{LIB}/libssl.so.3", "/usr/bin/curl", f"{LIB}/libpq.so.5"
    )
    assert len([path for path in lost(rung, baseline=baseline) if path == f"/opt/{name}"]) == counts


def test_a_library_counts_under_another_path_too() -> None:
    module = "psycopg2/_psycopg.cpython-311-x86_64-linux-gnu.so"
    moved = f"/opt/venv/lib/python3.11/site-packages/{module}"
    rung = of({moved: WHOLE[f"{SITE}/{module}"]}, f"{SITE}/{module}", f"{LIB}/libpq.so.5")
    assert lost(rung) == {moved: "needs libpq.so.5, which is not there"}


def test_the_program_that_starts_has_to_be_there_with_all_that_it_loads() -> None:
    assert lost(of({}, "/usr/bin/python"))["python"] == "is not there"
    assert lost(of({}, LOADER))["python"] == f"needs {LOADER}, which is not there"
    closed = side({"Healthcheck": None, "Shell": None}, WHOLE, {**RUN, "/usr/bin/python": 0o600})
    assert lost(closed) == {"python": "1000:1000 may not run /usr/bin/python"}
    of_script = {"Entrypoint": ["./run"], "Cmd": None}
    found = lost(of({}, "/usr/bin/python", **of_script), baseline=of(**of_script))
    assert found["./run"] == "needs python, which is not there"


def test_a_shells_text_names_programs_too() -> None:
    text = "set -e; A=1 ./migrate && exec gunicorn site:app --bind $HOST && $NOT"
    assert list(bash.programs(("/bin/sh", "-c", text))) == ["/bin/sh", "./migrate", "gunicorn"]
    check = {"Healthcheck": {"Test": ["CMD-SHELL", "curl -f localhost || exit 1"]}}
    shell: dict[str, Content] = {"/bin/sh": "bash"}
    assert lost(of(shell, "/usr/bin/curl", **check), baseline=of(shell, **check)) == {"curl": "is not there"}


def test_a_script_of_the_users_needs_its_interpreter_even_where_no_shell_is_intended() -> None:
    rung = of({}, "/bin/bash")
    assert lost(rung, Lost.SHELL) == {"/app/scripts/echo.sh": "needs /bin/bash, which is not there"}


def test_a_packages_script_goes_with_the_shell_where_that_is_intended() -> None:
    script = f"{SITE}/tool/run.sh"
    package = distribution(SITE, "tool", "1.0", ("tool/run.sh",)) | {script: b"#!/bin/bash\n"}
    modes = {**RUN, script: 0o755}
    config = {"Healthcheck": None, "Shell": None}
    whole = {
        path: content for path, content in {**WHOLE, **package}.items() if path != "/app/scripts/echo.sh"
    }
    without = {path: content for path, content in whole.items() if path != "/bin/bash"}
    both = side(config, whole, modes), side(config, without, modes)
    assert told(programs(pair(*both))) == {script: "needs /bin/bash, which is not there"}
    assert explained(programs(pair(*both, Lost.SHELL))) == {script: "shell"}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"/usr/local/lib/python3.12/os.py": b""}, "compiled for Python 3.11, and here is 3.12"),
        (
            {"/usr/local/lib/python3.11/os.py": b"", "/lib/ld-musl-x86_64.so.1": elf()},
            "compiled for glibc, and here is musl",
        ),
    ],
)
def test_compiled_modules_have_to_fit_the_interpreter(changed: Mapping[str, Content], why: str) -> None:
    rung = of(changed, *({"/usr/local/lib/python3.11/os.py"} - changed.keys()))
    assert [each for each in lost(rung).values() if each.startswith(why)]


def test_another_architecture_is_one_clear_loss() -> None:
    arm = side({}, WHOLE, RUN, architecture="arm64")
    assert lost(arm) == {"architecture": "made for amd64 → made for arm64"}
    inside = of({"/usr/bin/python": elf(machine=183, interpreter=LOADER)})
    assert lost(inside) == {"architecture": "the program is made for amd64 → for arm64"}


def test_an_interpreter_that_another_name_finds_elsewhere_is_a_loss() -> None:
    names = ("python", "python3", "python3.11")
    both: dict[str, Content] = {f"/usr/bin/{name}": elf(interpreter=LOADER) for name in names}
    venv: dict[str, Content] = {f"/usr/local/bin/{name}": f"/usr/bin/{name}" for name in names}
    whole = of(both)
    assert lost(of({**both, **venv}), baseline=whole) == {}
    assert lost(of({**both, **venv}, "/usr/local/bin/python3"), baseline=whole) == {
        "/usr/local/bin/python3": "is not there: python3 is /usr/bin/python3"
    }


def test_another_name_of_an_interpreter_may_go_unused_but_not_mean_another_one() -> None:
    names = ("python", "python3")
    both: dict[str, Content] = {f"/usr/bin/{name}": elf(interpreter=LOADER) for name in names}
    whole, gone = of(both), of(both, "/usr/bin/python3")
    said = {"/usr/bin/python3": "is not there: python3 is not found"}
    assert lost(gone, baseline=whole) == said
    assert explained(programs(pair(whole, gone, Lost.UNUSED))) == {"/usr/bin/python3": str(Lost.UNUSED)}
