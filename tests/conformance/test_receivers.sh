#!/usr/bin/env bash
# The receiver of WAL and its slot, and replication-status with clients of each kind: each program is told of the other's
# process, and ends it.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/live_servers.sh"

# ---- The slot and the receiver --------------------------------------------------------------------------------------

slot_is() { lab_sql_is source "$1" "select count(*) from pg_replication_slots where slot_name = 'stream'"; }
before_work() { slot_is "$slots" || run reference receive-wal "--$([[ $slots == 1 ]] && echo create || echo drop)-slot" stream; }
slots=0
both_do_each "the slot is created" receive-wal --create-slot stream
slots=1
both_do_each "the slot is there" receive-wal --create-slot stream
both_do_each "the slot may be there" receive-wal --create-slot --if-not-exists stream
both_do_each "the slot is dropped" receive-wal --drop-slot stream
slots=0
both_do_each "there is no slot to drop" receive-wal --drop-slot stream
both_do_each "receive-wal without the slot" receive-wal stream
before_work() { :; }
run reference receive-wal --create-slot stream
for server in main gone quiet copy nowhere alone; do
  both_do_each "receive-wal $server" receive-wal "$server"
  both_do_each "receive-wal --stop $server" receive-wal --stop "$server"
  both_do_each "receive-wal --reset $server" receive-wal --reset "$server"
done

# Each is told of the other's process, and ends it.
for side in reference ours; do
  use "$side"
  lab_receive_wal source stream
  lab_wait_for 30 "both clients" lab_sql_is source 2 "select count(*) from pg_stat_replication where state = 'streaming'"
  same_answers "list-processes stream" "receive-wal stream" "receive-wal --reset stream" "check stream" "receive-wal --drop-slot stream" \
    "terminate-process stream archive-wal" "terminate-process main receive-wal" "terminate-process nowhere receive-wal"
  for server in stream main follower gone quiet copy nowhere; do
    [[ $side == reference || $server == stream ]] || continue # whose the receiver is, only its own server tells
    for options in "" "--minimal" "--target hot-standby" "--target wal-streamer" "--minimal --target hot-standby" "--source wal-host"; do
      same_answers "replication-status $options $server"
    done
  done
  same_answers "replication-status all"
  if [[ $side == reference ]]; then
    lab_sql source "alter system set synchronous_standby_names = 'walreceiver, barman_receive_wal'" >/dev/null
    lab_sql source "select pg_reload_conf()" >/dev/null
    lab_wait_for 20 "a synchronous client" lab_sql_is source 1 "select count(*) from pg_stat_replication where sync_state = 'sync'"
    same_answers "replication-status stream" "replication-status --minimal stream"
    lab_sql source "alter system reset synchronous_standby_names" >/dev/null
    lab_sql source "select pg_reload_conf()" >/dev/null
  fi
  run "$(other "$side")" terminate-process stream receive-wal
  lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
done
for format in console json; do
  for side in reference ours; do
    use "$(other "$side")"
    lab_receive_wal source stream
    if [[ $format == console ]]; then words=(terminate-process stream receive-wal); else words=(receive-wal --stop stream); fi
    answer "$side" -f "$format" "${words[@]}" | sed -E 's/\([0-9]+\)/(PID)/' >"$answers/words.$side"
    lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
  done
  compare "${words[*]} ($format)" asking "$answers/words.reference" "$answers/words.ours"
done
conclude
