#!/bin/sh
# Makes the owner of the portal's tables, the roles and the log-ins in a new database container. Each log-in gets the
# password of its own file, whose one line is host:port:database:log-in:password.
set -eu
as_administrator() { psql -v ON_ERROR_STOP=1 -U postgres -d portal "$@"; }
as_administrator -c 'CREATE ROLE portal LOGIN' -c 'ALTER DATABASE portal OWNER TO portal'
as_administrator -f /roles.sql
for log_in in portal portal_api portal_workers portal_console; do
    password=$(cut -d: -f5- "/run/secrets/pgpass_$log_in")
    as_administrator -v name="$log_in" -v password="$password" <<'SQL'
ALTER ROLE :"name" PASSWORD :'password';
SQL
done
