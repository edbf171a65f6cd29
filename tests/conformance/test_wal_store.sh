#!/usr/bin/env bash
# A server that keeps its WAL in an object store, and Barman's cloud programs on the same keys: each reads what the other
# has archived, in every compression, and takes it for archived.
# Usage: BARMAN_BIN_DIR=build/dev/bin tests/conformance/test_wal_store.sh    status 77 without gateway or reference
. "${BASH_SOURCE[0]%/*}/../integration/object_store.sh"
: "${BARMAN_REFERENCE_BIN:=$(realpath "${BASH_SOURCE[0]%/*}/../..")/build/reference/bin}"
[[ -x $BARMAN_REFERENCE_BIN/barman-cloud-wal-restore ]] || { echo "skipped: no cloud programs of the reference"; exit 77; }
. "${BASH_SOURCE[0]%/*}/../integration/common.sh"

lab_create_cluster source --wal-segsize=1
start_store
run cloud check-wal-archive s3://lab/wal main # makes the bucket
originals=$LAB_DIR/originals
mkdir "$originals"
lab_archive_with source "cp %p $originals/%f"
for _ in {1..16}; do close_segment source >/dev/null; done
enough() { (($(find "$originals" -name '0000000100000000????????' | wc -l) >= 16)); }
lab_wait_for 60 "segments" enough
mapfile -t segments < <(find "$originals" -name '0000000100000000????????' -printf '%f\n' | sort)
reference() { # PROGRAM ARGUMENT...
  timeout 60 "$BARMAN_REFERENCE_BIN/barman-cloud-$1" --endpoint-url "$store" "${@:2}"
}
has_snappy() { python3 -c 'import snappy; snappy.StreamCompressor().compress(b"x")' 2>/dev/null; }

number=0
for compression in none gzip bzip2 xz zstd lz4 snappy; do
  # Debian's python3-snappy does not work with Debian's Python.
  [[ $compression != snappy ]] || has_snappy || continue
  lab_configure_server main source local-rsync "wals_directory = s3://lab/wal" "aws_endpoint_url = $store" "compression = $compression"
  mkdir -p "$LAB_DIR/barman/main/incoming"
  ours=${segments[number]} theirs=${segments[number + 1]}
  number=$((number + 2))
  cp -p "$originals/$ours" "$LAB_DIR/barman/main/incoming/"
  run barman archive-wal main
  run reference wal-restore s3://lab/wal main "$ours" "$LAB_DIR/tmp/restored"
  expect_true "Barman restores what is archived here with $compression" cmp "$LAB_DIR/tmp/restored" "$originals/$ours"
  option=--$compression
  [[ $compression != none ]] || option=
  run reference wal-archive ${option:+"$option"} s3://lab/wal main "$originals/$theirs"
  run barman cloud-wal-restore main "$theirs" "$LAB_DIR/tmp/restored"
  expect_true "and the other way round" cmp "$LAB_DIR/tmp/restored" "$originals/$theirs"
  cp -p "$originals/$theirs" "$LAB_DIR/barman/main/incoming/"
  run barman archive-wal main
  expect_equal "what Barman has archived gets its line" "$theirs" "$(tail -n 1 "$LAB_DIR/barman/main/meta/main-xlog.db" | cut -f1)"
  expect_equal "and stays one object" 1 "$(objects lab "wal/main/wals/${theirs:0:16}/$theirs" | wc -l)"
  expect_equal "and nothing is set aside" "" "$(ls -A "$LAB_DIR/barman/main/errors" 2>/dev/null)"
done
