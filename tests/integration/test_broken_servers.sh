#!/usr/bin/env bash
# One server that cannot be read (a directory without permissions, a file in a directory's place) costs the others nothing:
# every verb that takes several goes on with the next one, names the one that failed, and ends with 1; check has a FAILED
# line for it.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

write_configuration "" alpha beta gamma
store_backup beta 20270101T120000
store_backup gamma 20270101T120000

# Whatever is asked of all servers: an answer about beta and gamma, and what it says of alpha.
expect_others() { # WHAT STATUS VERB...
  local what=$1 status=$2 name; shift 2
  expect_status "$status" barman "$@"
  for name in beta gamma; do
    [[ $output =~ (^|[^a-z])$name([^a-z]|$) ]] || failed "$what: $*: nothing about $name" "$output"
  done
  passed "$what: $*: the others are answered"
}

expect_goes_on() { # WHAT PATH: of the directory that cannot be read
  local what=$1 path=$2 verb
  for verb in list-backups status; do
    expect_others "$what" 1 "$verb" all
    expect_text "$what: $verb names the server" "ERROR: server 'alpha': cannot read" "$output"
  done
  expect_others "$what" 1 list-backups gamma alpha beta
  expect_others "$what" 1 diagnose
  expect_others "$what" 1 backup all
  expect_text "$what: no backup of alpha is begun" "run 'barman check alpha'" "$output"
  expect_others "$what" 1 check --explain all
  expect_others "$what" 1 switch-wal all
  expect_others "$what" 0 show-servers all
  expect_others "$what" 0 list-servers
  expect_others "$what" 1 -f json status all
  expect_true "$what: in JSON, too" python3 -c 'import json, sys; a = json.loads(sys.argv[1])
assert set(a) == {"_ERROR", "beta", "gamma"} and len(a["_ERROR"]) == 1 and "alpha" in a["_ERROR"][0], a' "$output"
  expect_others "$what" 1 cron
  expect_text "$what: cron names the server" "ERROR: Unable to run cron on server 'alpha': cannot read" "$output"

  expect_others "$what" 1 check all
  expect_text "$what: check has a line for it" $'\tdirectories: FAILED ('"$path: " "$output"
  expect_equal "$what: every server has its lines" $'Server alpha:\nServer beta:\nServer gamma:' "$(grep ^Server <<<"$output")"
  status=0
  output=$(barman check --nagios all 2>"$home/stderr") || status=$?
  expect_equal "$what: monitoring: critical" 2 "$status"
  expect_equal "$what: monitoring: one line" 1 "$(grep -c ^BARMAN <<<"$output")"
  expect_text "$what: monitoring: the reason" "alpha.directories: FAILED ($path: " "$output"
  expect_equal "$what: monitoring: nothing else" "" "$(cat "$home/stderr")"
}

for part in base meta; do
  chmod 0 "$home/alpha/$part"
  expect_goes_on "$part without permissions" "$home/alpha/$part"
  chmod 700 "$home/alpha/$part"
  mv "$home/alpha/$part" "$home/kept"
  echo no directory >"$home/alpha/$part"
  expect_goes_on "a file in place of $part" "$home/alpha/$part"
  rm "$home/alpha/$part"
  mv "$home/kept" "$home/alpha/$part"
done

chmod 0 "$home/alpha/wals"
expect_others "wals without permissions" 1 check all
expect_text "wals without permissions: check" $'\tdirectories: FAILED ('"$home/alpha/wals: Permission denied)" "$output"
expect_others "wals without permissions" 1 rebuild-xlogdb all
expect_text "wals without permissions: the server is named" "ERROR: server 'alpha': " "$output"
chmod 700 "$home/alpha/wals"

# The directory of the server itself: even which model is active cannot be read.
chmod 0 "$home/alpha"
for verb in check list-backups status "check --explain" backup; do
  # shellcheck disable=SC2086
  expect_others "a server's directory without permissions" 1 $verb all
done
expect_others "a server's directory without permissions" 0 show-servers all
expect_others "a server's directory without permissions" 0 list-servers
chmod 700 "$home/alpha"
run barman status all

# Servers that let everybody connect and never answer: they are waited for at the same time, also by check --explain.
silent=()
while ((${#silent[@]} < 12)); do silent+=("silent${#silent[@]}"); done
python3 -c 'import os, socket, sys, time
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(100)
open(sys.argv[1] + "~", "w").write(str(listener.getsockname()[1])); os.rename(sys.argv[1] + "~", sys.argv[1]); time.sleep(120)' \
  "$home/port" &
listener=$!
trap 'kill "$listener" 2>/dev/null || true; wait; chmod -R u+rwX "$home"; rm -rf "$home" ${LAB_DIR:+"$LAB_DIR"}' EXIT
for ((i = 0; i < 100; ++i)); do [[ ! -e $home/port ]] || break; sleep 0.1; done
write_configuration "check_timeout = 3" "${silent[@]}"
sed -i "s|^conninfo = .*|conninfo = host=127.0.0.1 port=$(cat "$home/port") dbname=postgres|" "$BARMAN_CONFIG_FILE"
for verb in check "check --explain"; do
  begin=$SECONDS
  # shellcheck disable=SC2086
  expect_status 1 barman $verb all
  expect_text "$verb: the time is over" "barman check command timed out" "$output"
  expect_true "$verb: 12 servers that keep it waiting for 3 seconds each take no 20 together" test $((SECONDS - begin)) -lt 20
done
