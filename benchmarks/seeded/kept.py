"""What was found already: a run that was ended goes on where it was. Nothing is kept across a change of the code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from seeded.faults import BENCHMARKS, Fault, Seeded
from seeded.judging import Finding
from unladen.trial.keys import CODE, code_digest


def code() -> str:
    """A digest of unladen as it is here, and of the benchmark's own code."""
    return " ".join(map(code_digest, (CODE, BENCHMARKS / "seeded")))


def project(seeded: Seeded) -> str:
    seen = hashlib.sha256(seeded.candidate.encode())
    for path in sorted(seeded.root.rglob("*")):
        if path.is_file():
            seen.update(str(path.relative_to(seeded.root)).encode() + path.read_bytes())
    return seen.hexdigest()


class Kept:
    """Findings in a file, a line each, under a key of all that they rest on."""

    def __init__(self, file: Path, engine: str) -> None:
        self._file, self._code = file, f"{code()} {engine}"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        self._found = {entry["key"]: Finding(**entry["finding"]) for entry in map(json.loads, lines)}

    def key(self, seeded: Seeded, fault: Fault) -> str:
        return hashlib.sha256(f"{self._code} {project(seeded)} {fault}".encode()).hexdigest()

    def get(self, key: str) -> Finding | None:
        return self._found.get(key)

    def add(self, key: str, finding: Finding) -> None:
        self._found[key] = finding
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "finding": asdict(finding)}) + "\n")
