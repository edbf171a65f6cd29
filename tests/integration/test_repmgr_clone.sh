#!/usr/bin/env bash
# repmgr itself clones a standby from our catalogue over ssh, tablespaces included, and the standby follows its primary.
# Skipped where repmgr is not installed (scripts/install-dependencies test).
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/repmgr.sh"

if [[ ! -x $LAB_PG_BIN/repmgr ]]; then
  echo "skipped: no $LAB_PG_BIN/repmgr"
  exit 77
fi
lab_start_sshd
lab_create_cluster source
lab_create_tables source
lab_add_rows source 300 >/dev/null
lab_configure_server main source postgres "compression = gzip" "create_slot = auto"
lab_keep_busy source
run barman cron
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots where slot_name = 'main'"
run lab_archive_now source main
take_backup main

from_barman=("barman_host = backup" "barman_server = main" "barman_config = '$BARMAN_CONFIG_FILE'"
  "restore_command = 'barman-wal-restore -U $LAB_USER 127.0.0.1 main %f %p'"
  "tablespace_mapping = '${LAB_DATA[source]%/*}/ts_a=$LAB_DIR/restore/ts_a'"
  "tablespace_mapping = '${LAB_DATA[source]%/*}/ts_b=$LAB_DIR/restore/ts_b'")
lab_free_port
repmgr_node 1 primary "${LAB_PORT[source]}" "${LAB_DATA[source]}" "${from_barman[@]}"
repmgr_node 2 standby "$REPLY" "$LAB_DIR/restore/standby" "${from_barman[@]}"
LAB_PORT[standby]=$REPLY
clone() { repmgr -f "$LAB_DIR/etc/node2.conf" -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -d postgres standby clone "$@"; }

run repmgr -f "$LAB_DIR/etc/node1.conf" primary register
run clone --dry-run
expect_text "repmgr finds the backup" 'INFO: valid backup for server "main" found in the Barman catalogue' "$output"
expect_text "and the server's facts" "INFO: server parameters were successfully fetched from Barman server" "$output"
run clone
expect_line "it clones from it" "NOTICE: standby clone (from Barman) complete" "$output"
expect_equal "what it cloned is the backup" "$(cd "$LAB_DIR/barman/main/base/$backup/data" && find base -type f -printf '%P %s\n' | sort)" \
  "$(cd "$LAB_DIR/restore/standby" && find base -type f -printf '%P %s\n' | sort)"
expect_true "tablespaces too" test -n "$(find "$LAB_DIR/restore/ts_a" "$LAB_DIR/restore/ts_b" -name PG_VERSION -o -size +0c -type f)"

lab_add_rows source 100 >/dev/null
rows=$(lab_fingerprint source)
LAB_DATA[standby]=$LAB_DIR/restore/standby
lab_start_cluster standby -c archive_mode=off
expect_equal "the clone is a standby" t "$(lab_sql standby "select pg_is_in_recovery()")"
has_rows() { [[ $(lab_fingerprint standby 2>/dev/null) == "$rows" ]]; }
lab_wait_for 60 "the rows on the standby" has_rows
passed "it has the rows of its primary (${rows%,*})"
run repmgr -f "$LAB_DIR/etc/node2.conf" standby register
run repmgr -f "$LAB_DIR/etc/node2.conf" cluster show
expect_text "repmgr sees both" "* running" "$output"
