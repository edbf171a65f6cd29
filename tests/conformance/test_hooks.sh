#!/usr/bin/env bash
# Hook scripts of both: the same scripts in the same order with the same environment, variable by variable, and the same
# answer to each exit status.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/hooks.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 100 >/dev/null
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming"
configure() { # ["OPTION = VALUE"...]
  lab_configure_server main source local-rsync "basebackup_retry_times = 0" "${hook_options[@]}" "$@"
}
configure
use ours
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
run ours switch-wal --force --archive --archive-timeout 60 main
take_backup main

# Compares what both said and what their hooks were told by COMMAND, a function that is given the side.
hooks_alike() { # CASE COMMAND...
  local case=$1 side; shift
  for side in reference ours; do
    forget_hooks
    "$1" "$side" "${@:2}" | sed -E 's/^EXCEPTION: /ERROR: /; /^See log file for more details/d' >"$answers/words.$side"
    hooks_told | sed -E 's/^(BARMAN_TIMESTAMP=)[0-9]+\.[0-9]+$/\1FLOAT/; s/time=[0-9.]+\)/time=FLOAT)/; s/^(BARMAN_SIZE=)[0-9]{1,5}$/\1COMPRESSED/' >"$answers/hooks.$side"
  done
  [[ -s $answers/hooks.reference ]] || failed "$case: the reference ran no hook" "$(cat "$answers/words.reference")"
  compare "$case: hooks, order and environment" working "$answers/hooks.reference" "$answers/hooks.ours"
  compare "$case: what the command says" working "$answers/words.reference" "$answers/words.ours"
}

# ---- backup ---------------------------------------------------------------------------------------------------------

# How many segments are archived on the way depends on when PostgreSQL hands them over: only the backup's hooks count.
take() { # SIDE [OPTION...]
  sleep 1 # a backup is named by its second, and Barman goes on with what it finds under that name
  answer "$1" backup "${@:2}" main | sed -E '/^\t(WAL|[0-9A-F]{24})/d; s/[0-9.]+ [KM]iB/SIZE/'
  sed -i '/^==== .*archive/,/^arguments/d' "$hook_directory/told"
}
hooks_alike "backup, done" take --name named --wait --wait-timeout 60
hooks_alike "backup, WAL awaited" take
run ours archive-wal main
: >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
# Whether the segment that the end of the backup closes is handed over by then is PostgreSQL's affair.
failing() { take "$1" | sed -E '/^([>.c][fdLS][^ ]* |rsync: |rsync error: )/d; /^Processing xlog segments from file archival/d'; }
hooks_alike "backup, failed" failing
rm -f "${LAB_DATA[source]}/unreadable"
hook_answers pre_backup_retry_script 63
hooks_alike "backup, stopped by its pre script" take
hook_answers pre_backup_retry_script 62
hook_answers pre_backup_script 63
hook_answers post_backup_retry_script 63
hook_answers post_backup_script 1
hooks_alike "backup, 62 and ignored answers" take --wait --wait-timeout 60
forget_answers

# ---- archive-wal ----------------------------------------------------------------------------------------------------

