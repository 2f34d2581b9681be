"""What listens in the program, and with which address it is told to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unladen.language.go.source import GoFile
from unladen.syntax.go import STRINGS, fields, string
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

# Calls and values that make a server of a program: net/http and fasthttp, gin, echo, fiber; then net and gRPC.
_SERVE = re.compile(r"(?:.*\.)?ListenAndServe(?:TLS)?|http\.Serve(?:TLS)?")
_LISTEN = re.compile(r"(?:net|tls)\.Listen(?:TCP)?|.*\bListenConfig\b.*\.Listen")
_FRAMEWORKS = re.compile(r"/gin$|/echo(?:/v\d+)?$|/fiber(?:/v\d+)?$|/iris(?:/v\d+)?$|/beego|/go-zero/rest$")
_FRAMEWORK_STARTS = frozenset({"Run", "RunTLS", "Start", "StartTLS", "Listen"})
LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]):\d+")


def listens(files: Sequence[GoFile]) -> bool:
    """Whether anything in these files accepts connections."""
    called = {call.function for file in files for call in file.calls}
    return serves_http(files) or "grpc.NewServer" in called or any(map(_LISTEN.fullmatch, called))


def serves_http(files: Sequence[GoFile]) -> bool:
    """Whether anything in these files is an HTTP server."""
    return any(
        any(_SERVE.fullmatch(call.function) for call in file.calls)
        or any(_servers(file))
        or "golang.org/x/crypto/acme/autocert" in file.imports
        or (_framework(file) and any(call.name in _FRAMEWORK_STARTS for call in file.calls))
        for file in files
    )


def only_local(files: Sequence[GoFile], root: Path) -> str | None:
    """Where the program listens on the loopback interface alone, which nobody else reaches."""
    for file in files:
        for node in addresses(file):
            if LOOPBACK.fullmatch(value := string(node) or ""):
                return f"{file.where(node, root)} {value}"
    return None


def addresses(file: GoFile) -> Iterator[Node]:
    """The addresses that are given to calls that listen, as expressions."""
    for call in file.calls:
        given = call.arguments
        if _SERVE.fullmatch(call.function):
            yield from given[:1]
        elif _LISTEN.fullmatch(call.function) and not any(text(each).startswith('"unix') for each in given):
            yield from given[-1:]
        elif call.name in _FRAMEWORK_STARTS and "." in call.function:
            yield from given[:1] if _framework(file) else [each for each in given if each.type in STRINGS][:1]
    for body in _servers(file):
        yield from (value for key, value in fields(body) if key == "Addr")


def _framework(file: GoFile) -> bool:
    return any(map(_FRAMEWORKS.search, file.imports))


def _servers(file: GoFile) -> Iterator[Node]:
    """The bodies of `http.Server{…}`."""
    for found in file.find("(composite_literal type: (qualified_type) @type body: (_) @body)"):
        if text(found["type"][0]).endswith("http.Server"):
            yield found["body"][0]
