#!/usr/bin/env bash
# cron and the children that it starts are killed, or lose their power, at every call that changes something: WAL to be
# archived and a backup to be deleted by the retention policy wait for it. The next cron completes both.
TORTURE_POINTS=${TORTURE_POINTS:-5}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

place_recorded_home "$LAB_DIR/pristine"
sed "s!$LAB_DIR/pristine!$LAB_DIR/barman!g" "$LAB_DIR/pristine.conf" >"$LAB_DIR/etc/recorded.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/recorded.conf
oldest=20261121T130254 latest=20261121T130319
rm "$LAB_DIR/pristine/main/meta/$oldest-keep"
originals=$LAB_DIR/originals
mkdir "$originals"
for number in 2 3 4; do
  head -c $((number * 20000)) /dev/urandom >"$originals/00000001000000000000001$number"
done
cp -p "$originals"/* "$LAB_DIR/pristine/main/incoming/"

prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
}
# Everything but locks; which of the two commits of archive-wal wrote a line tells nothing.
files() { (cd "$LAB_DIR/barman" && find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2); }

copied_files() { (cd "$LAB_DIR/$1" && find "main/base/$latest" -type f ! -name "*backup.info*" -exec sha256sum {} + | sort); }

prepare
run cron
wanted=$(files)
[[ ! -e $LAB_DIR/barman/main/meta/$oldest-backup.info ]] || failed "the policy deletes nothing"
expect_equal "cron archives what waits" 3 "$(catalogue main | grep -c '^00000001000000000000001[234]')"

check_disturbed() {
  local name
  lab_wait_for 30 "the children of cron" children_ended
  for name in 000000010000000000000012 000000010000000000000013 000000010000000000000014; do
    cmp -s "$LAB_DIR/barman/main/incoming/$name" "$originals/$name" && continue
    barman get-wal main $name 2>/dev/null | cmp -s - "$originals/$name" || failed "$point: $name is lost"
  done
  [[ $(copied_files barman) == "$(copied_files pristine)" ]] ||
    failed "$point: the kept backup was changed"
}
check_recovered() {
  run cron
  run cron
  [[ $(files) == "$wanted" ]] || failed "$point: other files than after an undisturbed run" "$(diff <(echo "$wanted") <(files))"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}
# cron and what it started, to the end.
cat >"$LAB_DIR/tmp/whole-cron" <<END
#!/bin/bash
barman cron || exit
while pgrep -f "barman .*$BARMAN_CONFIG_FILE" >/dev/null; do sleep 0.1; done
END
chmod 755 "$LAB_DIR/tmp/whole-cron"
LOCK_SECONDS=20
for how in kill power-names power-contents; do
  sweep "cron" "$how" "$LAB_DIR/tmp/whole-cron"
done
