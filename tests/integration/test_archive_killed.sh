#!/usr/bin/env bash
# archive-wal is killed at every system call that changes something, and made to fail at each. Nothing is lost at any
# moment, and the next run completes the work: one line for every file, in order, and no file left behind.
. "${BASH_SOURCE[0]%/*}/common.sh"

# The server program is never asked; no PostgreSQL is needed.
LAB_PORT[none]=1
originals=$LAB_DIR/originals
mkdir "$originals"
for number in 1 2 3 4 5; do
  head -c $((number * 20000)) /dev/urandom >"$originals/00000001000000000000000$number"
done
printf '1\t0/3000000\tno recovery target specified\n' >"$originals/00000002.history"
touch -d "2024-02-29 12:34:56.125" "$originals"/*

# A fresh server with everything waiting. Reads: server
prepare() {
  local directory=$LAB_DIR/barman/$server
  rm -rf "$directory"
  mkdir -p "$directory"/{incoming,wals,errors}
  cp -p "$originals"/* "$directory/incoming/"
}

# Every file waits unharmed, or is in the archive with its line.
check_nothing_lost() { # WHEN
  local file name
  for file in "$originals"/*; do
    name=${file##*/}
    cmp -s "$LAB_DIR/barman/$server/incoming/$name" "$file" && continue
    barman get-wal "$server" "$name" 2>/dev/null | cmp -s - "$file" || failed "$1: $name is lost"
    catalogue "$server" | cut -f1 | grep -qxF "$name" || failed "$1: $name has neither a source nor a line"
  done
}

check_completed() { # WHEN
  local directory=$LAB_DIR/barman/$server file left
  run barman archive-wal "$server"
  catalogue "$server" | cmp -s - "$LAB_DIR/tmp/$server.wanted" || failed "$1: the index" "$(catalogue "$server")"
  for file in "$originals"/*; do
    barman get-wal "$server" "${file##*/}" | cmp -s - "$file" || failed "$1: ${file##*/} was changed"
  done
  left=$(find "$directory/incoming" "$directory/errors" "$directory/wals" -type f \
    \( -path '*/incoming/*' -o -path '*/errors/*' -o -name '*.compressed' \))
  [[ -z $left ]] || failed "$1: left behind" "$left"
}

# Interferes with the first, second, ... of these calls, until a run does not get that far.
interfere() { # CALLS HOW MOST
  local calls=$1 how=$2 most=$3 count=0 status
  while ((++count <= most)); do
    prepare
    status=0
    { strace -qq -f -o /dev/null -e "trace=$calls" -e "inject=$calls:$how:when=$count" \
      barman archive-wal "$server" >/dev/null || status=$?; } 2>/dev/null
    check_nothing_lost "$calls $how at $count"
    check_completed "$calls $how at $count"
    [[ $how != signal=KILL || $status != 0 ]] || break
  done
  ((count > 1)) || failed "$calls $how: never happened"
  passed "$server: $calls, $how at $((count - 1)) places"
}

for server in plain packed; do
  options=()
  [[ $server == plain ]] || options=("compression = gzip")
  lab_configure_server $server none local-rsync "${options[@]}"
  prepare
  run barman archive-wal $server
  catalogue $server >"$LAB_DIR/tmp/$server.wanted"
  expect_equal "$server: everything is archived" 6 "$(wc -l <"$LAB_DIR/tmp/$server.wanted")"
  interfere link,rename,renameat2,unlink signal=KILL 40
  interfere fsync,ftruncate,fchmod,utimensat signal=KILL 40
  interfere write signal=KILL 60
  interfere write error=ENOSPC 20
  interfere fsync error=EIO 8
  interfere link,renameat2 error=ENOSPC 6
done
# Where the file system knows no hard links or no rename that spares an existing file.
server=plain
interfere link error=EPERM 2
server=packed
interfere renameat2 error=EINVAL 2
