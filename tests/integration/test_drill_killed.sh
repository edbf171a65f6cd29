#!/usr/bin/env bash
# Drills that are killed (SIGKILL) at many moments, of a plain and of an encrypted backup: nothing stays of them.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"
. "${BASH_SOURCE[0]%/*}/gpg.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1 --data-checksums
lab_create_tables source
lab_add_rows source 1000 >/dev/null
lab_configure_server main source rsync
lab_push_wal source main
take_backup main
lab_configure_server secret source postgres "backup_compression = gzip" "backup_compression_format = tar" "${encrypted[@]}" \
  "encryption_passphrase_command = $gpg_command"
lab_receive_wal source secret
run lab_archive_now source secret
take_backup secret
lab_add_rows source 3000 >/dev/null
for server in main secret; do
  run lab_archive_now source $server
  expect_killed_drills $server "${MOMENTS:-10}"
  expect_drill "$server: and the next one" $server latest
  expect_nothing_left $server
done
