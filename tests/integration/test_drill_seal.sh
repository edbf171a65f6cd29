#!/usr/bin/env bash
# What was restored cannot lead a drill out of its directory: settings that were in force on the server, files that it included,
# subscriptions, triggers, libraries. Nor can it make damage pass. And --keep leaves the cluster as it was restored.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

nowhere=127.9.9.9 escape=$LAB_DIR/tmp/escape
mkdir "$escape"
lab_start_sshd
lab_create_cluster source --wal-segsize=1 --data-checksums
lab_create_tables source
lab_add_rows source 3000 >/dev/null
lab_configure_server main source rsync
lab_push_wal source main

# In the databases: what would run, or stand in the way, by itself.
lab_sql source "alter system set max_logical_replication_workers = 0"
lab_stop_cluster source
lab_start_cluster source
lab_sql source "create subscription elsewhere connection 'host=$nowhere dbname=postgres' publication p with (connect = false, slot_name = elsewhere)" 2>/dev/null
lab_sql source "alter subscription elsewhere enable"
lab_sql source "create function escape() returns event_trigger language plpgsql as \$\$ begin
  copy (select 1) to program 'touch $escape/event_trigger'; end \$\$"
lab_sql source "alter database template1 set session_preload_libraries = 'barman_no_such_library'"
for database in postgres template1; do
  for setting in "zero_damaged_pages = on" "ignore_checksum_failure = on"; do lab_sql source "alter database $database set $setting"; done
