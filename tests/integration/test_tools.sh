#!/usr/bin/env bash
# What public monitoring plugins, exporters, dashboards and configuration management run and look for in the answers
# (tools.sh) is there: with everything well, without backups, with a failed one, and with PostgreSQL gone.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/tools.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
wanted=("minimum_redundancy = 1" "last_backup_maximum_age = 1 DAYS" "retention_policy = REDUNDANCY 3")
lab_configure_server main source rsync "${wanted[@]}"
lab_configure_server stream source postgres "${wanted[@]}" "create_slot = manual"

looks_for() { # TOOL QUESTION ANSWER
  expect_equal "$1: $2" "$3" "$(tool_answer "$1" "$2" "$answers")"
}

# ---- As configuration management finds a new server -----------------------------------------------------------------------

# While nothing is archived a check closes a segment and waits for it: one question.
answers=$(barman check stream --nagios || true)
expect_true "ansible: first line" grep -q '^BARMAN CRITICAL' <(head -n 1 <<<"$answers")
for name in "replication slot" "WAL archive" "backup maximum age"; do
  expect_true "ansible: $name" grep -q "^stream\.$name: FAILED" <<<"$answers"
done
run barman receive-wal --create-slot stream
slot_status=0
slot=$(barman receive-wal --create-slot stream 2>&1 >/dev/null) || slot_status=$?
expect_equal "creating the slot again fails" 1 "$slot_status"
expect_true "TPA, ansible: the slot that is there" grep -qE "Replication slot '?[^ ]+ already exists" <<<"$slot"
lab_push_wal source main
lab_keep_busy source
run barman -q cron
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots"
run barman switch-xlog --force --archive --archive-timeout 60 stream
answers=$(tool_answers main "ansible|zabbix-barman|TPA|check of backups|JSON exporter")
looks_for "zabbix-barman" "status" $'0\n---- status 1'
looks_for "zabbix-barman" "discovery" $'main\nstream'
looks_for "TPA" "status of all" CRITICAL
looks_for "TPA" "backups done" "0 1"
looks_for "check of backups" "count" 0
looks_for "JSON exporter" "backups" "[] []"
looks_for "JSON exporter" "first and last" "[True, True]"
looks_for "ansible" "archive empty" $'0\n---- status 1'
run barman backup "main" --wait --wait-timeout 60
expect_equal "ansible: backup in JSON" DONE "$(barman -f json backup stream --wait | python3 -c 'import json, sys; print(json.load(sys.stdin)["status"])')"
answers=$(tool_answers main)
looks_for "zabbix-barman" "status" 1
looks_for "zabbix-barman" "check" $'0\n---- status 1'
for question in ssh PostgreSQL directories retention "backup age" compression redundancy "archive mode" "archive command" \
  "continuous archiving" "archiver errors"; do
  looks_for "zabbix items" "$question" 1
done
looks_for "zabbix items" "count" 1
looks_for "TPA" "version" 3.20
looks_for "TPA" "status of all" OK
looks_for "TPA" "backups done" "1 1"
expect_text "nagios wrapper: line" "OK: Ready to serve the Espresso backup for main|main=" "$(tool_answer "nagios wrapper" line "$answers")"
looks_for "nagios wrapper" "status" 0
looks_for "check of all" "failed" 0
looks_for "check of backups" "failed" $'0\n---- status 1'
looks_for "check of backups" "count" 1
backup=$(lab_latest_backup main)
looks_for "check of WAL" "first" "$(lab_backup_field main "$backup" begin_wal)"
looks_for "check of WAL" "last" "$(archived_segments main | tail -n 1)"
looks_for "check of WAL" "directory" "$LAB_DIR/barman/main"
looks_for "dashboard" "last backup" "$backup"
looks_for "dashboard" "first backup" " $backup"
looks_for "console exporter" "servers" $'main\nstream'
looks_for "console exporter" "backups" "[1.0]"
looks_for "JSON exporter" "servers" "['main', 'stream']"
expect_true "JSON exporter: every check is OK" python3 -c 'import ast, sys; c = ast.literal_eval(sys.argv[1]); assert len(c) > 12 and all(c.values()), c' \
  "$(tool_answer "JSON exporter" check "$answers")"
expect_true "JSON exporter: names of checks" python3 -c 'import ast, sys; c = ast.literal_eval(sys.argv[1]); assert not {
  "archive_command", "archive_mode", "archiver_errors", "backup_maximum_age", "compression_settings", "continuous_archiving", "directories",
  "failed_backups", "minimum_redundancy_requirements", "postgresql", "retention_policy_settings", "ssh", "systemid_coherence", "wal_level",
  "superuser_or_standard_user_with_backup_privileges", "wal_maximum_age", "wal_size"} - set(c), c' "$(tool_answer "JSON exporter" check "$answers")"
expect_true "JSON exporter: names of facts" python3 -c 'import ast, sys; c = ast.literal_eval(sys.argv[1]); assert not {
  "active", "archive_command", "backups_number", "current_size", "current_xlog", "data_directory", "description", "disabled", "failed_count",
  "first_backup", "last_archived_wal", "last_backup", "minimum_redundancy", "passive_node", "pg_version", "retention_policies",
  "server_archived_wals_per_hour"} - set(c), c' "$(tool_answer "JSON exporter" status "$answers")"
looks_for "telegraf" "check" "[('main', 0), ('stream', 0)]"
looks_for "check_mk" "name and failures" "main []"
expect_text "check-barman: connections" $'PostgreSQL OK\nssh OK' "$(tool_answer "check-barman" connections "$answers")"
looks_for "repmgr" "backup" 0
looks_for "repmgr" "directory" $'\t'"basebackups_directory: $LAB_DIR/barman/main/base"
looks_for "restore job" "newest" "$backup"
looks_for "restore job" "end time" "[True]"
looks_for "restore job" "begin" "$backup"
looks_for "cron job" "oldest" "$backup"
looks_for "cron job" "too old" ""
answers=$(tool_answers stream "TPA|zabbix items")
looks_for "TPA" "receiver" 0
looks_for "zabbix items" "streaming" 1
looks_for "zabbix items" "replication slot" 1

# ---- A failed backup, and PostgreSQL gone -----------------------------------------------------------------------------------

echo broken >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
expect_status 1 barman backup main
rm -f "${LAB_DATA[source]}/unreadable"
failed_one=$(barman list-backups main | awk '/FAILED/ { print $2 }')
answers=$(tool_answers main "check of backups|cron job|zabbix-barman|check_mk|check-barman")
looks_for "check of backups" "failed" 1
looks_for "cron job" "failed backups" "main $failed_one"
looks_for "zabbix-barman" "status" $'0\n---- status 1'
looks_for "check_mk" "name and failures" "main ['failed backups']"
expect_equal "check-barman reads failed backups" "True 1" \
  "$(python3 -c 'import ast, sys; b = ast.literal_eval(sys.argv[1]); print(b[0][1] == 1, len(b[1][1]) // 4)' "$(tool_answer "check-barman" backups "$answers")")"
run barman delete main "$failed_one"
lab_stop_cluster source
answers=$(tool_answers main "zabbix-barman|nagios wrapper|dashboard|JSON exporter")
looks_for "zabbix-barman" "status" $'0\n---- status 1'
looks_for "zabbix-barman" "check" 1
expect_text "nagios wrapper: line" "CRITICAL: server main has issues * main FAILED: PostgreSQL" "$(tool_answer "nagios wrapper" line "$answers")"
looks_for "nagios wrapper" "status" 2
looks_for "dashboard" "last backup" "$backup"
looks_for "JSON exporter" "last WAL" False
