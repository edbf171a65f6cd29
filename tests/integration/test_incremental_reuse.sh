#!/usr/bin/env bash
# reuse_backup: unchanged files are hard links or copies of the previous backup's, changed ones are never taken from it.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_configure_server main source rsync "reuse_backup = link"
lab_push_wal source main

inode() { stat -c %i "$LAB_DIR/barman/main/base/$1"; }
contents() { (cd "$LAB_DIR/barman/main/base/$1" && find . -type f -exec sha256sum {} + | sort -k 2); }
table_file() { lab_sql source "select pg_relation_filepath('$1')"; }

lab_sql source "create table quiet as select n from generate_series(1, 5000) n; checkpoint"
quiet=$(table_file quiet) busy=$(table_file ledger)
# A file that will change without changing its size or its time stamp.
canary=${LAB_DATA[source]}/canary
echo before >"$canary"
touch -d "2 hours" "$canary"

take_backup main
first=$backup
first_rows=$(lab_fingerprint source)
expect_line "the first backup shares nothing" "    Resources saved      : 0 B (0.00%)" "$(barman show-backup main "$first")"
first_contents=$(contents "$first")

lab_add_rows source 100 >/dev/null
echo behind >"$canary"
touch -d "$(stat -c %y "$LAB_DIR/barman/main/base/$first/data/canary")" "$canary"
take_backup main
second=$backup
second_rows=$(lab_fingerprint source)
expect_true "link: the unchanged table is one file in both backups" \
  test "$(inode "$first/data/$quiet")" = "$(inode "$second/data/$quiet")"
expect_true "link: the changed table is a file of its own" \
  test "$(inode "$first/data/$busy")" != "$(inode "$second/data/$busy")"
linked=$(find "$LAB_DIR/barman/main/base/$second" -type f -links +1 | wc -l)
all=$(find "$LAB_DIR/barman/main/base/$second" -type f | wc -l)
expect_true "link: $linked of $all files are shared" test "$linked" -gt $((all * 8 / 10))
expect_equal "link: deduplicated_size counts the files that are not shared" \
  "$(find "$LAB_DIR/barman/main/base/$second" -type f ! -name backup.info -links 1 -printf '%s\n' | awk '{ s += $1 } END { print s }')" \
  "$(lab_backup_field main "$second" deduplicated_size)"
expect_equal "a change that leaves size and time alone is seen" behind "$(cat "$LAB_DIR/barman/main/base/$second/data/canary")"
expect_equal "the first backup is not touched" "$first_contents" "$(contents "$first")"

take_backup main --reuse-backup=copy
third=$backup
expect_true "copy: the unchanged table is a file of its own" \
  test "$(inode "$second/data/$quiet")" != "$(inode "$third/data/$quiet")"
expect_true "copy: with the same content" \
  cmp -s "$LAB_DIR/barman/main/base/$second/data/$quiet" "$LAB_DIR/barman/main/base/$third/data/$quiet"
take_backup main --reuse-backup=off
expect_equal "off: nothing is shared" "" "$(find "$LAB_DIR/barman/main/base/$backup" -type f -links +1)"

restore_and_start one main "$first" --target-immediate --target-action promote
expect_rows "the first backup restores to its own end" one "$first_rows"
expect_sound_pages one
run barman delete main "$first"
restore_and_start two main "$second" --target-immediate --target-action promote
expect_rows "the second restores without the first" two "$second_rows"
expect_sound_pages two
