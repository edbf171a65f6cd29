#!/usr/bin/env bash
# Passwords of conninfo stay there: none in the arguments of a process, in the log at its most talkative, in outputs, JSON,
# errors or any file below barman_home, whatever is run and whether it works.
. "${BASH_SOURCE[0]%/*}/common.sh"

secret=Tr0ub4dor-s3cr3t
other=Corr3ct-h0rs3
lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_sql source "alter role barman password '$secret'"
lab_sql source "alter role streaming_barman password '$other'"
sed -i '/^host/s/trust/scram-sha-256/; /^local/s/trust/scram-sha-256/' "${LAB_DATA[source]}/pg_hba.conf"
sed -i '1i host all,replication postgres 127.0.0.1/32 trust' "${LAB_DATA[source]}/pg_hba.conf"
lab_sql source "select pg_reload_conf()" >/dev/null
echo "log_level = DEBUG" >>"$BARMAN_CONFIG_FILE"

port=${LAB_PORT[source]}
good="host=127.0.0.1 port=$port user=barman dbname=postgres password=$secret"
streaming="host=127.0.0.1 port=$port user=streaming_barman password='$other'"
# Every way to write it that libpq takes, with the right password and with a wrong one.
server() { # NAME CONNINFO STREAMING_CONNINFO [OPTION...]
  local name=$1 conninfo=$2 streaming_conninfo=$3; shift 3
  printf '%s\n' "[$name]" "description = x" "conninfo = $conninfo" "streaming_conninfo = $streaming_conninfo" \
    "backup_method = postgres" "streaming_archiver = on" "slot_name = $name" "create_slot = auto" "$@" \
    >"$LAB_DIR/etc/barman.d/$name.conf"
}
server main "$good" "$streaming"
server uri "postgresql://barman:$secret@127.0.0.1:$port/postgres" "postgresql://streaming_barman:$other@127.0.0.1:$port/postgres"
server wrong "${good}WRONG" "${streaming%\'}WRONG'"
server override "${good}" "$streaming" "wal_conninfo = $good" "wal_streaming_conninfo = $streaming" "primary_conninfo = $good"
server model_less "$good" "$streaming" "archiver = on" "streaming_archiver = off" "backup_method = rsync" "ssh_command = $LAB_SSH"

# ---- Watching ---------------------------------------------------------------------------------------------------

seen=$LAB_DIR/tmp/seen
samples=$LAB_DIR/tmp/samples
: >"$seen"
: >"$samples"
watch_processes() {
  local file files
  set +e
  while :; do
    mapfile -t files < <(grep -aslF -e "$secret" -e "$other" /proc/[0-9]*/cmdline)
    for file in "${files[@]}"; do
      # Read once more: between fork and exec a child still shows its parent's arguments. The watcher's own are no finding.
      tr '\0' ' ' <"$file" | grep -aF -e "$secret" -e "$other" | grep -av '^grep '
    done >>"$seen"
    echo >>"$samples"
  done 2>/dev/null
}
watch_processes &
watcher=$!
decoy_found() { grep -aq "$secret" "$seen"; }
bash -c 'sleep 3; :' decoy "$secret" & # gives it away
lab_wait_for 10 "the watcher to find a process that gives the password away" decoy_found
wait "$!"
# A look that began while it was there may still be writing.
looks=$(wc -l <"$samples")
looked_again() { (($(wc -l <"$samples") >= looks + 2)); }
lab_wait_for 20 "two more looks" looked_again
passed "the watcher sees what every user of this machine could see"
: >"$seen"

outputs=$LAB_DIR/tmp/outputs
mkdir "$outputs"
commands=0
try() { # COMMAND... ; what it says is kept, whether it works is no matter
  commands=$((commands + 1))
  printf '%s\n' "$*" >"$outputs/$commands.command"
  timeout 60 "$@" >"$outputs/$commands.out" 2>"$outputs/$commands.err" </dev/null || true
}

