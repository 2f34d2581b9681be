"""What `--write` changed in a file that was there before."""

from __future__ import annotations

import difflib
from pathlib import Path

from rich.text import Text

from unladen.report.figures import clean

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def unified(before: str, after: str, *, old: str, new: str) -> tuple[str, ...]:
    """The lines of a unified diff, without line ends; none where nothing changed."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="")
    return tuple(lines)


def render(written: Path, backup: Path) -> Text:
    """The coloured difference between a written file and the copy of what was there (its .bak)."""
    before, after = (path.read_text(encoding="utf-8", errors="replace") for path in (backup, written))
    lines = unified(before, after, old=backup.name, new=written.name)
    return Text("\n").join(_coloured(line) for line in lines)


def _coloured(line: str) -> Text:
    style = "bold" if line.startswith(("--- ", "+++ ")) else _STYLES.get(line[:1], "")
    return Text(clean(line), style=style)
