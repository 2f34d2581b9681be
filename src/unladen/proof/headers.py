"""Which response headers count, and what of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

IGNORED = frozenset(
    {"date", "age", "content-length", "connection", "keep-alive", "transfer-encoding", "server-timing"}
    | {"x-request-id", "request-id", "x-correlation-id", "x-trace-id", "traceparent", "tracestate"}
    | {"x-process-time", "x-response-time", "x-runtime"}
)
"""Of the moment or of the transfer. Content-Length says nothing that the body does not."""
PRESENCE = frozenset({"last-modified", "expires", "retry-after"})
"""Dates: a file's comes from the build of its image, so only whether they are there counts."""

UNORDERED = frozenset(
    {"allow", "cache-control", "trailer", "vary"}
    | {f"access-control-{what}" for what in ("allow-headers", "allow-methods", "expose-headers")}
)
"""Lists whose order means nothing (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1)."""

Field = tuple[tuple[str, ...], object, object, bool]
"""(name's path, exact value, relaxed value, whether it varies by nature)."""


def header_fields(headers: tuple[tuple[str, str], ...], mask: Callable[[str], str]) -> Iterator[Field]:
    """The fields that count, names in lower case and sorted. `mask` hides the numbers in a text."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    for name, given in sorted(values.items()):
        if name in IGNORED:
            continue
        if name == "set-cookie":
            yield from (_cookie(cookie) for cookie in given)
        elif name in PRESENCE or "ratelimit" in name:
            yield (name,), "present", "present", False
        elif name == "etag":
            # beside Last-Modified it is usually made of the file's time
            yield (name,), ", ".join(given), "etag", "last-modified" in values
        else:
            text = ", ".join(given)
            if name in UNORDERED:
                text = ", ".join(sorted(part.strip() for part in text.split(",")))
            yield (name,), text, mask(text), False


def _cookie(text: str) -> Field:
    """A cookie by its name: exact is value and attributes, relaxed the attributes alone (no expiry date)."""
    first, *rest = [part.strip() for part in text.split(";")]
    name, _, value = first.partition("=")
    attributes = tuple(sorted(re.sub(r"(?i)^expires=.*", "expires", part) for part in rest))
    return ("set-cookie", name), (value, *attributes), attributes, False
