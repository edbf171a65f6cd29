#!/usr/bin/env bash
# barman-cloud-wal-archive and barman-cloud-wal-restore are killed at every request, and meet a transient fault there. No
# segment is lost or torn, in the store, at the destination or in the spool, and the same call again succeeds.
. "${BASH_SOURCE[0]%/*}/cloud.sh"

wal=$LAB_DIR/tmp/wal/${segments[0]}

# ---- wal-archive -------------------------------------------------------------------------------------------------------

prepare() {
  calls=$((calls + 1))
  key=pg/w$calls/wals/0000000100000000/${segments[0]}
  call=(barman-cloud-wal-archive --endpoint-url "$store" "$url" "w$calls" "$wal")
}
stored() { [[ $(raw GET "lab/$key" --output "$LAB_DIR/tmp/stored" --write-out '%{http_code}') == 200 ]]; }
check_disturbed() {
  if stored; then
    cmp -s "$LAB_DIR/tmp/stored" "$wal" || failed "$point: another content is stored"
  elif ((status == 0)); then
    failed "$point: was accepted and is not stored"
  fi
}
check_recovered() {
  if ! stored || ! cmp -s "$LAB_DIR/tmp/stored" "$wal"; then failed "$point: is not stored"; fi
}
sweep_requests "wal-archive" kills
sweep_requests "wal-archive" transients

# ---- wal-restore -------------------------------------------------------------------------------------------------------

prepare() {
  calls=$((calls + 1))
  place=$LAB_DIR/restore/$calls
  mkdir -p "$place"
  call=(barman-cloud-wal-restore --endpoint-url "$store" -p 3 --spool-dir "$place.spool" "$url" main "${segments[0]}" "$place/segment")
}
check_disturbed() {
  [[ ! -e $place/segment ]] || cmp -s "$place/segment" "$wal" || failed "$point: half of it is at the destination"
  [[ ! -e $place/segment || $status != 0 ]] || return 0
  ((status != 0)) || failed "$point: was delivered and is not there"
  # Others find what was fetched ahead, and nothing else.
  local name
  for name in "${segments[@]:1}"; do
    run barman-cloud-wal-restore --endpoint-url "$direct" --spool-dir "$place.spool" "$url" main "$name" "$place/$name"
    cmp -s "$place/$name" "$LAB_DIR/tmp/wal/$name" || failed "$point: $name is torn"
    rm "$place/$name"
  done
}
check_recovered() {
  cmp -s "$place/segment" "$wal" || failed "$point: is not restored"
  [[ $(ls -A "$place") == segment ]] || failed "$point: left beside it" "$(ls -A "$place")"
  expect_whole_spool "$point"
  rm -rf "$place" "$place.spool"
}
sweep_requests "wal-restore" kills
sweep_requests "wal-restore" transients
