#!/usr/bin/env bash
# Block-level incremental backups of PostgreSQL 17 and later: taken, refused, shown, deleted. The directory of such a
# server's programs is LAB_POSTGRESQL, or the newest that is installed.
. "${BASH_SOURCE[0]%/*}/common.sh"

major=$("$LAB_PG_BIN/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
if ((major < 17)); then
  echo "SKIPPED: PostgreSQL $major takes no incremental backups; set LAB_POSTGRESQL to the programs of 17 or later" >&2
  exit 77
fi

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_keep_busy source
lab_configure_server stream source postgres
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream

meta=$LAB_DIR/barman/stream/meta base=$LAB_DIR/barman/stream/base
field() { lab_backup_field stream "$1" "$2"; } # BACKUP FIELD

# ---- Refused, with nothing written ----------------------------------------------------------------------------------

written() { listing "$meta"; listing "$base"; }

expect_refused() { # WHAT TEXT COMMAND...
  local what=$1 text=$2 before; shift 2
  before=$(written)
  expect_status 1 "$@"
  expect_text "$what" "$text" "$output"
  expect_equal "... and nothing was written" "$before" "$(written)"
}

take_backup stream --name early
early=$backup
expect_refused "an unknown parent" "ERROR: Unknown backup 'nothing' for server 'stream'" barman backup --incremental nothing stream
expect_refused "WAL summaries off" "ERROR: failed to start backup: 'summarize_wal' option has to be enabled in the Postgres server to perform an incremental backup using the Postgres backup method" \
  barman backup --incremental early stream
lab_sql source "alter system set summarize_wal = on"
lab_sql source "select pg_reload_conf()" >/dev/null
lab_wait_for 10 "summarize_wal" lab_sql_is source on "show summarize_wal"
expect_refused "a parent without summaries" "ERROR: failed to start backup: Backup ID $early is not eligible as a parent for an incremental backup because WAL summaries were not enabled when that backup was taken." \
  barman backup --incremental early stream
expect_status 1 barman -f json backup --incremental early stream
expect_text "the same in JSON" '{"_ERROR": ["failed to start backup: Backup ID' "$output"

# ---- A chain --------------------------------------------------------------------------------------------------------

take_backup stream --name full1
full=$backup
lab_add_rows source 500 >/dev/null
take_backup stream --incremental full1 --name inc1
first=$backup
lab_add_rows source 500 >/dev/null
take_backup stream --incremental latest
second=$backup
expect_equal "the child names its parent" "$full" "$(field "$first" parent_backup_id)"
expect_equal "the parent names its child" "$first" "$(field "$full" children_backup_ids)"
expect_equal "latest meant the incremental backup" "$first" "$(field "$second" parent_backup_id)"
expect_equal "summaries are noted" on "$(field "$first" summarize_wal)"
expect_text "the label says what it is relative to" "INCREMENTAL FROM LSN: " "$(field "$first" backup_label)"
expect_true "the files are incremental ones" test -n "$(find "$base/$first/data" -name 'INCREMENTAL.*' -print -quit)"
expect_true "much less was copied" test "$(field "$first" size)" -lt $(($(field "$full" size) / 2))

expect_text "list-backups has them as incremental" "stream $first 'inc1' - I - " "$(barman list-backups stream)"
run barman show-backup stream "$second"
for line in "    Backup Type          : incremental" "    Root Backup          : $full" "    Parent Backup        : $first" \
  "    Backup chain size    : 3"; do
  expect_line "show-backup" "$line" "$output"
done
expect_text "resources saved" "    Resources saved      : " "$output"
run barman show-backup stream full1
expect_line "a full backup shows its children" "    Children Backup(s)   : $first" "$output"
expect_false "and no root" grep -q 'Root Backup' <<<"$output"
run barman list-files stream "$second"
expect_false "list-files lists this backup alone" grep -q "/base/$first/" <<<"$output"
run barman verify-backup stream "$second"
expect_line "an incremental backup verifies" "backup successfully verified" "$output"
expect_status 1 barman generate-manifest stream "$second"
expect_text "it has its manifest" "backup_manifest already exists" "$output"