done
lab_sql source "alter database template1 set default_transaction_read_only = on"
lab_sql source "alter database template1 set statement_timeout = 1"
file=$(lab_sql source "select pg_relation_filepath('ledger')")
lab_sql source "create event trigger escape on ddl_command_end execute function escape()"
lab_sql source checkpoint
take_backup main
xid=$(lab_add_rows source 100)
lab_archive_now source main >/dev/null
rm -f "$escape"/*

# In the files: what the server had, and what somebody put there.
data=$LAB_DIR/barman/main/base/$backup/data
libraries=barman_no_such_library
[[ ! -e $(pg_config --pkglibdir 2>/dev/null || "$LAB_PG_BIN/pg_config" --pkglibdir)/pg_prewarm.so ]] || libraries+=,pg_prewarm
hostile() {
  printf '%s\n' "archive_mode = on" "archive_command = 'touch $escape/archive_command'" \
    "restore_command = 'touch $escape/restore_command; false'" "recovery_end_command = 'touch $escape/recovery_end_command'" \
    "archive_cleanup_command = 'touch $escape/archive_cleanup_command'" "primary_conninfo = 'host=$nowhere port=9'" \
    "primary_slot_name = 'elsewhere'" "recovery_target_name = 'nowhere'" "recovery_target_timeline = '7'" "recovery_min_apply_delay = '1h'" \
    "external_pid_file = '$escape/pid'" "data_directory = '$escape/data'" "hba_file = '$escape/hba'" "ident_file = '$escape/ident'" \
    "logging_collector = on" "log_directory = '$escape/log'" "log_destination = 'csvlog'" "listen_addresses = '*'" "port = 1" \
    "unix_socket_directories = '$escape'" "ssl = on" "ssl_cert_file = '$escape/absent.crt'" "ssl_key_file = '$escape/absent.key'" \
    "shared_preload_libraries = '$libraries'" "session_preload_libraries = 'barman_no_such_library'" \
    "max_logical_replication_workers = 4" "max_worker_processes = 8" "zero_damaged_pages = on" "ignore_checksum_failure = on" \
    "autovacuum = on" "synchronous_standby_names = '*'" "hot_standby = on" "max_connections = 1000"
  ((LAB_PG_MAJOR < 15)) || echo "archive_library = 'barman_no_such_library'"
  ((LAB_PG_MAJOR < 17)) || printf '%s\n' "sync_replication_slots = on" "summarize_wal = on"
}
hostile >"$escape/included.conf"
{ hostile; echo "include_if_exists = '$escape/included.conf'"; echo "include_if_exists = '$escape/absent.conf'"; } >"$LAB_DIR/tmp/hostile"
cat "$LAB_DIR/tmp/hostile" >>"$data/postgresql.auto.conf"
echo "shared_preload_libraries = '$libraries'" >>"$data/postgresql.conf"
touch "$data/standby.signal"
listed=$(ls -A "$escape")

cat >"$LAB_DIR/questions.sql" <<'SQL'
select not pg_is_in_recovery()
select subenabled from pg_subscription where subname = 'elsewhere'
select count(*) = 0 from pg_stat_activity where backend_type not in ('client backend', 'checkpointer', 'background writer', 'walwriter', 'stats collector')
select current_setting('archive_mode') = 'off' and current_setting('archive_command') in ('', '(disabled)')
select current_setting('primary_conninfo') = '' and current_setting('primary_slot_name') = ''
select current_setting('listen_addresses') = '' and current_setting('ssl') = 'off' and current_setting('external_pid_file') = ''
select current_setting('zero_damaged_pages') = 'off' and current_setting('ignore_checksum_failure') = 'off'
select current_setting('shared_preload_libraries') !~ 'no_such'
\connect template1
select current_setting('zero_damaged_pages') = 'off' and current_setting('session_preload_libraries') = ''
select pg_sleep(0.1) is not null and current_setting('statement_timeout') = '0'
SQL
expect_sealed() { # WHAT [OPTION...]
  local what=$1; shift
  expect_drill "$what" main latest --sql "$LAB_DIR/questions.sql" "$@"
  expect_equal "$what: its statements are true" True "$(check_of sql)"
  expect_text "$what: the library that is not here is told" \
    "'barman_no_such_library' of shared_preload_libraries is not on this host: left out" "$(drill_value "d['notes']")"
  expect_equal "$what: nothing of what was restored ran" "$listed" "$(ls -A "$escape")"
  expect_nothing_left main
}
expect_sealed "to the end"
expect_sealed "to a target" --target-immediate
expect_sealed "to a transaction" --target-xid "$xid"

if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
  run strace -f -o "$LAB_DIR/log/calls" -e trace=connect,bind,sendto,execve "$BARMAN_BIN_DIR/barman" drill main latest
  expect_false "it looks for nobody elsewhere" grep -qF "$nowhere" "$LAB_DIR/log/calls"
  expect_false "it runs none of the commands" grep -q 'touch ' "$LAB_DIR/log/calls"
  # Up to 14, PostgreSQL sends statistics to itself, by a datagram socket of the loopback interface.
  others=$(grep -E '(connect|bind)\(.*(sin6?_port|sin6?_addr)' "$LAB_DIR/log/calls" | grep -vE '127\.0\.0\.1|"::1"' || true)
  expect_equal "it reaches no other host" "" "$others"
  ((LAB_PG_MAJOR < 15)) || expect_false "nor itself by a network" grep -qE '(connect|bind)\(.*sin6?_port' "$LAB_DIR/log/calls"
  expect_equal "it listens on its own socket alone" 0 \
    "$(grep -F 'bind(' "$LAB_DIR/log/calls" | grep -F sun_path | grep -cvF "$LAB_DIR/barman/main/.drill/" || true)"
else
  passed "NOT TRACED: no strace here, or it may not trace"
fi

# ---- Damage ----------------------------------------------------------------------------------------------------------------

cp "$data/$file" "$LAB_DIR/tmp/page"
printf 'damage' | dd of="$data/$file" bs=1 seek=16000 conv=notrunc status=none
expect_failure "a damaged page that the server was told to pass over" content "invalid page" main latest --target-immediate
cp "$LAB_DIR/tmp/page" "$data/$file"

# ---- Kept --------------------------------------------------------------------------------------------------------------------

expect_drill "a drill that stays" main latest --target-immediate --keep
kept=$(drill_value "d['kept']")
expect_text "it says where" "$LAB_DIR/barman/main/.drill/drill-" "$kept"
expect_false "it is stopped" test -e "$kept/postmaster.pid"
expect_true "what was restored as configuration is there" grep -qF "external_pid_file = '$escape/pid'" "$kept/postgresql.auto.conf"
expect_false "but what the drill added" test -e "$kept/barman_drill.conf"
run barman cron
run barman drill main latest --target-immediate
expect_true "cron and other drills leave it alone" test -s "$kept/global/pg_control"
: >"$kept/postgresql.auto.conf"
LAB_DATA[kept]=$kept
lab_free_port
LAB_PORT[kept]=$REPLY
lab_start_cluster kept -c shared_preload_libraries= -c archive_mode=off -c max_logical_replication_workers=0
expect_true "it can be started" test "$(lab_sql kept "select count(*) from ledger")" -gt 0
lab_stop_cluster kept immediate
rm -rf "${kept%/data}"
expect_nothing_left main
