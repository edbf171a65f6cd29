#!/usr/bin/env bash
# barman-cloud-backup-delete and -keep are killed at every request, and meet a transient fault there, as do the programs that
# only read. A kept backup and the WAL that it needs stay, and the same call again does the rest.
. "${BASH_SOURCE[0]%/*}/cloud.sh"

begin_wal=$(cloud backup-show "$url" main "$kept" | sed -n 's/.*Begin WAL *: //p')
[[ $(keys_of pg/main/wals/ | grep -c "$begin_wal") -ge 1 ]] || failed "the test has no WAL of the kept backup"

# ---- delete ------------------------------------------------------------------------------------------------------------

# A server of its own with the objects of both backups, small ones: a deletion reads what it has to know, and nothing else.
copy_server() {
  local key
  calls=$((calls + 1))
  for key in $(keys_of pg/main/); do
    case $key in
      */backup.info | */keep) raw PUT "lab/pg/d$calls/${key#pg/main/}" -H "x-amz-copy-source: lab/$key" >/dev/null ;;
      *) raw PUT "lab/pg/d$calls/${key#pg/main/}" --data-binary x >/dev/null ;;
    esac
  done
  before=$(keys_of "pg/d$calls/")
}
# What the other backup is and needs.
expect_needed() {
  local key after
  after=$(keys_of "pg/d$calls/")
  while read -r key; do
    [[ $key != */base/"$kept"/* && ! ($key == */wals/*/* && ! ${key##*/} < $begin_wal) ]] || grep -qxF "$key" <<<"$after" ||
      failed "$point: this is gone" "$key"
  done <<<"$before"
}
prepare() {
  copy_server
  call=(barman-cloud-backup-delete --endpoint-url "$store" -b "$old" "$url" "d$calls")
}
check_disturbed() { expect_needed; }
check_recovered() {
  expect_needed
  [[ -z $(keys_of "pg/d$calls/base/$old/") ]] || failed "$point: not deleted" "$(keys_of "pg/d$calls/base/$old/")"
}
sweep_requests delete kills
sweep_requests delete transients
copy_server
expect_status 1 cloud backup-delete -b "$kept" "$url" "d$calls"
expect_needed
passed "a kept backup stays"

# ---- keep, and what only reads -----------------------------------------------------------------------------------------

prepare() {
  run cloud backup-keep --release "$url" main "$old"
  call=(barman-cloud-backup-keep --endpoint-url "$store" --target full "$url" main "$old")
}
check_disturbed() { :; }
check_recovered() {
  [[ $(cloud backup-keep --status "$url" main "$old") == "Keep: full" ]] || failed "$point: it is not kept"
}
sweep_requests keep kills
sweep_requests keep transients
check_recovered() { :; }
for reader in list show status check test; do
  prepare() { make_call "$reader"; call=("barman-cloud-${call[1]}" --endpoint-url "$store" "${call[@]:2}"); }
  sweep_requests "$reader" transients
done
