"""php, and what builds for it: its images stand on a slim Debian already."""

from __future__ import annotations

from unladen.bases.family import Family

FAMILIES = (Family("php"), Family("composer"))
