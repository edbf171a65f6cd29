#!/usr/bin/env bash
# Hook scripts around every operation: their order, what they are told, and what their exit status does.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/hooks.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_configure_server main source local-rsync "basebackup_retry_times = 0" "${hook_options[@]}"
home=$LAB_DIR/barman/main
mkdir -p "$home/incoming"
lab_archive_with source "test ! -f $home/incoming/%f && cp %p $home/incoming/%f.tmp && mv $home/incoming/%f.tmp $home/incoming/%f"
run lab_archive_now source main
around() { printf 'pre_%s_script pre_%s_retry_script post_%s_retry_script post_%s_script' "$1" "$1" "$1" "$1"; }
of_backups() { hook_order | tr ' ' '\n' | grep -vE 'archive|wal_delete' | paste -sd ' '; }

# ---- backup
forget_hooks
take_backup main
first=$backup
expect_equal "the order around a backup" "$(around backup)" "$(of_backups)"
expect_equal "status before it" EMPTY "$(hook_variable pre_backup_script STATUS)"
expect_equal "status after it" DONE "$(hook_variable post_backup_script STATUS)"
expect_equal "the backup's id" "$first" "$(hook_variable pre_backup_script BACKUP_ID)"
expect_equal "its directory" "$home/base/$first" "$(hook_variable post_backup_script BACKUP_DIR)"
expect_equal "its description" "$home/meta/$first-backup.info" "$(hook_variable post_backup_script BACKUP_INFO_PATH)"
expect_equal "the hook" backup_script "$(hook_variable post_backup_script HOOK)"
expect_equal "the phase" post "$(hook_variable post_backup_script PHASE)"
expect_equal "a plain script" 0 "$(hook_variable post_backup_script RETRY)"
expect_equal "a retry script" 1 "$(hook_variable pre_backup_retry_script RETRY)"
expect_equal "the configuration" "$BARMAN_CONFIG_FILE" "$(hook_variable pre_backup_script CONFIGURATION)"
expect_equal "the server" main "$(hook_variable pre_backup_script SERVER)"
expect_equal "the version" 3.20.1 "$(hook_variable pre_backup_script VERSION)"
expect_equal "no arguments, nothing to read" "arguments 0, input 0 bytes" "$(sed -n '/^arguments/p' "$hook_directory/told" | sort -u)"

forget_hooks
: >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
expect_status 1 barman backup main
rm -f "${LAB_DATA[source]}/unreadable"
expect_equal "the order around a backup that fails" "$(around backup)" "$(of_backups)"
expect_equal "its status" FAILED "$(hook_variable post_backup_script STATUS)"
expect_text "its error" "failure copying files" "$(hook_variable post_backup_script ERROR)"
expect_equal "the backup before it" "$first" "$(hook_variable pre_backup_script PREVIOUS_ID)"

forget_hooks
hook_answers pre_backup_retry_script 63
expect_status 1 barman backup main
expect_text "63 from a pre script stops the backup" "pre_backup_retry_script" "$output"
expect_equal "which ends as FAILED" FAILED "$(hook_variable post_backup_script STATUS)"
hook_answers pre_backup_retry_script 62
hook_answers pre_backup_script 63
hook_answers post_backup_retry_script 63
hook_answers post_backup_script 1
take_backup main
second=$backup
passed "62, the status of plain scripts and 63 from a post script stop nothing"
forget_answers

# A retry script is called again three seconds after it failed.
forget_hooks
hook_answers pre_backup_retry_script 5 0
started=$SECONDS
take_backup main
expect_equal "a retry script that fails once is called twice" 2 "$(hook_order | tr ' ' '\n' | grep -c pre_backup_retry_script)"
expect_true "three seconds later" test $((SECONDS - started)) -ge 3
forget_answers

# A signal ends the waiting between two calls, and PostgreSQL is left alone.
forget_hooks
hook_answers pre_backup_retry_script 5
barman backup main >"$LAB_DIR/log/interrupted" 2>&1 &
pid=$!
told_once() { grep -q '^==== pre_backup_retry_script' "$hook_directory/told" 2>/dev/null; }
lab_wait_for 20 "the retry script" told_once
sleep 0.5
started=$(date +%s%N)
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
expect_true "a signal ends the wait for a retry script at once" test $((($(date +%s%N) - started) / 1000000)) -lt 2500
expect_true "with a status that tells so" test "$status" -ne 0
expect_equal "and no backup goes on in PostgreSQL" 0 "$(lab_sql source "select count(*) from pg_stat_activity where application_name like '%barman%'")"
forget_answers

