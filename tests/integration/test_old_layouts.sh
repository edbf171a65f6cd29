#!/usr/bin/env bash
# Catalogues that Barman 1.4 to 3.13.0 left: every command reads and serves them as Barman 3.20.1 does, and nothing of what
# they hold is lost. Then, with the option legacy_links as it is by default, tools find their files at the old places.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/old_layouts.sh"

old=$LAB_DIR/old
place_old_layouts "$old"
cp -a "$old" "$LAB_DIR/as-it-was"
sed -i '/^\[barman\]/a legacy_links = off' "$old.conf"
answer_old_layout_questions barman "$old" >"$LAB_DIR/answers"
for server in nine eleven; do
  expect_true "the old WAL index of $server is kept as it was" \
    cmp "$LAB_DIR/as-it-was/$server/wals/xlog.db" "$old/$server/wals/$server-xlog.db.old"
done
# An old mark of keep stays where it is until it changes; Barman moves it when it looks.
sed -i '/-xlog\.db\.old/d; /annotations\/keep$/d' "$LAB_DIR/answers"
if ! cmp -s "$old_layouts/answers" "$LAB_DIR/answers"; then
  failed "the answers are Barman's" "$(diff -u --label barman "$old_layouts/answers" --label ours "$LAB_DIR/answers")"
fi
passed "$(grep -c '^==== -f' "$LAB_DIR/answers") answers, the files in the end and what was restored are Barman's"

# ---- What Barman itself does not get right, and what tools find by default ----
old=$LAB_DIR/again
cp -a "$LAB_DIR/as-it-was" "$old"
sed "s!$LAB_DIR/old!$old!g" "$LAB_DIR/old.conf" | sed '/legacy_links/d' >"$old.conf"
rmdir "$old/eleven/meta"
printf 'mode=None\n' >>"$old/nine/base/20160302T010203/backup.info"
export BARMAN_CONFIG_FILE=$old.conf
run barman show-backup nine 20160302T010203
expect_line "an entry without mode has that of the configuration" "    Backup Method        : rsync-concurrent" "$output"
expect_line "and without deduplicated_size its size" "    Backup Size          : 22.0 MiB (22.0 MiB with WALs)" "$output"
run barman show-backup nine oldest
expect_line "so has that of the oldest layout" "    Backup Size          : 100 B (136 B with WALs)" "$output"
expect_true "the place of the old index leads to the new one" test "$old/nine/wals/xlog.db" -ef "$old/nine/wals/nine-xlog.db"
run barman keep --status eleven oldest
expect_line "an old keep counts though there is no meta directory" "	Keep: standalone" "$output"
run barman keep --release eleven oldest
expect_false "releasing it removes it" test -e "$old/eleven/base/20200126T005500/annotations/keep"

before=$(cksum "$old"/nine/base/*/backup.info)
run barman cron
expect_equal "cron leaves entries alone that are the only ones" "$before" "$(cksum "$old"/nine/base/*/backup.info)"
expect_false "and retention does not touch what is kept" test ! -e "$old/eleven/base/20200127T005500"
expect_false "but deletes what is obsolete" test -e "$old/eleven/base/20200126T005500"
saved=$old/thirteen/meta/20250219T212000-backup.info
lab_wait_for 20 "check-backup" grep -qs '^status=DONE' "$saved"
# The entry comes first, then its copy: check-backup may still be between the two.
lab_wait_for 20 "the copy of a saved entry at its old place" cmp -s "$saved" "$old/thirteen/base/20250219T212000/backup.info"
run barman list-files --target data thirteen latest
expect_equal "list-files begins with backup.info" "$old/thirteen/base/20250219T212000/backup.info" "$(sed -n 1p <<<"$output")"
