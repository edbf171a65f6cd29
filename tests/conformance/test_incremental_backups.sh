#!/usr/bin/env bash
# reuse_backup = link, by turns: each side shares unchanged files with the other's backup, in both orders, and a backup
# restores after the one that it shares with is deleted by the other side.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_sql source "create table quiet as select n from generate_series(1, 5000) n; checkpoint"
lab_configure_server main source rsync "reuse_backup = link" "compression = gzip"
use ours
lab_push_wal source main

quiet=$(lab_sql source "select pg_relation_filepath('quiet')")
inode() { stat -c %i "$LAB_DIR/barman/main/base/$1/data/$quiet"; }
unshared() { find "$LAB_DIR/barman/main/base/$1" -type f -links 1 -printf '%s\n' | awk '{ s += $1 } END { print s + 0 }'; }

previous=''
for side in reference ours reference; do
  use "$side"
  lab_add_rows source 20 >/dev/null
  take_backup main
  rows=$(lab_fingerprint source)
  [[ -z $previous ]] || holds "$side shares the unchanged table with the backup before" \
    test "$(inode "$backup")" = "$(inode "$previous")"
  same_state "after $side" main "$backup"
  previous=$backup
done
same_text "deduplicated_size by the reference" "$(unshared "$backup")" "$(lab_backup_field main "$backup" deduplicated_size)"
mapfile -t backups < <(reference list-backups --minimal main)

use ours
run barman delete main "${backups[1]}"
same_state "after a deletion by ours" main "$backup"
same_answers "show-backup main oldest"
restore_and_start copy main "$backup" --target-immediate --target-action promote
expect_rows "the newest restores by ours without the middle one" copy "$rows"
expect_sound_pages copy

use reference
run barman delete main oldest
same_state "after a deletion by the reference" main "$backup"
same_answers "check-backup main $backup"
restore_and_start copy main "$backup" --target-immediate --target-action promote
expect_rows "the last restores by the reference" copy "$rows"
expect_sound_pages copy
conclude
