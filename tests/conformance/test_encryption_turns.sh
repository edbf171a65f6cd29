#!/usr/bin/env bash
# An encrypted archive and encrypted backups by turns: each side encrypts, the other decrypts, and both say the same of it.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=../integration/gpg.sh
. "${BASH_SOURCE[0]%/*}/../integration/gpg.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
witness=$LAB_DIR/witness
home=$LAB_DIR/barman/main
mkdir "$witness"
configure() {
  lab_configure_server main source postgres "archiver = on" "streaming_archiver = off" "backup_compression = gzip" \
    "backup_compression_format = tar" "${encrypted[@]}" "$@"
}
configure "encryption_passphrase_command = $gpg_command"
use reference
barman check main >/dev/null 2>&1 || true # makes the directories
lab_archive_with source "cp %p $witness/%f && cp -p %p $home/incoming/.%f && mv $home/incoming/.%f $home/incoming/%f"
run barman switch-wal --force --archive --archive-timeout 60 main
run ours backup --wait --wait-timeout 60 main # so that no turn's is the first, which removes WAL

# ---- WAL ------------------------------------------------------------------------------------------------------------

for compression in none gzip zstd; do
  settings=("encryption_passphrase_command = $gpg_command")
  [[ $compression == none ]] || settings+=("compression = $compression")
  configure "${settings[@]}"
  for side in reference ours; do
    use "$side"
    for _ in 1 2; do segment=$(close_segment source); done
    lab_wait_for 30 "segment $segment" test -f "$home/incoming/$segment"
    listed=$(cd "$home/incoming" && printf '\t%s\n' *)
    run barman archive-wal main
    same_text "archive-wal by $side, $compression: what it says" \
      "Processing xlog segments from file archival for main"$'\n'"$listed" "$output"
    columns=$(catalogue main | awk -v n="$segment" '$1"" == n"" { print $4, $5 }')
    same_text "archive-wal by $side, $compression: its line" "$([[ $compression == none ]] && echo None || echo "$compression") gpg" "$columns"
    for reader in reference ours; do
      run "$reader" get-wal --output-directory "$LAB_DIR/tmp" main "$segment"
      holds "archive-wal by $side, $compression: get-wal by $reader" cmp -s "$LAB_DIR/tmp/$segment" "$witness/$segment"
    done
  done
done
same_answers "get-wal --peek 3 main $segment" "archive-wal main" "list-files --target wal main latest"

# The index that the reference rebuilds has forgotten the compressions, which changes nothing for either (D-WAL-24).
cp "$home/wals/main-xlog.db" "$answers/index"
run ours rebuild-xlogdb main
same_file "a rebuild by ours changes nothing" "$answers/index" "$home/wals/main-xlog.db"
run reference rebuild-xlogdb main
same_text "a rebuild by the reference forgets the compressions alone" \
  "$(awk -F '\t' -v OFS='\t' '$5 == "gpg" { $4 = "None" } { print }' "$answers/index")" "$(catalogue main)"
run ours rebuild-xlogdb main
for reader in reference ours; do
  run "$reader" get-wal --output-directory "$LAB_DIR/tmp" main "$segment"
  holds "after that: get-wal by $reader" cmp -s "$LAB_DIR/tmp/$segment" "$witness/$segment"
done

# Delivered again.
cp -p "$witness/$segment" "$home/incoming/$segment"
keep_state
for side in reference ours; do
  back_to_state
  answer "$side" archive-wal main >"$answers/words.$side"
done
deliberately D-WAL-23 '/is already present in server/d' \
  compare "archive-wal of a segment that is there" asking "$answers/words.reference" "$answers/words.ours"

# ---- What is refused --------------------------------------------------------------------------------------------------

configure
same_answer get-wal main "$segment"
configure "encryption_passphrase_command = true"
deliberately D-WAL-25 's/^EXCEPTION: The command returned an empty passphrase/ERROR: encryption_passphrase_command: it printed nothing/
  s/^See log file for more details\./HINT: run the command as the user of barman: it has to print the passphrase and to end with 0/' \
  same_answer get-wal main "$segment"
for settings in "encryption_key_id = " "backup_compression = " "backup_compression_format = plain"; do
  configure "$settings"
  for side in reference ours; do answer "$side" check main | grep -E 'encryption:|status' >"$answers/check.$side"; done
  compare "check with '$settings'" asking "$answers/check.reference" "$answers/check.ours"
done
configure "encryption = gpg"
same_document -f json check main

# ---- Backups ----------------------------------------------------------------------------------------------------------

configure "encryption_passphrase_command = $gpg_command"
for side in reference ours; do
  use "$side"
  # Which WAL arrives meanwhile is for chance to say.
  answer "$side" backup --wait --wait-timeout 60 main | sed '/^Waiting for the WAL file/,/^---- /d' >"$answers/words.$side"
  backup=$(lab_latest_backup main)
  same_catalogue "a backup by $side" main "$backup"
  same_answers "check-backup main $backup" "verify-backup main $backup"
  tree "$LAB_DIR/barman/main/base/$backup" | grep -v -e '^backup.info ' | cut -d ' ' -f 1-3 >"$answers/tree.$side"
  for file in "$home/base/$backup/data"/*.gpg; do
    gpg_decrypted "$file" | tar -tzf - >/dev/null || failed "$file does not hold a tar file"
  done
  passed "a backup by $side can be decrypted"
done
compare "backup: what it says" working "$answers/words.reference" "$answers/words.ours"
same_text "backup: the same files" "$(cut -d ' ' -f 1,2 "$answers/tree.reference")" "$(cut -d ' ' -f 1,2 "$answers/tree.ours")"
same_answers "list-backups main"
conclude
