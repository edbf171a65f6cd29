#!/usr/bin/env bash
# Backups that cannot succeed: each says why, is FAILED in the catalogue, and leaves PostgreSQL out of backup mode.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
lab_configure_server main source rsync "reuse_backup = link" "keepalive_interval = 1"
lab_push_wal source main
# WAL is delivered once, by hand: no walsender but pg_basebackup's is to be seen.
lab_configure_server stream source postgres "archiver = on" "streaming_archiver = off"
mkdir -p "$LAB_DIR/barman/stream/incoming"
cp "$(find "$LAB_DIR/barman/main/wals" -type f -name '0*' | sort | head -1)" "$LAB_DIR/barman/stream/incoming/"
run barman archive-wal stream
run barman backup --wait --wait-timeout 60 main
first=$(lab_latest_backup main)
first_contents=$(cd "$LAB_DIR/barman/main/base/$first" && find . -type f -exec sha256sum {} + | sort -k 2)

no_backup_session() { lab_sql_is source 0 "select count(*) from pg_stat_activity where usename in ('barman', 'streaming_barman')"; }

expect_failed_backup() { # SERVER ERROR [OPTION...]
  local server=$1 error=$2; shift 2
  expect_status 1 barman backup "$@" "$server"
  backup=$(lab_latest_backup "$server")
  expect_equal "it is FAILED in the catalogue" FAILED "$(lab_backup_field "$server" "$backup" status)"
  expect_equal "with the cause" "${error/BACKUP/$backup}" "$(lab_backup_field "$server" "$backup" error)"
  expect_equal "no work directory is left" "" "$(ls "$TMPDIR")"
  lab_wait_for 20 "the end of the sessions" no_backup_session
}

: >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
expect_failed_backup main "failure copying files (data transfer failure)"
expect_text "rsync's own words are shown" "unreadable\": Permission denied (13)" "$output"
expect_line "PostgreSQL is asked to stop" "Asking PostgreSQL server to finalize the backup." "$output"
expect_false "and nothing else of what rsync prints" grep -q "PG_VERSION" <<<"$output"

expect_failed_backup stream "failure copying files (data transfer failure on directory '$LAB_DIR/barman/stream/base/BACKUP/data')" \
  --retry-times 1 --retry-sleep 0
expect_text "pg_basebackup's own words are shown" "could not open file \"./unreadable\": Permission denied" "$output"
expect_line "the repetition is announced" "WARNING: Failure executing a backup using pg_basebackup (attempt 0)" "$output"
rm -f "${LAB_DATA[source]}/unreadable"

# The session that PostgreSQL ties the backup to goes away during the copy.
head -c 3000000 /dev/urandom >"${LAB_DATA[source]}/large"
barman backup --bwlimit 300 --reuse-backup=off main >"$LAB_DIR/tmp/output" 2>&1 &
slow=$!
copy_runs() { pgrep -f "rsync .*$LAB_DIR/barman/main/base/" >/dev/null; }
lab_wait_for 60 "the copy to run" copy_runs
lab_sql source "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'barman'" >/dev/null
status=0
wait "$slow" || status=$?
expect_equal "a lost session ends the backup" 1 "$status"
expect_line "it says so" "DETAILS: Connection to the Postgres server was lost during the backup." "$(cat "$LAB_DIR/tmp/output")"
backup=$(lab_latest_backup main)
expect_equal "it is FAILED in the catalogue" FAILED "$(lab_backup_field main "$backup" status)"
rm "$LAB_DIR/tmp/output" "${LAB_DATA[source]}/large"

exec 9>"$LAB_DIR/barman/.main-backup.lock"
flock 9
expect_status 1 barman backup main
expect_line "a second backup is refused" "ERROR: Another backup process is running" "$output"
exec 9>&-

expect_status 1 barman backup --incremental latest main
expect_text "block-level increments need a newer PostgreSQL" "ERROR: failed to start backup: Postgres version 17 or greater is required" "$output"
expect_status 2 barman backup --name latest main
expect_text "a shortcut is no name" "Backup name 'latest' is not allowed: reserved word" "$output"

expect_equal "the first backup is untouched by all of them" "$first_contents" \
  "$(cd "$LAB_DIR/barman/main/base/$first" && find . -type f -exec sha256sum {} + | sort -k 2)"
take_backup main
rows=$(lab_fingerprint source)
restore_and_start copy main latest
expect_rows "the next one succeeds" copy "$rows"
