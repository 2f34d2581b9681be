"""What stands for contents that are neither kept nor shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(chunks: Iterable[bytes]) -> str:
    """Size and SHA-256 of what the chunks are together: the same for the same bytes alone."""
    size, found = 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        found.update(chunk)
    return f"{size} bytes, sha256 {found.hexdigest()}"
