#!/usr/bin/env bash
# An incremental backup is killed, loses its power or the room on its disk, at every call of ours that changes something. The chain
# below it stays as it was and restorable, what is left of the child is never shown as usable, the next one succeeds, and the
# remains go with their parent. PostgreSQL 17 or later (LAB_POSTGRESQL).
# shellcheck disable=SC2317 # what a sweep calls
TORTURE_POINTS=${TORTURE_POINTS:-1}
. "${BASH_SOURCE[0]%/*}/common.sh"

if ((LAB_PG_MAJOR < 17)); then
  echo "SKIPPED: PostgreSQL $LAB_PG_MAJOR takes no incremental backups; set LAB_POSTGRESQL to the programs of 17 or later" >&2
  exit 77
fi

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
lab_sql source "alter system set summarize_wal = on"
lab_sql source "select pg_reload_conf()" >/dev/null
# What PostgreSQL delivers arrives outside of what is swept.
arrivals=$LAB_DIR/tmp/arrivals
mkdir -p "$arrivals"
lab_configure_server stream source postgres "archiver = on" "streaming_archiver = off" "incoming_wals_directory = $arrivals"
lab_archive_with source "test -e $arrivals/%f || { cp %p $arrivals/part && mv $arrivals/part $arrivals/%f; }"
lab_keep_busy source
run barman switch-wal --force --archive --archive-timeout 60 stream
take_backup stream
full=$backup
take_backup stream --incremental "$full"
first=$backup
cp -a "$LAB_DIR/barman" "$LAB_DIR/pristine"

field() { lab_backup_field stream "$1" "$2"; } # BACKUP FIELD
contents() { (cd "$LAB_DIR/barman/stream/base" && find "$full" "$first" -type f ! -name '*backup.info*' -exec sha256sum {} + | sort -k 2); }
no_backup_session() { lab_sql_is source 0 "select count(*) from pg_stat_activity where application_name = 'barman' or backend_type = 'walsender' and application_name like '%basebackup%'"; }
others() { barman list-backups --minimal stream | grep -vxF -e "$full" -e "$first"; }

prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
  find "$arrivals" -name '0*' -delete
}
check_disturbed() {
  local id listed
  lab_wait_for 20 "the end of the backup session" no_backup_session
  [[ $(contents) == "$wanted" ]] || failed "$point: the chain was changed"
  listed=$(barman list-backups stream) || failed "$point: list-backups" "$listed"
  for id in $full $first; do
    [[ $(field "$id" status) == DONE ]] || failed "$point: backup $id is $(field "$id" status)"
  done
  [[ $(field "$first" parent_backup_id) == "$full" && $(field "$full" children_backup_ids) == "$first" ]] || failed "$point: the chain is torn"
  [[ $listed != *TORN* ]] || failed "$point: a chain is torn" "$listed"
  for id in $(others); do
    case $(field "$id" status) in
      WAITING_FOR_WALS | DONE)
        "$LAB_PG_BIN/pg_verifybackup" -n -q "$LAB_DIR/barman/stream/base/$id/data" >"$LAB_DIR/tmp/verified" 2>&1 ||
          failed "$point: backup $id is shown as usable and is not whole" "$(cat "$LAB_DIR/tmp/verified")"
        ;;
      EMPTY | STARTED | FAILED) ;;
      *) failed "$point: backup $id has the state '$(field "$id" status)'" ;;
    esac
  done
}
check_recovered() {
  local remains
  remains=$(others || true)
  run cron
  run barman backup --wait --wait-timeout 60 --incremental "$first" stream
  backup=$(lab_latest_backup stream)
  [[ $(field "$backup" status) == DONE && $(field "$backup" parent_backup_id) == "$first" ]] || failed "$point: the next one is not DONE" "$output"
  [[ ,$(field "$first" children_backup_ids), == *,$backup,* ]] || failed "$point: its parent does not list it"
  run barman delete stream "$first"
  [[ $(barman list-backups --minimal stream) == "$full" ]] || failed "$point: not all of them went with their parent" "$remains" "$(barman list-backups stream)"
  [[ $(field "$full" children_backup_ids) == None ]] || failed "$point: the full backup still lists a child"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}

export FAULT_PROGRAM=barman
wanted=$(contents)
for how in kill power-names power-contents ENOSPC; do
  sweep "incremental backup" "$how" barman backup --incremental "$first" stream
done
