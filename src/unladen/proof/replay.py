"""Asks a running program on 127.0.0.1: until it is healthy, and then every request of a corpus, in order."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

from unladen.engine.interface import Container
from unladen.errors import NotHealthy
from unladen.proof.interface import RequestCase, Response

HOST = "localhost"
"""The Host header of every request: a container's port differs each time and must not show in answers."""
ALWAYS = (
    ("Host", HOST),
    ("User-Agent", "unladen"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, deflate"),
)
"""Sent with every case that does not have a header of the name itself."""
FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "te", "upgrade", "expect"})
"""Headers that the connection decides; a case never sets them."""
TIMEOUT = 10.0
BODY_LIMIT = 8 << 20
KEPT = 1 << 20
"""Bytes of a body that a recording keeps; of a larger one it keeps size and digest."""
ENDLESS = 1.0
"""Seconds after which an event stream is taken to be one."""
STILL_THERE = 1.0
"""Seconds between looks at whether the container runs: a call to the engine each, which holds up polling."""
LOG_LINES = 30

WARMING_UP = 503


def sent_headers(case: RequestCase) -> tuple[tuple[str, str], ...]:
    """The headers of a case as they go on the wire, but for its Content-Length."""
    own = {name.lower() for name, _ in case.headers}
    kept = tuple((name, value) for name, value in case.headers if name.lower() not in FRAMING)
    return tuple(pair for pair in ALWAYS if pair[0].lower() not in own) + kept


def connections() -> httpx.HTTPTransport:
    """A connection for each request: a program that leaves a body unread, or closes an idle connection, would
    otherwise shift later answers by chance. No proxy or credential of the host is used; plain HTTP alone."""
    return httpx.HTTPTransport(
        verify=False, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
    )


def ask(
    transport: httpx.HTTPTransport, case: RequestCase, base_url: str, *, timeout: float = TIMEOUT
) -> Response:
    """Sends one request and reads the answer. The path goes out exactly as it is recorded; no redirect is
    followed."""
    limits = {"connect": timeout, "read": timeout, "write": timeout, "pool": timeout}
    request = httpx.Request(
        case.method,
        base_url,
        headers=[(name.encode("ascii"), _latin(value)) for name, value in sent_headers(case)],
        content=case.body or None,
        extensions={"timeout": limits, "target": case.path.encode("ascii")},
    )
    try:
        answer = transport.handle_request(request)
        try:
            body, cut = _read(answer, limits, time.monotonic() + timeout)
        finally:
            answer.close()
    except httpx.TransportError as error:
        return Response(error=_in_words(error, timeout))
    headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in answer.headers.raw)
    return Response(status=answer.status_code, headers=headers, body=_kept(_decoded(headers, body)), cut=cut)