run ours archive-wal main
lab_archive_with source true
rm -rf "$LAB_DIR"/barman/main/base/*/data/base # nothing is started from these: small is quick
saved=$LAB_DIR/saved
cp -a "$LAB_DIR/barman" "$saved"
reset() { rm -rf "$LAB_DIR/barman"; cp -a "$saved" "$LAB_DIR/barman"; }
last=$(archived_segments main | tail -n 1)
one=$(next_segment "$last" 1) two=$(next_segment "$(next_segment "$last" 1)" 1)
stored=$(find "$LAB_DIR/barman/main/wals" -name "$last" | head -n 1)
archive_new() { # SIDE
  reset
  segment_as "$one" 1 <"$stored" >"$incoming/$one"; segment_as "$two" 1 <"$stored" >"$incoming/$two"
  answer "$1" archive-wal main
}
hooks_alike "archive-wal" archive_new
configure "compression = gzip"
hooks_alike "archive-wal, compressed" archive_new
archive_known() { reset; cp "$stored" "$incoming/$last"; answer "$1" archive-wal main; }
hooks_alike "archive-wal, known with the same content" archive_known
archive_clash() { reset; tr '\0' '\1' <"$stored" >"$incoming/$last"; answer "$1" archive-wal main; }
hooks_alike "archive-wal, known with other content" archive_clash
for code in 62 63; do
  hook_answers pre_archive_retry_script "$code"
  hook_answers post_archive_retry_script "$code"
  hooks_alike "archive-wal, $code" archive_new
  forget_answers
done
hook_answers pre_archive_script 3; hook_answers post_archive_script 63
hooks_alike "archive-wal, plain scripts fail" archive_new
forget_answers

# ---- delete ---------------------------------------------------------------------------------------------------------

mapfile -t backups < <(ours list-backups --minimal main | sort)
# docs/differences.md: D-DEL-05, D-DEL-16
delete() { reset; answer "$1" delete main "$2" | sed '/^ERROR: Cannot delete backup (main/d; /^WARNING: Backup .* is half-deleted and cannot be restored/d'; }
configure
hooks_alike "delete with WAL" delete "${backups[0]}"
hooks_alike "delete without WAL" delete "${backups[1]}"
hooks_alike "delete of the last" delete "${backups[-1]}"
hook_answers pre_delete_retry_script 63
hooks_alike "delete, stopped" delete "${backups[0]}"
forget_answers
hook_answers pre_wal_delete_retry_script 63
hooks_alike "wal_delete, stopped" delete "${backups[0]}"
forget_answers
hook_answers pre_wal_delete_retry_script 62; hook_answers post_wal_delete_retry_script 63
hook_answers post_delete_retry_script 63; hook_answers pre_delete_retry_script 62
hooks_alike "delete, 62 and post 63" delete "${backups[0]}"
forget_answers
missing() { reset; rm -f "$stored_first"; answer "$1" delete main "${backups[0]}"; }
stored_first=$(find "$LAB_DIR/barman/main/wals" -name "$(archived_segments main | head -n 1)")
reset
hooks_alike "delete, a WAL file is missing" missing
configure "retention_policy = REDUNDANCY 3"
by_cron() { reset; answer "$1" cron; lab_wait_for 20 "archive-wal" flock -n "$LAB_DIR/barman/.main-archive-wal.lock" true; }
hooks_alike "delete by the retention policy" by_cron
configure

# ---- restore --------------------------------------------------------------------------------------------------------

target=$LAB_DIR/restore/place
bring() { # SIDE OPTION...
  reset; rm -rf "$target"; mkdir -p "$target"
  local -a own=()
  [[ $1 == reference ]] || own=(--no-target-check) # D-RST-33: its WAL reaches none of these targets
  answer "$1" restore "${own[@]}" "${@:2}" main "${backups[1]}" "$target/data" | without_next_steps |
    sed -E "/^WARNING: With the WAL that is archived, /d; s/^ERROR: unable to prepare 'ts_a' tablespace.*/EXCEPTION: mkdir execution failed/"
}
places=(--tablespace "ts_b:$target/ts_b" --tablespace "ts_a:$target/ts_a")
hooks_alike "restore" bring "${places[@]}"
hooks_alike "restore, remote" bring "${places[@]}" --remote-ssh-command "$LAB_SSH"
hooks_alike "restore, every option" bring "${places[@]}" --target-time "2099-01-01 00:00:00+00:00" --target-tli latest --exclusive \
  --target-action promote --standby-mode --recovery-conf-filename extra.conf --recovery-option-port 2222 --restore-command "cp 'x' é" \
  --get-wal --partial-wal
hooks_alike "restore, name" bring "${places[@]}" --target-name "na'me\"" --target-tli 1 --target-action pause
hooks_alike "restore, immediate" bring "${places[@]}" --target-immediate --partial-wal --jobs 2
hooks_alike "restore, xid" bring "${places[@]}" --target-xid 900 --target-tli current --jobs 2
hooks_alike "restore, lsn" bring "${places[@]}" --target-lsn 0/FF000000 --no-get-wal
hooks_alike "restore, failed" bring "${places[@]}" --target-time "2001-01-01 00:00:00+00:00"
hooks_alike "restore, failed copy" bring "${places[@]}" --tablespace "ts_a:/proc/none"
hook_answers pre_recovery_retry_script 63
hooks_alike "restore, stopped" bring "${places[@]}"
holds "nothing is written by a restore that was stopped" test ! -e "$target/data"
hook_answers pre_recovery_retry_script 62; hook_answers post_recovery_retry_script 63; hook_answers post_recovery_script 9
hooks_alike "restore, 62 and post 63" bring "${places[@]}"
conclude
