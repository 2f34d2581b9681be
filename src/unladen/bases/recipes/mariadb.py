"""mariadb: Debian's server with the entry point of Docker Hub's image (github.com/MariaDB/mariadb-docker).

As there, an empty data folder gets a root password, a database and a user from MARIADB_* or MYSQL_* (or what files
named by these with _FILE say), then what /docker-entrypoint-initdb.d has; only then the port is opened.
"""

from __future__ import annotations

from unladen.bases.recipe import Bootstrapped, Recipe, Serving
from unladen.bases.recipes.debian import PATH

_FINISH = """\
getent passwd mysql > /dev/null || useradd --system --user-group --home-dir /nonexistent --shell /bin/false mysql
rm -rf /var/lib/mysql
mkdir -p /docker-entrypoint-initdb.d
install -d -o mysql -g mysql /var/lib/mysql /run/mysqld
mkdir -p /etc/mysql/conf.d /etc/mysql/mariadb.conf.d
printf '[mariadbd]\\nskip-name-resolve\\nbind-address=*\\n' > /etc/mysql/mariadb.conf.d/99-docker.cnf
ln -sf mariadbd /usr/sbin/mysqld
cat > /usr/local/bin/healthcheck.sh <<'SCRIPT'
#!/bin/sh
# Whether the server takes connections: all that the options of Docker Hub's script ask.
exec bash -c '</dev/tcp/127.0.0.1/3306' 2>/dev/null
SCRIPT
cat > /usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -e
case "${1-}" in -*) set -- mariadbd "$@" ;; esac
case "${1-}" in mariadbd | mysqld) ;; *) exec "$@" ;; esac
data=/var/lib/mysql
if [ "$(id -u)" = 0 ]; then
    install -d -o mysql -g mysql "$data" /run/mysqld
    exec setpriv --reuid mysql --regid mysql --clear-groups "$BASH_SOURCE" "$@"
fi
setting() { # of MARIADB_$1 or MYSQL_$1, or of the file that one of these with _FILE names
    local name file
    for name in "MARIADB_$1" "MYSQL_$1"; do
        file="${name}_FILE"
        if [ -n "${!name-}" ]; then printf '%s' "${!name}"; return; fi
        if [ -n "${!file-}" ]; then cat "${!file}"; return; fi
    done
}
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed -e 's/\\\\/\\\\\\\\/g' -e "s/'/\\\\\\\\'/g")"; }
if [ ! -d "$data/mysql" ]; then
    root="$(setting ROOT_PASSWORD)" db="$(setting DATABASE)" user="$(setting USER)" password="$(setting PASSWORD)"
    if [ -z "$root$(setting ALLOW_EMPTY_PASSWORD)$(setting ALLOW_EMPTY_ROOT_PASSWORD)$(setting RANDOM_ROOT_PASSWORD)" ]
    then
        echo "Database is uninitialized and password option is not specified: set MARIADB_ROOT_PASSWORD" >&2
        exit 1
    fi
    [ -z "$(setting RANDOM_ROOT_PASSWORD)" ] || root="$(head -c 24 /dev/urandom | base64)"
    mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db > /dev/null
    "$@" --skip-networking --socket=/run/mysqld/init.sock &
    server=$!
    sql() { mariadb --socket=/run/mysqld/init.sock -uroot "$@"; }
    until sql -e 'SELECT 1' > /dev/null 2>&1; do kill -0 "$server" || exit 1; sleep 0.1; done
    {
        if [ -n "$db" ]; then echo "CREATE DATABASE IF NOT EXISTS \\`$db\\`;"; fi
        if [ -n "$user" ]; then
            echo "CREATE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$password");"
            [ -z "$db" ] || echo "GRANT ALL ON \\`${db//_/\\\\_}\\`.* TO $(quoted "$user")@'%';"
        fi
        echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$root");"
        echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    } | sql
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) sql ${db:+"--database=$db"} < "$file" ;;
            *.sql.gz) gunzip -c "$file" | sql ${db:+"--database=$db"} ;;
        esac
    done
    echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$root"); SHUTDOWN;" | sql
    wait "$server"
fi
exec "$@"
SCRIPT
chmod 755 /usr/local/bin/docker-entrypoint.sh /usr/local/bin/healthcheck.sh
"""

RECIPES = (
    Recipe(
        "mariadb:10.11",
        Bootstrapped("bookworm", ("mariadb-client", "mariadb-server-core"), slim=True, finish=_FINISH),
        Serving(
            env={"PATH": PATH, "LANG": "C.UTF-8"},
            entrypoint=("docker-entrypoint.sh",),
            cmd=("mariadbd",),
            ports=(3306,),
            volumes=("/var/lib/mysql",),
        ),
        aliases=("mariadb:10",),
        instead_of=("mariadb", "mysql"),
    ),
)
