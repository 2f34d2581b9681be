"""What Debian's packages are called in Alpine. None is guessed."""

from __future__ import annotations

_ALPINE = {
    "build-essential": "build-base",
    "default-libmysqlclient-dev": "mariadb-connector-c-dev",
    "libbz2-dev": "bzip2-dev",
    "libc6-dev": "musl-dev",
    "libcurl4-openssl-dev": "curl-dev",
    "libcairo2": "cairo",
    "libcairo2-dev": "cairo-dev",
    "libfreetype-dev": "freetype-dev",
    "libgdal-dev": "gdal-dev",
    "libgeos-dev": "geos-dev",
    "libgl1": "mesa-gl",
    "libglib2.0-0": "glib",
    "libgmp-dev": "gmp-dev",
    "libgomp1": "libgomp",
    "libharfbuzz-subset0": "harfbuzz-subset",
    "libhdf5-dev": "hdf5-dev",
    "libjpeg-dev": "libjpeg-turbo-dev",
    "libjpeg62-turbo-dev": "libjpeg-turbo-dev",
    "libldap-2.5-0": "libldap",
    "libldap-dev": "openldap-dev",
    "libmagic-dev": "file-dev",
    "libmagic1": "libmagic",
    "libmariadb-dev": "mariadb-connector-c-dev",
    "libmariadb3": "mariadb-connector-c",
    "libopenblas-dev": "openblas-dev",
    "libpango-1.0-0": "pango",
    "libpangoft2-1.0-0": "pango",
    "libportaudio2": "portaudio",
    "libpq5": "libpq",
    "libsasl2-2": "libsasl",
    "libsasl2-dev": "cyrus-sasl-dev",
    "libsnappy-dev": "snappy-dev",
    "libsqlite3-dev": "sqlite-dev",
    "libssl-dev": "openssl-dev",
    "libstdc++6": "libstdc++",
    "libxml2": "libxml2",
    "libxslt1-dev": "libxslt-dev",
    "libxslt1.1": "libxslt",
    "libyaml-dev": "yaml-dev",
    "libzmq3-dev": "zeromq-dev",
    "media-types": "mailcap",
    "mime-support": "mailcap",
    "pkg-config": "pkgconf",
    "portaudio19-dev": "portaudio-dev",
    "python3-dev": "python3-dev",
    "rustc": "rust",
    "sqlite3": "sqlite",
    "zlib1g-dev": "zlib-dev",
}

_SAME = frozenset(
    (
        *("autoconf", "automake", "bash", "bison", "ca-certificates", "cargo", "cmake", "coreutils", "curl"),
        *("ffmpeg", "file", "flex", "g++", "gcc", "gettext", "gfortran", "git", "gnupg", "graphviz", "jq"),
        *("libev-dev", "libevent-dev", "libffi-dev", "libpng-dev", "libpq-dev", "libsodium-dev", "libtool"),
        *("libwebp-dev", "libxml2-dev", "make", "mercurial", "musl-dev", "netcat-openbsd", "ninja-build"),
        *("openssh-client", "openssl", "patch", "pkgconf", "poppler-utils", "procps", "rsync", "subversion"),
        *("less", "swig", "tesseract-ocr", "tini", "tzdata", "unixodbc-dev", "unzip", "wget", "zip"),
    )
)
"""Names that Debian and Alpine share."""


def alpine_name(package: str) -> str:
    """What Alpine calls a Debian package; "" where that is not known."""
    return package if package in _SAME else _ALPINE.get(package, "")
