#!/usr/bin/env bash
# A backup that is to be encrypted is killed at calls of ours that change something, and finds no room at calls of gpg.
# Nothing clear stays: at once where barman lives on, after the next cron where it was killed. The next backup succeeds.
TORTURE_POINTS=${TORTURE_POINTS:-3}
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=../integration/gpg.sh
. "${BASH_SOURCE[0]%/*}/../integration/gpg.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
arrivals=$LAB_DIR/tmp/arrivals server=main
mkdir -p "$arrivals"
lab_configure_server main source postgres "archiver = on" "streaming_archiver = off" "incoming_wals_directory = $arrivals" \
  "backup_compression = gzip" "backup_compression_format = tar" "${encrypted[@]}"
lab_archive_with source "cp %p $arrivals/.%f && mv $arrivals/.%f $arrivals/%f"
run barman switch-wal --force --archive --archive-timeout 60 main
take_backup main
cp -a "$LAB_DIR/barman" "$LAB_DIR/pristine"

clear_files() { find "$LAB_DIR/barman/main/base" -name '*.tar' -o -name '*.tar.gz'; }
no_backup_session() { lab_sql_is source 0 "select count(*) from pg_stat_activity where application_name = 'barman' or backend_type = 'walsender'"; }
prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
}
check_disturbed() {
  lab_wait_for 20 "the end of the backup session" no_backup_session
  # A killed pg_basebackup may outlive us for a moment.
  [[ $how == kill || -z $(clear_files) ]] || failed "$point: not encrypted" "$(clear_files)" "$output"
}
check_recovered() {
  local id
  run cron
  for id in $(barman list-backups --minimal main); do
    [[ $(lab_backup_field main "$id" status) != STARTED || -z $(find "$LAB_DIR/barman/main/base/$id" -name '*.tar*' ! -name '*.gpg' 2>/dev/null) ]] ||
      failed "$point: cron leaves clear files" "$(clear_files)"
  done
  [[ -z $(clear_files) ]] || failed "$point: not encrypted after cron" "$(clear_files)"
  run barman backup --wait --wait-timeout 60 main
  backup=$(lab_latest_backup main)
  [[ $(lab_backup_field main "$backup" status) == DONE ]] || failed "$point: the next backup is not DONE" "$output"
  [[ -z $(clear_files) ]] || failed "$point: the next backup is not encrypted" "$(clear_files)"
}

export FAULT_PROGRAM=barman
sweep "encrypted backup" kill barman backup main
export FAULT_PROGRAM=gpg
sweep "encrypted backup, calls of gpg" ENOSPC barman backup main
