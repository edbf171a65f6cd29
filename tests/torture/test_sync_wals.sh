#!/usr/bin/env bash
# A passive node is killed, or loses its power, at every call by which it copies WAL and backups of its primary. What it
# has indexed is whole, no half-copied backup is shown as usable, and running the commands again completes both.
TORTURE_POINTS=${TORTURE_POINTS:-5}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

# The primary, which sshd's commands ask.
place_recorded_home "$LAB_DIR/primary"
sed -i "/^\[barman\]/a log_file = $LAB_DIR/log/primary.log" "$LAB_DIR/primary.conf"
sed -i "0,/^log_file = .*barman.log/{/barman.log/d}" "$LAB_DIR/primary.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/primary.conf
lab_start_sshd

cat >"$LAB_DIR/etc/passive.conf" <<END
[barman]
barman_home = $LAB_DIR/barman
barman_user = $LAB_USER
log_file = $LAB_DIR/log/barman.log
[main]
primary_ssh_command = $LAB_SSH
compression = gzip
END
passive() { barman -c "$LAB_DIR/etc/passive.conf" "$@"; }
mkdir -p "$LAB_DIR/barman"
run passive sync-info main --primary
cp -a "$LAB_DIR/barman" "$LAB_DIR/without-backup"
run passive sync-backup main 20261121T130254 # WAL is only copied for backups
cp -a "$LAB_DIR/barman" "$LAB_DIR/pristine"
export FAULT_PROGRAM=barman
backup=20261121T130319

prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
}
index=$LAB_DIR/barman/main/wals/main-xlog.db
check_disturbed() {
  local name size
  [[ ! -e $index ]] || while IFS=$'\t' read -r name size _; do
    [[ $(stat -c %s "$LAB_DIR/barman/main/wals/${name:0:16}/$name" 2>/dev/null) == "$size" ]] ||
      failed "$point: $name is indexed and not whole"
  done <"$index"
  # A last line without its end is the one that was being written.
  run passive list-backups main
}
check_recovered() {
  run passive sync-info main --primary
  run passive sync-wals main
  cmp -s "$index" "$LAB_DIR/primary/main/wals/main-xlog.db" || failed "$point: the index" "$(diff "$index" "$LAB_DIR/primary/main/wals/main-xlog.db")"
  diff -r -x '*xlog.db*' -x sync-wals.info "$LAB_DIR/primary/main/wals" "$LAB_DIR/barman/main/wals" >"$LAB_DIR/tmp/diff" ||
    failed "$point: the archive" "$(cat "$LAB_DIR/tmp/diff")"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}
for how in kill power-names power-contents; do
  sweep "sync-wals" "$how" barman -c "$LAB_DIR/etc/passive.conf" sync-wals main
done

rm -rf "$LAB_DIR/pristine"
mv "$LAB_DIR/without-backup" "$LAB_DIR/pristine"
check_disturbed() {
  local status
  run passive list-backups main
  [[ -e $LAB_DIR/barman/main/meta/$backup-backup.info ]] || return 0
  status=$(lab_backup_field main $backup status)
  case $status in
    SYNCING | FAILED) ;;
    DONE) copied_whole || failed "$point: the copy is DONE and not whole" "$(cat "$LAB_DIR/tmp/diff")" ;;
    *) failed "$point: the state of the copy is '$status'" ;;
  esac
}
copied_whole() {
  diff -r -x '*backup.info*' "$LAB_DIR/primary/main/base/$backup" "$LAB_DIR/barman/main/base/$backup" >"$LAB_DIR/tmp/diff"
}
check_recovered() {
  run passive sync-info main --primary
  run passive sync-backup main $backup
  [[ $(lab_backup_field main $backup status) == DONE ]] || failed "$point: the copy is not completed" "$output"
  copied_whole || failed "$point: the copy" "$(cat "$LAB_DIR/tmp/diff")"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}
for how in kill power-names power-contents; do
  sweep "sync-backup" "$how" barman -c "$LAB_DIR/etc/passive.conf" sync-backup main $backup
done
