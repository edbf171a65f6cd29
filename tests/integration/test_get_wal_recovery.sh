#!/usr/bin/env bash
# Restores without WAL: PostgreSQL fetches each segment from Barman while it recovers.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/pitr.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_configure_server main source rsync "compression = zstd" "recovery_options = get-wal"
lab_push_wal source main
make_history main

restore_options=()
check_target "local, barman get-wal" main "$rows_at_name" --target-name before_release
expect_text "local: the report mentions get-wal" "WARNING: 'get-wal' is in the specified 'recovery_options'." "$output"

restore_options=(--remote-ssh-command "$LAB_SSH")
check_target "remote, barman-wal-restore" main "$rows_at_time" --target-time "$target_time"
check_target "remote, barman-wal-restore with a spool" main "$rows_at_xid" --target-xid "$target_xid" --get-wal --restore-command \
  "barman-wal-restore --parallel 2 --spool-dir $LAB_DIR/tmp/spool --user $LAB_USER backup main %f %p"
expect_true "the spool was used" test -d "$LAB_DIR/tmp/spool"

restore end main "$backup" --get-wal
expect_equal "no WAL is copied" "" "$(find "$LAB_DIR/restore/end/data/pg_wal" -type f)"
expect_true "the restore command asks Barman" \
  grep -qx "restore_command = 'barman get-wal -P main %f > %p'" "$LAB_DIR/restore/end/data/postgresql.auto.conf"
lab_start_restored end "$LAB_DIR/restore/end/data"
lab_wait_for_promotion end
expect_rows "no target: the end of the archive" end "$rows_at_end"
