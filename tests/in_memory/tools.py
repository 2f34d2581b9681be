"""The tools of a pack stage: find and tar as far as it needs them, and the host's own awk."""

from __future__ import annotations

import posixpath
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from in_memory.files import lay, tar_of
from in_memory.process import Process, Program


def find(process: Process) -> int:
    """find FOLDER -mindepth 1 -printf '/%P\\0': every path below a folder, each ended by a NUL."""
    folder, *rest = process.argv[1:]
    if rest != ["-mindepth", "1", "-printf", "/%P\\0"]:
        process.complain(f"find: not known here: {' '.join(rest)}")
        return 1
    top = process.machine.tree.real(process.absolute(folder))
    for path in process.machine.tree.below(top):
        process.stdout(f"{path.removeprefix(top)}\0".encode("utf-8", "surrogateescape"))
    return 0


def awk(process: Process) -> int:
    """The host's awk, on copies of the files that it names; what it writes goes into the folder it runs in."""
    program, *operands = process.argv[1:]
    with tempfile.TemporaryDirectory(prefix="unladen-test-") as name:
        folder = Path(name)
        inputs = []
        for number, operand in enumerate(operands):
            copy = folder / f".input{number}"
            if operand != "-" and process.exists(operand):
                copy.write_bytes(process.read(operand))
                operand = str(copy)
            inputs.append(operand)
        done = subprocess.run(
            ["awk", program, *inputs], input=process.stdin.read(), capture_output=True, cwd=folder
        )
        process.stdout(done.stdout)
        process.stderr(done.stderr)
        for path in sorted(folder.iterdir()):
            if not path.name.startswith(".input"):
                process.write(path.name, path.read_bytes())
        return done.returncode


def tar(process: Process) -> int:
    """tar -C FOLDER -c … -T LIST to standard output, tar -C FOLDER -x … from standard input."""
    words = list(process.argv[1:])
    folder = process.absolute(words[words.index("-C") + 1])
    tree = process.machine.tree
    if "-x" in words:
        inner = replace(tree, nodes={})
        lay(inner, process.stdin.read())
        for path, node in inner.nodes.items():
            tree.put(posixpath.join(folder, path.lstrip("/")), node)
        return 0
    names = process.read(words[words.index("-T") + 1]).decode("utf-8", "surrogateescape").split("\0")
    paths = [posixpath.normpath(posixpath.join(folder, name)) for name in names if name]
    process.stdout(tar_of({path: tree.nodes[path] for path in paths}, strip=folder))
    return 0


TOOLS: dict[str, Program] = {"awk": awk, "find": find, "tar": tar}
