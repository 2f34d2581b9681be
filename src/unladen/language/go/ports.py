"""On which port does the program listen? What its source says, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unladen.language.go.listen import LOOPBACK, addresses, listens, serves_http
from unladen.language.go.source import Call, GoFile, Literal, call_of
from unladen.language.interface import Fact
from unladen.syntax.go import STRINGS, above, below, fields, string
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

_ROLE = r"(?:HTTP|SERVER|APP|API|WEB|LISTEN|SERVICE|BIND|REST|GRPC|HTTP_SERVER|HTTP_LISTEN)"
_VARIABLE = re.compile(rf"(?:[A-Z0-9]+_)??{_ROLE}?_?PORT|(?:{_ROLE}_)?(?:ADDR|ADDRESS|BIND|LISTEN)")
_FLAG = re.compile(r"(?:.+\.)?(?:http-?)?(?:port|addr|address|listen|http|bind|listen-?addr\w*)")
_FLAG_CALL = re.compile(r"(?:Int|Uint|Uint16|String)(?:Var)?P?|SetDefault|\w*Flag")
_NAME = re.compile("port|addr|address|listen|bind")
"""The last word of a name that holds a port or an address."""
_OTHERS = re.compile(
    "db|database|sql|postgres|postgresql|pg|mysql|mongo|mongodb|redis|smtp|mail|kafka|amqp|rabbit|rabbitmq|nats"
    "|metrics|debug|pprof|remote|client|upstream|proxy|peer|target|from"
)
"""Words in the names of other programs' ports, and of ports that nobody from outside asks."""
_ASIDE = re.compile(r"pprof|promhttp|[mM]etrics|[dD]ebug|[rR]edirect")
"""In a call that listens, but not for the program's own work."""
_DOUBLES = frozenset({"mock", "mocks", "fake", "fakes", "stub", "stubs"})
"""Words in the names of files, folders and functions that stand in for the program's own in its tests."""
_ADDRESS = re.compile(r"(?:(?:[\d.]+\.\d+|localhost|\[[\d:]*\])?:)?([1-9]\d{1,4})")
_TAG = re.compile(r'\b(?:envDefault|default):"([^"]*)"')
_TAG_VARIABLE = re.compile(r'\b(?:env|envconfig):"([A-Z_\d]+)[^"]*"')
_PASSES_ON = re.compile(r"fmt\.Sprint\w*|net\.JoinHostPort|strconv\.\w+|cmp\.Or|u?int\d*|string")
_DEEPEST = 6
DEFAULT_PORT = 8080
_SHOWN = 60
"""Characters of a statement that a source shows."""
_MEANINGS = """
(const_spec name: (identifier) @name value: (_) @value)
(var_spec name: (identifier) @name value: (_) @value)
(short_var_declaration left: (_) @name right: (_) @value)
(assignment_statement left: (_) @name right: (_) @value)
(keyed_element key: (literal_element (identifier) @name) value: (literal_element (_) @value))
(field_declaration name: (field_identifier) @name tag: (_) @value)
(function_declaration name: (identifier) @name body: (_) @body)
(call_expression arguments: (argument_list . (unary_expression operand: (_) @name))) @value
"""


class _Guess(NamedTuple):
    """`fixed`: it is written out; a variable or a flag does not change it."""

    port: int
    source: str
    fixed: bool


def port(files: Sequence[GoFile], root: Path) -> Fact[int] | None:
    """The likeliest port, with the line that names it."""
    own = tuple(file for file in files if not _is_double(_inside(file.path, root)))
    guess = next(_Ports(own, root).guesses(), None)
    return Fact(guess.port, guess.source) if guess else None


def port_in(start: Sequence[str]) -> Fact[int] | None:
    """The port that the program is told by its arguments: `-addr=:8080`, `--port 8080`."""
    for word, following in pairwise([*start, ""]):
        flag, _, value = word.partition("=")
        if (
            word.startswith("-")
            and _FLAG.fullmatch(flag.lstrip("-"))
            and (number := _port(value or following))
        ):
            return Fact(number, word if value else f"{word} {following}")
    return None


