"""Does the registry of an image answer from here?"""

from __future__ import annotations

import threading
from functools import cache

import httpx

PATIENCE = 3.0
"""Seconds that a registry has to answer, name look-up included."""


def registry_of(reference: str) -> str:
    """The host that serves a reference: "python:3.11" → "registry-1.docker.io"."""
    first, slash, _ = reference.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return "registry-1.docker.io" if first in ("docker.io", "index.docker.io") else first
    return "registry-1.docker.io"


@cache
def answers(host: str) -> bool:
    """Whether something that speaks the registry protocol (GET /v2/ of the OCI distribution spec) answers.

    Asked once per process.
    """
    said: list[bool] = []
    # A look-up of the name can hang longer than any time-out of the connection: it is left behind.
    asking = threading.Thread(target=lambda: said.append(_ask(host)), daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return bool(said and said[0])


def _ask(host: str) -> bool:
    name = host.partition(":")[0]
    scheme = "http" if name == "localhost" or name.startswith("127.") else "https"
    try:
        answer = httpx.get(f"{scheme}://{host}/v2/", timeout=PATIENCE)
    except httpx.HTTPError:
        return False
    # A proxy's or a portal's page is no registry's answer: a registry says its version, or how to log in.
    return answer.status_code in (200, 401) and (
        "docker-distribution-api-version" in answer.headers or "www-authenticate" in answer.headers
    )
