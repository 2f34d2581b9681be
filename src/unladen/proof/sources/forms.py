"""What somebody would fill into a form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from unladen.proof.carried import FORM
from unladen.proof.interface import Taken
from unladen.proof.page import Field, Form

BOUNDARY = "unladen-4b5c0d7e"
PASSWORD = "Unladen-4711-proof"
"""Every form gets the same one, so that who registers can log in."""
_KINDS = {
    "email": "anna@example.org",
    "password": PASSWORD,
    "date": "2024-05-17",
    "time": "10:30",
    "datetime-local": "2024-05-17T10:30",
    "month": "2024-05",
    "week": "2024-W20",
    "url": "https://example.org/",
    "tel": "+49 30 123456",
    "color": "#336699",
    "search": "test",
}
_NAMES = (
    (r"e-?mail", _KINDS["email"]),
    (r"passw|pwd", PASSWORD),
    (r"phone|tel\b|mobile", _KINDS["tel"]),
    (r"url|website|homepage|link", _KINDS["url"]),
    (r"zip|postal|plz", "10115"),
    (r"year", "2024"),
    (r"date|birth", _KINDS["date"]),
    (r"age|count|quantity|qty|amount|price|number|rating|score", "3"),
    (r"user|login|nick|handle|account", "unladen"),
    (r"first|given", "Anna"),
    (r"last|family|surname", "Meyer"),
    (r"\bq\b|query|search", "test"),
    (r"name|author", "Anna Meyer"),
    (r"slug", "a-proof"),
    (r"title|subject", "A proof"),
    (r"body|text|content|message|comment|description", "Written by a proof."),
)
_AGREED = re.compile(r"agree|accept|terms|consent|confirm", re.IGNORECASE)


@dataclass(frozen=True)
class Filled:
    """A form's body. What the page hid in it is taken from the page each time."""

    content_type: str
    body: bytes
    takes: tuple[Taken, ...]


def filled(form: Form, page_case: str, number: int) -> Filled:
    """A POST form's body. `page_case` is the case that its page answers, `number` its place there."""
    takes: list[Taken] = []
    pairs: list[tuple[Field, str]] = []
    for each, value in _values(form):
        if each.kind == "hidden":
            takes.append(Taken(f"{{{each.name}}}", page_case, "field", each.name, number))
            value = takes[-1].slot
        pairs.append((each, value))
    if form.encoding == "multipart/form-data":
        return Filled(f"{form.encoding}; boundary={BOUNDARY}", _multipart(pairs), tuple(takes))
    slots = {taken.slot for taken in takes}
    parts = [
        f"{quote_plus(each.name)}={value if value in slots else quote_plus(value)}" for each, value in pairs
    ]
    return Filled(FORM, "&".join(parts).encode(), tuple(takes))


def query(form: Form) -> str:
    """What a GET form puts behind its action."""
    return urlencode([(each.name, value) for each, value in _values(form)])


def _values(form: Form) -> Iterator[tuple[Field, str]]:
    """The fields that a browser would send: of buttons the first, of radio buttons one a name."""
    pressed = False
    radios = {each.name for each in form.fields if each.kind == "radio" and each.checked}
    for each in form.fields:
        match each.kind:
            case "button" | "reset" | "image":
                continue
            case "submit":
                if not pressed:
                    yield each, each.value
                pressed = True
            case "checkbox":
                if each.checked or _AGREED.search(each.name):
                    yield each, each.value or "on"
            case "radio":
                if each.checked or each.name not in radios:
                    radios.add(each.name)
                    yield each, each.value or "on"
            case "select":
                yield each, each.value or next((choice for choice in each.choices if choice), "")
            case _:
                yield each, each.value or _invented(each)


def _invented(each: Field) -> str:
    bounds = dict(each.bounds)
    if each.kind in ("number", "range"):
        return bounds.get("min") or "1"
    if each.kind in ("hidden", "file"):
        return ""
    by_name = (value for pattern, value in _NAMES if re.search(pattern, each.name, re.IGNORECASE))
    value = _KINDS.get(each.kind) or next(by_name, "test")
    least, most = bounds.get("minlength", ""), bounds.get("maxlength", "")
    if least.isdecimal():
        value = value.ljust(min(int(least), 1000), "x")
    return value[: int(most)] if most.isdecimal() else value


def _multipart(pairs: list[tuple[Field, str]]) -> bytes:
    lines = []
    for each, value in pairs:
        name = each.name.replace('"', "%22")
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if each.kind == "file":
            head += '; filename="proof.txt"\r\nContent-Type: text/plain'
            value = "A small file.\n"
        lines.append(f"{head}\r\n\r\n{value}\r\n")
    return "".join((*lines, f"--{BOUNDARY}--\r\n")).encode()
