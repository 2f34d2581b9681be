"""A POSIX shell, small: lists, pipelines, redirections, variables, `if`, `for`, `while`, trap."""

from __future__ import annotations

import functools
import io
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from in_memory.process import Process


class Cannot(Exception):
    """What this shell does not do, or a syntax error."""


class Left(Exception):
    """`exit`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@functools.cache
def parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def shell(process: Process) -> int:
    """sh -c SCRIPT [NAME [ARGUMENT]…], sh [-e…] FILE [ARGUMENT]…, or a script on standard input."""
    arguments = list(process.argv[1:])
    options = ""
    while arguments and arguments[0].startswith("-") and arguments[0] != "-":
        options += arguments.pop(0)[1:]
    if "c" in options:
        script, (name, *rest) = arguments[0], arguments[1:] or ["sh"]
    elif arguments and arguments[0] != "-":
        script, (name, *rest) = process.text(arguments[0]), arguments
    else:
        script, name, rest = process.stdin.read().decode(), "sh", arguments[1:]
    running = Shell(process, [name, *rest], "e" in options)
    try:
        return running.script(script)
    except Left as left:
        return left.code
    except Cannot as cannot:
        process.complain(f"sh: {cannot}")
        return 2


@dataclass
class Shell:
    process: Process
    arguments: list[str]
    strict: bool = False
    code: int = 0
    variables: dict[str, str] = field(default_factory=dict)

    def script(self, text: str) -> int:
        tree = parser().parse(text.encode()).root_node
        if tree.has_error:
            raise Cannot(f"syntax error: {text}")
        return self.all(tree)

    def all(self, node: Node) -> int:
        """The statements of a node, one after the other."""
        for each in node.named_children:
            if each.type != "comment":
                self.statement(each)
        return self.code

    def statement(self, node: Node) -> int:
        self.code = self.do(node, self.process)
        if self.code and self.strict:
            raise Left(self.code)
        self.process.check()
        return self.code

    def do(self, node: Node, process: Process) -> int:
        match node.type:
            case "command":
                return self.command(node, process)
            case "redirected_statement":
                return self.redirected(node, process)
            case "list":
                left, operator, right = node.children
                self.code = self.do(left, process)
                wanted = (self.code == 0) == (operator.type == "&&")
                return self.do(right, process) if wanted else self.code
            case "pipeline":
                return self.pipeline(list(node.named_children), process)
            case "negated_command":
                return int(not self.do(node.named_children[0], process))
            case "variable_assignment":
                self.assign(node, self.variables)
                return 0
            case "declaration_command":
                return self.call([_text(node.children[0]), *map(self.declared, node.named_children)], process)
            case "test_command":
                return self.call(self.flat(node), process)
            case "compound_statement" | "subshell" | "do_group":
                return self.within(node, process)
            case "if_statement":
                return self.if_(node, process)
            case "while_statement":
                condition, body = node.named_children
                while self.do(condition, process) == 0:
                    self.within(body, process)
                    process.check()
                return self.code
            case "for_statement":
                name, *words, body = node.named_children
                for word in (text for each in words for text in self.expand(each)):
                    self.variables[_text(name)] = word
                    self.within(body, process)
                return self.code
            case other:
                raise Cannot(f"not in this shell: {other}: {_text(node)}")

    def within(self, node: Node, process: Process) -> int:
        outer, self.process = self.process, process
        try:
            self.code = 0
            return self.all(node)
        finally:
            self.process = outer

    def if_(self, node: Node, process: Process) -> int:
        condition, *rest = [each for each in node.named_children if each.type != "comment"]
        branches = ("else_clause", "elif_clause")
        if self.do(condition, process) == 0:
            for each in rest:
                if each.type not in branches:
                    self.code = self.do(each, process)
            return self.code
        other = next((each for each in rest if each.type in branches), None)
        if other is None:
            return 0
        return self.within(other, process) if other.type == "else_clause" else self.if_(other, process)

    def pipeline(self, parts: list[Node], process: Process) -> int:
        """One part after the other: what it wrote is what the next one reads."""
        stdin = process.stdin
        for part in parts[:-1]:
            out = io.BytesIO()
            self.do(part, _like(process, stdin=stdin, stdout=out.write))
            stdin = io.BytesIO(out.getvalue())
        return self.do(parts[-1], _like(process, stdin=stdin))

    def redirected(self, node: Node, process: Process) -> int:
        """The grammar hangs the redirection of a list's last command on the whole list."""
        body, *redirects = node.named_children
        if body.type in ("list", "pipeline"):
            if body.type == "list":
                left, operator, right = body.children
                self.code = self.do(left, process)
                if (self.code == 0) != (operator.type == "&&"):
                    return self.code
                return self._redirect(right, redirects, process)
            *parts, last = body.named_children
            out = io.BytesIO()
            if parts:
                self.pipeline(parts, _like(process, stdout=out.write))
            return self._redirect(last, redirects, _like(process, stdin=io.BytesIO(out.getvalue())))
        return self._redirect(body, redirects, process)

    def _redirect(self, body: Node, redirects: list[Node], process: Process) -> int:
        files: list[tuple[str, io.BytesIO, bool]] = []
        streams = {"0": process.stdin, "1": process.stdout, "2": process.stderr}
        for each in redirects:
            if each.type != "file_redirect":
                raise Cannot(f"not in this shell: {each.type}")
            descriptor = next((_text(c) for c in each.children if c.type == "file_descriptor"), "")
            operator = next(c.type for c in each.children if not c.is_named)
            target = self.word(each.named_children[-1])
            if operator == ">&":
                streams[descriptor or "1"] = streams[target]
            elif operator == "<":
                try:
                    streams["0"] = io.BytesIO(process.read(target))
                except OSError as error:
                    process.complain(f"sh: can't open {target}: {error.strerror}")
                    return 1
            else:
                out = io.BytesIO()
                files.append((target, out, operator == ">>"))
                streams[descriptor or "1"] = out.write
        code = self.do(body, _like(process, stdin=streams["0"], stdout=streams["1"], stderr=streams["2"]))
        for target, out, append in files:
            try:
                process.write(target, out.getvalue(), append=append)
            except OSError as error:
                process.complain(f"sh: can't create {target}: {error.strerror}")
                return 1
        return code

    def command(self, node: Node, process: Process) -> int:
        assigned: dict[str, str] = {}
        argv: list[str] = []
        for each in node.named_children:
            if each.type == "variable_assignment":
                self.assign(each, assigned)
            else:
                argv += self.expand(each)
        if not argv:
            self.variables |= assigned
            return 0
        return self.call(argv, process, assigned)

    def call(self, argv: list[str], process: Process, assigned: dict[str, str] | None = None) -> int:
        if builtin := BUILTINS.get(argv[0]):
            return builtin(self, argv, process)
        name, *_ = argv
        if name == "exec":
            argv = argv[1:]
        child = _like(process, env={**process.env, **self.exported(), **(assigned or {})})
        try:
            code = child.run(*argv)
        except OSError as error:
            process.complain(f"sh: {argv[0]}: {'not found' if error.errno == 2 else error.strerror}")
            code = 127 if error.errno == 2 else 126
        if name == "exec":
            raise Left(code)
        return code

    def exported(self) -> dict[str, str]:
        return {name: value for name, value in self.variables.items() if name in self.process.env}

    def declared(self, node: Node) -> str:
        """NAME or NAME=VALUE after `export`."""
        if node.type != "variable_assignment":
            return _text(node)
        made: dict[str, str] = {}
        self.assign(node, made)
        return "=".join(*made.items())

    def assign(self, node: Node, into: dict[str, str]) -> None:
        name, *value = node.named_children
        into[_text(name)] = self.word(value[0]) if value else ""

    # words

    def flat(self, node: Node) -> list[str]:
        """The words of [ … ]."""
        if node.type in ("test_command", "unary_expression", "binary_expression"):
            return [word for each in node.children for word in self.flat(each)]
        return [self.word(node)]

    def expand(self, node: Node) -> list[str]:
        """One word of the script as the words of a command: an unquoted variable may be none or several."""
        if _text(node) == '"$@"':
            return self.arguments[1:]
        if node.type in ("simple_expansion", "expansion", "command_substitution"):
            return self.word(node).split()
        return [self.word(node)]

    def word(self, node: Node) -> str:
        match node.type:
            case "command_name" | "concatenation":
                return "".join(map(self.word, node.named_children))
            case "raw_string":
                return _text(node)[1:-1]
            case "string":
                return self.quoted(node)
            case "simple_expansion":
                return self.variable(_text(node)[1:])
            case "expansion":
                return self.expansion(node)
            case "command_substitution":
                out = io.BytesIO()
                self.within(node, _like(self.process, stdout=out.write))
                return out.getvalue().decode().rstrip("\n")
            case _:
                return re.sub(r"\\(.)", r"\1", _text(node))

    def quoted(self, node: Node) -> str:
        text, at = b"", node.start_byte + 1
        whole = node.text or b""
        for each in node.named_children:
            text += whole[at - node.start_byte : each.start_byte - node.start_byte]
            if each.type == "string_content":
                text += re.sub(rb'\\([\\"$`])', rb"\1", each.text or b"")
            else:
                text += self.word(each).encode()
            at = each.end_byte
        return (text + whole[at - node.start_byte : -1]).decode()

    def expansion(self, node: Node) -> str:
        """${NAME}, ${NAME:-word}, ${NAME:+word}."""
        match = re.fullmatch(r"\$\{(\w+|[@#?])(?:(:?[-+])(.*))?\}", _text(node), re.DOTALL)
        if match is None:
            raise Cannot(f"not in this shell: {_text(node)}")
        value = self.variable(match[1])
        if match[2] is None:
            return value
        other = node.named_children[1:]
        word = "".join(map(self.word, other))
        return (value or word) if match[2].endswith("-") else (word if value else "")

    def variable(self, name: str) -> str:
        if name.isdigit():
            return self.arguments[int(name)] if int(name) < len(self.arguments) else ""
        special = {"?": str(self.code), "#": str(len(self.arguments) - 1), "@": " ".join(self.arguments[1:])}
        return special.get(name) or self.variables.get(name) or self.process.env.get(name, "")


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _like(process: Process, **changes: object) -> Process:
    """The same process with other streams: its signals stay its own."""
    return replace(process, **changes)  # type: ignore[arg-type]


