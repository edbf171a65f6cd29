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
# What PostgreSQL delivers arrives outside of what is swept.
arrivals=$LAB_DIR/tmp/arrivals
mkdir "$arrivals"{,/incoming}
lab_configure_server main source local-rsync "reuse_backup = link" "incoming_wals_directory = $arrivals/incoming"
lab_archive_with source "test ! -e $arrivals/incoming/%f && cp %p $arrivals/%f && mv $arrivals/%f $arrivals/incoming/%f"
lab_keep_busy source
run barman switch-wal --force --archive --archive-timeout 60 main
take_backup main
first=$backup
server=main
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
}
check_disturbed() {
  local id state
  lab_wait_for 20 "the end of the backup session" no_backup_session
  [[ $(contents $server "$first") == "$wanted" ]] || failed "$point: the first backup was changed"
  run barman list-backups $server
  for id in $(barman list-backups --minimal $server); do
    [[ $id != "$first" ]] || continue
    state=$(lab_backup_field $server "$id" status)
    case $state in
      EMPTY | STARTED | FAILED) expect_status 1 barman restore $server "$id" "$LAB_DIR/restore/none" ;;
      WAITING_FOR_WALS | DONE)
        [[ $(stable_files $server "$id") == "$(stable_files $server "$first")" ]] ||
          failed "$point: backup $id is $state and not whole" "$(diff <(stable_files $server "$first") <(stable_files $server "$id"))"
        ;;
      *) failed "$point: backup $id has the state '$state'" ;;
    esac
  done
}
check_recovered() {
  local id
  run barman backup --wait --wait-timeout 60 $server
  backup=$(lab_latest_backup $server)
  [[ $(lab_backup_field $server "$backup" status) == DONE ]] || failed "$point: the next backup is not DONE" "$output"
  for id in $(barman list-backups --minimal $server); do
    [[ $(lab_backup_field $server "$id" status) == DONE ]] || run barman delete $server "$id"
  done
  [[ $(lab_backup_field $server "$backup" status) == DONE ]] || failed "$point: the next backup is gone"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}

export FAULT_PROGRAM=barman
wanted=$(contents $server "$first")
for how in kill power-names power-contents; do
  sweep "backup of $server" "$how" barman backup $server
done