# ---- archive-wal
forget_hooks
close_segment source >/dev/null
arrived() { compgen -G "$home/incoming/0*" >/dev/null; }
lab_wait_for 20 "a segment" arrived
run barman archive-wal main
expect_text "the order around a segment" "$(around archive)" "$(hook_order)"
segment=$(hook_variable pre_archive_script SEGMENT)
expect_equal "where it is before" "$home/incoming/$segment" "$(hook_variable pre_archive_script FILE)"
expect_equal "where it is after" "$home/wals/${segment:0:16}/$segment" "$(hook_variable post_archive_script FILE)"
expect_equal "its size" 1048576 "$(hook_variable post_archive_script SIZE)"
expect_equal "its time, as in the index" "$(catalogue main | awk -F '\t' -v name="$segment" '$1 == name { print $3 }')" "$(hook_variable post_archive_script TIMESTAMP)"

forget_hooks
stored=$home/wals/${segment:0:16}/$segment
tr '\0' '\1' <"$stored" >"$home/incoming/$segment"
barman archive-wal main >/dev/null 2>&1 || true
expect_text "a duplicate is told to the retry script" "DuplicateWalFile:" "$(hook_variable post_archive_retry_script ERROR)"
expect_equal "not to the plain one, as ever" "" "$(hook_variable post_archive_script ERROR)"

forget_hooks
hook_answers pre_archive_retry_script 63
kept=$(close_segment source)
lab_wait_for 20 "a segment" test -e "$home/incoming/$kept"
barman archive-wal main >/dev/null 2>&1 || true
expect_true "63 leaves the segment where it was" test -e "$home/incoming/$kept"
forget_answers
run barman archive-wal main
expect_true "and the next run archives it" is_archived main "$kept"

# ---- restore
forget_hooks
place=$LAB_DIR/restore/place
run barman restore --remote-ssh-command "$LAB_SSH" --target-immediate --target-action promote --jobs 2 main "$second" "$place/data"
expect_equal "the order around a restore" "$(around recovery)" "$(hook_order)"
expect_equal "where to" "$place/data" "$(hook_variable pre_recovery_script DESTINATION_DIRECTORY)"
expect_equal "how" "$LAB_SSH" "$(hook_variable pre_recovery_script REMOTE_COMMAND)"
expect_equal "with which options" '{"target_action": "promote", "target_immediate": true}' "$(hook_variable post_recovery_script RECOVER_OPTIONS)"
expect_equal "no tablespaces" "" "$(hook_variable post_recovery_script TABLESPACES)"
expect_equal "the next backup" "$(barman list-backups --minimal main | grep -A 1 -B 1 "$second" | head -n 1)" "$(hook_variable pre_recovery_script NEXT_ID)"
rm -rf "$place"
forget_hooks
expect_status 1 barman restore --target-time "2001-01-01 00:00:00+00:00" main "$second" "$place/data"
expect_equal "a restore that fails has no post scripts" "pre_recovery_script pre_recovery_retry_script" "$(hook_order)"
hook_answers pre_recovery_retry_script 63
expect_status 1 barman restore main "$second" "$place/data"
expect_false "63 stops a restore before anything is written" test -e "$place"
forget_answers

# ---- delete
forget_hooks
hook_answers pre_delete_retry_script 63
expect_status 1 barman delete main "$first"
expect_true "63 keeps the backup" test -d "$home/base/$first/data"
forget_answers
forget_hooks
run barman delete main "$first"
order=$(hook_order)
expect_equal "the order of a deletion: before it" "pre_delete_script pre_delete_retry_script pre_wal_delete_script" "$(cut -d ' ' -f 1-3 <<<"$order")"
expect_text "around each segment" "$(around wal_delete)" "$order"
expect_text "after it" "post_wal_delete_script post_delete_retry_script post_delete_script" "$order"
expect_equal "the backup that went" "$first" "$(hook_variable post_delete_script BACKUP_ID)"
expect_true "and the segment" grep -q '^BARMAN_FILE=.*/wals/0000000100000000/0000' "$hook_directory/told"
