#!/bin/bash
# The part of the official image's contract that projects lean on: POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB,
# each also as a file, POSTGRES_HOST_AUTH_METHOD, POSTGRES_INITDB_ARGS, and /docker-entrypoint-initdb.d on the first start.
set -euo pipefail
shopt -s nullglob

if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi
if [[ ${1:-} != postgres ]]; then exec "$@"; fi

if [[ $(id -u) == 0 ]]; then
  mkdir -p "$PGDATA"
  find "$PGDATA" \! -user postgres -exec chown postgres {} +
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
fi

setting() { # name, value if neither the variable nor its file is given
  local file="${1}_FILE"
  if [[ -n ${!file:-} ]]; then printf -v "$1" '%s' "$(<"${!file}")"; fi
  export "$1=${!1:-$2}"
}

initialise() {
  setting POSTGRES_USER postgres
  setting POSTGRES_PASSWORD ''
  setting POSTGRES_DB "$POSTGRES_USER"
  local method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
  if [[ -z $POSTGRES_PASSWORD && $method != trust ]]; then
    echo 'POSTGRES_PASSWORD is not set; set it, or POSTGRES_HOST_AUTH_METHOD=trust.' >&2
    exit 1
  fi
  # The arguments are several words in one variable, as in the official image.
  # shellcheck disable=SC2086
  initdb --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") --auth-local trust ${POSTGRES_INITDB_ARGS:-} >/dev/null
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"

  # Nobody outside is served before the scripts have run: a health check over TCP must not pass early.
  pg_ctl --wait --silent --options "-c listen_addresses=''" start
  if [[ $POSTGRES_DB != postgres ]]; then createdb --username "$POSTGRES_USER" --maintenance-db postgres "$POSTGRES_DB"; fi
  local psql=(psql --no-psqlrc --no-password --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB")
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    echo "running $file"
    case $file in
      *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) "${psql[@]}" --file "$file" ;;
      *.sql.gz) gunzip --stdout "$file" | "${psql[@]}" ;;
      *) echo "not a script: $file" ;;
    esac
  done
  pg_ctl --wait --silent --mode fast stop
}

if [[ ! -s $PGDATA/PG_VERSION ]]; then initialise; fi
exec "$@"
