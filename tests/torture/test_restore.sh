#!/usr/bin/env bash
# A restore is killed at every call that changes something in its destination. The catalogue does not change, and a delta
# restore over the remains ends where an undisturbed restore ends.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

place_recorded_home "$LAB_DIR/barman"
mv "$LAB_DIR/barman.conf" "$LAB_DIR/etc/recorded.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/recorded.conf FAULT_PROGRAM=barman
root=$LAB_DIR/restore/target
catalogue_files() { (cd "$LAB_DIR/barman" && find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2); }
files() { (cd "$root" && find . \( -type f -printf 'f %m %P ' -exec sha256sum {} \; -o -type l -printf 'l %P %l\n' -o -printf '%y %m %P\n' \) | sort); }

prepare() {
  rm -rf "$root"
  mkdir -p "$root"
}
command=(barman restore --tablespace "ts_a:$root/ts_a" --tablespace "ts_b:$root/ts_b" main 20261121T130319 "$root/data")
prepare
barman cron >/dev/null 2>&1 || true # puts what older tools read where they look for it
run "${command[@]}"
wanted=$(files)
before=$(catalogue_files)

check_disturbed() {
  [[ $(catalogue_files) == "$before" ]] || failed "$point: the catalogue was changed" "$(diff <(echo "$before") <(catalogue_files))"
}
check_recovered() {
  run barman restore --delta-restore "${command[@]:2}"
  [[ $(files) == "$wanted" ]] || failed "$point: other files than after an undisturbed restore" "$(diff <(echo "$wanted") <(files))"
}
sweep "restore" kill "${command[@]}"
