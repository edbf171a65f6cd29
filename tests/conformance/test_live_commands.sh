#!/usr/bin/env bash
# Commands that touch a live server or locks: switch-wal, backups and restores in JSON, locks that are held or left behind.
# shellcheck disable=SC2317 # before_work is called by both_do
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/live_servers.sh"

# ---- switch-wal -----------------------------------------------------------------------------------------------------

before_work() { lab_sql source "select pg_logical_emit_message(true, 'lab', 'x')" >/dev/null; }
for server in main stream follower alone gone quiet nowhere; do
  both_do_each "switch-wal $server" switch-wal "$server"
  both_do_each "switch-wal --force $server" switch-wal --force "$server"
done
both_do_each "switch-wal of several" switch-wal main quiet nowhere
both_do_each "switch-xlog" switch-xlog main
# What is archived on the way depends on when it arrives.
before_work() {
  lab_sql source "select pg_logical_emit_message(true, 'lab', 'x')" >/dev/null
  lab_wait_for 30 "the archiver" lab_sql_is source t "select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1048576) from pg_stat_archiver"
  ours -q archive-wal main
}
both_do_each "switch-wal --archive" switch-wal --archive --archive-timeout 60 main
both_do_each "switch-wal --archive in vain" switch-wal --archive --archive-timeout 1 gone
before_work() { :; }
deliberately D-WAL-21 "s/'NoneType' object has no attribute 'switch_wal'/Unable to perform pg_switch_wal for server 'copy'./; s/^EXCEPTION/ERROR/
  s/_EXCEPTION/_ERROR/; s/^See log file.*/HINT: it is a passive node: switch the WAL on its primary node/
  s/.nSee log file for more details\./\\\\nHINT: it is a passive node: switch the WAL on its primary node/" both_do_each "switch-wal of a passive server" switch-wal copy

# ---- Backups in JSON ------------------------------------------------------------------------------------------------

before_work() { lab_wait_for 30 "the archiver" lab_sql_is source t "select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1048576) from pg_stat_archiver"; }
# Sizes and numbers of segments depend on what is archived on the way.
without_moving_sizes() {
  sed -E 's/[0-9.]+ [KM]?i?B\b/SIZE/g; s/("[a-z_]*(size|bytes)": )[0-9]+/\1BYTES/g; s/("(wal_num|until_next|number_of_files)[a-z_]*": )[0-9]+/\1N/g
    s/-[0-9.]+% dedup/-P% dedup/; s/"\\t[0-9A-F]{24}(\.[0-9A-F]+\.backup)?"(, )?//g; /^\t[0-9A-F]{24}/d'
}
run ours backup main
both_do_each "a backup, without waiting" backup main
run ours archive-wal main
both_do_each "a backup, waiting" backup --wait --wait-timeout 60 --name "" main
for options in "--name latest" "--name 20260101T000000" "--incremental latest" "--incremental nothing" "--jobs 0" "--reuse-backup tape"; do
  # shellcheck disable=SC2086
  both_do_each "backup $options" backup $options main
done
for server in gone quiet copy nowhere alone; do both_do_each "backup $server" backup "$server"; done
# Of several that are skipped Barman tells in no certain order.
for server in quiet copy; do both_do_each "backup of $server and another" backup "$server" nowhere; done
backup=$(lab_latest_backup main)
# Whoever restores first archives what has just arrived, and says so.
nothing_ready() { [[ -z $(find "${LAB_DATA[source]}/pg_wal/archive_status" -name '*.ready') ]]; }
lab_wait_for 60 "the archiver of PostgreSQL" nothing_ready
run ours -q archive-wal main
for side in reference ours; do
  for format in console json; do
    rm -rf "$LAB_DIR/restore/x"
    answer "$side" -f "$format" restore main "$backup" "$LAB_DIR/restore/x" | without_next_steps >"$answers/restore.$format.$side"
  done
done
for format in console json; do compare "restore ($format)" working "$answers/restore.$format.reference" "$answers/restore.$format.ours"; done
before_work() { :; }

# ---- Locks ----------------------------------------------------------------------------------------------------------

locks() { (cd "$LAB_DIR/barman" && find . -maxdepth 1 -name '.*.lock' | sort); }
for format in console json; do
  for side in reference ours; do
    touch "$LAB_DIR"/barman/.main-{backup,cron,x}.lock "$LAB_DIR/barman/.nowhere-archive-wal.lock" "$LAB_DIR/barman/lock"
    exec 9>"$LAB_DIR/barman/.held-cron.lock"
    flock 9
    { answer "$side" -f "$format" lock-directory-cleanup 9>&-; locks; } >"$answers/cleanup.$side"
    exec 9>&-
  done
  compare "lock-directory-cleanup ($format)" asking "$answers/cleanup.reference" "$answers/cleanup.ours"
done

# Busy locks are told alike.
hold_and_ask() { # LOCK ARGUMENT...
  exec 9>"$LAB_DIR/barman/$1"
  flock 9
  both_do_each "${*:2}, while $1 is held" "${@:2}" 9>&-
  exec 9>&-
}
hold_and_ask .main-backup.lock backup main
for lock in .main-backup.lock ".main-$backup.lock"; do
  deliberately D-DEL-05 's/\(main LocalBackupInfo\(.*\}$/(main ID)"]}/; s/\(main LocalBackupInfo\(.*/(main ID)/' hold_and_ask "$lock" delete main "$backup"
done
hold_and_ask ".main-$backup.lock" check-backup main "$backup"
hold_and_ask ".main-$backup.lock" export-backup main "$backup" "$LAB_DIR/tmp"
hold_and_ask .main-archive-wal.lock archive-wal main
hold_and_ask .stream-receive-wal.lock receive-wal stream
hold_and_ask .stream-receive-wal.lock receive-wal --reset stream
rm "$LAB_DIR"/etc/barman.d/{stream,follower,alone,gone}.conf # a receiver that the first cron has started is there for the second
hold_and_ask .main-cron.lock cron
conclude
