"""Climbs the ladders of other people's projects, as they come, and writes the table of how each ended.

    python benchmarks/strangers.py LIST --from FOLDER --reports FOLDER [--project NAME]… [--minutes N] [--write]

LIST is a TOML file of your own: which projects, and how they are built, is no part of this repository.
    [[project]]
    name = "owner/name"                            # FOLDER/owner+name/repo, or FOLDER/owner+name: a git directory
    commit = "a975ef6"
    folder = "web"                                 # default: the root
    options = ["--target", "final"]                # more words for `unladen optimize`
    bases = { "python:slim" = "python:3.11-slim" } # FROM and ARG lines of its Dockerfiles, where a base cannot be had
    without = ["dev"]                              # stages of its Dockerfile that are left out
    toml = "[project]\\nport = 80"                  # unladen.toml

Reports stay in the folder of --reports, and --write puts all of them into docs/results.md. --project makes some anew.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from seeded.tables import table

RESULTS = Path(__file__).parent.parent / "docs" / "results.md"
BEGIN, END = "<!-- bench:strangers -->", "<!-- /bench:strangers -->"
HEAD = ("project", "commit", "baseline", "recommended", "size", "evidence", "unladen")


@dataclass(frozen=True)
class Stranger:
    name: str
    commit: str
    folder: str = "."
    options: list[str] = field(default_factory=list)
    bases: dict[str, str] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    toml: str = ""

    @property
    def title(self) -> str:
        return self.name if self.folder == "." else f"{self.name}: {self.folder}"


def optimize(stranger: Stranger, source: Path, minutes: float) -> dict[str, Any]:
    """`report` is what `--json` gave; without one, `sentence` says how the run ended."""
    with tempfile.TemporaryDirectory() as folder:
        root, report = Path(folder, stranger.name.split("/")[1]), Path(folder, "report.json")
        checkout(stranger, source, root)
        command = [sys.executable, "-m", "unladen", "optimize", str(root / stranger.folder), "--quiet"]
        command += ["--fresh", "--time", "none", "--json", str(report), *stranger.options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            said = process.communicate(timeout=60 * minutes)[0]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)  # unladen takes away what it started
            process.communicate()
            said = f"not measured: it takes more than {minutes:g} minutes here"
        found = json.loads(report.read_text()) if report.is_file() else None
        sentence = said.strip().replace(f"{folder}/", "") if found is None else ""
    here = ["git", "-C", str(RESULTS.parent), "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(here, check=True, capture_output=True, text=True).stdout.strip()
    return {"stranger": asdict(stranger), "unladen": commit, "report": found, "sentence": sentence}


def checkout(stranger: Stranger, source: Path, root: Path) -> None:
    name = stranger.name.replace("/", "+")
    git = next((each for each in (source / name / "repo", source / name) if each.is_dir()), None)
    if git is None:
        sys.exit(f"strangers.py: {stranger.name} is not in {source}")
    subprocess.run(["git", "clone", "-q", "--no-checkout", str(git), str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "checkout", "-q", stranger.commit], check=True)
    for file in (root / stranger.folder).rglob("*Dockerfile*") if stranger.bases or stranger.without else ():
        text = file.read_text()
        for old, new in stranger.bases.items():
            text = re.sub(rf"(?m)^((?:FROM|ARG)\s.*?){re.escape(old)}(?=\s|$)", rf"\g<1>{new}", text)
        for stage in stranger.without:
            text = re.sub(rf"(?ims)^FROM \S+ AS {stage}$.*?(?=^FROM|\Z)", "", text)
        file.write_text(text)
    if stranger.toml:
        (root / stranger.folder / "unladen.toml").write_text(stranger.toml)


def row(kept: dict[str, Any]) -> tuple[str, ...]:
    stranger, report = Stranger(**kept["stranger"]), kept["report"]
    changes = [f"{old} → {new}" for old, new in stranger.bases.items()]
    changes += [f"without the stage {each}" for each in stranger.without]
    changes += ["with an unladen.toml"] if stranger.toml else []
    changes += [" ".join(stranger.options)] if stranger.options else []
    title = f"{stranger.title} ({'; '.join(changes)})" if changes else stranger.title
    base, chosen, figure, said = "–", "–", "–", sentence(kept["sentence"])
    if report is not None:
        base, said = size(report["baseline"]), " ".join(report["reasons"])
        for rung in report["rungs"]:
            if rung["name"] == report["recommended"]:
                chosen, figure = rung["name"], size(rung)
                said = f"{rung['proof']['level']}, {rung['proof']['counting']} counting cases"
    return (title, stranger.commit[:8], base, chosen, figure, said, kept["unladen"])


def size(rung: dict[str, Any]) -> str:
    found = rung["size_bytes"]
    return "–" if found is None else f"{found / 1e6:.1f} MB" if found < 1e8 else f"{found / 1e6:.0f} MB"


def sentence(said: str) -> str:
    """The error, the last of the lines that it quotes of a program, and its hint."""
    what, _, hint = said.rpartition("error: ")[2].partition("\nhint: ")
    first, *quoted = [line.strip(" │.") for line in what.splitlines() if line.strip(" │")] or [""]
    quoted = [line for line in quoted if not line.startswith("executor failed running")]
    parts = [each.strip() for each in (first, *quoted[-1:], hint.rstrip(".")) if each.strip()]
    text = ". ".join(f"{each[:1].upper()}{each[1:]}" for each in parts)
    return textwrap.shorten(text, 400, placeholder=" …").replace("|", "\\|")


def write(reports: Path) -> None:
    rows = sorted(row(json.loads(each.read_text())) for each in reports.glob("*.json"))
    before, rest = RESULTS.read_text(encoding="utf-8").split(BEGIN, 1)
    text = f"{BEGIN}\n{table([HEAD, *rows])}\n{END}"
    RESULTS.write_text(before + text + rest.split(END, 1)[1], encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("list", type=Path)
    parser.add_argument("--from", dest="source", type=Path, required=True, help="the git directories")
    parser.add_argument("--reports", type=Path, required=True, help="where reports stay")
    parser.add_argument("--project", action="append", default=[], help="default: all")
    parser.add_argument("--minutes", type=float, default=10, help="for each")
    parser.add_argument("--write", action="store_true", help="write docs/results.md")
    wanted = parser.parse_args()
    wanted.reports.mkdir(parents=True, exist_ok=True)
    for entry in tomllib.loads(wanted.list.read_text())["project"]:
        stranger = Stranger(**entry)
        if wanted.project and stranger.title not in wanted.project:
            continue
        kept = optimize(stranger, wanted.source, wanted.minutes)
        file = wanted.reports / f"{re.sub('[/: ]+', '+', stranger.title)}.json"
        file.write_text(json.dumps(kept, indent=2))
        print(*row(kept), sep=" | ", flush=True)
    if wanted.write:
        write(wanted.reports)


if __name__ == "__main__":
    main()
