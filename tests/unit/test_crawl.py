"""What a crawl finds at running programs, and what it does not let itself be drawn into."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from keep_trees import tree_of
from lively import Site, served

from unladen.proof.compare import compare, volatility
from unladen.proof.interface import Corpus, Program, ProofPlan, Recording, RequestCase, Response
from unladen.proof.replay import replay
from unladen.proof.sources.crawl import MOST, crawl, destroys
from unladen.proof.sources.interface import Surroundings

HTML = {"Content-Type": "text/html"}


def around(url: str, tree: object = None, **plan: Any) -> Surroundings:
    live: Any = SimpleNamespace(url=url)
    facts: Any = None
    scene: Any = SimpleNamespace(tree=tree) if tree is not None else None
    return Surroundings(Program(8000, "/"), ProofPlan(**plan), facts, live=live, scene=scene)


def html(*lines: str) -> tuple[int, dict[str, str], bytes]:
    return 200, HTML, "\n".join(lines).encode()


def asked(corpus: Corpus) -> list[str]:
    return [f"{case.method} {case.path}" for case in corpus.cases if isinstance(case, RequestCase)]


def crawled(pages: dict[str, tuple[int, dict[str, str], bytes]]) -> Corpus:
    with served(Site(pages=pages)) as url:
        return crawl(around(url))


def test_pages_files_and_what_they_name_are_asked() -> None:
    pages = {
        "/": html(
            '<link rel=stylesheet href="/static/app.css"><script src="static/app.js"></script>',
            '<a href="/a?x=1#there">a</a><a href="b/">b</a><img src=/static/i.png>',
            "<form action=/search><input name=q></form>",
        ),
        "/a?x=1": html("a"),
        "/b/": html('<a href="../c">c</a><a href=/gone>gone</a>'),
        "/c": (302, {"Location": "/d"}, b""),
        "/d": (200, {"Content-Type": "application/json"}, b'{"self": "http://localhost/e", "n": ["/f"]}'),
        "/e": (200, {}, b"e"),
        "/f": (200, {}, b"f"),
        "/search?q=test": html("found"),
        "/static/app.css": (200, {"Content-Type": "text/css"}, b"x{background:url(bg.png)}"),
        "/static/bg.png": (200, {}, b"png"),
        "/static/app.js": (200, {"Content-Type": "text/javascript"}, b'fetch("/api/items")'),
        "/api/items": (200, {"Content-Type": "application/json"}, b"[]"),
        "/robots.txt": (
            200,
            {"Content-Type": "text/plain"},
            b"Disallow: /hidden\nDisallow: /*.x\nSitemap: /map.xml",
        ),
        "/hidden": (200, {}, b"hidden"),
        "/map.xml": (
            200,
            {"Content-Type": "application/xml"},
            b"<urlset><url><loc>http://localhost/old</loc></url>",
        ),
        "/old": (200, {}, b"old"),
    }
    found = crawled(pages)
    assert set(asked(found)) == {f"GET {path}" for path in pages}
    assert {case.origin for case in found.cases} == {"crawl"}
    assert asked(found) == asked(crawled(pages))
    assert found.coverage.never_asked == ()


def test_nobody_crawls_who_is_told_not_to() -> None:
    with served(Site()) as url:
        assert crawl(around(url, crawl=False)).cases == ()


def test_a_calendar_ends_and_the_rest_is_still_asked() -> None:
    """A page of every month links the next and the one before, for ever; so does a list with its pages."""

    class Calendar(Site):
        def answer(self, method: str, target: str, cookie: str, form: dict[str, str]) -> Any:
            if target.startswith("/cal/"):
                year, month = map(int, target.split("/")[2:])
                return html(f'<a href="/cal/{year}/{month + 1}">n</a><a href="/cal/{year - 1}/{month}">p</a>')
            if target.startswith("/list"):
                page = int(target.partition("=")[2] or 0)
                return html(f'<a href="/list?page={page + 1}">next {page}</a>')
            return {"/": html("<a href=/cal/2024/5>c</a><a href=/list>l</a><a href=/about>a</a>")}.get(
                target, (200, {}, target.encode()) if target == "/about" else (404, {}, b"")
            )

    with served(Calendar()) as url:
        found = asked(crawl(around(url)))
    assert "GET /about" in found
    assert len([each for each in found if "/cal/" in each]) <= 3
    assert len(found) <= 10


def test_ten_thousand_links_and_endless_depth_are_bounded() -> None:
    class Deep(Site):
        def answer(self, method: str, target: str, cookie: str, form: dict[str, str]) -> Any:
            links = "".join(
                f"<a href='{target.rstrip('/')}/{'x' * (n % 5 + 1)}{n}'>n</a>" for n in range(10_000)
            )
            return html(target, links)

    begun = time.monotonic()
    with served(Deep()) as url:
        found = crawl(around(url))
    assert 10 < len(found.cases) <= MOST
    assert time.monotonic() - begun < 20


def test_what_destroys_is_never_asked_meanwhile_and_comes_last_and_apart() -> None:
    links = ("/logout", "/admin/shutdown", "/items/1/delete", "/do?action=reset", "/deleteAll", "/ok")
    site = Site(pages={"/": html(*(f"<a href='{link}'>x</a>" for link in links)), "/ok": (200, {}, b"ok")})
    with served(site) as url:
        found = crawl(around(url))
    last = [case for case in found.cases if isinstance(case, RequestCase) and case.apart]
    assert sorted(case.path for case in last) == sorted(links[:-1])
    assert found.cases[-len(last) :] == tuple(last)
    assert not any("logout" in each or "delete" in each or "shutdown" in each for each in site.log)


@pytest.mark.parametrize(
    "path", ["/deleted-scenes", "/exhibition", "/stopwatch", "/presets", "/killer", "/clearance"]
)
def test_words_that_only_look_like_it(path: str) -> None:
    assert not destroys(path)


def test_other_hosts_and_other_schemes_are_left() -> None:
    urls = (
        "http://elsewhere.example/a",
        "//elsewhere.example/b",
        "mailto:a@b",
        "javascript:x()",
        "data:,x",
        "http://[",
    )
    page = "".join(f'<a href="{url}">x</a><img src="{url}">' for url in urls)
    away = {
        "/": html(page, "<a href=/away>x</a>"),
        "/away": (302, {"Location": "http://elsewhere.example/"}, b""),
    }
    assert asked(crawled(away)) == ["GET /", "GET /away"]


def test_redirect_loops_end() -> None:
    class Loop(Site):
        def answer(self, method: str, target: str, cookie: str, form: dict[str, str]) -> Any:
            number = int(target.partition("=")[2] or 0)
            return 302, {"Location": f"/r?n={number + 1}"}, b""

    with served(Loop()) as url:
        assert len(crawl(around(url)).cases) <= 6


def test_answers_that_never_end_are_left_and_huge_ones_cut() -> None:
    with streaming() as url:
        begun = time.monotonic()
        found = crawl(around(url))
        assert asked(found) == ["GET /", "GET /huge"]
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "body", [b"<", b"<![", b"<a href=", b"\xff\xfe", b"<a href='/%zz'><a href='/ x'>", b"<!--" * 9999]
)
def test_broken_pages(body: bytes) -> None:
    assert "GET /" in asked(crawled({"/": (200, HTML, body)}))


def test_one_answer_to_everything_is_asked_for_a_few_times_alone() -> None:
    class Everything(Site):
        def answer(self, method: str, target: str, cookie: str, form: dict[str, str]) -> Any:
            return html("".join(f"<a href=/{name}>x</a>" for name in "abcdefghijk"))

    with served(Everything()) as url:
        assert len(crawl(around(url)).cases) == 3


def test_who_registers_logs_in_and_sees_what_members_see() -> None:
    site = Site()
    with served(site) as url:
        found = crawl(around(url))
    cases = [case for case in found.cases if isinstance(case, RequestCase)]
    assert [case.route for case in cases if case.method == "POST"] == ["POST /register", "POST /login"]
    for _ in range(2):
        with served(Site()) as url:
            answers = replay([case for case in cases if not case.apart], url)
        bodies = [answer.body for answer in answers.values()]
        assert b"<p>Hello Anna Meyer</p>" in bodies
        assert not any(answer.status == 403 for answer in answers.values())


class GuestBook(Site):
    """What was signed shows on a page that the form does not lead to."""

    def answer(
        self, method: str, target: str, cookie: str, form: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        match method, target:
            case "GET", "/":
                return html(
                    "<a href=/me>me</a><a href=/about>about</a><form method=post action=/sign><input name=name>"
                )
            case "POST", "/sign":
                self.users["me"] = form["name"]
                return 303, {"Location": "/"}, b""
            case "GET", "/me":
                return html(self.users.get("me", "nobody"))
            case "GET", "/about":
                return html("about")
        return 404, {}, b""


def test_what_was_sent_is_looked_for_in_pages_that_were_seen_before() -> None:
    with served(GuestBook()) as url:
        found = asked(crawl(around(url)))
    assert found.count("GET /me") == 2 and found.count("GET /about") == 1
    assert found.index("POST /sign") < len(found) - 1 - found[::-1].index("GET /me")


def test_twenty_runs_of_a_lively_program_are_the_same() -> None:
    """Sessions, tokens, nonces, ETags, a clock and a shuffled list."""
    with served(Site()) as url:
        corpus = crawl(around(url))
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]

    def recorded() -> Recording:
        with served(Site()) as url:
            return Recording(answers=dict(replay(requests, url)), stop_exit_code=0)

    first, *others = [recorded() for _ in range(16)]  # of two words, so many come in one order by 1 in 30,000
    volatile = volatility(corpus, first, *others)
    for _ in range(20):
        verdict = compare(first, recorded(), volatile, corpus)
        assert verdict.different == 0, verdict.mismatches


def test_files_that_lie_beside_a_static_file_are_asked() -> None:
    tree = tree_of(
        {
            "/app/static/css/app.css": b"css",
            "/app/static/css/print.css": b"print",
            "/app/static/js/app.js": b"js",
            "/app/static/.env": b"secret",
            "/app/static/gone.txt": b"not served",
            "/usr/share/css/app.css": b"css",
        }
    )
    pages = {
        "/": html("<link rel=stylesheet href=/static/css/app.css>"),
        "/static/css/app.css": (200, {"Content-Type": "text/css"}, b"css"),
        "/static/css/print.css": (200, {"Content-Type": "text/css"}, b"print"),
        "/static/js/app.js": (200, {}, b"js"),
    }
    with served(Site(pages=pages)) as url:
        found = asked(crawl(around(url, tree)))
    assert found == ["GET /", "GET /static/css/app.css", "GET /static/css/print.css", "GET /static/js/app.js"]


@contextmanager
def streaming() -> Iterator[str]:
    """/ links a page of 100 MB, a stream without an end and a page that never begins."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            path = self.request.recv(1 << 16).split(b" ")[1]
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
            try:
                if path == b"/":
                    self.request.sendall(
                        head + b"\r\n<a href=/huge>h</a><a href=/endless>e</a><a href=/never>n</a>"
                    )
                elif path == b"/huge":
                    self.request.sendall(head + b"Content-Length: 104857600\r\n\r\n")
                    for _ in range(100):
                        self.request.sendall(bytes(1 << 20))
                elif path == b"/endless":
                    self.request.sendall(head + b"\r\n")
                    while True:
                        self.request.sendall(b"x")
                        time.sleep(0.05)
                elif path == b"/never":
                    time.sleep(30)
                else:
                    self.request.sendall(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_answer_of_a_dead_program_is_no_case() -> None:
    with served(Site()) as url:
        pass
    assert crawl(around(url)).cases == ()
    assert Response().status == 0
