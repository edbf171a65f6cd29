# shellcheck shell=bash disable=SC2034,SC2154
# A catalogue with a backup of each kind, done, named and failed, and nothing that moves. Sourced after common.sh.
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 100 >/dev/null
lab_configure_server main source local-rsync "reuse_backup = link"
lab_configure_server stream source postgres "basebackup_retry_times = 0"
lab_configure_server empty source local-rsync
lab_configure_server quiet source local-rsync "active = false"
use reference
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming"
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
run barman switch-wal --force --archive --archive-timeout 60 main
lab_keep_busy source
busy=$!
lab_receive_wal source stream
take_backup main --name named
named=$backup
take_backup main --manifest
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream
: >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
expect_status 1 reference backup main
rm -f "${LAB_DATA[source]}/unreadable"
run barman switch-wal --archive --archive-timeout 60 main
kill "$busy"
run barman receive-wal --stop stream
lab_archive_with source true
run reference archive-wal main
run reference archive-wal stream
# Nothing is started from these backups: small is quick.
find "$LAB_DIR"/barman/{main,stream}/base/*/data -type f ! -name PG_VERSION ! -name 'backup_*' ! -name 'postgresql*.conf' ! -name 'pg_control' \
  ! -path '*/global/126*' -delete
first=$(archived_segments main | head -n 1) last=$(archived_segments main | tail -n 1)
segment=$(find "$LAB_DIR/barman/main/wals" -name "$last")


same_request() { # ARGUMENT...: in both formats, each from the same state
  same_work "$*" working "$@"
  back_to_state
  same_work "$* (json)" working -f json "$@"
  back_to_state
}

same_console_request() { # ARGUMENT...
  same_work "$*" working "$@"
  back_to_state
}