def port_variable(files: Sequence[GoFile], root: Path) -> Fact[str] | None:
    """The environment variable that names the port, where no default was found beside it."""
    for file in files:
        for name in _variables(file):
            if name.value.endswith("PORT"):
                return Fact(name.value, f"{file.where(name.node, root)} {_asked(name)}")
    return None


def believed_port(
    files: Sequence[GoFile],
    root: Path,
    start: Fact[tuple[str, ...]],
    given: int | None,
    env: Mapping[str, str],
    exposed: Sequence[tuple[int, int]],
) -> Fact[int | None]:
    """The port that `given` names (unladen.toml), else the arguments, the environment, EXPOSE ((port, line) pairs) or
    the source; None for a program that does not listen, or where nobody can tell."""
    if given is not None:
        return Fact(given, "unladen.toml")
    if told := port_in(start.value):
        return Fact(told.value, f"{start.source} {told.source}")
    if (value := env.get("PORT", "").strip("\"'")).isdigit():
        return Fact(int(value), "the variable PORT of unladen.toml or the Dockerfile")
    found = port(files, root)
    if lines := dict(exposed):
        number = found.value if found and found.value in lines else min(lines, key=_looks_unlike_http)
        others = ", ".join(str(other) for other in lines if other != number)
        hint = f" (and {others}; port in unladen.toml chooses another)" if others else ""
        return Fact(number, f"Dockerfile:{lines[number]} EXPOSE {number}{hint}")
    if not listens(files):
        return Fact(None, "nothing in the source listens")
    if found:
        return Fact(found.value, found.source)
    if variable := port_variable(files, root):
        says = f"{variable.source}, which has no default: {variable.value} is set to {DEFAULT_PORT}"
        return Fact(DEFAULT_PORT, says)
    if not serves_http(files):
        return Fact(None, "it listens, but where is not written in the source; set port in unladen.toml")
    return Fact(DEFAULT_PORT, "a guess: the source listens, but no port was found; set port in unladen.toml")


def _looks_unlike_http(number: int) -> bool:
    """Sorts what may be HTTP's port before those of mail, databases and metrics."""
    return not re.match(r"80|3000|5000|4\d\d\d|443", str(number))


