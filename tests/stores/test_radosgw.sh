#!/usr/bin/env bash
# The suite of stores, what only S3 has, the programs, and TLS and proxies, with a Ceph object gateway on loopback.
# Usage: BARMAN_BIN_DIR=build/dev/bin tests/stores/test_radosgw.sh    status 77 where no gateway is installed
set -euo pipefail
root=$(realpath "${BASH_SOURCE[0]%/*}/../..")
# shellcheck source=../../scripts/lib/lab.sh
. "$root/scripts/lib/lab.sh"
: "${BARMAN_BIN_DIR:?set it to the directory that holds store_suite, store_s3 and the programs}"
# shellcheck source=programs.sh
. "$root/tests/stores/programs.sh"
# shellcheck source=ways.sh
. "$root/tests/stores/ways.sh"
command -v radosgw >/dev/null || { echo "NOT TESTED: no radosgw here (scripts/install-dependencies stores)"; exit 77; }

# The gateway runs as an ordinary user, from files that this user can read.
dir=$(mktemp -d /tmp/barman-radosgw.XXXXXX)
as_user=()
if ((EUID == 0)); then
  lab_ensure_account
  chown "$lab_account:" "$dir"
  as_user=(setpriv --reuid="$lab_account" --regid="$(id -g "$lab_account")" --init-groups)
fi
cp "$root/tests/stores/radosgw" "$BARMAN_BIN_DIR"/{store_suite,store_s3} "$dir/"
cd "$dir"
export HOME=$dir TMPDIR=$dir
trap 'stop_ways; "${as_user[@]}" ./radosgw stop "$dir"; rm -rf "$dir"' EXIT
trap 'exit 143' INT TERM HUP

lab_next_port=$((20000 + $$ % 5000 * 2))
lab_free_port
port=$REPLY
STORE_SUITE_ENDPOINT=$(timeout 200 "${as_user[@]}" ./radosgw start "$dir" "$port" 2>>"$dir/start.log") ||
  { cat "$dir/start.log" >&2; exit 1; }
export STORE_SUITE_ENDPOINT STORE_SUITE_PROVIDER=aws-s3 STORE_SUITE_URL=s3://suite STORE_SUITE_MANY=2300
export AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
for program in store_suite store_s3; do
  timeout 250 "${as_user[@]}" "./$program" --gtest_brief=1 </dev/null
done
run_programs s3://programs/pg --endpoint-url "$STORE_SUITE_ENDPOINT"
run_ways "$STORE_SUITE_ENDPOINT" programs
