#!/usr/bin/env bash
# barman-cloud-backup and barman-cloud-restore are killed at every request, and meet a transient fault there. A backup
# that did not end leaves nothing that cannot be deleted, PostgreSQL is not in backup mode, what is restored is whole, and
# nothing is in the way of the same call, which then succeeds.
. "${BASH_SOURCE[0]%/*}/cloud.sh"


# ---- backup ------------------------------------------------------------------------------------------------------------

prepare() {
  calls=$((calls + 1))
  call=(barman-cloud-backup --endpoint-url "$store" -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres --immediate-checkpoint
    "$url" "b$calls")
}
no_sessions() { [[ $(lab_sql source "select count(*) from pg_stat_activity where backend_type = 'client backend'") == 1 ]]; }
check_disturbed() {
  lab_try_for 5 no_sessions || failed "$point: PostgreSQL is left in backup mode"
  ((status == 0)) || sleep 1 # the id of a backup is the second in which it began
  ((status == 143)) || return 0
  [[ -z $(open_uploads lab) ]] || failed "$point: unfinished uploads" "$(open_uploads lab)"
  local keys
  keys=$(keys_of "pg/b$calls/" | grep -v backup.info || true) # some archives may have been complete already
  [[ -z $keys || ! $(cloud backup-list "$url" "b$calls") =~ (FAILED|STARTED) ]] || failed "$point: archives of a backup that failed" "$keys"
}
check_recovered() {
  # Every other backup there goes, with all that was begun for it.
  local -a ids
  local id last
  mapfile -t ids < <(cloud backup-list "$url" "b$calls" | sed 1d | cut -d ' ' -f 1)
  last=${ids[-1]}
  [[ $(cloud backup-show "$url" "b$calls" "$last") == *"Status                 : DONE"* ]] || failed "$point: not DONE"
  for id in "${ids[@]}"; do
    [[ $id == "$last" ]] || run cloud backup-delete -b "$id" "$url" "b$calls"
  done
  [[ -z $(open_uploads lab) ]] || failed "$point: unfinished uploads" "$(open_uploads lab)"
  [[ $(keys_of "pg/b$calls/base/" | cut -d / -f 4 | sort -u) == "$last" ]] || failed "$point: left behind" "$(keys_of "pg/b$calls/")"
  run cloud backup-delete -b "$last" "$url" "b$calls" # the store is small
}
sweep_requests backup kills
sweep_requests backup transients

# ---- restore -----------------------------------------------------------------------------------------------------------

make_call restore
run "${call[@]}"
listing_of() { (cd "$1" && find . -type f -exec md5sum {} + | sort -k 2); }
whole=$(listing_of "$place")
prepare() { make_call restore; call=("barman-cloud-restore" --endpoint-url "$store" "${call[@]:2}"); }
check_disturbed() {
  ((status != 143)) || [[ ! -e $place ]] || failed "$point: left at the destination" "$(ls -A "$place")"
}
check_recovered() {
  [[ $(listing_of "$place") == "$whole" ]] || failed "$point: another content was restored"
  rm -rf "$place"
}
sweep_requests restore kills
sweep_requests restore transients
