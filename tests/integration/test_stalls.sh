#!/usr/bin/env bash
# Stalls are reported by cron, in the log and once, and by check --explain, with the command that fixes them; what check
# itself prints stays as it was.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_configure_server main source local-rsync "slot_name = left_over"
lab_configure_server stream source postgres
log=$LAB_DIR/log/barman.log
reported() { grep -c "WARNING: Server $1: $2" "$log" || true; } # SERVER KIND
over() { grep -c "INFO: Server $1: $2: this is over" "$log" || true; }
crons() { for _ in 1 2 3; do run barman -q cron; done; }

# ---- A slot that nobody reads, and an archive_command that has never worked ------------------------------------------

run barman cron
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots where slot_name = 'stream'"
crons
expect_equal "there is no stall" 0 "$(grep -c "WARNING: Server" "$log" || true)"
expect_false "nothing has to be remembered" test -e "$LAB_DIR/barman/.main-stalls"

lab_archive_with source "echo out of order >&2; false"
lab_sql source "select pg_create_physical_replication_slot('left_over', true)" >/dev/null
for _ in $(seq 66); do close_segment source >/dev/null; done
lab_wait_for 30 "the first failure of archive_command" lab_sql_is source t "select failed_count > 0 from pg_stat_archiver"
checked=$(barman check main || true)
crons
expect_equal "a slot that holds back WAL is reported once" 1 "$(reported main "replication slot: slot 'left_over' holds back 6[0-9].* MiB of WAL")"
expect_text "with what drops it" "Try: psql " "$(grep "left_over" "$log" | tail -n 1)"
expect_equal "a failing archive_command is reported once" 1 "$(reported main "archive_command: PostgreSQL's archive_command fails")"
expect_equal "the slot that is read is not reported" 0 "$(reported stream "replication slot")"
expect_equal "check prints what it has always printed" "$checked" "$(barman check main || true)"
expect_status 1 barman check --explain main
expect_text "check --explain reports the slot" "slot 'left_over' holds back" "$output"
expect_text "and how to drop it" "try: psql 'dbname=postgres host=127.0.0.1 port=${LAB_PORT[source]} user=barman' -c 'select pg_drop_replication_slot" "$output"
expect_text "and the archive_command" "on the PostgreSQL server: barman-wal-archive --test BARMAN_HOST main x" "$output"

lab_sql source "select pg_drop_replication_slot('left_over')" >/dev/null
lab_archive_with source true
lab_wait_for 90 "archive_command to work" lab_sql_is source t "select last_archived_time > last_failed_time from pg_stat_archiver"
crons
expect_equal "that the slot is gone is reported once" 1 "$(over main "replication slot")"
expect_equal "and that archive_command works" 1 "$(over main "archive_command")"
expect_false "nothing is left to be remembered" test -e "$LAB_DIR/barman/.main-stalls"

# ---- A full disk ----------------------------------------------------------------------------------------------------

cat >"$LAB_DIR/tmp/full.c" <<'END'
#include <sys/statvfs.h>
int statvfs(const char *path, struct statvfs *room) {
  (void)path;
  *room = (struct statvfs){.f_frsize = 4096, .f_blocks = 1000000, .f_bavail = 10, .f_files = 1000000, .f_favail = 500000};
  return 0;
}
END
cc -shared -fPIC -o "$LAB_DIR/tmp/full.so" "$LAB_DIR/tmp/full.c"
for _ in 1 2 3; do LD_PRELOAD=$LAB_DIR/tmp/full.so run barman -q cron; done
expect_equal "a full disk is reported once" 1 "$(reported main "disk of $LAB_DIR/barman/main: 40.0 KiB of 3.8 GiB are free")"
crons
expect_equal "and that it is over" 1 "$(over main "disk of .*")"

# ---- Causes before consequences -------------------------------------------------------------------------------------

lab_stop_cluster source immediate
expect_status 1 barman check --explain stream
expect_equal "a server that is down is the first problem" $'\tPostgreSQL' "$(sed -n 2p <<<"$output")"
expect_text "in libpq's words" "failed: Connection refused"$'\n\t\tIs the server running on that host' "$output"
expect_text "what needs it is skipped" "skipped while this is so: superuser or standard user with backup privileges, PostgreSQL streaming, wal_level, replication slot" "$output"
expect_text "with a command to try" "try: psql 'dbname=postgres host=127.0.0.1 port=${LAB_PORT[source]} user=barman' -c 'select version()'" "$output"
expect_false "and no other problem of the kind" grep -qx $'\treplication slot' <<<"$output"
expect_status 1 barman -f json check --explain stream
expect_text "the same in JSON" '{"stream": {"problems": [{"' "$output"
before=$(wc -l <"$log")
crons
expect_equal "cron says nothing of a server that it cannot ask" 0 "$(tail -n +$((before + 1)) "$log" | grep -c "Server stream:" || true)"
