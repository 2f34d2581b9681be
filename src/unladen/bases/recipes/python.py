"""python: Debian's interpreter under the names and paths that Docker Hub's image has.

There Python is built with the prefix /usr/local, and Dockerfiles count on it: they install as root without ado,
copy /usr/local/lib/python3.11/site-packages from stage to stage, and copy what `pip install --prefix=/install`
made over /usr/local. Debian's own layout (dist-packages, /install/local, a marker that forbids pip) breaks all
three, so /usr/local is a virtual environment of Debian's interpreter, one that sees Debian's packages too.
"""

from __future__ import annotations

from unladen.bases.family import Family, slim
from unladen.bases.recipe import Bootstrapped, Recipe, Settings
from unladen.bases.recipes import buildpack

_SETTINGS = Settings(
    env={"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
    cmd=("python3",),
)

_FINISH = """\
/usr/bin/python3.11 -m venv --system-site-packages /usr/local
rm -f /usr/local/lib64 /usr/local/bin/activate* /usr/local/bin/Activate.ps1
rm -f /usr/lib/python3.11/EXTERNALLY-MANAGED
"""

_INTERPRETER = ("ca-certificates", "netbase", "tzdata", "python3", "python3-venv", "python3-wheel")

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

FAMILIES = (Family("python", slim, "compilers and development headers"),)
