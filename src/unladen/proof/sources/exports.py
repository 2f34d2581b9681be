"""Requests in exports of Postman (v2), Insomnia (v4 and v5) and Bruno.

Formats: https://schema.postman.com/, https://docs.insomnia.rest/, https://docs.usebruno.com/bru-lang/overview.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from unladen.proof.sources.asked import LeftOut
from unladen.proof.sources.httpfiles import FORM, JSON, Found
from unladen.proof.sources.multipart import TYPE, CannotSend, Files, form, part
from unladen.proof.sources.placeholders import Variables, complete, filled, request
from unladen.proof.sources.recorded import Recorded

Node = Mapping[str, Any]
Pairs = list[tuple[str, str]]


def from_postman(document: Node, file: str, known: Variables, files: Files) -> Found:
    """The requests of a collection, folder by folder."""
    own = dict(_pairs(document.get("variable"), "key"))
    yield from _postman_items(document.get("item"), {**own, **known}, file, document.get("auth"), files)


def environment(document: Node) -> Variables:
    """What a Postman environment gives values to."""
    each = document.get("values")
    kept = (
        [item for item in each if isinstance(item, dict) and item.get("enabled", True)]
        if isinstance(each, list)
        else []
    )
    return dict(_pairs(kept, "key"))


def _postman_items(items: object, known: Variables, file: str, auth: object, files: Files) -> Found:
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        inner = item.get("auth") or auth
        yield from _postman_items(item.get("item"), known, file, inner, files)
        asked = item.get("request")
        if isinstance(asked, str):
            yield request("GET", asked, [], "", known, f"{file} {item.get('name', '')}".strip())
        elif isinstance(asked, dict):
            origin = f"{file} {item.get('name', '')}".strip()
            yield _or_left_out(_postman, asked, known, origin, asked.get("auth") or inner, files)


def _or_left_out(read: Callable[..., Recorded | LeftOut], *arguments: object) -> Recorded | LeftOut:
    try:
        return read(*arguments)
    except CannotSend as error:
        return LeftOut(str(error))


def _postman(asked: Node, known: Variables, origin: str, auth: object, files: Files) -> Recorded | LeftOut:
    """Raises CannotSend."""
    url = asked.get("url") or ""
    if isinstance(url, dict):
        for name, value in _pairs(url.get("variable"), "key"):
            url = {
                **url,
                "raw": re.sub(
                    rf":{re.escape(name)}(?=[/?]|$)", quote(value, safe="{}"), str(url.get("raw", ""))
                ),
            }
        url = url.get("raw") or ""
    headers = [*_credentials(auth), *_pairs(asked.get("header"), "key")]
    body = asked.get("body") if isinstance(asked.get("body"), dict) else {}
    assert isinstance(body, dict)
    text: str | bytes = ""
    match body.get("mode"):
        case "raw":
            text = str(body.get("raw") or "")
            language = ((body.get("options") or {}).get("raw") or {}).get("language")
            headers = [*([("content-type", JSON)] if language == "json" and text else []), *headers]
        case "urlencoded":
            text = urlencode(_pairs(body.get("urlencoded"), "key"), safe="{}")
            headers = [("content-type", FORM), *headers]
        case "graphql" if isinstance(body.get("graphql"), dict):
            return LeftOut("they are GraphQL")
        case "formdata":
            text = form(_postman_parts(body.get("formdata"), known, files))
            headers = _as_form(headers)
        case "file":
            sent = body.get("file")
            text = files.read(str(sent.get("src") or "") if isinstance(sent, dict) else "")
    return request(str(asked.get("method") or "GET"), str(url), headers, text, known, origin)


def _postman_parts(items: object, known: Variables, files: Files) -> Iterator[bytes]:
    each = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    for item in each:
        name, kind = filled(str(item.get("key") or ""), known), str(item.get("contentType") or "")
        if item.get("disabled") or not name:
            continue
        if item.get("type") != "file":
            yield part(name, complete(str(item.get("value") or ""), known).encode(), kind=kind)
            continue
        source = item.get("src")
        for path in source if isinstance(source, list) else [source]:
            yield part(name, files.read(str(path or "")), file=str(path), kind=kind)


def _as_form(headers: Pairs) -> Pairs:
    """The boundary is ours, whatever they say of the type."""
    return [*(pair for pair in headers if pair[0].lower() != "content-type"), ("content-type", TYPE)]


def _credentials(auth: object) -> Iterator[tuple[str, str]]:
    if not isinstance(auth, dict):
        return
    kind = str(auth.get("type") or "")
    given = dict(_pairs(auth.get(kind), "key")) if isinstance(auth.get(kind), list) else dict(auth)
    match kind:
        case "bearer" if given.get("token"):
            yield "authorization", f"Bearer {given['token']}"
        case "basic":
            user, password = given.get("username", ""), given.get("password", "")
            if "{{" in f"{user}{password}":
                yield "authorization", f"{user}{password}"  # what is not filled in leaves the request out
            else:
                yield "authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        case "apikey" if given.get("in", "header") == "header" and given.get("key"):
            yield given["key"], given.get("value", "")


def _pairs(items: object, name: str) -> Pairs:
    each = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    there = [item for item in each if not item.get("disabled") and item.get(name) not in (None, "")]
    return [(str(item[name]), str("" if item.get("value") is None else item["value"])) for item in there]


def from_insomnia(document: Node, file: str, files: Files) -> Found:
    """The requests of an export, in its order."""
    resources = document.get("resources")
    if isinstance(resources, list):  # v4
        each = [item for item in resources if isinstance(item, dict)]
        environments = [item.get("data") for item in each if item.get("_type") == "environment"]
        found = [item for item in each if item.get("_type") == "request"]
    else:
        below = document.get("environments")
        environments = [below.get("data")] if isinstance(below, dict) else []
        found = [*_insomnia_below(document.get("collection"))]
    known = {
        str(name): str(value)
        for data in environments
        if isinstance(data, dict)
        for name, value in data.items()
    }
    for item in found:
        yield _or_left_out(_insomnia, item, known, f"{file} {item.get('name', '')}".strip(), files)


def _insomnia_below(items: object) -> Iterator[dict[str, Any]]:
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield from _insomnia_below(item.get("children"))
            if item.get("url"):
                yield item


def _insomnia(item: Node, known: Variables, origin: str, files: Files) -> Recorded | LeftOut:
    """Raises CannotSend."""
    url, body = str(item.get("url") or ""), item.get("body")
    if query := _pairs(item.get("parameters"), "name"):
        url += ("&" if "?" in url else "?") + urlencode(query, safe="{}")
    headers = [*_credentials(item.get("authentication")), *_pairs(item.get("headers"), "name")]
    body = body if isinstance(body, dict) else {}
    kind = str(body.get("mimeType") or "")
    text: str | bytes = str(body.get("text") or "")
    if kind == FORM:
        text = urlencode(_pairs(body.get("params"), "name"), safe="{}")
    elif kind.startswith("multipart/"):
        text, kind = form(_insomnia_parts(body.get("params"), known, files)), TYPE
        headers = [pair for pair in headers if pair[0].lower() != "content-type"]
    elif name := body.get("fileName"):
        text = files.read(str(name))
    if kind and text:
        headers = [("content-type", kind), *headers]
    return request(str(item.get("method") or "GET"), url, headers, text, known, origin)


def _insomnia_parts(items: object, known: Variables, files: Files) -> Iterator[bytes]:
    each = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    for item in each:
        name = filled(str(item.get("name") or ""), known)
        if item.get("disabled") or not name:
            continue
        if item.get("type") == "file":
            path = str(item.get("fileName") or "")
            yield part(name, files.read(path), file=path)
        else:
            yield part(name, complete(str(item.get("value") or ""), known).encode())


_BLOCK = re.compile(r"^([\w:-]+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_BRUNO_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def bruno_variables(text: str) -> Variables:
    """What a file of an environment, or a request's own `vars`, says."""
    blocks = dict(_BLOCK.findall(text))
    return dict(_bruno_pairs(blocks.get("vars", "") + blocks.get("vars:pre-request", "")))