def _latin(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def _read(
    answer: httpx.Response, limits: dict[str, float], deadline: float
) -> tuple[bytes, Literal["", "time", "size"]]:
    """The body as sent, up to a size and a time."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        limits["read"] = ENDLESS  # the transport looks it up for every read
        deadline = time.monotonic() + ENDLESS
    body = bytearray()
    try:
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > BODY_LIMIT:
                return bytes(body[:BODY_LIMIT]), "size"
            if time.monotonic() > deadline:
                return bytes(body), "time"
    except httpx.ReadTimeout:
        return bytes(body), "time"
    return bytes(body), ""


def _decoded(headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    """The body without its content-encoding: compressed bytes may differ where the contents do not."""
    encodings = [pair for pair in headers if pair[0] == "content-encoding"]
    if not encodings or not body:
        return body
    try:
        return httpx.Response(200, headers=encodings, content=body).content
    except httpx.DecodingError:
        return body


def _kept(body: bytes) -> bytes:
    if len(body) <= KEPT:
        return body
    return f"{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()}".encode()


def _in_words(error: httpx.TransportError, timeout: float) -> str:
    """A text that is the same for the same failure: no port, no address, no errno."""
    match error:
        case httpx.ConnectError():
            return "connection refused"
        case httpx.TimeoutException():
            return f"no answer within {timeout:g} s"
        case httpx.RemoteProtocolError() if "without sending" not in str(error):
            return f"not HTTP: {error}"
        case httpx.LocalProtocolError():
            return f"cannot be sent: {error}"
        case _:
            return "connection closed before the answer was complete"


def replay(requests: Sequence[RequestCase], base_url: str) -> dict[str, Response]:
    """The answers by case id, asked one after the other. `base_url` is http://127.0.0.1:PORT."""
    if httpx.URL(base_url).host != "127.0.0.1":
        raise ValueError(f"requests are replayed to 127.0.0.1 alone, not to {base_url}")
    with connections() as transport:
        return {case.id: ask(transport, case, base_url) for case in requests}


def getter(base_url: str) -> Callable[[str], Response]:
    """A function that GETs one path of a running program."""

    def get(path: str) -> Response:
        return replay([RequestCase("get", f"GET {path}", "GET", path)], base_url)["get"]

    return get


@dataclass(frozen=True)
class Healthy:
    """`seconds` from the start to the first answer that counts; `status` is an error's if only such came."""

    seconds: float
    status: int


def first_answer(
    container: Container,
    host: str,
    port: int,
    path: str | None,
    *,
    timeout: float,
    poll: float = 0.01,
    started_at: float | None = None,
    settle: float = 3.0,
    believed: str = "",
) -> Healthy:
    """The first healthy answer since `started_at` (of time.monotonic(); now by default): a status below 400 to GET
    `path`, or any answer to GET / where `path` is None.

    A health check that answers one and the same error for `settle` seconds is broken, not pending: its program can be
    compared all the same. 503 means "not yet". `believed` names the program's own port (`port` is the host's) and why,
    for the error. Raises NotHealthy with the last log lines when the program ends or `timeout` seconds pass.
    """
    begin = time.monotonic() if started_at is None else started_at
    case = RequestCase("health", "health", "GET", path or "/")
    error_since = (0, 0.0)  # the last status that was an error, and when it first came
    said = "no answer"
    with connections() as transport:
        next_look = time.monotonic() + STILL_THERE
        while (left := begin + timeout - time.monotonic()) > 0:
            answer = ask(transport, case, f"http://{host}:{port}", timeout=max(0.05, min(TIMEOUT, left)))
            now = time.monotonic()
            if answer.status and (path is None or answer.status < 400):
                return Healthy(now - begin, answer.status)
            if answer.status != error_since[0]:
                error_since = (answer.status, now)
            pending = answer.status in (0, WARMING_UP)
            if not pending and now - error_since[1] >= settle:
                return Healthy(error_since[1] - begin, answer.status)
            if now >= next_look:
                if not container.running():
                    raise ended(container)
                next_look = time.monotonic() + STILL_THERE
            said = f"it answers {answer.status}" if answer.status else answer.error
            time.sleep(poll)
    log, where = last_lines(container.logs()), believed or f"port {port}"
    raise NotHealthy(
        f"cannot reach the program: GET {case.path} on {where}: {said} after {timeout:g} s",
        hint=_port_in(log) + _HINT,
        detail=log,
    )


_URL = re.compile(r"https?://(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\]):(\d{2,5})\b")


def _port_in(log: str) -> str:
    """What most servers say when they start: where they listen."""
    found = _URL.search(log)
    return (
        f"its log names port {found[1]} (port = {found[1]} in unladen.toml, if that is it); " if found else ""
    )


_HINT = (
    "it has to listen on 0.0.0.0, not on 127.0.0.1; its start command, port, health path and environment are "
    "set in unladen.toml under [project]"
)
_ENDED_HINT = "its start command and environment are set in unladen.toml under [project]"


def ended(container: Container) -> NotHealthy:
    """What to raise for a program that was to stay."""
    return NotHealthy(
        "cannot reach the program: it ended by itself", hint=_ENDED_HINT, detail=last_lines(container.logs())
    )


def last_lines(logs: tuple[bytes, bytes], count: int = LOG_LINES) -> str:
    """The last lines of a program's stdout and stderr, stderr last."""
    lines = [line for log in logs for line in log.decode(errors="replace").splitlines()[-count:]]
    return "\n".join(lines[-count:])
