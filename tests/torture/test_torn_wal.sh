#!/usr/bin/env bash
# A whole segment takes the place of a torn one in the archive, and archive-wal is killed, or loses its power, at every
# call that changes something. The archive has one of the two at any moment, the torn one is never lost, and the next run
# completes the work.
. "${BASH_SOURCE[0]%/*}/common.sh"

LAB_PORT[none]=1
segment_size=1048576
name=000000010000000000000002
whole=$LAB_DIR/tmp/$name
torn=$LAB_DIR/tmp/torn

# The long header of a first page, and anything behind it.
segment() { # NAME
  little_endian $((0xD110)) 2; little_endian 2 2; little_endian $((16#${1:0:8})) 4; little_endian $(((16#${1:8:8} << 32) + 16#${1:16:8} * segment_size)) 8
  little_endian 0 8; little_endian 77 8; little_endian "$segment_size" 4; little_endian 8192 4
  head -c $((segment_size - 40)) /dev/urandom
}
segment "$name" >"$whole"
head -c 400000 "$whole" >"$torn"

prepare() {
  local directory=$LAB_DIR/barman/$server
  rm -rf "$LAB_DIR/barman"
  mkdir -p "$directory"/{incoming,streaming,errors,wals/0000000100000000}
  case $server in
    plain) cp "$torn" "$directory/wals/0000000100000000/$name" ;;
    gzip) gzip <"$torn" >"$directory/wals/0000000100000000/$name" ;;
  esac
  run barman rebuild-xlogdb "$server"
  cp "$whole" "$directory/incoming/$name"
}
unpacked() { # FILE
  if [[ $server == gzip ]]; then gzip -dc "$1"; else cat "$1"; fi
}
torn_is_kept() { # DIRECTORY
  local file
  for file in "$1"/*; do
    [[ ! -e $file ]] || ! unpacked "$file" | cmp -s - "$torn" || return 0
  done
  return 1
}
check_disturbed() {
  local directory=$LAB_DIR/barman/$server
  if unpacked "$directory/wals/0000000100000000/$name" | cmp -s - "$torn"; then
    cmp -s "$directory/incoming/$name" "$whole" || failed "$point: the whole segment is lost"
  else
    unpacked "$directory/wals/0000000100000000/$name" | cmp -s - "$whole" || failed "$point: neither is archived"
    torn_is_kept "$directory/errors" || failed "$point: the torn segment is lost"
  fi
}
check_recovered() {
  local directory=$LAB_DIR/barman/$server left
  run barman archive-wal "$server"
  barman get-wal "$server" "$name" | cmp -s - "$whole" || failed "$point: the whole segment is not handed out"
  catalogue "$server" | cut -f 1,2 | cmp -s - <(printf '%s\t%s\n' "$name" "$(stat -c %s "$directory/wals/0000000100000000/$name")") ||
    failed "$point: the index" "$(catalogue "$server")"
  torn_is_kept "$directory/errors" || failed "$point: the torn segment is lost"
  left=$(find "$directory/incoming" -type f; litter "$LAB_DIR/barman"; find "$directory/errors" -type f | tail -n +2)
  [[ -z $left ]] || failed "$point: left behind" "$left"
}

for server in plain gzip; do
  options=()
  [[ $server == plain ]] || options=("compression = $server")
  lab_configure_server "$server" none local-rsync "${options[@]}"
  for how in kill power-names power-contents; do
    sweep "a whole segment for a torn one, $server" "$how" barman archive-wal "$server"
  done
done
