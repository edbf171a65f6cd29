#!/usr/bin/env bash
# Block-level incremental backups of PostgreSQL 17 and later: taken, refused, shown, deleted. The directory of such a
# server's programs is LAB_POSTGRESQL, or the newest that is installed.
. "${BASH_SOURCE[0]%/*}/common.sh"

if ((LAB_PG_MAJOR < 17)); then
  echo "SKIPPED: PostgreSQL $LAB_PG_MAJOR takes no incremental backups; set LAB_POSTGRESQL to the programs of 17 or later" >&2
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

has_increments() { [[ -n $(find "$base/$1/data" -name 'INCREMENTAL.*' -print -quit) ]]; } # BACKUP

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
expect_true "the files are incremental ones" has_increments "$first"
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
expect_status 1 barman keep --target full stream "$first"
expect_line "it cannot be kept by itself" "ERROR: Unable to execute the keep command on backup $first: is an incremental backup." "$output"
mkdir "$LAB_DIR/exports"
expect_status 1 barman export-backup stream "$first" "$LAB_DIR/exports"
expect_line "nor exported" "ERROR: Cannot export backup $first from server stream: it is an incremental backup." "$output"

# ---- Parents from which nothing could be restored: docs/differences.md, D-BKP-09 --------------------------------------

not_eligible() { printf 'ERROR: failed to start backup: Backup ID %s is not eligible as a parent for an incremental backup: %s' "$1" "$2"; }
move_away() { mv "$1" "$LAB_DIR/tmp/${1##*/}"; } # FILE
move_back() { mv "$LAB_DIR/tmp/${1##*/}" "$1"; }

move_away "$base/$second/data/backup_manifest"
expect_refused "a parent without its manifest" "$(not_eligible "$second" "backup $second has no manifest")" \
  barman backup --incremental latest stream
move_back "$base/$second/data/backup_manifest"
move_away "$meta/$first-backup.info"
move_away "$base/$first"
expect_refused "a parent that is torn from its chain" \
  "$(not_eligible "$second" "backup $first, the parent of $second, is not in the catalogue.")" barman backup --incremental "$second" stream
expect_text "a torn chain is marked in the list" " - TORN" "$(barman list-backups stream | grep "$second")"
run barman show-backup stream "$second"
expect_line "and shown" "    Not restorable       : backup $first, the parent of $second, is not in the catalogue" "$output"
expect_line "from the oldest member that is there" "    Root Backup          : $second" "$output"
expect_text "check reports it" "failed backups: FAILED (there are 0 failed backups, 1 cannot be restored: $second: backup $first" \
  "$(barman check stream || true)"
move_back "$meta/$first-backup.info"
move_back "$base/$first"
expect_text "it is whole again" "Size:" "$(barman list-backups stream | grep "$second" | grep -v TORN)"

# ---- While a child is taken -----------------------------------------------------------------------------------------

# Slow enough to be looked at: 64 kB/s.
begin_slow_child() { # PARENT
  rm -f "$LAB_DIR/tmp/slow"
  barman backup --bwlimit 64 --incremental "$1" stream >"$LAB_DIR/tmp/slow" 2>&1 &
  slow=$!
  lab_wait_for 30 "the copy to begin" grep -qs "Starting backup copy" "$LAB_DIR/tmp/slow"
  backup=$(barman list-backups --minimal stream | sed -n 1p)
  lab_wait_for 30 "files" has_increments "$backup"
}

run barman delete stream early
lab_configure_server stream source postgres "retention_policy = REDUNDANCY 1"
take_backup stream --name full2
younger=$backup
begin_slow_child "$second"
slow_child=$backup
expect_text "its chain is obsolete, and the operator is warned" "WARNING: Backup $second is OBSOLETE by the retention policy" "$(cat "$LAB_DIR/tmp/slow")"
expect_status 1 barman delete stream "$full"
expect_line "nobody deletes the parent meanwhile" "ERROR: Another process in running on server stream. Impossible to delete the backup." "$output"
run barman cron
expect_line "nor does cron" \
  "WARNING: Backup $slow_child of server stream is being written, skipping retention policy application" "$output"
