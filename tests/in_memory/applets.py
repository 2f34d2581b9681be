"""busybox, as far as Dockerfiles and contracts of the tests need it: one program, named by how it is called."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from in_memory.files import Node
from in_memory.process import Answer, Process
from in_memory.shell import shell


def busybox(process: Process) -> int:
    """Runs the applet that it is called as, or that its first argument names."""
    name = posixpath.basename(process.argv[0])
    if name == "busybox":
        process.argv = process.argv[1:]
        name = process.argv[0]
    applet = APPLETS.get(name)
    if applet is None:
        process.complain(f"{name}: applet not found")
        return 127
    try:
        return applet(process)
    except OSError as error:
        process.complain(f"{name}: {error.filename or ''}: {error.strerror}")
        return 1


def arguments(process: Process) -> tuple[str, list[str]]:
    """(letters of the options, what else there is)."""
    options = "".join(each[1:] for each in process.argv[1:] if each[:1] == "-" and each[1:])
    return options, [each for each in process.argv[1:] if each[:1] != "-" or each == "-"]


def cat(process: Process) -> int:
    for path in arguments(process)[1] or ["-"]:
        process.stdout(process.stdin.read() if path == "-" else process.read(path))
    return 0


def echo(process: Process) -> int:
    process.say(" ".join(process.argv[1:]))
    return 0


def copy(process: Process) -> int:
    options, (*sources, target) = arguments(process)
    tree = process.machine.tree
    into = tree.exists(process.absolute(target)) and process.node(target).kind == "dir"
    for source in sources:
        top = tree.real(process.absolute(source))
        end = (
            posixpath.join(process.absolute(target), posixpath.basename(source))
            if into
            else process.absolute(target)
        )
        for path in [top, *(tree.below(top) if set(options) & set("ra") else ())]:
            process.machine.watch(process, "open", path, 0)
            tree.write(end + path[len(top) :], tree.node(path, follow=False))
    return 0


def environment(process: Process) -> int:
    for name, value in process.env.items():
        process.say(f"{name}={value}")
    return 0


def grep(process: Process) -> int:
    options, (pattern, *paths) = arguments(process)
    text = "\n".join(process.text(path) for path in paths) if paths else process.stdin.read().decode()
    found = [line for line in text.splitlines() if re.search(pattern, line)]
    if "q" not in options:
        for line in found:
            process.say(line)
    return int(not found)


def httpd(process: Process) -> int:
    given = dict(zip(process.argv, process.argv[1:], strict=False))
    root = given.get("-h", ".")

    def answer(path: str) -> Answer:
        try:
            return Answer(process.read(posixpath.join(root, path.partition("?")[0].lstrip("/"))))
        except OSError:
            return Answer(b"not found", 404)

    return process.serve(int(given["-p"]), answer)


def identity(process: Process) -> int:
    process.say((process.user or "0").partition(":")[0])
    return 0


def link(process: Process) -> int:
    _, (target, path) = arguments(process)
    process.machine.tree.write(process.absolute(path), Node("symlink", link=target, mode=0o777))
    process.machine.watch(process, "symlink", process.absolute(path), 0)
    return 0


def listing(process: Process) -> int:
    options, paths = arguments(process)
    for path in paths or ["."]:
        names = process.list(path) if process.node(path).kind == "dir" else [path]
        for name in names:
            if "A" in options or "a" in options or not name.startswith("."):
                process.say(name)
    return 0


def make_folders(process: Process) -> int:
    options, paths = arguments(process)
    for path in paths:
        if "p" in options:
            process.machine.tree.make_folders(process.absolute(path))
            process.machine.watch(process, "mkdir", process.absolute(path), 0)
        else:
            process.make_folder(path)
    return 0


def change_mode(process: Process) -> int:
    _, (mode, *paths) = arguments(process)
    for path in paths:
        node = process.node(path)
        bits = node.mode | 0o111 if mode.endswith("+x") else int(mode, 8)
        process.machine.tree.write(process.absolute(path), replace(node, mode=bits))
    return 0


def web_get(process: Process) -> int:
    """wget -q -O - URL."""
    url = urlsplit(process.argv[-1])
    process.stdout(process.fetch(url.hostname or "", url.port or 80, url.path))
    return 0


def folder(process: Process) -> int:
    process.say(process.folder)
    return 0


def remove(process: Process) -> int:
    options, paths = arguments(process)
    for path in paths:
        there = process.machine.tree.exists(process.absolute(path))
        if there and process.node(path).kind == "dir" and "r" not in options:
            process.complain(f"rm: {path}: is a directory")
            return 1
        if there or "f" not in options:
            process.remove(path)
    return 0


def sleep(process: Process) -> int:
    process.sleep(float(process.argv[1]))
    return 0


def touch(process: Process) -> int:
    for path in arguments(process)[1]:
        process.write(path, b"", append=True)
    return 0


def fill(process: Process) -> int:
    """dd if=/dev/zero of=FILE bs=1M: until the room is used up."""
    given = dict(each.partition("=")[::2] for each in process.argv[1:])
    blocks = int(given.get("count", 1 << 20))
    try:
        for _ in range(blocks):
            process.write(given["of"], bytes(1 << 20), append=True)
            process.check()
    except OSError as error:
        process.complain(f"dd: error writing '{given['of']}': {error.strerror}")
        return 1
    return 0


APPLETS: dict[str, Callable[[Process], int]] = {
    "ash": shell,
    "cat": cat,
    "chmod": change_mode,
    "cp": copy,
    "dd": fill,
    "echo": echo,
    "env": environment,
    "false": lambda process: 1,
    "grep": grep,
    "httpd": httpd,
    "id": identity,
    "ln": link,
    "ls": listing,
    "mkdir": make_folders,
    "pwd": folder,
    "rm": remove,
    "sh": shell,
    "sleep": sleep,
    "touch": touch,
    "true": lambda process: 0,
    "wget": web_get,
}
