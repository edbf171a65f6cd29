# shellcheck shell=bash
# What every integration test starts with: a laboratory, and the words in which a test says what it expects.
# A test prints one line for each thing it has seen to hold, and ends at the first that does not.
set -euo pipefail

# shellcheck source=../../scripts/lib/lab.sh
. "${BASH_SOURCE[0]%/*}/../../scripts/lib/lab.sh"
# shellcheck source=expectations.sh
. "${BASH_SOURCE[0]%/*}/expectations.sh"
: "${BARMAN_BIN_DIR:?set it to the directory that holds barman, barman-wal-archive and barman-wal-restore}"
lab_become_ordinary_user "$0" "$@"
lab_open
lab_limit_run_time "${TEST_SECONDS:-280}"

lab_at_exit() { # STATUS
  local log
  if (($1)); then
    for log in "$LAB_DIR"/log/{barman,postgresql-*,receive-wal-*}.log; do
      [[ -s $log ]] || continue
      printf -- '---- last lines of %s\n' "${log##*/}"
      tail -n 25 "$log"
    done >&2
  else
    printf '%s: passed in %d seconds\n' "${0##*/}" "$SECONDS"
  fi
}

# ---- Backups and restores -------------------------------------------------------------------------------------------

# Takes a backup, waits for its WAL and sets $backup to its id.
take_backup() { # SERVER [OPTION...]
  local server=$1; shift
  run barman backup --wait --wait-timeout 60 "$@" "$server"
  backup=$(lab_latest_backup "$server")
  [[ $(lab_backup_field "$server" "$backup" status) == DONE ]] || failed "backup $backup of $server is not DONE" "$output"
}

# Restores into restore/NAME, with the tablespaces beside the data.
restore() { # NAME SERVER BACKUP [OPTION...]
  local target=$LAB_DIR/restore/$1 server=$2 id=$3; shift 3
  mkdir -p "$target"
  run barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$@" "$server" "$id" "$target/data"
}

restore_and_start() { # NAME SERVER BACKUP [OPTION...]
  restore "$@"
  lab_start_restored "$1" "$LAB_DIR/restore/$1/data"
  lab_wait_for_promotion "$1"
}

expect_rows() { # WHAT NAME FINGERPRINT
  expect_equal "$1 (${3%,*})" "$3" "$(lab_fingerprint "$2")"
}

# Stops a restored cluster, verifies every page's checksum and removes it.
expect_sound_pages() { # NAME
  local -a read_pages=(pg_checksums --check -D "${LAB_DATA[$1]}")
  if [[ $(pg_checksums --version) == *" $LAB_PG_MAJOR."* ]]; then
    lab_stop_cluster "$1"
  else # not of the server's version (scripts/install-postgresql 14): a server looks at every page that it sends
    read_pages=(pg_basebackup -h 127.0.0.1 -p "${LAB_PORT[$1]}" -U postgres -c fast -X none -F tar -D "$LAB_DIR/tmp/pages")
  fi
  "${read_pages[@]}" >"$LAB_DIR/log/page-checksums.log" 2>&1 || failed "page checksums of $1" "$(cat "$LAB_DIR/log/page-checksums.log")"
  rm -rf "$LAB_DIR/tmp/pages"
  [[ ${read_pages[0]} == pg_checksums ]] || lab_stop_cluster "$1"
  passed "page checksums of $1 are right"
  rm -rf "$LAB_DIR/restore/$1"
}

discard() { # NAME
  lab_stop_cluster "$1" immediate
  rm -rf "$LAB_DIR/restore/$1"
}

# Every name, size, mode and time stamp below a directory, to see whether something changed.
listing() { # DIRECTORY
  find "$1" -printf '%P %y %s %m %T@\n' | sort
}

