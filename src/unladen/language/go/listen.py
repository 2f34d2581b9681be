"""Where the program listens, read from its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from unladen.language.go.source import GoFile
from unladen.language.interface import Fact

# Calls and values that make a server of a program: net/http and fasthttp, gin, echo, fiber; then net and gRPC.
_SERVES = re.compile(r"\bListenAndServe(?:TLS)?\(|\bhttp\.Serve(?:TLS)?\(|\bhttp\.Server\s*\{|\bautocert\b")
_LISTENS = re.compile(r"\bnet\.Listen(?:TCP)?\(|\bListenConfig\b|\bgrpc\.NewServer\(")
_FRAMEWORKS = re.compile(r"/gin$|/echo(?:/v\d+)?$|/fiber(?:/v\d+)?$|/iris(?:/v\d+)?$|/beego|/go-zero/rest$")
_FRAMEWORK_STARTS = re.compile(r"\.(?:Run|RunTLS|Start|StartTLS|Listen)\(")

_ROLE = r"(?:HTTP|SERVER|APP|API|WEB|LISTEN|SERVICE|BIND|REST|GRPC|HTTP_SERVER|HTTP_LISTEN)"
_PORT_VARIABLE = rf"(?:[A-Z0-9]+_)??{_ROLE}?_?PORT"
_ADDRESS_VARIABLE = rf"(?:{_ROLE}_)?(?:ADDR|ADDRESS|BIND|LISTEN)"
_NOT_OURS = re.compile(
    r"(?:DB|SQL|POSTGRES\w*|PG|MYSQL|MONGO\w*|REDIS|SMTP|MAIL|KAFKA|AMQP|RABBIT\w*|NATS|METRICS|DEBUG)_"
)
_FLAG_NAMES = r"(?:port|http-?port|addr|address|listen|http|bind|listen-?addr\w*|http-?addr)"

_ENVIRONMENT = re.compile(rf'["`](?P<name>{_PORT_VARIABLE}|{_ADDRESS_VARIABLE})["`]')
_TAG_DEFAULT = re.compile(
    r'`[^`]*\benv(?:config)?:"(?P<name>[A-Z_]+)[^"]*"[^`]*\b(?:envDefault|default):"(?P<value>[^"]*)"[^`]*`'
)
_FLAG = re.compile(
    r"\.(?:Int|Uint|Uint16|String)(?:Var)?P?\(\s*(?:&[\w.]+,\s*)?"
    rf'"{_FLAG_NAMES}",\s*(?:"\w?",\s*)?(?P<helper>[\w.]+\("\w+",\s*)?(?P<value>"[^"\n]*"|\d+)'
)
_CALL = re.compile(
    r"(?:\bListenAndServe(?:TLS)?\(\s*|\bAddr:\s*|\bnet\.Listen\(\s*\"tcp\d?\",\s*|\.(?:Run|RunTLS|Start|Listen)\(\s*)"
    r'"(?P<value>[^"\n]*:\d+)"'
)
_NAMED = re.compile(
    r'\b(?i:\w*port|\w*addr(?:ess)?)\b\s*(?:u?int(?:16)?\s*|string\s*)?(?::=|=|:)\s*(?P<value>"[^"\n]*"|\d+)'
)
_ADDRESS = re.compile(r"^(?:[\d.]*|localhost|\[[\d:]*\])?:(\d{2,5})$")
_NEARBY_LINES = 6


def listens(files: Sequence[GoFile]) -> bool:
    """Whether anything in these files accepts connections."""
    return serves_http(files) or any(_LISTENS.search(file.code) for file in files)


def serves_http(files: Sequence[GoFile]) -> bool:
    """Whether anything in these files is an HTTP server."""
    for file in files:
        if _SERVES.search(file.code):
            return True
        if any(map(_FRAMEWORKS.search, file.imports)) and _FRAMEWORK_STARTS.search(file.code):
            return True
    return False


def port(files: Sequence[GoFile], root: Path) -> Fact[int] | None:
    """The first port found; what is easy to change (a variable, a flag) before what is written out."""
    for finder in (_from_environment, _from_tags, _from_flags, _from_calls, _from_names, _from_literals):
        for file in files:
            for value, offset, what in finder(file):
                if (number := port_number(value)) is not None:
                    return Fact(number, f"{file.where(offset, root)} {what}")
    return None


def port_variable(files: Sequence[GoFile], root: Path) -> Fact[str] | None:
    """The environment variable that names the port, where no default was found beside it."""
    for file in files:
        for match in _variables(file):
            if match["name"].endswith("PORT"):
                return Fact(match["name"], f"{file.where(match.start(), root)} {_shown(file, match)}")
    return None


def port_number(value: str) -> int | None:
    """The port of "8080", ":8080", "localhost:8080"."""
    digits = value.strip("\"'` ").rpartition(":")[2]
    return int(digits) if digits.isdigit() and 0 < int(digits) < 65536 else None


def only_local(files: Sequence[GoFile], root: Path) -> str | None:
    """Where the program listens on the loopback interface alone, which nobody else reaches."""
    for file in files:
        for literal in file.literals:
            if re.fullmatch(r"(?:localhost|127\.0\.0\.1|\[::1\]):\d+", literal.value):
                before = file.code[max(0, literal.start - 60) : literal.start]
                if re.search(r"Listen\w*\([^)]*$|Addr:\s*$", before):
                    return f"{file.where(literal.start, root)} {literal.value}"
    return None


def _variables(file: GoFile) -> Iterator[re.Match[str]]:
    found = [match for match in _ENVIRONMENT.finditer(file.code) if not _NOT_OURS.match(match["name"])]
    found = [match for match in found if match.start() >= file.import_end]
    return iter(sorted(found, key=lambda match: (match["name"] != "PORT", match.start())))


def _from_environment(file: GoFile) -> Iterator[tuple[str, int, str]]:
    """`os.Getenv("PORT")`, `getEnv("PORT", "8080")`, with the first number on the lines after it."""
    for match in _variables(file):
        following = "\n".join(file.code[match.end() :].split("\n")[:_NEARBY_LINES])
        default = re.search(r'["`](?:[\w.\[\]]*:)?(\d{2,5})["`]|[=(,]\s*(\d{2,5})\b', following)
        if default:
            number = default[1] or default[2]
            yield number, match.start(), f"{_shown(file, match)}, default {number}"


def _shown(file: GoFile, match: re.Match[str]) -> str:
    before = re.search(r"[\w.]+\($", file.code[: match.start()])
    return f'{before[0]}"{match["name"]}")' if before else f'"{match["name"]}"'


def _from_tags(file: GoFile) -> Iterator[tuple[str, int, str]]:
    for match in _TAG_DEFAULT.finditer(file.code):
        if re.fullmatch(rf"{_PORT_VARIABLE}|{_ADDRESS_VARIABLE}", match["name"]) and not _NOT_OURS.match(
            match["name"]
        ):
            yield match["value"], match.start(), f"struct tag {match['name']}, default {match['value']}"


def _from_flags(file: GoFile) -> Iterator[tuple[str, int, str]]:
    return ((m["value"], m.start(), m[0].lstrip(".") + "…)") for m in _FLAG.finditer(file.code))


def _from_calls(file: GoFile) -> Iterator[tuple[str, int, str]]:
    return ((m["value"], m.start(), m[0].lstrip(".")) for m in _CALL.finditer(file.code))


def _from_names(file: GoFile) -> Iterator[tuple[str, int, str]]:
    for match in _NAMED.finditer(file.code):
        digits = match["value"].strip('"')
        if digits.isdigit() or _ADDRESS.match(digits):
            yield digits, match.start(), match[0]


def _from_literals(file: GoFile) -> Iterator[tuple[str, int, str]]:
    return ((lit.value, lit.start, f'"{lit.value}"') for lit in file.literals if _ADDRESS.match(lit.value))
