"""postgres: Debian's server with the entry point of Docker Hub's image (github.com/docker-library/postgres).

As there, an empty data folder gets a cluster with POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB (or what files named
by these with _FILE say), then what /docker-entrypoint-initdb.d has; only then the port is opened.
"""

from __future__ import annotations

from unladen.bases.recipe import Bootstrapped, Recipe, Serving
from unladen.bases.recipes.debian import PATH

_FINISH = """\
rm -rf /var/lib/postgresql/15 /etc/postgresql/15
mkdir -p /docker-entrypoint-initdb.d /var/lib/postgresql/data
chown postgres:postgres /var/lib/postgresql/data
sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" /usr/share/postgresql/15/postgresql.conf.sample
cat > /usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -e
case "${1-}" in -*) set -- postgres "$@" ;; esac
[ "${1-}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
    install -d -m 700 -o postgres -g postgres "$PGDATA"
    install -d -m 2775 -o postgres -g postgres /var/run/postgresql
    exec setpriv --reuid postgres --regid postgres --init-groups "$BASH_SOURCE" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do
        file="${name}_FILE"
        [ -z "${!file-}" ] || export "$name=$(< "${!file}")"
    done
    export POSTGRES_USER="${POSTGRES_USER:-postgres}"
    export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
    method="${POSTGRES_HOST_AUTH_METHOD-}"
    if [ -z "${POSTGRES_PASSWORD-}" ] && [ "$method" != trust ]; then
        echo "Error: Database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD" >&2
        exit 1
    fi
    new() { initdb --no-sync --username="$POSTGRES_USER" --pwfile=<(printf '%s\\n' "${POSTGRES_PASSWORD-}") "$@"; }
    eval "new ${POSTGRES_INITDB_ARGS-}"
    printf '\\nhost all all all %s\\n' "${method:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    sql() { psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }
    if [ "$POSTGRES_DB" != postgres ]; then
        POSTGRES_DB=postgres sql --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db";'
    fi
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) sql -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | sql ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
SCRIPT
chmod 755 /usr/local/bin/docker-entrypoint.sh
"""

RECIPES = (
    Recipe(
        "postgres:15",
        Bootstrapped("bookworm", ("postgresql-15",), slim=True, finish=_FINISH),
        Serving(
            env={
                "PATH": f"{PATH}:/usr/lib/postgresql/15/bin",
                "LANG": "C.UTF-8",
                "PG_MAJOR": "15",
                "PGDATA": "/var/lib/postgresql/data",
            },
            entrypoint=("docker-entrypoint.sh",),
            cmd=("postgres",),
            ports=(5432,),
            volumes=("/var/lib/postgresql/data",),
        ),
        aliases=("postgres:15-bookworm",),
        instead_of=("postgres",),
    ),
)
