#!/usr/bin/env bash
# The REST service without PostgreSQL: every route and error, what becomes of operations, also where their process is killed,
# and clients that are many, slow, large or nobody's friends.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"
command -v curl >/dev/null || { echo "skipped: there is no curl"; exit 77; }

id=20270101T120000
server_pid=
stop_server() {
  [[ -n $server_pid ]] || return 0
  kill -TERM "$server_pid" && wait "$server_pid"
  server_pid=
}
trap '[[ -z $server_pid ]] || kill -KILL "$server_pid"; chmod -R u+rwX "$home"; rm -rf "$home"' EXIT

# On a port that is free, or where the options say; sets $url unless it is a Unix socket.
start_server() { # OPTION...
  local -a listen=(--listen 127.0.0.1:0)
  [[ " $* " != *" --listen "* ]] || listen=()
  rm -f "$home/serve.out" # that of the last one
  barman serve "${listen[@]}" "$@" >"$home/serve.out" 2>&1 &
  server_pid=$!
  lab_wait_for 10 "the service" grep -qs '^Listening on ' "$home/serve.out"
  url=$(sed -n 's/^Listening on //p' "$home/serve.out")
}

# Sets $status, $type and $body.
ask() { # CURL-ARGUMENT... PATH
  local path=${!#}
  body=$(curl -sS --max-time 20 -o - -w '\n%{http_code} %{content_type}' "${@:1:$#-1}" "$url$path" 2>&1) || body+=$'\n000 '
  read -r status type <<<"${body##*$'\n'}"
  body=${body%$'\n'*}
  body=${body%$'\n'}
}
expect_answer() { # STATUS BODY CURL-ARGUMENT... PATH
  ask "${@:3}"
  [[ $status == "$1" && $body == "$2" ]] || failed "${*:3}" "wanted: $1 $2" "got:    $status $body"
  passed "${!#}: $1 ${2:0:80}"
}
post() { # PATH BODY
  ask -X POST -H 'Content-Type: application/json' --data "$2" "$1"
}
expect_refusal() { # STATUS WORDS PATH BODY
  post "$3" "$4"
  [[ $status == "$1" && $type == application/json && $body == *'{"error":"'*"$2"* ]] || failed "POST $3 $4" "wanted: $1 $2" "got:    $status $type $body"
  passed "POST $3 $4: $1 $2"
}
# Sets $operation.
begin() { # PATH BODY
  post "$1" "$2"
  [[ $status == 202 && $body =~ ^\{\"operation_id\":\"([0-9]{8}T[0-9]{6})\"\}$ ]] || failed "POST $1 $2" "$status $body"
  operation=${BASH_REMATCH[1]}
}
state_is() { # PATH STATE
  ask "$1/$operation"
  [[ $body == "{\"operation_id\":\"$operation\",\"status\":\"$2\"}" ]]
}
wait_for_state() { # PATH STATE
  lab_wait_for 30 "$1/$operation to be $2" state_is "$1" "$2"
  passed "$1/$operation is $2"
}
output_of() { # FILE KEY
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"
}

write_configuration "" main other
sed -i 's/^\[main\]$/&\ncluster = c/' "$BARMAN_CONFIG_FILE"
printf '[fast]\nmodel = on\ncluster = c\ndescription = with the model fast\n' >>"$BARMAN_CONFIG_FILE"
store_backup main $id

# ---- Routes ------------------------------------------------------------------------------------------------------------

start_server
expect_answer 200 '"OK"' /status
[[ $type == text/html* ]] || failed "the type of /status" "$type"
ask /diagnose
[[ $status == 200 && $type == application/json ]] || failed "/diagnose" "$status $type" "$body"
expect_true "/diagnose is what barman diagnose prints" python3 -c '
import json, subprocess, sys
ours, printed = json.loads(sys.argv[1]), json.loads(subprocess.run(["barman", "diagnose"], stdout=subprocess.PIPE).stdout)
assert list(ours) == list(printed) and sorted(ours["servers"]) == ["main", "other"], ours.keys()
assert ours["servers"]["main"]["backups"] == printed["servers"]["main"]["backups"]' "$body"
expect_answer 200 '{"operations":[]}' /servers/main/operations
expect_answer 200 '{"operations":[]}' /operations
expect_answer 404 '{"error":"404 Not Found: No barman config found for '\''nope'\''."}' /servers/nope/operations
expect_answer 404 '{"error":"404 Not Found: Resource not found"}' /servers/main/operations/20261128T112811
expect_answer 404 '{"error":"404 Not Found: Resource not found"}' /operations/nope
ask /metrics
expect_text "metrics are there, too" "barman_build_info" "$body"
ask /report
expect_equal "so is the report" "200 text/html; charset=utf-8" "$status $type"
ask /nothing
expect_equal "an unknown path is an error in JSON" "404 application/json" "$status $type"
ask -X DELETE /status
expect_equal "so is another method" "405 application/json" "$status $type"

recovery() { # BACKUP SSH DIRECTORY
  printf '{"type":"recovery","backup_id":"%s","remote_ssh_command":"%s","destination_directory":"%s"}' "$@"
}
expect_refusal 404 "404 Not Found: Server 'nope' does not exist" /servers/nope/operations "$(recovery latest ssh /d)"
expect_refusal 404 "404 Not Found: Backup 'nope' does not exist" /servers/main/operations "$(recovery nope ssh /d)"
expect_refusal 404 "404 Not Found: Backup 'latest' does not exist" /servers/other/operations "$(recovery latest ssh /d)"
expect_refusal 400 "Minimum barman options not met for server 'main'" /servers/main/operations '{}'
expect_refusal 400 "Request body is missing \`\`backup_id\`\`" /servers/main/operations '{"type":"recovery"}'
expect_refusal 400 "Make sure all options/arguments are met and try again" /servers/main/operations '{"backup_id":"latest"}'
expect_refusal 400 "'nosuch' is no type" /servers/main/operations '{"type":"nosuch"}'
expect_refusal 400 "not valid JSON" /servers/main/operations '{'
expect_refusal 400 "Make sure all options/arguments are met and try again" /operations '{"type":"config_update"}'
ask -X POST --data '{"type":"config_switch","reset":true}' /servers/main/operations
expect_equal "a body of another type is refused" 415 "$status"
expect_false "nothing was written down" test -d "$home/main/jobs"

# ---- What becomes of operations ----------------------------------------------------------------------------------------

begin /servers/main/operations '{"type":"config_switch","model_name":"fast","kept":"as it is"}'
wait_for_state /servers/main/operations DONE
expect_text "the model is active" "with the model fast" "$(barman list-servers)"
expect_equal "the job's file has what was sent" "as it is" "$(output_of "$home/main/jobs/$operation.json" kept)"
expect_equal "and what it is" config_switch "$(output_of "$home/main/jobs/$operation.json" operation_type)"
[[ $(output_of "$home/main/jobs/$operation.json" start_time) =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}$ ]] || failed "start_time"
expect_equal "its output's file, too" "config_switch True" \
  "$(output_of "$home/main/output/$operation.json" operation_type) $(output_of "$home/main/output/$operation.json" success)"
[[ $(output_of "$home/main/output/$operation.json" end_time) =~ ^[0-9]{4}-.*\.[0-9]{6}$ ]] || failed "end_time"
expect_equal "they are for nobody else" "600 600" "$(stat -c %a "$home/main/jobs/$operation.json" "$home/main/output/$operation.json" | paste -sd ' ')"
begin /servers/main/operations '{"type":"config_switch","reset":true}'
wait_for_state /servers/main/operations DONE
expect_text "no model is active" "Server main" "$(barman list-servers)"
begin /servers/main/operations '{"type":"config_switch","model_name":"nosuch"}'
wait_for_state /servers/main/operations FAILED
expect_text "the reason is in the output" "Unknown model 'nosuch'" "$(output_of "$home/main/output/$operation.json" output)"
begin /operations '{"type":"config_update","changes":[{"scope":"server","server_name":"other","conninfo":"host=/x password=topsecret"}]}'
wait_for_state /operations DONE
expect_text "the configuration has changed" topsecret "$(cat "$home/.barman.auto.conf" "$BARMAN_CONFIG_FILE" 2>/dev/null)"
expect_equal "the list of the instance" '{"operations":[{"id":"'"$operation"'","type":"config_update"}]}' "$(curl -sS "$url/operations")"

expect_false "its output says no password" grep -q topsecret <<<"$(output_of "$home/output/$operation.json" output)"

expect_equal "no process of an operation is left over" "" "$(cat "/proc/$server_pid/task"/*/children)"

# ---- A process that is killed; two requests in one second --------------------------------------------------------------

printf '#!/bin/sh\nexec sleep 60\n' >"$home/slow-ssh" # a far end that does not answer
chmod +x "$home/slow-ssh"
begin /servers/main/operations "$(recovery $id "$home/slow-ssh far" "$home/never")"
lab_wait_for 10 "the operation to begin" test -s "$home/main/jobs/.$operation.lock"
sleep 0.3
state_is /servers/main/operations IN_PROGRESS || failed "an operation that is being done" "$body"
worker=$(cat "$home/main/jobs/.$operation.lock")
expect_status 1 barman run-operation "$operation" main
expect_text "nobody else does it" "is being done" "$output"
stop_server
expect_true "it goes on when the service ends" kill -0 "$worker"
start_server
state_is /servers/main/operations IN_PROGRESS || failed "an operation that is being done" "$body"
kill -KILL "$worker"
wait_for_state /servers/main/operations FAILED
run barman -q cron
expect_equal "cron writes down that it has failed" False "$(output_of "$home/main/output/$operation.json" success)"

begin /servers/other/operations '{"type":"config_switch","reset":true}'
first=$operation
begin /servers/other/operations '{"type":"config_switch","reset":true}'
[[ $first != "$operation" ]] || failed "two operations of one second have one id" "$first"
wait_for_state /servers/other/operations DONE
touch -d '31 days ago' "$home/other/output/$first.json"
run barman -q cron
expect_equal "cron removes those that ended a month ago" "$operation.json" "$(ls "$home/other/jobs")"
ask "/servers/other/operations/$first"
expect_equal "and they are not known any more" 404 "$status"

# ---- Clients that are many, slow, large, malformed ---------------------------------------------------------------------

port=${url##*:}
# A server that takes connections and says nothing, for as long as somebody listens.
python3 -u - >"$home/silent.port" <<'END' &
import socket
listener = socket.create_server(("127.0.0.1", 0), backlog=200)
listener.settimeout(120)
print(listener.getsockname()[1])
try:
    clients = []
    while True:
        clients.append(listener.accept())
except TimeoutError:
    pass
END
silent=$!
lab_wait_for 10 "the silent server" test -s "$home/silent.port"
printf '[silent]\nconninfo = host=127.0.0.1 port=%s user=barman dbname=postgres\nssh_command = false\nbackup_method = rsync\narchiver = on\n' \
  "$(<"$home/silent.port")" >>"$BARMAN_CONFIG_FILE"
asking=()
for _ in {1..12}; do
  curl -sS --max-time 60 -o /dev/null "$url/diagnose" 2>/dev/null &
  asking+=($!)
done
sleep 1
for _ in {1..3}; do
  began=$EPOCHREALTIME
  expect_answer 200 '"OK"' /status
  expect_true "nobody waits for a diagnosis of a silent server" python3 -c "assert $EPOCHREALTIME - $began < 3"
done
expect_equal "one is made for all who ask" 1 "$(pgrep -c -P "$server_pid")"
kill "$silent" "${asking[@]}"
wait "$silent" "${asking[@]}" 2>/dev/null || true
sed -i '/^\[silent\]$/,$d' "$BARMAN_CONFIG_FILE"
expect_answer 200 '"OK"' /status

mkdir "$home/many"
curl -sS --max-time 30 -Z --parallel-max 200 --parallel-immediate -o "$home/many/#1" "$url/servers/main/operations?[1-200]" 2>"$home/many.err" ||
  failed "200 requests at once" "$(head -n 3 "$home/many.err")"
expect_equal "200 requests at once have one answer" "1 200" \
  "$(sort -u "$home"/many/* | wc -l) $(find "$home/many" -type f | wc -l)"
slow=()
for _ in {1..50}; do
  (exec 3<>"/dev/tcp/127.0.0.1/$port"; for c in G E T ' ' / s t a t u s ' ' H T T P / 1 . 1; do printf '%s' "$c" >&3 || break; sleep 1; done) 2>/dev/null &
  slow+=($!)
done
sleep 0.5
SECONDS_BEFORE=$EPOCHREALTIME
expect_answer 200 '"OK"' /status
expect_true "nobody waits for those who send a byte a second" python3 -c "assert $EPOCHREALTIME - $SECONDS_BEFORE < 3"
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /status HT' >&3
began=$SECONDS
read -r -t 20 _ <&3 || true
((SECONDS - began >= 8 && SECONDS - began <= 14)) || failed "half a request is not cut off after ten seconds" "$((SECONDS - began)) s"
exec 3>&-
passed "half a request is cut off after ten seconds"
kill "${slow[@]}" 2>/dev/null || true
head -c 300000 /dev/zero | tr '\0' x >"$home/large"
ask -X POST -H 'Content-Type: application/json' --data-binary "@$home/large" /operations
[[ $status == 413 || $body == *"reset"* ]] || failed "a body that is too large" "$status $body"
ask -H "X: $(head -c 50000 "$home/large")" /status
[[ $status == 431 ]] || failed "headers that are too large" "$status"
raw() { # TEXT
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf '%b' "$1" >&3
  timeout 20 head -n 1 <&3 | tr -d '\r' || true
  exec 3>&-
}
for text in 'nonsense\r\n\r\n' 'GET /status HTTP/9.9\r\nHost: h\r\n\r\n' 'GET /%%00 HTTP/1.1\r\nHost: h\r\n\r\n' '\x16\x03\x01\x02\r\n\r\n' 'GET /status HTTP/1.1\r\n\r\n'; do
  [[ $(raw "$text") != *" 200 "* ]] || failed "a malformed request is answered" "$text"
done
expect_answer 200 '"OK"' /status
expect_true "an answer comes in one piece" python3 - "$port" <<'END'
import socket, sys
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.send(b"GET /operations HTTP/1.1\r\nHost: h\r\n\r\n")
piece = client.recv(65536)
assert piece.endswith(b"]}\n") or piece.endswith(b"}\n"), piece
END
kill -TERM "$server_pid"
wait "$server_pid" || failed "the service ends with a status" "$?"
server_pid=
passed "a signal ends the service"

# ---- Addresses and certificates ----------------------------------------------------------------------------------------

start_server --listen "unix:$home/socket"
url=http://localhost
expect_answer 200 '"OK"' --unix-socket "$home/socket" /status
expect_equal "the socket is for the user and the group" 660 "$(stat -c %a "$home/socket")"
kill -KILL "$server_pid"; wait "$server_pid" || true
server_pid=
start_server --listen "unix:$home/socket"
passed "a socket that a killed service has left is replaced"
stop_server
expect_false "a socket is gone when the service has ended" test -e "$home/socket"

expect_status 1 barman serve --listen 0.0.0.0:0
expect_text "other machines need certificates" "can be reached from other machines" "$output"
expect_status 1 barman serve --tls-key "$home/none"
expect_status 1 barman serve --listen nonsense
start_server --read-only --listen 0.0.0.0:0
url=http://127.0.0.1:${url##*:}
expect_answer 200 '"OK"' /status
post /operations '{"type":"config_update","changes":[]}'
expect_equal "a service that is read-only does nothing" 403 "$status"
stop_server

certificate() { # NAME CA USAGE
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$home/$1.key" -subj "/CN=$1" 2>/dev/null |
    openssl x509 -req -days 2 -CA "$home/$2.crt" -CAkey "$home/$2.key" -CAcreateserial \
      -extfile <(printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=%s\n' "$3") -out "$home/$1.crt" 2>/dev/null
}
for ca in ca other-ca; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$home/$ca.key" -out "$home/$ca.crt" -subj "/CN=$ca" 2>/dev/null
done
certificate service ca serverAuth
certificate client ca clientAuth
certificate stranger other-ca clientAuth
tls=(--tls-certificate "$home/service.crt" --tls-key "$home/service.key")
start_server "${tls[@]}"
expect_answer 200 '"OK"' --cacert "$home/ca.crt" /status
stop_server
expect_status 1 barman serve --listen 0.0.0.0:0 "${tls[@]}"
expect_status 1 barman serve --listen 127.0.0.1:0 --tls-certificate "$home/service.crt" --tls-key "$home/client.key"
start_server --listen 0.0.0.0:0 "${tls[@]}" --client-ca "$home/ca.crt"
url=https://127.0.0.1:${url##*:}
expect_answer 200 '"OK"' --cacert "$home/ca.crt" --cert "$home/client.crt" --key "$home/client.key" /status
expect_answer 403 '{"error":"403 Forbidden: a client certificate is needed"}' --cacert "$home/ca.crt" /status
ask --cacert "$home/ca.crt" --cert "$home/stranger.crt" --key "$home/stranger.key" /status
expect_equal "nor is that of another authority accepted" 403 "$status"
ask --cacert "$home/ca.crt" --cert "$home/service.crt" --key "$home/service.key" /status
expect_equal "nor one that is not for clients" 403 "$status"
stop_server

expect_false "no secret is in the log" grep -q topsecret "$home/barman.log"
