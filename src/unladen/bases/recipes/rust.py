"""rust: a toolchain, which no lighter image has."""

from __future__ import annotations

from unladen.bases.family import Family

FAMILIES = (Family("rust"),)
