# shellcheck shell=bash disable=SC2154
# Catalogues as Barman 1.4 to 3.13.0 left them, written by hand, with what Barman 3.20.1 says of them and makes of them:
# tests/data/old-layouts, whose answers tests/conformance/record-old-layouts made. Sourced after a common.sh.
. "${BASH_SOURCE[0]%/*}/recorded_home.sh"
old_layouts=$(cd "${BASH_SOURCE[0]%/*}/../data/old-layouts" && pwd)

# The questions, in this order: they change the catalogue. '@' stands for the format, '+' for the directory of restores.
old_layout_questions=(
  "@ list-backups all" "list-backups --minimal nine" "@ show-backup nine latest" "@ show-backup nine last-failed" "@ show-backup eleven oldest" "@ show-backup eleven before-upgrade"
  "@ show-backup thirteen latest" "@ status nine" "@ status eleven" "@ list-servers" "@ show-servers thirteen"
  "list-files nine 20130101T000000" "list-files nine latest" "list-files --target data eleven oldest" "list-files --target wal nine 20160302T010203"
  "list-files --target full eleven latest" "list-files --target full --list-empty-directories thirteen latest"
  "@ keep --status eleven oldest" "@ keep --status eleven 20200127T005500" "@ keep --status eleven latest" "@ keep --release eleven 20200127T005500"
  "@ keep --target full eleven latest" "@ keep --status eleven latest" "get-wal nine 000000010000000000000003" "get-wal eleven 00000002.history"
  "get-wal -P eleven 00000002000000010000000D" "get-wal --peek 4 nine 000000010000000000000002" "archive-wal nine"
  "@ check-backup nine 20160302T010203" "@ check-backup nine 20130101T000000" "@ check-backup nine last-failed" "@ check-backup eleven latest"
  "@ check-backup thirteen latest" "@ show-backup thirteen latest"
  "restore nine 20160302T010203 +/plain --tablespace archive:+/plain-ts"
  "restore nine 20160302T010203 +/time --tablespace archive:+/time-ts --target-time 20160302T120000+00 --target-action pause"
  "restore nine 20130101T000000 +/oldest --tablespace archive:+/oldest-ts --target-xid 700 --exclusive --target-tli 1"
  "restore nine latest +/standby --standby-mode" "restore nine latest +/get --get-wal" "restore nine latest +/immediate --target-immediate"
  "restore eleven oldest +/eleven" "restore nine last-failed +/failed"
  "@ list-backups all" "delete nine 20130101T000000" "delete nine last-failed" "delete nine oldest" "delete nine latest" "delete eleven oldest"
  "keep --release eleven oldest" "delete eleven oldest" "@ rebuild-xlogdb nine" "@ rebuild-xlogdb thirteen" "@ list-backups all"
)

place_old_layouts() { # DIRECTORY
  local name time server directory
  mkdir -p "$1"
  cp -R "$old_layouts/home/." "$1"
  for server in nine eleven thirteen; do
    mkdir -p "$1/$server"/{incoming,streaming,errors,meta} # without meta, Barman fails where there is an old keep
  done
  chmod -R u=rwX,go=rX "$1"
  while IFS=$'\t' read -r name _ time _; do
    find "$1" -name "$name" -exec touch -d "@$time" {} +
  done < <(cat "$1"/*/wals/*xlog.db)
  sed "s!@HOME@!$1!g; s!@USER@!$(id -un)!g; s!@LOG@!$LAB_DIR/log/barman.log!g" "$old_layouts/barman.conf" >"$1.conf"
}

answer_old_layout_questions() { # BARMAN DIRECTORY
  local question format words status file
  mkdir "$2-restored"
  for question in "${old_layout_questions[@]}"; do
    for format in console json; do
      [[ $question == @* || $format == console ]] || continue
      printf '==== -f %s %s\n' "$format" "${question#@ }"
      read -ra words <<<"${question#@ }"
      status=0
      "$1" -c "$2.conf" -f "$format" "${words[@]//+\//$2-restored/}" >"$LAB_DIR/tmp/out" 2>"$LAB_DIR/tmp/err" </dev/null || status=$?
      if [[ $question == list-files* ]]; then sort "$LAB_DIR/tmp/out"; else cat "$LAB_DIR/tmp/out"; fi
      [[ $format == console ]] || echo
      sed 's/^/stderr: /' "$LAB_DIR/tmp/err"
      printf 'status: %d\n' "$status"
    done
  done | without_next_steps | sed -E "/^stderr: WARNING: With the WAL that is archived, /d; s!$2!@HOME@!g; s!\(start time: .*!(start time: ...)!; s!(Cannot delete backup \([a-z]+ ).*!\1ID)!; s!$(id -un)!@USER@!g; s!@$(hostname -f)|$(hostname -f)!HOST!g"
  printf '==== the files in the end\n'
  (
    cd "$2" || exit
    find . ! -name '.*.lock' "${lab_no_notes[@]}" -printf '%P %y %m\n' | sort
    find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2
  )
  printf '==== what was restored\n'
  (
    cd "$2-restored" || exit
    # Git keeps no empty directories; what modes restored files get is compared elsewhere.
    find . ! -name pg_tblspc -printf '%P %y %l\n' | sed 's/ *$//' | sort
    while read -r file; do
      printf -- '---- %s\n' "$file"
      cat "$file"
    done < <(find . -type f ! -name '*.sql' | sort)
  ) | sed "s!$2!@HOME@!g; s!$(id -un)!@USER@!g"
}
