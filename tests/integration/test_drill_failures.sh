#!/usr/bin/env bash
# What a drill finds in backups that were tampered with: a page, a file, a WAL segment; each for its own reason.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1 --data-checksums
lab_configure_server main source rsync "backup_options = concurrent_backup"
lab_push_wal source main
lab_create_tables source
lab_add_rows source 3000 >/dev/null
file=$(lab_sql source "select pg_relation_filepath('ledger')")
lab_sql source "checkpoint"
take_backup main
for _ in 1 2 3 4; do
  lab_add_rows source 500 >/dev/null
  last=$(close_segment source)
done
all_archived() { barman -q archive-wal main && is_archived main "$last"; }
lab_wait_for 60 "segment $last in the archive" all_archived
home=$LAB_DIR/barman/main

for target in "lsn $(lsn_before "$(lab_sql source "select pg_current_wal_insert_lsn()")" 1048576)" "name barman_$backup"; do
  expect_drill "${target% *}" main "$backup" "--target-${target% *}" "${target#* }"
done

# ---- A page ------------------------------------------------------------------------------------------------------------

page=$home/base/$backup/data/$file
test -s "$page" || failed "the table's file is not in the backup" "$page"
cp "$page" "$LAB_DIR/tmp/page"
printf 'damage' | dd of="$page" bs=1 seek=16000 conv=notrunc status=none
expect_failure "a damaged page" content "invalid page" main "$backup" --target-immediate
[[ $(pg_checksums --version) != *" $LAB_PG_MAJOR."* ]] || expect_equal "its checksum is wrong, too" False "$(check_of checksums)"
expect_equal "the rest is as it should be" True "$(check_of target)"
cp "$LAB_DIR/tmp/page" "$page"

# ---- A file, where there is a manifest ---------------------------------------------------------------------------------

if [[ -x $(command -v pg_verifybackup) ]]; then
  run barman generate-manifest main "$backup"
  expect_drill "with a manifest" main "$backup" --target-immediate
  expect_equal "the manifest was compared" True "$(check_of manifest)"
  chmod u+w "$home/base/$backup/data/PG_VERSION" && echo >>"$home/base/$backup/data/PG_VERSION"
  expect_failure "a file that has changed" manifest "PG_VERSION" main "$backup" --target-immediate
  sed -i '$d' "$home/base/$backup/data/PG_VERSION"
  rm "$home/base/$backup/data/backup_manifest"
fi

# ---- A segment ---------------------------------------------------------------------------------------------------------

expect_drill "the whole archive" main "$backup"
mapfile -t segments < <(archived_segments main | tail -n 3)
rm "$home/wals/${segments[0]:0:16}/${segments[0]}"
run barman rebuild-xlogdb main
expect_failure "a missing segment" wal "WAL segment ${segments[0]} is missing" main "$backup"
expect_drill "what lies before it" main "$backup" --target-immediate
end=$(lab_backup_field main "$backup" end_wal)
mv "$home/wals/${end:0:16}/$end" "$LAB_DIR/tmp/end"
run barman rebuild-xlogdb main
expect_status 1 barman -f json drill main "$backup"
expect_equal "a segment without which it is not consistent: the drill fails" False "$(drill_value "d['passed']")"
expect_text "it is named" "$end" "$output"
expect_nothing_left main
run barman drill --history main
expect_text "the newest one comes first" "FAILED - target: latest" "$(head -n 1 <<<"$output")"
