"""Makes the language of the tests known for one test, and forgets it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from languages import perl
from unladen.language.registry import register, unregister


@contextmanager
def known() -> Iterator[None]:
    register(perl)
    try:
        yield
    finally:
        unregister(perl)
