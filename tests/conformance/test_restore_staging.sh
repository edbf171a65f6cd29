#!/usr/bin/env bash
# shellcheck disable=SC2317 # prepare_place is redefined
# Compressed base backups restored by both through every work area: the same words and files, the work area left as it
# was, and the same refusals.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/restored.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
lab_keep_busy source
configure() { # ["OPTION = VALUE"...]
  lab_configure_server stream source postgres "backup_compression = gzip" "compression = zstd" "$@"
}
configure
use ours
lab_receive_wal source stream
run ours switch-wal --archive --archive-timeout 60 stream
take_backup stream
options=(--target-immediate stream latest)
remote=(--remote-ssh-command "$LAB_SSH")
area=$LAB_DIR/area
mkdir "$area"

refused_alike "local work area only" --local-staging-path "$area" "${options[@]}"
refused_alike "local work area only, remote" --local-staging-path "$area" "${remote[@]}" "${options[@]}"
refused_alike "a deprecated option and a wrong rule" --recovery-staging-path "$area" --tablespace nonsense "${options[@]}"
refused_alike "delta restore here" --delta-restore "${options[@]}"
refused_alike "delta restore here, work area given" --delta-restore --staging-path "$area" "${options[@]}"
refused_alike "delta restore with a remote work area" --delta-restore "${remote[@]}" --staging-path "$area" --staging-location remote "${options[@]}"
refused_alike "remote location without a host" --staging-path "$area" --staging-location remote "${options[@]}"

for way in local remote; do
  host=()
  [[ $way == local ]] || host=("${remote[@]}")
  restored_alike "$way, nothing said" "${host[@]}" "${options[@]}"
  restored_alike "$way, staging path" "${host[@]}" --staging-path "$area" "${options[@]}"
done
restored_alike "local, deprecated staging path" --recovery-staging-path "$area" "${options[@]}"
# Barman fails here half-way when the WAL is compressed: docs/differences.md: D-RST-13.
restore_by ours "$target/data" "${remote[@]}" --recovery-staging-path "$area" "${options[@]}"
holds "remote, deprecated staging path: ours restores" grep -qx -- '---- status 0' "$answers/words.ours"
restored_alike "both deprecated ones, remote" "${remote[@]}" --recovery-staging-path "$area" --local-staging-path "$area" "${options[@]}"
restored_alike "deprecated and new" --recovery-staging-path "$area" --staging-path "$LAB_DIR/tmp" "${options[@]}"
restored_alike "remote work area" "${remote[@]}" --staging-path "$area" --staging-location remote "${options[@]}"
restored_alike "a work area that is made" "${remote[@]}" --staging-path "$LAB_DIR/new/area" "${options[@]}"
configure "staging_path = $area" "staging_location = remote"
restored_alike "remote location of the configuration without a host" "${options[@]}"
restored_alike "remote location of the configuration" "${remote[@]}" "${options[@]}"
restored_alike "location of the configuration overridden" --staging-location local "${options[@]}"
configure "recovery_staging_path = $area"
restored_alike "deprecated option of the configuration" "${options[@]}"
configure "local_staging_path = $area"
refused_alike "the other deprecated option of the configuration" "${remote[@]}" "${options[@]}"
configure
prepare_place() { mkdir "$target/data"; echo stale >"$target/data/stale"; }
restored_alike "delta restore, remote" --delta-restore "${remote[@]}" --staging-path "$area" "${options[@]}"
prepare_place() { :; }
holds "the work areas are empty in the end" test -z "$(find "$area" "$LAB_DIR/new/area" -mindepth 1 2>/dev/null)"
conclude
