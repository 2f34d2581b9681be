"""unladen: finds the weight of a container image, removes it, and proves that nothing broke.

The public API, loaded when it is first asked for; what is not listed here may change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from unladen.api import detect, optimize, write_recommended
    from unladen.errors import UnladenError

__all__ = ["UnladenError", "__version__", "detect", "optimize", "write_recommended"]


def __getattr__(name: str) -> object:
    if name == "UnladenError":
        from unladen.errors import UnladenError

        return UnladenError
    if name in __all__:
        from unladen import api

        return getattr(api, name)
    raise AttributeError(f"module 'unladen' has no attribute {name!r}")
