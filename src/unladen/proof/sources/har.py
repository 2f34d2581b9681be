"""A corpus from a HAR file, the log of requests that browsers and proxies export.

Format: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/. Of 1.3's proposal, postData.encoding is
understood, which proxies write for bodies that are no text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from unladen.errors import BadConfig
from unladen.proof.interface import Corpus
from unladen.proof.sources.recorded import Recorded, corpus_of

BOUNDARY = "unladen-boundary"
_HINT = 'Export it again from the browser\'s network panel ("Save all as HAR", with content).'
_STATIC = re.compile(r"(image|font|audio|video)/|text/(css|javascript)|application/(x-)?(javascript|font)")
_METHOD = re.compile(r"[A-Z][A-Z-]*")
_FORM = "application/x-www-form-urlencoded"
_TEXT_LIMIT = 100


def corpus_from_har(text: str, file: str) -> Corpus:
    """The recorded requests to the host that most entries belong to, in their order (see `corpus_of`).

    Requests whose body the file does not hold are left out and counted. Raises BadConfig, naming the file and the
    line or the entry.
    """
    recorded: list[Recorded] = []
    lost = 0
    for number, entry in enumerate(_entries(text, file), 1):
        try:
            request = _recorded(entry)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadConfig(f"cannot read {file}: entry {number}: {_cause(error)}", hint=_HINT) from error
        if request is None:
            lost += 1
        else:
            recorded.append(request)
    left_out = [f"{lost} whose body was not recorded left out"] if lost else []
    corpus = corpus_of(recorded, origin="HAR", file=file, left_out=left_out)
    if not corpus.cases:
        raise BadConfig(f"cannot learn from {file}: none of its requests can be replayed", hint=_HINT)
    return corpus


def requests_of(text: str, file: str) -> Iterator[Recorded | None]:
    """Each request of the file; None where it does not hold what was sent. Raises BadConfig."""
    for number, entry in enumerate(_entries(text, file), 1):
        try:
            found = _recorded(entry)
        except (ValueError, TypeError, KeyError, AttributeError):
            found = None
        yield found and replace(found, origin=f"{file} entry {number}")


def _entries(text: str, file: str) -> Sequence[Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadConfig(
            f"cannot read {file}: line {error.lineno}: it is not valid JSON: {error.msg}", hint=_HINT
        ) from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise BadConfig(f"cannot read {file}: its JSON is too deep or too long", hint=_HINT) from error
    log = document.get("log") if isinstance(document, Mapping) else None
    entries = log.get("entries") if isinstance(log, Mapping) else None
    if not isinstance(entries, list):
        raise BadConfig(
            f"cannot read {file}: it is JSON, but no HAR file: there is no log.entries", hint=_HINT
        )
    if not entries:
        raise BadConfig(
            f"cannot learn from {file}: it has no entries",
            hint="Record while the application is used: open the network panel first, then the page.",
        )
    return entries


def _cause(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]}"
    if isinstance(error, TypeError | AttributeError):
        return "it does not have the form of a HAR entry"
    return str(error)


def _recorded(entry: Mapping[str, Any]) -> Recorded | None:
    """The request of an entry; None where its body was sent, but not written down."""
    request = entry["request"]
    method, url = request["method"], request["url"]
    if not isinstance(url, str) or not isinstance(method, str) or not _METHOD.fullmatch(method.upper()):
        raise ValueError("its request has no method and URL")
    if not urlsplit(url).scheme:
        raise ValueError(f"its URL is not absolute: {url[:_TEXT_LIMIT]}")
    headers = [(header["name"].lower(), str(header["value"])) for header in request.get("headers") or ()]
    names = {name for name, _ in headers}
    if "cookie" not in names and (cookies := request.get("cookies")):
        headers.append(("cookie", "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)))
    posted = request.get("postData") or {}
    body, content_type = _body(posted, dict(headers).get("content-type") or posted.get("mimeType") or "")
    if not body and (request.get("bodySize") or 0) > 0:
        return None
    if body and content_type:
        headers = [*(pair for pair in headers if pair[0] != "content-type"), ("content-type", content_type)]
    return Recorded(method.upper(), url, tuple(headers), body, _is_static(entry))


def _is_static(entry: Mapping[str, Any]) -> bool:
    content = (entry.get("response") or {}).get("content") or {}
    return _STATIC.match(str(content.get("mimeType") or "").lower()) is not None


def _body(posted: Mapping[str, Any], content_type: str) -> tuple[bytes, str]:
    """The body and its Content-Type. Text is what was sent; of parameters alone it is made again."""
    text, params = posted.get("text"), posted.get("params") or ()
    if text and posted.get("encoding") == "base64":
        try:
            return base64.b64decode(text, validate=True), content_type
        except binascii.Error as error:
            raise ValueError(f"the body of its request is not base64: {error}") from error
    if text:
        return str(text).encode(errors="replace"), content_type
    if not params:
        return b"", content_type
    if content_type.startswith("multipart/"):
        return _multipart(params), f"multipart/form-data; boundary={BOUNDARY}"
    fields = [(param["name"], param.get("value") or "") for param in params]
    return urlencode(fields, errors="replace").encode(), content_type or _FORM


def _multipart(params: Sequence[Mapping[str, Any]]) -> bytes:
    """RFC 7578. A file's content is its value."""
    parts = []
    for param in params:
        head = f'Content-Disposition: form-data; name="{_quoted(param["name"])}"'
        if param.get("fileName"):
            head += f'; filename="{_quoted(param["fileName"])}"'
        if param.get("contentType"):
            head += f"\r\nContent-Type: {param['contentType']}"
        parts.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n{param.get('value') or ''}\r\n")
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode(errors="replace")


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
