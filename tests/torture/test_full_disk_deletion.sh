#!/usr/bin/env bash
# shellcheck disable=SC2031
# The disk of the barman home has no free byte and no free inode (the library of the torture tests keeps the books: an
# ordinary user can mount no small file system). Deletions make room all the same, and stay what they are when they are
# cut short there.
TORTURE_POINTS=${TORTURE_POINTS:-4}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"
place_recorded_home "$LAB_DIR/pristine"
sed "s!$LAB_DIR/pristine!$LAB_DIR/barman!g" "$LAB_DIR/pristine.conf" >"$LAB_DIR/etc/recorded.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/recorded.conf
oldest=20261121T130254
data=main/base/$oldest/data
whole=$(listing "$LAB_DIR/pristine/$data")

# What an installation has: older tools are served, cron remembers what it told. Or nothing of that, but free locks.
set_up_served() { run cron; }
set_up_bare() {
  sed -i 's/^\[main\]$/&\nlegacy_links = off/' "$BARMAN_CONFIG_FILE"
  touch "$LAB_DIR/barman/".{main-backup,"main-$oldest",main-cron,main-xlogdb}.lock
}
# Nothing at all but the first lock that each of them takes: the next one shares its file.
set_up_crowded() {
  sed -i 's/^\[main\]$/&\nlegacy_links = off/' "$BARMAN_CONFIG_FILE"
  touch "$LAB_DIR/barman/.main-backup.lock"
}
set_up_crowded_cron() { touch "$LAB_DIR/barman/"{.cron,.main-cron}.lock; }
prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/before" "$LAB_DIR/barman"
}
files() { (cd "$LAB_DIR/barman" && find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" ! -name '.*-stalls' -exec sha256sum {} + | sort -k 2); }
finish() {
  local got=0
  output=$(FAULT_FULL='' barman delete main $oldest 2>&1) || got=$?
  ((got <= 1)) || failed "$point: status $got" "$output"
  FAULT_FULL='' run cron
}
check_disturbed() {
  FAULT_FULL='' run barman list-backups main
  # What Barman would restore has all its files, or no data directory at all, so that it cannot be begun.
  grep -qx "status=DONE" "$LAB_DIR/barman/main/meta/$oldest-backup.info" 2>/dev/null || return 0
  [[ ! -e $LAB_DIR/barman/$data || $(listing "$LAB_DIR/barman/$data") == "$whole" ]] ||
    failed "$point: backup $oldest is shown as usable and is not whole"
}
check_recovered() {
  finish
  [[ $(files) == "$wanted" ]] || failed "$point: other files than after an undisturbed run" "$(diff <(echo "$wanted") <(files))"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}
for kind in served bare crowded crowded_cron; do
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
  set_up_$kind
  rm "$LAB_DIR/barman/main/meta/$oldest-keep" # from here on retention, too, would delete it
  rm -rf "$LAB_DIR/before"
  cp -a "$LAB_DIR/barman" "$LAB_DIR/before"
  point="$kind, undisturbed"
  finish
  wanted=$(files)
  prepare
  FAULT_FULL=1 disturbed count 0 barman delete main $oldest
  ((status == 0)) || failed "$kind: a backup cannot be deleted on a full disk" "$output"
  ((struck > 0)) || failed "$kind: the disk was not full"
  point="$kind, on a full disk"
  check_recovered
  passed "$kind: a backup is deleted on a full disk"
  prepare
  FAULT_FULL=1 disturbed count 0 barman cron
  lab_wait_for 30 "the children of cron" children_ended
  # It may tell what else it could not do.
  ((status <= 1)) || failed "$kind: cron on a full disk" "$output"
  [[ ! -e $LAB_DIR/barman/main/base/$oldest ]] || failed "$kind: retention cannot make room" "$output"
  point="$kind, cron on a full disk"
  check_recovered
  passed "$kind: retention makes room on a full disk"
  export FAULT_FULL=1
  for how in kill power-names power-contents; do
    sweep "delete on a full disk, $kind" $how barman delete main $oldest
  done
  export FAULT_FULL=
done
