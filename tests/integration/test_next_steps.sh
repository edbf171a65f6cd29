#!/usr/bin/env bash
# What a restore says is to be done next can be typed as it is: the cluster starts beside the one that it was taken of, on
# another port, has paused at its target, opens on the timeline that was named.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_stop_cluster source
cat >>"${LAB_DATA[source]}/postgresql.conf" <<END
port = ${LAB_PORT[source]} # also of what is restored
listen_addresses = '127.0.0.1'
unix_socket_directories = '$LAB_DIR/sockets'
END
lab_start_cluster source
lab_create_tables source
lab_configure_server main source rsync
lab_push_wal source main
take_backup main
lab_add_rows source 10 >/dev/null
lab_sql source "select pg_create_restore_point('here')" >/dev/null
rows=$(lab_fingerprint source)
lab_add_rows source 10 >/dev/null
run barman switch-wal --archive --archive-timeout 60 main

steps_of() { # OPTION...
  rm -rf "$LAB_DIR/restore/next"
  mkdir -p "$LAB_DIR/restore/next"
  barman -f json restore --tablespace "ts_a:$LAB_DIR/restore/next/ts_a" --tablespace "ts_b:$LAB_DIR/restore/next/ts_b" "$@" main "$backup" \
    "$LAB_DIR/restore/next/data" >"$LAB_DIR/tmp/report"
}
step() { # FIELD PATTERN
  python3 -c 'import json, re, sys
steps = json.load(open(sys.argv[1]))["next_steps"]
print([s[sys.argv[2]] for s in steps if re.search(sys.argv[3], (s["text"] or "") + " " + (s["command"] or ""))][0])' "$LAB_DIR/tmp/report" "$@"
}

for way in local remote; do
  where=()
  [[ $way == local ]] || where=(--remote-ssh-command "$LAB_SSH")
  steps_of --target-name here "${where[@]}"
  expect_text "$way: the port of the configuration is in use" "port ${LAB_PORT[source]} of its configuration is in use" "$(step text 'Start PostgreSQL')"
  expect_text "$way: whose files they are" "they belong to '$(id -un)' now" "$(step text chown)"
  expect_text "$way: archiving was turned off" "archive_command (postgresql.conf, line " "$(step text neutralised)"
done

command=$(step command 'Start PostgreSQL')
run bash -c "$command >'$LAB_DIR/log/postgresql-next.log' 2>&1"
LAB_DATA[next]=$LAB_DIR/restore/next/data
LAB_PORT[next]=$(sed -E "s/.*'-p ([0-9]+)'.*/\1/" <<<"$command")
paused() { [[ $(lab_sql next "select pg_is_wal_replay_paused()" 2>/dev/null) == t ]]; }
lab_wait_for 60 "a pause" paused
expect_text "its question: still in recovery" "t|" "$(lab_sql next "$(step command 'has paused at the target')")"
expect_rows "it has the rows of the target" next "$rows"
expect_text "the target is named" "(name: 'here')" "$(step text 'has paused')"
lab_sql next "$(step command 'let it open')" >/dev/null
lab_wait_for_promotion next
expect_equal "it is on the timeline that was named" "$(step text 'new timeline' | sed -E 's/.*new timeline, ([0-9]+):.*/\1/')" \
  "$(lab_sql next "select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)" | sed 's/^0*//')"
lab_stop_cluster next

steps_of
expect_text "without a target nothing pauses" "has replayed all WAL" "$(step text 'See that')"
expect_text "and the timeline stays" "the same timeline" "$(step text timeline)"
steps_of --standby-mode
expect_text "a standby is promoted" "promote" "$(step command 'To make it a primary')"
