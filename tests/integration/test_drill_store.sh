#!/usr/bin/env bash
# A drill of a server of which everything is in an object store.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
start_store
run cloud check-wal-archive s3://lab/pg main # makes the bucket
lab_configure_server main source local-to-cloud "archiver = on" "basebackups_directory = s3://lab/pg" \
  "wals_directory = s3://lab/pg" "compression = zstd" "aws_endpoint_url = $store" "aws_addressing_style = path"
lab_stop_cluster source # the servers are to have the credentials of the store in their environment
lab_start_cluster source
lab_archive_with source "barman cloud-wal-archive main %p"
lab_sql source "select pg_switch_wal()" >/dev/null
take_backup main --immediate-checkpoint
xid=$(lab_add_rows source 500)
newest=$(lab_sql source "select pg_walfile_name(pg_current_wal_lsn())")
lab_sql source "select pg_switch_wal()" >/dev/null
archived() { [[ -n $(objects lab "pg/main/wals/${newest:0:16}/$newest") ]]; }
lab_wait_for 60 "the last segment in the store" archived

expect_drill "out of a store" main latest
expect_drill "to a transaction" main latest --target-xid "$xid"
expect_nothing_left main
