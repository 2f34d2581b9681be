"""What requests carry of earlier answers: cookies, and values that every container makes up anew."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from urllib.parse import quote, quote_plus, urlsplit

from unladen.proof.interface import RequestCase, Response, Taken
from unladen.proof.observe import mask_numbers
from unladen.proof.page import page

FORM = "application/x-www-form-urlencoded"


@dataclass
class Carried:
    """The cookies of every session, and the answers so far. It belongs to one replay in one container."""

    answers: dict[str, Response] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def filled(self, case: RequestCase) -> RequestCase:
        """The case with its slots filled, and its session's cookies."""
        for taken in case.takes:
            case = _with(case, taken, self._value(case, taken))
        case = replace(case, path=case.path or "/")  # a link that is not there
        jar = self.cookies.get(case.session, {})
        if not jar or any(name.lower() == "cookie" for name, _ in case.headers):
            return case
        sent = "; ".join(f"{name}={value}" for name, value in jar.items())
        return replace(case, headers=(*case.headers, ("Cookie", sent)))

    def keep(self, case: RequestCase, answer: Response) -> None:
        self.answers[case.id] = answer
        if not case.session:
            return
        jar = self.cookies.setdefault(case.session, {})
        for header, text in answer.headers:
            if header == "set-cookie":
                _into(jar, text)

    def _value(self, case: RequestCase, taken: Taken) -> str:
        if taken.source == "cookie":
            return self.cookies.get(case.session, {}).get(taken.name, "")
        answer = self.answers.get(taken.case)
        return "" if answer is None else value_in(answer, taken)


def _into(jar: dict[str, str], text: str) -> None:
    """A Set-Cookie, as a browser takes it that has one host: paths and domains do not matter, nor does Secure."""
    first, *rest = text.split(";")
    name, has, value = (part.strip() for part in first.partition("="))
    if not has or not name:
        return
    attributes = {key.strip().lower(): given.strip() for key, _, given in (a.partition("=") for a in rest)}
    if _expired(attributes):
        jar.pop(name, None)
    else:
        jar[name] = value


def _expired(attributes: dict[str, str]) -> bool:
    if age := attributes.get("max-age"):
        return age == "0" or age.startswith("-")
    try:
        return parsedate_to_datetime(attributes.get("expires", "")).timestamp() <= time.time()
    except (ValueError, OverflowError):
        return False


def value_in(answer: Response, taken: Taken) -> str:
    """What `taken` names in an answer, "" where it is not there."""
    match taken.source:
        case "header":
            value = dict(answer.headers).get(taken.name.lower(), "")
            return _path(value) if taken.name.lower() == "location" else value
        case "json":
            return _member(answer.body, taken.name)
        case "meta":
            return page(answer.body).metas.get(taken.name, "")
        case "link":
            found = [link for link in page(answer.body).links if shape(link) == taken.name]
            return found[taken.number] if taken.number < len(found) else ""
        case "field":
            forms = page(answer.body).forms
            inside = forms[taken.number].fields if taken.number < len(forms) else ()
            return next((each.value for each in inside if each.name == taken.name), "")
        case _:
            return ""


def shape(path: str) -> str:
    """A path with numbers and ids as #: what the pages of a calendar have in common."""
    return mask_numbers(path)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _member(body: bytes, name: str) -> str:
    try:
        value = json.loads(body)
        for part in name.split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _with(case: RequestCase, taken: Taken, value: str) -> RequestCase:
    """The case with a value in the place of its slot. A path from a link or a header is one already."""
    ready = taken.source in ("link", "header")
    in_path = quote(value, safe="!#$%&'()*+,/:;=?@[]~") if ready else quote(value, safe="")
    kind = next((text for name, text in case.headers if name.lower() == "content-type"), "")
    slot = taken.slot.encode()
    body = case.body.replace(slot, _in_body(value, kind)) if slot in case.body else case.body
    plain = re.sub(r"[\r\n\0]", "", value)
    return replace(
        case,
        path=case.path.replace(taken.slot, in_path),
        headers=tuple((name, text.replace(taken.slot, plain)) for name, text in case.headers),
        body=body,
    )


def _in_body(value: str, kind: str) -> bytes:
    if kind.startswith(FORM):
        return quote_plus(value).encode()
    return json.dumps(value)[1:-1].encode() if "json" in kind else value.encode()
