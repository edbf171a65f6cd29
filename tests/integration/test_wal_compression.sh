#!/usr/bin/env bash
# Each WAL compression: what was archived comes back byte for byte, and the usual tool for the format can read it.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source # only so that the servers have a connection
text=000000010000000000000001 random=000000010000000000000002 zeros=000000010000000000000003
label=000000010000000000000002.00000028.backup history=00000002.history
originals=$LAB_DIR/originals
mkdir "$originals"
yes "a line of WAL that repeats itself" | head -c 4194304 >"$originals/$text" || true
head -c 4194304 /dev/urandom >"$originals/$random"
{ printf x; head -c 4194303 /dev/zero; } >"$originals/$zeros"
printf 'START WAL LOCATION: 0/2000028 (file %s)\n' "$random" >"$originals/$label"
printf '1\t0/3000000\tno recovery target specified\n' >"$originals/$history"
touch -d "2024-02-29 12:34:56.789" "$originals"/*

check_compression() { # NAME CATALOGUE-WORD DECOMPRESSOR OPTION...
  local name=$1 word=$2 decompressor=$3 server=wal_$1 file stored; shift 3
  lab_configure_server "$server" source local-rsync "$@"
  mkdir -p "$LAB_DIR/barman/$server/incoming"
  cp -p "$originals"/* "$LAB_DIR/barman/$server/incoming/"
  run barman archive-wal "$server"
  expect_equal "$name: catalogue" \
    "$(for file in "$text" "$random" "$label" "$zeros" "$history"; do echo "$file $word None"; done)" \
    "$(catalogue "$server" | awk '{ print $1, $4, $5 }')"
  for file in "$text" "$random" "$zeros" "$label" "$history"; do
    stored=$LAB_DIR/barman/$server/wals/$([[ $file == *.history ]] || echo "${file:0:16}/")$file
    barman get-wal "$server" "$file" | cmp - "$originals/$file" || failed "$name: get-wal of $file"
    [[ $decompressor == none ]] || $decompressor <"$stored" | cmp - "$originals/$file" || failed "$name: $decompressor of $file"
    [[ $(catalogue "$server" | awk -v f="$file" '$1 == f { print $2, $3 }') == "$(stat -c %s "$stored") 1709210096.789" ]] ||
      failed "$name: size and time of $file in the catalogue"
    [[ $(stat -c %y "$stored") == "$(stat -c %y "$originals/$file")" ]] || failed "$name: time stamp of $file"
  done
  passed "$name: five files come back by get-wal and by '$decompressor', with their size and time"
  expect_equal "$name: incoming is empty" "" "$(ls -A "$LAB_DIR/barman/$server/incoming")"
}

check_compression none None cat
for algorithm in gzip pigz pygzip; do check_compression $algorithm $algorithm "gzip -dc" "compression = $algorithm"; done
for algorithm in bzip2 pybzip2; do check_compression $algorithm $algorithm "bzip2 -dc" "compression = $algorithm"; done
check_compression zstd zstd "zstd -dc" "compression = zstd"
check_compression lz4 lz4 "lz4 -dc" "compression = lz4"
check_compression xz xz "xz -dc" "compression = xz" "compression_level = low"
check_compression snappy snappy none "compression = snappy"
check_compression custom custom "gzip -dc" "compression = custom" "custom_compression_filter = gzip -1 -c" \
  "custom_decompression_filter = gzip -dc" "custom_compression_magic = 0x1f8b08"

for server in gzip zstd xz bzip2 lz4 snappy; do
  size=$(stat -c %s "$LAB_DIR/barman/wal_$server/wals/0000000100000000/$zeros")
  expect_true "$server: 4 MiB of zeros shrink to $size bytes" test "$size" -lt 250000
done

# Delivered already compressed: stored as it is, handed out decompressed.
lab_configure_server mixed source local-rsync "compression = zstd"
mkdir -p "$LAB_DIR/barman/mixed/incoming"
gzip -c "$originals/$text" >"$LAB_DIR/barman/mixed/incoming/$text"
cp "$LAB_DIR/barman/mixed/incoming/$text" "$LAB_DIR/tmp/delivered"
run barman archive-wal mixed
expect_equal "delivered as gzip: the catalogue says so" "$text gzip" "$(catalogue mixed | awk '{ print $1, $4 }')"
expect_true "delivered as gzip: stored unchanged" cmp "$LAB_DIR/tmp/delivered" "$LAB_DIR/barman/mixed/wals/0000000100000000/$text"
expect_true "delivered as gzip: get-wal decompresses" cmp <(barman get-wal mixed "$text") "$originals/$text"
expect_true "get-wal --keep-compression sends the stored bytes" \
  cmp <(barman get-wal --keep-compression mixed "$text") "$LAB_DIR/tmp/delivered"
expect_true "get-wal --bzip2 compresses anew" cmp <(barman get-wal --bzip2 mixed "$text" | bzip2 -dc) "$originals/$text"
expect_true "get-wal --gzip" cmp <(barman get-wal --gzip wal_zstd "$text" | gzip -dc) "$originals/$text"
