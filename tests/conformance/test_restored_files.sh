#!/usr/bin/env bash
# Both restore the same backup to the same place in every way: the same words, the same files, the same recovery settings.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/restored.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
cat >>"${LAB_DATA[source]}/postgresql.conf" <<'END'
include_if_exists = 'extra.conf'
#archive_command = 'commented out'
recovery_target_action = 'promote'
END
printf 'data_directory = %s\n' "'${LAB_DATA[source]}'" >"${LAB_DATA[source]}/extra.conf"
lab_configure_server main source rsync
use ours
lab_push_wal source main
take_backup main
xid=$(lab_add_rows source 20)
lab_sql source "select pg_create_restore_point('here')" >/dev/null
lsn=$(lab_sql source "select pg_current_wal_insert_lsn()")
time=$(lab_sql source "select clock_timestamp()")
lab_add_rows source 20 >/dev/null
run ours switch-wal --archive --archive-timeout 60 main

restored_alike "no target" main latest
restored_alike "immediate" --target-immediate --target-action promote main latest
restored_alike "name" --target-name here main latest
restored_alike "xid, exclusive" --target-xid "$xid" --exclusive --target-action shutdown main "$backup"
restored_alike "lsn, timeline" --target-lsn "$lsn" --target-tli 1 main latest
restored_alike "time" --target-time "$time" --target-tli latest main latest
restored_alike "time, automatic choice" --target-time "$time" main auto
restored_alike "standby" --standby-mode main latest
restored_alike "get-wal" --get-wal main latest
restored_alike "get-wal, standby" --get-wal --standby-mode main latest
restored_alike "staged WAL" --target-immediate --staging-wal-directory "$target/staged" main latest
restored_alike "jobs" --jobs 2 main latest
restored_alike "remote" --remote-ssh-command "$LAB_SSH" --target-immediate main latest
restored_alike "remote, no target" --remote-ssh-command "$LAB_SSH" main latest
restored_alike "two targets" --target-immediate --target-name here main latest
restored_alike "no such tablespace" --tablespace "ts_c:/x" main latest
restored_alike "a target time before the backup" --target-time "2020-01-01 00:00:00+00:00" main latest

# A destination in use is left alone by both.
for side in reference ours; do
  rm -rf "$target"
  mkdir -p "$target/data"
  echo precious >"$target/data/file"
  answer "$side" restore main latest "$target/data" >"$answers/words.$side"
  holds "$side leaves a destination in use alone" test "$(cat "$target/data/file")" = precious
done
compare "a destination in use" asking "$answers/words.reference" "$answers/words.ours"
conclude
