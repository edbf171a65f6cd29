#!/usr/bin/env bash
# A restore of a chain of incremental backups, some in a work area, is killed, or is refused room, at every call that
# changes something; tar finds the work area's disk full. The catalogue does not change, nothing is left in the work area
# but by SIGKILL, and the next restore removes that and ends where an undisturbed one ends. A stand-in combines: what is
# looked at is what happens around it.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/chain.sh"

export FAULT_PROGRAM=barman
root=$LAB_DIR/restore
area=$root/area target=$root/target
place_chain "path_prefix = $LAB_DIR/bin" "staging_path = $area"
cat >"$LAB_DIR/bin/pg_combinebackup" <<'END'
#!/bin/sh
[ "$1" != --version ] || { echo "pg_combinebackup (PostgreSQL) 17.5"; exit; }
for word; do
  case $word in
    --output=*) output=${word#*=} ;;
    --tablespace-mapping=*) from=${word#*=} to=${from#*=} from=${from%%=*} ;;
    --*) ;;
    *) [ -f "$word/global/pg_control" ] || exit 1; input=$word ;;
  esac
done
cp -a "$input/." "$output/" && cp -a "$from/." "$to/" && ln -sfn "$to" "$output/pg_tblspc/16386"
END
chmod 755 "$LAB_DIR/bin/pg_combinebackup"
base=$LAB_DIR/barman/main/base
tar -C "$base/$full/data" --exclude=./backup_manifest -czf "$base/$full/data/base.tar.gz" ./global
tar -C "$base/$full/16386" -czf "$base/$full/data/16386.tar.gz" .
rm -r "$base/$full/data/global" "$base/$full/16386"
sed -i 's/^compression=None/compression=gzip/' "$LAB_DIR/barman/main/meta/$full-backup.info"

catalogue_files() { (cd "$LAB_DIR/barman" && find . -type f ! -name '.*.lock' "${lab_no_notes[@]}" -exec sha256sum {} + | sort -k 2); }
files() { (cd "$target" && find . \( -type f ! -name .barman-recover.info -printf 'f %m %P ' -exec sha256sum {} \; -o -type l -printf 'l %P %l\n' -o -printf '%y %m %P\n' \) | sort); }
prepare() {
  rm -rf "$target"
  mkdir -p "$target" "$area"
}
command=(barman restore --get-wal --tablespace "ts_a:$target/ts_a" main "$third" "$target/data")
prepare
barman cron >/dev/null 2>&1 || true # puts what older tools read where they look for it
run "${command[@]}"
wanted=$(files)
before=$(catalogue_files)
expect_equal "the work area is empty after an undisturbed restore" "" "$(ls -A "$area")"

check_disturbed() {
  [[ $(catalogue_files) == "$before" ]] || failed "$point: the catalogue was changed" "$(diff <(echo "$before") <(catalogue_files))"
  [[ $how == kill || -z $(ls -A "$area") ]] || failed "$point: left in the work area" "$(find "$area")" "$output"
}
check_recovered() {
  prepare
  run "${command[@]}"
  [[ $(files) == "$wanted" ]] || failed "$point: other files than after an undisturbed restore" "$(diff <(echo "$wanted") <(files))"
  [[ -z $(ls -A "$area") ]] || failed "$point: the next restore leaves something in the work area" "$(find "$area")"
}
for how in kill ENOSPC; do sweep "restore of a chain" "$how" "${command[@]}"; done

prepare
FAULT_PROGRAM=tar FAULT_CALLS=open,write,mkdir FAULT_LASTS=1 disturbed ENOSPC 1 "${command[@]}"
expect_equal "a full work area ends the restore" 1 "$status"
expect_text "... with tar's words" "No space left on device" "$output"
expect_equal "... and leaves nothing there" "" "$(ls -A "$area")"
expect_equal "... nor in the destination" "" "$(find "$target" -not -type d)"
