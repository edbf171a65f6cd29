#!/usr/bin/env bash
# barman-wal-archive and barman-wal-restore, as PostgreSQL calls them on its own host.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source
lab_configure_server main source local-rsync
archive() { barman-wal-archive -U "$LAB_USER" "$@"; }
fetch() { barman-wal-restore -U "$LAB_USER" "$@"; }
wals=$LAB_DIR/tmp/pg_wal
mkdir -p "$wals/archive_status"
for n in 1 2 3 4; do
  head -c 16777216 /dev/urandom >"$wals/00000001000000000000000$n"
  touch "$wals/archive_status/00000001000000000000000$n.ready"
done
wal=$wals/000000010000000000000001
cd "$LAB_DIR/tmp"

run archive --test backup main x
expect_text "barman-wal-archive --test" "Ready to accept WAL files for the server main" "$output"
run fetch --test backup main x y
expect_text "barman-wal-restore --test" "Ready to retrieve WAL files from the server main" "$output"
run archive backup main "$wal"
expect_equal "archiving is silent" "" "$output"
expect_true "the segment arrives" cmp "$wal" "$LAB_DIR/barman/main/incoming/${wal##*/}"
run archive --md5 --zstd backup main "$wals/000000010000000000000002"
expect_true "it can be compressed on the way" \
  cmp <(zstd -dc <"$LAB_DIR/barman/main/incoming/000000010000000000000002") "$wals/000000010000000000000002"
run archive --parallel 2 --prefetch-cache-dir "$LAB_DIR/tmp/cache" backup main "$wals/000000010000000000000003"
expect_equal "--parallel sends the next one that is ready, too" 4 "$(find "$LAB_DIR/barman/main/incoming" -type f | wc -l)"
run barman archive-wal main
expect_equal "all are archived" 4 "$(archived_segments main | wc -l)"

for n in 1 2 3 4; do
  run fetch backup main "00000001000000000000000$n" fetched
  expect_true "segment $n comes back" cmp "$wals/00000001000000000000000$n" fetched
done
run fetch --parallel 3 --spool-dir "$LAB_DIR/tmp/spool" backup main 000000010000000000000002 fetched
lab_wait_for 30 "the spool" test -e "$LAB_DIR/tmp/spool/000000010000000000000004"
expect_true "the segments after it wait in the spool" cmp "$wals/000000010000000000000003" "$LAB_DIR/tmp/spool/000000010000000000000003"
mv "$LAB_DIR/barman/main/wals" "$LAB_DIR/barman/main/away"
run fetch --spool-dir "$LAB_DIR/tmp/spool" backup main 000000010000000000000003 fetched
expect_true "the spool serves the next one" cmp "$wals/000000010000000000000003" fetched
mv "$LAB_DIR/barman/main/away" "$LAB_DIR/barman/main/wals"

expect_status 2 archive backup main "$wals"
expect_line "a directory is no segment" "ERROR: WAL_PATH cannot be a directory: $wals" "$output"
expect_status 2 archive backup main "$wals/absent"
expect_text "a missing file" "$wals/absent" "$output"
expect_status 1 archive backup nowhere "$wal"
expect_line "an error of the remote barman" "ERROR: Unknown server 'nowhere'" "$output"
expect_line "is an error here" "ERROR: Remote 'barman put-wal' command has failed!" "$output"
expect_status 1 fetch backup main 0000000100000000000000FF fetched
expect_line "a missing segment" "ERROR: Remote 'barman get-wal' command has failed!" "$output"
expect_status 3 fetch backup main nonsense fetched
passed "a bad name"
expect_status 3 fetch backup main "${wal##*/}" "$LAB_DIR/tmp"
expect_line "a directory is no destination" "ERROR: WAL_DEST cannot be a directory: $LAB_DIR/tmp" "$output"

small=$wals/00000001000000000000000F
echo small >"$small" # what is empty is not sent at all
kill "$(cat "$LAB_DIR/ssh/sshd.pid")"
ssh_port=$(awk '/Port/ { print $2 }' "$LAB_DIR/ssh/config")
ssh_is_gone() { ! lab_port_answers "$ssh_port"; }
lab_wait_for 20 "the end of sshd" ssh_is_gone
expect_status 3 archive backup main "$small"
expect_line "no connection" "ERROR: Connection problem with ssh" "$output"
expect_status 2 fetch backup main "${wal##*/}" fetched
expect_line "no connection" "ERROR: Connection problem with ssh" "$output"
