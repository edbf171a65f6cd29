#!/usr/bin/env bash
# Base backups that our barman has put into a bucket, by both methods: Barman's cloud programs list, show and restore
# them as ours do, keep and delete them.
. "${BASH_SOURCE[0]%/*}/../integration/object_store.sh"
TEST_SECONDS=${TEST_SECONDS:-580} # each call of the reference starts a Python
. "${BASH_SOURCE[0]%/*}/common.sh"
[[ -x $BARMAN_REFERENCE_BIN/barman-cloud-backup ]] || { echo "skipped: no cloud programs of the reference"; exit 77; }

umask 022 # modes of directories depend on it
url=s3://turns/pg target=$LAB_DIR/restore/new
start_store # first: the servers are to have its credentials in their environment
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
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

same_cloud_answer() { # PROGRAM ARGUMENT...
  local side
  for side in reference ours; do
    use "$side"
    cloud "$@" 2>&1 | if [[ " $* " == *" json "* ]]; then
      python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin, parse_int=float), sort_keys=True, indent=1))'
    else
      cat
    fi >"$answers/$side"
  done
  compare "$*" asking "$answers/reference" "$answers/ours"
}

restored_tree() {
  (
    cd "$target"
    find . -type f -printf '%P %y %m %s %T+\n' | LC_ALL=C sort
    find . ! -type f -printf '%P %y %m %l\n' | LC_ALL=C sort
    find . -type f | LC_ALL=C sort | xargs -r -d '\n' sha256sum
  )
}

starts_with_rows() { # SERVER
  printf "restore_command = 'barman-cloud-wal-restore --endpoint-url %s %s %s %%f %%p'\nrecovery_target = immediate\nrecovery_target_action = promote\n" \
    "$store" "$url" "$1" >>"$target/data/postgresql.auto.conf"
  touch "$target/data/recovery.signal"
  lab_start_restored new "$target/data"
  lab_wait_for_promotion new
  [[ $(lab_fingerprint new) == "$rows" ]] || failed "the restored cluster has other rows"
  expect_sound_pages new >/dev/null # which stops it
}

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
    rm -rf "$target"
    mkdir -p "$target"
    use "$side"
    run cloud restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$url" "$server" weekly "$target/data"
    restored_tree >"$answers/tree.$side"
  done
  compare "both restore what barman backup wrote into $server" working "$answers/tree.reference" "$answers/tree.ours"
  starts_with_rows "$server"
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