def from_bruno(text: str, file: str, known: Variables, files: Files) -> Found:
    """The one request of a .bru file."""
    blocks: dict[str, str] = dict(_BLOCK.findall(text.replace("\r\n", "\n")))
    method = next((name for name in blocks if name in _BRUNO_METHODS), None)
    if method is None:
        return
    told = dict(_bruno_pairs(blocks[method]))
    url: str = told.get("url", "")
    for name, value in _bruno_pairs(blocks.get("params:path", "")):
        url = re.sub(rf":{re.escape(name)}(?=[/?]|$)", quote(value, safe="{}"), url)
    known = {**known, **bruno_variables(text)}
    headers: Pairs = []
    if token := dict(_bruno_pairs(blocks.get("auth:bearer", ""))).get("token"):
        headers.append(("authorization", f"Bearer {token}"))
    if "auth:basic" in blocks:
        headers += _credentials({"type": "basic", **dict(_bruno_pairs(blocks["auth:basic"]))})
    headers += _bruno_pairs(blocks.get("headers", ""))
    kind = told.get("body", "none").lower().replace("-", "")
    body: str | bytes = ""
    if kind == "formurlencoded":
        body = urlencode(_bruno_pairs(blocks.get("body:form-urlencoded", "")), safe="{}")
        headers = [("content-type", FORM), *headers]
    elif kind == "multipartform":
        try:
            body = form(_bruno_parts(blocks.get("body:multipart-form", ""), known, files))
        except CannotSend as error:
            yield LeftOut(str(error))
            return
        headers = _as_form(headers)
    elif kind not in ("none", "json", "text", "xml"):
        yield LeftOut("they send a file that is not there" if kind == "file" else "they are GraphQL")
        return
    elif kind != "none":
        body = re.sub(r"(?m)^  ", "", blocks.get(f"body:{kind}", blocks.get("body", ""))).rstrip("\n")
        types = {"json": JSON, "xml": "application/xml", "text": "text/plain"}
        headers = [("content-type", types[kind]), *headers]
    yield request(method, url, headers, body, known, file)


def _bruno_parts(block: str, known: Variables, files: Files) -> Iterator[bytes]:
    """`name: value @contentType(…)`; files are `@file(path|path)`."""
    for name, written in _bruno_pairs(block):
        value, _, kind = written.partition("@contentType(")
        value, kind = value.strip(), kind.removesuffix(")")
        if value.startswith("@file("):
            for path in value[len("@file(") :].removesuffix(")").split("|"):
                yield part(name, files.read(path), file=path, kind=kind)
        else:
            yield part(name, complete(value, known).encode(), kind=kind)


def _bruno_pairs(block: str) -> Pairs:
    lines = (line.strip().partition(":") for line in block.splitlines())
    return [
        (name.strip(), value.strip()) for name, colon, value in lines if colon and not name.startswith("~")
    ]
