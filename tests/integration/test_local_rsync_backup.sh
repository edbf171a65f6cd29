#!/usr/bin/env bash
# Barman beside PostgreSQL: rsync without ssh, WAL copied into incoming/ by the archive command.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_configure_server main source local-rsync "compression = gzip"
mkdir -p "$LAB_DIR/barman/main/incoming"
lab_archive_with source "cp %p $LAB_DIR/barman/main/incoming/.%f && mv $LAB_DIR/barman/main/incoming/.%f $LAB_DIR/barman/main/incoming/%f"
run barman switch-wal --archive --archive-timeout 60 main
expect_text "a segment is archived" "Processing xlog segments from file archival for main" "$output"
run barman check main
expect_line "check looks at the local data directory" $'\tlocal PGDATA: OK (Access to local PGDATA)' "$output"

take_backup main
rows=$(lab_fingerprint source)
expect_line "the copy does without ssh" "Starting backup copy via local rsync for $backup" "$output"
expect_equal "no ssh is configured" "" "$(grep -h ssh "$LAB_DIR"/etc/barman.d/*)"
restore_and_start copy main latest
expect_rows "restored" copy "$rows"
expect_sound_pages copy
