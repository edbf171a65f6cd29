#!/usr/bin/env bash
# A catalogue that Barman 3.20.1 wrote: we say of it, and make of it, to the byte what Barman did.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

place_recorded_home "$LAB_DIR/home-of-barman"
sed -i "/^\[barman\]/a legacy_links = off" "$LAB_DIR/home-of-barman.conf"
answer_recorded_questions barman "$LAB_DIR/home-of-barman" >"$LAB_DIR/answers"
if ! cmp -s "$recorded/answers" "$LAB_DIR/answers"; then
  failed "the answers are Barman's" "$(diff -u --label barman "$recorded/answers" --label ours "$LAB_DIR/answers")"
fi
passed "$(grep -c '^==== -f' "$LAB_DIR/answers") answers and the files in the end are Barman's"
