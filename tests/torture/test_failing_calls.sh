#!/usr/bin/env bash
# shellcheck disable=SC2031,SC2317
# A full, broken or read-only disk: each call that changes something fails in turn, alone or with all that follow. The
# command says which file and why, ends with a status that is not 0 unless nothing is missing, and loses nothing; once the
# cause is gone it completes its work.
TORTURE_POINTS=${TORTURE_POINTS:-3}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/archive.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

declare -A calls_of=(
  [ENOSPC]="open,write,mkdir,rename,renameat2,link,symlink" [EDQUOT]="open,write,mkdir,rename,renameat2,link,symlink"
  [EIO]="write,fsync,truncate,unlink" [EMFILE]="open"
  [EROFS]="open,mkdir,rename,renameat2,link,symlink,unlink,rmdir,chmod,utimens"
  [EACCES]="open,mkdir,rename,renameat2,link,symlink,unlink,rmdir"
)
declare -A text_of=(
  [ENOSPC]="No space left on device" [EDQUOT]="Disk quota exceeded" [EIO]="Input/output error" [EMFILE]="Too many open files"
  [EROFS]="Read-only file system" [EACCES]="Permission denied"
)
check_told_cause() {
  if ((status == 0)); then
    complete || failed "$point: it claims success" "$output"
  else
    [[ $status == 1 ]] || failed "$point: status $status" "$output"
    [[ $output == *"${text_of[$error]}"* ]] || failed "$point: the cause is not told" "$output"
    [[ $output == *"$LAB_DIR/barman"* ]] || failed "$point: the file is not told" "$output"
  fi
}
sweep_errors() { # LABEL COMMAND...
  local label=$1; shift
  check_told() { check_told_cause; }
  for error in ENOSPC EDQUOT EIO EMFILE EROFS EACCES; do
    FAULT_CALLS=${calls_of[$error]}
    FAULT_LASTS=0
    sweep "$label" "$error" "$@"
    FAULT_LASTS=1
    sweep "$label, and ever after" "$error" "$@"
  done
}

# ---- archive-wal
make_originals 3
for kind in plain gzip; do
  server=$kind
  options=()
  [[ $kind == plain ]] || options=("compression = $kind")
  lab_configure_server $kind none local-rsync "${options[@]}"
  prepare() { fresh_server incoming; }
  prepare
  run barman archive-wal $kind
  catalogue $kind >"$LAB_DIR/tmp/$kind.wanted"
  complete() { catalogue $server | cmp -s - "$LAB_DIR/tmp/$server.wanted"; }
  check_disturbed() {
    check_told
    expect_nothing_lost incoming
  }
  check_recovered() {
    run barman archive-wal $server
    expect_archived incoming "$LAB_DIR/tmp/$server.wanted"
  }
  sweep_errors "archive-wal, $kind" barman archive-wal $kind
  # Where the file system knows no hard links, or no rename that spares an existing file, it does without.
  FAULT_LASTS=1
  check_told() { ((status == 0)) || failed "$point: status $status" "$output"; }
  case $kind in
    plain) FAULT_CALLS="link" sweep "archive-wal without hard links" EPERM barman archive-wal $kind ;;
    gzip) FAULT_CALLS="link,renameat2" sweep "archive-wal without both" ENOSYS barman archive-wal $kind ;;
  esac
done

# ---- Commands on the catalogue
place_recorded_home "$LAB_DIR/pristine"
sed "s!$LAB_DIR/pristine!$LAB_DIR/barman!g" "$LAB_DIR/pristine.conf" >"$LAB_DIR/etc/recorded.conf"
BARMAN_CONFIG_FILE=$LAB_DIR/etc/recorded.conf
oldest=20261121T130254 latest=20261121T130319
rm "$LAB_DIR/pristine/main/meta/$oldest-keep"
prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
}
files() { (cd "$LAB_DIR/barman" && find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2); }
children_ended() { ! pgrep -f "barman .*$BARMAN_CONFIG_FILE" >/dev/null; }
again() {
  "${command[@]}" >/dev/null 2>&1 || [[ ${command[1]} == delete ]] || failed "$point: it fails once more"
  run barman cron
  lab_wait_for 30 "the children of cron" children_ended
}
complete() {
  again
  [[ $(files) == "$wanted" ]]
}
check_disturbed() {
  check_told
  run barman list-backups main
}
check_recovered() {
  complete || failed "$point: other files than after an undisturbed run" "$(diff <(echo "$wanted") <(files))"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}
sweep_command() {
  command=("$@")
  prepare
  again
  wanted=$(files)
  sweep_errors "$2" "$@"
}
sweep_command barman keep --target full main $latest
sweep_command barman rebuild-xlogdb main
sweep_command barman delete main $oldest
