#!/usr/bin/env bash
# The receiver follows a server that was promoted to its new timeline by itself; where that would leave the way that was
# received, it refuses once, with the command that fixes it, and is not started every minute.
. "${BASH_SOURCE[0]%/*}/common.sh"

log=$LAB_DIR/log/barman.log
lab_create_cluster old --wal-segsize=1
lab_create_tables old
create_standby old new
lab_configure_server stream old postgres "compression = gzip"
receiver_is() { # STATE CLUSTER
  lab_sql_is "$2" "$1" "select coalesce(bool_or(active), false) from pg_replication_slots where slot_name = 'stream'"
}
run barman cron
lab_wait_for 30 "the receiver" receiver_is t old
lab_add_rows old 1000 >/dev/null
run lab_archive_now old stream
take_backup stream
first=$backup
lab_add_rows old 500 >/dev/null

# ---- A planned switch: the standby has everything ---------------------------------------------------------------------

lab_stop_cluster old # waits until its standby and its receiver have all WAL
lab_wait_for 30 "the end of the receiver" lab_all_gone "$(cat "$LAB_DIR/barman/.stream-receive-wal.lock")"
pg_ctl promote -w -s -D "${LAB_DATA[new]}"
lab_wait_for_promotion new
lab_configure_server stream new postgres "compression = gzip"
lab_add_rows new 500 >/dev/null
content=$(lab_fingerprint new)
run barman cron
lab_wait_for 30 "the receiver" receiver_is t new
expect_text "the receiver follows" "its timeline 2 continues from timeline 1 at" "$(cat "$log")"
last=$(close_segment new)
lab_keep_busy new
archive_and_see() { barman -q archive-wal stream && is_archived stream "$1"; }
lab_wait_for 60 "segment $last in the archive" archive_and_see "$last"
expect_equal "on the new timeline" 00000002 "${last:0:8}"
expect_true "with its history" is_archived stream 00000002.history
archived_segments stream | cut -c9- | sort -u | sed 's/^/00000001/' | expect_consecutive "no segment number is missing" 1
expect_equal "nothing stands in the way" 0 "$(grep -c "receive-wal: " "$log" || true)"
restore_and_start followed stream "$first" --target-tli latest
expect_rows "a backup from before restores what came after" followed "$content"
discard followed

# ---- A failover that loses WAL: the standby is behind -------------------------------------------------------------------

create_standby new late
lab_stop_cluster late
fork=$(current_segment new)
lab_add_rows new 20000 >/dev/null
lab_add_rows new 20000 >/dev/null
lost=$(close_segment new)
# Not a partial one: the server stops before it could be completed.
received() { [[ -e $LAB_DIR/barman/stream/streaming/$lost ]] || is_archived stream "$lost"; }
lab_wait_for 60 "segment $lost" received
lab_stop_cluster new immediate
lab_wait_for 30 "the end of the receiver" lab_all_gone "$(cat "$LAB_DIR/barman/.stream-receive-wal.lock")"
lab_start_cluster late
pg_ctl promote -w -s -D "${LAB_DATA[late]}"
lab_wait_for_promotion late
lab_configure_server stream late postgres "compression = gzip"
lab_add_rows late 100 >/dev/null
newest=$(find "$LAB_DIR/barman/stream/streaming" -name '00000002000*' | sort | tail -n 1)
sum=$(sha256sum "$newest")
lines=$(wc -l <"$log")
since() { tail -n +$((lines + 1)) "$log"; }
quiet() { ! pgrep -u "$LAB_USER" -f "$BARMAN_CONFIG_FILE.*(receive|archive)-wal stream" >/dev/null; }
for _ in 1 2 3 4; do
  run barman -q cron
  lab_wait_for 20 "the end of what cron has started" quiet
done
expect_equal "that the receiver cannot follow is reported once" 1 "$(since | grep -c "WARNING: Server stream: receive-wal: WAL was received up to .* on timeline 2, which the server left at")"
expect_text "with the command that fixes it" "Try: barman receive-wal --reset 'stream', and take a new backup" "$(since)"
expect_equal "it is started once" 1 "$(since | grep -c "ERROR: ArchiverFailure:WAL was received up to")"
expect_equal "and the last that was received is as it was" "$sum" "$(sha256sum "$newest")"
expect_status 1 barman check --explain stream
expect_text "check --explain reports it, too" "try: barman receive-wal" "$output"
expect_status 1 barman receive-wal stream
expect_text "so does receive-wal" "ERROR: ArchiverFailure:WAL was received up to" "$output"
expect_text "with the way out" "HINT: barman receive-wal --reset 'stream', and take a new backup" "$output"

run barman receive-wal --reset stream
receiving() { barman -q cron; receiver_is t late; }
lab_wait_for 60 "the receiver on timeline 3" receiving
expect_equal "that it is over is reported once" 1 "$(since | grep -c "INFO: Server stream: receive-wal: this is over")"
lab_keep_busy late
take_backup stream
content=$(lab_fingerprint late)
run lab_archive_now late stream
restore_and_start after stream "$backup"
expect_rows "the backup on the new timeline restores" after "$content"
lab_wait_for 60 "segment $lost in the archive" archive_and_see "$lost"
passed "the WAL that only Barman had is in the archive ($fork to $lost)"
