"""Pains of real users that a Dockerfile's text shows; docs/cases.md says which is which, and where the others are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripted import BASELINE, FULL, LEAN, Scene

import unladen
from unladen.climb.interface import Proved
from unladen.dockerfile.stages import parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.engine.ignore import parse_ignore
from unladen.general.base import on_lighter
from unladen.general.tidy import tidied
from unladen.language.dockerignore import dockerignore
from unladen.language.interface import Dialect

HERE = Path(__file__).parents[1]
CASES = HERE.parent / "docs/cases.md"
APT = "apt-get update && apt-get install -y make"


def tidy(text: str, root: Path | None = None, ignore: str = "") -> str:
    found = tidied(UsersDockerfile(parse(text)), Dialect(mounts=False), root, ignore)
    return found.text if found else text


def test_12_a_user_before_workdir_and_copy_stays_before_them(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("flask\n")
    text = (
        "FROM python:3\nUSER app\nWORKDIR /srv\nCOPY --chown=app . .\n"
        "RUN pip install --no-cache-dir -r r.txt\nCMD python a.py\n"
    )
    made = tidy(text, tmp_path)
    assert made.splitlines()[:3] == text.splitlines()[:3]
    assert "COPY --chown=app r.txt ./\nRUN pip" in made  # the file comes as the user's, in the working folder


def test_19_a_virtual_environment_of_the_host_is_not_copied_over_what_was_installed(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("flask\n")
    (tmp_path / "venv").mkdir()
    text = "FROM python:3\nWORKDIR /srv\nCOPY . .\nRUN pip install --no-cache-dir -r r.txt\n"
    assert tidy(text, tmp_path) == text
    proposed = parse_ignore(dockerignore(tmp_path, {}))
    assert all(map(proposed.excludes, (".git/config", ".env")))


@pytest.mark.parametrize(
    "run",
    [
        "RUN <<-\\EOT\n\tapt-get update\n\tEOT",
        "RUN cat <<< text && apt-cache show make",
        "RUN echo $((1<<N)) && true",
        "RUN <<EOF bash\n[[ -e /x ]] && apt-get update\nEOF",
        "RUN <<EOF\n#!/usr/bin/env python3\nprint(1 << 2)\nEOF",
        "RUN true && \\\n    cat <<ONE && cat <<'TWO'\nFROM x\nONE\nCMD y\nTWO",
    ],
    ids=["escaped name", "here-string", "shift", "another shell", "first line", "two after a continuation"],
)
def test_34_35_here_documents_as_buildkit_reads_them(run: str) -> None:
    text = f"FROM python:3\n{run}\nCMD python a.py\n"
    staged = parse(text)
    assert [each.keyword for each in staged.stages[0].instructions] == ["RUN", "CMD"]
    assert tidy(text) == text.replace("CMD python a.py", 'CMD ["python", "a.py"]')


NEW = """# syntax=docker/dockerfile:1.20
# check=skip=all;error=true
ARG V=3
ARG NAME=x-python
FROM ${NAME#x-}:${V:+$V} AS app
COPY --link --parents --exclude=*.md a/./b /srv/
ADD --checksum=sha256:0 https://a.example/x /x
RUN --device=a.example/b=c --network=host --security=insecure --later=1 apt-get update && apt-get install -y make
CMD python app.py
"""


def test_36_what_is_newer_than_unladen_is_passed_over() -> None:
    users = UsersDockerfile(parse(NEW))
    assert users.staged.bases == ("python:3",)
    assert "flag --later" in " ".join(note.text for note in users.staged.source.notes)
    moved = on_lighter(users, {})
    assert not isinstance(moved, str)
    assert moved.text == NEW.replace("FROM ${NAME#x-}:${V:+$V}", "FROM ${NAME#x-}:${V:+$V}-slim")
    made = tidy(NEW)
    assert "--later=1 apt-get update && apt-get install -y --no-install-recommends make && rm -rf" in made


def test_37_what_a_later_line_only_changes_is_in_the_image_once(scene: Scene) -> None:
    scene.write("data.bin", "x" * 3_000_000)
    scene.write("Dockerfile", BASELINE.replace("EXPOSE", "RUN chmod 600 /app/data.bin\nEXPOSE"))
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN}, rungs=["lighter-base", "split"])
    lighter, split = climb.rungs
    assert isinstance(lighter, Proved) and isinstance(split, Proved), climb.rungs
    assert split.weight.size_bytes < lighter.weight.size_bytes - 2_900_000


@pytest.mark.parametrize(
    ("start", "made"),
    [
        ("CMD npm start", 'CMD ["npm", "start"]'),
        ("ENTRYPOINT python app.py", 'ENTRYPOINT ["python", "app.py"]'),
        ('CMD sh -c "a & b"', 'CMD sh -c "a & b"'),
        ("CMD a && b", "CMD a && b"),
    ],
)
def test_45_one_program_gets_the_signals_itself(start: str, made: str) -> None:
    assert tidy(f"FROM python:3\n{start}\n") == f"FROM python:3\n{made}\n"


def test_each_test_that_the_table_names_is_there() -> None:
    rows = re.findall(r"(?m)^\| \d+[a-z]? \|.*$", CASES.read_text(encoding="utf-8"))
    named = [each for row in rows for each in re.findall(r"`([\w/.]+)::(test_\w+)`", row)]
    assert len(rows) > 10 and len(named) > len(rows)
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"(?m)^ *def {name}\(", (HERE / path).read_text(encoding="utf-8"))
    ]
    assert missing == []
