"""Values for the parameters of a path, by what they take and how they are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from unladen.language import patterns
from unladen.language.routes import Route

PARAMETER = re.compile(r"\{([^{}/]+)\}")
_KINDS = {
    "int": ("1", "999999"),
    "float": ("1.5", "-1e9"),
    "uuid": ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "00000000-0000-0000-0000-000000000000"),
    "path": ("a/b.txt", "no/such/file"),
    "slug": ("first-post", "no-such-slug"),
}
_NAMES: tuple[tuple[str, str], ...] = (
    (r"(.*_)?(id|pk|num|number|page|n|count|index|offset|limit|size)|\w*[a-z]Id|ID", "1"),
    (r"(.*_)?(uuid|guid)", _KINDS["uuid"][0]),
    (r"year", "2024"),
    (r"month|day|hour|minute|week", "1"),
    (r"(.*_)?date", "2024-01-31"),
    (r"(.*_)?(slug)", "first-post"),
    (r"(.*_)?(email|mail)", "someone@example.com"),
    (r"(.*_)?(lang|language|locale)(_code)?", "en"),
    (r"(.*_)?(format|ext|extension)", "json"),
    (r"(.*_)?(file_?name|file|path|filepath)", "file.txt"),
    (r"(.*_)?(code|status)", "200"),
    (r"(.*_)?(user|user_?name|name|login|owner|author)", "alice"),
    (r"(.*_)?(token|hash|sha|key|secret)", "0123456789abcdef0123456789abcdef"),
    (r"(.*_)?(width|height|w|h|seconds|delay)", "1"),
)
"""Name of a text parameter → what fits it."""
ANYTHING = ("1", "no-such-value")


def filled(route: Route, *, exists: bool = True) -> str:
    """The route's path with a value for each parameter, percent-encoded; `exists`: one that may be there."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return quote(_value(name, route.parameters, route.examples.get(name, ()), exists), safe="/:@,+-._~")

    return PARAMETER.sub(value, quote(route.path, safe="/{}:@,+-._~!$&'()*;=%"))


def every_example(route: Route) -> list[str]:
    """Paths to all that is known to be there: the files of a folder that is served."""
    found = [filled(route)]
    for name, values in route.examples.items():
        slot = f"{{{name}}}"
        if slot in route.path:
            found += [filled(_with(route, slot, value)) for value in values]
    return list(dict.fromkeys(found))


def _with(route: Route, slot: str, value: str) -> Route:
    return Route(
        route.method, route.path.replace(slot, quote(value)), route.origin, route.parameters, route.examples
    )


def _value(name: str, kinds: Mapping[str, str], examples: object, exists: bool) -> str:
    known = [str(each) for each in examples] if isinstance(examples, list | tuple) else []
    kind = kinds.get(name, "str")
    if known and exists:
        return known[0]
    if kind in _KINDS:
        return _KINDS[kind][not exists]
    expression = kind if kind not in ("", "str") else ""
    by_name = (text for pattern, text in _NAMES if re.fullmatch(pattern, name, re.IGNORECASE))
    candidates = (next(by_name, ANYTHING[0]), "en", "a", "2024") if exists else (ANYTHING[1], "zz", "9")
    if not expression:
        return candidates[0]
    return next((text for text in candidates if _matches(expression, text)), patterns.example(expression))


def _matches(expression: str, text: str) -> bool:
    try:
        return re.fullmatch(expression, text) is not None
    except re.error:
        return False
