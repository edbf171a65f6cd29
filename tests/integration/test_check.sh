#!/usr/bin/env bash
# check says what is wrong, and its exit status tells scripts and monitoring.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_keep_busy source
lab_configure_server main source rsync
lab_configure_server stream source postgres
lab_push_wal source main
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream

run barman check all
expect_equal "no check fails" "" "$(grep FAILED <<<"$output")"
for line in "PostgreSQL: OK" "superuser or standard user with backup privileges: OK" "wal_level: OK" "directories: OK" \
  "ssh: OK (PostgreSQL server)" "archive_mode: OK" "archive_command: OK" "continuous archiving: OK" \
  "PostgreSQL streaming: OK" "replication slot: OK" "pg_basebackup: OK" "receive-wal running: OK" "archiver errors: OK" \
  "minimum redundancy requirements: OK (have 0 non-incremental backups, expected at least 0)"; do
  expect_line "$line" $'\t'"$line" "$output"
done
run barman check --nagios main
expect_text "nagios: one line when all is well" "BARMAN OK - Ready to serve the Espresso backup for main|main=0B main_wals=" "$output"
expect_status 1 barman check main nowhere
expect_line "an unknown server is an error" "ERROR: Unknown server 'nowhere'" "$output"
expect_status 2 barman check --nagios nowhere
expect_line "also for nagios" "BARMAN CRITICAL - Global configuration errors" "$output"

lab_configure_server main source rsync "minimum_redundancy = 1" "last_backup_maximum_age = 1 DAYS"
expect_status 1 barman check main
expect_line "too few backups" \
  $'\tminimum redundancy requirements: FAILED (have 0 non-incremental backups, expected at least 1)' "$output"
expect_line "no recent backup" \
  $'\tbackup maximum age: FAILED (interval provided: 1 day, latest backup age: No available backups)' "$output"
expect_status 2 barman check --nagios all
expect_line "nagios counts the servers" \
  "main.minimum redundancy requirements: FAILED (have 0 non-incremental backups, expected at least 1)" "$output"
expect_text "nagios says what failed" "BARMAN CRITICAL - 1 server out of 2 have issues * main FAILED: backup maximum age, minimum redundancy requirements|" "$output"

lab_configure_server main source rsync "active = false" "minimum_redundancy = 1"
run barman check main
expect_line "the failures of an inactive server do not count" "Server main (inactive):" "$output"

lab_configure_server main source rsync "ssh_command = ssh -p 1 nobody@127.0.0.1"
expect_status 1 barman check main
expect_text "an unreachable host" $'\tssh: FAILED (Connection failed using \'ssh -p 1 nobody@127.0.0.1 ' "$output"
lab_configure_server main source rsync

run barman receive-wal --stop stream
lab_wait_for 20 "the slot to be free" lab_sql_is source f "select active from pg_replication_slots"
expect_status 1 barman check stream
expect_line "an idle slot" $'\treplication slot: FAILED (slot \'stream\' not active: is \'receive-wal\' running?)' "$output"
expect_line "no receiver" $'\treceive-wal running: FAILED (See the Barman log file for more details)' "$output"

lab_configure_server stream source postgres "backup_compression = gzip" "backup_compression_level = 99"
expect_status 1 barman check stream
expect_line "what pg_basebackup would refuse disables the server" "Server stream (WARNING: disabled):" "$output"
expect_line "the check is named" $'\tconfiguration: FAILED' "$output"
expect_text "and the reason" $'\t\tbackup_compression_level 99 unsupported by compression algorithm.' "$output"
expect_status 1 barman backup stream
expect_text "no backup is begun" "ERROR: backup_compression_level 99 unsupported by compression algorithm." "$output"
lab_configure_server stream source postgres

mkdir -p "$LAB_DIR/barman/main/incoming/not-wal"
run barman archive-wal main
expect_status 1 barman check main
expect_line "refused files" $'\tarchiver errors: FAILED (unknown: 1)' "$output"

lab_stop_cluster source immediate
expect_status 1 barman check main
expect_line "a server that is down" $'\tPostgreSQL: FAILED' "$output"
expect_false "checks that need it are left out" grep -q wal_level <<<"$output"
expect_status 2 barman check --nagios main stream
expect_text "nagios: all of them" "BARMAN CRITICAL - 2 server out of 2 have issues * main FAILED: PostgreSQL" "$output"
