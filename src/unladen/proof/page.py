"""What an HTML page points at and asks for: links, files, forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser

LIMIT = 512 << 10
"""Bytes of a page that are read."""
_REFRESH = re.compile(r"\burl\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
_LINKS = {"a": "href", "area": "href", "iframe": "src", "frame": "src"}
_FILES = {"script": "src", "img": "src", "source": "src", "video": "src", "audio": "src", "track": "src"}
_FILES |= {"embed": "src", "object": "data"}
_LOADED = frozenset({"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"})


@dataclass(frozen=True)
class Field:
    """One input of a form. `kind` is its type ("email", "select", "textarea"), `value` its default, `choices` what a
    select offers."""

    name: str
    kind: str
    value: str = ""
    choices: tuple[str, ...] = ()
    checked: bool = False
    bounds: tuple[tuple[str, str], ...] = ()
    """min, max, minlength, maxlength, pattern: those that the page gives."""


@dataclass(frozen=True)
class Form:
    """`method` in capitals; `action` as it stands in the page, "" for the page's own URL."""

    action: str
    method: str
    encoding: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Page:
    """URLs are as they stand in the page, in its order, once each; `base` is what they are relative to, if not the
    page's own URL. `files` are what a browser loads by itself."""

    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    metas: Mapping[str, str] = field(default_factory=dict)
    base: str = ""


def page(html: bytes) -> Page:
    """What a page says, as far as it can be read: broken HTML is read as browsers do, up to where it ends."""
    reader = _Reader()
    with suppress(AssertionError):  # how html.parser gives up on a broken declaration
        reader.feed(html[:LIMIT].decode(errors="replace"))
    reader.end_form()
    return Page(
        links=tuple(dict.fromkeys(reader.links)),
        files=tuple(dict.fromkeys(reader.files)),
        forms=tuple(reader.forms),
        metas=reader.metas,
        base=reader.base,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.files: list[str] = []
        self.forms: list[Form] = []
        self.metas: dict[str, str] = {}
        self.base = ""
        self._form: dict[str, str] | None = None
        self._fields: list[Field] = []
        self._select: dict[str, str] | None = None
        self._choices: list[tuple[str, bool]] = []
        self._area: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if found := given.get(_LINKS.get(tag, "")):
            self.links.append(found)
        if found := given.get(_FILES.get(tag, "")):
            self.files.append(found)
        match tag:
            case "base":
                self.base = self.base or given.get("href", "")
            case "link" if given.get("href"):
                loaded = _LOADED & set(given.get("rel", "").lower().split())
                (self.files if loaded else self.links).append(given["href"])
            case "meta":
                self._meta(given)
            case "form":
                self.end_form()
                self._form = given
            case "input" | "button":
                self._input(tag, given)
            case "select" if given.get("name"):
                self._end_select()
                self._select = given
            case "option" if self._select is not None and "disabled" not in given:
                self._choices.append((given.get("value", ""), "selected" in given))
            case "textarea":
                self._fields.append(Field(given.get("name", ""), "textarea", "", (), False, _bounds(given)))
                self._area = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.end_form()
        elif tag == "select":
            self._end_select()
        elif tag == "textarea":
            self._end_area()

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)

    def _meta(self, given: dict[str, str]) -> None:
        if name := given.get("name") or given.get("property"):
            self.metas.setdefault(name, given.get("content", ""))
        if given.get("http-equiv", "").lower() == "refresh":
            self.links += _REFRESH.findall(given.get("content", ""))

    def _input(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "submit" if tag == "button" else "text").lower()
        if given.get("name") and "disabled" not in given:
            value = given.get("value", "")
            self._fields.append(Field(given["name"], kind, value, (), "checked" in given, _bounds(given)))

    def _end_select(self) -> None:
        if self._select is None:
            return
        chosen = next((value for value, selected in self._choices if selected), "")
        offered = tuple(value for value, _ in self._choices)
        self._fields.append(Field(self._select["name"], "select", chosen, offered))
        self._select, self._choices = None, []

    def _end_area(self) -> None:
        if self._area is not None and self._fields and self._fields[-1].kind == "textarea":
            before = self._fields.pop()
            if before.name:
                text = "".join(self._area).strip()
                self._fields.append(Field(before.name, "textarea", text, (), False, before.bounds))
        self._area = None

    def end_form(self) -> None:
        """What stands outside of any form is no form's."""
        self._end_select()
        self._end_area()
        if self._form is not None:
            given = self._form
            method = given.get("method", "get").upper()
            encoding = given.get("enctype", "").lower()
            self.forms.append(
                Form(
                    given.get("action", ""),
                    method if method == "POST" else "GET",
                    encoding,
                    tuple(self._fields),
                )
            )
        self._form, self._fields = None, []


def _bounds(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    names = ("min", "max", "minlength", "maxlength", "pattern")
    return tuple((name, given[name]) for name in names if given.get(name))
