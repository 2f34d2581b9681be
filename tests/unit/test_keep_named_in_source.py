"""What a source names is kept, though no case came to it: tools of a script, plug-ins, files beside a file."""

from __future__ import annotations

from collections.abc import Mapping

from keep_trees import Content, tree_of

from unladen.image.scene import Scene
from unladen.keep.closure.shell import shell_needs
from unladen.language.node.needs import node_needs
from unladen.language.python.plugins import EntryPoints
from unladen.language.scene import scene

SITE = "/usr/lib/python3.11/site-packages"
SCRIPT = b"""\
#!/usr/bin/env bash
# rm -rf everything
set -e
if [ "$1" = worker ]; then
    LANG=C exec gosu worker "$@"
fi
id -u && name=$(basename "$0") || find . -name sort
case $1 in
    own) chown root: /srv ;;
esac
"""


def of(files: Mapping[str, Content], run: tuple[str, ...] = ()) -> Scene:
    return scene(tree_of(files, dict.fromkeys(run, 0o755)), {"config": {"Env": ["PATH=/usr/bin"]}})


def test_a_script_of_ones_own_needs_the_tools_that_it_names() -> None:
    tools = ("basename", "chown", "find", "gosu", "id", "rm", "sort")
    files: dict[str, Content] = {f"/usr/bin/{tool}": b"" for tool in tools}
    full = of({**files, "/start": SCRIPT, "/data": SCRIPT}, run=("/start",))
    wanted = [f"/usr/bin/{tool}" for tool in tools if tool not in ("rm", "sort")]
    assert list(shell_needs("/start", full, True)) == wanted
    assert list(shell_needs("/start", full, False)) == []
    assert list(shell_needs("/data", full, True)) == []  # nobody can run it


def distribution(name: str, *depends: str, group: str = "") -> dict[str, Content]:
    info = f"{SITE}/{name}-1.info".replace(".info", ".dist-info")
    head = f"Name: {name}\nVersion: 1\n" + "".join(f"Requires-Dist: {each}\n" for each in depends)
    record = "".join(f"{path},,\n" for path in (f"{name}.py", f"{name}-1.dist-info/METADATA"))
    files: dict[str, Content] = {f"{SITE}/{name}.py": b"", f"{info}/METADATA": head.encode()}
    if group:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\nx = y:z\n[{group}]\na = {name}:a\n".encode()
        record += f"{name}-1.dist-info/entry_points.txt,,\n"
    return {**files, f"{info}/RECORD": record.encode()}


def test_who_asks_for_a_group_needs_all_that_offer_it_and_what_they_need() -> None:
    files = {
        **distribution("red", "paint", group="app.colours"),
        **distribution("paint"),
        **distribution("loud", group="app.sounds"),
        "/app/main.py": b'entry_points(group="app.colours")',
        "/app/other.py": b'"app.colours.more"',
    }
    full = of(files)
    closure = EntryPoints(full)
    assert list(closure("/app/other.py", full, True)) == []
    assert list(closure("/app/main.py", full, False)) == []
    assert [package.name for package in closure("/app/main.py", full, True)] == ["red", "paint"]
    assert list(closure("/app/main.py", full, True)) == []  # said once


def test_what_a_distribution_offers_to_itself_is_no_plug_in() -> None:
    files = {**distribution("host", "lib", group="host.parts"), **distribution("lib")}
    files |= {**distribution("guest", group="host.parts"), f"{SITE}/host.py": b"'host.parts'"}
    full = of(files)
    found = [package.name for package in EntryPoints(full)(f"{SITE}/host.py", full, True)]
    assert found == ["guest"]


def test_the_group_is_found_in_bytecode() -> None:
    compiled = b"\xe3...\xda\x0bapp.colours\xa9"
    full = of({**distribution("red", group="app.colours"), f"{SITE}/finder.pyc": compiled})
    assert [package.name for package in EntryPoints(full)(f"{SITE}/finder.pyc", full, True)] == ["red"]


def test_a_node_module_needs_the_files_that_it_loads_by_their_path() -> None:
    root = "/app/node_modules/a"
    source = b"""const t = () => require('../tables/one.json'); require("fs"); require("./gone"); require(name)
    import { x } from "./two"; const y = import('./three.mjs')"""
    names = ("package.json", "index.js", "lib/x.js", "tables/one.json", "lib/two.js", "lib/three.mjs")
    files: dict[str, Content] = {f"{root}/{name}": b"{}" for name in names}
    full = of({**files, f"{root}/lib/x.js": source})
    found = set(node_needs(f"{root}/lib/x.js", full, True))
    assert {f"{root}/{name}" for name in names if name != "lib/x.js"} <= found
