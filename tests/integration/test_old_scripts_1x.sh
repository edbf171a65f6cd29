#!/usr/bin/env bash
# What the tutorials of Barman 1.4 and 1.6 told people to type and to write into their configuration goes on working:
# aliases, option spellings, shortcuts, and what scripts looked for in the output.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
cat >"$BARMAN_CONFIG_FILE" <<END
; Barman, Backup and Recovery Manager for PostgreSQL
[barman]
; Main directory
barman_home = $LAB_DIR/barman
; System user
barman_user = $LAB_USER
; Log location
log_file = $LAB_DIR/log/barman.log
log_level = INFO
; Default compression level: possible values are None (default), bzip2, gzip or custom
compression = gzip
reuse_backup = link
immediate_checkpoint = true
network_compression = false
basebackup_retry_times = 3
basebackup_retry_sleep = 1
last_backup_maximum_age = '1 DAY'
minimum_redundancy = 1
retention_policy = REDUNDANCY 2
retention_policy_mode = auto
wal_retention_policy = main
pre_backup_script = env | grep ^BARMAN >$LAB_DIR/pre_backup
path_prefix = "$LAB_PG_BIN"

; 'main' PostgreSQL Server configuration
[main]
; Human readable description
description =  "Main PostgreSQL Database"
ssh_command = $LAB_SSH
conninfo = host=127.0.0.1 port=${LAB_PORT[source]} user=barman dbname=postgres
backup_options = concurrent_backup
archiver = on
bandwidth_limit = 400000
tablespace_bandwidth_limit = ts_a:200000, ts_b:400000
END

# ---- 1.4: a first server ----
run barman list-server
expect_text "list-server" "main - Main PostgreSQL Database" "$output"
barman show-server main >"$LAB_DIR/facts" 2>/dev/null
incoming=$(sed -n 's/^\tincoming_wals_directory: //p' "$LAB_DIR/facts")
expect_equal "show-server tells where WAL is to be sent" "$LAB_DIR/barman/main/incoming" "$incoming"
expect_equal "and data_directory is a word to grep for" "${LAB_DATA[source]}" "$(grep -w data_directory "$LAB_DIR/facts" | awk '{ print $2 }')"
mkdir -p "$incoming"
lab_archive_with source "rsync -a %p $incoming/%f"
expect_status 1 barman check main # makes the directories; there is no backup yet
expect_line "check of a server without backup" "	minimum redundancy requirements: FAILED (have 0 non-incremental backups, expected at least 1)" "$output"
lab_sql source "select pg_switch_wal()" >/dev/null
run barman cron
run barman switch-xlog --force --archive --archive-timeout 60 main
run barman backup main
expect_text "backup" "Backup completed" "$output"
expect_true "the hook script had its variables" grep -q '^BARMAN_PHASE=pre' "$LAB_DIR/pre_backup"
run barman switch-xlog main
run barman archive-wal main
first=$(barman list-backup main --minimal)
run barman list-backup all
expect_text "list-backup all" "main $first - R - " "$output"
run barman show-backup main latest
expect_line "show-backup ... latest" "  Status                 : DONE" "$output"
expect_equal "the time that a backup ended, as scripts cut it out" 1 "$(grep -cE '^ +End time +: [0-9-]+ [0-9:.]+' <<<"$output")"
run barman list-files --target data main "$first"
expect_equal "list-files begins with backup.info" "$LAB_DIR/barman/main/base/$first/backup.info" "$(sed -n 1p <<<"$output")"
run barman check main
run barman check --nagios main
expect_text "check --nagios" "BARMAN OK - Ready to serve the Espresso backup for main" "$output"

# ---- 1.4: recovery, here and on a remote host ----
lab_add_rows source 300 >/dev/null
rows=$(lab_fingerprint source)
sleep 0.1
moment=$(lab_sql source "select now()")
sleep 0.1
lab_sql source "truncate ledger, ledger_a, ledger_b"
close_segment source >/dev/null
run barman cron
run barman switch-xlog --force --archive --archive-timeout 60 main
dir=$LAB_DIR/restore/remote
mkdir -p "$dir"
run barman recover --remote-ssh-command "$LAB_SSH" --target-time "$moment" \
  --tablespace "ts_a:$dir/ts_a" --tablespace "ts_b:$dir/ts_b" main last "$dir/data"
expect_text "recover says at the end" "Your PostgreSQL server has been successfully prepared for recovery!" "$output"
printf "recovery_target_action = 'promote'\n" >>"$dir/data/postgresql.auto.conf"
lab_start_restored remote "$dir/data"
lab_wait_for_promotion remote
expect_rows "recover --remote-ssh-command --target-time" remote "$rows"
expect_sound_pages remote

# ---- 1.6: status, get-wal, incremental backups, deletion ----
run barman status main
expect_text "status" "	Description: Main PostgreSQL Database" "$output"
wal=$(lab_backup_field main "$first" begin_wal)
barman get-wal main "$wal" >"$LAB_DIR/plain"
expect_true "get-wal" test "$(stat -c %s "$LAB_DIR/plain")" = 1048576
expect_true "get-wal -x" cmp "$LAB_DIR/plain" <(barman get-wal -x main "$wal" | gzip -dc)
expect_true "get-wal -z" cmp "$LAB_DIR/plain" <(barman get-wal -z main "$wal" | gzip -dc)
expect_true "get-wal -j" cmp "$LAB_DIR/plain" <(barman get-wal -j main "$wal" | bzip2 -dc)
run barman get-wal -P -o "$LAB_DIR/tmp" main "$wal"
expect_true "get-wal -o" cmp "$LAB_DIR/plain" "$LAB_DIR/tmp/$wal"
rm "$LAB_DIR/tmp/$wal"
run barman backup --reuse-backup=link --immediate-checkpoint --bwlimit 400000 --retry-times 2 --retry-sleep=1 main
run barman switch-xlog --archive --archive-timeout 60 main
run barman backup --reuse=off --no-retry main
run barman switch-xlog --archive --archive-timeout 60 main
run barman rebuild-xlogdb main
expect_equal "three backups" 3 "$(barman list-backup main --minimal | wc -l)"
expect_true "check-barman reads the index where it was" grep -q "^$wal	" "$LAB_DIR/barman/main/wals/xlog.db"
run barman cron
expect_text "cron enforces the retention policy" "Enforcing retention policy: removing backup $first for server main" "$output"
run barman delete main oldest
expect_text "delete ... oldest" "Deleted backup" "$output"
expect_status 1 barman delete main oldest
expect_text "the last one is protected" "due to minimum redundancy requirements" "$output"
run barman diagnose
expect_text "diagnose" '"main": {' "$output"
expect_equal "nothing is deprecated that these scripts say" "" "$(barman list-server 2>&1 >/dev/null)"
