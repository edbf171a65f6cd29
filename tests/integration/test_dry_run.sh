#!/usr/bin/env bash
# `restore --dry-run` writes nothing, here and over ssh, and needs no destination; a restore makes the same judgement before
# its first byte; the nearest times that a refusal names can be restored; how long it takes is estimated by what was measured.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 100 >/dev/null
lab_configure_server main source rsync "compression = gzip"
lab_push_wal source main
take_backup main
first=$backup
xid=$(lab_add_rows source 10)
take_backup main
second=$backup
rows_before=$(lab_fingerprint source)
sleep 0.1
last=$(lab_add_rows source 10)
rows_at_end=$(lab_fingerprint source)
lab_sql source "select pg_create_restore_point('here')" >/dev/null
run barman switch-wal --archive --archive-timeout 60 main
lab_archive_with source true
run barman -q archive-wal main

place=$LAB_DIR/restore/place
mkdir -p "$place"
moved=(--tablespace "ts_a:$place/ts_a" --tablespace "ts_b:$place/ts_b")
said() { # EXPRESSION
  python3 -c 'import json, sys
p = json.load(open(sys.argv[1]))["restore_plan"]
print(eval(sys.argv[2]))' "$LAB_DIR/tmp/plan" "$1"
}
planned() { # STATUS OPTION... SERVER BACKUP [DESTINATION]
  local status=0
  barman -f json restore --dry-run "${@:2}" >"$LAB_DIR/tmp/plan" 2>"$LAB_DIR/tmp/error" || status=$?
  ((status == $1)) || failed "restore --dry-run ${*:2}" "status $status" "$(cat "$LAB_DIR/tmp/plan" "$LAB_DIR/tmp/error")"
}

# ---- A plan -----------------------------------------------------------------------------------------------------------

# But for locks, and what is remembered of WAL that was read.
state() { listing "$LAB_DIR/barman" | grep -vE 'wal-notes|\.lock '; ls -A "$place"; }
state >"$LAB_DIR/tmp/before"
run barman restore --dry-run "${moved[@]}" main latest "$place/data"
expect_text "it is possible" "Possible             : yes" "$output"
expect_line "and says so" "Nothing has been written." "$output"
for way in local remote; do
  where=()
  [[ $way == local ]] || where=(--remote-ssh-command "$LAB_SSH")
  planned 0 "${where[@]}" "${moved[@]}" --target-xid "$last" main latest "$place/data"
  expect_equal "$way: what recovery ends with" "True commit $last $second" "$(said '"%s %s %s %s" % (p["possible"], p["stop"]["kind"], p["stop"]["xid"], p["backup_id"])')"
  expect_equal "$way: room there, bytes, WAL" "True True True []" \
    "$(said '"%s %s %s %s" % (p["free_bytes"] > 0, p["copy_bytes"] > 1000000, p["wal"]["segments"] > 0, p["wal"]["missing"])')"
  expect_equal "$way: the settings" "$last" "$(said 'p["settings"]["recovery_target_xid"]')"
done
planned 0 --target-name here --target-action promote main "$first"
expect_equal "without a destination" "None None True" "$(said '"%s %s %s" % (p["destination"], p["free_bytes"], p["stop"]["time"] is not None)')"
planned 0 --get-wal main oldest
expect_equal "a word for the backup" "asked for as 'oldest'" "$(said 'p["chosen"]')"
planned 1 --target-xid "$xid" main "$second"
expect_equal "a transaction before the backup" "False None" "$(said '"%s %s" % (p["possible"], p["stop"])')"
planned 1 --target-time "2001-01-01 00:00:00+00:00" main "$second"
after=$(said 'p["nearest"]["after_time"]')
expect_text "a time before the backup is refused as in a restore" "is before the backup end time" "$(said 'p["reason"]')"
planned 1 --target-time "2099-01-01 00:00:00+00:00" main "$second"
before=$(said 'p["nearest"]["before_time"]')
expect_equal "the index does not say what is in the WAL, the WAL does" "False" "$(said 'p["possible"]')"
expect_status 2 barman restore main "$second"
expect_text "a restore has a destination" "the following arguments are required: destination_directory" "$output"
state | diff "$LAB_DIR/tmp/before" - >"$LAB_DIR/tmp/difference" || failed "nothing is written" "$(cat "$LAB_DIR/tmp/difference")"
passed "nothing is written"

