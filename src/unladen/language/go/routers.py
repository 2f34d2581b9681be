"""What stands before the paths of a router: groups, mounted routers, functions that are given one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from unladen.language.go.source import Call, GoFile, call_of
from unladen.syntax.go import above, below, string
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = ("function_declaration", "method_declaration", "func_literal")
GROUPS = frozenset({"Group", "Party", "PathPrefix", "Route"})
"""Calls that give a router below a path, or hand it to a function."""
MOUNTS = frozenset({"Mount", "Handle", "Any", "Use", "Handler"})
"""Calls that put a router below a path."""
_DEEPEST = 8
_SET = """
(short_var_declaration left: (expression_list . (_) @name) right: (expression_list . (_) @value))
(assignment_statement left: (expression_list . (_) @name) right: (expression_list . (_) @value))
(var_spec name: (identifier) @name value: (expression_list . (_) @value))
(const_spec name: (identifier) @name value: (expression_list . (_) @value))
(keyed_element . (literal_element (identifier) @name) (literal_element (_) @value))
"""


@dataclass(frozen=True, eq=False)
class Routers:
    """The routers of a program, in all of its files."""

    files: Sequence[GoFile]

    # what is written where

    @cached_property
    def functions(self) -> dict[str, list[Node]]:
        """Name → declarations, methods by their own name."""
        found: dict[str, list[Node]] = defaultdict(list)
        for file in self.files:
            for node in below(file.root, "function_declaration", "method_declaration"):
                found[text(node.child_by_field_name("name"))].append(node)
        return found

    @cached_property
    def _calls(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = defaultdict(list)
        for file in self.files:
            for call in file.calls:
                found[call.name].append(call)
        return found

    @cached_property
    def _handed_on(self) -> dict[str, list[tuple[Call, int]]]:
        """Name of a function or a variable → calls that it is an argument of, and at which place."""
        found: dict[str, list[tuple[Call, int]]] = defaultdict(list)
        for calls in self._calls.values():
            for call in calls:
                for at, argument in enumerate(call.arguments):
                    if argument.type in ("identifier", "selector_expression"):
                        found[text(argument).rpartition(".")[2]].append((call, at))
        return found

    @cached_property
    def _set(self) -> dict[str, list[tuple[Node, Node]]]:
        """Last word of a name → where it is set, and to what."""
        found: dict[str, list[tuple[Node, Node]]] = defaultdict(list)
        for file in self.files:
            for match in file.find(_SET):
                name = match["name"][0]
                found[text(name).rpartition(".")[2]].append((name, match["value"][0]))
        return found

    def path(self, node: Node | None, depth: int = 0) -> str | None:
        """The text of an expression: a literal, a constant, a sum in which what nobody knows is nothing."""
        if node is None or depth > _DEEPEST:
            return None
        if (value := string(node)) is not None:
            return value
        match node.type:
            case "identifier" | "selector_expression":
                known = self._set.get(text(node).rpartition(".")[2], [])
                values = (self.path(value, depth + 1) for _, value in known)
                return next((value for value in values if value is not None), None)
            case "binary_expression" if text(node.child_by_field_name("operator")) == "+":
                sides = [node.child_by_field_name(side) for side in ("left", "right")]
                parts = [self.path(side, depth + 1) for side in sides]
                return None if parts == [None, None] else "".join(part or "" for part in parts)
            case "parenthesized_expression":
                return self.path(node.named_children[0], depth + 1)
            case "call_expression":  # prefixed("/a"), url.JoinPath(base, "/a")
                paths = [self.path(each, depth + 1) for each in call_of(node).arguments]
                return next((path for path in reversed(paths) if path and path.startswith("/")), None)
        return None

    def is_set_to(self, node: Node) -> Node | None:
        """The first expression that a name, or a field of that name, is set to."""
        return next((value for _, value in self._set.get(text(node).rpartition(".")[2], [])), None)

    # what stands before

    def before(self, node: Node | None, depth: int = 0) -> tuple[str, ...]:
        """The prefixes of the router that an expression stands for: several where a function that is given a router
        is called several times."""
        if node is None or depth > _DEEPEST:
            return ("",)
        match node.type:
            case "call_expression":
                return self._of_call(call_of(node), depth + 1)
            case "unary_expression" | "parenthesized_expression":
                return self.before(node.named_children[-1], depth + 1)
            case "identifier":
                return self._of_name(node, depth + 1)
            case "selector_expression":
                return self._of_field(text(node).rpartition(".")[2], depth + 1)
        return ("",)

    def _of_call(self, call: Call, depth: int) -> tuple[str, ...]:
        receiver = receiver_of(call)
        if call.name in GROUPS and receiver is not None:
            path = self.path(call.arguments[0]) if call.arguments else None
            return tuple(joined(prefix, path or "") for prefix in self.before(receiver, depth))
        if receiver is not None and receiver.type == "call_expression":
            return self.before(receiver, depth)  # r.PathPrefix("/a").Subrouter(), r.With(…)
        if receiver is not None and call.name in ("With", "Subrouter"):
            return self.before(receiver, depth)
        return self._mounted(call.node, depth)

    def _of_name(self, node: Node, depth: int) -> tuple[str, ...]:
        name = text(node)
        for function in above(node, *FUNCTIONS):
            if (at := _parameter(function, name)) is not None:
                return self._given(function, at, depth)
            values = [
                value
                for where, value in self._set.get(name, [])
                if text(where) == name and _within(where, function) and value.end_byte <= node.start_byte
            ]
            if values:
                return self.before(values[-1], depth)
        return self._of_field(name, depth)

    def _of_field(self, name: str, depth: int) -> tuple[str, ...]:
        values = [value for _, value in self._set.get(name, [])]
        found = dict.fromkeys(prefix for value in values[:4] for prefix in self.before(value, depth))
        return tuple(found) or ("",)

    def _given(self, function: Node, at: int, depth: int) -> tuple[str, ...]:
        """What a function's parameter is, at each place that calls it or hands it to a router."""
        if function.type == "func_literal":
            outer = next(above(function, "call_expression"), None)
            return self._inside(call_of(outer), depth) if outer is not None else ("",)
        name = text(function.child_by_field_name("name"))
        called = [call for call in self._calls.get(name, []) if len(call.arguments) > at]
        found = [prefix for call in called for prefix in self.before(call.arguments[at], depth)]
        for call, _ in self._handed_on.get(name, []):
            if call.name in GROUPS:
                found += self._inside(call, depth)
        return tuple(dict.fromkeys(found)) or ("",)

    def _inside(self, call: Call, depth: int) -> tuple[str, ...]:
        """The router that `r.Route("/a", func…)` or `r.Group(func…)` hands to the function."""
        if call.name not in GROUPS:
            return self.before(receiver_of(call), depth)
        return self._of_call(call, depth)

    def _mounted(self, made: Node, depth: int) -> tuple[str, ...]:
        """Where the router that is made here is put below a path: itself, its variable, what its function returns."""
        found: list[str] = []
        for place in (made, *above(made)):
            if place.type in FUNCTIONS or place.type == "block":
                break
            if place.type == "call_expression" and place is not made:
                found += self._below(call_of(place), depth)
        names = [where for where, value in self._values_at(made)]
        for name in names:
            for call, _ in self._handed_on.get(text(name).rpartition(".")[2], []):
                if text(name).find(".") >= 0 or _same_function(call.node, name):
                    found += self._below(call, depth)
        function = next(above(made, "function_declaration", "method_declaration"), None)
        if function is not None and _returns(function, made, names):
            for call in self._calls.get(text(function.child_by_field_name("name")), []):
                found += self._mounted(call.node, depth + 1) if depth < _DEEPEST else ()
        return tuple(dict.fromkeys(found)) or ("",)

    def _values_at(self, made: Node) -> Iterator[tuple[Node, Node]]:
        for places in self._set.values():
            yield from (place for place in places if place[1].id == made.id)

    def _below(self, call: Call, depth: int) -> Iterator[str]:
        """`r.Mount("/a", router)`, `mux.Handle("/a/", http.StripPrefix("/a", router))`."""
        if call.name == "StripPrefix":
            outer = next(above(call.node, "call_expression"), None)
            path = self.path(call.arguments[0])
            parent = receiver_of(call_of(outer)) if outer is not None else None
            yield from (joined(prefix, path or "") for prefix in self.before(parent, depth + 1))
        elif call.name == "Mount" and call.arguments:
            path = self.path(call.arguments[0])
            yield from (joined(prefix, path or "") for prefix in self.before(receiver_of(call), depth + 1))


