#!/usr/bin/env bash
# recovery-window: its bounds are those that pg_waldump shows, to the microsecond, in an archive of every compression, with
# a segment that is streamed, one that is missing, one that is damaged, and a second timeline.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_configure_server main source postgres
lab_receive_wal source main
wals=$LAB_DIR/barman/main/wals
lab_create_tables source
# Without a commit behind the segment: what follows only makes pg_receivewal begin the next one.
archive_now() {
  local closed
  closed=$(lab_sql source "select pg_walfile_name(pg_switch_wal())")
  lab_sql source "select pg_logical_emit_message(false, 'lab', repeat('x', 9000))" >/dev/null
  lab_wait_for 30 "segment $closed" archived "$closed"
}
archived() { barman -q archive-wal main; is_archived main "$1"; }
archive_now

window() { # JQ-FILTER [OPTION...]
  local filter=$1; shift
  barman -f json recovery-window "$@" main | jq -r ".main | $filter"
}
# The archive as PostgreSQL would see it.
unpack() {
  rm -rf "$LAB_DIR/tmp/wal"
  mkdir "$LAB_DIR/tmp/wal"
  local name
  for name in $(archived_segments main); do
    barman get-wal main "$name" >"$LAB_DIR/tmp/wal/$name" || rm "$LAB_DIR/tmp/wal/$name"
  done
}
# Time of the last commit or abort from a segment on, in microseconds, by pg_waldump: "MICROS LSN".
last_end() { # FIRST LAST
  TZ=UTC pg_waldump -p "$LAB_DIR/tmp/wal" -r Transaction "$1" "$2" 2>/dev/null |
    sed -nE 's/.* desc: (COMMIT|ABORT) ([0-9-]+ [0-9:.]+) UTC.*/\2/p' | tail -n 1 | sed 's/$/ UTC/' | date -u -f - +%s%6N
}
micros_of() { date -u -d "$1" +%s%6N; }
hash_of() { printf '%s/%s/%s' "$wals" "${1:0:16}" "$1"; }

# ---- One interval, compressed in each way ---------------------------------------------------------------------------

take_backup main
first=$backup
begin_wal=$(lab_backup_field main "$first" begin_wal)
for word in gzip bzip2 xz zstd lz4 pigz none; do
  sed -i '/^compression/d' "$LAB_DIR/etc/barman.d/main.conf"
  [[ $word == none ]] || echo "compression = $word" >>"$LAB_DIR/etc/barman.d/main.conf"
  lab_add_rows source 20 >/dev/null
  lab_sql source "select pg_create_restore_point('with $word')" >/dev/null
  archive_now
done
last=$(archived_segments main | tail -n 1)
unpack
expect_equal "one interval, to the end of the archive" "1 archive_end $first 1" \
  "$(window '"\(.intervals | length) \(.intervals[0].ended_by) \(.intervals[0].backup_id) \(.intervals[0].timeline)"')"
expect_equal "its end is the last commit that pg_waldump sees" "$(last_end "$begin_wal" "$last")" \
  "$(micros_of "$(window '.intervals[0].to_time')")"
expect_equal "each restore point is named" "with gzip,with bzip2,with xz,with zstd,with lz4,with pigz,with none" \
  "$(window '[.restore_points[].name | select(startswith("with "))] | join(",")')"
expect_equal "nothing was committed since" true "$(window '.exposure_with_partial_seconds == 0')"
expect_equal "every segment is sound" "true []" "$(window '"\(.verified) \(.damaged_wal)"' --verify)"

# ---- What is streamed -----------------------------------------------------------------------------------------------

lab_add_rows source 5 >/dev/null
sleep 2
lab_wait_for 20 "what is streamed" test "$(window '.exposure_with_partial_seconds == 0')" = true
expect_true "what is archived lacks the last commit" test "$(window '.exposure_seconds | floor')" -ge 1
passed "what is streamed has it"

# ---- A segment is lost, and another backup begins anew ----------------------------------------------------------------

lost=$(archived_segments main | sed -n '/'"$begin_wal"'/,$p' | sed -n 4p)
before_lost=$(archived_segments main | sed -n '/'"$begin_wal"'/,$p' | sed -n 3p)
take_backup main
second=$backup
mv "$(hash_of "$lost")" "$LAB_DIR/tmp/lost"
unpack
expect_equal "it ends at the missing segment" "missing_wal $lost" "$(window '.intervals[0] | "\(.ended_by) \(.missing | join(","))"')"
expect_equal "with the last commit before" "$(last_end "$begin_wal" "$before_lost")" "$(micros_of "$(window '.intervals[0].to_time')")"
expect_equal "another interval begins with the next backup" "$second" "$(window '.intervals[1].backup_id')"
run barman recovery-window main
expect_text "people are told which" "missing WAL, $lost is not there" "$output"
mv "$LAB_DIR/tmp/lost" "$(hash_of "$lost")"
expect_equal "it is back" "1" "$(window '.intervals | length')"

# ---- Damage -----------------------------------------------------------------------------------------------------------

damaged=$lost
cp -p "$(hash_of "$damaged")" "$LAB_DIR/tmp/whole"
printf 'X' | dd of="$(hash_of "$damaged")" bs=1 seek=4000 conv=notrunc status=none
touch -r "$LAB_DIR/tmp/whole" "$(hash_of "$damaged")"
expect_status 1 barman recovery-window --verify main
expect_text "damage is found" "$damaged" "$output"
cp -p "$LAB_DIR/tmp/whole" "$(hash_of "$damaged")"
run barman recovery-window --verify main

# ---- All servers ----------------------------------------------------------------------------------------------------------

run barman recovery-window all
expect_text "a line a server" "main - the end of $first to 20" "$output"
expect_text "with its exposure" "Exposure: " "$output"
