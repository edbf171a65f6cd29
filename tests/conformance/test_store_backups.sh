#!/usr/bin/env bash
# Base backups that our barman has put into a bucket, by both methods: Barman's cloud programs list, show and restore
# them as ours do, keep and delete them.
TEST_SECONDS=${TEST_SECONDS:-580} # each call of the reference starts a Python
. "${BASH_SOURCE[0]%/*}/cloud_pairs.sh"

url=s3://turns/pg
start_store # first: the servers are to have its credentials in their environment
use ours
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 5000 >/dev/null
run cloud check-wal-archive "$url" main
for server in local:local-to-cloud stream:postgres; do
  lab_configure_server "${server%:*}" source "${server#*:}" "archiver = on" "basebackups_directory = $url" \
    "wals_directory = $url" "compression = gzip" "aws_endpoint_url = $store" "aws_addressing_style = path"
done
lab_archive_with source "barman cloud-wal-archive local %p"
lab_receive_wal source stream
rows=$(lab_fingerprint source)

for server in local stream; do
  use ours
  lab_sql source checkpoint
  lab_sql source "select pg_switch_wal()" >/dev/null
  run barman archive-wal "$server"
  run barman backup --immediate-checkpoint --wait --wait-timeout 60 --name weekly "$server"
  backup=$(lab_latest_backup "$server")
  for format in console json; do
    same_cloud_answer backup-list --format "$format" "$url" "$server"
    same_cloud_answer backup-show --format "$format" "$url" "$server" weekly
  done
  for side in ours reference; do
    restore_by "$side" "$server" weekly
    restored_tree >"$answers/tree.$side"
  done
  compare "both restore what barman backup wrote into $server" working "$answers/tree.reference" "$answers/tree.ours"
  starts_with "$rows" "$server"
  conclude_case agreed "a cluster that reference restored of $server has the rows"

  use ours
  run barman keep --target standalone "$server" "$backup"
  same_cloud_answer backup-keep --status "$url" "$server" "$backup"
  use reference
  expect_status 1 cloud backup-delete -b "$backup" "$url" "$server"
  conclude_case agreed "a backup of $server that our barman keeps is not deleted by reference"
  use ours
  run barman keep --release "$server" "$backup"
  use reference
  run cloud backup-delete -b "$backup" "$url" "$server"
  same_text "what is left of $server" '' "$(objects turns "pg/$server/base/")"
done
conclude
