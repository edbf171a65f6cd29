#!/usr/bin/env bash
# barman-wal-archive of each program against put-wal of each: the same words, exit statuses and files as among the
# reference's own, whatever the options, the file and the failure.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/client_pairs.sh"

deliver() { # CLIENT-SIDE FAR-SIDE ARGUMENT...
  rm -rf "${incoming:?}"/* "$LAB_DIR/tmp/cache"
  client "$1" "$2" barman-wal-archive -U "$LAB_USER" "${@:3}"
  printf -- '---- what has arrived\n'
  left_in "$incoming"
}
delivers() { pairs_alike "wal-archive $1" deliver "${@:2}"; }
wal=$wals/${segments[0]}
delivers "plain" backup main "$wal"
for option in --md5 --gzip -z --bzip2 -j --xz --zstd --lz4; do
  delivers "$option" "$option" backup main "$wal"
done
for levels in "--gzip 9" "--gzip low" "--bzip2 1" "--xz high" "--zstd 19" "--zstd medium" "--lz4 3"; do
  read -r option level <<<"$levels"
  delivers "$option, level $level" "$option" --compression-level "$level" backup main "$wal"
done
for other in "00000002.history" "${segments[0]}.00000028.backup" "$partial.partial"; do
  delivers "of ${other#"${other%%.*}"}" backup main "$wals/$other"
done
delivers "with another configuration file" -c "$BARMAN_CONFIG_FILE" backup main "$wal"
delivers "--test" --test backup main "$wal"
delivers "--test, unknown server" --test backup nowhere "$wal"
delivers "--test, inactive server" --test backup idle "$wal"
# Where put-wal ends before it reads, the reference's client tells of the broken pipe instead if it is still sending: what
# fits into the pipe is sent at once.
mkdir "$wals/small"
small=$wals/small/${segments[0]}
echo small >"$small" # what is empty is not sent at all
delivers "unknown server" backup nowhere "$small"
delivers "inactive server" backup idle "$small"
delivers "missing file" backup main "$wals/absent"
delivers "directory" backup main "$wals"
delivers "no configuration file there" -c /nonexistent backup main "$small"
delivers "no arguments"
delivers "two compressions" --gzip --xz backup main "$wal"
delivers "an unknown level" --gzip --compression-level much backup main "$wal"
delivers "a level without compression" --compression-level 3 backup main "$wal"

for name in "${segments[@]}"; do touch "$wals/archive_status/$name.ready"; done
delivers "--parallel 3" --parallel 3 --prefetch-cache-dir "$LAB_DIR/tmp/cache" backup main "$wal"
delivers "--parallel 3, compressed" -p 3 --zstd --prefetch-cache-dir "$LAB_DIR/tmp/cache" backup main "$wal"
delivers "--parallel 0" -p 0 backup main "$wal"
conclude
