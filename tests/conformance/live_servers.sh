# shellcheck shell=bash disable=SC2034,SC2154
# Servers of every kind that commands can touch: pushed, streamed, followed with and without its primary, gone, inactive,
# passive. Sourced after common.sh.
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
lab_configure_server alone standby postgres "create_slot = manual"
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
