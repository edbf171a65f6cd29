#!/usr/bin/env bash
# The second copy of a catalogue: what cron copies, what a run that is killed leaves, and what is restored from it.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_keep_busy source
start_store
url=$(url_of lab/second/copy)
run cloud check-wal-archive "$url" none
copied=("cloud_copy = $url" "parallel_jobs = 2" "${store_settings[@]}")
lab_configure_server files source local-rsync "compression = zstd" "${copied[@]}"
lab_configure_server tars source postgres "compression = gzip" "backup_compression = gzip" \
  "backup_compression_format = tar" "${copied[@]}"
lab_push_wal source files
lab_receive_wal source tars
run barman switch-wal --archive --archive-timeout 60 tars

expect_check() { # SERVER OK|FAILED
  run_check=$(barman check "$1" || true)
  expect_text "check: the copy of $1 is $2" "cloud copy: $2" "$run_check"
}
# Restores from the bucket by the programs for object stores, and starts it.
expect_restored() { # WHAT SERVER BACKUP
  local target=$LAB_DIR/restore/new
  mkdir -p "$target"
  run cloud restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$url" "$2" "$3" "$target/data"
  printf "restore_command = '%s'\nrecovery_target = immediate\nrecovery_target_action = promote\n" \
    "barman-cloud-wal-restore ${store_options[*]} $url $2 %f %p" >>"$target/data/postgresql.auto.conf"
  touch "$target/data/recovery.signal"
  lab_start_restored new "$target/data"
  lab_wait_for_promotion new
  expect_rows "$1" new "$rows"
  expect_sound_pages new
}
in_bucket() { # SERVER
  cloud backup-list --format json "$url" "$1" | grep -o '"backup_id": "[0-9T]*"' | grep -o '[0-9]*T[0-9]*' | sort | paste -sd ' '
}

# ---- What cron copies -----------------------------------------------------------------------------------------------

take_backup tars
tars=$backup
rows=$(lab_fingerprint source)
take_backup files
first=$backup
expect_check files OK
run barman cron
both_there() { [[ $(in_bucket files) == "$first" && $(in_bucket tars) == "$tars" ]]; }
lab_wait_for 60 "the copies that cron starts" both_there
passed "cron copies backups of both kinds"
run barman cloud-copy all
hold_lock "$LAB_DIR/barman/.files-xlogdb.lock" 100
run timeout 20 barman cron
expect_line "cron does not wait for whoever holds the index, and lets the copy do so" \
  "Starting cloud-copy for server files" "$output"
release_lock
run barman cloud-copy all
expect_text "list-backups says so" " - COPIED" "$(barman list-backups files)"
run barman show-backup files latest
expect_line "and so does show-backup" "    Cloud copy           : $url" "$output"
expect_text "and status" "Cloud copy: $url: 1 backup in the copy" "$(barman status tars)"
expect_check tars OK
expect_restored "rows of a copied rsync backup" files "$first"
expect_restored "rows of a copied tar backup" tars "$tars"
stored=$(objects lab "second/copy/files/wals/" | grep -c '\.zst$')
expect_true "WAL is stored as it is archived ($stored files)" test "$stored" -ge 1

# ---- A run that is killed -------------------------------------------------------------------------------------------

lab_add_rows source 30000 >/dev/null
rows=$(lab_fingerprint source)
take_backup files
second=$backup
kills=0
for after in 0.05 0.15 0.3 0.5 0.8; do
  barman cloud-copy files >"$LAB_DIR/log/killed.log" 2>&1 &
  run=$!
  sleep "$after"
  kill -KILL "$run" 2>/dev/null && kills=$((kills + 1))
  wait "$run" 2>/dev/null || true
  if [[ " $(in_bucket files) " == *" $second "* ]]; then
    break
  fi
done
expect_true "runs were killed ($kills)" test "$kills" -gt 0
run barman cloud-copy files
expect_equal "the next run completes the copy" "$first $second" "$(in_bucket files)"
expect_restored "rows of a copy that was killed" files "$second"

