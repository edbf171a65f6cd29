#!/usr/bin/env bash
# archive-wal of an encrypting server is killed, loses its power, or finds no room, at every call that changes something,
# of its own and of gpg. Nothing is lost, nothing is clear at any moment, and the next run completes the work.
TORTURE_POINTS=${TORTURE_POINTS:-3}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/archive.sh"
gpg_key_kind=ecc
# shellcheck source=../integration/gpg.sh
. "${BASH_SOURCE[0]%/*}/../integration/gpg.sh"

source=incoming
make_originals 3
prepare() { fresh_server "$source"; }
expect_nothing_clear() {
  local file
  while IFS= read -r file; do
    gpg_is_encrypted "$file" || failed "$point: ${file##*/} is not encrypted"
  done < <(find "$LAB_DIR/barman/$server/wals" -type f ! -name "*xlog.db*" -size +0)
}
check_disturbed() {
  expect_nothing_clear
  expect_nothing_lost "$source"
}
check_recovered() {
  run barman archive-wal "$server"
  expect_archived "$source" "$LAB_DIR/tmp/$server.wanted"
  expect_nothing_clear
}

for kind in plain zstd; do
  server=$kind
  options=("${encrypted[@]}" "encryption_passphrase_command = $gpg_command")
  [[ $kind == plain ]] || options+=("compression = $kind")
  lab_configure_server "$server" none local-rsync "${options[@]}"
  prepare
  run barman archive-wal "$server"
  catalogue "$server" >"$LAB_DIR/tmp/$server.wanted"
  expect_equal "$kind: everything is archived" 4 "$(grep -c gpg "$LAB_DIR/tmp/$server.wanted")"
  for how in kill power-contents ENOSPC; do
    sweep "archive-wal, encrypted, $kind" "$how" barman archive-wal "$server"
  done
done
