#!/usr/bin/env bash
# Chains of block-level incremental backups, plain, compressed and encrypted, restored on this host and on another one through
# either work area; what cannot be restored is refused before anything is written, and nothing stays of what fails. The
# programs of PostgreSQL 17 or later are in LAB_POSTGRESQL, or the newest that is installed.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=increments.sh
. "${BASH_SOURCE[0]%/*}/increments.sh"
meta=$LAB_DIR/barman/stream/meta base=$LAB_DIR/barman/stream/base
configure() { lab_configure_server stream source postgres "path_prefix = $tools" "staging_path = $area" "$@"; }
configure "backup_compression = gzip"
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream

take_backup stream --name full
full=$backup
configure
lab_add_rows source 300 >/dev/null
take_backup stream --incremental full --name middle
middle=$backup
encryption=()
if command -v gpg >/dev/null; then
  export GNUPGHOME=$LAB_DIR/gnupg
  mkdir -m 700 "$GNUPGHOME"
  gpg --batch --quiet --pinentry-mode loopback --passphrase "c0rrect h0rse" --quick-gen-key archive@barman.test default default never 2>/dev/null
  encryption=("encryption = gpg" "encryption_key_id = archive@barman.test" "encryption_passphrase_command = echo c0rrect h0rse")
else
  echo "NOT TESTED: encryption, as gpg is not installed: apt-get install gnupg" >&2
fi
configure "backup_compression = gzip" "backup_compression_format = tar" "${encryption[@]}"
lab_add_rows source 300 >/dev/null
take_backup stream --incremental middle --name packed
packed=$backup rows_of_packed=$(lab_fingerprint source)
configure "${encryption[@]:2}"
lab_add_rows source 300 >/dev/null
take_backup stream --incremental middle --name plain
plain=$backup
rows=$(lab_fingerprint source)
oid=$(lab_sql source "select oid from pg_tablespace where spcname = 'ts_a'")
remote=(--remote-ssh-command "$LAB_SSH")
stop=(--target-immediate --target-action promote)

# ---- Restored -------------------------------------------------------------------------------------------------------

check_restored() { # WHAT NAME
  local data=$LAB_DIR/restore/$2/data
  expect_false "$1: no file of an incremental backup is left" grep -rq . <(find "$data" "$LAB_DIR/restore/$2" -name 'INCREMENTAL.*')
  expect_true "$1: the tablespaces are where they were asked to be" test -d "$data/pg_tblspc/$oid/PG_${LAB_PG_MAJOR}_"*
  expect_true "$1: the manifest has the name of the backup" test -f "$data/backup_manifest.$plain"
  expect_equal "$1: the work area is empty again" "" "$(ls -A "$area")"
  expect_rows "$1" "$2" "$rows"
  expect_sound_pages "$2"
}

configure "${encryption[@]:2}" "staging_location = remote" # which is of other hosts: D-RST-23
restore_and_start here stream "$plain" "${stop[@]}"
configure "${encryption[@]:2}"
expect_text "D-RST-21: a member that is files is combined from the catalogue" "'$base/$middle/data', '$base/$plain/data']" "$(grep "'--output=" "$LAB_DIR/log/barman.log")"
expect_line "the combination is announced" "Start combining backup via pg_combinebackup for backup $plain on $LAB_DIR/restore/here/data" "$output"
expect_line "... and its end" "End combining backup via pg_combinebackup for backup $plain" "$output"
expect_text "the backup that was restored is noted" "parent_backup_id=$middle" "$(cat "$LAB_DIR/restore/here/data/.barman-recover.info")"
check_restored "on this host" here
restore_and_start staged stream "$plain" "${remote[@]}" --staging-location remote "${stop[@]}"
check_restored "on another host, combined there" staged
mkdir -p "$LAB_DIR/restore/delta/data"
echo stale >"$LAB_DIR/restore/delta/data/stale"
restore_and_start delta stream "$plain" "${remote[@]}" --delta-restore "${stop[@]}"
expect_false "a delta restore removes what is not of the backup" test -e "$LAB_DIR/restore/delta/data/stale"
check_restored "on another host, over what was there" delta
for way in here staged; do
  case $way in here) host=() ;; staged) host=("${remote[@]}" --staging-location remote) ;; esac
  restore_and_start packed stream "$packed" "${host[@]}" "${stop[@]}"
  [[ -z ${encryption[*]} ]] ||
    expect_line "what is encrypted is announced" "Decrypting files from backup '$packed' for server 'stream'." "$output"
  expect_equal "the work area is empty again" "" "$(ls -A "$area")"
  expect_rows "compressed and encrypted members, $way" packed "$rows_of_packed"
  expect_sound_pages packed
done