# ---- The same judgement in a restore ------------------------------------------------------------------------------------

expect_status 1 barman restore "${moved[@]}" --target-time "2099-01-01 00:00:00+00:00" main "$second" "$place/data"
expect_text "what the WAL does not reach is refused" "ERROR: With the WAL that is archived, the recovery target (time: '2099-01-01 00:00:00+00:00') cannot be reached" "$output"
expect_text "with what can be reached" "HINT: the nearest target time from this backup is" "$output"
expect_status 1 barman restore "${moved[@]}" --target-lsn 0/100 --get-wal main "$second" "$place/data"
expect_text "WAL that comes makes nothing earlier" "where backup $second becomes consistent" "$output"
state | diff "$LAB_DIR/tmp/before" - >"$LAB_DIR/tmp/difference" || failed "nothing is written" "$(cat "$LAB_DIR/tmp/difference")"
passed "nothing is written by them either"
tried() { # OPTION...
  rm -rf "${place:?}"/*
  run barman restore "${moved[@]}" "$@" "$place/data"
}
tried --target-time "2099-01-01 00:00:00+00:00" --get-wal main "$second"
expect_text "get-wal: it may come" "WARNING: With the WAL that is archived" "$output"
tried --target-time "2099-01-01 00:00:00+00:00" --no-target-check main "$second"
expect_text "--no-target-check" "WARNING: With the WAL that is archived" "$output"
tried --target-time "$before" main "$second"
[[ $output != *WARNING:*archived* ]] || failed "the nearest time before is possible" "$output"
passed "the nearest time before is possible"

reached() { # WHAT ROWS OPTION...
  rm -rf "$LAB_DIR/restore/near"
  restore_and_start near main "$second" --target-action promote "${@:3}"
  expect_rows "$1" near "$2"
  discard near
}
reached "the nearest time before" "$rows_before" --target-time "$before"
reached "the nearest time after" "$rows_before" --target-time "$after"
reached "the last transaction" "$rows_at_end" --target-xid "$last"

# ---- How long it takes --------------------------------------------------------------------------------------------------

# Until now there were restores to this host, some of which have failed, and no drill.
estimated() { # OPTION...
  planned 0 "${moved[@]}" "$@" main latest "$place/data"
  said 'p["estimate"] and "%s %s %s" % (p["estimate"]["copy_measured_by"], p["estimate"]["recovery_seconds"], p["estimated_seconds"] >= p["estimate"]["copy_seconds"] > 0)'
}
rm -rf "${place:?}"/*
expect_equal "restores to this host were measured" "restores None True" "$(estimated)"
expect_text "and no recovery" "as restores have measured; recovery comes on top, which no drill has measured" "$(barman restore --dry-run "${moved[@]}" main latest "$place/data")"
expect_equal "none to another one" "None" "$(estimated --remote-ssh-command "$LAB_SSH")"
run barman restore "${moved[@]}" --remote-ssh-command "$LAB_SSH" main latest "$place/data"
rm -rf "${place:?}"/*
expect_equal "now there is one" "restores None True" "$(estimated --remote-ssh-command "$LAB_SSH")"
history=$LAB_DIR/barman/main/.restore-history
expect_equal "what is kept of it" "main $second True True 1" \
  "$(tail -n 1 "$history" | python3 -c 'import json, sys
r = json.loads(sys.stdin.read())
s = r["seconds"]
print(r["server"], r["backup_id"], r["remote"], s["copy"] >= s["files"] + s["wal"], r["wal_segments"] * 1048576 // r["bytes"]["wal"])')"
lines=$(wc -l <"$history")
run barman restore "${moved[@]}" --delta-restore main latest "$place/data"
expect_equal "a delta restore measures nothing" "$lines" "$(wc -l <"$history")"
rm -rf "${place:?}"/*
rm "$history"
mkdir "$history"
run barman restore "${moved[@]}" main latest "$place/data"
passed "what cannot be remembered stops no restore"
rmdir "$history"
