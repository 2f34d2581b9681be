"""What Python distributions need of the system: libraries at run time, compilers where no wheel fits.

A heuristic table: PyPI does not say. It is right about popular distributions as of 2024 and silent about the rest.
Where it is wrong for a project, `system_packages` under [project] in unladen.toml (names of Debian packages)
replaces what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from unladen.language.alpine import alpine_name
from unladen.language.python.requirements import Wanted

NEVER = "never"


@dataclass(frozen=True)
class Needs:
    """Names of Debian packages. `run`: loaded by the installed distribution, wheel or not. `build`: to compile it,
    as it has no wheels at all. `musl` is the first version with wheels for Alpine ("": every version in use,
    NEVER: none, and compiling it is no business of an image); before it, `musl_build` compiles it there.
    """

    run: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    musl: str = ""
    musl_build: tuple[str, ...] = ()


_C = ("gcc", "libc6-dev")
_CXX = ("libstdc++6",)
_SCIENCE = ("g++", "gfortran", "libopenblas-dev", "make", "pkg-config")

TABLE: Mapping[str, Needs] = {
    # Wheels that load the system's libstdc++
    "numpy": Needs(_CXX, musl="1.25.0", musl_build=_SCIENCE),
    "pandas": Needs(_CXX, musl="2.1.0", musl_build=_SCIENCE),
    "scipy": Needs(_CXX, musl="1.11.1", musl_build=_SCIENCE),
    "scikit-learn": Needs(_CXX, musl=NEVER),
    "matplotlib": Needs(_CXX, musl="3.8.0", musl_build=("g++", "libfreetype-dev", "pkg-config")),
    "grpcio": Needs(_CXX, musl="1.50.0", musl_build=("g++", "make")),
    "h5py": Needs(_CXX, musl="3.15.0", musl_build=("g++", "libhdf5-dev", "pkg-config")),
    "torch": Needs(_CXX, musl=NEVER),
    "tensorflow": Needs(_CXX, musl=NEVER),
    "tensorflow-cpu": Needs(_CXX, musl=NEVER),
    "onnxruntime": Needs(_CXX, musl=NEVER),
    "jaxlib": Needs(_CXX, musl=NEVER),
    "xgboost": Needs(_CXX, musl=NEVER),
    "lightgbm": Needs(("libgomp1", *_CXX), musl=NEVER),
    "opencv-python": Needs(("libgl1", "libglib2.0-0", *_CXX), musl=NEVER),
    "opencv-python-headless": Needs(_CXX, musl=NEVER),
    # No wheels: compiled at installation, against libraries that stay
    "psycopg2": Needs(("libpq5",), (*_C, "libpq-dev")),
    "psycopg": Needs(("libpq5",)),
    "mysqlclient": Needs(("libmariadb3",), (*_C, "default-libmysqlclient-dev", "pkg-config")),
    "python-ldap": Needs(("libldap-2.5-0", "libsasl2-2"), (*_C, "libldap-dev", "libsasl2-dev")),
    "pycairo": Needs(("libcairo2",), (*_C, "libcairo2-dev", "pkg-config")),
    "pyaudio": Needs(("libportaudio2",), (*_C, "portaudio19-dev")),
    "uwsgi": Needs((), _C),
    "netifaces": Needs((), _C),
    # Loaded through ctypes or cffi
    "python-magic": Needs(("libmagic1",)),
    "weasyprint": Needs(("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")),
    "cairosvg": Needs(("libcairo2",)),
    "cairocffi": Needs(("libcairo2",)),
    # Programs that are called
    "gitpython": Needs(("git",)),
    "pytesseract": Needs(("tesseract-ocr",)),
    "pdf2image": Needs(("poppler-utils",)),
    "pydub": Needs(("ffmpeg",)),
    "ffmpeg-python": Needs(("ffmpeg",)),
}

_BRING_THEIR_OWN = {("psycopg", "binary")}
"""(distribution, extra) whose wheels hold the library."""

IN_DEBIAN = frozenset({"libc6", "libgcc-s1", "libstdc++6", "zlib1g"})
"""Debian packages that apt itself needs, so that every base with a package manager holds them."""

IN_DISTROLESS = frozenset(
    [
        "libstdc++6",
        "libgcc-s1",
        "libgomp1",
        "libc6",
        "libssl3",
        "libffi8",
        "libexpat1",
        "libsqlite3-0",
        "libbz2-1.0",
        "liblzma5",
        "zlib1g",
        "libuuid1",
        "libncursesw6",
        "libtinfo6",
        "libreadline8",
        "libdb5.3",
        "ca-certificates",
        "tzdata",
        "netbase",
    ]
)
"""Debian packages that gcr.io/distroless/python3-debian12 holds."""

_BUILD_TOOLS = frozenset(
    [
        "autoconf",
        "automake",
        "bison",
        "build-essential",
        "cargo",
        "cmake",
        "curl",
        "flex",
        "g++",
        "gcc",
        "gfortran",
        "libtool",
        "make",
        "musl-dev",
        "ninja-build",
        "patch",
        "pkg-config",
        "pkgconf",
        "python3-dev",
        "rustc",
        "swig",
        "wget",
    ]
)


def debian(wanted: Iterable[Wanted]) -> tuple[str, ...]:
    """Debian packages, to build and to run, that these distributions need; sorted."""
    needs = [_needs(each) for each in wanted]
    return tuple(sorted({package for need in needs for package in (*need.run, *need.build)}))


def build_only(package: str) -> bool:
    """Whether a Debian package is needed to install alone: compilers and headers."""
    return package.endswith("-dev") or package in _BUILD_TOOLS


def alpine(packages: Iterable[str]) -> tuple[str, ...]:
    """The same packages by their names in Alpine; sorted."""
    return tuple(sorted({alpine_name(package) or package for package in packages}))


def unknown_on_alpine(packages: Iterable[str]) -> tuple[str, ...]:
    """Debian packages whose names in Alpine are not known: none is guessed; sorted."""
    return tuple(sorted({each for each in packages if not alpine_name(each)}))


def run_on_alpine(packages: Iterable[str], wanted: Iterable[Wanted]) -> tuple[str, ...]:
    """Of the Debian packages of the run time, those that Alpine needs as well: its wheels bring their own libstdc++
    along, what is compiled there loads the system's."""
    compiles = bool(compiled_on_alpine(wanted))
    return tuple(each for each in packages if compiles or each not in _CXX)


def compiled_on_alpine(wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Those that have no wheel for Alpine in the version asked for, and so are compiled."""
    return tuple(
        each for each in wanted if _needs(each).musl_build and _before(each.version, _needs(each).musl)
    )


def alpine_compilers(wanted: Iterable[Wanted]) -> tuple[str, ...]:
    """Alpine packages to compile what has no wheel there; sorted."""
    packages = {package for each in compiled_on_alpine(wanted) for package in _needs(each).musl_build}
    return alpine(packages | {"libc6-dev", "gcc"}) if packages else ()


def impossible_on_alpine(wanted: Iterable[Wanted]) -> tuple[str, ...]:
    """Distributions that have no wheels for Alpine and are not compiled in an image."""
    return tuple(sorted({each.name for each in wanted if _needs(each).musl == NEVER}))


def _needs(wanted: Wanted) -> Needs:
    if any((wanted.name, extra) in _BRING_THEIR_OWN for extra in wanted.extras):
        return Needs()
    return TABLE.get(wanted.name, Needs())


def _before(version: str, first: str) -> bool:
    """Whether a pinned version is older than `first`; what is not pinned is taken to be new."""
    try:
        return bool(version) and Version(version) < Version(first)
    except InvalidVersion:
        return False
