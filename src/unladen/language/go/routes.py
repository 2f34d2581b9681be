"""The routes that a Go program registers, read from its source: net/http, chi, gorilla/mux, gin, echo, fiber and
httprouter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unladen.errors import UnladenError
from unladen.language.go.routers import Routers, joined, receiver_of
from unladen.language.go.source import Call, GoFile, call_of
from unladen.language.go.workspace import MainPackage, main_packages, program, read_workspace
from unladen.language.routes import WEBSOCKET, Route, Routes
from unladen.syntax.go import STRINGS, above, below
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ANY = frozenset({"HandleFunc", "Handle", "Any", "All"})
_NAMED = frozenset({"Method", "MethodFunc", "Handle", "Handler", "HandlerFunc", "Add", "Match"})
"""Calls whose first argument may be the method."""
_ASKING = frozenset({"client", "resty", "req"})
"""Receivers of Get and Post that ask, and are asked nothing."""
_FILES = frozenset({"Static", "StaticFS", "StaticFile", "StaticFileFS", "ServeFiles", "File"})
_PATTERN = re.compile(r"(?:(?P<method>[A-Z]+)[ \t]+)?(?P<host>[\w.-]*)(?P<path>/.*)?")
_METHOD = re.compile(r"(?:\w+\.)?Method(\w+)|\"([A-Z]+)\"")
_COMPARED = re.compile(
    r"\.Method\s*([!=]=)\s*(?:http\.Method(\w+)|\"([A-Z]+)\")|case ((?:(?:http\.Method\w+|\"[A-Z]+\")[,\s]*)+):"
)
_SOCKET = re.compile(r"\bUpgrade\(|\bwebsocket\.(?:Accept|Handler|New)\b")
_PARAMETER = re.compile(
    r"\{(?P<braced>\w+)(?::(?P<expression>(?:[^{}]|\{[^{}]*\})+))?(?P<rest>\.\.\.)?\}"
    r"|:(?P<colon>[A-Za-z_]\w*)(?:<(?P<kind>\w+)[^>]*>|\((?P<regex>[^)]*)\))?\??|(?P<star>[*+])(?P<named>\w*)"
)
_KINDS = {"int": "int", "float": "float", "guid": "uuid", "alpha": "[a-z]+"}
SHOWN = 6
"""Files of a folder that is served."""


def routes(root: Path | None, start: Sequence[str]) -> Routes:
    """What the program's source registers; nothing for an image alone."""
    if root is None or not ((root / "go.mod").is_file() or (root / "go.work").is_file()):
        return Routes()
    try:
        workspace = read_workspace(root)
        mains = main_packages(workspace)
        files = program(workspace, _started(mains, start)) if mains else ()
    except UnladenError:
        return Routes()
    return Routes(known=registered(files, root))


def _started(mains: Sequence[MainPackage], start: Sequence[str]) -> MainPackage:
    words = {word.rpartition("/")[2] for word in start[:1]}
    return next((main for main in mains if main.name in words), mains[0])


def registered(files: Sequence[GoFile], root: Path) -> tuple[Route, ...]:
    """Every route of these files, in the order of the text."""
    routers = Routers(files)
    return tuple(
        route for file in files for call in file.calls for route in _routes(call, file, routers, root)
    )


def _routes(call: Call, file: GoFile, routers: Routers, root: Path) -> Iterator[Route]:
    said = _said(call, routers)
    if said is None:
        return
    methods, path, handlers = said
    origin = f"the source in {file.where(call.node, root)}"
    serves = call.name in _FILES or any("http.FileServer" in text(each) for each in handlers)
    bodies = [text(call.node), *(body for each in handlers for body in _bodies(each, routers))]
    if any(_SOCKET.search(body) for body in bodies):
        methods = [WEBSOCKET]
    for prefix in routers.before(receiver_of(call)):
        whole = joined(prefix, path) or "/"
        if serves:
            yield _served(whole, call, handlers, routers, root, origin)
            continue
        template, kinds = _template(whole)
        for method in methods or _looked_at(bodies):
            yield Route(method, template, origin, kinds)


def _said(call: Call, routers: Routers) -> tuple[list[str], str, tuple[Node, ...]] | None:
    """(methods, path, handlers) of a call that registers a route; no methods where it takes all."""
    receiver, given = receiver_of(call), call.arguments
    if receiver is None or not given:
        return None
    if call.name in ("Path", "Name") and len(given) == 1:
        chain = _chain(call.node)
        handled = [each for each in chain if each.name in ("HandlerFunc", "Handler")]
        path = routers.path(given[0])
        found = (_of_chain(chain), path, handled[0].arguments) if handled and path else None
        return found if call.name == "Path" else None
    if len(given) < 2 or (text(receiver) in _ASKING and not call.name.isupper()):
        return None
    if call.name in _NAMED and len(given) >= 3 and (methods := _methods_in(given[0])):
        return _with_path(methods, routers.path(given[1]), given[2:])
    name = call.name.upper()
    if name in METHODS and call.name in (name, name.capitalize()):
        path = routers.path(given[0])
        is_relative = call.name.isupper() and path is not None and re.match(r"[\w.-]+(?:/|$)", path)
        return _with_path([name], f"/{path}" if is_relative else path, given[1:])
    if call.name in _FILES:
        return _with_path(["GET"], routers.path(given[0]), given[1:])
    if call.name in _ANY:
        pattern = routers.path(given[0])
        matched = _PATTERN.fullmatch(pattern) if pattern is not None else None
        if matched is None or (pattern and not matched["path"]):
            return None
        if _is_router(given[-1], routers):
            return None
        methods = [matched["method"]] if matched["method"] else _of_chain(_chain(call.node))
        return methods, matched["path"] or "", given[1:]
    return None


