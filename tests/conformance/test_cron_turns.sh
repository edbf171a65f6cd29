#!/usr/bin/env bash
# The cron of either after the other: the same words, the same files from the same state, for archiving, receiving,
# waiting backups, retention, the queue of changes, inactive and wrongly configured servers; and by turns, one after the
# other, on one catalogue.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_configure_server main source local-rsync "reuse_backup = link"
lab_configure_server stream source postgres
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming"
use reference
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
run barman switch-wal --force --archive --archive-timeout 60 main
for _ in 1 2 3; do take_backup main; done
find "$LAB_DIR"/barman/main/base/*/data/base -mindepth 1 -maxdepth 1 ! -name 1 -exec rm -r {} +
mapfile -t backups < <(ours list-backups --minimal main | sort)
lab_archive_with source true
run reference archive-wal main

children_gone() { ! pgrep -f -- "-c $BARMAN_CONFIG_FILE -q (archive-wal|check-backup)" >/dev/null; }
slot_is_free() { lab_sql_is source t "select not exists (select from pg_replication_slots where active)"; }
streams() { lab_sql_is source t "select exists (select from pg_replication_slots where active)"; }
stop_receiver() {
  ours -q terminate-process stream receive-wal >/dev/null 2>&1 || true
  lab_wait_for 30 "the slot to be free" slot_is_free
}
receiving=streams
after_work() {
  lab_wait_for 60 "the children of cron" children_gone
  [[ $receiving != streams ]] || lab_wait_for 30 "the receiver" streams
  stop_receiver
  rm -f "$LAB_DIR"/barman/stream/streaming/* # when PostgreSQL hands over the next segment is its own affair
}
same_cron() { # CASE
  same_work "$1" working cron
  back_to_state
  same_work "$1 (json)" working -f json cron
  back_to_state
}

same_cron "nothing waits"
mv "$(find "$LAB_DIR/barman/main/wals" -name "$(archived_segments main | tail -n 1)")" "$LAB_DIR/segment"
cp "$LAB_DIR/segment" "$incoming/$(archived_segments main | tail -n 1)"
run ours rebuild-xlogdb main
same_cron "WAL waits"
echo junk >"$incoming/junk"
same_cron "something else waits"
rm "$incoming/junk"
run ours archive-wal main # where cron must start two children, which of them is first is nobody's promise
info=$LAB_DIR/barman/main/meta/${backups[2]}-backup.info
cp "$info" "$LAB_DIR/info"
sed -i 's/^status=.*/status=WAITING_FOR_WALS/' "$info"
same_cron "a backup waits"
sed -i 's/^end_wal=.*/end_wal=0000000100000000000000F0/' "$info"
same_cron "a backup waits in vain"
cp "$LAB_DIR/info" "$info"
configure() { lab_configure_server main source local-rsync "reuse_backup = link" "$@"; }
configure "retention_policy = REDUNDANCY 2"
same_cron "one backup is obsolete"
configure "retention_policy = REDUNDANCY 1"
same_cron "two backups are obsolete"
run ours keep --target standalone main "${backups[0]}"
same_cron "one of them is kept"
run ours keep --release main "${backups[0]}"
configure "retention_policy = RECOVERY WINDOW OF 1 DAYS" "minimum_redundancy = 5"
same_cron "below the minimum"
mv "$LAB_DIR/barman/main/base/${backups[0]}" "$LAB_DIR/orphan"
same_cron "an orphan"
mv "$LAB_DIR/orphan" "$LAB_DIR/barman/main/base/${backups[0]}"
configure
printf '[{"section": "main", "changes_set": [{"key": "parallel_jobs", "value": "3", "config_file": "%s"}]}]' \
  "$LAB_DIR/barman/.barman.auto.conf" >"$LAB_DIR/barman/cfg_changes.queue"
same_cron "a change of the configuration waits"
echo '{}' >"$LAB_DIR/barman/cfg_changes.queue"
run ours cron
after_work
printf '[]' >"$LAB_DIR/barman/cfg_changes.queue"
configure "active = false"
same_cron "an inactive server"
configure "conninfo = host=127.0.0.1 port=1 user=barman dbname=postgres"
same_cron "a server that is gone"
configure "ssh_command = ssh nobody@127.0.0.1"
same_cron "a disabled server"
configure
sed -i "/^\[barman\]/a lock_directory_cleanup = off" "$BARMAN_CONFIG_FILE"
same_cron "without the removal of locks"
receiving=nothing
lab_configure_server stream source postgres "streaming_archiver = off" "archiver = on"
before_work() {
  lab_configure_server stream source postgres
  use "$(other "$1")"
  lab_receive_wal source stream
  use reference
  lab_configure_server stream source postgres "streaming_archiver = off" "archiver = on"
  sleep 1
}
for format in console json; do
  for side in reference ours; do
    before_work "$side"
    answer "$side" -f "$format" cron | sed -E 's/\([0-9]+\)/(PID)/' >"$answers/words.$side"
    after_work
  done
  compare "streaming turned off ($format)" working "$answers/words.reference" "$answers/words.ours"
done
lab_configure_server stream source postgres

# ---- By turns -------------------------------------------------------------------------------------------------------

use reference
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
for side in reference ours reference ours; do
  run "$(other "$side")" backup main
  run "$side" cron
  closed=$(close_segment source)
  by_turns() { run "$side" cron && is_archived main "$closed" && is_archived stream "$closed"; }
  lab_keep_busy source
  lab_wait_for 90 "segment $closed in both archives" by_turns
  is_done() { run "$side" cron && [[ $(lab_backup_field main "$(lab_latest_backup main)" status) == DONE ]]; }
  lab_wait_for 60 "the backup" is_done
  holds "cron of $side completes what $(other "$side") backed up" true
  lab_wait_for 60 "the children of cron" children_gone
  same_catalogue "after the cron of $side" main latest
  archived_segments stream | expect_consecutive "no gap after the cron of $side" 1
done
lab_archive_with source true
run ours terminate-process stream receive-wal
lab_wait_for 60 "the children of cron" children_gone
run reference archive-wal main
run ours archive-wal stream
run ours rebuild-xlogdb main # a segment came twice above
same_index_after_rebuild "in the end" main
same_index_after_rebuild "in the end" stream
conclude
