#!/usr/bin/env bash
# Backups that pg_basebackup packs into tar files, with each compression, are unpacked and started.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_keep_busy source
rows=$(lab_fingerprint source)
lab_configure_server stream source postgres
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
staging=$LAB_DIR/tmp/staging
mkdir "$staging"

check_compression() { # ALGORITHM SUFFIX [OPTION...]
  local algorithm=$1 suffix=$2; shift 2
  lab_configure_server stream source postgres "backup_compression = $algorithm" "staging_path = $staging" "$@"
  take_backup stream
  local data=$LAB_DIR/barman/stream/base/$backup/data
  expect_equal "$algorithm: the base backup is one tar file and one for each tablespace" \
    "2 base.tar$suffix" "$(find "$data" -regex ".*/[0-9]+\.tar${suffix//./\\.}" | wc -l) $(cd "$data" && echo base.tar*)"
  expect_equal "$algorithm: the catalogue names it" "$algorithm" "$(lab_backup_field stream "$backup" compression)"
  expect_text "$algorithm: the label is in the catalogue" "START WAL LOCATION: " "$(lab_backup_field stream "$backup" backup_label)"
  restore_and_start "$algorithm" stream "$backup"
  expect_rows "$algorithm: restored" "$algorithm" "$rows"
  expect_equal "$algorithm: the staging directory is empty again" "" "$(ls "$staging")"
  discard "$algorithm"
}

check_compression gzip .gz "backup_compression_level = 1"
client=$(pg_basebackup --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/') # may be newer than the server
if ((client >= 15)); then
  at_server=server # where that was built with zstd
  [[ $client == "$LAB_PG_MAJOR" && $(pg_config --configure) == *--with-zstd* ]] || at_server=client
  check_compression lz4 .lz4
  check_compression zstd .zst "backup_compression_location = $at_server" "backup_compression_workers = 2"
else
  lab_configure_server stream source postgres "backup_compression = lz4" "staging_path = $staging"
  expect_status 1 barman backup stream
  expect_text "lz4 is refused" "ERROR: backup_compression = lz4 requires " "$output"
fi
check_compression none ""

lab_start_sshd
lab_configure_server stream source postgres "backup_compression = gzip" "staging_path = $staging"
restore_and_start remote stream "$backup" --remote-ssh-command "$LAB_SSH" --staging-location remote
expect_rows "unpacked on the remote side" remote "$rows"
