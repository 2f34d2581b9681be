"""`{{name}}` in files that describe requests, filled in with what the files themselves say."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unladen.proof.sources.asked import LeftOut
from unladen.proof.sources.multipart import CannotSend
from unladen.proof.sources.recorded import Recorded

_PLACE = re.compile(r"\{\{\s*(?:_\.)?([$\w.:-]+)[^{}]*\}\}")
_HOST = re.compile(r"\s*\{\{\s*(?:_\.)?([\w.:-]+)\s*\}\}(?=[/?]|\s*$)")
_NAMES_A_HOST = re.compile(r"(base|host|url|server|api|domain|endpoint|address|root)", re.IGNORECASE)
MADE_UP: Mapping[str, str] = {
    "$guid": "3f2b8c1e-5d4a-4e6f-9b7a-0c1d2e3f4a5b",
    "$uuid": "3f2b8c1e-5d4a-4e6f-9b7a-0c1d2e3f4a5b",
    "$random.uuid": "3f2b8c1e-5d4a-4e6f-9b7a-0c1d2e3f4a5b",
    "$randomUUID": "3f2b8c1e-5d4a-4e6f-9b7a-0c1d2e3f4a5b",
    "$timestamp": "1700000000",
    "$randomInt": "7",
    "$random.integer": "7",
}
"""What clients make up anew for each request is the same in every run here."""
DEPTH = 5

Variables = Mapping[str, str]


def filled(text: str, known: Variables) -> str:
    """The text with what is known; the rest stays as it is written."""
    for _ in range(DEPTH):
        found = _PLACE.sub(lambda match: known.get(match[1], MADE_UP.get(match[1], match[0])), text)
        if found == text:
            break
        text = found
    return text


def complete(text: str, known: Variables) -> str:
    """The text with all of its variables filled in. Raises CannotSend."""
    found = filled(text, known)
    if blank := _PLACE.search(found):
        raise CannotSend(f"nothing gives {{{{{blank[1]}}}}} a value")
    return found


def request(
    method: str, url: str, headers: list[tuple[str, str]], body: bytes | str, known: Variables, origin: str
) -> Recorded | LeftOut:
    """A request with its variables filled in. One that begins its URL and is called like a host stands for the program,
    whatever its value is: the collection is the project's own."""
    begins = _HOST.match(url)
    if begins and (_NAMES_A_HOST.search(begins[1]) or begins[1] not in known):
        value = known.get(begins[1], "")
        prefix = re.sub(r"^\w+://[^/]*", "", filled(value, known)) if "://" in value else ""
        url = prefix.rstrip("/") + url[begins.end() :]
        url = url if url.startswith("/") else f"/{url}"
    url = filled(url.strip(), known)
    pairs = [(name.strip().lower(), filled(value, known).strip()) for name, value in headers]
    content = filled(body, known).encode() if isinstance(body, str) else body
    ours = content.decode(errors="replace") if isinstance(body, str) else ""  # a file's bytes are its own
    for said in (url, *(value for _, value in pairs), ours):
        if blank := _PLACE.search(said):
            return LeftOut(f"nothing gives {{{{{blank[1]}}}}} a value")
    if not url.startswith("/") and "://" not in url:
        url = f"http://{url}"
    return Recorded(method.upper(), url, tuple(dict(pairs).items()), content, origin=origin)
