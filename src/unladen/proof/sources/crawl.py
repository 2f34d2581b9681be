"""A corpus of what a visitor finds who follows every link: pages, files, forms, redirects."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from unladen.proof.carried import shape
from unladen.proof.corpus import numbered
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase, Response, Taken
from unladen.proof.page import Form
from unladen.proof.replay import conversation
from unladen.proof.sources.destructive import destroys
from unladen.proof.sources.forms import filled, query
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.pointers import Pointer, Pointers, pointers, resolved
from unladen.proof.sources.static_files import beside

ORIGIN = "crawl"
SESSION = "crawl"
MOST = 80
"""Requests."""
DEPTH = 5
A_SHAPE = 3
"""Paths that differ in numbers or in the values of a query alone: pages of a calendar, of a list."""
A_FOLDER = 15
AT_THE_TOP = 40
"""Paths right below a folder, and right below /."""
ALIKE = 3
"""Equal answers to different paths, and redirects to one place: what a site answers to whatever it is asked."""
FORMS = 10
APART = 6
AGAIN = 8
"""Pages that are looked at again once forms were sent."""
SECONDS = 15.0
ANSWER_WITHIN = 3.0
BYTES = 32 << 20
ALWAYS = ("/robots.txt", "/sitemap.xml", "/favicon.ico")
CLOSED = frozenset({301, 302, 303, 307, 401, 403})
NOT_THERE = frozenset({404, 405, 410, 501})


def crawl(around: Surroundings) -> Corpus:
    """Every page, file and form that can be reached from / and the health path, within bounds, level by level.

    Forms are filled and sent, who registers logs in, and what is there for members is looked at. Paths that sound as
    if they destroyed something are not asked here; their cases come last and apart.
    """
    if around.live is None or not around.plan.crawl:
        return NO_CASES
    with conversation(around.live.url, ANSWER_WITHIN) as say:
        walk = _Walk(say)
        starts = [Pointer(path) for path in dict.fromkeys(("/", around.program.health or "/", *ALWAYS))]
        walk.follow(starts)
        walk.send_forms()
        if around.scene is not None:
            walk.ask_all(beside(around.scene.tree, walk.shown))
    cases = numbered([*walk.cases, *walk.apart()])
    return Corpus(cases, walk.coverage(len(cases))) if cases else NO_CASES


@dataclass(frozen=True)
class _Sent:
    """A form, the page that holds it, and where it goes."""

    page: str
    number: int
    target: str
    form: Form

    @property
    def rank(self) -> int:
        """Who is to log in registers before; what destroys comes last."""
        secrets = sum(each.kind == "password" for each in self.form.fields)
        if destroys(self.target):
            return 3
        if re.search(r"regist|sign-?_?up|join", self.target) or secrets > 1:
            return 0
        return 1 if secrets else 2


@dataclass
class _Walk:
    """A visit that goes on. `cases` are those worth asking again, `shown` the answers by path."""

    say: Callable[[RequestCase], Response]
    cases: list[RequestCase] = field(default_factory=list)
    shown: dict[str, Response] = field(default_factory=dict)
    forms: dict[object, _Sent] = field(default_factory=dict)
    sent: set[object] = field(default_factory=set)
    left: dict[str, None] = field(default_factory=dict)
    """Paths that sound as if they destroyed something."""
    known: dict[str, None] = field(default_factory=dict)
    shapes: Counter[str] = field(default_factory=Counter)
    folders: Counter[str] = field(default_factory=Counter)
    alike: Counter[object] = field(default_factory=Counter)
    bytes: int = 0
    count: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    @property
    def over(self) -> bool:
        return len(self.cases) >= MOST or self.bytes > BYTES or time.monotonic() > self.until

    # pages

    def follow(self, starts: Iterable[Pointer]) -> None:
        """Level by level, what is there."""
        level = [(start, "") for start in starts]
        for _ in range(DEPTH):
            found: list[tuple[Pointer, str]] = []
            for pointer, source in self._chosen(level):
                if self.over:
                    return
                case, there = self.visit(pointer, source)
                found += [(each, case) for each in (*there.links, *there.files)]
            level = found

    def ask_all(self, paths: Iterable[str]) -> None:
        for path in paths:
            if not self.over and path not in self.shown:
                self.visit(Pointer(path))

    def _chosen(self, level: list[tuple[Pointer, str]]) -> Iterator[tuple[Pointer, str]]:
        """Sorted, one of each shape before the second of any."""
        by_shape: dict[str, list[tuple[Pointer, str]]] = {}
        for pointer, source in sorted(dict(level).items()):
            if destroys(pointer.path):
                self.left[pointer.path] = None
            elif pointer.path not in self.shown:
                by_shape.setdefault(_shape(pointer.path), []).append((pointer, source))
        self.known |= dict.fromkeys(name.partition("?")[0] for name in by_shape)
        for row in zip_longest(*by_shape.values()):
            for each in row:
                if each is not None and self._room(each[0].path):
                    yield each

    def _room(self, path: str) -> bool:
        name, folder = _shape(path), _shape(path.partition("?")[0].rpartition("/")[0])
        if self.shapes[name] >= A_SHAPE or self.folders[folder] >= (A_FOLDER if folder else AT_THE_TOP):
            return False
        self.shapes[name] += 1
        self.folders[folder] += 1
        return True

    def visit(self, pointer: Pointer, source: str = "", *takes: Taken) -> tuple[str, Pointers]:
        """Asks for a path: its case's id, and where the answer points."""
        path = pointer.path
        if pointer.like and source:
            takes = (Taken(f"{{a link like {pointer.like}}}", source, "link", pointer.like, pointer.number),)
            path = takes[0].slot
        case = replace(self._get(pointer.path), path=path, takes=takes)
        answer = self.say(case)
        self.shown[pointer.path] = answer
        self._keep(case, answer)
        there = pointers(answer, pointer.path)
        for number, target, form in there.forms:
            fields = tuple(each.name for each in form.fields)
            key = (form.method, _shape(target), fields)
            self.forms.setdefault(key, _Sent(pointer.path, number, target, form))
        return case.id, there

    def _keep(self, case: RequestCase, answer: Response) -> None:
        """A case that says something: it was answered in time, and not as so many others."""
        self.bytes += len(answer.body)
        location = dict(answer.headers).get("location", "")
        self.alike[answer.status, answer.body, location] += 1
        tells = self.alike[answer.status, answer.body, location] <= ALIKE
        if answer.status and answer.status not in NOT_THERE and answer.cut != "time" and tells:
            self.cases.append(case)

    # forms

    def send_forms(self) -> None:
        """GET forms with their defaults, then POST forms: who registers comes before who logs in. Afterwards what was
        closed before is asked again, and what it points at."""
        asking = [sent for sent in self.forms.values() if sent.form.method == "GET"]
        for sent in asking[:FORMS]:
            given = query(sent.form)
            path = sent.target.partition("?")[0] + (f"?{given}" if given else "")
            self.follow([Pointer(path)])
        closed = [path for path, answer in self.shown.items() if answer.status in CLOSED]
        members = any(sent.rank < 2 for _, sent in self._posts())
        self._post_all()
        if members:
            for path in ("/", *closed):
                self.shown.pop(path, None)
                self.shapes[_shape(path)] = 0
            self.follow([Pointer(path) for path in ("/", *closed)])
            self._post_all()
        if self.sent:
            self._look_again()

    def _look_again(self) -> None:
        """What was sent shows in other pages than the one that it leads to: in those that changed."""
        seen = [case.path for case in self.cases if case.method == "GET" and not case.takes]
        for path in list(dict.fromkeys(seen))[:AGAIN]:
            case, before = self._get(path), self.shown.get(path)
            answer = None if self.over else self.say(case)
            if answer and before and answer.status and answer.body != before.body:
                self.shown[path] = answer
                self.cases.append(case)

    def _post_all(self) -> None:
        for key, sent in self._posts():
            if key not in self.sent and not self.over and sent.rank < 3:
                self.sent.add(key)
                self._post(sent)

    def _posts(self) -> list[tuple[object, _Sent]]:
        posting = [(key, sent) for key, sent in self.forms.items() if sent.form.method == "POST"]
        return sorted(posting, key=lambda each: each[1].rank)[:FORMS]

    def _post(self, sent: _Sent) -> None:
        """The form's page once more, for its tokens, then the form, then where its answer sends to."""
        page, case = self._sending(sent)
        self.say(page)
        answer = self.say(case)
        if not answer.status or answer.status in NOT_THERE or answer.cut:
            return
        self.cases += [page, case]
        location = resolved(dict(answer.headers).get("location", ""), sent.target)
        if 300 <= answer.status < 400 and location and not destroys(location):
            self.alike.clear()
            slot = "{where it was sent}"
            if location in self.shown:
                self.visit(Pointer(location))
            else:
                taken = Taken(slot, case.id, "header", "location")
                self._take(location, taken)

    def _take(self, path: str, taken: Taken) -> None:
        case = replace(self._get(path), path=taken.slot, takes=(taken,))
        answer = self.say(case)
        self.shown[path] = answer
        self._keep(case, answer)

    def _sending(self, sent: _Sent) -> tuple[RequestCase, RequestCase]:
        page = self._get(sent.page)
        given = filled(sent.form, page.id, sent.number)
        head = (("content-type", given.content_type),)
        post = replace(self._get(sent.target), method="POST", route=f"POST {_route(sent.target)}")
        return page, replace(post, headers=head, body=given.body, takes=given.takes)

    def _get(self, path: str) -> RequestCase:
        self.count += 1
        route = f"GET {_route(path)}"
        return RequestCase(f"{ORIGIN} {self.count}", route, "GET", path, origin=ORIGIN, session=SESSION)

    # what is left

    def apart(self) -> list[RequestCase]:
        """What may destroy something. It was never asked: what it does shows in containers of its own."""
        cases = [replace(self._get(path), apart=True) for path in sorted(self.left)]
        for _, sent in self._posts():
            if sent.rank == 3:
                page, case = self._sending(sent)
                cases += [page, replace(case, apart=True)]
        return cases[:APART]

    def coverage(self, count: int) -> Coverage:
        asked = dict.fromkeys(case.route for case in self.cases)
        seen = {_route(path) for path in self.shown}
        known = asked | dict.fromkeys(f"GET {path}" for path in self.known if path not in seen)
        note = f"{count} request{'s' * (count != 1)} from a crawl"
        if len(self.cases) >= MOST:
            note += f", which ended at {MOST}"
        return Coverage(tuple(known), tuple(asked), note)


def _route(path: str) -> str:
    return _shape(path).partition("?")[0]


def _shape(path: str) -> str:
    """A path without its numbers, ids and the values of its query."""
    way, _, given = path.partition("?")
    names = sorted({pair.partition("=")[0] for pair in given.split("&") if pair})
    return shape(way) + (f"?{'&'.join(names)}" if names else "")
