#!/usr/bin/env bash
# archive_command under load: each segment that PostgreSQL hands out is archived exactly once and unchanged, pushed by
# barman-wal-archive over ssh and by plain copies into incoming/, while archive-wal runs all the time.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_sql source "alter system set max_wal_size = '16MB'"
run_pgbench() { run pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres "$@" postgres; }
run_pgbench -i -q

load_with() { # SERVER ARCHIVE_COMMAND
  local server=$1 command=$2 witness=$LAB_DIR/witness-$1 last archiver
  mkdir -p "$witness" "$LAB_DIR/barman/$server/incoming"
  # The witness keeps what the server accepted: a failed transfer is repeated by PostgreSQL and must not count twice.
  lab_archive_with source "$command && cp %p $witness/%f"
  (
    trap - EXIT
    while sleep 0.2; do barman -q archive-wal "$server"; done
  ) &
  archiver=$!
  run_pgbench -n -c 2 -t 1500
  last=$(close_segment source)
  lab_wait_for 120 "segment $last in the archive of $server" is_archived "$server" "$last"
  lab_wait_for 10 "the witness of $last" test -f "$witness/$last"
  lab_archive_with source true
  kill "$archiver"
  wait "$archiver" || true

  expect_equal "$server: the archive holds exactly the segments handed out" \
    "$(cd "$witness" && ls)" "$(archived_segments "$server" | sort)"
  archived_segments "$server" | expect_consecutive "$server: in order, without gap or repetition" 1
  expect_same_content "$server: unchanged" "$server" "$witness"
  expect_equal "$server: nothing is left over" "" "$(find "$LAB_DIR/barman/$server"/{incoming,errors} -mindepth 1)"
  expect_equal "$server: the files in wals/ are those of the catalogue" \
    "$(archived_segments "$server" | sort)" "$(cd "$LAB_DIR/barman/$server/wals" && find . -type f -name '0*' -printf '%f\n' | sort)"
}

lab_configure_server pushed source rsync
load_with pushed "barman-wal-archive -U $LAB_USER 127.0.0.1 pushed %p"
lab_configure_server copied source rsync "compression = gzip"
load_with copied "rsync -a %p $LAB_DIR/barman/copied/incoming/%f"
expect_equal "PostgreSQL saw no failure" 0 "$(lab_sql source "select failed_count from pg_stat_archiver")"
