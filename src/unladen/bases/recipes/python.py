"""python: Debian's interpreter under the names and paths that Docker Hub's image has."""

from __future__ import annotations

from unladen.bases.recipe import Bootstrapped, Recipe, Settings
from unladen.bases.recipes import buildpack

_SETTINGS = Settings(
    env={"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
    cmd=("python3",),
)

# Dockerfiles call python and pip by name or by their path in /usr/local/bin, and install as root into the
# system, which Debian forbids with a marker file.
_FINISH = """\
for name in python python3 python3.11; do ln -s ../../bin/python3.11 /usr/local/bin/$name; done
for name in pip pip3 pip3.11; do ln -s ../../bin/pip3 /usr/local/bin/$name; done
rm /usr/lib/python3.11/EXTERNALLY-MANAGED
"""

_INTERPRETER = ("ca-certificates", "netbase", "tzdata", "python3", "python3-pip", "python3-venv")

RECIPES = (
    Recipe(
        "python:3.11",
        Bootstrapped("bookworm", (*buildpack.FULL, *_INTERPRETER, "python3-dev"), finish=_FINISH),
        _SETTINGS,
        aliases=("python:3", "python:3.11-bookworm", "python:3-bookworm"),
    ),
    Recipe(
        "python:3.11-slim",
        Bootstrapped("bookworm", _INTERPRETER, slim=True, finish=_FINISH),
        _SETTINGS,
        aliases=("python:3-slim", "python:3.11-slim-bookworm", "python:3-slim-bookworm"),
    ),
)
