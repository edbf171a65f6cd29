#!/usr/bin/env bash
# cron alone keeps things going: it archives what has come in, keeps receivers running, completes and expires backups.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_keep_busy source
lab_configure_server main source rsync
lab_configure_server stream source postgres
barman_cron() { barman -q cron; }
receiver() { cat "$LAB_DIR/barman/.stream-receive-wal.lock"; }

run barman cron
expect_line "cron starts archiving" "Starting WAL archiving for server main" "$output"
expect_line "cron starts the receiver" "Starting streaming archiver for server stream" "$output"
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots where slot_name = 'stream'"
passed "the receiver streams"
first=$(receiver)

run barman cron
expect_false "a running receiver is left alone" grep -q "Starting streaming archiver" <<<"$output"
expect_equal "it is the same process" "$first" "$(receiver)"

lab_archive_with source "barman-wal-archive -U $LAB_USER 127.0.0.1 main %p"
last=$(close_segment source)
archived_by_cron() { barman_cron && is_archived "$1" "$last"; }
lab_wait_for 60 "segment $last in the archive of main" archived_by_cron main
passed "what was pushed is archived by cron"
lab_wait_for 60 "segment $last in the archive of stream" archived_by_cron stream
passed "what was streamed is archived by cron"

kill -KILL "$first" "$(pgrep -f "pg_receivewal.*$LAB_DIR/")"
lab_wait_for 20 "the end of the receiver" lab_sql_is source f "select active from pg_replication_slots"
streams_again() { barman_cron && lab_sql_is source t "select active from pg_replication_slots"; }
lab_wait_for 60 "a new receiver" streams_again
passed "a killed receiver is replaced"

run barman backup stream
backup=$(lab_latest_backup stream)
backup_is_done() { barman_cron && [[ $(lab_backup_field stream "$1" status) == DONE ]]; }
lab_wait_for 60 "backup $backup to be DONE" backup_is_done "$backup"
passed "a backup becomes DONE when its WAL is in"

run barman backup --wait --wait-timeout 60 stream
lab_configure_server stream source postgres "retention_policy = REDUNDANCY 1"
run barman cron
expect_line "an obsolete backup is removed" "Enforcing retention policy: removing backup $backup for server stream" "$output"
expect_false "its files are gone" test -e "$LAB_DIR/barman/stream/base/$backup"
expect_equal "the newest backup stays" 1 "$(barman list-backups --minimal stream | wc -l)"

lab_configure_server stream source postgres "active = false"
run barman cron
expect_line "the receiver of an inactive server is stopped" "Server 'stream' is inactive: stopping receive-wal subprocess" "$output"
lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
nothing_runs() { ! pgrep -f "$BARMAN_CONFIG_FILE" >/dev/null; }
lab_wait_for 30 "the children of cron to end" nothing_runs
run barman cron
lab_wait_for 30 "the children of cron to end" nothing_runs
run barman cron
lab_wait_for 30 "the children of cron to end" nothing_runs
expect_equal "cron leaves only the locks that its children have taken since" "" \
  "$(find "$LAB_DIR/barman" -maxdepth 1 -name '.*.lock' ! -name '*archive-wal.lock' ! -name '*xlogdb.lock')"
