#!/usr/bin/env bash
# A store that takes connections and never answers, one that is always busy, and a program that is to give keys and never
# ends: barman check ends within check_timeout, whatever it wants to know of the store.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/faults.sh"

limit=3 # seconds: check_timeout
lab_create_cluster source --wal-segsize=1
start_store
start_proxy
url=s3://lab/silent
run cloud check-wal-archive "$url" none # makes the bucket
common=("check_timeout = $limit" "aws_endpoint_url = $store" "aws_addressing_style = path")
lab_configure_server wal source local-rsync "wals_directory = $url" "${common[@]}"
lab_configure_server base source local-to-cloud "archiver = on" "basebackups_directory = $url" "${common[@]}"
lab_configure_server other source local-to-cloud "archiver = on" "basebackups_directory = $url" "wals_directory = $url" "active = false" "${common[@]}"
run barman cron

ends_in_time() { # WHAT SERVER TEXT
  local begin=${EPOCHREALTIME/./} took wanted=1
  [[ $2 != other ]] || wanted=0 # a server that is not active fails no check
  expect_status "$wanted" timeout 60 barman check "$2"
  took=$(((${EPOCHREALTIME/./} - begin) / 1000))
  ((took < limit * 1000 + 3000)) || failed "$1: the check of $2 took $took ms" "$output" "$(request_log)"
  expect_text "$1: the check of $2 ends ($took ms)" "$3" "$output"
}

timed_out="check timeout: FAILED (barman check command timed out)"
for fault in hang "answer status=503 code=SlowDown after=1"; do
  read -ra words <<<"$fault"
  for server in wal base other; do
    for state in fresh again; do
      # What the first check makes, as the index, is not there.
      [[ $state == again ]] || rm -f "$LAB_DIR/barman/$server/meta/$server-xlog.db"
      no_faults
      fault "${words[@]}"
      # A store that is always busy may be given up before.
      text=$timed_out
      [[ ${words[0]} == hang ]] || text=FAILED
      ends_in_time "${words[0]}, $state" "$server" "$text"
    done
  done
done

# WAL that waits is archived by the first check.
no_faults
fault hang
mkdir -p "$LAB_DIR/barman/wal/incoming"
lab_archive_with source "cp %p $LAB_DIR/barman/wal/incoming/%f"
closed=$(close_segment source)
lab_wait_for 20 "a segment" test -e "$LAB_DIR/barman/wal/incoming/$closed"
rm -f "$LAB_DIR/barman/wal/meta/wal-xlog.db"
ends_in_time "hang, with WAL that waits" wal "$timed_out"
expect_true "WAL that could not be archived still waits" test -e "$LAB_DIR/barman/wal/incoming/$closed"

no_faults
printf '[default]\ncredential_process = sleep 100\n' >"$LAB_DIR/home/config"
export AWS_CONFIG_FILE=$LAB_DIR/home/config
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
ends_in_time "keys that do not come" base "$timed_out"
