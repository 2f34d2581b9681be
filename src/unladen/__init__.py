"""unladen: finds the weight of a container image, removes it, and proves that nothing broke.

The public API, loaded when it is first asked for; what is not listed here may change.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from unladen.api.bases import build_bases, list_bases, remove_bases
    from unladen.api.clean import clean
    from unladen.api.explain import explain
    from unladen.api.optimize import detect, optimize, parts, would_write, write_recommended
    from unladen.api.prove import prove
    from unladen.api.slim import slim, write_slimmed
    from unladen.api.trace import trace
    from unladen.errors import UnladenError

_HOMES = {
    "UnladenError": "errors",
    "build_bases": "api.bases",
    "clean": "api.clean",
    "detect": "api.optimize",
    "explain": "api.explain",
    "list_bases": "api.bases",
    "optimize": "api.optimize",
    "parts": "api.optimize",
    "prove": "api.prove",
    "remove_bases": "api.bases",
    "slim": "api.slim",
    "trace": "api.trace",
    "would_write": "api.optimize",
    "write_recommended": "api.optimize",
    "write_slimmed": "api.slim",
}
__all__ = [
    "UnladenError",
    "__version__",
    "build_bases",
    "clean",
    "detect",
    "explain",
    "list_bases",
    "optimize",
    "parts",
    "prove",
    "remove_bases",
    "slim",
    "trace",
    "would_write",
    "write_recommended",
    "write_slimmed",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'unladen' has no attribute {name!r}")
    return getattr(importlib.import_module(f"unladen.{_HOMES[name]}"), name)