Builtin = Callable[[Shell, list[str], Process], int]


def _exit(shell: Shell, argv: list[str], process: Process) -> int:
    raise Left(int(argv[1]) if argv[1:] else shell.code)


def _echo(shell: Shell, argv: list[str], process: Process) -> int:
    bare = argv[1:2] == ["-n"]
    process.stdout((" ".join(argv[2:] if bare else argv[1:]) + ("" if bare else "\n")).encode())
    return 0


def _printf(shell: Shell, argv: list[str], process: Process) -> int:
    form, *values = argv[1:]
    form = form.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0")
    process.stdout((form % tuple(values) if values else form).encode())
    return 0


def _cd(shell: Shell, argv: list[str], process: Process) -> int:
    try:
        process.list(argv[1])
    except OSError as error:
        process.complain(f"sh: cd: can't cd to {argv[1]}: {error.strerror}")
        return 1
    shell.process.folder = process.folder = process.machine.tree.real(process.absolute(argv[1]))
    return 0


def _trap(shell: Shell, argv: list[str], process: Process) -> int:
    text, *names = argv[1:]
    for name in names:
        number = getattr(signal, f"SIG{name.removeprefix('SIG')}")
        process.signals.handlers[number] = lambda: (shell.script(text), None)[1]
    return 0


