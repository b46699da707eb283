#!/bin/bash
# The part of the official image's contract that projects lean on: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB,
# POSTGRES_HOST_AUTH_METHOD, and scripts in /docker-entrypoint-initdb.d on the first start.
set -euo pipefail
if [ "${1:-}" != postgres ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user="${POSTGRES_USER:-postgres}"
  method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
    echo 'POSTGRES_PASSWORD is not set; set it, or POSTGRES_HOST_AUTH_METHOD=trust.' >&2
    exit 1
  fi
  initdb --username "$user" --pwfile <(printf '%s\n' "${POSTGRES_PASSWORD:-none}") --auth-host "$method" --auth-local trust >/dev/null
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --silent --options '-c listen_addresses=' start
  database="${POSTGRES_DB:-$user}"
  if [ "$database" != postgres ]; then createdb --username "$user" --maintenance-db postgres "$database"; fi
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) . "$file" ;;
      *.sql) psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$user" --dbname "$database" --file "$file" ;;
      *.sql.gz) gunzip -c "$file" | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$user" --dbname "$database" ;;
    esac
  done
  pg_ctl --wait --silent --mode fast stop
fi
exec "$@"
