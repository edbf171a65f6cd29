-- The two roles that barman connects as, without superuser rights. PostgreSQL 10 and later.
-- Once, as a superuser of the server to be backed up, in the database that conninfo names:
--   psql -d postgres -f roles.sql
-- then give them passwords (\password barman) and let the backup host in through pg_hba.conf.
\set ON_ERROR_STOP on
BEGIN;
CREATE ROLE barman LOGIN;
CREATE ROLE streaming_barman LOGIN REPLICATION;
GRANT pg_read_all_settings, pg_read_all_stats TO barman;
GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_create_restore_point(text) TO barman;
SELECT current_setting('server_version_num')::int >= 150000 AS renamed_in_15 \gset
\if :renamed_in_15
GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), pg_backup_stop(boolean) TO barman;
GRANT pg_checkpoint TO barman;
\else
GRANT EXECUTE ON FUNCTION pg_start_backup(text, boolean, boolean), pg_stop_backup(boolean, boolean) TO barman;
\endif
COMMIT;
