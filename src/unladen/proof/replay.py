"""Asks a running program on 127.0.0.1: until it is healthy, and then every request of a corpus, in order."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Literal

import httpx

from unladen.engine.interface import Container
from unladen.errors import NotHealthy
from unladen.proof.accepts import ASKED_OTHERWISE, CLOSED, NO_HTTP, Silence, Speaks, speaks_http2
from unladen.proof.asking_grpc import ask_rpc
from unladen.proof.asking_websocket import ask_socket
from unladen.proof.carried import Carried
from unladen.proof.digest import digest
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
FIRST_EVENT = 5.0
"""Seconds that a stream has for its first event: many send one a second or every other."""
LONG_ENOUGH = 0.5
"""Seconds after which no answer takes the place of what was heard before: the last request has what time is left."""
STILL_THERE = 1.0
"""Seconds between looks at whether the container runs: a call to the engine each, which holds up polling."""
SETTLED = 1.0
"""Seconds after which a program without a port is taken to run on."""
LOG_LINES = 30

WARMING_UP = 503
UNASKED = Response(error=f"{CLOSED}: nothing was asked")
"""Stands for the answer of a port that speaks no HTTP/1.1."""


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
    are_events = answer.headers.get("content-type", "").startswith("text/event-stream")
    if are_events:
        limits["read"] = FIRST_EVENT  # the transport looks it up before the first read
        deadline = time.monotonic() + FIRST_EVENT
    end = _End(answer, time.monotonic() + ENDLESS)
    body = bytearray()
    try:
        for chunk in answer.iter_raw():
            body += chunk
            if are_events and _has_event(body):
                end.comes()
            if len(body) > BODY_LIMIT:
                return bytes(body[:BODY_LIMIT]), "size"
            if time.monotonic() > deadline:
                return bytes(body), "time"
    except httpx.ReadTimeout:
        return bytes(body), "time"
    except httpx.TransportError:
        if not end.came:
            raise
    finally:
        end.forget()
    return bytes(body), "time" if end.came else ""


class _End:
    """Ends a stream of events at a time, whatever its reader waits for."""

    def __init__(self, answer: httpx.Response, at: float) -> None:
        self.came = False
        self._answer = answer
        self._at = at
        self._timer: threading.Timer | None = None

    def comes(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(max(0.0, self._at - time.monotonic()), self._now)
            self._timer.start()

    def forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _now(self) -> None:
        self.came = True
        with suppress(OSError):
            self._answer.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _has_event(body: bytearray) -> bool:
    return b"\n\n" in body or b"\r\n\r\n" in body


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
    return digest([body]).encode()


def _in_words(error: httpx.TransportError, timeout: float) -> str:
    """A text that is the same for the same failure: no port, no address, no errno."""
    match error:
        case httpx.ConnectError():
            return "connection refused"
        case httpx.TimeoutException():
            return f"no answer within {timeout:g} s"
        case httpx.RemoteProtocolError() if "without sending" not in str(error):
            return f"{NO_HTTP}: {error}"
        case httpx.LocalProtocolError():
            return f"cannot be sent: {error}"
        case _:
            return f"{CLOSED} before the answer was complete"


def replay(
    requests: Sequence[RequestCase], base_url: str, carried: Carried | None = None
) -> dict[str, Response]:
    """The answers by case id, asked one after the other, each with what it carries of earlier answers (`carried` too,
    where it goes on). `base_url` is http://127.0.0.1:PORT."""
    if not requests:
        return {}
    with conversation(base_url, carried=carried) as say:
        return {case.id: say(case) for case in requests}


@contextmanager
def conversation(
    base_url: str, timeout: float = TIMEOUT, carried: Carried | None = None
) -> Iterator[Callable[[RequestCase], Response]]:
    """A function that asks one case after the other and remembers what later ones carry of the answers."""
    if httpx.URL(base_url).host != "127.0.0.1":
        raise ValueError(f"requests are replayed to 127.0.0.1 alone, not to {base_url}")
    carried = carried or Carried()
    with connections() as transport:

        def say(case: RequestCase) -> Response:
            whole, begun = carried.filled(case), time.monotonic()
            if case.socket:
                answer = ask_socket(whole, base_url, timeout)
            elif case.rpc:
                answer = ask_rpc(whole, case.rpc, base_url, timeout)
                answer = replace(answer, body=_kept(answer.body))
            else:
                answer = ask(transport, whole, base_url, timeout=timeout)
            carried.keep(case, answer)
            return replace(answer, seconds=time.monotonic() - begun)

        yield say


def getter(base_url: str) -> Callable[[str], Response]:
    """A function that GETs one path of a running program."""

    def get(path: str) -> Response:
        return replay([RequestCase("get", f"GET {path}", "GET", path)], base_url)["get"]

    return get


@dataclass(frozen=True)
class Healthy:
    """`seconds` from the start to the first answer that counts; `status` is an error's if only such came, 0 of a port
    that speaks no HTTP/1.1."""

    seconds: float
    status: int
    speaks: Speaks = "http"