@dataclass(frozen=True)
class _Ports:
    files: tuple[GoFile, ...]
    root: Path

    def guesses(self) -> Iterator[_Guess]:
        """Arguments of calls that listen (of these first what can be changed), defaults of variables and flags, of
        struct tags, then names and mere mentions, and last what listens aside where nothing else does."""
        listened = [(file, node) for file in self.files for node in addresses(file)]
        aside = [each for each in listened if _is_aside(each[1])]
        yield from self._of(each for each in listened if each not in aside)
        for file in self.files:
            for name in (*_variables(file), *_flags(file)):
                yield from self._defaults(file, name)
        yield from self._of(
            (file, found["tag"][0])
            for file in self.files
            for found in file.find("(field_declaration tag: (_) @tag)")
        )
        named = [place for name, places in self._meanings.items() if _is_port(name) for place in places]
        yield from self._of(place for place in named if _port(_written(place[1])))
        mentions = [(file, each.node) for file in self.files for each in file.literals if ":" in each.value]
        ours = [(f, node) for f, node in mentions if not (_of_another(node) or node in [n for _, n in aside])]
        yield from self._of(sorted(ours, key=lambda each: _is_loopback(each[1])))
        yield from self._of(aside if len(aside) == len(listened) else [])

    def _of(self, places: Iterator[tuple[GoFile, Node]] | Sequence[tuple[GoFile, Node]]) -> list[_Guess]:
        return sorted((g for place in places for g in self._values(*place)), key=lambda guess: guess.fixed)

    @cached_property
    def _meanings(self) -> dict[str, list[tuple[GoFile, Node]]]:
        """Name → what it is set to, anywhere in the program; a function's name → what it returns."""
        meant: dict[str, list[tuple[GoFile, Node]]] = {}
        for file in self.files:
            for found in file.find(_MEANINGS):
                returned = [
                    each for body in found.get("body", []) for each in below(body, "return_statement")
                ]
                values = found.get("value") or [child for each in returned for child in each.named_children]
                name = text(found["name"][0]).rpartition(".")[2].partition(",")[0]
                if _is_ours(name) and not any(_of_another(each) or _in_double(each) for each in values):
                    meant.setdefault(name, []).extend((file, value) for value in values)
        return meant

    def _values(self, file: GoFile, node: Node, seen: tuple[int, ...] = ()) -> Iterator[_Guess]:
        """The ports that an expression may come to; a struct's tag stands for its field's default."""
        if node.id in seen or len(seen) > _DEEPEST:
            return
        seen = (*seen, node.id)
        match node.type:
            case "interpreted_string_literal" | "raw_string_literal" | "int_literal":
                if number := _port(_written(node)):
                    yield _Guess(number, f"{file.where(node, self.root)} {_shown(node)}", True)
                elif (tag := _tag(node)) and (number := _port(tag[1])):
                    what = f"struct tag {tag[0]}, default {tag[1]}"
                    yield _Guess(number, f"{file.where(node, self.root)} {what}", False)
            case "identifier" | "selector_expression":
                places = self._meanings.get(text(node).rpartition(".")[2], [])
                for place in sorted(places, key=lambda place: place[0] is not file):
                    yield from self._values(*place, seen)
            case "call_expression":
                yield from self._called(file, call_of(node), seen)
            case "binary_expression" | "parenthesized_expression" | "unary_expression" | "expression_list":
                for child in node.named_children:
                    yield from self._values(file, child, seen)

    def _called(self, file: GoFile, call: Call, seen: tuple[int, ...]) -> Iterator[_Guess]:
        for name in (*_variables(file), *_flags(file)):
            if name.node in call.arguments:
                yield from self._defaults(file, name, seen)
                return
        passes_on = _PASSES_ON.fullmatch(call.function)
        for argument in call.arguments:
            if passes_on or argument.type in STRINGS:
                yield from self._values(file, argument, seen)
        for place in self._meanings.get(call.function, []):
            yield from self._values(*place, seen)

    def _defaults(self, file: GoFile, name: Literal, seen: tuple[int, ...] = ()) -> Iterator[_Guess]:
        """The default beside the literal that names a variable or a flag: one, or none."""
        for candidate in _beside(name.node):
            for guess in self._values(file, candidate, (*seen, name.node.id)):
                what = f"{_asked(name)}, default {guess.port}"
                yield _Guess(guess.port, f"{file.where(name.node, self.root)} {what}", False)
                return


def _beside(node: Node) -> Iterator[Node]:
    """What may be the default: a later argument of a call around it, `Value` beside `Name`, another value of the
    variable that it is assigned to, or what the function returns otherwise."""
    inner = node
    for outer in above(node):
        match outer.type:
            case "argument_list":
                yield from (each for each in outer.named_children if each.start_byte > inner.start_byte)
            case "call_expression" if call_of(outer).name == "Default":
                yield from call_of(outer).arguments
            case "literal_value":
                yield from (value for key, value in fields(outer) if key in ("Value", "Default"))
            case "function_declaration" | "method_declaration" | "func_literal":
                yield from _assigned_too(outer, node)
                for returned in below(outer, "return_statement"):
                    if returned.start_byte > node.start_byte:
                        yield from below(returned, *STRINGS, "int_literal")
                return
        inner = outer


def _assigned_too(function: Node, node: Node) -> Iterator[Node]:
    """Other values of the variable that holds `node`'s, and of the one that this is copied to: `port = v`."""
    pairs = []
    for each in below(function, "short_var_declaration", "assignment_statement", "var_spec"):
        left = each.child_by_field_name("left") or each.child_by_field_name("name")
        right = each.child_by_field_name("right") or each.child_by_field_name("value")
        if left and right:
            pairs.append((text(left).partition(",")[0], right))
    names = {name for name, right in pairs if right.start_byte <= node.start_byte < right.end_byte}
    names |= {name for name, right in pairs if text(right) in names}
    plain = [
        (name, right)
        for name, right in pairs
        if right.named_children[:1] and right.named_children[0].type != "call_expression"
    ]
    yield from (right for name, right in plain if name in names)


