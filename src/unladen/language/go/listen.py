"""Where the program listens, read from its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unladen.language.go.source import Call, GoFile, call_of
from unladen.language.interface import Fact
from unladen.syntax.go import STRINGS, above, below, string
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

# Calls and values that make a server of a program: net/http and fasthttp, gin, echo, fiber; then net and gRPC.
_SERVE = re.compile(r"(?:.*\.)?ListenAndServe(?:TLS)?|http\.Serve(?:TLS)?")
_LISTEN = re.compile(r"(?:net|tls)\.Listen(?:TCP)?|.*\bListenConfig\b.*\.Listen")
_FRAMEWORKS = re.compile(r"/gin$|/echo(?:/v\d+)?$|/fiber(?:/v\d+)?$|/iris(?:/v\d+)?$|/beego|/go-zero/rest$")
_FRAMEWORK_STARTS = frozenset({"Run", "RunTLS", "Start", "StartTLS", "Listen"})

_ROLE = r"(?:HTTP|SERVER|APP|API|WEB|LISTEN|SERVICE|BIND|REST|GRPC|HTTP_SERVER|HTTP_LISTEN)"
_VARIABLE = re.compile(rf"(?:[A-Z0-9]+_)??{_ROLE}?_?PORT|(?:{_ROLE}_)?(?:ADDR|ADDRESS|BIND|LISTEN)")
_FLAG = re.compile(r"(?:.+\.)?(?:http-?)?(?:port|addr|address|listen|http|bind|listen-?addr\w*)")
_FLAG_CALL = re.compile(r"(?:Int|Uint|Uint16|String)(?:Var)?P?|SetDefault|Flag")
_NAME = frozenset({"port", "addr", "address", "listen", "bind"})
"""The last word of a name that holds a port or an address."""
_OTHERS = re.compile(
    "db|database|sql|postgres|postgresql|pg|mysql|mongo|mongodb|redis|smtp|mail|kafka|amqp|rabbit|rabbitmq|nats"
    "|metrics|debug|pprof|remote|client|upstream|proxy|peer|target|from"
)
"""Words in the names of others' ports, and of ports that nobody of the outside asks."""
_ADDRESS = re.compile(r"(?:(?:[\d.]+\.\d+|localhost|\[[\d:]*\])?:)?([1-9]\d{1,4})")
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]):\d+")
_ASIDE = re.compile("pprof|promhttp|[mM]etrics|[dD]ebug|[rR]edirect")
"""In what is listened to beside the program's own work."""
_TAG = re.compile(r'\b(?:envDefault|default):"([^"]*)"')
_TAG_NAME = re.compile(r'\b(?:env|envconfig):"([A-Z_\d]+)[^"]*"')
_PASSES_ON = re.compile(r"fmt\.Sprint\w*|net\.JoinHostPort|strconv\.\w+|cmp\.Or|u?int\d*|string")
_DEEPEST = 6
_SHOWN = 60
"""Characters of a statement that a source shows."""


class _Guess(NamedTuple):
    """`rank` 0 is a listen call's argument that a variable or flag decides, 1 one that is written out; then come
    defaults of variables and flags (2), of struct tags (3), names (4), mere mentions (5), and those of
    this machine's own addresses (6)."""

    rank: int
    port: int
    source: str


def listens(files: Sequence[GoFile]) -> bool:
    """Whether anything in these files accepts connections."""
    return serves_http(files) or any(
        _LISTEN.fullmatch(call.function) or call.function == "grpc.NewServer"
        for file in files
        for call in file.calls
    )


def serves_http(files: Sequence[GoFile]) -> bool:
    """Whether anything in these files is an HTTP server."""
    for file in files:
        if any(_SERVE.fullmatch(call.function) for call in file.calls) or any(_servers(file)):
            return True
        names = {call.name for call in file.calls}
        if "golang.org/x/crypto/acme/autocert" in file.imports or (
            _framework(file) and names & _FRAMEWORK_STARTS
        ):
            return True
    return False


def port(files: Sequence[GoFile], root: Path) -> Fact[int] | None:
    """The likeliest port, with the line that names it (see `_Guess`)."""
    guess = min(_Ports(tuple(files), root).guesses(), key=lambda guess: guess.rank, default=None)
    return Fact(guess.port, guess.source) if guess else None


def port_variable(files: Sequence[GoFile], root: Path) -> Fact[str] | None:
    """The environment variable that names the port, where no default was found beside it."""
    for file in files:
        for value, node in _variables(file):
            if value.endswith("PORT"):
                return Fact(value, f"{file.where(node, root)} {_asked(value, node)}")
    return None


def port_number(value: str) -> int | None:
    """The port of "8080", ":8080", "localhost:8080"."""
    digits = value.strip("\"'` ").rpartition(":")[2]
    return int(digits) if digits.isdigit() and 0 < int(digits) < 65536 else None


