#!/usr/bin/env bash
# A restore of a chain of block-level incremental backups that fails, is interrupted or killed while the chain is combined,
# on this host and on another one: nothing is left of it, and the next restore removes what a killed one had to leave.
# The programs of PostgreSQL 17 or later are in LAB_POSTGRESQL, or the newest that is installed.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=increments.sh
. "${BASH_SOURCE[0]%/*}/increments.sh"
target=$LAB_DIR/restore/refused
lab_configure_server stream source postgres "path_prefix = $tools" "staging_path = $area" "backup_compression = gzip"
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream

take_backup stream --name full
take_backup stream --incremental full
plain=$backup
remote=(--remote-ssh-command "$LAB_SSH")

# A pg_combinebackup that writes something and then does as it is told.
combine_with() { # SHELL-TEXT
  rm -f "$tools/pg_combinebackup"
  cat >"$tools/pg_combinebackup" <<END
#!/bin/sh
[ "\$1" != --version ] || exec "$LAB_PG_BIN/pg_combinebackup" --version
out=\${1#--output=}
mkdir "\$out/base" && echo clear >"\$out/base/1"
$1
END
  chmod 755 "$tools/pg_combinebackup"
  ln -sfn "$tools/pg_combinebackup" "$LAB_DIR/bin/pg_combinebackup"
}
nothing_stays() { # WHAT
  expect_equal "$1: the destination is as it was" "" "$(find "$target" -mindepth 1 -not -type d)"
  expect_equal "$1: the work area is empty" "" "$(ls -A "$area")"
}
restoring=(barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b")
of_plain=(stream "$plain" "$target/data")

combine_with 'echo "pg_combinebackup: error: could not write: No space left on device" >&2; exit 1'
for way in here there staged; do
  case $way in here) host=() ;; there) host=("${remote[@]}") ;; staged) host=("${remote[@]}" --staging-location remote) ;; esac
  expect_status 1 "${restoring[@]}" "${host[@]}" "${of_plain[@]}"
  expect_text "$way: a failure has its own words" "pg_combinebackup error:
pg_combinebackup: error: could not write: No space left on device" "$output"
  nothing_stays "D-RST-24, failed $way"
done

rm -rf "$target"
combine_with "echo \$\$ >$LAB_DIR/combining; exec sleep 600"
is_combining() { [[ -s $LAB_DIR/combining ]]; }
is_over() { ! kill -0 "$1" 2>/dev/null; }
for way in here staged; do
  case $way in here) host=() ;; staged) host=("${remote[@]}" --staging-location remote) ;; esac
  for signal in TERM KILL; do
    rm -rf "$target" "$LAB_DIR/combining"
    "${restoring[@]}" "${host[@]}" "${of_plain[@]}" >"$LAB_DIR/log/interrupted" 2>&1 &
    pid=$!
    lab_wait_for 60 "pg_combinebackup" is_combining
    kill -"$signal" "$pid"
    wait "$pid" || true
    lab_wait_for 20 "the end of pg_combinebackup after SIG$signal ($way)" is_over "$(cat "$LAB_DIR/combining")"
    [[ $signal == KILL ]] || nothing_stays "interrupted $way"
  done
  expect_false "$way: a killed restore cannot clean up" test -z "$(ls -A "$area")"
  rm -rf "$target"
  mkdir "$area/barman-restore-other-1.1-abcdefghij"
  combine_with 'exit 1'
  expect_status 1 "${restoring[@]}" "${host[@]}" "${of_plain[@]}"
  expect_equal "D-RST-18: the next one removes what it left, and nothing else" barman-restore-other-1.1-abcdefghij "$(ls -A "$area")"
  rmdir "$area/barman-restore-other-1.1-abcdefghij"
  combine_with "echo \$\$ >$LAB_DIR/combining; exec sleep 600"
done
