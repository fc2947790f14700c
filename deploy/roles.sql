-- The portal's roles and log-ins, made once by an administrator: psql -f deploy/roles.sql -v ON_ERROR_STOP=1 portal
-- Then give each log-in a password (\password portal_api) or another way to show who it is.
-- What the roles may do is put up by `portal migrate`, which the owner of the database runs.

CREATE ROLE portal_app NOLOGIN;
CREATE ROLE portal_worker NOLOGIN;
CREATE ROLE portal_operator NOLOGIN;
CREATE ROLE portal_auditor NOLOGIN;
CREATE ROLE portal_counter NOLOGIN;
CREATE ROLE portal_sequencer NOLOGIN;

-- One log-in for each kind of process. None inherits: each takes its role as it connects.
CREATE ROLE portal_api LOGIN NOINHERIT;
GRANT portal_app, portal_auditor, portal_counter TO portal_api;
CREATE ROLE portal_workers LOGIN NOINHERIT;
GRANT portal_worker TO portal_workers;
CREATE ROLE portal_console LOGIN NOINHERIT;
GRANT portal_operator TO portal_console;

-- Dumps: row-level security would hide everything from anybody else.
CREATE ROLE portal_backup LOGIN BYPASSRLS;
GRANT pg_read_all_data TO portal_backup;