def _with_path(
    methods: list[str], path: str | None, handlers: Sequence[Node]
) -> tuple[list[str], str, tuple[Node, ...]] | None:
    """None where the text is no path, or a text stands where a handler has to."""
    if path is None or (path and not path.startswith(("/", "*", ":"))):
        return None
    return methods, path, tuple(handlers)


def _is_router(handler: Node, routers: Routers) -> bool:
    """Whether what is handled there are routes of their own: `http.StripPrefix("/a", router)`."""
    if handler.type != "call_expression" or call_of(handler).name != "StripPrefix":
        return False
    inner = call_of(handler).arguments[-1]
    named = inner.type in ("identifier", "selector_expression")
    return named and "FileServer" not in text(routers.is_set_to(inner))


def _chain(node: Node) -> list[Call]:
    """The calls on a call's result, from the inside out: `.Methods("GET")`, `.Name("x")`."""
    found = []
    for outer in above(node):
        if outer.type == "call_expression":
            found.append(call_of(outer))
        elif outer.type != "selector_expression":
            break
    return found


def _of_chain(chain: Sequence[Call]) -> list[str]:
    named = (each for call in chain if call.name == "Methods" for each in call.arguments)
    return [method for each in named for method in _methods_in(each)]


def _methods_in(node: Node) -> list[str]:
    """The methods that an expression names: "GET", http.MethodGet, []string{"GET", "POST"}."""
    if node.type in ("selector_expression", "composite_literal", *STRINGS):
        names = [(one or two).upper() for one, two in _METHOD.findall(text(node))]
        return names if names and set(names) <= {*METHODS, "CONNECT", "TRACE"} else []
    return []


def _bodies(handler: Node, routers: Routers) -> Iterator[str]:
    """The source of a handler: its own, that of the functions that it names."""
    if handler.type == "func_literal":
        yield text(handler)
        return
    for name in below(handler, "identifier", "field_identifier"):
        yield from map(text, routers.functions.get(text(name), [])[:2])


def _looked_at(bodies: Sequence[str]) -> list[str]:
    """The methods that a handler for all of them tells apart itself; GET where it does not."""
    found: dict[str, bool] = {}
    for body in bodies:
        for sign, name, quoted, cases in _COMPARED.findall(body):
            if cases:
                found |= dict.fromkeys([(one or two).upper() for one, two in _METHOD.findall(cases)], False)
            else:
                found[(name or quoted).upper()] = sign == "=="
    methods = [method for method in METHODS if method in found and method != "OPTIONS"]
    return ["GET", *methods] if any(found.values()) and "GET" not in methods else methods or ["GET"]


def _served(
    path: str, call: Call, handlers: Sequence[Node], routers: Routers, root: Path, origin: str
) -> Route:
    """A folder whose files are served, with some that are there; a single file where it is one."""
    named = [value for each in (*handlers, *call.arguments[1:]) for literal in below(each, *STRINGS)
             if (value := routers.path(literal)) is not None]  # fmt: skip
    there = [folder for value in named if not value.startswith("/") and (folder := root / value).exists()]
    if call.name in ("StaticFile", "StaticFileFS", "File"):
        return Route("GET", path, origin)
    files: list[str] = []
    if there and there[-1].is_dir():
        every = sorted(
            each for each in there[-1].rglob("*") if each.is_file() and not each.name.startswith(".")
        )
        files = [each.relative_to(there[-1]).as_posix() for each in every[:SHOWN]]
    base = re.sub(r"[*{:][^/]*$", "", path).rstrip("/")
    return Route("GET", f"{base}/{{path}}", origin, {"path": "path"}, {"path": files})


def _template(path: str) -> tuple[str, dict[str, str]]:
    """The path with {parameters}, and what they take."""
    kinds: dict[str, str] = {}

    def parameter(match: re.Match[str]) -> str:
        if match["star"]:
            name = match["named"] or "rest"
            kinds[name] = "path"
        else:
            name = match["braced"] or match["colon"]
            expression = match["expression"] or match["regex"]
            kinds[name] = "path" if match["rest"] else expression or _KINDS.get(match["kind"] or "", "str")
        return f"{{{name}}}"

    return _PARAMETER.sub(parameter, path.replace("{$}", "")), kinds