def receiver_of(call: Call) -> Node | None:
    """`r` of `r.Get(…)`."""
    function = call.node.child_by_field_name("function")
    return (
        function.child_by_field_name("operand")
        if function and function.type == "selector_expression"
        else None
    )


def joined(prefix: str, path: str) -> str:
    """Two paths with one slash between them; an empty second one adds nothing."""
    if not path:
        return prefix
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}"


def _parameter(function: Node, name: str) -> int | None:
    """The place of a parameter of that name."""
    parameters = function.child_by_field_name("parameters")
    names = [
        text(each)
        for declared in (parameters.named_children if parameters else ())
        for each in declared.children_by_field_name("name")
    ]
    return names.index(name) if name in names else None


def _within(node: Node, function: Node) -> bool:
    return (
        node.start_byte >= function.start_byte
        and node.end_byte <= function.end_byte
        and _root(node) == _root(function)
    )


def _root(node: Node) -> int:
    while node.parent is not None:
        node = node.parent
    return node.id


def _same_function(one: Node, other: Node) -> bool:
    outer = list(above(other, "function_declaration", "method_declaration"))
    return any(_within(one, each) for each in outer) if outer else True


def _returns(function: Node, made: Node, names: Sequence[Node]) -> bool:
    body = function.child_by_field_name("body")
    named = {text(name) for name in names}
    for returned in below(body, "return_statement") if body else ():
        if _within(made, returned) or named & set(text(returned).replace(",", " ").split()):
            return True
    return False
