#!/usr/bin/env bash
# WAL through a replication slot: the receiver is stopped, killed and restarted, and no segment is missing or different.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
witness=$LAB_DIR/witness # what PostgreSQL itself hands out, to compare with
mkdir "$witness"
lab_archive_with source "cp %p $witness/%f"
lab_configure_server stream source postgres "create_slot = manual"

run barman receive-wal --create-slot stream
expect_line "the slot is created" "Replication slot 'stream' created" "$output"
expect_status 1 barman receive-wal --create-slot stream
expect_line "but not twice" "ERROR: Replication slot 'stream' already exists" "$output"
run barman receive-wal --create-slot --if-not-exists stream

lab_receive_wal source stream
lab_add_rows source 5000 >/dev/null
expect_status 1 barman receive-wal stream
expect_text "one receiver at a time" "ERROR: Another receive-wal process is already running for server stream." "$output"

run barman receive-wal --stop stream
expect_text "the receiver is stopped" "Stopped process receive-wal(" "$output"
lab_wait_for 20 "the end of pg_receivewal" lab_sql_is source f "select active from pg_replication_slots"
lab_add_rows source 5000 >/dev/null
lab_sql source "checkpoint" >/dev/null
passed "the server writes on while nobody receives"

lab_receive_wal source stream
lab_add_rows source 5000 >/dev/null
run barman archive-wal stream
mapfile -t killed < <(cat "$LAB_DIR/barman/.stream-receive-wal.lock"; pgrep -f "pg_receivewal.*$LAB_DIR/")
expect_true "the receiver and its pg_receivewal are found" test "${#killed[@]}" -eq 2
kill -KILL "${killed[0]}"
lab_wait_for 20 "the end of both: no pg_receivewal outlives its receiver" lab_all_gone "${killed[@]}"
lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
lab_add_rows source 5000 >/dev/null

lab_receive_wal source stream
last=$(close_segment source)
lab_keep_busy source
archive_and_see() { barman -q archive-wal stream && is_archived stream "$1"; }
lab_wait_for 60 "segment $last in the archive" archive_and_see "$last"
lab_wait_for 30 "segment $last at the witness" test -f "$witness/$last"

archived_segments stream | expect_consecutive "the archive has no gap and no repetition" 1
expect_same_content "every segment is what PostgreSQL wrote" stream "$witness"

partial=$(cd "$LAB_DIR/barman/stream/streaming" && echo *.partial)
expect_equal "the segment being received stays" "$(current_segment source).partial" "$partial"
barman get-wal --partial stream "${partial%.partial}" >"$LAB_DIR/tmp/partial"
expect_true "get-wal --partial delivers it" test -s "$LAB_DIR/tmp/partial"
expect_status 1 barman get-wal stream "${partial%.partial}"
expect_text "get-wal without --partial does not" "ERROR: WAL file '${partial%.partial}' not found in server 'stream'" "$output"

expect_status 1 barman receive-wal --drop-slot stream
expect_line "a slot in use stays" "ERROR: Cannot drop replication slot 'stream' on server 'stream' because it is in use." "$output"
run barman terminate-process stream receive-wal
lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
run barman receive-wal --drop-slot stream
expect_equal "the slot is dropped" 0 "$(lab_sql source "select count(*) from pg_replication_slots")"
