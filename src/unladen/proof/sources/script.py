"""The values of JavaScript expressions that are written out, found without running anything."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from unladen.syntax.grammar import text
from unladen.syntax.javascript import GRAMMAR, unescaped

if TYPE_CHECKING:
    from tree_sitter import Node

Value = object
"""None, bool, int, float, str, list, dict, as JSON has them; or one of the two below."""


class Unknown:
    """A value that only a run could tell."""


UNKNOWN = Unknown()
ENVIRONMENT = "\0"
"""Stands in a text for a variable of the environment (`__ENV.NAME`) without a default."""

_DECLARED = """
(variable_declarator name: (identifier) @name value: (_)? @value)
(variable_declarator name: [(object_pattern) (array_pattern)] @computed)
(for_in_statement left: (_) @computed)
(catch_clause parameter: (_) @computed)
(formal_parameters) @computed
(arrow_function parameter: (identifier) @computed)
"""
_CHANGED = """
(assignment_expression left: (_) @changed)
(augmented_assignment_expression left: (_) @changed)
(update_expression argument: (_) @changed)
(call_expression function: (member_expression object: (_) @changed property: (_) @method)
  (#match? @method "^(push|pop|shift|unshift|splice|sort|reverse|fill)$"))
"""
_SCOPES = re.compile(
    r"program|statement_block|\w*function\w*|method_definition|for\w*statement|catch_clause|switch_body"
)
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


class Script:
    """A script's expressions. A name stands for the constant that the nearest scope declares; what is assigned to
    or changed anywhere, and what a parameter or a pattern names, is UNKNOWN."""

    def __init__(self, root: Node) -> None:
        changed = {_root_name(found["changed"][0]) for found in GRAMMAR.find(_CHANGED, root)}
        self._declared: dict[tuple[int, str], Node | None] = {}
        self._values: dict[int, Value] = {}
        for found in GRAMMAR.find(_DECLARED, root):
            name, value = found.get("name", [None])[0], found.get("value", [None])[0]
            if name is None:
                pattern = found["computed"][0]
                self._declared |= {(_scope(pattern).id, each): None for each in _names(pattern)}
            else:
                written = _typed_name(name)
                key = (_scope(name).id, written)
                twice = key in self._declared
                self._declared[key] = None if written in changed or twice else value

    def values(self, arguments: Node) -> list[Value]:
        """The values of a call's arguments; [UNKNOWN] where they are spread or cannot be read."""
        given = [node for node in arguments.named_children if node.type != "comment"]
        if arguments.has_error or any(node.type == "spread_element" for node in given):
            return [UNKNOWN]
        return [self.value(node) for node in given]

    def value(self, node: Node) -> Value:
        """UNKNOWN where it is computed."""
        try:
            return UNKNOWN if node.has_error else self._value(node)
        except RecursionError:
            return UNKNOWN

    def _value(self, node: Node) -> Value:
        inner = [child for child in node.named_children if child.type != "comment"]
        match node.type:
            case "string":
                return unescaped(text(node)[1:-1])
            case "number":
                return _number(text(node))
            case "true" | "false" | "null" | "undefined":
                return _WORDS[node.type]
            case "template_string":
                return self._template(node)
            case "array" if all(child.type != "spread_element" for child in inner):
                return [self._value(child) for child in inner]
            case "object":
                return self._object(inner)
            case "parenthesized_expression" if len(inner) == 1:
                return self._value(inner[0])
            case "unary_expression":
                value = self._value(inner[-1])
                minus = text(node.child_by_field_name("operator")) == "-" and isinstance(value, int | float)
                return -value if minus and isinstance(value, int | float) else UNKNOWN
            case "binary_expression" if len(inner) == 2:
                operator = text(node.child_by_field_name("operator"))
                return self._binary(operator, self._value(inner[0]), self._value(inner[1]))
            case "member_expression" | "subscript_expression" if len(inner) == 2:
                return self._part(node, *inner)
            case "call_expression" if len(inner) == 2:
                return self._call(*inner)
            case "identifier" | "shorthand_property_identifier":
                return self._named(node)
        return UNKNOWN

    def _template(self, node: Node) -> Value:
        source, at, value = node.text or b"", 1, ""
        for part in [child for child in node.named_children if child.type == "template_substitution"]:
            begin, end = part.start_byte - node.start_byte, part.end_byte - node.start_byte
            inner = as_text(self._value(part.named_children[0])) if part.named_children else None
            if inner is None:
                return UNKNOWN
            value += unescaped(source[at:begin].decode()) + inner
            at = end
        return value + unescaped(source[at:-1].decode())

    def _object(self, members: list[Node]) -> Value:
        found: dict[str, Value] = {}
        for member in members:
            match member.type, member.named_children:
                case "pair", [key, *_, value] if key.type != "computed_property_name":
                    name = text(key)
                    found[unescaped(name[1:-1]) if key.type == "string" else name] = self._value(value)
                case "shorthand_property_identifier", _:
                    found[text(member)] = self._named(member)
                case "spread_element", [spread] if isinstance(more := self._value(spread), dict):
                    found |= more
                case _:
                    return UNKNOWN  # a method, or a name that is computed
        return found

    def _binary(self, operator: str, one: Value, other: Value) -> Value:
        if operator == "+":
            return _added(one, other)
        if operator not in ("||", "??") or one is UNKNOWN or other is UNKNOWN:
            return UNKNOWN
        return other if not one or one == ENVIRONMENT else one

    def _part(self, node: Node, whole: Node, part: Node) -> Value:
        if text(whole) == "__ENV":
            return ENVIRONMENT
        key = text(part) if node.type == "member_expression" else self._value(part)
        match self._value(whole), key:
            case dict(values), str(name):
                return values.get(name, UNKNOWN)
            case list(items), int(index) if 0 <= index < len(items):
                return items[index]
        return UNKNOWN

    def _call(self, function: Node, arguments: Node) -> Value:
        name = text(function)
        if arguments.type == "template_string":  # k6's http.url`…`, which only names a group of URLs
            return self._value(arguments) if name.endswith(".url") else UNKNOWN
        given = self.values(arguments)[0:1] if name in ("JSON.stringify", "encodeURIComponent") else []
        if not given or not is_known(given[0]):
            return UNKNOWN
        if name == "JSON.stringify":  # blanks between values may differ
            return json.dumps(given[0], ensure_ascii=False, separators=(",", ":"))
        plain = as_text(given[0])
        return UNKNOWN if plain is None else quote(plain, safe="!~*'()")

    def _named(self, node: Node) -> Value:
        name, scope = text(node), node.parent
        while scope is not None and scope.type != "ERROR":
            if (scope.id, name) in self._declared:
                written = self._declared[scope.id, name]
                if written is None:
                    return UNKNOWN
                if written.id not in self._values:
                    self._values[written.id] = self._value(written)
                return self._values[written.id]
            scope = scope.parent
        return UNKNOWN


def _scope(node: Node) -> Node:
    while node.parent is not None and not _SCOPES.fullmatch(node.type):
        node = node.parent
    return node


def _typed_name(name: Node) -> str:
    """TypeScript's `const url: string = …`, where the grammar takes the type for the name."""
    before = name.parent.prev_sibling if name.parent else None
    inside = before.named_children if before is not None and before.type == "ERROR" else []
    return text(inside[0] if inside and text(before).endswith(":") else name)


def _names(pattern: Node) -> set[str]:
    nodes, found = [pattern], set()
    while nodes:
        node = nodes.pop()
        nodes += node.named_children
        if "identifier" in node.type:
            found.add(text(node))
    return found


def _root_name(node: Node) -> str:
    """The variable of `a.b[c]`."""
    while node.type in ("member_expression", "subscript_expression"):
        node = node.named_children[0]
    return text(node)


def _added(one: Value, other: Value) -> Value:
    """As `+` does it; UNKNOWN where either is no text or number."""
    if isinstance(one, str) or isinstance(other, str):
        left, right = as_text(one), as_text(other)
        return UNKNOWN if left is None or right is None else left + right
    numbers = [
        value for value in (one, other) if isinstance(value, int | float) and value not in (True, False)
    ]
    return sum(numbers) if len(numbers) == 2 else UNKNOWN


def as_text(value: Value) -> str | None:
    """As a template writes a text, number or boolean; None for anything else."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def is_known(value: Value) -> bool:
    """Whether nothing in it is UNKNOWN, or the environment's."""
    match value:
        case Unknown():
            return False
        case str():
            return ENVIRONMENT not in value
        case list():
            return all(map(is_known, value))
        case dict():
            return all(map(is_known, value.values()))
    return True


def _number(written: str) -> Value:
    digits = written.replace("_", "").rstrip("n")
    if digits[:2].lower() in ("0x", "0o", "0b"):
        return int(digits, 0)
    value = float(digits)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
