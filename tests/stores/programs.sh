# shellcheck shell=bash disable=SC2154 # dir, root: of the test
# The nine programs against the store of a test of this folder, without a PostgreSQL server: the backup is one that barman
# has taken, for which barman-cloud-backup is called as a hook script. Sourced.

# Each ends the test when it does not do what it has to. $BARMAN_BIN_DIR has the programs, $dir is the test's.
run_programs() { # URL OPTION...
  local url=$1; shift
  local -a options=("$@") as_hook=()
  local place=$dir/programs id=20260101T000000 wal=000000010000000000000002
  program check-wal-archive "$url" main

  # A backup, and what lists, shows and keeps it.
  take_backup_of_barman "$place"
  "${as_hook[@]}" "$BARMAN_BIN_DIR/barman-cloud-backup" "${options[@]}" --gzip "$url" main || wrong "backup as a hook script"
  "${as_hook[@]}" "$BARMAN_BIN_DIR/barman-cloud-backup" "${options[@]}" --gzip "$url" main || wrong "the same again"
  [[ $(program backup-list "$url" main) == *"$id"*2026-01-01*"$wal"* ]] || wrong backup-list
  [[ $(program backup-show "$url" main latest) == *"Status                 : DONE"* ]] || wrong backup-show
  program backup-keep --target full "$url" main $id
  [[ $(program backup-keep --status "$url" main $id) == "Keep: full" ]] || wrong "backup-keep --status"
  refuses 1 backup-delete -b $id "$url" main

  # What comes back is what was there.
  program restore "$url" main $id "$place/restored"
  diff -r --exclude=pg_wal "$place/home/data" "$place/restored" || wrong "restore: the content"
  head -c 16777216 /dev/urandom >"$place/wal/$wal"
  program wal-archive --zstd "$url" main "$place/wal/$wal"
  program wal-archive --zstd "$url" main "$place/wal/$wal"
  program wal-restore "$url" main $wal "$place/segment"
  cmp "$place/wal/$wal" "$place/segment" || wrong wal-restore
  head -c 16777216 /dev/urandom >"$place/wal/$wal"
  refuses 1 wal-archive --zstd "$url" main "$place/wal/$wal"
  refuses 1 wal-restore "$url" main 000000010000000000000003 "$place/none"
  refuses 1 check-wal-archive "$url" main

  program backup-keep --release "$url" main $id
  program backup-delete -b $id "$url" main
  [[ $(program backup-list "$url" main) != *"$id"* ]] || wrong backup-delete
  rm -rf "$place"
}

# Sets ${as_hook[@]}: what barman says to a hook script after that backup.
take_backup_of_barman() { # PLACE
  local place=$1 id=20260101T000000 wal=000000010000000000000002
  mkdir -p "$place/home/data/global" "$place/wal"
  echo 15 >"$place/home/data/PG_VERSION"
  head -c 3000000 /dev/urandom >"$place/home/data/large"
  head -c 8192 /dev/urandom >"$place/home/data/global/pg_control"
  echo 'START WAL LOCATION: 0/2000028 (file 000000010000000000000002)' >"$place/home/data/backup_label"
  printf '%s\n' "backup_id=$id" status=DONE systemid=7000000000000000001 version=150004 pgdata=/pgdata server_name=main \
    mode=rsync-concurrent timeline=1 "begin_time=2026-01-01 00:00:00+00:00" "begin_wal=$wal" begin_xlog=0/2000028 \
    begin_offset=40 "end_time=2026-01-01 00:00:05+00:00" "end_wal=$wal" end_xlog=0/2000100 end_offset=256 size=3000000 \
    tablespaces=None xlog_segment_size=16777216 >"$place/info"
  as_hook=(env BARMAN_HOOK=backup_script BARMAN_PHASE=post BARMAN_STATUS=DONE BARMAN_BACKUP_ID="$id"
    BARMAN_BACKUP_DIR="$place/home" BARMAN_BACKUP_INFO_PATH="$place/info")
}

program() { # NAME ARGUMENT...
  local name=$1; shift
  timeout 120 "$BARMAN_BIN_DIR/barman-cloud-$name" "${options[@]}" "$@" </dev/null || wrong "barman-cloud-$name $*"
}
refuses() { # STATUS NAME ARGUMENT...
  local wanted=$1 name=$2 got=0; shift 2
  timeout 120 "$BARMAN_BIN_DIR/barman-cloud-$name" "${options[@]}" "$@" </dev/null 2>"$dir/refused" || got=$?
  ((got == wanted)) || { cat "$dir/refused" >&2; wrong "barman-cloud-$name $*: status $got instead of $wanted"; }
}
wrong() {
  echo "wrong: $*" >&2
  exit 1
}
