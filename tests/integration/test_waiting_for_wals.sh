#!/usr/bin/env bash
# A backup whose WAL is still on its way: it says so, it can be restored at the operator's risk, and it becomes DONE, or
# FAILED when a segment is lost.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
lab_configure_server main source rsync
lab_push_wal source main

# From now on WAL is accepted by a transport that has not delivered yet.
transport=$LAB_DIR/transport
incoming=$LAB_DIR/barman/main/incoming
mkdir "$transport"
lab_archive_with source "cp %p $transport/%f"
status() { lab_backup_field main "$1" status; }

run barman backup main
backup=$(lab_latest_backup main)
rows=$(lab_fingerprint source)
expect_equal "the backup waits" WAITING_FOR_WALS "$(status "$backup")"
expect_text "and says so" "WARNING: IMPORTANT: this backup is classified as WAITING_FOR_WALS" "$output"
expect_text "list-backups shows it" " - WAITING_FOR_WALS" "$(barman list-backups main)"
expect_status 1 barman backup --wait --wait-timeout 2 main
expect_text "--wait-timeout gives up" "has not been received in 2 seconds" "$output"
lost=$(lab_latest_backup main)
last=$(close_segment source)
lab_wait_for 20 "segment $last to be under way" test -f "$transport/$last"

restore waiting main "$backup"
expect_text "a restore warns before" \
  "IMPORTANT: You have requested a recovery operation for a backup that does not have yet all the WAL files" "$output"
expect_text "and after" "IMPORTANT: The backup we have restored IS NOT VALID" "$output"
run barman check-backup main "$backup"
expect_equal "check-backup changes nothing while WAL is missing" WAITING_FOR_WALS "$(status "$backup")"

# The WAL of the first backup arrives in time to complete the restore by hand, and then in the archive.
cp "$transport"/???????????????????????? "$LAB_DIR/restore/waiting/data/pg_wal/"
lab_start_restored waiting "$LAB_DIR/restore/waiting/data"
lab_wait_for_promotion waiting
expect_rows "with the WAL added the restored cluster is whole" waiting "$rows"
discard waiting

missing=$(lab_backup_field main "$lost" begin_wal)
mv "$transport/$missing" "$LAB_DIR/tmp/"
mv "$transport"/* "$incoming/"
run barman archive-wal main
run barman check-backup main "$backup"
expect_equal "the first backup is DONE" DONE "$(status "$backup")"
restore_and_start complete main "$backup"
expect_rows "and restores by itself" complete "$rows"
discard complete

expect_status 1 barman check-backup main "$lost"
expect_text "the backup with a lost segment is not" \
  "At least one WAL file is missing. The first missing WAL file is $missing" "$output"
expect_equal "it is FAILED" FAILED "$(status "$lost")"
expect_status 1 barman restore main "$lost" "$LAB_DIR/restore/lost"
expect_text "and not restored" "backup status is not DONE" "$output"
expect_false "nothing is written" test -e "$LAB_DIR/restore/lost"