def only_local(files: Sequence[GoFile], root: Path) -> str | None:
    """Where the program listens on the loopback interface alone, which nobody else reaches."""
    for file in files:
        for node in _listened(file):
            if _LOOPBACK.fullmatch(value := string(node) or ""):
                return f"{file.where(node, root)} {value}"
    return None


# What is read


def _framework(file: GoFile) -> bool:
    return any(map(_FRAMEWORKS.search, file.imports))


def _servers(file: GoFile) -> Iterator[Node]:
    """The bodies of `http.Server{…}`."""
    for found in file.find("(composite_literal type: (qualified_type) @type body: (_) @body)"):
        if text(found["type"][0]).endswith("http.Server"):
            yield found["body"][0]


def _listened(file: GoFile) -> Iterator[Node]:
    """The addresses that are given to calls that listen."""
    for call in file.calls:
        given = call.arguments
        if _SERVE.fullmatch(call.function):
            yield from given[:1]
        elif _LISTEN.fullmatch(call.function):
            yield from (
                given[-1:] if not text(given[-2] if len(given) > 1 else None).startswith('"unix') else ()
            )
        elif call.name in _FRAMEWORK_STARTS and "." in call.function:
            plain = [node for node in given if node.type in STRINGS]
            yield from given[:1] if _framework(file) else plain[:1]
    for body in _servers(file):
        for pair in body.named_children:
            if pair.type == "keyed_element" and text(pair.named_children[0]) == "Addr":
                yield pair.named_children[1].named_children[0]


def _words(name: str) -> list[str]:
    """ "httpPort" → http, port."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _is_ours(name: str) -> bool:
    return not any(map(_OTHERS.fullmatch, _words(name)))


def _variables(file: GoFile) -> list[tuple[str, Node]]:
    """Environment variables that name a port or an address, PORT itself first."""
    found = [(each.value, each.node) for each in file.literals if _VARIABLE.fullmatch(each.value)]
    return sorted(((v, n) for v, n in found if _is_ours(v)), key=lambda each: each[0] != "PORT")


def _flags(file: GoFile) -> Iterator[tuple[str, Node]]:
    """Names of flags and settings for a port or an address, where they are declared."""
    for literal in file.literals:
        if _FLAG.fullmatch(literal.value):
            around = next(above(literal.node, "call_expression", "composite_literal"), None)
            if around and around.type == "composite_literal":
                found = text(around.child_by_field_name("type")).endswith("Flag")
            else:
                found = around is not None and bool(_FLAG_CALL.fullmatch(call_of(around).name))
            if found:
                yield literal.value, literal.node


def _names_a_port(tag: Node) -> bool:
    """Whether a struct's field is ours and for a port, by the name of its variable or its own."""
    around = [each.child_by_field_name("name") for each in above(tag, "field_declaration", "type_spec")]
    variable, field = _TAG_NAME.search(text(tag)), text(around[0])
    fits = bool(variable and _VARIABLE.fullmatch(variable[1])) or _words(field)[-1:] in [
        [name] for name in _NAME
    ]
    return fits and all(map(_is_ours, [variable[1] if variable else "", *map(text, around)]))


def _tag_name(tag: Node) -> str:
    variable = _TAG_NAME.search(text(tag))
    return variable[1] if variable else text(tag.parent.child_by_field_name("name") if tag.parent else None)


def _of_another(value: Node) -> bool:
    """Whether it is a part of another program's settings (`redis.Options{Addr: …}`)."""
    around = next(above(value, "composite_literal"), None)
    return around is not None and not _is_ours(text(around.child_by_field_name("type")))


def _asked(value: str, node: Node) -> str:
    call = next(above(node), None)
    outer = call.parent if call and call.type == "argument_list" else None
    return (
        f'{call_of(outer).function}("{value}")' if outer and outer.type == "call_expression" else f'"{value}"'
    )


def _literal_port(node: Node) -> int | None:
    return _address_port(text(node) if node.type == "int_literal" else string(node) or "")


def _address_port(value: str) -> int | None:
    matched = _ADDRESS.fullmatch(value)
    return port_number(matched[1]) if matched else None


def _shown(node: Node) -> str:
    written = text(node).split("\n")[0]
    return written if len(written) <= _SHOWN else written[:_SHOWN] + "…"


def _statement(node: Node) -> Node:
    found = above(
        node, "expression_statement", "assignment_statement", "short_var_declaration", "return_statement"
    )
    near = next(above(node, "const_spec", "var_spec", "keyed_element", "field_declaration"), None)
    return near or next(found, node)


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


