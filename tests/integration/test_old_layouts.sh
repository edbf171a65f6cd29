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
sed -i '/-xlog\.db\.old/d' "$LAB_DIR/answers"
if ! cmp -s "$old_layouts/answers" "$LAB_DIR/answers"; then
  failed "the answers are Barman's" "$(diff -u --label barman "$old_layouts/answers" --label ours "$LAB_DIR/answers")"
fi
passed "$(grep -c '^==== -f' "$LAB_DIR/answers") answers, the files in the end and what was restored are Barman's"
