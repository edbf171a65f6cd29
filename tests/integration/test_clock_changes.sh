#!/usr/bin/env bash
# Backups taken in Tokyo, then in New York: the ids of the second pair are lower than those of the first. Words, retention
# and the removal of WAL go by the order in which they were taken.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_configure_server main source rsync "reuse_backup = link"
lab_push_wal source main

backups=() rows=()
take_in() { # ZONE
  local before
  before=$(barman list-backups --minimal main)
  lab_add_rows source 500 >/dev/null
  TZ=$1 run barman backup --wait --wait-timeout 60 main
  backups+=("$(barman list-backups --minimal main | grep -vxF -- "${before:-none}")")
  rows+=("$(lab_fingerprint source)")
  close_segment source >/dev/null
  lab_add_rows source 500 >/dev/null
  run barman switch-wal --archive --archive-timeout 60 main
}
in_catalogue() { catalogue main | cut -f1 | sort; }
since() { awk -v limit="$1" '$0 "" >= limit ""'; }

take_in Asia/Tokyo
expect_text "the first backup" "This is the first backup for server main" "$(cat "$LAB_DIR/log/barman.log")"
take_in Asia/Tokyo
begin=$(lab_backup_field main "${backups[0]}" begin_wal)
kept=$(in_catalogue | since "$begin")
: >"$LAB_DIR/log/barman.log"
take_in America/New_York
take_in America/New_York
expect_true "the ids of New York are lower" test "${backups[3]}" '<' "${backups[0]}"
expect_false "a lower id does not make it the first backup" grep -q "This is the first backup" "$LAB_DIR/log/barman.log"
expect_equal "no WAL of the others was removed" "$kept" "$(in_catalogue | grep -xF -- "$kept")"
expect_text "oldest" "Backup ${backups[0]}:" "$(barman show-backup main oldest)"
expect_text "latest" "Backup ${backups[3]}:" "$(barman show-backup main latest)"
expect_equal "listings keep the order of ids" "$(printf '%s\n' "${backups[@]}" | sort -r)" "$(barman list-backups --minimal main)"

before=$(in_catalogue)
run barman delete main "${backups[2]}"
expect_equal "the third takes no WAL with it, though its id is the lowest" "$before" "$(in_catalogue)"
run barman delete main oldest
expect_text "the oldest is that of which it is said" "Deleted backup ${backups[0]} " "$output"
expect_equal "WAL stays from the begin of the second on" "$(since "$(lab_backup_field main "${backups[1]}" begin_wal)" <<<"$before")" \
  "$(in_catalogue)"
lab_configure_server main source rsync "reuse_backup = link" "retention_policy = REDUNDANCY 1"
run barman cron
expect_line "retention removes the older" "Enforcing retention policy: removing backup ${backups[1]} for server main" "$output"
expect_equal "and keeps the newest" "${backups[3]}" "$(barman list-backups --minimal main)"
restore_and_start copy main latest --target-immediate --target-action promote
expect_rows "which restores to its end" copy "${rows[3]}"
expect_sound_pages copy
