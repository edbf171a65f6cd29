#!/usr/bin/env bash
# A backup is killed, or loses its power, at every call of ours that changes something. No half-made backup is shown as
# usable, PostgreSQL is left out of backup mode, the earlier backup is untouched, the next one succeeds, and the remains
# can be deleted.
TORTURE_POINTS=${TORTURE_POINTS:-2}
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
lab_sql source "alter system set autovacuum = off"
# What PostgreSQL delivers, to either server, arrives outside of what is swept.
arrivals=$LAB_DIR/tmp/arrivals
mkdir -p "$arrivals"/{main,stream}
cat >"$LAB_DIR/bin/deliver" <<END
#!/bin/bash
for server in main stream; do
  [[ ! -e $arrivals/\$server/\$2 ]] || continue
  cp "\$1" "$arrivals/\$server.part" && mv "$arrivals/\$server.part" "$arrivals/\$server/\$2" || exit 1
done
END
chmod 755 "$LAB_DIR/bin/deliver"
lab_configure_server main source local-rsync "reuse_backup = link" "incoming_wals_directory = $arrivals/main"
# Without a receiver: its lock would be among what is swept.
lab_configure_server stream source postgres "archiver = on" "streaming_archiver = off" "incoming_wals_directory = $arrivals/stream"
lab_archive_with source "$LAB_DIR/bin/deliver %p %f"
lab_keep_busy source
declare -A first wanted
for server in main stream; do
  run barman switch-wal --force --archive --archive-timeout 60 "$server"
  take_backup "$server"
  first[$server]=$backup
done
cp -a "$LAB_DIR/barman" "$LAB_DIR/pristine"

# A restore needs each of these whole; other files may grow from one backup to the next.
stable_files() { # SERVER BACKUP
  (cd "$LAB_DIR/barman/$1/base/$2" && find . -type f \( -path '*/base/*' -o -path '*/global/*' -o -name PG_VERSION \) \
    ! -name pg_internal.init -printf '%P %s\n' | sort)
}
contents() { # SERVER BACKUP
  (cd "$LAB_DIR/barman/$1" && find "base/$2" "meta/$2-backup.info" -type f ! -name backup.info -exec sha256sum {} + | sort -k 2)
}
no_backup_session() { lab_sql_is source 0 "select count(*) from pg_stat_activity where application_name = 'barman' or backend_type = 'walsender' and application_name like '%basebackup%'"; }

prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
  find "$arrivals" -name '0*' -delete
}
check_disturbed() {
  local id state
  lab_wait_for 20 "the end of the backup session" no_backup_session
  [[ $(contents "$server" "${first[$server]}") == "${wanted[$server]}" ]] || failed "$point: the first backup was changed"
  run barman list-backups "$server"
  for id in $(barman list-backups --minimal "$server"); do
    [[ $id != "${first[$server]}" ]] || continue
    state=$(lab_backup_field "$server" "$id" status)
    case $state in
      EMPTY | STARTED | FAILED) expect_status 1 barman restore "$server" "$id" "$LAB_DIR/restore/none" ;;
      WAITING_FOR_WALS | DONE)
        [[ $(stable_files "$server" "$id") == "$(stable_files "$server" "${first[$server]}")" ]] ||
          failed "$point: backup $id is $state and not whole" "$(diff <(stable_files "$server" "${first[$server]}") <(stable_files "$server" "$id"))"
        ;;
      *) failed "$point: backup $id has the state '$state'" ;;
    esac
  done
}
check_recovered() {
  local id
  run cron # copies backup.info for older tools, if that was where it was killed
  run barman backup --wait --wait-timeout 60 "$server"
  backup=$(lab_latest_backup "$server")
  [[ $(lab_backup_field "$server" "$backup" status) == DONE ]] || failed "$point: the next backup is not DONE" "$output"
  for id in $(barman list-backups --minimal "$server"); do
    [[ $(lab_backup_field "$server" "$id" status) == DONE ]] || run barman delete "$server" "$id"
  done
  [[ $(lab_backup_field "$server" "$backup" status) == DONE ]] || failed "$point: the next backup is gone"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}

export FAULT_PROGRAM=barman
for server in main stream; do
  wanted[$server]=$(contents "$server" "${first[$server]}")
  for how in kill power-names power-contents; do
    sweep "backup of $server" "$how" barman backup "$server"
  done
done
