#!/usr/bin/env bash
# Local point-in-time recovery of an rsync backup: every kind of target gives exactly the rows of that moment.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/pitr.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_configure_server main source rsync
lab_push_wal source main
make_history main
restore_options=()

check_target "immediate" main "$rows_at_backup" --target-immediate
check_target "name" main "$rows_at_name" --target-name before_release
check_target "xid" main "$rows_at_xid" --target-xid "$target_xid"
check_target "xid, exclusive" main "$rows_at_name" --target-xid "$target_xid" --exclusive
check_target "LSN" main "$rows_at_lsn" --target-lsn "$target_lsn"
check_target "time" main "$rows_at_time" --target-time "$target_time"

restore end main "$backup"
lab_start_restored end "$LAB_DIR/restore/end/data"
lab_wait_for_promotion end
expect_rows "no target: the end of the WAL" end "$rows_at_end"
expect_sound_pages end

# Without an action PostgreSQL stops at the target and waits, readable.
restore paused main auto --target-time "$target_time" --staging-wal-directory "$LAB_DIR/restore/wal"
lab_start_restored paused "$LAB_DIR/restore/paused/data"
lab_wait_for 60 "the pause" lab_sql_is paused t "select pg_is_wal_replay_paused()"
expect_rows "time, backup chosen by 'auto', WAL staged elsewhere: paused" paused "$rows_at_time"
lab_sql paused "select pg_wal_replay_resume()" >/dev/null
lab_wait_for_promotion paused
lab_wait_for 30 "the removal of the staged WAL" test ! -e "$LAB_DIR/restore/wal"
passed "the staged WAL is removed at the end of recovery"