# A cluster that follows another, with tablespaces of its own where that has some.
create_standby() { # PRIMARY NAME [POSTGRES OPTION...]
  local data=$LAB_DIR/pg/$2/data from=${LAB_DATA[$1]%/*}
  mkdir -p "${data%/*}"
  pg_basebackup -h 127.0.0.1 -p "${LAB_PORT[$1]}" -U postgres -D "$data" -X stream -c fast -R \
    --tablespace-mapping="$from/ts_a=${data%/*}/ts_a" --tablespace-mapping="$from/ts_b=${data%/*}/ts_b" \
    >"$LAB_DIR/log/pg_basebackup-$2.log" 2>&1 || failed "pg_basebackup" "$(cat "$LAB_DIR/log/pg_basebackup-$2.log")"
  # A pg_basebackup that is newer than the server writes options that the server does not know.
  echo "primary_conninfo = 'host=127.0.0.1 port=${LAB_PORT[$1]} user=postgres'" >>"$data/postgresql.auto.conf"
  LAB_DATA[$2]=$data
  lab_free_port
  LAB_PORT[$2]=$REPLY
  lab_start_cluster "$2" "${@:3}"
}

# ---- WAL ------------------------------------------------------------------------------------------------------------

# The catalogue's lines, or the names of the segments in it, in order.
catalogue() { # SERVER
  cat "$LAB_DIR/barman/$1/wals/$1-xlog.db"
}

archived_segments() { # SERVER
  catalogue "$1" | cut -f1 | grep -xE '[0-9A-F]{24}' || true
}

little_endian() { # NUMBER BYTES
  local i text=''
  for ((i = 0; i < $2; i++)); do text+=$(printf '\\x%02x' $((($1 >> (8 * i)) & 255))); done
  printf '%b' "$text"
}

# The content of a segment as it would be under another name: the address in its header is that of the name.
segment_as() { # NAME SEGMENT-MEGABYTES < SEGMENT
  local content
  content=$(mktemp -p "$LAB_DIR/tmp") && cat >"$content"
  head -c 8 "$content"
  little_endian $(((16#${1:8:8} << 32) + 16#${1:16:8} * $2 * 1048576)) 8
  tail -c +17 "$content"
  rm "$content"
}

next_segment() { # NAME SEGMENT-MEGABYTES
  local log=$((16#${1:8:8})) segment=$((16#${1:16:8} + 1))
  ((segment < 4096 / $2)) || { segment=0; log=$((log + 1)); }
  printf '%s%08X%08X\n' "${1:0:8}" "$log" "$segment"
}

# The segments on standard input must follow each other without gap or repetition.
expect_consecutive() { # WHAT SEGMENT-MEGABYTES
  local name expected='' count=0
  while read -r name; do
    [[ -z $expected || $name == "$expected" ]] || failed "$1" "after $count segments: wanted $expected, got $name"
    expected=$(next_segment "$name" "$2")
    count=$((count + 1))
  done
  ((count > 1)) || failed "$1" "only $count segments"
  passed "$1 ($count segments)"
}

current_segment() { # CLUSTER
  lab_sql "$1" "select pg_walfile_name(pg_current_wal_lsn())"
}

# Closes the current segment of a cluster and prints its name.
close_segment() { # CLUSTER
  lab_sql "$1" "select pg_logical_emit_message(true, 'lab', 'x')" >/dev/null
  lab_sql "$1" "select pg_walfile_name(pg_switch_wal())"
}

is_archived() { # SERVER NAME
  catalogue "$1" 2>/dev/null | cut -f1 | grep -qx "$2"
}

# What get-wal delivers of each segment of a server must equal the file of that name in a directory.
expect_same_content() { # WHAT SERVER DIRECTORY
  local name count=0
  while read -r name; do
    barman get-wal "$2" "$name" | cmp - "$3/$name" || failed "$1" "$name differs"
    count=$((count + 1))
  done < <(archived_segments "$2")
  ((count > 0)) || failed "$1" "nothing was archived"
  passed "$1 ($count segments)"
}
