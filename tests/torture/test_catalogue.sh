#!/usr/bin/env bash
# Commands that change the catalogue are killed, or lose their power, at every call that changes something. Whatever they
# were not asked to touch is as it was, what they leave half-done is never shown as usable, and running them again ends
# where an undisturbed run ends: in the same files, to the byte.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

place_recorded_home "$LAB_DIR/pristine"
sed "s!$LAB_DIR/pristine!$LAB_DIR/barman!g" "$LAB_DIR/pristine.conf" >"$LAB_DIR/etc/recorded.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/recorded.conf
oldest=20261121T130254 latest=20261121T130319

prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
  setup
}

# Every file with its content; what a lock file holds tells nothing, and what is noted of WAL can be made anew.
files() { # DIRECTORY
  (cd "$1" && find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2)
}

files_of_others() {
  files "$LAB_DIR/barman" | grep -vE "$touched" || true
}

check_disturbed() {
  local id
  files_of_others | cmp -s - "$LAB_DIR/tmp/others" ||
    failed "$point: it touched what is none of its business" "$(files_of_others | diff "$LAB_DIR/tmp/others" -)"
  run barman list-backups main
  # A backup that is shown as usable has all its files.
  for id in $oldest $latest; do
    grep -qx "status=DONE" "$LAB_DIR/barman/main/meta/$id-backup.info" 2>/dev/null || continue
    (cd "$LAB_DIR/barman" && files . | grep "/base/$id/" | grep -v backup.info) | cmp -s - "$LAB_DIR/tmp/base.$id" ||
      failed "$point: backup $id is shown as usable and is not whole"
  done
}

check_recovered() {
  local got
  recover
  got=$(files "$LAB_DIR/barman")
  [[ $got == "$wanted" ]] || failed "$point: other files than after an undisturbed run" "$(diff <(echo "$wanted") <(echo "$got"))"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}

# TOUCHED: what the command may change, as an extended regular expression on paths.
sweep_command() { # LABEL TOUCHED COMMAND...
  local label=$1 how; touched=$2; shift 2
  prepare
  files_of_others >"$LAB_DIR/tmp/others"
  for id in $oldest $latest; do files "$LAB_DIR/barman" | grep "/base/$id/" | grep -v backup.info >"$LAB_DIR/tmp/base.$id"; done
  recover
  wanted=$(files "$LAB_DIR/barman")
  for how in kill power-names power-contents; do
    sweep "$label" "$how" "$@"
  done
}

setup() { :; }
recover() { run barman keep --target full main $latest; }
sweep_command "keep" "$latest-keep" barman keep --target full main $latest

recover() { run barman keep --release main $oldest; }
sweep_command "keep --release" "$oldest-keep" barman keep --release main $oldest

recover() { run barman rebuild-xlogdb main; }
sweep_command "rebuild-xlogdb" "main/wals/.*xlog.db" barman rebuild-xlogdb main

# A deletion that is done needs no second command; one that is not is finished by whoever deletes or by cron.
setup() { rm "$LAB_DIR/barman/main/meta/$oldest-keep"; }
recover() {
  expect_status_in "0 1" barman delete main $oldest
  run cron
}
expect_status_in() { # STATUSES COMMAND...
  local allowed=$1 got=0; shift
  output=$("$@" 2>&1) || got=$?
  [[ " $allowed " == *" $got "* ]] || failed "$point: '$*' ended with status $got" "$output"
}
sweep_command "delete" "$oldest|main/wals/|$latest.*backup.info" barman delete main $oldest

# Wherever a deletion by word is stopped, the same line finishes it, and deletes no other backup.
recover() {
  if [[ $ended == no ]]; then
    run barman delete main "$word"
    [[ $output == *"Deleted backup $meant "* ]] || failed "$point: the same line does not finish it" "$output"
    [[ ! -e $LAB_DIR/barman/main/meta/$meant-delete_this ]] || failed "$point: its mark is left"
  fi
  run cron
  for id in $oldest $latest; do
    [[ $id == "$meant" ]] || grep -qx "status=DONE" "$LAB_DIR/barman/main/meta/$id-backup.info" ||
      failed "$point: backup $id, which was not meant, is not whole"
  done
}
delete_by_word() { # WORD ID TOUCHED
  word=$1 meant=$2 at=0 ended=no point="delete $1"
  sweep_command "delete $1" "$2|main/wals/|$3" barman delete main "$1"
}
delete_by_word oldest $oldest "$latest.*backup.info"
delete_by_word latest $latest "$oldest.*backup.info"
delete_by_word before-release $oldest "$latest.*backup.info"
