# shellcheck shell=bash disable=SC2034,SC2154
# What the torture tests of archiving share: WAL that waits, and what must hold of it at any moment. Reads: server

# The server program is never asked; no PostgreSQL is needed.
LAB_PORT[none]=1
originals=$LAB_DIR/originals
# Small files stand for segments: the size of a segment is asked from PostgreSQL only, and nothing here depends on it.
make_originals() { # COUNT
  local number
  mkdir "$originals"
  for ((number = 1; number <= $1; number++)); do
    head -c $((number * 20000)) /dev/urandom >"$originals/00000001000000000000000$number"
  done
  printf '1\t0/3000000\tno recovery target specified\n' >"$originals/00000002.history"
  touch -d "2024-02-29 12:34:56.125" "$originals"/*
}

# A fresh server with everything waiting in a directory of it.
fresh_server() { # SOURCE-DIRECTORY
  local directory=$LAB_DIR/barman/$server
  rm -rf "$LAB_DIR/barman"
  mkdir -p "$directory"/{incoming,streaming,wals,errors}
  cp -p "$originals"/* "$directory/$1/"
}

# Every file waits unharmed, or is in the archive with its line.
expect_nothing_lost() { # SOURCE-DIRECTORY
  local file name
  for file in "$originals"/*; do
    name=${file##*/}
    cmp -s "$LAB_DIR/barman/$server/$1/$name" "$file" && continue
    barman get-wal "$server" "$name" 2>/dev/null | cmp -s - "$file" || failed "$point: $name is lost"
    catalogue "$server" | cut -f1 | grep -qxF "$name" || failed "$point: $name has neither a source nor a line"
  done
}

# All is in the archive, with one line each, in order, and nothing else is there.
expect_archived() { # SOURCE-DIRECTORY WANTED-INDEX
  local directory=$LAB_DIR/barman/$server file left
  catalogue "$server" | cmp -s - "$2" || failed "$point: the index" "$(catalogue "$server")"
  for file in "$originals"/*; do
    [[ $file != *.partial ]] || continue
    barman get-wal "$server" "${file##*/}" | cmp -s - "$file" || failed "$point: ${file##*/} was changed"
  done
  left=$(find "$directory/$1" "$directory/errors" -type f ! -name "*.partial"; litter "$LAB_DIR/barman")
  [[ -z $left ]] || failed "$point: left behind" "$left"
  cp -p "$directory/wals/$server-xlog.db" "$LAB_DIR/tmp/before-rebuild"
  run barman rebuild-xlogdb "$server"
  catalogue "$server" | cmp -s - "$LAB_DIR/tmp/before-rebuild" || failed "$point: rebuild-xlogdb changes the index"
}
