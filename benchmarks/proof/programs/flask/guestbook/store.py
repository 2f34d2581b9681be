"""Entries, a line of JSON each."""

import json
import os
from pathlib import Path

from flask import current_app

FIRST = Path(__file__).parent / "first.jsonl"


def _file() -> Path:
    return current_app.config["DATA"] / "entries.jsonl"


def entries() -> list[dict]:
    texts = [FIRST.read_text(encoding="utf-8"), _file().read_text(encoding="utf-8") if _file().exists() else ""]
    return [{"number": n, **json.loads(line)} for n, line in enumerate("".join(texts).splitlines(), 1)]


def entry(number: int) -> dict | None:
    return next((each for each in entries() if each["number"] == number), None)


def add(name: str, text: str) -> dict:
    with _file().open("a", encoding="utf-8") as file:
        file.write(json.dumps({"name": name, "text": text}) + "\n")
    return entries()[-1]


def writable() -> bool:
    return os.access(current_app.config["DATA"], os.W_OK)