# On a passive node, where the members have no links to their tablespaces; on top of that, one leads elsewhere.
sed "s#/barman\$#/passive#; s#barman\.d#passive.d#" "$BARMAN_CONFIG_FILE" >"$LAB_DIR/etc/passive.conf"
mkdir "$LAB_DIR/passive" "$LAB_DIR/etc/passive.d"
printf '%s\n' "[stream]" "primary_ssh_command = $LAB_SSH" "path_prefix = $tools" "staging_path = $area" >"$LAB_DIR/etc/passive.d/all.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/passive.conf
run barman sync-info stream --primary
for id in "$full" "$middle" "$plain"; do run barman sync-backup stream "$id"; done
run barman sync-wals stream
mkdir -p "$LAB_DIR/passive/stream/base/$plain/data/pg_tblspc"
ln -sfn "$LAB_DIR/elsewhere" "$LAB_DIR/passive/stream/base/$plain/data/pg_tblspc/$oid"
restore_and_start passive stream "$plain" "${stop[@]}"
expect_text "links of the catalogue are left alone" "$LAB_DIR/elsewhere" "$(readlink "$LAB_DIR/passive/stream/base/$plain/data/pg_tblspc/$oid")"
check_restored "D-RST-27: from a passive node" passive
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/barman.conf

# ---- Refused, with nothing written ----------------------------------------------------------------------------------

target=$LAB_DIR/restore/refused
expect_refused() { # WHAT TEXT OPTION... BACKUP
  local what=$1 text=$2; shift 2
  expect_status 1 barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "${@:1:$#-1}" stream "${*: -1}" "$target/data"
  expect_text "$what" "$text" "$output"
  expect_equal "... with nothing written" "" "$(find "$target" "$area" -mindepth 1 2>/dev/null)"
}

mv "$meta/$middle-backup.info" "$LAB_DIR/saved"
rm "$base/$middle/backup.info" # the copy where Barman had it before 3.13
expect_refused "D-RST-19: a torn chain" "Cannot restore backup $plain: backup $middle, the parent of $plain, is not in the catalogue" "$plain"
sed 's/^status=DONE/status=FAILED/' "$LAB_DIR/saved" >"$meta/$middle-backup.info"
expect_refused "a member that is FAILED" "backup $middle has status FAILED" "$plain"
sed 's/^systemid=.*/systemid=1/' "$LAB_DIR/saved" >"$meta/$middle-backup.info"
expect_refused "a member of another cluster" "is of another cluster (system identifier " "$plain"
mv "$LAB_DIR/saved" "$meta/$middle-backup.info"
mv "$base/$full/data/backup_manifest" "$LAB_DIR/saved"
expect_refused "a member without manifest" "backup $full has no manifest" "$plain"
sed -E 's/("System-Identifier": )[0-9]+/\11/' "$LAB_DIR/saved" >"$base/$full/data/backup_manifest"
expect_refused "a manifest of another cluster" "backup_manifest' is of another cluster" "$plain"
mv "$LAB_DIR/saved" "$base/$full/data/backup_manifest"
mv "$base/$full/data/base.tar.gz" "$LAB_DIR/saved"
expect_refused "a member without its archive" "no archive base.tar* in '$base/$full/data'" "$plain"
mv "$LAB_DIR/saved" "$base/$full/data/base.tar.gz"

if [[ ! -x /usr/lib/postgresql/$LAB_PG_MAJOR/bin/pg_combinebackup ]]; then # it would be found there
  rm "$tools/pg_combinebackup"
  printf '#!/bin/sh\necho "pg_combinebackup (PostgreSQL) 16.1"\n' >"$LAB_DIR/bin/pg_combinebackup"
  chmod 755 "$LAB_DIR/bin/pg_combinebackup"
  PATH=${PATH/$LAB_PG_BIN:/} expect_refused "D-RST-20: pg_combinebackup of another version" \
    "ERROR: Postgres version mismatch: The backup '$plain' was taken from Postgres version '$LAB_PG_MAJOR', but pg_combinebackup version is '16'." "$plain"
  rm "$LAB_DIR/bin/pg_combinebackup"
  PATH=${PATH/$LAB_PG_BIN:/} expect_refused "no pg_combinebackup" "pg_combinebackup could not be found on the target server" "$plain"
  ln -s "$LAB_PG_BIN/pg_combinebackup" "$tools/pg_combinebackup"
fi

cat >"$LAB_DIR/bin/stat" <<'END'
#!/bin/sh
[ "$1" != -f ] || { echo 2 4096; exit; }
exec /usr/bin/stat "$@"
END
chmod 755 "$LAB_DIR/bin/stat"
expect_refused "D-RST-22: a work area without room" "because the staging path '$area' of this host has room for 8.0 KiB, and the backup needs " "$plain"
expect_refused "... on the other host" "because the staging path '$area' of the target host has room for 8.0 KiB" "${remote[@]}" --staging-location remote "$plain"
rm "$LAB_DIR/bin/stat"
mkdir -p "$target/data"
touch "$target/data/.hidden"
expect_status 1 barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" stream "$plain" "$target/data"
expect_text "D-RST-26: hidden entries" "because pg_combinebackup needs an empty directory, and '$target/data' holds '.hidden'." "$output"
rm -r "$target"
