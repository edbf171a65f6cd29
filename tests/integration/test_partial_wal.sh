#!/usr/bin/env bash
# The server is lost with a segment half written: a restore with --partial-wal brings its last transaction back.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=16
lab_create_tables source
lab_add_rows source 1000 >/dev/null
lab_configure_server stream source postgres "compression = lz4"
lab_receive_wal source stream
lab_keep_busy source
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream
close_segment source >/dev/null
archived_rows=$(lab_fingerprint source)
# Right after the switch the server still names the segment that it has closed: the name is asked for each time.
has_new_segment() { [[ -e $LAB_DIR/barman/stream/streaming/$(current_segment source).partial ]]; }
lab_wait_for 60 "the new segment" has_new_segment
lab_add_rows source 100 >/dev/null
rows=$(lab_fingerprint source)
lsn=$(lab_sql source "select pg_current_wal_lsn()")
lab_wait_for 30 "the receiver to have it" lab_sql_is source t "select min(write_lsn) >= '$lsn' from pg_stat_replication"
lab_stop_cluster source immediate

restore_and_start without stream latest
expect_rows "without --partial-wal the last segment is missing" without "$archived_rows"
discard without
restore_and_start with stream latest --partial-wal
expect_line "the restore takes the partial segment" "Copying .partial WAL files." "$output"
expect_rows "with --partial-wal every committed row is back" with "$rows"
expect_sound_pages with