def still_there(container: Container) -> Healthy:
    """Of a program without a port: that it runs on. Raises NotHealthy where it ended by itself."""
    started = time.monotonic()
    while (seconds := time.monotonic() - started) < SETTLED:
        if not container.running():
            raise ended(container)
        time.sleep(SETTLED / 5)
    return Healthy(seconds, 0, "tcp")


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
    speaks: Speaks = "",
) -> Healthy:
    """The first healthy answer since `started_at` (of time.monotonic(); now by default): a status below 400 to GET
    `path`, or any answer to GET / where `path` is None.

    A health check that answers one and the same error for `settle` seconds is broken, not pending: its program can be
    compared all the same. 503 means "not yet". A port that answers no HTTP is ready when it accepts twice, unless
    `path` or `speaks` says that it is HTTP; where `speaks` is "tcp", nothing is asked; where it is "http2", the
    handshake has to come. `believed` names the program's own port (`port` is the host's) and why, for the error.

    Raises NotHealthy with the last log lines when the program ends or `timeout` seconds pass.
    """
    begin = time.monotonic() if started_at is None else started_at
    case = RequestCase("health", "health", "GET", path or "/")
    error_since = (0, 0.0)  # the last status that was an error, and when it first came
    heard, said = "", "no answer"
    silence = Silence(host, port, 0.0 if speaks == "tcp" else settle)
    asked = path is not None or speaks not in ASKED_OTHERWISE
    with connections() as transport:
        next_look = time.monotonic() + STILL_THERE
        while (left := begin + timeout - time.monotonic()) > 0:
            limit = max(0.05, min(TIMEOUT, left))
            answer = ask(transport, case, f"http://{host}:{port}", timeout=limit) if asked else UNASKED
            now = time.monotonic()
            if answer.status and (path is None or answer.status < 400):
                return Healthy(now - begin, answer.status)
            if speaks == "http2" and speaks_http2(host, port):
                return Healthy(time.monotonic() - begin, 0, "http2")
            if answer.error and path is None and speaks in ("", "tcp") and silence.hears(answer.error):
                http2 = not speaks and speaks_http2(host, port)
                return Healthy(silence.first - begin, 0, "http2" if http2 else "tcp")
            if answer.status != error_since[0]:
                error_since = (answer.status, now)
            pending = answer.status in (0, WARMING_UP)
            if not pending and now - error_since[1] >= settle:
                return Healthy(error_since[1] - begin, answer.status)
            if now >= next_look:
                if not container.running():
                    raise ended(container)
                next_look = time.monotonic() + STILL_THERE
            if answer.status or limit >= LONG_ENOUGH:
                heard = f"it answers {answer.status}" if answer.status else ""
            said = heard or answer.error
            time.sleep(poll)
    log, where = last_lines(container.logs()), believed or f"port {port}"
    raise NotHealthy(
        f"cannot reach the program: {f'GET {case.path} on ' if asked else ''}{where}: {said} after {timeout:g} s",
        hint=_hint(log, where),
        detail=log,
    )


_ANY = r"(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\]|\*)"
_LISTENS = re.compile(
    rf"(?i)(?:(?<![\w.:]){_ANY}|https?://{_ANY}|(?:^|[\s=(,:])[\"']?):(\d{{2,5}})\b(?![.:\w])|\bport\W{{1,4}}(\d{{2,5}})\b"
)
"""http://localhost:8000, [::]:8080, ":9898", "port":"9898", port 80; no time of day."""


def _hint(log: str, where: str) -> str:
    """By what most servers say when they start: where they listen. `where` is how the port that was asked is called."""
    found = _LISTENS.search(log)
    number = found and (found[1] or found[2])
    named = number and f"port {number} " not in f"{where} "
    port = f"its log names port {number} (port = {number} in unladen.toml, if that is it); " if named else ""
    own = found and _LOOPBACK.search(found[0])
    if not own:
        return port + _HINT
    return (
        f"{port}its log names {own[0]}, which nothing outside of its container reaches: make it listen on 0.0.0.0, by "
        "its options or environment (start and env under [project] in unladen.toml)"
    )


_LOOPBACK = re.compile(r"127\.0\.0\.1|localhost|\[::1\]")
_HINT = (
    "it has to listen on 0.0.0.0, not on 127.0.0.1; its start command, port, health path and environment are "
    "set in unladen.toml under [project]"
)
_IN_FRONT = "a program that goes into the background ends its container: start it in the foreground"
_ENDED_HINT = "its start command and environment are set in unladen.toml under [project]"


def ended(container: Container) -> NotHealthy:
    """What to raise for a program that was to stay."""
    code = container.wait(1).exit_code
    hint = f"{_IN_FRONT}; {_ENDED_HINT}" if code == 0 else _ENDED_HINT
    return NotHealthy(
        f"cannot reach the program: it ended by itself (exit code {code})",
        hint=hint,
        detail=last_lines(container.logs()),
    )


def last_lines(logs: tuple[bytes, bytes], count: int = LOG_LINES) -> str:
    """The last lines of a program's stdout and stderr, stderr last."""
    lines = [line for log in logs for line in log.decode(errors="replace").splitlines()[-count:]]
    return "\n".join(lines[-count:])
