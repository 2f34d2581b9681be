"""Dockerfiles that nobody would show around: each ends in rungs that keep its bytes, or in one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import BASELINE, FULL, LEAN, Scene

import unladen
from unladen.climb.interface import Climb, Outcome, Proved
from unladen.general.rungs import General, rungs
from unladen.language import registry
from unladen.language.interface import Dialect, Overrides, Proposal
from unladen.language.registry import language

APT = b"apt-get update && apt-get install -y make"
MENDED = b"apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*"
CMD, EXEC = b"CMD python app.py", b'CMD ["python", "app.py"]'


def made(root: Path, data: bytes) -> dict[str, bytes]:
    """The bytes of the first rungs' Dockerfiles, of those that there are."""
    (root / "Dockerfile").write_bytes(data)
    project = registry.detect(root, Overrides())
    general = General(project, Dialect(), {}, language(project.language).dockerignore(project))
    return {
        each.name: each.dockerfile.encode("utf-8", "surrogateescape")
        for each in rungs(general)
        if isinstance(each, Proposal)
    }


def outcome(climb: Climb, name: str) -> Outcome:
    return next(each for each in climb.rungs if each.rung.name == name)


ODD = {
    "Windows line ends": b"FROM python:3\r\n# why\r\nRUN %s\r\n%s\r\n" % (APT, CMD),
    "no final newline": b"FROM python:3\n%s\nRUN %s" % (CMD, APT),
    "Windows line ends, no final newline": b"FROM python:3\r\n%s\r\nRUN %s" % (CMD, APT),
    "tabs": b"\tFROM\tpython:3\n\n\t# why\t\n\tRUN\t%s\n\t%s\n" % (APT, CMD),
    "byte order mark": b"\xef\xbb\xbfFROM python:3\nRUN %s\n%s\n" % (APT, CMD),
    "Latin-1": b'FROM python:3\n# caf\xe9\nENV A="caf\xe9"\nRUN %s\n%s\n' % (APT, CMD),
    "lower case": b"from python:3 as App\nrun %s\n%s\n" % (APT, CMD),
    "escape by backtick": b"# escape=`\nFROM python:3\nRUN %s\n%s\n" % (APT, CMD),
    "continuation at the end": b"FROM python:3\n%s\nRUN %s \\" % (CMD, APT),
    "secret and key": b"FROM python:3\nRUN --mount=type=secret,id=a --mount=type=ssh %s\n%s\n" % (APT, CMD),
    "stage named like its image": b"FROM python:3 AS python\nRUN %s\nFROM python\n%s\n" % (APT, CMD),
    "two stages of one name": b"FROM golang:1 AS a\nFROM python:3 AS a\nRUN %s\nFROM a\n%s\n" % (APT, CMD),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_only_what_is_mended_changes(tmp_path: Path, data: bytes) -> None:
    found = made(tmp_path, data)
    tidy = data.replace(APT, MENDED).replace(CMD, EXEC)
    assert found == {"tidy": tidy, "lighter-base": tidy.replace(b"python:3", b"python:3-slim", 1)}


HEREDOCS = b"""FROM python:3
RUN <<EOF bash
apt-get update
apt-get install -y make
EOF
RUN <<-'ONE' cat && cat <<TWO
\tCMD python app.py
\tONE
FROM nowhere
TWO
COPY <<a.txt <<b.txt /srv/
FROM a
a.txt
b
b.txt
ONBUILD RUN <<EOF
apt-get update && apt-get install -y make
EOF
CMD python app.py
"""


def test_here_documents_are_left_alone(tmp_path: Path) -> None:
    found = made(tmp_path, HEREDOCS)
    assert found["tidy"] == HEREDOCS.removesuffix(CMD + b"\n") + EXEC + b"\n"
    assert found["lighter-base"] == found["tidy"].replace(b"python:3", b"python:3-slim")


def test_what_onbuild_holds_back_is_left_alone(tmp_path: Path) -> None:
    data = b"FROM python:3\nONBUILD COPY . /app\nONBUILD RUN %s\nONBUILD %s\n" % (APT, CMD)
    assert made(tmp_path, data) == {"lighter-base": data.replace(b"python:3", b"python:3-slim")}


LONG = {
    "RUN": b"".join(b"RUN apt-get update && apt-get install -y p%d\n" % n for n in range(2000)),
    "COPY": b"".join(b"COPY f%d /f/\n" % n for n in range(2000)),
    "ENV": b"".join(b"ENV A%d=$A%d:x\n" % (n, n - 1) for n in range(2000)),
    "doubled": b"ENV A=xx\n" + b"ENV A=$A$A\n" * 100,
    "one RUN": b"RUN true \\\n" + b"".join(b"# why\n && echo %d \\\n" % n for n in range(1000)) + b" && x\n",
    "alternatives": b"RUN false" + b" || false" * 2000 + b"\n",
    "stages": b"".join(b"FROM s%d AS s%d\nRUN %s\nCOPY f .\nENV A=1\n" % (n, n + 1, APT) for n in range(500)),
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG)
def test_two_thousand_lines_are_read_once(tmp_path: Path, body: bytes) -> None:
    data = b"FROM python:3 AS s0\n" + body + CMD + b"\n"
    found = made(tmp_path, data)
    assert found["lighter-base"].startswith(b"FROM python:3-slim AS s0\n")
    assert found["tidy"].count(b"\n") == data.count(b"\n") and found["tidy"].endswith(EXEC + b"\n")


def test_brackets_in_brackets_are_no_script_that_is_understood(tmp_path: Path) -> None:
    data = b"FROM python:3\nRUN " + b"$(" * 3000 + b"true" + b")" * 3000 + b"\n" + CMD + b"\n"
    assert made(tmp_path, data)["tidy"] == data.replace(CMD, EXEC)


@pytest.mark.parametrize(
    "odd", ["Windows line ends", "byte order mark", "Latin-1", "no final newline", "tabs"]
)
def test_split_builds_from_the_users_bytes(scene: Scene, odd: str) -> None:
    data = BASELINE.encode()
    match odd:
        case "Windows line ends":
            data = data.replace(b"\n", b"\r\n")
        case "byte order mark":
            data = b"\xef\xbb\xbf" + data
        case "Latin-1":
            data = data.replace(b"EXPOSE", b"# caf\xe9\nEXPOSE")
        case "no final newline":
            data = data.removesuffix(b"\n")
        case "tabs":
            data = data.replace(b"EXPOSE ", b"\tEXPOSE\t")
    (scene.root / "Dockerfile").write_bytes(data)
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN}, rungs=["lighter-base", "split"])
    lighter, split = (outcome(climb, name) for name in ("lighter-base", "split"))
    assert isinstance(lighter, Proved) and isinstance(split, Proved), climb.rungs
    full, lean = FULL.encode(), LEAN.encode()
    assert lighter.rung.dockerfile.encode("utf-8", "surrogateescape") == data.replace(full, lean)
    text = split.rung.dockerfile.encode("utf-8", "surrogateescape")
    assert text.startswith(data.replace(full, full + b" AS build", 1))
    assert (b"\n" in text.replace(b"\r\n", b"")) == (odd != "Windows line ends")
