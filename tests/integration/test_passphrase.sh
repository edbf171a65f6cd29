#!/usr/bin/env bash
# The passphrase of an encrypted archive stays between its command, this program and gpg: in no argument and in no
# environment of a process, in no log at its most talkative, in no output and in no file, whatever is run.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=gpg.sh
. "${BASH_SOURCE[0]%/*}/gpg.sh"

LAB_PORT[none]=1
echo "log_level = DEBUG" >>"$BARMAN_CONFIG_FILE"
home=$LAB_DIR/barman/main
wal=000000010000000000000001
# The command holds the passphrase itself, which is the worst that an operator can do.
configure() { # PASSPHRASE
  lab_configure_server main none local-rsync "${encrypted[@]}" "compression = gzip" "encryption_passphrase_command = echo $1"
}
configure "$gpg_passphrase"
mkdir -p "$home/incoming" "$LAB_DIR/tmp/outputs"
head -c 3000000 /dev/urandom >"$LAB_DIR/tmp/$wal"

seen=$LAB_DIR/tmp/seen samples=$LAB_DIR/tmp/samples
: >"$seen"
: >"$samples"
watch_processes() {
  local file
  set +e
  while :; do
    grep -aslF -e "$gpg_passphrase" /proc/[0-9]*/cmdline /proc/[0-9]*/environ | while read -r file; do
      # Read once more: between fork and exec a child still shows its parent's arguments. The watcher's own are no finding.
      tr '\0' ' ' <"$file" | grep -aF -e "$gpg_passphrase" | grep -av '^grep '
    done >>"$seen"
    echo >>"$samples"
  done 2>/dev/null
}
watch_processes &
watcher=$!
decoy_found() { grep -aq "in-$1" "$seen"; }
bash -c 'sleep 3; :' decoy "in-cmdline $gpg_passphrase" &
decoys=($!)
env DECOY="in-environ $gpg_passphrase" sleep 3 &
decoys+=($!)
for place in cmdline environ; do lab_wait_for 20 "the watcher to find a process that gives it away ($place)" decoy_found "$place"; done
wait "${decoys[@]}"
looks=$(wc -l <"$samples")
looked_again() { (($(wc -l <"$samples") >= looks + 2)); }
lab_wait_for 20 "two more looks" looked_again
passed "the watcher sees arguments and environments"
: >"$seen"

commands=0
try() { # COMMAND...
  commands=$((commands + 1))
  timeout 60 "$@" >"$LAB_DIR/tmp/outputs/$commands" 2>&1 </dev/null || true
}
for round in 1 2 3 4; do
  cp -p "$LAB_DIR/tmp/$wal" "$home/incoming/$wal"
  run barman archive-wal main
  barman get-wal main "$wal" 2>"$LAB_DIR/tmp/outputs/get-wal.$round" | cmp - "$LAB_DIR/tmp/$wal" || failed "get-wal, round $round"
done
passed "it decrypts, and compares what comes again"
for format in console json; do
  for verb in show-servers diagnose sync-info check status list-servers "get-wal --output-directory $LAB_DIR/tmp" rebuild-xlogdb; do
    arguments=()
    [[ $verb != get-wal* ]] || arguments=("$wal")
    # shellcheck disable=SC2086 # a verb and its options
    try barman -f "$format" $verb main "${arguments[@]}"
  done
  try barman -f "$format" diagnose --show-config-source
done
configure "$gpg_passphrase-wrong"
try barman get-wal main "$wal"
expect_text "a wrong one is no secret either" "Bad passphrase" "$(cat "$LAB_DIR/tmp/outputs/$commands")"
try barman -d check main

kill "$watcher"
wait "$watcher" 2>/dev/null || true
count=$(wc -l <"$samples")
((count > 10)) || failed "only $count looks at the processes"
expect_equal "no process had it among its arguments or in its environment ($count looks)" "" "$(sort -u "$seen" | head -n 5)"
expect_equal "no output has it ($commands commands)" "" "$(grep -lF "$gpg_passphrase" "$LAB_DIR"/tmp/outputs/* || true)"
expect_equal "the log has it nowhere ($(wc -l <"$LAB_DIR/log/barman.log") lines)" "" "$(grep -F "$gpg_passphrase" "$LAB_DIR/log/barman.log" | head -n 3)"
expect_equal "no file of the archive has it" "" "$(grep -rlF "$gpg_passphrase" "$LAB_DIR/barman" || true)"
