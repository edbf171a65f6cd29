#!/usr/bin/env bash
# A passive node copies a chain of incremental backups: each after its parent; what a parent lists as its children follows the
# primary; a tree of which only a part is here can be deleted.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/chain.sh"

lab_start_sshd
# shellcheck disable=SC2119
place_chain
mkdir -p "$LAB_DIR/passive" "$LAB_DIR/etc/passive.d"
sed "s#/barman\$#/passive#; s#barman\.d#passive.d#" "$BARMAN_CONFIG_FILE" >"$LAB_DIR/etc/passive.conf"
printf '%s\n' "[main]" "primary_ssh_command = $LAB_SSH" >"$LAB_DIR/etc/passive.d/all.conf"
passive() { barman -c "$LAB_DIR/etc/passive.conf" "$@"; }
field() { sed -n "s/^$2=//p" "$LAB_DIR/passive/main/meta/$1-backup.info" 2>/dev/null; } # BACKUP FIELD
quiet() { ! pgrep -f "$LAB_DIR/etc/passive.conf" >/dev/null; }
turn() { # One run of cron with all that it starts.
  run passive cron
  lab_wait_for 30 "the children of cron" quiet
}

# By hand, a leaf before its parents: docs/differences.md, D-SYN-15.
run passive sync-info main --primary
run passive sync-backup main "$second"
expect_text "a leaf is copied as asked" DONE "$(field "$second" status)"
expect_line "with a warning" "WARNING: Backup $second is incremental and its parent $first is not here: it cannot be restored from this node before that is copied" "$output"
expect_text "until then it is marked" " - TORN" "$(passive list-backups main)"

# By cron, in their order: D-SYN-14.
copied=''
for _ in 1 2 3 4; do
  turn
  copied+=$(grep -oP '^Starting copy of backup \K\S+' <<<"$output")' '
done
expect_equal "each comes after its parent" "$full $first $third $younger " "$copied"
expect_equal "the list is that of the primary" "$(barman list-backups main)" "$(passive list-backups main)"
expect_equal "the copy is marked as such, and keeps its parent" "passive $full" "$(field "$first" mode) $(field "$first" parent_backup_id)"
run passive show-backup main "$second"
expect_line "the chain is whole here" "    Backup chain size    : 3" "$output"

# The primary takes another one on top of the full backup.
fourth=20260106T000000
add_member $fourth 16 $full None
sed -i "s/^children_backup_ids=.*/children_backup_ids=$first,$fourth/" "$LAB_DIR/barman/main/meta/$full-backup.info"
turn
expect_equal "the parent here lists it, too" "$first,$fourth" "$(field "$full" children_backup_ids)"
expect_text "and it is here" DONE "$(field "$fourth" status)"

# One whose parent the primary has lost is left there.
fifth=20260107T000000
add_member $fifth 19 20250101T000000 None
turn
expect_equal "an orphan is not copied" "" "$(field "$fifth" status)"
expect_text "which is logged" "Parent backup 20250101T000000 of incremental backup $fifth is absent on main server" \
  "$(cat "$LAB_DIR/log/barman.log")"

# The copy of one branch is missing here.
run passive delete main "$third"
sed -i "s/^children_backup_ids=.*/children_backup_ids=$second,$third/" "$LAB_DIR/passive/main/meta/$first-backup.info"
run passive delete main "$full"
expect_equal "the tree goes without it" "$second $first $fourth $full" "$(grep -oP '^Deleted backup \K\S+' <<<"$output" | paste -sd' ')"
expect_equal "nothing else does" "$younger" "$(passive list-backups --minimal main)"
