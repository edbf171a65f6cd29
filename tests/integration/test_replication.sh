#!/usr/bin/env bash
# A standby and a receiver are shown with their distance; WAL is switched on the primary of a standby; a receiver finds its
# position again; a server that never answers does not hold check up.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster primary
create_standby primary standby -c archive_mode=off

lab_configure_server stream primary postgres
lab_configure_server second standby postgres "primary_conninfo = host=127.0.0.1 port=${LAB_PORT[primary]} user=barman dbname=postgres"
lab_receive_wal primary stream
lab_wait_for 30 "the standby" lab_sql_is primary 2 "select count(*) from pg_stat_replication where state = 'streaming'"

run barman replication-status stream
for line in "Status of streaming clients for server 'stream':" "  Number of streaming clients: 2" \
  "     Application name: walreceiver" "     Application name: barman_receive_wal" "     Replication slot: stream" \
  "     Communication   : TCP/IP" "     User name       : streaming_barman"; do
  expect_line "replication-status: ${line#"${line%%[! ]*}"}" "$line" "$output"
done
run barman replication-status --minimal --target wal-streamer stream
expect_text "one line for a receiver" "  1. W) streaming_barman@127.0.0.1 S:" "$output"
run barman replication-status --target hot-standby second
expect_line "nobody follows the standby" "  No hot standby servers attached" "$output"
run barman status second
expect_line "a standby is one" $'\tCluster state: in archive recovery' "$output"

lab_sql primary "select pg_create_restore_point('something to switch')" >/dev/null
run barman switch-wal second
expect_text "the primary of the standby switches" "has been closed on server 'second'" "$output"
lab_configure_server alone standby postgres
force=(--force)
((LAB_PG_MAJOR >= 15)) || force=() # needs a superuser there
run barman switch-wal "${force[@]}" alone
expect_line "a standby by itself does not" "No switch performed because server 'alone' is a standby." "$output"

run barman list-processes stream
expect_text "the receiver is listed" " receive-wal" "$output"
run barman terminate-process stream receive-wal
expect_status 1 barman terminate-process stream receive-wal
expect_line "once" "ERROR: Termination of receive-wal failed: no such process for server stream" "$output"
run barman list-processes stream
expect_line "and then no more" "No active subprocesses found for server stream." "$output"

streaming=$LAB_DIR/barman/stream/streaming
lab_wait_for 20 "the slot to be free" lab_sql_is primary f "select active from pg_replication_slots"
rm -f "$streaming"/*
touch "$streaming/000000010000000000000001.partial"
run barman receive-wal --reset stream
expect_line "a position long gone is given up" "Removing status file $streaming/000000010000000000000001.partial" "$output"
run barman receive-wal --reset stream
expect_line "the new one is right" "Nothing to do. Position of receive-wal is aligned." "$output"
touch "$streaming/0000000100000000000000FF"
expect_status 1 barman receive-wal --reset stream
expect_text "a position ahead of the server is refused" "(0000000100000000000000FF > " "$output"
rm "$streaming/0000000100000000000000FF"

read -r postmaster <"${LAB_DATA[standby]}/postmaster.pid"
kill -STOP "$postmaster"
begin=$SECONDS
expect_status 1 barman check --check-timeout 2 alone
kill -CONT "$postmaster"
expect_line "a server that does not answer runs into the time limit" \
  $'\tcheck timeout: FAILED (barman check command timed out)' "$output"
expect_true "in time" test $((SECONDS - begin)) -lt 8
