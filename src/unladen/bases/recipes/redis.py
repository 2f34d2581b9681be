"""redis: Debian's server with the entry point of Docker Hub's image (github.com/redis/docker-library-redis)."""

from __future__ import annotations

from unladen.bases.recipe import Bootstrapped, Recipe, Serving
from unladen.bases.recipes.debian import PATH

# Docker Hub's build has no protected mode unless it is asked for: other containers may connect.
_FINISH = """\
mkdir /data && chown redis:redis /data
cat > /usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
case "${1-}" in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis {} +
    exec setpriv --reuid redis --regid redis --clear-groups "$0" "$@"
fi
if [ "$1" = redis-server ] && ! cat "${2-}" 2>/dev/null | grep -q '^ *protected-mode'; then
    case "$*" in *--protected-mode*) ;; *) set -- "$@" --protected-mode no ;; esac
fi
exec "$@"
SCRIPT
chmod 755 /usr/local/bin/docker-entrypoint.sh
"""

RECIPES = (
    Recipe(
        "redis:7",
        Bootstrapped("bookworm", ("redis-server", "redis-tools"), slim=True, finish=_FINISH),
        Serving(
            env={"PATH": PATH},
            entrypoint=("docker-entrypoint.sh",),
            cmd=("redis-server",),
            workdir="/data",
            ports=(6379,),
            volumes=("/data",),
        ),
        aliases=("redis:7.0", "redis:7-bookworm", "redis:7.0-bookworm"),
        instead_of=("redis",),
    ),
)
