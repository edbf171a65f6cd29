# shellcheck shell=bash disable=SC2154,SC2034,SC2317 # dir, root: of the test
# The ways to a store: TLS with a certificate of an authority of its own, proxies, and answers that are lost. Sourced by a test
# of this folder, behind programs.sh; $root is that of the sources, $dir the test's directory.

run_ways() { # ENDPOINT BUCKET
  local endpoint=$1 url=s3://$2/ways wal=$dir/000000010000000000000002
  local -a options=()
  local -x AWS_MAX_ATTEMPTS=1 AWS_CA_BUNDLE='' REQUESTS_CA_BUNDLE='' HTTP_PROXY='' HTTPS_PROXY='' NO_PROXY=''
  unset http_proxy https_proxy no_proxy all_proxy ALL_PROXY
  head -c 16777216 /dev/urandom >"$wal"
  make_certificate authority
  make_certificate here authority IP:127.0.0.1
  make_certificate elsewhere authority DNS:elsewhere.example

  start_way "$endpoint" "$dir/here.pem" "$dir/here.key"
  local tls=$way
  options=(--endpoint-url "$tls")
  is_refused 2 "certificate" -t "$url" main
  [[ $(<"$dir/refused") == *AWS_CA_BUNDLE* ]] || wrong "no word about AWS_CA_BUNDLE"
  AWS_CA_BUNDLE=$dir/authority.pem program wal-archive "$url" tls "$wal"
  REQUESTS_CA_BUNDLE=$dir/authority.pem program wal-restore "$url" tls "${wal##*/}" "$dir/got"
  cmp "$wal" "$dir/got" || wrong "what came over TLS"
  AWS_CA_BUNDLE=$dir/nothing is_refused 2 "cannot access" -t "$url" main

  start_way "$endpoint" "$dir/elsewhere.pem" "$dir/elsewhere.key"
  options=(--endpoint-url "$way")
  AWS_CA_BUNDLE=$dir/authority.pem is_refused 2 "elsewhere\|subject name\|match" -t "$url" main

  start_way -
  options=(--endpoint-url "$endpoint")
  HTTP_PROXY=$way program backup-list "$url" main >/dev/null
  [[ $(asked) == *"GET $endpoint/"* ]] || wrong "HTTP_PROXY is not asked: $(asked)"
  HTTP_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 program backup-list "$url" main >/dev/null
  HTTP_PROXY=http://name:geheim@127.0.0.1:9 is_refused 2 "cannot access" -t "$url" main
  [[ $(<"$dir/refused") != *geheim* ]] || wrong "the password of the proxy is shown"
  options=(--endpoint-url "$tls")
  AWS_CA_BUNDLE=$dir/authority.pem HTTPS_PROXY=$way program wal-restore "$url" tls "${wal##*/}" "$dir/got"
  [[ $(asked) == *"CONNECT ${tls#https://}"* ]] || wrong "HTTPS_PROXY is not asked: $(asked)"
}

# Each request in turn is done by the store, and not answered. The programs lead to $way.
survive_lost_answers() { # URL OPTION...
  local url=$1 place=$dir/lost id=20260101T000000; shift
  local -a options=("$@") as_hook=()
  take_backup_of_barman "$place"
  head -c 16777216 /dev/urandom >"$place/wal/000000010000000000000002"
  archive() { program wal-archive "$url" "w$lost_at" "$place/wal/000000010000000000000002"; }
  back_up() { "${as_hook[@]}" timeout 120 "$BARMAN_BIN_DIR/barman-cloud-backup" "${options[@]}" "$url" lost || wrong "backup"; }
  delete() { program backup-delete -b "$id" "$url" lost; }
  restore() { program restore "$url" lost "$id" "$place/restored-$lost_at"; }
  lose_each nothing archive
  lose_each nothing back_up
  lose_each nothing restore
  diff -r --exclude=pg_wal "$place/home/data" "$place/restored-1" || wrong "what was restored"
  lose_each back_up delete
  rm -rf "$place"
}
nothing() { :; }

lose_each() { # BEFORE COMMAND
  lost_at=0
  local count
  while :; do
    lost_at=$((lost_at + 1))
    tell_way clear
    "$1" >/dev/null 2>&1
    tell_way clear
    tell_way "fault?do=lose&at=$lost_at"
    "$2"
    count=$(curl --silent --noproxy '*' --max-time 20 "$way/-/count")
    ((lost_at <= count - 1)) || break
    ((lost_at < 100)) || wrong "$2 has no end"
  done
  ((lost_at > 2)) || wrong "$2 made no requests"
}
tell_way() { curl --silent --fail --noproxy '*' --max-time 20 -X POST "$way/-/$1" || wrong "the proxy does not answer"; }

# A certificate and its key, signed by itself or by an authority.
make_certificate() { # NAME [AUTHORITY SUBJECT-ALTERNATIVE-NAME]
  local -a by=(-x509 -days 2 -addext "basicConstraints=critical,CA:TRUE")
  (($# == 1)) || by=(-x509 -days 2 -CA "$dir/$2.pem" -CAkey "$dir/$2.key" -addext "subjectAltName=$3" -addext basicConstraints=CA:FALSE)
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" "${by[@]}" -keyout "$dir/$1.key" -out "$dir/$1.pem" 2>"$dir/openssl.log" ||
    { cat "$dir/openssl.log" >&2; wrong "no certificate"; }
}

ways=()
start_way() { # UPSTREAM [CERTIFICATE KEY]; sets $way
  local i
  rm -f "$dir/way"
  "$root/tests/stores/fault_proxy" "$@" >"$dir/way" 2>>"$dir/ways.log" </dev/null &
  ways+=($!)
  for ((i = 0; i < 200; i++)); do
    [[ ! -s $dir/way ]] || break
    sleep 0.1
  done
  way=$(<"$dir/way")
}
stop_ways() { ((${#ways[@]} == 0)) || kill "${ways[@]}" 2>/dev/null || true; }
asked() { curl --silent --noproxy '*' --max-time 20 "$way/-/log"; }

is_refused() { # STATUS PATTERN ARGUMENT...
  local status=$1 pattern=$2; shift 2
  refuses "$status" backup-list "$@"
  grep -q "$pattern" "$dir/refused" || { cat "$dir/refused" >&2; wrong "nothing is said of '$pattern'"; }
}