@dataclass(frozen=True)
class _Ports:
    """The guesses of a program."""

    files: tuple[GoFile, ...]
    root: Path

    def guesses(self) -> Iterator[_Guess]:
        for file in self.files:
            for node in _listened(file):
                statement = text(_statement(node))
                aside = _LOOPBACK.search(text(node)) or re.search(
                    "pprof|promhttp|[mM]etrics|[dD]ebug", statement
                )
                for guess in self._values(file, node):
                    yield guess._replace(rank=guess.rank + 4) if aside else guess
        for file in self.files:
            for value, node in (*_variables(file), *_flags(file)):
                yield from (guess._replace(rank=2) for guess in self._defaults(file, value, node))
            for field in file.find("(field_declaration tag: (_) @tag)"):
                yield from (guess._replace(rank=3) for guess in self._values(file, field["tag"][0]))
        for name, places in self._meanings.items():
            if _words(name)[-1:] and _words(name)[-1] in _NAME:
                literals = [place for place in places if _literal_port(place[1]) is not None]
                yield from (guess._replace(rank=4) for place in literals for guess in self._values(*place))
        for file in self.files:
            for literal in file.literals:
                if ":" in literal.value and not _of_another(literal.node):
                    rank = 6 if _LOOPBACK.fullmatch(literal.value) else 5
                    yield from (guess._replace(rank=rank) for guess in self._values(file, literal.node))

    @cached_property
    def _meanings(self) -> dict[str, list[tuple[GoFile, Node]]]:
        """Name → what it is set to, anywhere in the program; a function's name → what it returns."""
        meant: dict[str, list[tuple[GoFile, Node]]] = {}
        for file in self.files:
            for found in file.find(_MEANINGS):
                name, values = text(found["name"][0]).rpartition(".")[2], found.get("value", [])
                for body in found.get("body", []):
                    values = [
                        child for each in below(body, "return_statement") for child in each.named_children
                    ]
                if _is_ours(name) and not any(_of_another(value) for value in values):
                    meant.setdefault(name.partition(",")[0], []).extend((file, value) for value in values)
        return meant

    def _values(self, file: GoFile, node: Node, seen: tuple[int, ...] = ()) -> Iterator[_Guess]:
        """The ports that an expression may come to."""
        if node.id in seen or len(seen) > _DEEPEST:
            return
        seen = (*seen, node.id)
        match node.type:
            case "interpreted_string_literal" | "raw_string_literal" | "int_literal":
                default = (
                    _TAG.search(text(node))
                    if node.parent and node.parent.type == "field_declaration"
                    else None
                )
                if default and _names_a_port(node) and (number := _address_port(default[1])):
                    what = f"struct tag {_tag_name(node)}, default {default[1]}"
                    yield _Guess(0, number, f"{file.where(node, self.root)} {what}")
                elif number := _literal_port(node):
                    yield _Guess(1, number, f"{file.where(node, self.root)} {_shown(_statement(node))}")
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
        named = {node.id: (value, node) for value, node in (*_variables(file), *_flags(file))}
        if asked := [named[each.id] for each in call.arguments if each.id in named]:
            yield from self._defaults(file, *asked[0], seen)
            return
        passes_on = _PASSES_ON.fullmatch(call.function)
        for argument in call.arguments:
            if passes_on or argument.type in STRINGS:
                yield from self._values(file, argument, seen)
        for place in self._meanings.get(call.function, []):
            yield from self._values(*place, seen)

    def _defaults(self, file: GoFile, value: str, node: Node, seen: tuple[int, ...] = ()) -> Iterator[_Guess]:
        """The default beside the literal that names a variable or a flag."""
        for candidate in _beside(node):
            for guess in self._values(file, candidate, (*seen, node.id)):
                what = f"{_asked(value, node)}, default {guess.port}"
                yield _Guess(0, guess.port, f"{file.where(node, self.root)} {what}")
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
                for pair in outer.named_children:
                    if pair.type == "keyed_element" and text(pair.named_children[0]) in ("Value", "Default"):
                        yield from pair.named_children[1].named_children
            case "function_declaration" | "method_declaration" | "func_literal":
                yield from _assigned_too(outer, node)
                returned = [
                    each for each in below(outer, "return_statement") if each.start_byte > node.start_byte
                ]
                yield from (leaf for each in returned for leaf in below(each, *STRINGS, "int_literal"))
                return
        inner = outer


def _assigned_too(function: Node, node: Node) -> Iterator[Node]:
    pairs = []
    for statement in below(function, "short_var_declaration", "assignment_statement", "var_spec"):
        left = statement.child_by_field_name("left") or statement.child_by_field_name("name")
        right = statement.child_by_field_name("right") or statement.child_by_field_name("value")
        if left and right:
            pairs.append((text(left).partition(",")[0], right))
    names = {name for name, right in pairs if right.start_byte <= node.start_byte < right.end_byte}
    names |= {
        name for name, right in pairs if text(right) in names
    }  # if v := os.Getenv(…); v != "" { port = v }
    yield from (
        right for name, right in pairs if name in names and right.named_children[0].type != "call_expression"
    )
