#!/usr/bin/env bash
# An archive that Barman wrote, in each of its compressions, through filters and encrypted, and after a failover: the bounds
# of recovery-window are those that pg_waldump shows, to the microsecond; also when both archived by turns.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=../integration/gpg.sh
. "${BASH_SOURCE[0]%/*}/../integration/gpg.sh"
# shellcheck source=../integration/window_facts.sh
. "${BASH_SOURCE[0]%/*}/../integration/window_facts.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
configure() { # CLUSTER ["OPTION = VALUE"...]
  lab_configure_server main "$1" rsync "encryption_passphrase_command = $gpg_command" "${@:2}"
}
configure source
home=$LAB_DIR/barman
use reference
barman check main >/dev/null 2>&1 || true # makes the directories
push_with_witness source main
agrees() { # WHAT TIMELINES
  use ours
  expect_true_window "$1" "$home" main "$2"
  rm -f "$home/main/.wal-notes"
  expect_true_window "$1, nothing noted" "$home" main "$2"
  conclude_case agreed "$1"
}

commit_and_abort source ahead
archive_now source
take_backup main
# Debian's python3-snappy does not work with Debian's Python.
words=(none gzip bzip2 pigz pygzip pybzip2 xz zstd lz4 custom gpg zstd+gpg)
! python3 -c 'import snappy; snappy.StreamCompressor().compress(b"x")' 2>/dev/null || words+=(snappy)
custom=("compression = custom" "custom_compression_filter = gzip -1 -c" "custom_decompression_filter = gzip -dc" "custom_compression_magic = 0x1f8b08")
for word in "${words[@]}"; do
  case $word in
    none) configure source ;;
    custom) configure source "${custom[@]}" ;;
    zstd+gpg) configure source "compression = zstd" "${encrypted[@]}" ;;
    gpg) configure source "${encrypted[@]}" ;;
    *) configure source "compression = $word" ;;
  esac
  use reference
  commit_and_abort source "with $word"
  archive_now source
done
holds "they are stored so" test "$(catalogue main | cut -f4 | sort -fu | wc -l)" = "$((${#words[@]} - 2))"
agrees "each compression of the reference" 1

configure source "compression = gzip"
for side in ours reference ours reference; do
  use "$side"
  commit_and_abort source "by $side"
  archive_now source
done
agrees "archived by turns" 1
for _ in 1 2 3 4 5 6 7 8 9 10; do commit_and_abort source load; done &
load=$!
use reference
take_backup main
wait "$load"
archive_now source
lost=$(archived_segments main | tail -n 12 | head -n 1)
rm "$home/main/wals/${lost:0:16}/$lost"
agrees "a backup of the reference under load, and a hole" 1
use reference
run barman rebuild-xlogdb main
agrees "the index of the reference's rebuild" 1

create_standby source standby
received() { lab_sql_is standby t "select pg_last_wal_replay_lsn() >= '$1'"; }
lab_wait_for 60 "the standby" received "$(lab_sql source "select pg_current_wal_lsn()")"
lab_stop_cluster standby
use reference
for _ in 1 2; do commit_and_abort source 'never streamed'; archive_now source; done
lab_stop_cluster source immediate
lab_start_cluster standby
pg_ctl promote -w -s -D "${LAB_DATA[standby]}"
lab_wait_for_promotion standby
configure standby "compression = gzip"
for _ in 1 2; do commit_and_abort standby 'on timeline 2'; archive_now standby; done
agrees "after a failover" "1 2"
conclude
