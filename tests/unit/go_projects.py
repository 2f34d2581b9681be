"""Small Go projects for the tests, written as {path: text}."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

GO_MOD = "module example.com/shop\n\ngo 1.24\n"
HELLO = 'package main\n\nfunc main() { println("hello") }\n'


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Writes the files, with a go.mod where there is none; texts are dedented."""
    for name, text in {"go.mod": GO_MOD, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return root


def program(body: str, imports: str = "") -> str:
    """A main.go whose main function is `body`."""
    lines = "\n".join(f'\t"{name}"' for name in imports.split())
    indented = textwrap.indent(textwrap.dedent(body), "\t")
    return f"package main\n\nimport (\n{lines}\n)\n\nfunc main() {{\n{indented}}}\n"
