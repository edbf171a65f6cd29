#!/usr/bin/env bash
# The suite of stores, and the programs, against a fake of Google Cloud Storage: it shows the logic of the client, nothing about Google.
# Usage: BARMAN_BIN_DIR=build/dev/bin tests/stores/test_fake_gcs.sh
set -euo pipefail
root=$(realpath "${BASH_SOURCE[0]%/*}/../..")
: "${BARMAN_BIN_DIR:?set it to the directory that holds store_suite and the programs}"
# shellcheck source=programs.sh
. "$root/tests/stores/programs.sh"
# shellcheck source=ways.sh
. "$root/tests/stores/ways.sh"
dir=$(mktemp -d "${TMPDIR:-/tmp}/barman-fake-gcs.XXXXXX")
python3 "$root/tests/stores/fake_gcs" >"$dir/url" 2>"$dir/log" </dev/null &
server=$!
trap 'stop_ways; kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 143' INT TERM HUP
for ((i = 0; i < 300; i++)); do
  [[ -s $dir/url ]] && break
  kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.1
done
STORAGE_EMULATOR_HOST=$(<"$dir/url")
export STORAGE_EMULATOR_HOST STORE_SUITE_PROVIDER=google-cloud-storage STORE_SUITE_URL=gs://suite
timeout 280 "$BARMAN_BIN_DIR/store_suite" --gtest_brief=1 </dev/null || { cat "$dir/log" >&2; exit 1; }
GOOGLE_CLOUD_PROJECT=lab run_programs gs://programs/pg --cloud-provider google-cloud-storage
start_way "$STORAGE_EMULATOR_HOST"
STORAGE_EMULATOR_HOST=$way survive_lost_answers gs://programs/lost --cloud-provider google-cloud-storage
