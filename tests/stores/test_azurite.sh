#!/usr/bin/env bash
# The suite of stores, and the programs, against Azure's emulator on loopback.
# Usage: BARMAN_BIN_DIR=build/dev/bin tests/stores/test_azurite.sh    status 77 where the emulator cannot be had
set -euo pipefail
root=$(realpath "${BASH_SOURCE[0]%/*}/../..")
: "${BARMAN_BIN_DIR:?set it to the directory that holds store_suite and the programs}"
# shellcheck source=programs.sh
. "$root/tests/stores/programs.sh"
# shellcheck source=ways.sh
. "$root/tests/stores/ways.sh"
# shellcheck source=../../scripts/lib/lab.sh
. "$root/scripts/lib/lab.sh"
dir=$(mktemp -d "${TMPDIR:-/tmp}/barman-azurite.XXXXXX")
trap 'stop_ways; "$root/tests/stores/azurite" stop "$dir"; rm -rf "$dir"' EXIT
trap 'exit 143' INT TERM HUP

lab_next_port=$((30000 + $$ % 2500))
lab_free_port
port=$REPLY
AZURE_STORAGE_CONNECTION_STRING=$("$root/tests/stores/azurite" start "$dir" "$port")
export AZURE_STORAGE_CONNECTION_STRING STORE_SUITE_PROVIDER=azure-blob-storage
export STORE_SUITE_URL=http://127.0.0.1:$port/devstoreaccount1/suite
timeout 280 "$BARMAN_BIN_DIR/store_suite" --gtest_brief=1 </dev/null

# Another key is refused, and is not shown.
wrong=$(printf 'not the key' | base64)
output=$(AZURE_STORAGE_CONNECTION_STRING="AccountName=devstoreaccount1;AccountKey=$wrong;BlobEndpoint=http://127.0.0.1:$port/devstoreaccount1" \
  timeout 60 "$BARMAN_BIN_DIR/store_suite" --gtest_brief=1 --gtest_filter='*KeepsAnEmptyObject*' </dev/null 2>&1) && status=0 || status=$?
[[ $status != 0 && $output == *"403 "* && $output != *"$wrong"* ]] || { echo "a wrong key: status $status: $output" >&2; exit 1; }

run_programs "http://127.0.0.1:$port/devstoreaccount1/programs/pg" --cloud-provider azure-blob-storage
start_way "http://127.0.0.1:$port"
AZURE_STORAGE_CONNECTION_STRING=${AZURE_STORAGE_CONNECTION_STRING/http:\/\/127.0.0.1:$port/$way} \
  survive_lost_answers "$way/devstoreaccount1/programs/lost" --cloud-provider azure-blob-storage