for id in "$full" "$first" "$second" "$slow_child"; do
  expect_true "cron leaves $id" test -e "$meta/$id-backup.info"
done
kill -TERM "$slow"
got=0; wait "$slow" || got=$?
expect_equal "it can be interrupted" 1 "$got"
expect_equal "it is FAILED" FAILED "$(field "$slow_child" status)"
expect_equal "its parent lists it all the same" "$slow_child" "$(field "$second" children_backup_ids)"
lab_configure_server stream source postgres
expect_false "a FAILED one shows no parent" grep -q 'Parent Backup' <<<"$(barman show-backup stream "$slow_child")"
expect_refused "and is no parent" "$(not_eligible "$slow_child" "backup $slow_child has status FAILED.")" \
  barman backup --incremental last-failed stream

begin_slow_child "$first"
killed=$backup
kill -KILL "$slow"
wait "$slow" || true
expect_equal "one that was killed is listed by nobody" "$second" "$(field "$first" children_backup_ids)"
expect_text "it is STARTED in the list" "$killed - I - STARTED" "$(barman list-backups stream)"

# ---- Deleted leaves first -------------------------------------------------------------------------------------------

run barman delete stream "$full"
expect_line "the tree is announced" \
  "WARNING: Backup $full has incremental backups which depend on it. Deleting all backups in the tree" "$output"
expect_equal "leaves go first, the one that was killed with them" "$slow_child $second $killed $first $full" \
  "$(grep -oP '^Deleted backup \K\S+' <<<"$output" | paste -sd' ' | sed -E "s/^$killed $slow_child $second /$slow_child $second $killed /")"
expect_equal "nothing of it is left" "$younger" "$(barman list-backups --minimal stream)"

# ---- Obsolete with its root, summaries gone -------------------------------------------------------------------------

take_backup stream --incremental full2
newest=$backup
lab_sql source "alter system set summarize_wal = off"
lab_sql source "select pg_reload_conf()" >/dev/null
begin_is_gone() {
  lab_sql source "select pg_logical_emit_message(true, 'lab', 'x'), pg_switch_wal()" >/dev/null
  lab_sql source checkpoint
  [[ ! -e ${LAB_DATA[source]}/pg_wal/$(field "$newest" begin_wal) ]]
}
lab_wait_for 60 "the WAL of the parent to go" begin_is_gone
find "${LAB_DATA[source]}/pg_wal/summaries" -type f -delete
lab_sql source "alter system set summarize_wal = on"
lab_sql source "select pg_reload_conf()" >/dev/null
lab_wait_for 10 "summarize_wal" lab_sql_is source on "show summarize_wal"
expect_status 1 barman backup --incremental "$newest" stream
expect_text "what only PostgreSQL knows is reported in its words" "WAL summaries are required on timeline 1" "$output"
failed=$(barman list-backups --minimal stream | sed -n 1p)
expect_equal "the backup is FAILED, with its parent" "FAILED $newest" "$(field "$failed" status) $(field "$failed" parent_backup_id)"
run barman delete stream "$failed"
expect_equal "and leaves no trace in it" None "$(field "$newest" children_backup_ids)"

lab_configure_server stream source postgres "retention_policy = REDUNDANCY 1" "minimum_redundancy = 1"
take_backup stream --name full3
expect_text "an increment is obsolete with its root" " - OBSOLETE" "$(barman list-backups stream | grep "$newest")"
run barman cron
expect_equal "cron takes the chain from its leaf" "$newest $younger" \
  "$(grep -oP '^Deleted backup \K\S+' <<<"$output" | paste -sd' ')"
expect_equal "and leaves the new full backup" "$backup" "$(barman list-backups --minimal stream)"
expect_text "increments do not count for the minimum" "have 1 non-incremental backups, expected at least 1" "$(barman check stream || true)"
