# shellcheck shell=bash disable=SC2034,SC2154
# Point-in-time recovery to every kind of target. Sourced after common.sh by a test for each way to restore.

# Backs the cluster 'source' up and goes on writing; keeps the content at each moment and how to name that moment.
make_history() { # SERVER
  lab_create_tables source
  lab_add_rows source 1000 >/dev/null
  take_backup "$1"
  rows_at_backup=$(lab_fingerprint source)
  lab_add_rows source 10 >/dev/null
  lab_sql source "select pg_create_restore_point('before_release')" >/dev/null
  rows_at_name=$(lab_fingerprint source)
  target_xid=$(lab_add_rows source 10)
  rows_at_xid=$(lab_fingerprint source)
  lab_add_rows source 10 >/dev/null
  target_lsn=$(lab_sql source "select pg_current_wal_insert_lsn()")
  rows_at_lsn=$(lab_fingerprint source)
  lab_add_rows source 10 >/dev/null
  target_time=$(lab_sql source "select clock_timestamp()")
  rows_at_time=$(lab_fingerprint source)
  lab_sql source "delete from ledger; delete from ledger_a where id % 2 = 0; update ledger_b set note = 'wrong'" >/dev/null
  rows_at_end=$(lab_fingerprint source)
  run barman switch-wal --archive --archive-timeout 60 "$1"
}

check_target() { # WHAT SERVER ROWS OPTION...
  local what=$1 server=$2 rows=$3; shift 3
  restore_and_start target "$server" "$backup" --target-action promote "${restore_options[@]}" "$@"
  expect_text "$what: announced" "Doing PITR. Recovery target" "$output"
  expect_rows "$what: restored" target "$rows"
  discard target
}
