#!/usr/bin/env bash
# A backup that is interrupted or killed leaves a working server, an honest catalogue, and the next backup succeeds.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
lab_configure_server main source rsync
lab_push_wal source main

# A backup so slow that there is time to disturb it; sets $slow to its process and $backup to its id.
start_slow_backup() {
  # A shell without job control would start it with SIGINT ignored.
  env --default-signal=INT barman backup --bwlimit 200 main >"$LAB_DIR/tmp/output" 2>&1 &
  slow=$!
  lab_wait_for 60 "the copy to run" copy_runs
  backup=$(barman list-backups --minimal main | sed -n 1p)
}
copy_runs() { pgrep -f "rsync .*$LAB_DIR/barman/main/base/" >/dev/null && grep -qs "^status=STARTED" "$LAB_DIR"/barman/main/meta/*; }
no_copy_runs() { ! pgrep -f "rsync .*$LAB_DIR/barman/main/base/" >/dev/null; }
no_backup_session() { lab_sql_is source 0 "select count(*) from pg_stat_activity where usename = 'barman'"; }

start_slow_backup
kill -INT "$slow"
status=0
wait "$slow" || status=$?
expect_equal "an interrupted backup ends with status 1" 1 "$status"
interruption() { # WORDS
  printf 'ERROR: Backup failed copying files.\nDETAILS: %s\n' "$1"
  printf "HINT: the backup was interrupted; its FAILED entry may be deleted with 'barman delete main %s'" "$backup"
}
expect_equal "it says so once, and what may be done with the entry" "$(interruption KeyboardInterrupt)" \
  "$(sed -n '/^ERROR/,$p' "$LAB_DIR/tmp/output")"
expect_equal "it is FAILED in the catalogue" FAILED "$(lab_backup_field main "$backup" status)"
lab_wait_for 20 "the end of rsync" no_copy_runs
passed "no rsync is left"
lab_wait_for 20 "the end of the session" no_backup_session
passed "PostgreSQL is not left in backup mode"

run barman delete main "$backup"
start_slow_backup
kill -TERM "$slow"
status=0
wait "$slow" || status=$?
expect_equal "a terminated backup ends with status 1" 1 "$status"
expect_equal "it says so once" "$(interruption 'terminated by a signal')" "$(sed -n '/^ERROR/,$p' "$LAB_DIR/tmp/output")"
lab_wait_for 20 "the end of rsync" no_copy_runs

start_slow_backup
kill -KILL "$slow"
wait "$slow" || true
lab_wait_for 60 "the end of rsync" no_copy_runs
scratch() { find "$TMPDIR" -mindepth 1 -maxdepth 1 -name 'barman-*'; }
expect_false "its lists of names stay" test -z "$(scratch)"
expect_equal "a killed backup stays STARTED" STARTED "$(lab_backup_field main "$backup" status)"
expect_status 1 barman restore main "$backup" "$LAB_DIR/restore/killed"
expect_text "it is not restored" "backup status is not DONE" "$output"
lab_wait_for 20 "the end of the session" no_backup_session

take_backup main
expect_equal "the next backup removes them" "" "$(scratch)"
rows=$(lab_fingerprint source)
restore_and_start copy main latest
expect_rows "the next backup works" copy "$rows"
expect_sound_pages copy
