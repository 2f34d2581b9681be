"""perl: known by its tags alone."""

from __future__ import annotations

from unladen.bases.family import Family, slim

FAMILIES = (Family("perl", slim, "compilers and development headers"),)
