"""node: Debian's Node.js, npm and yarn with the user and the entry point of Docker Hub's image."""

from __future__ import annotations

from unladen.bases.family import Family, slim
from unladen.bases.recipe import Bootstrapped, Recipe, Settings
from unladen.bases.recipes import buildpack
from unladen.bases.recipes.debian import PATH

# The entry point hands arguments that are no command (a script, a flag) to node.
_FINISH = """\
groupadd --gid 1000 node
useradd --uid 1000 --gid node --shell /bin/bash --create-home node
for name in node nodejs; do ln -s ../../bin/node /usr/local/bin/$name; done
for name in npm npx; do ln -s ../../bin/$name /usr/local/bin/$name; done
cat > /usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
case "${1-}" in
    -*) set -- node "$@" ;;
    *) if [ -z "$(command -v "${1-}")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then set -- node "$@"; fi ;;
esac
exec "$@"
SCRIPT
chmod 755 /usr/local/bin/docker-entrypoint.sh
"""

_SETTINGS = Settings(env={"PATH": PATH}, entrypoint=("docker-entrypoint.sh",), cmd=("node",))
_RUNTIME = ("ca-certificates", "nodejs", "npm")

RECIPES = (
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

_LINES = "lts|current|iron|hydrogen|gallium|fermium|erbium|jod|krypton"
"""Release lines by name: https://nodejs.org/en/about/previous-releases."""
FAMILIES = (
    Family("node", lambda tag: slim(tag, _LINES, suite_first=True), "compilers and development headers"),
)