def _set(shell: Shell, argv: list[str], process: Process) -> int:
    shell.strict = shell.strict or any(each.startswith("-") and "e" in each for each in argv[1:])
    return 0


def _export(shell: Shell, argv: list[str], process: Process) -> int:
    for each in argv[1:]:
        name, has, value = each.partition("=")
        shell.process.env[name] = value if has else shell.variables.get(name, "")
    return 0


def _test(shell: Shell, argv: list[str], process: Process) -> int:
    words = argv[1:-1] if argv[0] == "[" else argv[1:]
    if words[:1] == ["!"]:
        return int(not _test(shell, ["test", *words[1:]], process))
    match words:
        case ["-z", value]:
            return int(value != "")
        case ["-n", value] | [value]:
            return int(value == "")
        case [("-e" | "-f" | "-d" | "-x" | "-s") as what, path]:
            with suppress(OSError):
                node = process.node(path)
                kinds = {"-f": node.kind == "file", "-d": node.kind == "dir", "-s": bool(node.data)}
                return int(not kinds.get(what, True))
            return 1
        case [left, "=", right]:
            return int(left != right)
        case [left, "!=", right]:
            return int(left == right)
        case []:
            return 1
    raise Cannot(f"not in this shell: {' '.join(argv)}")


BUILTINS: dict[str, Builtin] = {
    ":": lambda shell, argv, process: 0,
    "true": lambda shell, argv, process: 0,
    "false": lambda shell, argv, process: 1,
    "exit": _exit,
    "echo": _echo,
    "printf": _printf,
    "cd": _cd,
    "trap": _trap,
    "set": _set,
    "export": _export,
    "test": _test,
    "[": _test,
}
