#!/usr/bin/env bash
# What reaches an encrypting server and what leaves it is encrypted wherever it lies: WAL by way of the programs of
# PostgreSQL's host, exported backups and the copies of a passive node. All of it comes back as it was.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=gpg.sh
. "${BASH_SOURCE[0]%/*}/gpg.sh"

lab_start_sshd # whose sessions get GNUPGHOME
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
decrypting=("encryption_passphrase_command = $gpg_command")
lab_configure_server main source postgres "archiver = on" "streaming_archiver = off" "compression = gzip" \
  "backup_compression = gzip" "backup_compression_format = tar" "${encrypted[@]}" "${decrypting[@]}"
home=$LAB_DIR/barman/main
clear_files() { # DIRECTORY ; files of backups and WAL in it that are not encrypted
  find "$1" -type f \( -name '*.tar*' -o -regextype posix-extended -regex '.*/[0-9A-F]{24}' \) -print0 |
    while IFS= read -rd '' file; do gpg_is_encrypted "$file" || echo "$file"; done
}

# ---- WAL by the programs of PostgreSQL's host ------------------------------------------------------------------------

lab_push_wal source main # by barman-wal-archive
first=$(archived_segments main | tail -n 1)
stored=$home/wals/${first:0:16}/$first
expect_equal "put-wal leaves the encryption to archive-wal" "gzip gpg" \
  "$(catalogue main | awk -v n="$first" '$1"" == n"" { print $4, $5 }')"
cd "$LAB_DIR/tmp"
fetch() { rm -rf fetched && run barman-wal-restore "$@" -U "$LAB_USER" 127.0.0.1 main "$first" fetched; }
run barman get-wal --output-directory "$LAB_DIR/tmp" main "$first"
expect_equal "get-wal hands out a whole segment" 1048576 "$(stat -c %s "$first")"
expect_false "... in the clear" gpg_is_encrypted "$first"
fetch
expect_true "barman-wal-restore hands out the clear segment" cmp "$first" fetched
fetch -z
expect_true "also compressed on the way" cmp "$first" fetched
run barman-wal-archive -U "$LAB_USER" 127.0.0.1 main "$first"
run barman archive-wal main
expect_equal "a segment that is sent once more is accepted" "" "$(find "$home/errors" -type f 2>/dev/null || true)"
mv "$stored" "$LAB_DIR/tmp/stored"
head -c -200 stored >"$stored"
expect_status 1 barman-wal-restore -U "$LAB_USER" 127.0.0.1 main "$first" fetched
expect_text "one that was cut is not handed out" "cannot decompress '$stored' (gpg)" "$output"
mv "$LAB_DIR/tmp/stored" "$stored"

# ---- Checks ----------------------------------------------------------------------------------------------------------

take_backup main
id=$backup
rows=$(lab_fingerprint source)
run barman check main
expect_line "check tries the encryption" $'\tencryption: OK (encryption test succeeded)' "$output"
run barman check-backup main "$id"
expect_equal "check-backup finds the WAL" DONE "$(lab_backup_field main "$id" status)"
expect_status 1 barman check-wal-archive main
expect_text "check-wal-archive looks at names" "Expected empty archive" "$output"
run barman check-wal-archive --timeline 2 main
passed "nothing of it is in the way of the next timeline"
run barman check-archived-wal-range main "$(lab_backup_field main "$id" begin_wal)" "$(lab_backup_field main "$id" end_wal)"
passed "the range of the backup is archived"

# ---- Exported and imported -------------------------------------------------------------------------------------------

mkdir "$LAB_DIR/tmp/exports"
run barman export-backup main "$id" "$LAB_DIR/tmp/exports"
packed=$(sed -n 's/^Export completed successfully: //p' <<<"$output")
mkdir "$LAB_DIR/tmp/unpacked"
tar -C "$LAB_DIR/tmp/unpacked" -xf "$packed"
expect_text "an export has the archives" base.tar.gz.gpg "$(find "$LAB_DIR/tmp/unpacked")"
expect_equal "and nothing clear" "" "$(clear_files "$LAB_DIR/tmp/unpacked")"
run barman delete main "$id"
run barman import-backup main "$packed"
expect_equal "an import is encrypted as before" "gpg gzip" \
  "$(lab_backup_field main "$id" encryption) $(lab_backup_field main "$id" compression)"
expect_equal "nothing of it is clear" "" "$(clear_files "$home")"
restore_and_start imported main "$id" --target-immediate --target-action promote
expect_rows "restored from the import" imported "$rows"
expect_sound_pages imported

# ---- A passive node --------------------------------------------------------------------------------------------------

lab_add_rows source 100 >/dev/null
rows=$(lab_fingerprint source)
lab_archive_now source main >/dev/null
mkdir -p "$LAB_DIR/passive" "$LAB_DIR/etc/passive.d"
sed "s#/barman\$#/passive#; s#barman\.d#passive.d#" "$BARMAN_CONFIG_FILE" >"$LAB_DIR/etc/passive.conf"
printf '%s\n' "[main]" "primary_ssh_command = $LAB_SSH" "compression = gzip" >"$LAB_DIR/etc/passive.d/main.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/passive.conf
run barman sync-info --primary main
run barman sync-backup main "$id"
run barman sync-wals main
expect_equal "the copy has every byte" "" "$(diff -rq -x backup.info "$LAB_DIR/barman/main/base/$id" "$LAB_DIR/passive/main/base/$id")"
expect_equal "and the index" "$(cat "$LAB_DIR/barman/main/wals/main-xlog.db")" "$(cat "$LAB_DIR/passive/main/wals/main-xlog.db")"
expect_equal "nothing of it is clear" "" "$(clear_files "$LAB_DIR/passive")"
target=$LAB_DIR/restore/refused
expect_status 1 barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" main "$id" "$target/data"
expect_text "without the passphrase it cannot be restored here" "encryption_passphrase_command" "$output"
expect_equal "nothing was begun" "" "$(find "$target" -type f 2>/dev/null || true)"
printf '%s\n' "${decrypting[@]}" >>"$LAB_DIR/etc/passive.d/main.conf"
mv "$LAB_DIR/barman" "$LAB_DIR/lost"
restore_and_start copied main "$id"
expect_rows "restored from the passive node, without its primary" copied "$rows"
expect_sound_pages copied
expect_equal "no clear file has stayed anywhere" "" "$(clear_files "$LAB_DIR/passive")"
