#!/usr/bin/env bash
# Block-level incremental backups on top of an encrypted backup, encrypted or not by what the configuration says now: the
# manifest of the parent is clear, so its key is not needed before a restore, which needs nothing but the passphrase. The
# programs of PostgreSQL 17 or later are in LAB_POSTGRESQL, or the newest that is installed.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=gpg.sh
. "${BASH_SOURCE[0]%/*}/gpg.sh"
# shellcheck source=increments.sh
. "${BASH_SOURCE[0]%/*}/increments.sh"

packed=("backup_compression = gzip" "backup_compression_format = tar")
decrypting="encryption_passphrase_command = $gpg_command"
configure() { lab_configure_server stream source postgres "staging_path = $area" "$@"; }
configure "${packed[@]}" "${encrypted[@]}"
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
base=$LAB_DIR/barman/stream/base
field() { lab_backup_field stream "$backup" "$1"; }
stop=(--target-immediate --target-action promote)

# No passphrase command: whoever takes backups cannot read them.
take_backup stream
full=$backup
lab_add_rows source 300 >/dev/null
take_backup stream --incremental "$full"
middle=$backup rows_of_middle=$(lab_fingerprint source)
expect_equal "an incremental backup of an encrypted parent is taken, and encrypted" "$full gpg" "$(field parent_backup_id) $(field encryption)"
expect_equal "its files are, the manifest is not" "backup_manifest base.tar.gz.gpg" "$(cd "$base/$middle/data" && echo b*)"
expect_equal "the parent knows of it" "$middle" "$(lab_backup_field stream "$full" children_backup_ids)"

configure "${packed[@]}"
lab_add_rows source 300 >/dev/null
take_backup stream --incremental latest
clear=$backup rows_of_clear=$(lab_fingerprint source)
expect_equal "without encryption the next one is clear" "$middle None" "$(field parent_backup_id) $(field encryption)"
run barman list-backups stream
expect_text "all three are one chain" "stream $clear" "$output"
run barman show-backup stream "$clear"
expect_line "... of three" "    Backup chain size    : 3" "$output"

target=$LAB_DIR/restore/refused
for id in "$middle" "$clear"; do
  expect_status 1 barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" stream "$id" "$target/data"
  expect_text "without the passphrase it is not restored" "encryption_passphrase_command" "$output"
  expect_equal "... not even begun" "" "$(find "$target" "$area" -type f 2>/dev/null || true)"
done
configure "${packed[@]}" "$decrypting"
check_restored() { # NAME BACKUP ROWS
  restore_and_start "$1" stream "$2" "${stop[@]}"
  expect_rows "the chain up to $1" "$1" "$3"
  expect_equal "the work area is empty again" "" "$(ls -A "$area")"
  expect_sound_pages "$1"
}
check_restored middle "$middle" "$rows_of_middle"
check_restored clear "$clear" "$rows_of_clear"

# A parent whose manifest is gone cannot be one, encrypted or not.
mv "$base/$middle/data/backup_manifest" "$LAB_DIR/tmp/"
expect_status 1 barman backup --incremental "$middle" stream
expect_text "a parent without manifest is refused" backup_manifest "$output"
mv "$LAB_DIR/tmp/backup_manifest" "$base/$middle/data/"
