#!/usr/bin/env bash
# delete removes one backup and, with the oldest, the WAL that nothing needs any more; the others stay restorable.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_configure_server main source rsync "reuse_backup = link" "minimum_redundancy = 1"
lab_push_wal source main

backups=() rows=()
for number in 0 1 2; do
  lab_add_rows source 1000 >/dev/null
  take_backup main
  backups[number]=$backup rows[number]=$(lab_fingerprint source)
  close_segment source >/dev/null
  lab_add_rows source 1000 >/dev/null
  run barman switch-wal --archive --archive-timeout 60 main
done
on_disk() { (cd "$LAB_DIR/barman/main/wals" && find . -type f -name '0000*' -printf '%f\n' | sort); }
in_catalogue() { catalogue main | cut -f1 | sort; }
base=$LAB_DIR/barman/main/base

before=$(in_catalogue)
run barman delete main "${backups[1]}"
expect_false "the second of three backups is gone" test -e "$base/${backups[1]}"
expect_false "with its entry in the catalogue" test -e "$LAB_DIR/barman/main/meta/${backups[1]}-backup.info"
expect_equal "no WAL is deleted while an older backup exists" "$before" "$(in_catalogue)"

limit=$(lab_backup_field main "${backups[2]}" begin_wal)
run barman delete main oldest
expect_false "the oldest backup is gone" test -e "$base/${backups[0]}"
expect_line "it takes WAL along" "Delete associated WAL segments:" "$output"
expect_equal "exactly the WAL from the remaining backup's first segment on stays" \
  "$(awk -v limit="$limit" '$0 "" >= limit ""' <<<"$before")" "$(in_catalogue)"
expect_equal "on disk as in the catalogue" "$(in_catalogue)" "$(on_disk)"

before=$(listing "$base")
expect_status 1 barman delete main latest
expect_text "the last backup is protected by minimum_redundancy" \
  "WARNING: Skipping delete of backup ${backups[2]} for server main due to minimum redundancy requirements (minimum redundancy = 1, current redundancy = 1)" "$output"
expect_equal "and is untouched" "$before" "$(listing "$base")"

lab_configure_server main source rsync
printf full >"$LAB_DIR/barman/main/meta/${backups[2]}-keep"
expect_status 1 barman delete main latest
expect_text "a kept backup is not deleted" "as it has a current keep request" "$output"
expect_equal "and is untouched" "$before" "$(listing "$base")"
rm "$LAB_DIR/barman/main/meta/${backups[2]}-keep"

expect_status 1 barman delete main 20200101T000000
expect_line "an unknown backup is refused" "ERROR: Unknown backup '20200101T000000' for server 'main'" "$output"
exec {lock}>>"$LAB_DIR/barman/.main-backup.lock"
flock "$lock"
expect_status 1 barman delete main latest
expect_text "no deletion while a backup runs" "Impossible to delete the backup." "$output"
exec {lock}>&-

restore_and_start copy main "${backups[2]}" --target-immediate --target-action promote
expect_rows "the remaining backup restores to its end" copy "${rows[2]}"
expect_sound_pages copy
