#!/usr/bin/env bash
# Commands that touch a live server, processes or locks: replication-status with clients of each kind, switch-wal, the
# receiver and its slot, processes and their end, backups and restores in JSON, locks left behind.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
mkdir -p "$LAB_DIR/pg/standby"
pg_basebackup -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -D "$LAB_DIR/pg/standby/data" -R -c fast
LAB_DATA[standby]=$LAB_DIR/pg/standby/data
lab_free_port
LAB_PORT[standby]=$REPLY
lab_start_cluster standby -c archive_mode=off
address="host=127.0.0.1 port=${LAB_PORT[source]}"
lab_configure_server main source rsync
lab_configure_server stream source postgres "create_slot = manual" "wal_conninfo = $address user=barman dbname=postgres" \
  "wal_streaming_conninfo = $address user=streaming_barman"
lab_configure_server follower standby postgres "primary_conninfo = $address user=barman dbname=postgres"
lab_configure_server alone standby postgres
lab_configure_server gone source postgres "conninfo = host=127.0.0.1 port=1 user=barman dbname=postgres" \
  "streaming_conninfo = host=127.0.0.1 port=1 user=streaming_barman"
lab_configure_server quiet source rsync "active = false"
printf '%s\n' "[copy]" "primary_ssh_command = $LAB_SSH" >"$LAB_DIR/etc/barman.d/copy.conf"
use reference
lab_push_wal source main

# Ours adds the cause to what both say of a server that does not answer.
answer() { # as in common.sh
  ask "$@"
  sed -E 's/\\nDETAILS: ([^"\\]|\\.)*"/"/g' "$answers/out" | without_moving_sizes
  printf '\n---- standard error\n'
  sed -E '/^DETAILS: /,/^[A-Z]+: /{/^(DETAILS: |\t|connection to)/d}' "$answers/err" | without_moving_sizes
  printf -- '---- status %d\n' "$asked_status"
}
without_moving_sizes() { cat; }

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

# ---- switch-wal -----------------------------------------------------------------------------------------------------

before_work() { lab_sql source "select pg_logical_emit_message(true, 'lab', 'x')" >/dev/null; }
for server in main stream follower alone gone quiet nowhere; do
  both_do_each "switch-wal $server" switch-wal "$server"
  both_do_each "switch-wal --force $server" switch-wal --force "$server"
done
both_do_each "switch-wal of several" switch-wal main quiet nowhere
both_do_each "switch-xlog" switch-xlog main
# What is archived on the way depends on when it arrives.
before_work() {
  lab_sql source "select pg_logical_emit_message(true, 'lab', 'x')" >/dev/null
  lab_wait_for 30 "the archiver" lab_sql_is source t "select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1048576) from pg_stat_archiver"
  ours -q archive-wal main
}
both_do_each "switch-wal --archive" switch-wal --archive --archive-timeout 60 main
both_do_each "switch-wal --archive in vain" switch-wal --archive --archive-timeout 1 gone
before_work() { :; }
deliberately "\`switch-wal\` of a passive server" "s/'NoneType' object has no attribute 'switch_wal'/Unable to perform pg_switch_wal for server 'copy'./; s/^EXCEPTION/ERROR/
  s/_EXCEPTION/_ERROR/; s/^See log file.*/HINT: it is a passive node: switch the WAL on its primary node/
  s/.nSee log file for more details\./\\\\nHINT: it is a passive node: switch the WAL on its primary node/" both_do_each "switch-wal of a passive server" switch-wal copy

# ---- Backups in JSON ------------------------------------------------------------------------------------------------

before_work() { lab_wait_for 30 "the archiver" lab_sql_is source t "select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1048576) from pg_stat_archiver"; }
# Sizes and numbers of segments depend on what is archived on the way.
without_moving_sizes() {
  sed -E 's/[0-9.]+ [KM]?i?B\b/SIZE/g; s/("[a-z_]*(size|bytes)": )[0-9]+/\1BYTES/g; s/("(wal_num|until_next|number_of_files)[a-z_]*": )[0-9]+/\1N/g
    s/-[0-9.]+% dedup/-P% dedup/; s/"\\t[0-9A-F]{24}(\.[0-9A-F]+\.backup)?"(, )?//g; /^\t[0-9A-F]{24}/d'
}
run ours backup main
both_do_each "a backup, without waiting" backup main
run ours archive-wal main
both_do_each "a backup, waiting" backup --wait --wait-timeout 60 --name "" main
for options in "--name latest" "--name 20260101T000000" "--incremental latest" "--incremental nothing" "--jobs 0" "--reuse-backup tape"; do
  # shellcheck disable=SC2086
  both_do_each "backup $options" backup $options main
done
for server in gone quiet copy nowhere alone; do both_do_each "backup $server" backup "$server"; done
both_do_each "backup of several" backup quiet copy nowhere
backup=$(lab_latest_backup main)
for side in reference ours; do
  for format in console json; do
    rm -rf "$LAB_DIR/restore/x"
    answer "$side" -f "$format" restore main "$backup" "$LAB_DIR/restore/x" >"$answers/restore.$format.$side"
  done
done
for format in console json; do compare "restore ($format)" working "$answers/restore.$format.reference" "$answers/restore.$format.ours"; done
before_work() { :; }

# ---- Locks ----------------------------------------------------------------------------------------------------------

locks() { (cd "$LAB_DIR/barman" && find . -maxdepth 1 -name '.*.lock' | sort); }
for format in console json; do
  for side in reference ours; do
    touch "$LAB_DIR"/barman/.main-{backup,cron,x}.lock "$LAB_DIR/barman/.nowhere-archive-wal.lock" "$LAB_DIR/barman/lock"
    exec 9>"$LAB_DIR/barman/.held-cron.lock"
    flock 9
    { answer "$side" -f "$format" lock-directory-cleanup 9>&-; locks; } >"$answers/cleanup.$side"
    exec 9>&-
  done
  compare "lock-directory-cleanup ($format)" asking "$answers/cleanup.reference" "$answers/cleanup.ours"
done

# Busy locks are told alike.
hold_and_ask() { # LOCK ARGUMENT...
  exec 9>"$LAB_DIR/barman/$1"
  flock 9
  both_do_each "${*:2}, while $1 is held" "${@:2}" 9>&-
  exec 9>&-
}
hold_and_ask .main-backup.lock backup main
hold_and_ask .main-backup.lock delete main latest
hold_and_ask ".main-$backup.lock" delete main "$backup"
hold_and_ask ".main-$backup.lock" check-backup main "$backup"
hold_and_ask ".main-$backup.lock" export-backup main "$backup" "$LAB_DIR/tmp"
hold_and_ask .main-archive-wal.lock archive-wal main
hold_and_ask .stream-receive-wal.lock receive-wal stream
hold_and_ask .stream-receive-wal.lock receive-wal --reset stream
hold_and_ask .main-cron.lock cron
conclude
