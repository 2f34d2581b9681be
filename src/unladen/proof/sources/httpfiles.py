"""Requests in .http and .rest files, of VS Code's REST client and of JetBrains' HTTP client, and in .hurl files.

Formats: https://github.com/Huachao/vscode-restclient, https://www.jetbrains.com/help/idea/exploring-http-syntax.html,
https://hurl.dev/docs/grammar.html.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import urlencode

from unladen.proof.sources.asked import LeftOut
from unladen.proof.sources.multipart import TYPE, CannotSend, Files, form, part
from unladen.proof.sources.placeholders import Variables, complete, request
from unladen.proof.sources.recorded import Recorded

_SEPARATOR = re.compile(r"###.*")
_VARIABLE = re.compile(r"\s*@([\w.-]+)\s*=\s*(.*)")
_START = re.compile(
    r"(?:(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|QUERY|TRACE)\s+)?(\S.*?)(?:\s+HTTP/[\d.]+)?\s*"
)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)")
_FILE = re.compile(r"<(?:@\w*)?\s+(\S+)\s*")
_HURL_START = re.compile(r"([A-Z]{3,10})\s+(\S+)\s*")
_HURL_ANSWER = re.compile(r"HTTP(?:/[\d.]+)?(?:\s+.*)?")
_HURL_FILE = re.compile(r"file\s*,\s*([^;]+);(.*)")
_EDGE = re.compile(r"content-type:\s*multipart/form-data\s*;.*boundary=\"?([^\";\s]+)", re.IGNORECASE)
_SECTION = re.compile(r"\[(\w+)\]\s*")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

Found = Iterator[Recorded | LeftOut]


def from_http(text: str, file: str, known: Variables, files: Files) -> Found:
    """The requests between lines of ###."""
    lines = text.splitlines()
    known = {**known, **{found[1]: found[2] for line in lines if (found := _VARIABLE.fullmatch(line))}}
    begin = 0
    for at in [*(at for at, line in enumerate(lines) if _SEPARATOR.match(line)), len(lines)]:
        yield from _one(lines[begin:at], begin + 1, file, known, files)
        begin = at + 1


def _one(lines: list[str], number: int, file: str, known: Variables, files: Files) -> Found:
    at = 0
    while at < len(lines) and (
        _is_aside(lines[at]) or not lines[at].strip() or _VARIABLE.fullmatch(lines[at])
    ):
        at += 1
    if at == len(lines) or not (start := _START.fullmatch(lines[at])):
        return
    url, origin = start[2], f"{file}:{number + at}"
    at += 1
    while at < len(lines) and re.match(r"\s+[?&/]", lines[at]):
        url, at = url + lines[at].strip(), at + 1
    headers: list[tuple[str, str]] = []
    while at < len(lines) and lines[at].strip():
        if not _is_aside(lines[at]) and (found := _HEADER.fullmatch(lines[at].strip())):
            headers.append((found[1], found[2]))
        at += 1
    kept = re.split(r"(?m)^(?:> |>>|<> ).*$", "\n".join(lines[at + 1 :]))[0].strip("\n")
    boundary = next((found[1] for name, value in headers if (found := _EDGE.search(f"{name}: {value}"))), "")
    try:
        if boundary:
            body: str | bytes = form(_http_parts(kept, boundary, known, files))
            headers = [
                *(pair for pair in headers if pair[0].lower() != "content-type"),
                ("content-type", TYPE),
            ]
        elif sent := _FILE.fullmatch(kept.strip()):
            body = files.read(sent[1])
        elif "{%" in kept or "\n< " in f"\n{kept}":
            raise CannotSend("a script makes their body")
        else:
            body = kept.rstrip()
    except CannotSend as error:
        yield LeftOut(str(error))
    else:
        yield request(start[1] or "GET", url, headers, body, known, origin)


