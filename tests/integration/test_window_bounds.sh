#!/usr/bin/env bash
# Every bound that recovery-window gives is the one that pg_waldump shows, to the microsecond: where intervals begin and
# end, and each restore point; with WAL compressed in each way, through filters and encrypted, after a failover, with a
# segment that is missing, a backup that is kept standalone, of a passive node, and of what is streamed so far.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/gpg.sh"
. "${BASH_SOURCE[0]%/*}/window_facts.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_stop_cluster source
echo "max_prepared_transactions = 5" >>"${LAB_DATA[source]}/postgresql.conf"
lab_start_cluster source
lab_create_tables source
configure() { # CLUSTER ["OPTION = VALUE"...]
  lab_configure_server main "$1" rsync "encryption_passphrase_command = $gpg_command" "${@:2}"
}
configure source
home=$LAB_DIR/barman
run barman cron # makes the directories
push_with_witness source main

work() { # CLUSTER NAME: a prepared transaction, too
  PGOPTIONS='-c statement_timeout=60s' psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${LAB_PORT[$1]}" -U postgres -d postgres \
    -c begin -c "insert into ledger values (0, 'prepared')" -c "prepare transaction 'two'" -c "rollback prepared 'two'"
  commit_and_abort "$@"
}

# ---- One interval, stored in each way ---------------------------------------------------------------------------------

work source ahead
archive_now source
under_load() { # CLUSTER: a backup that commits precede and follow
  local load
  while sleep 0.02; do lab_sql "$1" "insert into ledger select max(id) + 1, 'load' from ledger" >/dev/null || break; done &
  load=$!
  take_backup main
  kill "$load"
  wait "$load" 2>/dev/null || true
  work "$1" behind
}
under_load source
first=$backup
custom=("compression = custom" "custom_compression_filter = gzip -1 -c" "custom_decompression_filter = gzip -dc" "custom_compression_magic = 0x1f8b08")
for word in none gzip bzip2 pigz pygzip pybzip2 xz zstd lz4 snappy custom gpg zstd+gpg; do
  case $word in
    none) configure source ;;
    custom) configure source "${custom[@]}" ;;
    *gpg) configure source "${encrypted[@]}" ;;&
    zstd+gpg) configure source "compression = zstd" "${encrypted[@]}" ;;
    gpg) ;;
    *) configure source "compression = $word" ;;
  esac
  work source "with $word"
  archive_now source
done
expect_equal "they are stored so" "bzip2 custom gzip lz4 None pigz pybzip2 pygzip snappy xz zstd" \
  "$(catalogue main | cut -f4 | sort -fu | paste -sd ' ')"
expect_true "and encrypted" test "$(catalogue main | awk '$5 == "gpg"' | wc -l)" -ge 2
expect_true_window "each compression" "$home" main 1
run barman rebuild-xlogdb main
expect_true_window "after a rebuild" "$home" main 1
rm "$home/main/.wal-notes"
expect_true_window "read anew by the question" "$home" main 1

# ---- A backup under load, a missing segment -----------------------------------------------------------------------------

configure source "compression = gzip"
under_load source
archive_now source
lost=$(archived_segments main | sed -n "/$(lab_backup_field main "$first" end_wal)/,\$p" | sed -n 4p)
rm "$home/main/wals/${lost:0:16}/$lost"
expect_true_window "a missing segment" "$home" main 1
run barman keep --target standalone main "$first"
expect_equal "a backup that is kept standalone" standalone_backup "$(barman -f json recovery-window main | jq -r '.main.intervals[0].ended_by')"
expect_true_window "it" "$home" main 1
run barman keep --release main "$first"

# ---- A failover: the standby lacks what the primary wrote last --------------------------------------------------------

create_standby source standby
received() { lab_sql_is standby t "select pg_last_wal_replay_lsn() >= '$1'"; }
lab_wait_for 60 "the standby" received "$(lab_sql source "select pg_current_wal_lsn()")"
lab_stop_cluster standby
work source 'never streamed'
archive_now source
work source 'never streamed, either'
archive_now source
lab_stop_cluster source immediate
lab_start_cluster standby
pg_ctl promote -w -s -D "${LAB_DATA[standby]}"
lab_wait_for_promotion standby
configure standby "compression = gzip"
work standby 'on timeline 2'
archive_now standby
expect_true_window "after the failover" "$home" main "1 2"
lab_keep_busy standby
take_backup main
work standby 'on timeline 2'
archive_now standby
expect_true_window "with a backup on the new timeline" "$home" main "1 2"

# ---- A passive node -----------------------------------------------------------------------------------------------------

mkdir -p "$LAB_DIR/passive" "$LAB_DIR/etc/passive.d"
sed "s#/barman\$#/passive#; s#barman\.d#passive.d#" "$BARMAN_CONFIG_FILE" >"$LAB_DIR/etc/passive.conf"
printf '%s\n' "[main]" "primary_ssh_command = $LAB_SSH" "compression = gzip" "encryption_passphrase_command = $gpg_command" \
  >"$LAB_DIR/etc/passive.d/all.conf"
passive() { barman -c "$LAB_DIR/etc/passive.conf" "$@"; }
run passive sync-info main --primary
for id in $(barman list-backups --minimal main); do run passive sync-backup main "$id"; done
run passive sync-wals main
expect_equal "the node has every backup" "$(barman list-backups --minimal main)" "$(passive list-backups --minimal main)"
expect_true_window "a passive node" "$LAB_DIR/passive" main "1 2" -c "$LAB_DIR/etc/passive.conf"

# ---- What is streamed so far ----------------------------------------------------------------------------------------------

lab_configure_server stream standby postgres
lab_receive_wal standby stream
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream
work standby streamed
written() { lab_sql_is standby t "select write_lsn >= '$1' from pg_stat_replication where application_name like '%receive_wal%'"; }
lab_wait_for 60 "what is streamed" written "$(lab_sql standby "select pg_current_wal_lsn()")"
run barman terminate-process stream receive-wal
work standby 'not streamed'
# Microseconds of the last commit or abort in all segments of a directory, by pg_waldump.
last_end() { # DIRECTORY
  local names
  mapfile -t names < <(find "$1" -type f -printf '%f\n' | grep -xE '[0-9A-F]{24}' | sort)
  { TZ=UTC pg_waldump -p "$1" -r Transaction "${names[0]}" "${names[-1]}" 2>/dev/null || true; } | # it ends where nothing was written
    sed -nE 's/.* desc: (COMMIT|ABORT)(_PREPARED [0-9]+:)? ([0-9-]+ [0-9:.]+) UTC.*/\3/p' | tail -n 1 | sed 's/$/ UTC/' | date -u -f - +%s%6N
}
mkdir "$LAB_DIR/tmp/archived" "$LAB_DIR/tmp/streamed"
for name in $(archived_segments stream); do barman get-wal stream "$name" >"$LAB_DIR/tmp/archived/$name"; done
for name in "$home"/stream/streaming/0*; do name=${name##*/}; cp "$home/stream/streaming/$name" "$LAB_DIR/tmp/streamed/${name%.partial}"; done
expect_true "a segment is partial" test -n "$(find "$home/stream/streaming" -name '*.partial')"
exposure=$(barman -f json recovery-window stream | jq -r '.stream | (.exposure_seconds - .exposure_with_partial_seconds) * 1e6 | round')
expect_equal "what is streamed shortens the exposure by the time between both last commits" \
  $(($(last_end "$LAB_DIR/tmp/streamed") - $(last_end "$LAB_DIR/tmp/archived"))) "$exposure"
