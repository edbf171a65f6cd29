#!/usr/bin/env bash
# Barman's cloud programs list, show, keep, restore and delete what is in the second copy of a catalogue (cloud_copy): of rsync
# backups and of tarballs of pg_basebackup, with their WAL in three forms.
. "${BASH_SOURCE[0]%/*}/../integration/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
[[ -x $BARMAN_REFERENCE_BIN/barman-cloud-backup ]] || { echo "skipped: no cloud programs of the reference"; exit 77; }

url=s3://copies/of/all
lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 3000 >/dev/null
lab_keep_busy source
start_store
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
use ours
run cloud check-wal-archive "$url" none
copied=("cloud_copy = $url" "aws_endpoint_url = $store")
lab_configure_server files source local-rsync "${copied[@]}"
lab_configure_server tars source postgres "compression = gzip" "backup_compression = gzip" \
  "backup_compression_format = tar" "${copied[@]}"
lab_configure_server lz4 source postgres "compression = zstd" "backup_compression = lz4" \
  "backup_compression_format = tar" "${copied[@]}"
lab_push_wal source files
servers=(files tars)
((LAB_PG_MAJOR < 15)) || servers+=(lz4)
for server in "${servers[@]:1}"; do
  lab_receive_wal source "$server"
  run barman switch-wal --archive --archive-timeout 60 "$server"
done

declare -A id=() rows=()
for server in "${servers[@]}"; do
  lab_add_rows source 100 >/dev/null
  take_backup "$server"
  id[$server]=$backup
  rows[$server]=$(lab_fingerprint source)
done
run barman cloud-copy all

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

for server in "${servers[@]}"; do
  for format in console json; do
    same_cloud_answer backup-list --format "$format" "$url" "$server"
    same_cloud_answer backup-show --format "$format" "$url" "$server" latest
  done
  target=$LAB_DIR/restore/new
  mkdir -p "$target"
  use reference
  run cloud restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$url" "$server" latest "$target/data"
  printf "restore_command = '%s'\nrecovery_target = immediate\nrecovery_target_action = promote\n" \
    "barman-cloud-wal-restore --endpoint-url $store $url $server %f %p" >>"$target/data/postgresql.auto.conf"
  touch "$target/data/recovery.signal"
  chmod 700 "$target"/ts_*
  lab_start_restored new "$target/data"
  lab_wait_for_promotion new
  same_text "rows that the reference restores of $server" "${rows[$server]}" "$(lab_fingerprint new)"
  expect_sound_pages new >/dev/null
done

# What the reference keeps there stays, and what it deletes is not copied again as long as nobody asks for it.
run cloud backup-keep --target full "$url" files "${id[files]}"
use ours
run barman cloud-copy files
use reference
same_text "a keep of the reference" "Keep: full" "$(cloud backup-keep --status "$url" files "${id[files]}")"
run cloud backup-keep --release "$url" files "${id[files]}"
run cloud backup-delete -b "${id[files]}" "$url" files
same_text "what the reference leaves of a deleted copy" '' "$(objects copies "of/all/files/base/")"
conclude
