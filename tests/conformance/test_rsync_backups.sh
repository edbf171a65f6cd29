#!/usr/bin/env bash
# Each side backs a cluster with tablespaces up by rsync; both say the same of it, and the other one restores it.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
lab_configure_server main source rsync
use reference
lab_push_wal source main

for side in reference ours; do
  use "$side"
  lab_add_rows source 50 >/dev/null
  take_backup main --name "by-$side"
  rows=$(lab_fingerprint source)
  same_state "after a backup by $side" main "$backup"
  same_answers "check-backup main $backup" "check main" "status main"

  use "$(other "$side")"
  restore_and_start copy main "$backup" --target-immediate --target-action promote
  expect_rows "a backup by $side, restored by $(other "$side")" copy "$rows"
  expect_sound_pages copy
  lab_sql source "select pg_switch_wal()" >/dev/null
done
same_answers "list-backups all" "show-backup main oldest" "show-backup main by-ours" "check-backup main by-reference"
conclude
