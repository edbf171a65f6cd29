# shellcheck shell=bash disable=SC2154
# A small barman_home that Barman 3.20.1 wrote, with what it said of it: tests/data/reference-home, made by
# tests/conformance/record-home. Sourced after a common.sh.
recorded=$(cd "${BASH_SOURCE[0]%/*}/../data/reference-home" && pwd)

# The questions, in this order: some change the catalogue. '@' stands for the format.
recorded_questions=(
  "@ list-servers" "list-servers --minimal" "@ show-servers main" "@ show-servers stream" "@ status main" "@ status stream"
  "@ list-backups all" "@ list-backups main" "@ list-backups --minimal main" "@ show-backup main oldest" "@ show-backup main before-release"
  "@ show-backup main last-failed" "@ show-backup main latest" "@ show-backup stream latest" "@ check-backup main latest"
  "@ check-backup main last-failed" "@ check-backup stream oldest" "list-files main oldest" "list-files --target data main latest"
  "list-files --target wal main oldest" "list-files --target full main latest" "@ list-files --target standalone stream latest"
  "@ keep --status main oldest" "@ keep --target standalone main latest" "@ keep --status main latest" "@ list-backups main"
  "@ show-backup main latest" "@ keep --release main oldest" "@ keep --status main oldest" "@ keep --target full main last-failed"
  "@ show-backup main nothing" "@ list-backups nowhere" "@ rebuild-xlogdb main" "@ list-backups main" "lock-directory-cleanup"
  "@ check-wal-archive main" "@ check-wal-archive --timeline 1 main" "@ check-wal-archive --timeline nope main"
  "@ check-wal-archive stream" "@ check-wal-archive nowhere"
  "@ check-archived-wal-range main 000000010000000000000003 000000010000000000000004"
  "@ check-archived-wal-range main 000000010000000000000003 0000000100000000000000F0"
  "@ check-archived-wal-range main 000000010000000000000004 000000010000000000000003" "@ check-archived-wal-range main x y"
  "@ config-switch main nothing" "@ config-switch --reset main" "@ config-switch nowhere nothing" "@ config-update []"
  "@ sync-info nowhere" "@ sync-info main nothing" "@ sync-wals nowhere"
  "@ get-wal main nothing" "@ get-wal main 0000000100000000000000F0" "@ get-wal nowhere 000000010000000000000001"
  "get-wal --peek 3 main 000000010000000000000001" "get-wal --test main 000000010000000000000001"
  "put-wal --test main" "@ put-wal --test nowhere" "@ archive-wal main" "@ archive-wal stream" "@ archive-wal nowhere"
  "@ list-processes main" "@ list-processes nowhere" "@ terminate-process main cron" "@ terminate-process main nothing"
  "@ receive-wal --stop main" "@ receive-wal stream" "@ receive-wal nowhere" "@ switch-wal stream" "@ switch-wal nowhere"
  "@ replication-status stream" "@ replication-status nowhere" "@ backup stream" "@ backup nowhere" "@ check nowhere"
  "check --nagios nowhere" "@ export-backup main latest /nonexistent" "@ export-backup main last-failed /nonexistent"
  "@ export-backup --compression-level 3 main latest /nonexistent" "@ import-backup main /nonexistent" "@ import-backup nowhere /nonexistent"
  "@ restore main nothing /nonexistent" "@ restore main last-failed /nonexistent/x"
  "@ restore --target-action pause main latest /nonexistent/x"
  "@ restore --tablespace nothing main latest /nonexistent/x" "@ delete main nothing" "@ delete nowhere latest"
  "@ delete main last-failed" "@ list-backups all" "@ check-wal-archive main"
)

# What git does not keep is put back: empty directories, modes, and the time stamps of WAL that the index holds.
place_recorded_home() { # DIRECTORY
  local name time directory
  mkdir -p "$1"
  cp -R "$recorded/home/." "$1"
  for directory in main/{incoming,streaming,errors} stream/{incoming,streaming,errors}; do
    mkdir -p "$1/$directory"
  done
  chmod -R u=rwX,go=rX "$1"
  while IFS=$'\t' read -r name _ time _; do
    find "$1" -name "$name" -exec touch -d "@$time" {} +
  done < <(cat "$1"/*/wals/*-xlog.db)
  sed "s!@HOME@!$1!g; s!@USER@!$(id -un)!g; s!@LOG@!$LAB_DIR/log/barman.log!g" "$recorded/barman.conf" >"$1.conf"
}

# What a barman says to the questions, and the state in which it leaves the catalogue.
answer_recorded_questions() { # BARMAN DIRECTORY
  local question format words status
  for question in "${recorded_questions[@]}"; do
    for format in console json; do
      [[ $question == @* || $format == console ]] || continue
      printf '==== -f %s %s\n' "$format" "${question#@ }"
      read -ra words <<<"${question#@ }"
      status=0
      "$1" -c "$2.conf" -f "$format" "${words[@]}" >"$LAB_DIR/tmp/out" 2>"$LAB_DIR/tmp/err" </dev/null || status=$?
      # The order of directories is the file system's.
      if [[ $question == list-files* ]]; then sort "$LAB_DIR/tmp/out"; else cat "$LAB_DIR/tmp/out"; fi
      [[ $format == console ]] || echo
      sed 's/^/stderr: /' "$LAB_DIR/tmp/err"
      printf 'status: %d\n' "$status"
    done
  done | sed "s!$2!@HOME@!g; s/(start time: [^,]*, elapsed time: [^)]*)/(TIME)/"
  printf '==== the files in the end\n'
  (
    cd "$2" || exit
    find . "${lab_no_notes[@]}" -printf '%P %y %m\n' | sort
    find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2
  )
}
