"""Which addresses mean nothing outside this host."""

from __future__ import annotations

from urllib.parse import urlsplit


def remote(urls: str) -> list[str]:
    """Those of the (white-space separated) URLs that a container can reach."""
    return [url for url in urls.split() if not is_local(url)]


def is_local(url: str) -> bool:
    """True for what only this host understands: a path, a file: URL, a service on its own loopback."""
    if url.startswith(("/", "./", "../", "~", "file:")):
        return True
    host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