# Names and literals


def _words(name: str) -> list[str]:
    """ "httpPort" → http, port."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _is_port(name: str) -> bool:
    return any(map(_NAME.fullmatch, _words(name)[-1:]))


def _is_ours(name: str) -> bool:
    return not any(map(_OTHERS.fullmatch, _words(name)))


def _of_another(value: Node) -> bool:
    """Whether it is a part of another program's settings (`redis.Options{Addr: …}`)."""
    around = next(above(value, "composite_literal"), None)
    return around is not None and not _is_ours(text(around.child_by_field_name("type")))


def _is_double(name: str) -> bool:
    """NewMockServer, mock_grpc.go, internal/fakes/server.go."""
    return not _DOUBLES.isdisjoint(_words(name))


def _in_double(node: Node) -> bool:
    function = next(above(node, "function_declaration", "method_declaration"), None)
    return function is not None and _is_double(text(function.child_by_field_name("name")))


def _inside(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _is_loopback(node: Node) -> bool:
    return bool(LOOPBACK.fullmatch(string(node) or ""))


def _is_aside(address: Node) -> bool:
    """Whether a listener is for profiles, metrics, redirects, or for this machine alone."""
    function = next(above(address, "function_declaration", "method_declaration"), None)
    name = text(function.child_by_field_name("name")) if function else ""
    return _is_loopback(address) or bool(_ASIDE.search(f"{name} {text(_statement(address))}"))


def _variables(file: GoFile) -> list[Literal]:
    """Environment variables that name a port or an address, PORT itself first."""
    found = [each for each in file.literals if _VARIABLE.fullmatch(each.value) and _is_ours(each.value)]
    return sorted(found, key=lambda each: each.value != "PORT")


def _flags(file: GoFile) -> Iterator[Literal]:
    """Names of flags and settings for a port or an address, where they are declared."""
    for literal in file.literals:
        if _FLAG.fullmatch(literal.value):
            around = next(above(literal.node, "call_expression", "composite_literal"), None)
            kind = around and (around.child_by_field_name("function") or around.child_by_field_name("type"))
            if kind and _FLAG_CALL.fullmatch(text(kind).rpartition(".")[2]):
                yield literal


def _tag(node: Node) -> tuple[str, str] | None:
    """(variable or field, default) of a tag on a struct's field that is ours and for a port."""
    default = _TAG.search(text(node)) if node.parent and node.parent.type == "field_declaration" else None
    if default is None:
        return None
    field, *around = (
        text(each.child_by_field_name("name")) for each in above(node, "field_declaration", "type_spec")
    )
    variable = found[1] if (found := _TAG_VARIABLE.search(text(node))) else ""
    fits = (_VARIABLE.fullmatch(variable) or _is_port(field)) and all(
        map(_is_ours, (variable, field, *around))
    )
    return (variable or field, default[1]) if fits else None


def _asked(name: Literal) -> str:
    """`os.Getenv("PORT")`."""
    call = name.node.parent.parent if name.node.parent else None
    return (
        f'{call_of(call).function}("{name.value}")'
        if call and call.type == "call_expression"
        else f'"{name.value}"'
    )


def _written(node: Node) -> str:
    return text(node) if node.type == "int_literal" else string(node) or ""


def _port(value: str) -> int | None:
    """The port of "8080", ":8080", "localhost:8080"."""
    found = _ADDRESS.fullmatch(value)
    return int(found[1]) if found and int(found[1]) < 65536 else None


def _statement(node: Node) -> Node:
    specs = ("const_spec", "var_spec", "keyed_element", "field_declaration")
    statements = ("expression_statement", "assignment_statement", "short_var_declaration", "return_statement")
    return next(above(node, *specs, *statements), node)


def _shown(node: Node) -> str:
    written = text(_statement(node)).split("\n")[0]
    return written if len(written) <= _SHOWN else written[:_SHOWN] + "…"