# ---- Everything that connects, starts something or shows the configuration -------------------------------------------

run barman cron
for name in main uri; do
  lab_wait_for 30 "the receiver of $name" lab_sql_is source t "select active from pg_replication_slots where slot_name = '$name'"
done
run barman switch-wal --force --archive --archive-timeout 30 main
run barman check main
run barman backup --wait main
run barman backup --wait uri
passed "backups with passwords in conninfo work"
for format in console json; do
  for name in main uri wrong override model_less; do
    [[ $format == console || $name != uri ]] || continue # as main
    for verb in check status show-servers replication-status list-backups sync-info list-processes diagnose \
      "check --nagios" switch-wal "receive-wal --create-slot --if-not-exists" "receive-wal --reset" "archive-wal" \
      "backup --immediate-checkpoint" "config-switch" "show-backup" "verify-backup" "check --explain"; do
      arguments=()
      [[ $name == wrong || $verb != backup* ]] || continue # has been tried above
      [[ $verb != show-backup && $verb != verify-backup ]] || arguments=(latest)
      # shellcheck disable=SC2086 # a verb and its options
      try barman -f "$format" $verb "$name" "${arguments[@]}"
    done
  done
  try barman -f "$format" diagnose --show-config-source
  try barman -f "$format" list-servers
  try barman -f "$format" config-update "[{\"scope\": \"server\", \"server_name\": \"wrong\", \"conninfo\": \"$good\"}]"
  try barman -f "$format" config-update "[{\"scope\": \"server\", \"server_name\": \"wrong\", \"conninfo\": \"password=$secret host\"}]"
done
try barman receive-wal wrong
try barman restore main latest "$LAB_DIR/restore/here"
try barman restore --standby-mode --remote-ssh-command "$LAB_SSH" main latest "$LAB_DIR/restore/there"
try barman -d check main
sed -i -f <(printf "s/^conninfo = .*/conninfo = password=%s host/\n" "$secret") "$LAB_DIR/etc/barman.d/wrong.conf" # never in an argument: the watcher looks
try barman check wrong
try barman list-servers
try barman -q cron
lab_stop_cluster source immediate
for name in main uri override; do
  try barman check "$name"
  try barman check --explain "$name"
  try barman backup "$name"
  try barman receive-wal "$name"
done

# ---- Findings -------------------------------------------------------------------------------------------------------

kill "$watcher"
wait "$watcher" 2>/dev/null || true
count=$(wc -l <"$samples")
((count > 20)) || failed "only $count looks at the processes"
# config-update was given the password as its argument: that is the operator's own doing.
given=$(grep -av 'config-update' "$seen" || true)
expect_equal "no process had a password among its arguments ($count looks)" "" "$given"
found=$(grep -lF -e "$secret" -e "$other" "$outputs"/*.out "$outputs"/*.err || true)
for file in $found; do grep -hF '' "${file%.*}.command"; done | sort -u >&2
expect_equal "no output has a password ($commands commands)" "" "$found"
log=$(grep -cF -e "$secret" -e "$other" "$LAB_DIR/log/barman.log" || true)
((log == 0)) || failed "the log has a password" "$(grep -F -e "$secret" -e "$other" "$LAB_DIR/log/barman.log" | head -n 5)"
passed "the log has none ($(wc -l <"$LAB_DIR/log/barman.log") lines)"
# The configuration that config-update writes holds what it was told, and nobody but its owner reads it.
found=$(grep -rlF -e "$secret" -e "$other" "$LAB_DIR/barman" "$LAB_DIR/restore" 2>/dev/null | grep -v '/\.barman\.auto\.conf$' || true)
expect_equal "no file below barman_home or in a restored cluster has one" "" "$found"
auto=$LAB_DIR/barman/.barman.auto.conf
[[ ! -e $auto ]] || expect_equal "the configuration written by config-update is private" 600 "$(stat -c %a "$auto")"
