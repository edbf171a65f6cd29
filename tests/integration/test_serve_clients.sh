#!/usr/bin/env bash
# The REST service with a server: restores that were asked for by curl, and by Patroni's and repmgr's own programs where they are
# installed (SERVE_PATRONI_BARMAN names patroni_barman, SERVE_REPMGR repmgr 5.4 or later, which wants port 7480).
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/repmgr.sh"
command -v curl >/dev/null || { echo "skipped: there is no curl"; exit 77; }

lab_start_sshd
lab_create_cluster source
lab_configure_server main source rsync "cluster = lab"
printf '[fast]\nmodel = on\ncluster = lab\ndescription = with the model fast\n' >"$LAB_DIR/etc/barman.d/fast.conf"
lab_push_wal source main
lab_sql source "create table rows as select generate_series(1, 1000) as n" # no tablespaces: requests do not say where to
take_backup main
has_rows() { # WHAT CLUSTER
  expect_equal "$1" 1000 "$(lab_sql "$2" "select count(*) from rows")"
}
lab_archive_now source main

port=7480
if lab_port_answers $port; then
  lab_free_port
  port=$REPLY
fi
url=http://127.0.0.1:$port
barman serve --listen "127.0.0.1:$port" >"$LAB_DIR/log/serve.log" 2>&1 &
service=$!
lab_wait_for 10 "the service" lab_port_answers "$port"

operation=
state_is() { # STATE
  [[ $(curl -sS "$url/servers/main/operations/$operation") == *"\"status\":\"$1\""* ]]
}
recover() { # DIRECTORY
  operation=$(curl -sS -X POST -H 'Content-Type: application/json' "$url/servers/main/operations" --data "$(
    printf '{"type":"recovery","backup_id":"latest","remote_ssh_command":"%s","destination_directory":"%s"}' "$LAB_SSH" "$1"
  )" | sed -n 's/.*"operation_id":"\([^"]*\)".*/\1/p')
  [[ -n $operation ]] || failed "a recovery is not taken"
}

mkdir -p "$LAB_DIR/restore/api"
recover "$LAB_DIR/restore/api/data"
lab_wait_for 120 "the recovery $operation" state_is DONE
lab_start_restored api "$LAB_DIR/restore/api/data"
lab_wait_for_promotion api
has_rows "the cluster that was asked for over HTTP has the rows" api
discard api

: >"$LAB_DIR/restore/file"
recover "$LAB_DIR/restore/file/data"
lab_wait_for 60 "the recovery $operation into a file" state_is FAILED
expect_text "the reason is kept" "restore/file/data" "$(cat "$LAB_DIR/barman/main/output/$operation.json")"

# ---- Patroni -----------------------------------------------------------------------------------------------------------

patroni=${SERVE_PATRONI_BARMAN:-$(command -v patroni_barman || true)}
if [[ -n $patroni ]]; then
  run "$patroni" --api-url "$url" recover --barman-server main --backup-id latest --ssh-command "$LAB_SSH" \
    --data-directory "$LAB_DIR/restore/patroni/data" --loop-wait 1
  lab_start_restored patroni "$LAB_DIR/restore/patroni/data"
  lab_wait_for_promotion patroni
  has_rows "patroni_barman recover: the cluster has the rows" patroni
  discard patroni
  expect_status 1 "$patroni" --api-url "$url" recover --barman-server main --backup-id latest --ssh-command "$LAB_SSH" \
    --data-directory "$LAB_DIR/restore/file/data" --loop-wait 1
  passed "patroni_barman recover: a recovery that fails is a failure"
  expect_status 2 "$patroni" --api-url "$url" recover --barman-server main --backup-id nope --ssh-command "$LAB_SSH" \
    --data-directory "$LAB_DIR/restore/x" --loop-wait 1
  passed "patroni_barman recover: an unknown backup is an HTTP error"
  run "$patroni" --api-url "$url" config-switch on_role_change primary lab --barman-server main --barman-model fast --switch-when promoted
  expect_text "patroni_barman config-switch: the model is active" "with the model fast" "$(barman list-servers)"
  run "$patroni" --api-url "$url" config-switch on_role_change primary lab --barman-server main --reset --switch-when promoted
  expect_text "patroni_barman config-switch --reset: it is not any more" "source by rsync" "$(barman list-servers)"
else
  echo "NOT TESTED: patroni_barman is not installed"
fi

# ---- repmgr ------------------------------------------------------------------------------------------------------------

repmgr=${SERVE_REPMGR:-}
if [[ -n $repmgr && $port == 7480 && -x $LAB_PG_BIN/repmgr ]]; then
  lab_free_port
  repmgr_node 1 primary "${LAB_PORT[source]}" "${LAB_DATA[source]}"
  run "$LAB_PG_BIN/repmgr" -f "$LAB_DIR/etc/node1.conf" primary register # of the server's version, which has the extension
  repmgr_node 2 standby "$REPLY" "$LAB_DIR/restore/repmgr" "pg_backupapi_host = '127.0.0.1'" "pg_backupapi_node_name = 'main'" \
    "pg_backupapi_backup_id = 'latest'" "pg_backupapi_remote_ssh_command = '$LAB_SSH'"
  run "$repmgr" -f "$LAB_DIR/etc/node2.conf" -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -d postgres standby clone
  expect_text "repmgr standby clone: it heard of the end" "standby clone (from pg_backupapi) complete" "$output"
  expect_equal "repmgr standby clone: it is the backup" \
    "$(cd "$LAB_DIR/barman/main/base/$backup/data" && find base -type f -printf '%P %s\n' | sort)" \
    "$(cd "$LAB_DIR/restore/repmgr" && find base -type f -printf '%P %s\n' | sort)"
else
  echo "NOT TESTED: repmgr with its API mode (SERVE_REPMGR)"
fi

kill -TERM "$service"
wait "$service"
passed "a signal ends the service"
