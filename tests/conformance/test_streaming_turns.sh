#!/usr/bin/env bash
# WAL streaming and pg_basebackup by turns: one receives, the other stops it, takes over and archives; each backs up, the
# other restores; no segment is missing, doubled or different.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
witness=$LAB_DIR/witness
mkdir "$witness"
lab_archive_with source "cp %p $witness/%f"
lab_keep_busy source
lab_configure_server stream source postgres "compression = gzip" "create_slot = manual"

run reference receive-wal --create-slot stream
same_answers "receive-wal --create-slot stream" "receive-wal --create-slot --if-not-exists stream"

for side in reference ours reference; do
  second=$(other "$side")
  use "$side"
  lab_receive_wal source stream
  lab_add_rows source 300 >/dev/null
  same_answers "receive-wal stream" "list-processes stream" "receive-wal --drop-slot stream"
  run "$second" switch-wal --archive --archive-timeout 60 stream
  run "$side" backup --wait --wait-timeout 60 stream
  backup=$(lab_latest_backup stream)
  lab_wait_for 5 "the catalogue" test -s "$LAB_DIR/barman/stream/wals/stream-xlog.db"
  rows=$(lab_fingerprint source)
  same_state "after a backup by $side" stream "$backup"
  same_answers "check-backup stream $backup"
  mkdir -p "$LAB_DIR/restore/copy"
  run "$second" restore --tablespace "ts_a:$LAB_DIR/restore/copy/ts_a" --tablespace "ts_b:$LAB_DIR/restore/copy/ts_b" \
    --target-immediate --target-action promote stream "$backup" "$LAB_DIR/restore/copy/data"
  lab_start_restored copy "$LAB_DIR/restore/copy/data"
  lab_wait_for_promotion copy
  expect_rows "a backup by $side, restored by $second" copy "$rows"
  expect_sound_pages copy

  run "$second" terminate-process stream receive-wal
  expect_text "$second stops the receiver of $side" "Stopped process receive-wal(" "$output"
  lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
  same_answers "list-processes stream" "check stream" "terminate-process stream receive-wal"
done

use ours
lab_receive_wal source stream
run reference switch-wal --archive --archive-timeout 60 stream
archived_segments stream | expect_consecutive "the archive has no gap and no repetition" 1
expect_same_content "every segment is what PostgreSQL wrote" stream "$witness"
same_index_after_rebuild "in the end" stream
run ours receive-wal --stop stream
lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
run reference receive-wal --drop-slot stream
same_answers "receive-wal --drop-slot stream"
conclude
