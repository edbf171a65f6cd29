# shellcheck shell=bash disable=SC2034,SC2154
# For tests in which many work on one barman_home at the same time.

mkdir -p "$LAB_DIR/inside"
stop=$LAB_DIR/stop-now
loops=()

# A hook that marks who is inside of what nobody else may enter, and whom it met there. It waits while the file 'hold' is
# there. With an argument backups of one server may be inside together.
cat >"$LAB_DIR/bin/mark" <<END
#!/bin/bash
name=\${BARMAN_HOOK%_script}.\$BARMAN_SERVER\${1:+.\$BARMAN_BACKUP_ID}
if [[ \$BARMAN_PHASE == pre ]]; then
  mkdir "$LAB_DIR/inside/\$name" || echo "met in \$name" >>"$LAB_DIR/met"
  while [[ -e "$LAB_DIR/hold" ]]; do sleep 0.1; done
else
  rmdir "$LAB_DIR/inside/\$name" || echo "left \$name twice" >>"$LAB_DIR/met"
fi
END
chmod 755 "$LAB_DIR/bin/mark"
marked_backups=("pre_backup_script = $LAB_DIR/bin/mark" "post_backup_script = $LAB_DIR/bin/mark"
  "pre_delete_script = $LAB_DIR/bin/mark id" "post_delete_script = $LAB_DIR/bin/mark id")
marked_archive=("pre_archive_script = $LAB_DIR/bin/mark" "post_archive_script = $LAB_DIR/bin/mark")

# Until $stop is there.
again_and_again() { # SECONDS COMMAND...
  (
    trap - EXIT
    set +e
    while [[ ! -e $stop ]]; do
      "${@:2}"
      sleep "$1"
    done
  ) &
  loops+=($!)
}

# From Barman's log: who archived what, in order.
archivings() { # SERVER: run and name. A run begins with its first segment; process ids come again within minutes
  sed -n -E "s!^.* \\[([0-9]+)\\] barman\\.wal_archiver INFO: Archiving segment ([0-9]+) of .*: $1/([^ ]+)\$!\\1 \\2 \\3!p" "$LAB_DIR/log/barman.log" |
    awk '$2 == 1 { ++runs[$1] } { print $1 "." runs[$1], $3 }'
}
