#!/usr/bin/env bash
# `barman backup` into a store, by both methods, `restore` and `delete` are killed at every request, and meet a transient
# fault there. PostgreSQL is not left in backup mode, what was killed can be deleted and then nothing of it is left, the
# entry in the store is the one here, and the same call succeeds afterwards.
. "${BASH_SOURCE[0]%/*}/../integration/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/faults.sh"
. "${BASH_SOURCE[0]%/*}/requests.sh"

TORTURE_POINTS=${TORTURE_POINTS:-3} # each is a backup
start_store
lab_create_cluster source --wal-segsize=1
lab_sql source "create table t as select g, repeat('x', 100) as filler from generate_series(1, 2000) g" >/dev/null
run cloud check-wal-archive s3://lab/pg s # makes the bucket
start_proxy
mkdir -p "$LAB_DIR/tmp/wal" "$LAB_DIR"/barman/{upload,stream}/incoming
for server in upload:local-to-cloud stream:postgres; do
  lab_configure_server "${server%:*}" source "${server#*:}" "archiver = on" "streaming_archiver = off" \
    "basebackups_directory = s3://lab/pg" "aws_endpoint_url = $store" "aws_addressing_style = path" "retention_policy_mode = auto"
  sed -i '0,/^streaming_archiver = on$/{//d}' "$LAB_DIR/etc/barman.d/${server%:*}.conf"
done
lab_archive_with source "cp %p $LAB_DIR/tmp/wal/%f && ln -f $LAB_DIR/tmp/wal/%f $LAB_DIR/barman/upload/incoming/%f && mv $LAB_DIR/tmp/wal/%f $LAB_DIR/barman/stream/incoming/%f"
lab_sql source checkpoint
lab_sql source "select pg_switch_wal()" >/dev/null
archived() { [[ -n $(ls "$LAB_DIR/barman/stream/incoming") ]]; }
lab_wait_for 20 "WAL" archived
for server in upload stream; do run barman archive-wal "$server"; done

no_sessions() { [[ $(lab_sql source "select count(*) from pg_stat_activity where backend_type in ('client backend', 'walsender')") == 1 ]]; }
entries() { (cd "$LAB_DIR/barman/$server/meta" && find . -name '*-backup.info' -printf '%f\n' | sed 's/-backup.info//' | sort); }

# What is there is there in both places, and goes with its deletion.
expect_one_catalogue() {
  local id
  for id in $(entries); do
    raw GET "lab/pg/$server/base/$id/backup.info" | cmp -s - "$LAB_DIR/barman/$server/meta/$id-backup.info" ||
      failed "$point: another entry in the store" "$(raw GET "lab/pg/$server/base/$id/backup.info")"
  done
}
delete_all() {
  local id
  for id in $(entries); do run barman delete "$server" "$id"; done
  [[ -z $(keys_of "pg/$server/base/") ]] || failed "$point: left behind" "$(keys_of "pg/$server/base/")"
  [[ -z $(open_uploads lab) ]] || failed "$point: unfinished uploads" "$(open_uploads lab)"
  [[ -z $(find "$LAB_DIR/barman/$server/meta" -name '*20*') ]] || failed "$point: left in meta" "$(ls -A "$LAB_DIR/barman/$server/meta")"
}

# ---- backup ------------------------------------------------------------------------------------------------------------

interrupted=1 # barman cleans up and reports
for server in upload stream; do
  prepare() { call=(barman backup --immediate-checkpoint "$server"); }
  check_disturbed() {
    lab_try_for 5 no_sessions || failed "$point: PostgreSQL is left in backup mode"
    ((status == 1)) || return 0
    [[ -z $(open_uploads lab) ]] || failed "$point: unfinished uploads" "$(open_uploads lab)"
  }
  check_recovered() {
    local last
    last=$(entries | tail -n 1)
    [[ $(lab_backup_field "$server" "$last" status) =~ ^(DONE|WAITING_FOR_WALS)$ ]] || failed "$point: not copied"
    run barman cron
    expect_one_catalogue
    delete_all
  }
  sweep_requests "backup by $server" kills
  sweep_requests "backup by $server" transients
  point="after backups by $server" delete_all
done

# ---- restore -----------------------------------------------------------------------------------------------------------

server=upload
run barman backup --immediate-checkpoint upload
listing_of() { (cd "$1" && find . -type f ! -name .barman-recover.info ! -path './pg_wal/*' -exec md5sum {} + | sort -k 2); }
place=$LAB_DIR/restore/0
run barman restore upload latest "$place"
whole=$(listing_of "$place") calls=0
prepare() {
  calls=$((calls + 1)) place=$LAB_DIR/restore/$((calls + 1))
  call=(barman restore upload latest "$place")
}
# Of a killed one there may be anything, and its destination is refused as one in use.
check_disturbed() { ((status != 137)) || rm -rf "$place"; }
check_recovered() {
  [[ $(listing_of "$place") == "$whole" ]] || failed "$point: another content was restored"
  rm -rf "$place"
}
sweep_requests restore kills
sweep_requests restore transients
point="after restores" delete_all

# ---- delete ------------------------------------------------------------------------------------------------------------

prepare() {
  no_faults
  run barman backup --immediate-checkpoint upload
  call=(barman delete upload "$(entries | tail -n 1)")
}
check_disturbed() {
  local id
  id=$(entries | tail -n 1)
  [[ -z $id || $(lab_backup_field upload "$id" status) != STARTED ]] || {
    expect_status 1 barman restore upload "$id" "$LAB_DIR/restore/none"
    [[ ! -e $LAB_DIR/restore/none ]] || failed "$point: a half-deleted backup is restored"
  }
}
check_recovered() { delete_all; }
sweep_requests delete kills
sweep_requests delete transients
