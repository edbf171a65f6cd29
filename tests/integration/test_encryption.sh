#!/usr/bin/env bash
# WAL and backups are stored encrypted, and nothing else is: not while it is done, not after gpg fails, not after a kill.
# What is delivered again is taken for what it is. What comes back is what was handed over.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=gpg.sh
. "${BASH_SOURCE[0]%/*}/gpg.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
tar_backups=("backup_compression = gzip" "backup_compression_format = tar")
lab_configure_server main source postgres "archiver = on" "streaming_archiver = off" "compression = zstd" \
  "${tar_backups[@]}" "${encrypted[@]}"
home=$LAB_DIR/barman/main
barman check main >/dev/null 2>&1 || true # makes the directories
lab_archive_with source "cp -p %p $home/incoming/.%f && mv $home/incoming/.%f $home/incoming/%f"

# ---- WAL ------------------------------------------------------------------------------------------------------------

run barman switch-wal --force --archive --archive-timeout 60 main
first=$(archived_segments main | tail -n 1)
stored=$home/wals/${first:0:16}/$first
expect_equal "the index says how a segment is stored" "zstd gpg" "$(catalogue main | awk -v n="$first" '$1"" == n"" { print $4, $5 }')"
expect_true "a segment is stored encrypted, under its name" gpg_is_encrypted "$stored"
expect_equal "which is compressed below" 1 "$(gpg_decrypted "$stored" | head -c 4 | grep -c "$(printf '\x28\xb5\x2f\xfd')" || true)"
expect_status 1 barman get-wal main "$first"
expect_text "without a passphrase command it is not handed out" \
  "ERROR: Encrypted WAL file '$first' detected, but no 'encryption_passphrase_command' is configured." "$output"
expect_equal "and standard output stays empty" 0 "$(barman get-wal main "$first" 2>/dev/null | wc -c)"
run barman get-wal --peek 1 main "$first"
expect_equal "its name is" "$first" "$output"

lab_set_option() { # OPTION LINE ; replaces it, or removes it for an empty line
  sed -i "/^$1 *=/d" "$LAB_DIR/etc/barman.d/main.conf"
  [[ -z $2 ]] || printf '%s\n' "$2" >>"$LAB_DIR/etc/barman.d/main.conf"
}

lab_set_option encryption_passphrase_command "encryption_passphrase_command = echo wrong"
expect_status 1 barman get-wal main "$first"
expect_text "a wrong passphrase is told apart" "Bad passphrase" "$output"
lab_set_option encryption_passphrase_command "encryption_passphrase_command = echo 'the vault is sealed' >&2; exit 4"
expect_status 1 barman get-wal main "$first"
expect_text "a failing command has its say" "it failed: the vault is sealed" "$output"
lab_set_option encryption_passphrase_command "encryption_passphrase_command = true"
expect_status 1 barman get-wal main "$first"
expect_text "so has one that prints nothing" "it printed nothing" "$output"
lab_set_option encryption_passphrase_command "encryption_passphrase_command = $gpg_command"
barman get-wal main "$first" >"$LAB_DIR/tmp/$first"
expect_equal "with the right one the segment comes back" "1048576 $first" \
  "$(stat -c %s "$LAB_DIR/tmp/$first") $(pg_waldump "$LAB_DIR/tmp/$first" >/dev/null 2>&1; echo "$first")"
run pg_waldump -n 1 "$LAB_DIR/tmp/$first"

again() { # delivers it once more
  cp --preserve=timestamps "$LAB_DIR/tmp/$first" "$home/incoming/$first"
  run barman archive-wal main
}
again
expect_equal "a segment that is delivered again is accepted" "" "$(ls "$home/errors")"
expect_equal "and stays as it was" "$(gpg_decrypted "$stored" | zstd -dcq | sha256sum)" "$(sha256sum <"$LAB_DIR/tmp/$first")"

before=$(catalogue main)
run barman rebuild-xlogdb main
expect_equal "a rebuilt index knows the compressions below" "$before" "$(catalogue main)"

lab_set_option encryption_key_id "encryption_key_id = nobody@barman.test"
close_segment source >/dev/null
arrived() { [[ -n $(ls "$home/incoming") ]]; }
lab_wait_for 30 "a segment to arrive" arrived
waiting=$(ls "$home/incoming")
expect_status 1 barman archive-wal main
expect_text "an unknown key is named" "nobody@barman.test" "$output"
expect_text "with what to do" "import the public key of encryption_key_id" "$output"
expect_text "the segment waits" "${waiting%%$'\n'*}" "$(ls "$home/incoming")"
expect_equal "and nothing clear is in the archive" "" \
  "$(find "$home/wals" -type f ! -name '*xlog.db*' ! -size 0 -print0 | while IFS= read -rd '' f; do gpg_is_encrypted "$f" || echo "$f"; done)"
lab_set_option encryption_key_id "encryption_key_id = $gpg_key"
run barman archive-wal main

# ---- Configuration and check ------------------------------------------------------------------------------------------

run barman check main
expect_line "check encrypts" $'\tencryption: OK (encryption test succeeded)' "$output"
lab_set_option encryption_passphrase_command "encryption_passphrase_command = echo wrong"
expect_status 1 barman check main
expect_text "and decrypts" $'\tdecryption: FAILED (cannot decrypt' "$output"
lab_set_option encryption_passphrase_command "encryption_passphrase_command = $gpg_command"
lab_set_option encryption "encryption = pgp"
for verb in archive-wal backup check; do
  expect_status 1 barman $verb main
  expect_text "$verb refuses a wrong value of encryption" "Invalid encryption value 'pgp' for server 'main'" "$output"
