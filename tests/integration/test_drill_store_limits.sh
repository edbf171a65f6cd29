#!/usr/bin/env bash
# drill_bandwidth_limit holds for what comes out of an object store: base backups, WAL that is fetched during recovery, and WAL
# that is so small that each process which fetches a segment is done at once.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

start_store # first: the servers are to have its credentials in their environment
lab_create_cluster source --wal-segsize=1
url=$(url_of lab/pg)
run cloud check-wal-archive "$url" main # makes the bucket
configure() { # ["OPTION = VALUE"...]
  lab_configure_server main source local-to-cloud "archiver = on" "basebackups_directory = $url" "wals_directory = $url" \
    "${store_settings[@]}" "$@"
}
configure
mkdir -p "$LAB_DIR/barman/main/meta"
lab_archive_with source "barman cloud-wal-archive main %p"
lab_sql source "select pg_switch_wal()" >/dev/null
take_backup main --immediate-checkpoint
in_store() { [[ $(objects lab "pg/main/wals/${1:0:16}/$1") ]]; }
close_segments() { # COUNT
  local i
  for ((i = 0; i < $1; i++)); do
    # Of what cannot be compressed.
    lab_sql source "select pg_logical_emit_message(true, 'lab', (select string_agg(md5(random()::text), '') from generate_series(1, 700)))" >/dev/null
    newest=$(close_segment source)
    closed+=("$newest")
  done
  lab_wait_for 60 "the last segment in the store" in_store "$newest"
}
close_segments 20
bytes=$(sed -n 's/^size=//p' "$LAB_DIR/barman/main/meta/$backup-backup.info")

# So much must take its time, and takes less without the limit.
expect_limit() { # WHAT PHASE KBPS BYTES SECONDS-WITHOUT
  local took
  took=$(drill_value "d['seconds']['$2']")
  expect_true "$1: $(($4 / 1024)) kB at $3 kB/s took $took seconds, without a limit $5" \
    awk "BEGIN { least = 0.9 * $4 / 1024 / $3; exit !($took > least && $5 < least) }"
}
expect_drill "without a limit" main latest
copied=$(drill_value "d['seconds']['copy']") replayed=$(drill_value "d['seconds']['replay']")
rate=$((bytes / 1024 / 8))
configure "drill_bandwidth_limit = $rate"
expect_drill "with a limit" main latest
expect_limit "files" copy "$rate" "$bytes" "$copied"
expect_limit "WAL" replay "$rate" $((20 * 1048576)) "$replayed"

configure "compression = zstd"
closed=()
close_segments 8
total=0 begin=${EPOCHREALTIME/./}
for name in "${closed[@]}"; do
  run barman cloud-wal-restore --bwlimit 20 --spool-dir "$LAB_DIR/tmp/spool" main "$name" "$LAB_DIR/tmp/$name"
done
took=$((${EPOCHREALTIME/./} - begin))
for name in "${closed[@]}"; do total=$((total + $(zstd -qc "$LAB_DIR/tmp/$name" | wc -c))); done
expect_true "$total bytes of WAL at 20 kB/s, fetched by 8 processes, took $((took / 1000)) ms" test "$took" -ge $((total * 900000 / 20480))
