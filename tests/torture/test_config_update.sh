#!/usr/bin/env bash
# config-update is killed, or loses its power, at every call that changes something. The configuration can be read at any
# moment and holds the old or the new values, whole; running the command again ends where an undisturbed run ends.
. "${BASH_SOURCE[0]%/*}/common.sh"

LAB_PORT[none]=1
lab_configure_server main none local-rsync
mkdir -p "$LAB_DIR/barman/main"
mv "$LAB_DIR/etc" "$LAB_DIR/barman/etc"
sed -i "s!$LAB_DIR/etc!$LAB_DIR/barman/etc!" "$LAB_DIR/barman/etc/barman.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/barman/etc/barman.conf
mv "$LAB_DIR/barman" "$LAB_DIR/pristine"
changes='[{"scope": "server", "server_name": "main", "description": "changed", "parallel_jobs": 2},
  {"scope": "model", "model_name": "fresh", "cluster": "lab", "description": "fresh model"}]'

prepare() {
  rm -rf "$LAB_DIR/barman"
  cp -a "$LAB_DIR/pristine" "$LAB_DIR/barman"
}
files() { (cd "$LAB_DIR/barman" && find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2); }
prepare
run barman config-update "$changes"
wanted=$(files)
expect_text "both files are changed" "parallel_jobs = 2" "$(cat "$LAB_DIR/barman/.barman.auto.conf")"

check_disturbed() {
  run barman list-servers
  [[ $output == "main - none by local-rsync" || $output == "main - changed" ]] || failed "$point: what is listed" "$output"
  [[ $ended == no || $output == "main - changed" ]] || failed "$point: the change was acknowledged and is lost"
}
check_recovered() {
  run barman config-update "$changes"
  [[ $(files) == "$wanted" ]] || failed "$point: other files than after an undisturbed run" "$(diff <(echo "$wanted") <(files))"
  [[ -z $(litter "$LAB_DIR/barman") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman")"
}
for how in kill power-names power-contents; do
  sweep "config-update" "$how" barman config-update "$changes"
done
