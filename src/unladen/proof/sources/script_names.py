"""Which names of a script stand for a value that is written out, at each place in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from unladen.proof.sources.script_tokens import Token
from unladen.proof.sources.script_values import UNKNOWN, Value, read

Names = Callable[[str], Value]
"""A name's value; UNKNOWN where only a run could tell."""

_DECLARING = frozenset({"const", "let", "var"})
_ASSIGNING = frozenset(
    {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**=", "<<=", ">>=", ">>>=", "||=", "&&=", "??="}
)
_STEPPING = frozenset({"++", "--"})
_CHANGING = frozenset({"push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def walk(found: Sequence[Token]) -> Iterator[tuple[int, Names]]:
    """Every place in the script with the names that are known there. A constant of the whole script is known in
    functions above it, too."""
    changed = frozenset(_changed(found))
    whole: dict[str, Value] = {}
    for _ in _scopes(found, changed, whole):
        pass
    for at, scopes in _scopes(found, changed, dict(whole)):
        yield at, _names(scopes)


def _names(scopes: list[dict[str, Value]]) -> Names:
    return lambda name: next((scope[name] for scope in reversed(scopes) if name in scope), UNKNOWN)


def _scopes(
    found: Sequence[Token], changed: frozenset[str], whole: dict[str, Value]
) -> Iterator[tuple[int, list[dict[str, Value]]]]:
    """`whole` is filled with what is declared outside of every bracket."""
    scopes = [whole]
    parameters: dict[str, Value] = {}
    for at, token in enumerate(found):
        if token.kind == "sign" and token.text == "{":
            scopes.append(parameters)
            parameters = {}
        elif token.kind == "sign" and token.text == "}" and len(scopes) > 1:
            scopes.pop()
        elif token.kind == "name" and token.text in _DECLARING:
            _declare(found, at + 1, scopes, changed)
        elif token.text == "function" and token.kind == "name":
            parameters = dict.fromkeys(_until_closed(found, at + 1), UNKNOWN)
        elif token.text == "=>":
            parameters = dict.fromkeys(_before_arrow(found, at), UNKNOWN)
        yield at, scopes


def _declare(
    found: Sequence[Token], at: int, scopes: list[dict[str, Value]], changed: frozenset[str]
) -> None:
    """`const a = 1, b = 2`: only the first is read, the others are computed. So is what a pattern names."""
    if at >= len(found):
        return
    if found[at].text in _OPENING:
        scopes[-1].update(dict.fromkeys(_until_closed(found, at), UNKNOWN))
        return
    name, after = found[at].text, at + 1
    if after < len(found) and found[after].text == ":":  # a type
        after = next((n for n in range(after, len(found)) if found[n].text in ("=", ";")), len(found))
    written = after < len(found) and found[after].text == "=" and name not in changed
    scopes[-1][name] = read(found, after + 1, _names(scopes)) if written else UNKNOWN


def _until_closed(found: Sequence[Token], at: int) -> Iterator[str]:
    """The names in the first brackets from here on."""
    depth = 0
    for token in found[at:]:
        if token.kind == "name" and depth:
            yield token.text
        depth += (token.text in _OPENING) - (token.text in _CLOSING) if token.kind == "sign" else 0
        if token.kind == "sign" and token.text in _CLOSING and depth <= 0:
            return


def _before_arrow(found: Sequence[Token], at: int) -> Iterator[str]:
    depth = 0
    for token in reversed(found[:at]):
        depth += (token.text in _CLOSING) - (token.text in _OPENING) if token.kind == "sign" else 0
        if token.kind == "name":
            yield token.text
        if depth <= 0:
            return


def _changed(found: Sequence[Token]) -> Iterator[str]:
    """Names that something is assigned to after their declaration, or to a part of them."""
    for at, token in enumerate(found):
        if token.kind != "sign" and token.text not in _CHANGING:
            continue
        if token.text in _STEPPING:
            yield from (name for name in (_root(found, at - 1), _name_at(found, at + 1)) if name)
        elif token.text in _ASSIGNING or (token.text in _CHANGING and _name_at(found, at + 1) is None):
            place = at - 1 if token.kind == "sign" else at
            if name := _root(found, place):
                yield name


def _name_at(found: Sequence[Token], at: int) -> str | None:
    return found[at].text if at < len(found) and found[at].kind == "name" else None


def _root(found: Sequence[Token], at: int) -> str | None:
    """The variable of `a.b[c]` that ends at this token; None where it is being declared."""
    while at >= 0:
        if found[at].text == "]" and found[at].kind == "sign":
            depth = 0
            while at >= 0:
                depth += (found[at].text == "]") - (found[at].text == "[")
                at -= 1
                if not depth:
                    break
        elif found[at].kind == "name" and at and found[at - 1].text == ".":
            at -= 2
        else:
            break
    if at < 0 or found[at].kind != "name" or (at and found[at - 1].text in _DECLARING):
        return None
    return found[at].text