done
lab_set_option encryption "encryption = gpg"
for verb in show-servers "diagnose" "sync-info"; do
  # shellcheck disable=SC2086 # a verb and its options
  output=$(barman $verb main 2>&1) || true
  [[ $output != *etc/passphrase* ]] || failed "$verb shows the passphrase command"
done
passed "the passphrase command is shown nowhere"

# ---- Backups ----------------------------------------------------------------------------------------------------------

take_backup main
expect_line "a backup says what it does" "Encrypting backup using gpg encryption" "$output"
data=$home/base/$backup/data
expect_equal "its files are encrypted, the manifest is not" "2 backup_manifest base.tar.gz.gpg" \
  "$(find "$data" -regex '.*/[0-9]+\.tar\.gz\.gpg' | wc -l) $(cd "$data" && echo b*)"
expect_equal "they are private" "" "$(find "$data" -type f ! -perm 0600)"
for file in "$data"/*.gpg; do gpg_decrypted "$file" | tar -tzf - >/dev/null || failed "$file is not a tar file encrypted"; done
passed "gpg and tar read them"
expect_equal "the catalogue says so" "gpg gzip" "$(lab_backup_field main "$backup" encryption) $(lab_backup_field main "$backup" compression)"
expect_text "and has the label" "START WAL LOCATION: " "$(lab_backup_field main "$backup" backup_label)"
expect_equal "the size is that of the files" "$(find "$home/base/$backup" -type f ! -name backup.info -printf '%s\n' | awk '{ s += $1 } END { print s }')" \
  "$(lab_backup_field main "$backup" size)"
run barman show-backup main "$backup"
expect_line "show-backup shows it" "    Encryption           : gpg" "$output"
expect_status 1 barman verify-backup main "$backup"
expect_text "it cannot be verified" "Backup verification is not supported for encrypted backups" "$output"

clear_files() { find "$home/base" -name '*.tar' -o -name '*.tar.gz'; }
lab_set_option encryption_key_id "encryption_key_id = nobody@barman.test"
expect_status 1 barman backup main
expect_text "no backup is begun for an unknown key" "Impossible to start the backup" "$output"
lab_set_option encryption_key_id "encryption_key_id = $gpg_key"

# A gpg that works until it is asked to encrypt a file.
real=$(command -v gpg)
slow_gpg() { # COMMAND for the encryption of what begins as a gzip file
  cat >"$LAB_DIR/bin/gpg" <<SCRIPT
#!/bin/sh
[ "\$(stat -Lc %s /dev/stdin)" -gt 4096 ] && case "\$*" in *--encrypt) $1 ;; esac
exec $real "\$@"
SCRIPT
  chmod +x "$LAB_DIR/bin/gpg"
}
slow_gpg 'echo "gpg: the moon is full" >&2; exit 2'
expect_status 1 barman backup main
expect_text "a gpg that fails ends the backup with its words" "gpg: the moon is full" "$output"
expect_equal "which is FAILED" FAILED "$(lab_backup_field main "$(lab_latest_backup main)" status)"
expect_equal "and has nothing clear" "" "$(clear_files)"

slow_gpg 'exec sleep 60'
interrupted() { # SIGNAL
  env --default-signal=INT barman backup main >"$LAB_DIR/tmp/output" 2>&1 &
  local pid=$!
  encrypting() { grep -qs Encrypting "$LAB_DIR/tmp/output" && pgrep -f "sleep 60" >/dev/null; }
  lab_wait_for 60 "the encryption to begin" encrypting
  [[ -n $(clear_files) ]] || failed "there should be something to encrypt"
  kill "-$1" "$pid"
  wait "$pid" || true
}
interrupted TERM
expect_equal "an interrupted encryption leaves nothing clear" "" "$(clear_files)"
expect_equal "and a FAILED backup" FAILED "$(lab_backup_field main "$(lab_latest_backup main)" status)"
interrupted KILL
killed=$(lab_latest_backup main)
rm "$LAB_DIR/bin/gpg"
run barman cron
expect_text "cron clears what a kill left" "Backup $killed of server main was interrupted before it was encrypted" "$output"
expect_equal "nothing of it is clear" "" "$(clear_files)"
expect_equal "it is FAILED" FAILED "$(lab_backup_field main "$killed" status)"
take_backup main
expect_equal "and the next backup succeeds" DONE "$(lab_backup_field main "$backup" status)"
# ---- A restore of clear files with encrypted WAL ------------------------------------------------------------------------

lab_set_option encryption ""
take_backup main
expect_equal "without the option a backup is clear" None "$(lab_backup_field main "$backup" encryption)"
lab_set_option encryption "encryption = gpg"
lab_add_rows source 100 >/dev/null
rows=$(lab_fingerprint source)
close_segment source >/dev/null
lab_wait_for 30 "a segment to arrive" arrived
run barman archive-wal main
lab_set_option encryption_passphrase_command ""
target=$LAB_DIR/restore/without
expect_status 1 barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" main "$backup" "$target/data"
expect_text "without a passphrase nothing is copied" "Encrypted WALs were found for server 'main'" "$output"
expect_equal "not even begun" "" "$(find "$target" -type f 2>/dev/null || true)"
lab_set_option encryption_passphrase_command "encryption_passphrase_command = $gpg_command"
restore_and_start clear main "$backup"
expect_rows "encrypted WAL is replayed" clear "$rows"
discard clear
expect_equal "no gpg is left behind" "" "$(pgrep -u "$(id -u)" -x gpg -a | grep -F "$LAB_DIR" || true)"
