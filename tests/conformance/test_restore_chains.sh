#!/usr/bin/env bash
# shellcheck disable=SC2317,SC2034,SC2120,SC2119 # prepare_place is redefined; leaves are named
# Chains of incremental backups restored by both, through every work area and in every mode: the same words and files,
# and the same refusals. The programs of PostgreSQL 17 or later are in LAB_POSTGRESQL, or the newest that is installed.
export TEST_SECONDS=${TEST_SECONDS:-1700}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/restored.sh"
# shellcheck source=../integration/increments.sh
. "${BASH_SOURCE[0]%/*}/../integration/increments.sh"

configure() { # "OPTION = VALUE"...
  lab_configure_server stream source postgres "path_prefix = $tools" "$@"
}
configure
use reference
lab_receive_wal source stream
run reference switch-wal --archive --archive-timeout 60 stream
take_backup stream
full=$backup
lab_add_rows source 200 >/dev/null
take_backup stream --incremental "$full"
middle=$backup
use ours
take_backup stream --incremental latest
plain=$backup
configure "backup_compression = gzip" "backup_compression_format = tar"
use reference
take_backup stream --incremental "$middle"
packed=$backup
configure
take_backup stream --incremental latest
mixed=$backup
options=(--target-immediate stream)
remote=(--remote-ssh-command "$LAB_SSH")
there=("${remote[@]}" --staging-path "$area" --staging-location remote)

for leaf in plain packed mixed; do
  restored_alike "$leaf, here" "${options[@]}" "${!leaf}"
  restored_alike "$leaf, remote" "${remote[@]}" --staging-path "$area" "${options[@]}" "${!leaf}"
  restored_alike "$leaf, remote work area" "${there[@]}" "${options[@]}" "${!leaf}"
done
restored_alike "a work area for incremental backups" --local-staging-path "$area" "${options[@]}" "$plain"
restored_alike "deprecated options, remote" "${remote[@]}" --local-staging-path "$area" --recovery-staging-path "$area" "${options[@]}" "$packed"
prepare_place() { mkdir "$target/data"; echo stale >"$target/data/stale"; }
restored_alike "delta restore, remote" --delta-restore "${remote[@]}" --staging-path "$area" "${options[@]}" "$plain"
prepare_place() { :; }
restored_alike "WAL elsewhere" --staging-wal-directory "$target/wal" "${options[@]}" "$plain"
restored_alike "mode link here" --combine-mode link "${options[@]}" "$plain"
restored_alike "mode link, remote" "${remote[@]}" --staging-path "$area" --combine-mode link "${options[@]}" "$plain"
restored_alike "mode link, remote work area" "${there[@]}" --combine-mode link "${options[@]}" "$plain"
restored_alike "mode copy-file-range" --combine-mode copy-file-range "${options[@]}" "$plain"

refused_alike "only a work area for compressed backups" --recovery-staging-path "$area" "${options[@]}" "$plain"
refused_alike "only a work area for incremental backups" --local-staging-path "$area" "${options[@]}" "$packed"
refused_alike "delta restore here" --delta-restore "${options[@]}" "$plain"
refused_alike "delta restore with a remote work area" --delta-restore "${there[@]}" "${options[@]}" "$plain"
refused_alike "a relative work area" --staging-path relative "${options[@]}" "$plain"
refused_alike "remote location without a host" --staging-path "$area" --staging-location remote "${options[@]}" "$plain"
# Not supported on most file systems: the words are those of pg_combinebackup, and nothing stays of it.
for side in reference ours; do
  restore_by "$side" "$target/data" --combine-mode clone "${options[@]}" "$plain"
  sed -i -E 's/(cloning file ").*(" to ").*(":)/\1A\2B\3/; /^$/d' "$answers/words.$side"
done
compare "mode clone" working "$answers/words.reference" "$answers/words.ours"

holds "the work areas are empty in the end" test -z "$(find "$area" /tmp -maxdepth 1 -name 'barman-restore-*' -user "$LAB_USER" -newer "$LAB_DIR/etc/barman.conf" 2>/dev/null)"

if [[ -x /usr/lib/postgresql/$LAB_PG_MAJOR/bin/pg_combinebackup ]]; then # ours finds it there, too
  conclude
  exit
fi
# D-RST-20: the reference says the same after it has made the destination.
cat >"$LAB_DIR/bin/pg_combinebackup" <<'END'
#!/bin/sh
echo "pg_combinebackup (PostgreSQL) 16.1"
END
chmod 755 "$LAB_DIR/bin/pg_combinebackup"
mkdir "$LAB_DIR/others"
ln -s "$tools"/* "$LAB_DIR/others/"
ln -sfn "$LAB_DIR/bin/pg_combinebackup" "$LAB_DIR/others/pg_combinebackup"
lab_configure_server stream source postgres "path_prefix = $LAB_DIR/others"
PATH=${PATH/$LAB_PG_BIN:/}
for side in reference ours; do
  restore_by "$side" "$target/data" "${options[@]}" "$plain"
  grep ^ERROR "$answers/words.$side" >"$answers/error.$side"
done
compare "D-RST-20: another version of pg_combinebackup" working "$answers/error.reference" "$answers/error.ours"
holds "... and nothing is written" test ! -e "$target/data"
conclude
