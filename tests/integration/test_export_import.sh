#!/usr/bin/env bash
# A backup leaves as one file and comes back, compressed or not; what is damaged, hostile or cut off by a kill leaves
# nothing that shows as a backup.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_keep_busy source
lab_configure_server stream source postgres
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream
rows=$(lab_fingerprint source)
exports=$LAB_DIR/tmp/exports
mkdir "$exports"
server=$LAB_DIR/barman/stream

# ---- Out ------------------------------------------------------------------------------------------------------------

run barman export-backup stream latest "$exports" --compression gzip --compression-level 1
expect_line "export-backup tells what it does" "Exporting backup 'latest' from server 'stream' to '$exports'" "$output"
packed=$(sed -n 's/^Export completed successfully: //p' <<<"$output")
expect_true "and the file that it made" test -s "$packed"
digits=$(sha256sum "$packed")
expect_text "its name ends with its checksum" "-${digits:0:8}.tar.gz" "$packed"
expect_equal "nothing else is there" 1 "$(find "$exports" -type f | wc -l)"
expect_equal "the members come in the reference's order" "identity.json backup.info barman.json backup/" \
  "$(tar -tf "$packed" | head -n 4 | xargs)"
expect_equal "the index is last" xlog.db "$(tar -tf "$packed" | tail -n 1)"
expect_status 1 barman export-backup stream latest "$exports/none"
expect_equal "it needs the directory" "ERROR: Output directory '$exports/none' does not exist" "$output"
expect_status 1 barman export-backup stream latest "$exports" --compression xz --compression-level 10
expect_text "and a level that exists" "Valid levels are: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" "$output"
(
  flock 9
  expect_status 1 barman export-backup stream "$backup" "$exports"
  expect_line "a busy backup is not exported" \
    "ERROR: Another backup operation is already running on backup '$backup' for server 'stream'" "$output"
) 9>"$LAB_DIR/barman/.stream-$backup.lock"

# ---- And back -------------------------------------------------------------------------------------------------------

expect_status 1 barman import-backup stream "$packed"
expect_line "a backup that is there stays" "ERROR: Backup '$backup' already exists in the catalog for server 'stream'" "$output"
info=$(cat "$server/meta/$backup-backup.info")
run barman delete stream latest
before=$(listing "$server")
cut=$exports/backup-export-stream-$backup-20260101T000000-00000000.tar.gz
head -c 20000 "$packed" >"$cut"
expect_status 1 barman import-backup stream "$cut"
expect_text "a file that was cut is not imported" "Tarball checksum mismatch: filename contains '00000000'" "$output"
digits=$(sha256sum "$cut")
mv "$cut" "${cut/00000000/${digits:0:8}}"
expect_status 1 barman import-backup stream "${cut/00000000/${digits:0:8}}"
expect_text "not even under a name that fits" "Failed to extract tarball" "$output"
expect_equal "neither has left a trace" "$(cut -d' ' -f1-4 <<<"$before")" "$(listing "$server" | cut -d' ' -f1-4)"

# An import that is killed while it unpacks, and one that follows.
gunzip -c "$packed" >"$exports/plain"
digits=$(sha256sum "$exports/plain")
plain=${packed%-*}-${digits:0:8}.tar
mv "$exports/plain" "$plain"
strace -qq -f -o /dev/null -e trace=renameat,renameat2,rename -e inject=rename,renameat,renameat2:signal=KILL:when=1 \
  barman import-backup stream "$plain" >"$LAB_DIR/log/killed.log" 2>&1 && failed "the import was not killed"
expect_true "the kill came in the middle" compgen -G "$server/base/.import-*" >/dev/null
expect_equal "nothing shows as a backup" "" "$(barman list-backups --minimal stream)"
run barman import-backup stream "$plain"
expect_line "the next import succeeds" "Successfully imported backup '$backup' into server 'stream'" "$output"
expect_equal "and has cleaned up" "$backup" "$(ls -A "$server/base")"
expect_equal "backup.info is the one that was exported" "$info" "$(cat "$server/meta/$backup-backup.info")"
expect_equal "the imported backup is kept" "Server stream:
$(printf '\tKeep: standalone')" "$(barman keep --status stream "$backup")"
run barman verify-backup stream "$backup"
expect_line "it verifies" "backup successfully verified" "$output"
expect_equal "no line of the index is doubled" "" "$(catalogue stream | cut -f1 | sort | uniq -d)"

# Recovery from the imported backup and nothing but its own WAL.
restore_and_start back stream "$backup"
expect_rows "restored from the import" back "$rows"
expect_sound_pages back

run barman keep --release stream "$backup"
run barman delete stream "$backup"
run barman import-backup stream "$packed"
expect_line "the compressed one comes back, too" "Successfully imported backup '$backup' into server 'stream'" "$output"
