#!/usr/bin/env bash
# What somebody who looks on sees of long work, on a terminal made by script(1): a wait for a spread checkpoint with what would
# shorten it, the writing to disk, and for a restore the total, the percentage and the time left. Nothing of it where nobody
# looks on, and no control character where NO_COLOR or TERM=dumb asks for none.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source
lab_sql source "alter system set checkpoint_timeout = '30s'" && lab_sql source "select pg_reload_conf()" >/dev/null
lab_sql source "create table ledger (note text)"
lab_configure_server stream source postgres "immediate_checkpoint = false"
lab_configure_server rsync source local-rsync "immediate_checkpoint = false"
mkdir -p "$LAB_DIR/barman/rsync/incoming"
lab_archive_with source "cp %p $LAB_DIR/barman/rsync/incoming/%f"
lab_receive_wal source stream
lab_keep_busy source
run barman switch-wal --force --archive --archive-timeout 60 stream
run barman switch-wal --force --archive --archive-timeout 60 rsync

# What a terminal shows, in $screen.
on_terminal() { # COMMAND...
  local status=0
  TERM=${terminal-xterm} script -qefc "$(printf '%q ' "$@")" "$LAB_DIR/log/typescript" >/dev/null 2>&1 </dev/null || status=$?
  screen=$(<"$LAB_DIR/log/typescript")
  ((status == 0)) || failed "'$*' on a terminal ended with status $status" "$screen"
}

# Dirty pages for a checkpoint that is spread over some seconds.
prepare_checkpoint() {
  lab_sql source "checkpoint"
  lab_sql source "insert into ledger select repeat(md5(n::text), 4) from generate_series(1, 2000) n"
}

no_control_characters() { ! tr -d '\n\t' <<<"${screen//$'\r'$'\n'/$'\n'}" | grep -q '[[:cntrl:]]'; }

prepare_checkpoint
on_terminal barman backup --wait stream
expect_text "a streaming backup that waits for a checkpoint says so" $'\r\e[K'"Backup: waiting for PostgreSQL's checkpoint, " "$screen"
expect_text "and what would shorten it" "immediate_checkpoint = true, or --immediate-checkpoint" "$screen"
backup=$(lab_latest_backup stream)
expect_true "the last line sums it up" grep -qE "^Backup $backup of server stream is DONE: [0-9.]+ MiB in [0-9a-z ,]+.?$" \
  <<<"$(tail -n 3 <<<"$screen")"
expect_false "no time is left of what is over" grep -q "less than one second left" <<<"$screen"
expect_true "messages begin on lines of their own" grep -q $'^\r*Copy done\|\e\[KCopy done' <<<"$screen"

prepare_checkpoint
on_terminal barman backup --wait rsync
expect_text "so does an rsync backup" "Backup: waiting for PostgreSQL's checkpoint, " "$screen"
expect_text "with the advice" "immediate_checkpoint = true, or --immediate-checkpoint" "$screen"

prepare_checkpoint
on_terminal barman backup --immediate-checkpoint stream
expect_false "no advice where it is followed" grep -q "has it made at once" <<<"$screen"

on_terminal barman restore --bwlimit 8000 rsync latest "$LAB_DIR/restore/limited"
expect_true "a restore shows total, percentage and time left" \
  grep -qE 'Restore: [0-9.]+ MiB of [0-9.]+ MiB \([0-9]+%\), [0-9.]+ [KM]iB/s, [0-9]+ s left' <<<"$screen"

terminal=dumb on_terminal barman restore --bwlimit 4000 rsync latest "$LAB_DIR/restore/dumb"
expect_true "TERM=dumb: no control characters" no_control_characters
expect_text "but lines now and then" "Restore: " "$screen"
NO_COLOR=1 on_terminal barman restore --bwlimit 8000 rsync latest "$LAB_DIR/restore/plain"
expect_true "NO_COLOR: no control characters" no_control_characters
NO_COLOR=1 on_terminal barman check rsync
expect_true "NO_COLOR: none from check" no_control_characters

on_terminal barman -q restore --bwlimit 8000 rsync latest "$LAB_DIR/restore/quiet"
expect_equal "nothing with -q" "" "$(sed '1d;$d' <<<"$screen" | tr -d '\r\n')"
on_terminal barman -f json restore --bwlimit 8000 rsync latest "$LAB_DIR/restore/json"
expect_false "nothing in JSON" grep -q "Restore: \|MiB/s" <<<"$screen"
run barman restore --bwlimit 8000 rsync latest "$LAB_DIR/restore/piped"
expect_false "nothing where nobody looks on" grep -q "Restore: \|MiB/s" <<<"$output"
prepare_checkpoint
run barman backup stream
expect_false "nor of a checkpoint" grep -q "checkpoint" <<<"$output"
