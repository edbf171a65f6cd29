#!/usr/bin/env bash
# What is noted of WAL beside the files of the reference: WAL that it archived, or deleted, is answered for as it is, and
# it lists, checks, runs cron and deletes on the same home as if there were no notes.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_configure_server main source rsync "compression = gzip"
use reference
lab_push_wal source main
take_backup main
first=$backup
notes=$LAB_DIR/barman/main/.wal-notes

window() { ours -f json recovery-window main | jq -r ".main.intervals | map(.backup_id, .to_lsn, .ended_by) | join(\" \")"; }
add_wal() { lab_add_rows source 50 >/dev/null; lab_archive_now source main >/dev/null; }
# Noted or not: the same answer.
expect_true_notes() { # WHAT
  local noted
  noted=$(window)
  rm -f "$notes"
  expect_equal "$1" "$(window)" "$noted"
}

for side in reference ours reference; do
  use "$side"
  add_wal
  expect_true_notes "WAL archived by $side is answered for: $(window)"
done
expect_true "what the reference archived is noted by the first question" test -s "$notes"

# The reference sees nothing of it.
for question in "list-backups main" "check main" "show-backup main latest" "list-files --target full main latest"; do
  read -ra words <<<"$question"
  with=$(reference "${words[@]}" | sed -E 's/age: [^)]*//')
  mv "$notes" "$LAB_DIR/tmp/notes"
  without=$(reference "${words[@]}" | sed -E 's/age: [^)]*//')
  mv "$LAB_DIR/tmp/notes" "$notes"
  expect_equal "the reference's $question" "$without" "$with"
done
run reference rebuild-xlogdb main
expect_text "rebuild-xlogdb of the reference finds nothing unexpected" "Done rebuilding xlogdb for server main" "$output"
expect_true_notes "the index that it wrote has the same files"

use reference
take_backup main
second=$backup
lab_archive_now source main >/dev/null
window >/dev/null
run reference cron
run reference delete main "$first"
expect_text "after a deletion by the reference the window begins with the other backup" "$second" "$(window)"
expect_true_notes "and what it deleted is not answered for"
run ours cron
use ours
take_backup main
window >/dev/null
count=$(wc -l <"$notes")
run ours delete main "$second"
expect_true "a deletion of ours drops notes" test "$(wc -l <"$notes")" -lt "$count"
expect_text "the reference lists what is left" "$backup" "$(reference list-backups main)"
run reference check main
