"""gcr.io/distroless/*-debian12: libraries and data of hand-picked packages, without shell or package manager.

The choice of packages and the accounts follow github.com/GoogleContainerTools/distroless; what is dropped
beyond it is said at each pattern.
"""

from __future__ import annotations

from collections.abc import Iterator

from unladen.bases.recipe import Pick, Picked, Recipe, Settings
from unladen.bases.recipes.debian import PATH

_ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
    "networks: files\nprotocols: files\nservices: files\nethers: files\nrpc: files\n",
}

_STATIC = (
    Pick("base-files"),
    Pick("ca-certificates"),
    Pick("media-types"),
    Pick("netbase"),
    Pick("tzdata"),
)

_BASE = (
    *_STATIC,
    Pick("libc6"),
    # The locale C.UTF-8; the package's programs (ldd, locale…) need a shell or are for administrators.
    Pick("libc-bin", only=("usr/lib/locale/*", "usr/share/doc/*")),
    Pick("libssl3"),
    # OpenSSL's settings and its links to the certificates, without the command line tool.
    Pick("openssl", only=("etc/ssl/*", "usr/lib/ssl/cert*", "usr/lib/ssl/openssl.cnf", "usr/share/doc/*")),
)

_PYTHON = (
    *_BASE,
    # What wheels need of a system: the C++ and OpenMP run time.
    Pick("gcc-12-base"),
    Pick("libgcc-s1"),
    Pick("libstdc++6"),
    Pick("libgomp1"),
    Pick("zlib1g"),
    Pick("libbz2-1.0"),
    Pick("libcrypt1"),
    Pick("libdb5.3"),
    Pick("libexpat1"),
    Pick("libffi8"),
    Pick("liblzma5"),
    Pick("libncursesw6"),
    Pick("libreadline8"),
    Pick("libsqlite3-0"),
    Pick("libtinfo6"),
    Pick("libuuid1"),
    Pick("ncurses-base"),
    Pick("libpython3.11-minimal"),
    Pick("libpython3.11-stdlib"),
    Pick("python3.11-minimal"),
)

_DROP = (
    # Documentation; the copyright files stay, as licences ask.
    "usr/share/doc/*/[!c]*",
    "usr/share/doc/*/c[!o]*",
    "usr/share/man*",
    "usr/share/info*",
    "usr/share/lintian*",
    "usr/share/bug*",
    # What sets up an account, a login or a machine: there is no shell to run it.
    "etc/cron.daily*",
    "etc/default*",
    "etc/issue*",
    "etc/profile.d*",
    "etc/skel*",
    "etc/update-motd.d*",
    "usr/share/base-files*",
    "usr/games*",
    "usr/include*",
    "usr/share/dict*",
    "usr/src*",
    "var/backups*",
    "var/local*",
    "boot*",
    # The certificates one by one; the bundle made of them stays.
    "etc/ca-certificates*",
    "usr/share/ca-certificates*",
    "usr/sbin/update-ca-certificates",
    # Time zones that count leap seconds, and the tools of tzdata and netbase.
    "usr/share/zoneinfo/right*",
    "usr/sbin/tzconfig",
    # Character sets for iconv(3). Python and Go bring their own; the common Unicode ones are built into libc.
    "usr/lib/*/gconv*",
    # Debuggers' and profilers' parts of libc.
    "usr/lib/*/libc_malloc_debug.so*",
    "usr/lib/*/libmemusage.so*",
    "usr/lib/*/libpcprofile.so*",
    "usr/lib/*/libthread_db.so*",
    "usr/lib/*/audit*",
    "usr/share/gcc*",
    "usr/share/gdb*",
    # Links in a Debian system, made by a maintainer script (see _LINKS).
    "var/lock*",
    "var/run*",
)

_DROP_PYTHON = (
    # The interpreter's own tests, the help topics of the interactive help, and what draws with Tk.
    "usr/lib/python3.11/test*",
    "usr/lib/python3.11/lib-dynload/_test*",
    "usr/lib/python3.11/lib-dynload/_xx*",
    "usr/lib/python3.11/lib-dynload/xx*",
    "usr/lib/python3.11/lib-dynload/_ctypes_test*",
    "usr/lib/python3.11/pydoc_data*",
    "usr/lib/python3.11/turtle.py",
    "usr/lib/python3.11/__phello__*",
    # NIS look-ups, deprecated, which alone would need Kerberos and RPC libraries.
    "usr/lib/python3.11/lib-dynload/nis.*",
    # What dpkg, a desktop or the kernel would read, and key tables of terminals.
    "usr/lib/binfmt.d*",
    "usr/share/binfmts*",
    "usr/share/applications*",
    "usr/share/pixmaps*",
    "usr/share/python3*",
    "usr/share/tabset*",
)

_LINKS = {"var/run": "/run", "var/lock": "/run/lock"}
_LINKS_PYTHON = {**_LINKS, "usr/bin/python": "python3.11", "usr/bin/python3": "python3.11"}
_SETTINGS_ENV = {"PATH": PATH, "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}


def _tags(name: str, root: Picked, settings: Settings, also: str = "") -> Iterator[Recipe]:
    """`name` itself (its tag is latest), and the tag nonroot: the same files for another user. `also` is a name whose
    Debian release may be another one."""
    yield Recipe(name, root, settings, (also,) if also else ())
    nonroot = Settings(settings.env, settings.entrypoint, settings.cmd, "/home/nonroot", "65532")
    yield Recipe(f"{name}:nonroot", root, nonroot, (f"{also}:nonroot",) if also else ())


RECIPES = (
    *_tags(
        "gcr.io/distroless/static-debian12",
        Picked("bookworm", _STATIC, drop=_DROP, links=_LINKS, files=_ACCOUNTS),
        Settings(_SETTINGS_ENV, workdir="/"),
        "gcr.io/distroless/static",  # data alone: no program of it depends on the release
    ),
    *_tags(
        "gcr.io/distroless/base-debian12",
        Picked("bookworm", _BASE, drop=_DROP, links=_LINKS, files=_ACCOUNTS),
        Settings(_SETTINGS_ENV, workdir="/"),
    ),
    *_tags(
        "gcr.io/distroless/python3-debian12",
        Picked(
            "bookworm",
            _PYTHON,
            drop=_DROP + _DROP_PYTHON,
            links=_LINKS_PYTHON,
            files=_ACCOUNTS,
            bytecode=True,
        ),
        # The real image's entry point is the interpreter: CMD holds its arguments alone.
        Settings({**_SETTINGS_ENV, "LANG": "C.UTF-8"}, entrypoint=("/usr/bin/python3.11",), workdir="/"),
    ),
)
