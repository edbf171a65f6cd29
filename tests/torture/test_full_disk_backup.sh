#!/usr/bin/env bash
# shellcheck disable=SC2031
# A backup fills the disk of the barman home. The library of the torture tests stands in for it: an ordinary user can
# mount none.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
lab_configure_server main source local-rsync
lab_configure_server stream source postgres "archiver = on" "streaming_archiver = off"
cat >"$LAB_DIR/bin/deliver" <<END
#!/bin/bash
[[ ! -e $LAB_DIR/tmp/full ]] || exit 1
for server in main stream; do
  mkdir -p $LAB_DIR/barman/\$server/incoming
  cp "\$1" "$LAB_DIR/barman/\$server/incoming/\$2" || exit 1
done
END
chmod 755 "$LAB_DIR/bin/deliver"
lab_archive_with source "$LAB_DIR/bin/deliver %p %f"

# ---- A backup that fills the disk ends, though nothing can be archived any more, and gives its room back
# pg_basebackup writes through stdio, whose calls the library does not see: it runs out of directories instead.
declare -A copier=([main]=rsync [stream]=pg_basebackup) calls_of=([main]=write [stream]=mkdir) strike=([main]=40 [stream]=4)
backup_sessions_gone() { lab_sql_is source 0 "select count(*) from pg_stat_activity where usename in ('barman', 'streaming_barman')"; }
for server in main stream; do
  run barman switch-wal --force --archive --archive-timeout 60 "$server"
  take_backup "$server"
  whole=$(listing "$LAB_DIR/barman/$server/base/$backup")
  first=$backup
  touch "$LAB_DIR/tmp/full"
  FAULT_PROGRAM=${copier[$server]} FAULT_CALLS=${calls_of[$server]} FAULT_LASTS=1 disturbed ENOSPC "${strike[$server]}" \
    timeout 60 barman backup "$server"
  expect_equal "$server: a backup that fills the disk fails, and waits for no archiver that is stuck" 1 "$status"
  ((struck > 0)) || failed "$server: nothing was disturbed" "$output"
  expect_text "$server: it says why" "No space left on device" "$output"
  backup=$(lab_latest_backup "$server")
  expect_equal "$server: it is FAILED in the catalogue" FAILED "$(lab_backup_field "$server" "$backup" status)"
  expect_equal "$server: the room of what was copied is given back" "" \
    "$(find "$LAB_DIR/barman/$server/base/$backup" -type f ! -name backup.info)"
  expect_text "$server: it says that, too" "The files copied so far were removed" "$output"
  lab_wait_for 20 "the end of the backup session" backup_sessions_gone
  expect_free_locks
  run barman delete "$server" "$backup"
  passed "$server: its entry can be deleted"
  expect_equal "$server: the backup before it is untouched" "$whole" "$(listing "$LAB_DIR/barman/$server/base/$first")"
  rm "$LAB_DIR/tmp/full"
  run barman switch-wal --force --archive --archive-timeout 90 "$server"
  take_backup "$server"
done

# ---- A backup that is copied whole, but whose last WAL finds no room, ends as well
# Only its incoming directory is on the full disk.
lab_configure_server main source local-rsync "hang_timeout = 15" "incoming_wals_directory = $LAB_DIR/barman/inbox/main"
mkdir -p "$LAB_DIR/barman/inbox/main"
first=$backup
root=$LAB_DIR/barman/inbox
touch "$LAB_DIR/tmp/full"
FAULT_FULL=1 FAULT_PROGRAM=barman disturbed count 0 timeout 120 barman backup main
expect_equal "a backup whose WAL cannot be archived fails" 1 "$status"
expect_text "it says why" "has had no room for a WAL segment for 15 seconds" "$output"
backup=$(lab_latest_backup main)
[[ $backup != "$first" ]] || failed "it left no entry"
expect_equal "it is FAILED in the catalogue" FAILED "$(lab_backup_field main "$backup" status)"
expect_equal "its room is given back" "" "$(find "$LAB_DIR/barman/main/base/$backup" -type f ! -name backup.info)"
expect_free_locks
run barman delete main "$backup"
rm "$LAB_DIR/tmp/full"
