#!/usr/bin/env bash
# Remote point-in-time recovery, over ssh, of a streamed backup: every kind of target gives the rows of that moment.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/pitr.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_keep_busy source
lab_configure_server stream source postgres "compression = gzip"
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
make_history stream
restore_options=(--remote-ssh-command "$LAB_SSH")

check_target "immediate" stream "$rows_at_backup" --target-immediate
check_target "name" stream "$rows_at_name" --target-name before_release
check_target "xid" stream "$rows_at_xid" --target-xid "$target_xid"
check_target "LSN" stream "$rows_at_lsn" --target-lsn "$target_lsn"
check_target "time" stream "$rows_at_time" --target-time "$target_time"
