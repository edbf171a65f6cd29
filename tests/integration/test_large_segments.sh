#!/usr/bin/env bash
# Segments of 64 MiB, pushed and streamed, are archived, compressed, delivered and recovered from.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/pitr.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=64
lab_configure_server stream source postgres "compression = zstd"
lab_configure_server main source rsync "compression = gzip"
lab_receive_wal source stream
lab_push_wal source main
run lab_archive_now source stream
make_history main
restore_options=()
check_target "xid" main "$rows_at_xid" --target-xid "$target_xid"
restore_options=(--get-wal)
check_target "time, WAL fetched by PostgreSQL" main "$rows_at_time" --target-time "$target_time"

take_backup stream
restore_options=(--remote-ssh-command "$LAB_SSH")
lab_add_rows source 10 >/dev/null
rows_at_end=$(lab_fingerprint source)
run lab_archive_now source stream
restore_and_start streamed stream "$backup" "${restore_options[@]}"
expect_rows "streamed" streamed "$rows_at_end"
expect_sound_pages streamed

segment=$(archived_segments stream | tail -n 1)
barman get-wal stream "$segment" >"$LAB_DIR/tmp/segment"
expect_equal "a segment has its 64 MiB" $((64 * 1024 * 1024)) "$(stat -c %s "$LAB_DIR/tmp/segment")"
expect_equal "and counts as such in the catalogue" $((64 * 1024 * 1024)) "$(lab_backup_field stream "$backup" xlog_segment_size)"
archived_segments main | expect_consecutive "no segment is missing" 64
