#!/usr/bin/env bash
# drill_bandwidth_limit holds for whatever is read out of the catalogue: files, WAL, archives, encrypted ones.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"
. "${BASH_SOURCE[0]%/*}/gpg.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source

# So much is stored, and must take its time; without the limit it takes less than half of that.
expect_limit() { # WHAT SERVER KBPS BYTES [OPTION...]
  local what=$1 server=$2 rate=$3 bytes=$4 least unlimited; shift 4
  least=$(awk "BEGIN { print 0.8 * $bytes / 1024 / $rate }")
  sed -i '/^drill_bandwidth_limit/d' "$LAB_DIR/etc/barman.d/$server.conf"
  run barman -f json drill "$server" latest "$@"
  unlimited=$(drill_value "d['seconds']['copy']")
  echo "drill_bandwidth_limit = $rate" >>"$LAB_DIR/etc/barman.d/$server.conf"
  expect_drill "$what" "$server" latest "$@"
  expect_true "$what: $((bytes / 1024)) kB at $rate kB/s took $(drill_value "d['seconds']['copy']") seconds, not $unlimited" \
    awk "BEGIN { exit !($(drill_value "d['seconds']['copy']") > $least && $unlimited < $least) }"
}
bytes_of() { cat "$@" | wc -c; }

lab_configure_server main source rsync "compression = none"
lab_push_wal source main
take_backup main
base=$LAB_DIR/barman/main/base/$backup
mapfile -t files < <(find "$base" -type f)
bytes=$(bytes_of "${files[@]}")
expect_limit "files" main 6000 "$bytes" --target-immediate
for _ in {1..30}; do last=$(close_segment source); done
all_archived() { barman -q archive-wal main && is_archived main "$last"; }
lab_wait_for 60 "segment $last in the archive" all_archived
expect_limit "files and WAL" main 12000 $((bytes + 30 * 1048576))

stream() { # SERVER [OPTION...]
  lab_configure_server "$1" source postgres "backup_compression = gzip" "backup_compression_format = tar" "${@:2}"
  lab_receive_wal source "$1"
  run lab_archive_now source "$1"
  take_backup "$1"
}
stream packed
expect_limit "archives" packed 700 "$(bytes_of "$LAB_DIR/barman/packed/base/$backup/data"/*.tar.gz)" --target-immediate
stream secret "${encrypted[@]}" "encryption_passphrase_command = $gpg_command"
expect_limit "encrypted archives" secret 700 "$(bytes_of "$LAB_DIR/barman/secret/base/$backup/data"/*.gpg)" --target-immediate
