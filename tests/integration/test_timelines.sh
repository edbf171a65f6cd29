#!/usr/bin/env bash
# After a point-in-time restore the new server goes on archiving on its own timeline; both futures stay restorable.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
lab_configure_server main source rsync "compression = zstd"
lab_push_wal source main
take_backup main
first=$backup
lab_add_rows source 10 >/dev/null
lab_sql source "select pg_create_restore_point('fork')" >/dev/null
lab_add_rows source 20 >/dev/null
rows_of_old=$(lab_fingerprint source)
run barman switch-wal --archive --archive-timeout 60 main
lab_stop_cluster source

restore fork main "$first" --target-name fork --target-action promote
lab_start_restored fork "$LAB_DIR/restore/fork/data" -c archive_mode=on
lab_wait_for_promotion fork
lab_configure_server main fork rsync "compression = zstd"
lab_push_wal fork main
lab_add_rows fork 5 >/dev/null
rows_of_new=$(lab_fingerprint fork)
last=$(close_segment fork)
archive_and_see() { barman -q archive-wal main && is_archived main "$1"; }
lab_wait_for 60 "segment $last in the archive" archive_and_see "$last"
expect_true "the history file is archived" is_archived main 00000002.history
expect_text "the first backup leads to the new timeline, too" "Reachable timelines  : 2" "$(barman show-backup main "$first")"

# Both servers are lost.
lab_stop_cluster fork
check_timeline() { # WHAT ROWS OPTION...
  local what=$1 rows=$2; shift 2
  restore_and_start copy main "$first" "$@"
  expect_rows "$what" copy "$rows"
  discard copy
}
check_timeline "latest: the new server's rows" "$rows_of_new" --target-tli latest
check_timeline "timeline 2 by number" "$rows_of_new" --target-tli 2
check_timeline "current: the old server's rows" "$rows_of_old" --target-tli current

lab_start_cluster fork -c archive_mode=on
take_backup main
expect_equal "a new backup is on timeline 2" 2 "$(lab_backup_field main "$backup" timeline)"
restore_and_start second main latest
expect_rows "it restores" second "$rows_of_new"
expect_sound_pages second
