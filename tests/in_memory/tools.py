"""The tool of a pack stage: the host's own bash, on a copy of the files that it works on."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from in_memory.files import Node
from in_memory.process import Process, Program

FULL, LIST, KEEP = "/full", "/unladen.keep", "/keep"


def bash(process: Process) -> int:
    """bash … -c SCRIPT, on copies of /full and /unladen.keep. What the script makes below /full is written back; what
    it copies from there to a folder below /keep has the same attributes as there."""
    *options, script = process.argv[1:]
    tree = process.machine.tree
    with tempfile.TemporaryDirectory(prefix="unladen-test-") as name:
        there = Path(name)
        before = tree.copy()
        for path, node in sorted(before.nodes.items()):
            if path in (LIST, FULL) or path.startswith(f"{FULL}/"):
                _make(Path(f"{there}{path}"), node)
        script = re.sub(r"(?<=[\s(\"])/(?=(?:full|unladen\.keep|keep)\b)", f"{there}/", script)
        environ = {**process.env, "PATH": os.environ["PATH"]}
        done = subprocess.run(["bash", *options, script], capture_output=True, env=environ, check=False)
        process.stdout(done.stdout)
        process.stderr(done.stderr)
        for found in sorted(there.rglob("*")):
            path = str(found)[len(str(there)) :]
            inner = path.removeprefix(KEEP + "/").partition("/")[2]
            if path.startswith(KEEP):
                tree.put(path, before.nodes.get(f"{FULL}/{inner}") or Node("dir", mode=0o755))
            elif path not in before.nodes:
                made = Node("dir", mode=0o755) if found.is_dir() else Node("file", found.read_bytes())
                tree.put(path, made)
        return done.returncode


def _make(path: Path, node: Node) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if node.kind == "dir":
        path.mkdir(exist_ok=True)
    elif node.kind == "symlink":
        path.symlink_to(node.link)
    else:
        path.write_bytes(node.data)


TOOLS: dict[str, Program] = {"bash": bash}
