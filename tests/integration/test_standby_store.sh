#!/usr/bin/env bash
# Backups of a standby into an object store, by barman-cloud-backup and by both methods of barman, restore what its primary
# held. Nobody promotes the standby for it, and the primary archives the WAL.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"

start_store # first: the servers are to have its credentials in their environment
lab_create_cluster primary --wal-segsize=1
lab_create_tables primary
lab_add_rows primary 1000 >/dev/null
url=$(url_of lab/pg)
run cloud check-wal-archive "$url" main
configure() { # SERVER CLUSTER METHOD
  lab_configure_server "$1" "$2" "$3" "archiver = on" "basebackups_directory = $url" "wals_directory = $url" \
    "primary_conninfo = host=127.0.0.1 port=${LAB_PORT[primary]} user=barman dbname=postgres" "${store_settings[@]}"
}
configure main primary local-to-cloud
mkdir -p "$LAB_DIR/barman/main/meta"
lab_archive_with primary "barman cloud-wal-archive main %p"
create_standby primary standby
configure main standby local-to-cloud
lab_keep_busy primary
replayed() { [[ $(lab_fingerprint standby) == "$1" ]]; }
more_rows() {
  lab_add_rows primary 200 >/dev/null
  lab_sql primary checkpoint
  rows=$(lab_fingerprint primary)
  lab_wait_for 30 "the standby" replayed "$rows"
}
expect_restored() { # WHAT SERVER BACKUP
  local target=$LAB_DIR/restore/new
  mkdir -p "$target"
  run cloud restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$url" "$2" "$3" "$target/data"
  expect_false "no signal file of the standby is restored" test -e "$target/data/standby.signal"
  printf "restore_command = '%s'\nrecovery_target = immediate\nrecovery_target_action = promote\nprimary_conninfo = ''\n" \
    "barman-cloud-wal-restore ${store_options[*]} $url main %f %p" >>"$target/data/postgresql.auto.conf"
  touch "$target/data/recovery.signal"
  lab_start_restored new "$target/data"
  lab_wait_for_promotion new
  expect_rows "$1" new "$rows"
  expect_sound_pages new
}

more_rows
cloud_backup standby "$url" main
last=$(close_segment primary) # nobody else does: PostgreSQL does not wait for the archiver of another server
lab_wait_for 60 "the last WAL of the backup" cloud wal-restore "$url" main "$last" "$LAB_DIR/tmp/last"
expect_restored "by barman-cloud-backup" main "$backup"

# ---- By barman ------------------------------------------------------------------------------------------------------

expect_backup() { # SERVER METHOD
  more_rows
  run barman check "$1"
  take_backup "$1" --immediate-checkpoint
  expect_equal "$2: the standby was not promoted for it" t "$(lab_sql standby "select pg_is_in_recovery()")"
  restore_and_start new "$1" "$backup" --target-immediate --target-action promote
  expect_rows "by barman, $2" new "$rows"
  expect_sound_pages new
}
expect_backup main local-to-cloud
configure stream standby postgres
lab_receive_wal standby stream
run lab_archive_now primary stream # a backup begins at the primary's last checkpoint: one that the receiver sees
expect_backup stream postgres
