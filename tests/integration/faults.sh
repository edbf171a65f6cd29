# shellcheck shell=bash disable=SC2034
# For tests of the cloud programs on bad days: tests/stores/fault_proxy between them and the store. Sourced behind
# object_store.sh; after start_store and start_proxy the word `cloud` goes through the proxy.
# What the programs print goes nowhere near the secrets that they are given.
secrets=(testsecret)

# Sets $proxy, its URL; $direct is that of the store.
start_proxy() {
  direct=$store
  launch_proxy "$store"
  store=$proxy
  store_options=(--endpoint-url "$store")
}

launch_proxy() { # UPSTREAM [CERTIFICATE KEY]
  local url=$LAB_DIR/tmp/proxy.$BASHPID.$RANDOM
  # shellcheck disable=SC2154 # of lab.sh
  "$lab_root/tests/stores/fault_proxy" "$@" >"$url" 2>>"$LAB_DIR/log/fault_proxy.log" </dev/null &
  lab_wait_for 20 "the proxy" test -s "$url"
  proxy=$(<"$url")
}

# What the proxy is to do: see there. Words NAME=VALUE.
fault() { # DO [NAME=VALUE...]
  local kind=$1 word; shift
  local -a data=(--data-urlencode "do=$kind")
  for word in "$@"; do data+=(--data-urlencode "$word"); done
  ask_proxy -G -X POST "${data[@]}" "$proxy/-/fault"
}
no_faults() { ask_proxy -X POST "$proxy/-/clear"; }
requests() { ask_proxy "$proxy/-/count"; }
request_log() { ask_proxy "$proxy/-/log"; }
ask_proxy() {
  curl --silent --show-error --fail --insecure --noproxy '*' --max-time 20 "$@" || failed "the proxy does not answer" "$*"
}

# A request of the test's own, past the proxy.
raw() { # METHOD PATH-AND-QUERY [CURL OPTION...]
  local method=$1 path=$2; shift 2
  curl --silent --show-error --max-time 30 -X "$method" --aws-sigv4 aws:amz:us-east-1:s3 --user testkey:testsecret \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@" "$direct/$path"
}

keys_of() { # PREFIX
  raw GET "lab?list-type=2&prefix=${1//\//%2F}" | grep -o '<Key>[^<]*' | sed 's/<Key>//' || true
}

open_uploads() { # BUCKET
  raw GET "$1?uploads=" | grep -o '<Key>[^<]*' | sed 's/<Key>//' || true
}

no_secrets() { # TEXT
  local secret
  for secret in "${secrets[@]}"; do
    [[ $1 != *"$secret"* ]] || failed "a secret is shown" "$1"
  done
}

# Processes of the programs under test that are still there.
left_over() {
  local pid
  while read -r pid; do
    ! grep -qsE '^barman-cloud|^tar$' "/proc/$pid/comm" || echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
  done < <(lab_marked_processes)
}

# Nobody but the test is connected to cluster `source`.
expect_idle() { # WHAT
  lab_try_for 5 no_sessions || failed "$1: a session is left on PostgreSQL"
}
no_sessions() { [[ $(lab_sql source "select count(*) from pg_stat_activity where backend_type = 'client backend'") == 1 ]]; }
