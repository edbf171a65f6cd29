#!/usr/bin/env bash
# What both say of servers of every kind: streamed, pushed, inactive, passive, wrongly configured, gone, unknown; in
# console, JSON and Nagios form.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 100 >/dev/null
lab_configure_server main source rsync "retention_policy = REDUNDANCY 2" "minimum_redundancy = 1" "cluster = lab" \
  "last_backup_maximum_age = 1 DAY" "last_wal_maximum_age = 2 HOURS" "last_backup_minimum_size = 1 Mi" "tablespace_bandwidth_limit = ts_a:500"
lab_configure_server stream source postgres "compression = gzip"
lab_configure_server quiet source rsync "active = false"
lab_configure_server gone source rsync "conninfo = host=127.0.0.1 port=1 user=barman dbname=postgres" "ssh_command = ssh -p 1 nobody@127.0.0.1"
lab_configure_server unshipped source local-rsync "slot_name = unused" "check_timeout = 3"
lab_configure_server old source rsync "last_backup_maximum_age = 1 WEEK" "minimum_redundancy = 2" "check_timeout = 3"
printf '%s\n' "[copy]" "description = Copied" "primary_ssh_command = $LAB_SSH" "[copied]" "primary_ssh_command = ssh -p 1 nobody@127.0.0.1" \
  "[wrong]" "conninfo = host=127.0.0.1 port=1" "backup_method = rsync" "archiver = on" "parallel_jobs = many" \
  "[fast]" "model = on" "cluster = lab" "parallel_jobs = 8" >"$LAB_DIR/etc/barman.d/more.conf"
use reference
lab_push_wal source main
lab_keep_busy source
busy=$!
lab_receive_wal source stream
reference switch-wal --archive --archive-timeout 60 stream >/dev/null
take_backup main --name named
take_backup stream
kill "$busy"
lab_archive_with source true # nothing arrives between two questions
servers=(main stream quiet gone unshipped copy copied wrong nowhere)

same_answers "list-servers" "list-servers --minimal" "list-server"
for server in "${servers[@]}"; do
  same_answers "status $server" "show-servers $server" "check $server" "list-processes $server" "list-backups $server"
  same_answer check --nagios "$server"
done
same_answers "status old" "check old"
deliberately D-OPS-04 's/WARNING! latest backup is No available backups old/WARNING! No available backups/' \
  same_answers "show-servers old"
same_answers "status all" "check all" "list-backups all" "list-backups --minimal all" "show-servers main stream" "status main nowhere" \
  "check all main" "check --check-timeout 0 main" "show-server main" "list-process main" "list-backup main"
same_answer check --nagios all
same_answer check --nagios main quiet
same_answer check --nagios main nowhere
same_answer -q check main
same_answer -q check gone
same_answer -q -f json check gone
same_answer -q list-backups main
same_answer -q status main
same_answer --color always check main
same_answer --color always status nowhere
same_answer -d list-backups main

# A model in use.
run reference config-switch main fast
same_answers "status main" "show-servers main" "check main" "list-servers"
run ours config-switch --reset main

same_diagnosis "servers of every kind"

# The document that passive nodes read.
for backup_server in main stream; do
  first=$(archived_segments "$backup_server" | head -n 1)
  last=$(catalogue "$backup_server" | tail -n 1 | cut -f 1)
  position=$(($(catalogue "$backup_server" | wc -c) - $(catalogue "$backup_server" | tail -n 1 | wc -c)))
  same_document sync-info "$backup_server"
  same_document -f json sync-info "$backup_server"
  for from in "$first" "$first 1" "$first 60" "$last" "$last 1" "$last $position" "000000010000000000000001 1"; do
    # shellcheck disable=SC2086
    same_document sync-info "$backup_server" $from
  done
  same_answers "sync-info $backup_server 000000010000000000000000" "sync-info $backup_server 0000000F0000000000000000" \
    "sync-info --primary $backup_server" "sync-info $backup_server $first x"
done
same_answers "sync-info nowhere" "sync-backup main latest" "sync-wals main" "sync-backup nowhere latest" "sync-wals nowhere" \
  "sync-backup copy latest" "sync-info --primary copied" "sync-wals copied"
conclude
