#!/usr/bin/env bash
# Exclusive backups, which PostgreSQL has up to 14: taken, restored, and ended whatever happens to them. The directory of
# such a server's programs is LAB_POSTGRESQL.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=exclusive.sh
. "${BASH_SOURCE[0]%/*}/exclusive.sh"

in_backup() { lab_sql source "select pg_is_in_backup()"; }

take_backup main
rows=$(lab_fingerprint source)
expect_line "the method is named" \
  "Starting backup using rsync-exclusive method for server main in $LAB_DIR/barman/main/base/$backup" "$output"
expect_equal "its mode" rsync-exclusive "$(lab_backup_field main "$backup" mode)"
expect_equal "its label is in the copy, not in its entry" None "$(lab_backup_field main "$backup" backup_label)"
expect_text "that label is its own" "LABEL: Barman backup main $backup" "$(cat "$LAB_DIR/barman/main/base/$backup/data/backup_label")"
expect_equal "PostgreSQL is out of backup mode" f "$(in_backup)"
restore_and_start copy main "$backup"
expect_rows "restored" copy "$rows"
discard copy
take_backup main
expect_text "a second one, linked to the first, has its own label" "LABEL: Barman backup main $backup" \
  "$(cat "$LAB_DIR/barman/main/base/$backup/data/backup_label")"

# ---- However it ends ------------------------------------------------------------------------------------------------

ended_badly() { # WHAT
  backup=$(lab_latest_backup main)
  expect_equal "$1: it is FAILED" FAILED "$(lab_backup_field main "$backup" status)"
  expect_equal "$1: PostgreSQL is out of backup mode" f "$(in_backup)"
  run barman delete main "$backup"
}

# The copy fails: a file that the user may not read.
touch "${LAB_DATA[source]}/secret"
chmod 0 "${LAB_DATA[source]}/secret"
expect_status 1 barman backup main
ended_badly "the copy fails"
rm -f "${LAB_DATA[source]}/secret"

for signal in TERM INT; do
  rm -f "$LAB_DIR/tmp/slow"
  barman backup --bwlimit 200 --reuse-backup off main >"$LAB_DIR/tmp/slow" 2>&1 &
  slow=$!
  lab_wait_for 30 "the copy to begin" grep -qs "Starting backup copy" "$LAB_DIR/tmp/slow"
  expect_equal "it is in backup mode" t "$(in_backup)"
  kill -"$signal" "$slow"
  got=0; wait "$slow" || got=$?
  expect_equal "SIG$signal ends it" 1 "$got"
  ended_badly "SIG$signal"
done

lab_sql source "select pg_start_backup('somebody else', true)" >/dev/null
expect_status 1 barman backup main
expect_text "one of somebody else is left alone" "PostgreSQL is in an exclusive backup already" "$output"
expect_equal "it goes on" t "$(in_backup)"
lab_sql source "select pg_stop_backup()" >/dev/null 2>&1
run barman delete main "$(lab_latest_backup main)"
take_backup main