def _http_parts(text: str, boundary: str, known: Variables, files: Files) -> Iterator[bytes]:
    """The parts of a body as it is written; a line `< path` stands for a file's contents."""
    for each in re.split(rf"(?m)^--{re.escape(boundary)}(?:--)?\s*$", text)[1:]:
        head, blank, content = each.strip("\n").partition("\n\n")
        if not blank:
            continue
        sent = _FILE.fullmatch(content.strip())
        body = files.read(sent[1]) if sent else complete(content, known).encode()
        yield "\r\n".join(complete(head, known).splitlines()).encode() + b"\r\n\r\n" + body


def _is_aside(line: str) -> bool:
    return line.lstrip().startswith(("#", "//"))


def from_hurl(text: str, file: str, known: Variables, files: Files) -> Found:
    """Each request up to what it expects as an answer."""
    entries: list[tuple[int, list[str]]] = []
    answering, fenced = True, False
    for number, line in enumerate(text.splitlines(), 1):
        fenced ^= line.startswith("```")
        if answering and not fenced and _HURL_START.fullmatch(line) and not line.startswith("HTTP"):
            entries.append((number, [line]))
            answering = False
        elif not fenced and _HURL_ANSWER.fullmatch(line):
            answering = True
        elif not answering and entries:
            entries[-1][1].append(line)
    for number, lines in entries:
        try:
            yield _of_hurl(lines, f"{file}:{number}", known, files)
        except CannotSend as error:
            yield LeftOut(str(error))


def _of_hurl(lines: list[str], origin: str, known: Variables, files: Files) -> Recorded | LeftOut:
    """Raises CannotSend."""
    start = _HURL_START.fullmatch(lines[0])
    assert start is not None
    url, section = start[2], ""
    headers: list[tuple[str, str]] = []
    given: dict[str, list[tuple[str, str]]] = {}
    body: list[str] = []
    for line in lines[1:]:
        pair = _HEADER.fullmatch(line.strip())
        if body or (line.strip() and not line.startswith("#") and not pair and not _SECTION.fullmatch(line)):
            body.append(line)
        elif named := _SECTION.fullmatch(line):
            section = named[1].lower()
        elif pair and not line.startswith("#"):
            (given.setdefault(section, []) if section else headers).append((pair[1], pair[2]))
    known = {**known, **{name.split()[-1]: value for name, value in given.get("options", []) if " " in name}}
    if query := [*given.get("querystringparams", []), *given.get("query", [])]:
        url += ("&" if "?" in url else "?") + urlencode(query, safe="{}")
    headers += [("cookie", f"{name}={value}") for name, value in given.get("cookies", [])]
    for name, value in given.get("basicauth", []):
        headers.append(("authorization", "Basic " + base64.b64encode(f"{name}:{value}".encode()).decode()))
    if parts := [*given.get("multipartformdata", []), *given.get("multipart", [])]:
        headers.append(("content-type", TYPE))
        return request(start[1], url, headers, form(_hurl_parts(parts, known, files)), known, origin)
    text = "\n".join(body).strip()
    if fields := [*given.get("formparams", []), *given.get("form", [])]:
        headers, text = [("content-type", FORM), *headers], urlencode(fields, safe="{}")
    elif fence := re.fullmatch(r"```(\w*)[^\n]*\n(.*?)\n?```", text, re.DOTALL):
        text = fence[2]
    elif sent := _HURL_FILE.fullmatch(text):
        return request(start[1], url, headers, files.read(sent[1]), known, origin)
    if text[:1] in ("{", "[") and all(name.lower() != "content-type" for name, _ in headers):
        headers = [("content-type", JSON), *headers]
    return request(start[1], url, headers, text.strip("`"), known, origin)


def _hurl_parts(fields: list[tuple[str, str]], known: Variables, files: Files) -> Iterator[bytes]:
    for name, value in fields:
        if sent := _HURL_FILE.fullmatch(value):
            yield part(name, files.read(sent[1]), file=sent[1], kind=sent[2].strip())
        else:
            yield part(name, complete(value, known).encode())
