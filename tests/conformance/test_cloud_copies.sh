#!/usr/bin/env bash
# Barman's cloud programs list, show, keep, restore and delete what is in the second copy of a catalogue (cloud_copy): of rsync
# backups and of tarballs of pg_basebackup, with their WAL in three forms.
. "${BASH_SOURCE[0]%/*}/cloud_pairs.sh"

url=s3://copies/of/all
lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 3000 >/dev/null
lab_keep_busy source
start_store
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

for server in "${servers[@]}"; do
  for format in console json; do
    same_cloud_answer backup-list --format "$format" "$url" "$server"
    same_cloud_answer backup-show --format "$format" "$url" "$server" latest
  done
  restore_by reference "$server" latest
  starts_with "${rows[$server]}" "$server"
  conclude_case agreed "a cluster that reference restored of $server has the rows"
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
