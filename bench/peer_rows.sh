# shellcheck shell=bash disable=SC2154,SC2034
# The same work by pgBackRest, which stands in the column of the bare work: both copy the cluster on its own host.
# common.sh says what the steps of a row are.

declare -A peer_compression=([none]=none [lz4]=lz4 [zstd]=zst)

# A server for each way to store a backup: plain by local rsync, which links what has not changed, compressed by streaming.
make_peer_site() {
  local codec home
  [[ ! -e $(site_file peer) ]] || return 0
  make_big_cluster
  make_site peer
  home=$(site_home peer)
  add_server peer none "conninfo = host=127.0.0.1 port=${LAB_PORT[big]} user=barman dbname=postgres" \
    "backup_method = local-rsync" "archiver = on" "reuse_backup = link" "parallel_jobs = 2"
  for codec in lz4 zstd; do
    add_server peer "$codec" "conninfo = host=127.0.0.1 port=${LAB_PORT[big]} user=barman dbname=postgres" \
      "streaming_conninfo = host=127.0.0.1 port=${LAB_PORT[big]} user=streaming_barman" \
      "backup_method = postgres" "backup_compression = $codec" "archiver = on"
  done
  for codec in none lz4 zstd; do
    make_server_directories "$home" "$codec"
    make_peer "$codec"
  done
  lab_archive_with big "cp %p $home/none/incoming/.%f && mv $home/none/incoming/.%f $home/none/incoming/%f"
  peer_segment=$(lab_sql big "select pg_walfile_name(pg_switch_wal())")
  lab_wait_for 60 "the first segment" test -e "$home/none/incoming/$peer_segment"
  cp "$home/none/incoming/$peer_segment" "$LAB_DIR/tmp/"
  barman_of ours peer archive-wal none >/dev/null
}

# As if none had been taken. WAL that nobody needs goes with the first backup, and without any the next is refused.
forget_peer_backups() { # CODEC
  local home
  home=$(site_home peer)/$1
  find "$home/base" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  find "$home/meta" -name '*-backup.info' -delete
  [[ $1 == none || -s $home/wals/$1-xlog.db ]] || {
    cp "$LAB_DIR/tmp/$peer_segment" "$home/incoming/"
    barman_of ours peer archive-wal "$1" >/dev/null
  }
}

make_peer() { # CODEC
  local directory=$LAB_DIR/peer/$1
  mkdir -p "$directory"/{repo,log,lock,spool}
  cat >"$directory/pgbackrest.conf" <<END
[global]
repo1-path=$directory/repo
log-path=$directory/log
lock-path=$directory/lock
spool-path=$directory/spool
log-level-console=warn
log-level-file=off
process-max=2
repo1-retention-full=99
start-fast=y
archive-check=n
archive-mode-check=n
compress-type=${peer_compression[$1]}
[main]
pg1-path=${LAB_DATA[big]}
pg1-port=${LAB_PORT[big]}
pg1-socket-path=$(lab_sql big "show unix_socket_directories")
pg1-user=postgres
END
  pgbackrest --config="$directory/pgbackrest.conf" --stanza=main stanza-create >&2
}

timed_peer() { # CODEC ARGUMENT...
  timed pgbackrest --config="$LAB_DIR/peer/$1/pgbackrest.conf" --stanza=main "${@:2}"
}

take_peer_backups() {
  barman_of ours peer backup none >"$LAB_DIR/log/backup.log" 2>&1 || lab_fail "no backup: $(<"$LAB_DIR/log/backup.log")"
  pgbackrest --config="$LAB_DIR/peer/none/pgbackrest.conf" --stanza=main --type=full backup >&2
}

row_peer_backup() { # STEP SIDE TURN CODEC
  local codec=$4
  case $1:$2 in
    prepare:*) make_peer_site ;;
    before:ours) forget_peer_backups "$codec" ;;
    work:bound) timed_peer "$codec" --type=full backup ;;
    work:*) timed_barman "$2" peer backup "$codec" ;;
    after:*) grep -q '^Backup completed' "$said" || wrong "it did not end well" "$said" ;;
  esac
}

# Beside the program that does the work, called as Barman calls it, which syncs what it has written, too.
row_stream() { # STEP SIDE TURN CODEC
  local codec=$4 target=$LAB_DIR/tmp/streamed
  case $1:$2 in
    prepare:*) make_peer_site ;;
    before:bound) set_aside "$target" ;;
    before:*) forget_peer_backups "$codec" ;;
    work:bound)
      timed pg_basebackup --dbname="host=127.0.0.1 port=${LAB_PORT[big]} user=streaming_barman" -v --no-password \
        --pgdata="$target" --no-slot --wal-method=none --checkpoint=fast --format=tar --compress="$codec"
      ;;
    work:*) timed_barman "$2" peer backup "$codec" ;;
    after:*) grep -q '^Backup completed' "$said" || wrong "it did not end well" "$said" ;;
  esac
}

row_peer_again() { # STEP SIDE
  case $1:$2 in
    prepare:*)
      make_peer_site
      take_peer_backups
      sleep 2 # files older than the next backup
      ;;
    work:bound) timed_peer none --type=incr backup ;;
    work:*) timed_barman "$2" peer backup none ;;
    after:*) grep -q '^Backup completed' "$said" || wrong "it did not end well" "$said" ;;
  esac
}

row_peer_restore() { # STEP SIDE
  local target=$LAB_DIR/restore/peer
  case $1:$2 in
    prepare:*)
      make_peer_site
      take_peer_backups
      ;;
    before:*)
      set_aside "$target"
      [[ $2 != bound ]] || mkdir "$target"
      ;;
    work:bound) timed_peer none --pg1-path="$target" restore ;;
    work:*) timed_barman "$2" peer restore none latest "$target" ;;
    after:*)
      expect_same_tables "$target"
      [[ -e $target/global/pg_control ]] || wrong "no cluster"
      ;;
  esac
}
