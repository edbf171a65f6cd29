#!/usr/bin/env bash
# archive-wal is killed, loses its power, or is refused, at every call that changes something. Nothing is lost at any
# moment, and the next run completes the work: one line for every file, in order, and no file left behind.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/archive.sh"

make_originals 5
prepare() { fresh_server "$source"; }
check_disturbed() { expect_nothing_lost "$source"; }
check_recovered() {
  run barman archive-wal "$server"
  expect_archived "$source" "$LAB_DIR/tmp/$server.wanted"
}

configure() { # SERVER SOURCE [OPTION...]
  server=$1 source=$2; shift 2
  case $source in
    incoming) lab_configure_server "$server" none local-rsync "$@" ;;
    streaming) lab_configure_server "$server" none postgres "$@" ;;
  esac
  prepare
  run barman archive-wal "$server"
  catalogue "$server" >"$LAB_DIR/tmp/$server.wanted"
}

for kind in plain gzip zstd lz4 bzip2 xz snappy; do
  options=()
  [[ $kind == plain ]] || options=("compression = $kind")
  configure "$kind" incoming "${options[@]}"
  expect_equal "$kind: everything is archived" 6 "$(wc -l <"$LAB_DIR/tmp/$server.wanted")"
  for how in kill power-names power-contents; do
    sweep "archive-wal from incoming, $kind" "$how" barman archive-wal "$server"
  done
done

# The newest file belongs to pg_receivewal: it stays.
printf 'x' >"$originals/00000001000000000000000A.partial"
for kind in plain gzip; do
  options=()
  [[ $kind == plain ]] || options=("compression = $kind")
  configure "streamed_$kind" streaming "${options[@]}"
  expect_equal "streamed, $kind: everything else is archived" 6 "$(wc -l <"$LAB_DIR/tmp/$server.wanted")"
  for how in kill power-names power-contents; do
    sweep "archive-wal from streaming, $kind" "$how" barman archive-wal "$server"
  done
done