# ---- A host that has nothing but the configuration -------------------------------------------------------------------

ours=$BARMAN_CONFIG_FILE other=$LAB_DIR/other
mkdir -p "$other/conf.d"
cp "$LAB_DIR"/etc/barman.d/{files,tars}.conf "$other/conf.d/"
sed -e "s:^barman_home = .*:barman_home = $other/home:" -e "s:^configuration_files_directory = .*:configuration_files_directory = $other/conf.d:" \
  "$ours" >"$other/barman.conf"
export BARMAN_CONFIG_FILE=$other/barman.conf
run barman list-backups files
expect_text "another host lists what is in the copy" "files $second - R - " "$output"
run barman show-backup tars latest
expect_line "and shows it" "    Cloud copy           : $url" "$output"
expect_equal "its files are objects" "$(objects lab "second/copy/tars/base/$tars/" | sort)" \
  "$(barman list-files --target data tars "$tars" | sort)"
expect_text "and so is its WAL" second/copy/tars/wals/ "$(barman list-files tars latest)"
run cloud backup-keep --target full "$url" tars "$tars"
expect_text "what is kept in the copy is said to be" "Keep: full" "$(barman keep --status tars "$tars")"
run cloud backup-keep --release "$url" tars "$tars"
for words in "delete tars $tars" "keep --target full tars latest" "keep --release tars $tars"; do
  read -ra words <<<"$words"
  expect_status 1 barman "${words[@]}"
  expect_text "${words[0]} leaves the copy alone" "is not here, but in its second copy, $url" "$output"
  command=$(sed -n 's/.*to change it there: //p' <<<"$output")
  [[ ${words[0]} == delete ]] || eval "run $command"
done
expect_text "and says what would delete there" "barman-cloud-backup-delete ${store_options[*]} -b $tars $url tars" \
  "$(barman delete tars "$tars" 2>&1 || true)"
expect_restored_there() { # WHAT SERVER BACKUP
  restore new "$2" "$3" --target-immediate --target-action promote
  expect_text "the restore says where from" "restoring from its second copy, $url" "$output"
  lab_start_restored new "$LAB_DIR/restore/new/data"
  lab_wait_for_promotion new
}
run barman restore --dry-run files latest
expect_text "where recovery from the copy would end is read in it" "Possible             : yes" "$output"
expect_equal "and nothing is noted of it" "" "$(find "$other/home" -name .wal-notes)"
expect_restored_there "rows" files latest
expect_rows "rows restored on another host" new "$rows"
expect_sound_pages new
expect_restored_there "rows" tars "$tars"
discard new
passed "a tar backup restored on another host starts"
expect_false "nothing was taken for a catalogue there" test -e "$other/home/files/meta/$second-backup.info"
export BARMAN_CONFIG_FILE=$ours

# ---- Keeps and retention --------------------------------------------------------------------------------------------

run barman keep --target standalone files "$first"
run barman cloud-copy files
expect_text "a keep is copied" KEEP:STANDALONE "$(cloud backup-list "$url" files)"
run barman keep --release files "$first"
printf '%s\n' "cloud_copy_retention_policy = REDUNDANCY 1" >>"$LAB_DIR/etc/barman.d/files.conf"
run barman cloud-copy files
expect_equal "the copy has its own retention" "$second" "$(in_bucket files)"
expect_text "which is not that of the catalogue" "$first" "$(barman list-backups files)"
run barman delete files "$second"
run barman cloud-copy files
expect_equal "a backup that is deleted here stays there" "$second" "$(in_bucket files)"
run barman restore --dry-run files "$second"
expect_text "where its recovery would end is read there" "Possible             : yes" "$output"

# ---- What goes wrong ------------------------------------------------------------------------------------------------

lead_astray files
lab_archive_now source files >/dev/null
expect_status 1 barman cloud-copy files
expect_text "a store that does not answer is an error" "ERROR" "$output"
expect_check files FAILED
