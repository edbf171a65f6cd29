#!/usr/bin/env bash
# A disk that is full under standard output is an error, whatever is printed and by which program; a reader that has gone is
# none. What is printed never lands in another file because standard output was closed.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

write_configuration "" main
store_backup main 20270101T120000
mkdir -p "$home/main/wals/0000000100000000"
# A whole segment; a second one is compressed.
python3 - "$home/main" <<'END'
import gzip, struct, sys
def segment(number):
    return struct.pack("<HHIQIIQII", 0xd110, 2, 1, number << 24, 0, 0, 7000000000000000000, 1 << 24, 8192).ljust(1 << 24, b"\0")
directory = sys.argv[1] + "/wals/0000000100000000/"
open(directory + "000000010000000000000002", "wb").write(segment(2))
open(directory + "000000010000000000000003", "wb").write(gzip.compress(segment(3), 1))
END
run barman rebuild-xlogdb main

message="cannot write to 'standard output': No space left on device"
expect_full() { # STATUS COMMAND...
  local wanted=$1 status=0; shift
  timeout 60 "$@" >/dev/full 2>"$home/stderr" || status=$?
  expect_equal "$*: exit status" "$wanted" "$status"
  expect_line "$*: the reason" "ERROR: $message" "$(cat "$home/stderr")"
  expect_equal "$*: once" 1 "$(grep -c "standard output" "$home/stderr")"
}
for command in diagnose list-servers "list-servers --minimal" "list-backups main" "list-backups --minimal main" "check main" \
  "check --explain main" "status main" "show-servers main" "show-backup main latest" "list-files main latest" "sync-info main" \
  "list-processes main" "rebuild-xlogdb main" "get-wal main 000000010000000000000002" \
  "get-wal main 000000010000000000000003" "get-wal --gzip main 000000010000000000000002" \
  "get-wal --bzip2 main 000000010000000000000003" "get-wal --peek 2 main 000000010000000000000002" \
  "-f json list-servers" "-f json status main" "-f json show-backup main latest" "-f json check main" \
  --version --help help "help backup" "backup --help" ""; do
  read -ra words <<<"$command"
  expect_full 1 barman "${words[@]}"
done
expect_full 2 barman check --nagios main
for program in barman-wal-archive barman-wal-restore barman-gatekeeper; do
  [[ -x $BARMAN_BIN_DIR/$program ]] || continue # where only what is installed on PostgreSQL's host is tested
  expect_full 2 "$program" --help
  expect_full 2 "$program" --version
done
barman -q list-backups main >/dev/full || failed "nothing is printed, so that nothing can fail"

for command in diagnose list-servers help "get-wal main 000000010000000000000002" "-f json status main"; do
  read -ra words <<<"$command"
  barman "${words[@]}" 2>"$home/stderr" | true || true
  expect_equal "$command: a reader that has gone is no error" "" "$(cat "$home/stderr")"
done

# Closed descriptors are not given to the files of the catalogue.
for closed in '>&-' '2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
  bash -c "timeout 60 barman rebuild-xlogdb main $closed; timeout 60 barman delete main 20270101T120001 $closed; true" 2>/dev/null || true
  expect_equal "closed: $closed: the index holds what it should" "000000010000000000000002 000000010000000000000003" \
    "$(cut -f1 "$home/main/wals/main-xlog.db" | paste -sd' ')"
  expect_equal "closed: $closed: nothing was printed into a file" "" \
    "$(grep -rlE "Rebuilding xlogdb|Unknown backup" "$home" | grep -v 'barman.log$' || true)"
done
expect_status 1 bash -c 'barman list-servers >&-'
expect_text "a closed standard output is an error" "ERROR: cannot write to 'standard output': Bad file descriptor" "$output"
