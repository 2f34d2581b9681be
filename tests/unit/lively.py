"""A web program for the tests, on 127.0.0.1: sessions, CSRF tokens, random ids, nonces, a clock, shuffled lists."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Head = dict[str, str]


@dataclass
class Site:
    """`users` by name, `sessions` by cookie, `notes` by random id; `log` holds "METHOD PATH" of every request."""

    users: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    pages: dict[str, tuple[int, Head, bytes]] = field(default_factory=dict)
    """Further answers by path."""

    def answer(self, method: str, target: str, cookie: str, form: dict[str, str]) -> tuple[int, Head, bytes]:
        path = urlsplit(target).path
        self.log.append(f"{method} {target}")
        if target in self.pages:
            return self.pages[target]
        session = cookie.partition("sid=")[2].partition(";")[0]
        match method, path:
            case "GET", "/":
                return self._front()
            case "GET", ("/login" | "/register") as where:
                return self._form(where)
            case "POST", "/register":
                return self._checked(session, form, self._register)
            case "POST", "/login":
                return self._checked(session, form, self._login)
            case "GET", "/account":
                return self._account(session)
            case "GET", "/logout":
                self.sessions.pop(session, None)
                return 302, {"Location": "/", "Set-Cookie": "sid=; Max-Age=0"}, b""
            case "POST", "/notes":
                id = secrets.token_hex(8)
                self.notes[id] = form.get("text", "")
                return 201, {"Location": f"/notes/{id}"}, json.dumps({"id": id}).encode()
            case "GET", "/notes":
                return (
                    200,
                    {"Content-Type": "application/json"},
                    json.dumps(list(self.notes.values())).encode(),
                )
            case "GET", other if other.removeprefix("/notes/") in self.notes:
                return 200, {}, self.notes[other.removeprefix("/notes/")].encode()
        return 404, {}, b"not found"

    def _front(self) -> tuple[int, Head, bytes]:
        nonce, words = secrets.token_urlsafe(12), ["one", "two"]
        random.shuffle(words)
        rows = "".join(f"<li>{word}</li>\n" for word in words)
        page = f"""<!doctype html><html><head><script nonce="{nonce}" src="/app.js"></script></head><body>
<p>It is {time.time()}</p>
<ul>
{rows}</ul>
<a href="/login">in</a> <a href="/register">join</a> <a href="/account">you</a> <a href="/logout">out</a>
<a href="http://elsewhere.example/">away</a>
</body></html>"""
        head = {"Content-Security-Policy": f"script-src 'nonce-{nonce}'", "ETag": f'"{secrets.token_hex(8)}"'}
        return 200, {"Content-Type": "text/html", **head}, page.encode()

    def _form(self, where: str) -> tuple[int, Head, bytes]:
        sid, token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.tokens[sid] = token
        page = f"""<form method="post" action="{where}"><input type="hidden" name="csrf" value="{token}">
<input name="name" required><input type="password" name="password"><button>Go</button></form>"""
        return 200, {"Content-Type": "text/html", "Set-Cookie": f"sid={sid}; HttpOnly; Secure"}, page.encode()

    def _checked(self, session: str, form: dict[str, str], then: object) -> tuple[int, Head, bytes]:
        if not session or self.tokens.get(session) != form.get("csrf"):
            return 403, {}, b"CSRF"
        return then(session, form)  # type: ignore[operator,no-any-return]

    def _register(self, session: str, form: dict[str, str]) -> tuple[int, Head, bytes]:
        self.users[form["name"]] = form["password"]
        return 302, {"Location": "/login"}, b""

    def _login(self, session: str, form: dict[str, str]) -> tuple[int, Head, bytes]:
        if self.users.get(form["name"]) != form["password"] or not form["password"]:
            return 401, {}, b"wrong"
        self.sessions[session] = form["name"]
        return 302, {"Location": "/account"}, b""

    def _account(self, session: str) -> tuple[int, Head, bytes]:
        if session not in self.sessions:
            return 302, {"Location": "/login"}, b""
        return 200, {"Content-Type": "text/html"}, f"<p>Hello {self.sessions[session]}</p>".encode()


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The URL of the running site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            status, head, body = site.answer(self.command, self.path, self.headers.get("Cookie") or "", form)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **head}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
