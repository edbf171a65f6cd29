#!/usr/bin/env bash
# verify-backup with and without pg_verifybackup, generate-manifest, and the checks of the WAL archive.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
lab_keep_busy source
lab_configure_server stream source postgres
lab_configure_server packed source postgres "backup_compression = gzip"
lab_configure_server files source local-rsync
lab_configure_server fresh source local-rsync
lab_receive_wal source stream
lab_receive_wal source packed
run barman switch-wal --archive --archive-timeout 60 stream packed
take_backup stream --name nightly
data=$LAB_DIR/barman/stream/base/$backup/data

# A configuration and a PATH that lead to no PostgreSQL client, on a machine that seems to have none. Where namespaces
# are forbidden the tool is compared with itself; unit/backup/manifest_check_test is there in any case.
sed '/^path_prefix/d' "$BARMAN_CONFIG_FILE" >"$LAB_DIR/etc/plain.conf"
plain() { PATH=$LAB_DIR/bin:/usr/bin:/bin "$@"; }
# shellcheck disable=SC2016
without_servers() {
  unshare --user --map-root-user --mount bash -c 'mount -t tmpfs none /usr/lib/postgresql && uid=$1 && gid=$2 && shift 2 &&
    exec unshare --user --map-user="$uid" --map-group="$gid" "$@"' bash "$(id -u)" "$(id -g)" "$@"
}
without_servers true 2>/dev/null || without_servers() { "$@"; }
without_tool() { plain without_servers barman -c "$LAB_DIR/etc/plain.conf" "$@"; }
plain command -v pg_verifybackup && failed "pg_verifybackup is where it should not be"

run barman verify-backup stream nightly
expect_equal "verify-backup calls pg_verifybackup" "Verifying backup 'nightly' on server ['stream']
Calling pg_verifybackup
backup successfully verified" "$output"
run plain barman -c "$LAB_DIR/etc/plain.conf" verify-backup stream nightly
if [[ $LAB_PG_BIN == /usr/lib/postgresql/* ]]; then
  expect_line "also one that is only below /usr/lib/postgresql" "Calling pg_verifybackup" "$output"
fi
run without_tool verify stream nightly
expect_line "without the tool the manifest of PostgreSQL is read here" "backup successfully verified" "$output"
for kind in NONE CRC32C SHA224 SHA384 SHA512; do
  rm -rf "$LAB_DIR/tmp/kind"
  mkdir -p "$LAB_DIR/tmp/kind"
  pg_basebackup -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -D "$LAB_DIR/tmp/kind/data" --checkpoint=fast \
    --manifest-checksums="$kind" --no-sync -X none 2>"$LAB_DIR/log/pg_basebackup.log" --tablespace-mapping="$LAB_DIR/pg/source/ts_a=$LAB_DIR/tmp/kind/a" \
    --tablespace-mapping="$LAB_DIR/pg/source/ts_b=$LAB_DIR/tmp/kind/b"
  mv "$data" "$data.whole"
  mv "$LAB_DIR/tmp/kind/data" "$data"
  run without_tool verify stream nightly
  expect_line "a manifest with $kind verifies" "backup successfully verified" "$output"
  rm -rf "$data"
  mv "$data.whole" "$data"
done

# The same damage, seen by both.
mv "$data/pg_ident.conf" "$data/pg_ident.moved"
printf x | dd of="$data/PG_VERSION" conv=notrunc status=none
echo more >>"$data/global/1260"
mkfifo "$data/pipe"
table=$(find "$data/pg_tblspc/" -follow -type f -size +0 | sort | sed -n 1p)
printf x | dd of="$table" bs=1 seek=100 conv=notrunc status=none
expect_status 1 barman verify-backup stream nightly
expect_line "a damaged backup does not verify" "ERROR: verify backup failure on directory '$data'" "$output"
by_tool=$(sed -n 's/^\(ERROR: \)\?pg_verifybackup: error: //p' <<<"$output" | sed 's/is not a regular file/is not a file/' | sort) # since 18
expect_status 1 without_tool verify-backup stream nightly
ours=$(sed '1,/^ERROR: verify backup failure/d; s/^ERROR: //; s/^pg_verifybackup: error: //; /^$/d' <<<"$output" | sort)
# pg_verifybackup reads the content only of files that are there with their size, so do we: the lines are the same.
expect_equal "both find the same" "$by_tool" "$ours"
expect_text "also in a tablespace" "checksum mismatch for file \"pg_tblspc/" "$ours"
run_json=$(without_tool -f json verify-backup stream nightly || true)
expect_text "JSON carries both errors" "{\"_ERROR\": [\"verify backup failure on directory '$data'\", \"" "$run_json"
sed -i 's/"Size": 3,/"Size": 4,/' "$data/backup_manifest"
expect_status 1 without_tool verify-backup stream nightly
expect_text "a changed manifest is not believed" "manifest checksum mismatch" "$output"

mkdir -p "$LAB_DIR/barman/files/incoming"
lab_archive_with source "cp %p $LAB_DIR/barman/files/incoming/%f"
run lab_archive_now source files
take_backup files
manifest=$LAB_DIR/barman/files/base/$backup/data/backup_manifest
for verify in barman without_tool; do
  expect_status 1 "$verify" verify-backup files latest
  expect_text "a backup without a manifest does not verify" "No such file or directory" "$output"
  expect_text "the way to a manifest is told" "HINT: 'barman generate-manifest files $backup' makes a manifest" "$output"
done
run barman generate-manifest files latest
expect_equal "generate-manifest tells" "Backup manifest for backup 'latest' successfully generated for server ['files']" "$output"
run barman verify files latest
run without_tool verify files latest
passed "its manifest verifies with and without pg_verifybackup"
before=$(sha256sum "$manifest")
expect_status 1 barman generate-manifest files latest
expect_equal "it never replaces one" "ERROR: File $manifest already exists.$before" "$output$(sha256sum "$manifest")"
take_backup packed
if ((LAB_PG_MAJOR >= 18)); then
  run barman verify-backup packed latest
  expect_line "an archive verifies" "backup successfully verified" "$output"
else
  expect_status 1 barman verify-backup packed latest
  expect_text "an archive needs a newer pg_verifybackup" "requires pg_verifybackup from Postgres 18 or newer (found " "$output"
fi

run barman check-wal-archive fresh
expect_equal "an empty archive is free" "Server fresh:
 - WAL archive check for server fresh passed" "$output"
expect_status 1 barman check-wal-archive stream
expect_line "one in use is not" "ERROR: WAL archive check failed for server stream: Expected empty archive" "$output"
run barman check-wal-archive --timeline 2 stream
expect_status 1 barman check-wal-archive --timeline 1 stream
expect_text "unless for an earlier timeline" "in WAL archive equal to or newer than timeline 1" "$output"

first=$(archived_segments stream | sed -n 1p)
last=$(archived_segments stream | tail -n 1)
run barman check-archived-wal-range stream "$first" "$last"
expect_line "a complete range passes" "$(printf '\tWAL sequence check for server stream: all segments are present')" "$output"
gap=$(next_segment "$first" 1)
mv "$LAB_DIR/barman/stream/wals/${first:0:16}/$gap" "$LAB_DIR/tmp/"
expect_status 1 barman check-archived-wal-range stream "$first" "$last"
expect_line "a gap is listed" "$(printf '\t\t%s' "$gap")" "$output"
expect_line "and an error" "ERROR: WAL sequence check failed for server 'stream': 1 missing segment(s) in range $first..$last" "$output"
