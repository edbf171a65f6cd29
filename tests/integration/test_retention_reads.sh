#!/usr/bin/env bash
# The retention policy looks at the catalogue before each tree that it deletes, but reads only what has changed since: what it
# costs grows with the number of backups, not with its square.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/chain.sh"

place_chain "retention_policy = REDUNDANCY 1"
count=40
for ((i = 0; i < count; i++)); do add_member "$(printf '20260201T0000%02d' "$i")" $((16 + 3 * i)) None None; done
newest=$(barman list-backups --minimal main | sed -n 1p)
all=$(barman list-backups --minimal main | wc -l)
settled() { (($(date +%s) - $(stat -c %Z "$LAB_DIR/barman/main/meta/$newest-backup.info") > 3)); }
lab_wait_for 10 "files that are not of this moment" settled

strace -f -qq -e trace=openat -e signal=none -o "$LAB_DIR/tmp/calls" barman cron >"$LAB_DIR/tmp/output"
expect_equal "all but one are obsolete, and deleted" $((all - 1)) "$(grep -c '^Deleted backup' "$LAB_DIR/tmp/output")"
expect_equal "the newest stays" "$newest" "$(barman list-backups --minimal main)"
reads=$(grep -c 'backup.info", O_RDONLY' "$LAB_DIR/tmp/calls")
expect_true "each entry is read a few times ($reads reads of $all)" test "$reads" -le $((6 * all))
