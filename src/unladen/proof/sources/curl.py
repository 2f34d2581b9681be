"""What the words of a command ask over HTTP: curl (https://curl.se/docs/manpage.html), wget and HTTPie
(https://httpie.io/docs/cli)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from getopt import GetoptError, gnu_getopt
from pathlib import Path
from urllib.parse import quote_plus, urlencode

from unladen.proof.sources.asked import LeftOut
from unladen.proof.sources.multipart import TYPE, CannotSend, Files, form, part
from unladen.proof.sources.recorded import Recorded

NAMES = ("curl", "wget", "http", "https", "xh")
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_CURL = "#012346BGIJLMNORSZafgijklnpqsvA:C:D:E:F:H:K:T:X:b:c:d:e:m:o:r:u:w:x:y:Y:z:"
_CURL_LONG = """
request= header= data= data-ascii= data-binary= data-raw= data-urlencode= json= form= form-string= get user= head
cookie= user-agent= referer= upload-file= url= oauth2-bearer= url-query= compressed basic output= write-out= max-time=
connect-timeout= retry= retry-delay= retry-max-time= cookie-jar= dump-header= cacert= cert= key= resolve= range=
limit-rate= interface= retry-connrefused silent show-error fail fail-with-body location include insecure verbose http1.0
http1.1 http2 http2-prior-knowledge ipv4 ipv6 no-buffer no-progress-meter progress-bar globoff path-as-is raw
remote-name remote-header-name tlsv1.2 tlsv1.3 retry-all-errors location-trusted digest parallel
"""
_WGET = "qvSncO:t:T:U:P:"
_WGET_LONG = """
quiet verbose server-response spider header= method= post-data= body-data= output-document= tries= timeout= user=
password= no-check-certificate content-on-error no-verbose user-agent=
"""
_HTTPIE = "jfhbvdIFa:A:p:o:x:"
_HTTPIE_LONG = """
json form multipart headers body verbose all print= pretty= style= auth= auth-type= follow timeout= check-status
ignore-stdin raw= download output= verify= session= session-read-only= stream offline
"""
_ITEM = re.compile(r"((?:\\.|[^\\:=@])+)(:=@|=@|:=|==|=|@|:)(.*)", re.DOTALL)
_METHOD = re.compile(r"[A-Z]{3,10}")
_URL = re.compile(r"(https?://|:|/|[\w.-]+[:/]|localhost)\S*", re.IGNORECASE)

Words = Sequence[str]
Pairs = list[tuple[str, str]]


def request_of(words: Words, root: Path | None, origin: str) -> Recorded | LeftOut | None:
    """The request of a command with the program's name first; None where it asks nothing that looks like a URL. Files
    that it sends are read from below `root`."""
    name = words[0].rpartition("/")[2]
    reader: Callable[[Words, Files], Recorded | None] = {"curl": _curl, "wget": _wget}.get(name, _httpie)
    try:
        found = reader(words[1:], Files(root))
    except GetoptError as error:
        return LeftOut(f"{name}'s option {error.opt} is not known")
    except CannotSend as error:
        return LeftOut(str(error))
    return found and Recorded(found.method, found.url, found.headers, found.body, origin=origin)


def _curl(words: Words, files: Files) -> Recorded | None:
    options, rest = gnu_getopt(list(words), _CURL, _CURL_LONG.split())
    urls, method, headers = rest, "", list[tuple[str, str]]()
    query: list[str] = []
    data: list[bytes] = []
    parts: list[bytes] = []
    for option, value in options:
        match option:
            case "-X" | "--request":
                method = value
            case "-H" | "--header":
                headers += _header(value)
            case "-A" | "--user-agent":
                headers.append(("user-agent", value))
            case "-e" | "--referer":
                headers.append(("referer", value))
            case "-b" | "--cookie" if "=" in value:
                headers.append(("cookie", value))
            case "-u" | "--user":
                headers.append(("authorization", _basic(value)))
            case "--oauth2-bearer":
                headers.append(("authorization", f"Bearer {value}"))
            case "-d" | "--data" | "--data-ascii" | "--data-binary" | "--json" if value.startswith("@"):
                sent = files.read(value[1:])
                data.append(sent if "binary" in option else re.sub(rb"[\r\n]", b"", sent))
            case "-d" | "--data" | "--data-ascii" | "--data-binary" | "--json" | "--data-raw":
                data.append(value.encode())
            case "--data-urlencode":
                data.append(_urlencoded(value, files))
            case "--url-query":
                query.append(_urlencoded(value, files).decode())
            case "-F" | "--form" | "--form-string":
                parts.append(_part(value, option != "--form-string", files))
            case "-T" | "--upload-file":
                data.append(files.read(value))
                method = method or "PUT"
            case "--url":
                urls = [value, *urls]
    given = {option for option, _ in options}
    if "--json" in given:
        headers = [("content-type", _JSON), ("accept", _JSON), *headers]
    body = b"" if parts else (b"" if "--json" in given else b"&").join(data)
    if given & {"-G", "--get"}:
        query, body = [*query, *(each.decode(errors="replace") for each in data)], b""
    elif parts:
        headers.append(("content-type", TYPE))
        body = form(parts)
    elif data and not given & {"-T", "--upload-file"}:
        headers = [("content-type", _FORM), *headers]
    method = method or ("HEAD" if given & {"-I", "--head"} else "POST" if (data and body) or parts else "GET")
    return _request(urls, method, headers, body, query)


def _wget(words: Words, files: Files) -> Recorded | None:
    options, urls = gnu_getopt(list(words), _WGET, _WGET_LONG.split())
    told = dict(options)
    body = (told.get("--post-data") or told.get("--body-data") or "").encode()
    headers = [pair for option, value in options if option == "--header" for pair in _header(value)]
    if "--post-data" in told:
        headers = [("content-type", _FORM), *headers]
    method = told.get("--method") or ("POST" if "--post-data" in told else "GET")
    return _request(urls, method, headers, body, [])


def _httpie(words: Words, files: Files) -> Recorded | None:
    options, rest = gnu_getopt(list(words), _HTTPIE, _HTTPIE_LONG.split())
    given = {option for option, _ in options}
    method = rest.pop(0) if len(rest) > 1 and _METHOD.fullmatch(rest[0]) else ""
    url, *items = rest or [""]
    if not _URL.fullmatch(url):
        return None
    headers: Pairs = []
    query: list[str] = []
    fields: dict[str, object] = {}
    parts: list[bytes] = []
    for item in items:
        if (read := _ITEM.fullmatch(item)) is None:
            raise CannotSend("their words are not understood")
        name, separator, value = read[1].replace("\\", ""), read[2], read[3]
        match separator:
            case ":":
                headers += [(name.lower(), value)] if value else []
            case "==":
                query.append(urlencode({name: value}))
            case "=":
                fields[name] = value
            case ":=":
                fields[name] = _json_value(value)
            case "=@":
                fields[name] = files.read(value).decode(errors="replace")
            case ":=@":
                fields[name] = _json_value(files.read(value).decode(errors="replace"))
            case "@":
                parts.append(_part(f"{name}=@{value}", True, files))
    headers += [("authorization", _basic(value)) for option, value in options if option in ("-a", "--auth")]
    raw = dict(options).get("--raw")
    body = raw.encode() if raw else b""
    if parts or "--multipart" in given:
        parts = [_part(f"{name}={value}", False, files) for name, value in fields.items()] + parts
        headers.append(("content-type", TYPE))
        body = form(parts)
    elif fields and given & {"-f", "--form"}:
        headers, body = [("content-type", _FORM), *headers], urlencode(fields).encode()
    elif fields:
        headers = [("accept", f"{_JSON}, */*;q=0.5"), ("content-type", _JSON), *headers]
        body = json.dumps(fields).encode()
    if url.startswith((":", "/")):
        rest_of_url = re.sub(r"^:\d*", "", url)
        url = f"http://localhost{rest_of_url if rest_of_url.startswith('/') else f'/{rest_of_url}'}"
    return _request([url], method or ("POST" if body else "GET"), headers, body, query)


def _request(
    urls: Sequence[str], method: str, headers: Pairs, body: bytes, query: Sequence[str]
) -> Recorded | None:
    """The last header of a name is the one that counts."""
    found = [url for url in urls if _URL.fullmatch(url)]
    if not found:
        return None
    url = found[0] if "://" in found[0] else f"http://{found[0]}"
    if query:
        url += ("&" if "?" in url else "?") + "&".join(query)
    return Recorded(method.upper(), url, tuple(dict(headers).items()), body)


def _header(text: str) -> Iterator[tuple[str, str]]:
    name, colon, value = text.partition(":")
    if colon and value.strip():
        yield name.strip().lower(), value.strip()


def _basic(user: str) -> str:
    if "$" in user or "<" in user:
        raise CannotSend("their credentials are not given")
    return "Basic " + base64.b64encode(user.encode()).decode()


def _urlencoded(text: str, files: Files) -> bytes:
    """`name=content`, `=content`, `content` or `name@file`; the content is encoded."""
    name, separator, content = re.fullmatch(r"([^=@]*)([=@]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if separator == "@":
        content = files.read(content).decode(errors="replace")
    elif not separator:
        name, content = "", name
    return ((f"{name}=" if name else "") + quote_plus(content)).encode()


def _part(text: str, reads: bool, files: Files) -> bytes:
    """`name=value`, `name=@file;type=…` or `name=<file`."""
    name, _, value = text.partition("=")
    if not reads or value[:1] not in ("@", "<"):
        return part(name, value.encode())
    file, *settings = value[1:].split(";")
    kind = next((word[5:] for word in settings if word.startswith("type=")), "")
    content = files.read(file)
    return part(name, content, file=file, kind=kind) if value[0] == "@" else part(name, content)


def _json_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise CannotSend("their JSON is not valid") from None
