#!/usr/bin/env bash
# A passive node copies backups and WAL of a primary Barman by its cron alone; what it holds can be restored without the
# primary; whatever is interrupted is completed and never taken for complete.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
lab_configure_server main source rsync "compression = gzip"
lab_configure_server stream source postgres
lab_push_wal source main
lab_receive_wal source stream
take_backup main
first=$backup
barman keep main "$first" --target standalone
lab_add_rows source 500 >/dev/null
take_backup main
second=$backup
take_backup stream
third=$backup
content=$(lab_fingerprint source)

mkdir -p "$LAB_DIR/passive" "$LAB_DIR/etc/passive.d"
sed "s#/barman\$#/passive#; s#barman\.d#passive.d#" "$BARMAN_CONFIG_FILE" >"$LAB_DIR/etc/passive.conf"
printf '%s\n' "[main]" "primary_ssh_command = $LAB_SSH" "compression = gzip" "reuse_backup = link" \
  "[stream]" "primary_ssh_command = $LAB_SSH" >"$LAB_DIR/etc/passive.d/all.conf"
passive() { barman -c "$LAB_DIR/etc/passive.conf" "$@"; }
field() { sed -n "s/^$3=//p" "$LAB_DIR/passive/$1/meta/$2-backup.info"; }
is_done() { passive -q cron && [[ $(field "$1" "$2" status) == DONE ]]; }
index=$LAB_DIR/passive/main/wals/main-xlog.db
same_index() { passive -q cron && cmp -s "$index" "$LAB_DIR/barman/main/wals/main-xlog.db"; }
quiet() { ! pgrep -f "$LAB_DIR/etc/passive.conf" >/dev/null; }

expect_status 1 barman sync-info main --primary
expect_line "the primary is not passive" "ERROR: server main is not passive" "$output"
expect_status 1 passive sync-backup main "$first"
expect_text "nothing is known of the primary yet" "Cannot open primary.info file for server main" "$output"
run passive cron
expect_line "cron starts the copy of one backup" "Starting copy of backup $first for server main" "$output"
expect_line "and of WAL" "Started copy of WAL files for server main" "$output"
for id in "$first" "$second"; do lab_wait_for 60 "backup $id" is_done main "$id"; done
lab_wait_for 60 "backup $third" is_done stream "$third"
lab_wait_for 60 "the WAL of main" same_index
lab_wait_for 30 "the children of cron" quiet
passed "cron has copied backups and WAL; both indexes are the same"
run passive restore --dry-run main "$second"
expect_text "what a restore would do is known without the primary" "Possible             : yes" "$output"
expect_equal "copies are marked as such" passive "$(field main "$first" mode)"
diff -r -x backup.info "$LAB_DIR/barman/main/base/$second" "$LAB_DIR/passive/main/base/$second" || failed "the copy differs"
passed "the copy has every byte of the original"
expect_text "files shared with another copy are links" " 2 " "$(find "$LAB_DIR/passive/main/base/$second" -name PG_VERSION -printf ' %n ')"
run passive sync-backup main "$first"
expect_line "nothing to do twice" "Backup $first is already synced with main server" "$output"
expect_text "status tells" "Passive node: True" "$(passive status main)"
run passive check main
expect_line "check looks at the primary" "	ssh: OK (Barman primary node)" "$output"
run passive backup main
expect_line "a passive server takes no backup" "Skipping passive server 'main'" "$output"
run barman switch-wal --force --archive --archive-timeout 60 main
hold_lock "$LAB_DIR/passive/.main-xlogdb.lock" 100
run timeout 20 barman -c "$LAB_DIR/etc/passive.conf" cron
passed "cron does not wait for whoever holds the index"
release_lock
lab_wait_for 60 "the WAL that came meanwhile" same_index

# ---- Interruptions
lines=$(cat "$index")
printf '%s\t%s' "$(head -n 1 "$index" | cut -f1)" 0 >"$LAB_DIR/passive/main/wals/sync-wals.info"
run passive sync-info main --primary
run passive sync-wals main
expect_equal "killed before the point was kept: no line doubled" "$lines" "$(cat "$index")"
head -c -7 "$index" >"$index.torn" && cat "$index.torn" >"$index" && rm "$index.torn"
rm "$LAB_DIR/passive/main/wals/sync-wals.info"
last=$(tail -n 1 <<<"$lines" | cut -f1)
truncate -s 10 "$LAB_DIR/passive/main/wals/${last:0:16}/$last"
run passive sync-info main --primary
run passive sync-wals main
expect_equal "killed in the middle of a line and of a file: both completed" "$lines" "$(cat "$index")"
cmp "$LAB_DIR/passive/main/wals/${last:0:16}/$last" "$LAB_DIR/barman/main/wals/${last:0:16}/$last" || failed "$last differs"

run passive delete main "$second"
sed -i "s/^reuse_backup.*/bandwidth_limit = 2000/" "$LAB_DIR/etc/passive.d/all.conf"
run passive sync-info main --primary
passive sync-backup main "$second" &
pid=$!
lab_wait_for 20 "files of the copy" test -e "$LAB_DIR/passive/main/base/$second/data"
run passive list-backups main
expect_line "a copy under way is not called a backup" "main $second - F - SYNCING" "$output"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
expect_equal "nor a killed one" SYNCING "$(field main "$second" status)"
expect_status 1 passive restore main "$second" "$LAB_DIR/restore/refused"
sed -i "/^bandwidth_limit/d" "$LAB_DIR/etc/passive.d/all.conf"
lab_wait_for 60 "backup $second" is_done main "$second"
diff -r -x backup.info "$LAB_DIR/barman/main/base/$second" "$LAB_DIR/passive/main/base/$second" || failed "the completed copy differs"
passed "cron completes it"

# ---- The primary goes
run barman keep main "$first" --release
run barman delete main "$first"
run passive cron
run passive sync-backup main "$first"
expect_line "what the primary deletes stays here" "Backup $first is absent on main server, but present locally (local copy only)" "$output"
lab_wait_for 30 "the children of cron" quiet
mv "$LAB_DIR/barman" "$LAB_DIR/lost"
mv "$BARMAN_CONFIG_FILE" "$LAB_DIR/lost/"
expect_status 1 passive cron
expect_text "cron tells that the primary does not answer" "Failed to retrieve the primary node status" "$output"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/passive.conf
restore_and_start again main "$second"
expect_rows "a copy is restored without the primary" again "$content"
expect_sound_pages again
