# shellcheck shell=bash disable=SC2154,SC2034
# What the rows of the object store work on: Ceph object gateways on loopback, with their objects in a sparse file or in
# memory, in a bucket 'bench'. Requests of the bare work are curl's.

declare -A bench_stores=() # PLACE: URL

# Sets $store, its URL, and $store_curl. In memory where what is restored would be written to the disk that it is read
# from: a store has disks of its own.
start_bench_store() { # PLACE: file, or memory
  local place=$1 port
  local -A bytes=([file]=$((20 << 30)) [memory]=$(((3 << 30) * ${BENCH_SCALE:-1})))
  store=${bench_stores[$place]:-}
  [[ -z $store ]] || return 0
  lab_free_port
  port=$REPLY
  lab_free_port # the gateway's monitor takes the next one
  mkdir "$LAB_DIR/store-$place"
  store=$(RADOSGW_BYTES=${bytes[$place]} RADOSGW_PLACE=$place "$lab_root/tests/stores/radosgw" start "$LAB_DIR/store-$place" "$port" \
    2>"$LAB_DIR/log/radosgw-$place.log") || lab_fail "the object store does not start: $(tail -n 20 "$LAB_DIR/log/radosgw-$place.log")"
  bench_stores[$place]=$store
  export AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret AWS_DEFAULT_REGION=us-east-1
  export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
  store_curl=(curl --silent --show-error --fail --max-time 900 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"
    --aws-sigv4 "aws:amz:$AWS_DEFAULT_REGION:s3" --header "x-amz-content-sha256: UNSIGNED-PAYLOAD")
  "${store_curl[@]}" --request PUT "$store/bench"
  # The gateway makes its pools when the first object comes.
  "${store_curl[@]}" --upload-file "$LAB_DIR/store-$place/ceph.conf" "$store/bench/first"
}

# What is stored under a key, on standard output.
stored() { # KEY
  "${store_curl[@]}" "$store/bench/$1"
}

# barman-cloud-PROGRAM of a side.
timed_cloud() { # [--any-status] SIDE PROGRAM ARGUMENT...
  local any=() side program
  if [[ $1 == --any-status ]]; then any=("$1"); shift; fi
  side=$1 program=$2; shift 2
  timed "${any[@]}" "${bench_program[$side]}/barman-cloud-$program" --endpoint-url "$store" "$@"
}
cloud_of() { # SIDE PROGRAM ARGUMENT...
  local program=${bench_program[$1]}/barman-cloud-$2; shift 2
  "$program" --endpoint-url "$store" "$@"
}

# Several requests by one curl; its configuration comes from standard input.
many_requests() { # CONNECTIONS [COMMAND...]: the command that runs it
  local connections=$1; shift
  cat >"$LAB_DIR/tmp/requests"
  "$@" "${store_curl[@]}" --parallel --parallel-max "$connections" --no-progress-meter --config "$LAB_DIR/tmp/requests"
}

# Lines "KEY TAB FILE": puts the file under the key.
put_all() {
  awk -F '\t' -v url="$store/bench" '{ printf "url = \"%s/%s\"\nupload-file = \"%s\"\noutput = \"/dev/null\"\n", url, $1, $2 }' |
    many_requests 24
}

# ---- A server of many backups --------------------------------------------------------------------------------------------

# Server 'many' in s3://bench/catalogue: $stored_backups backups without content, one a day, each with the first two of a
# hundred segments.
make_stored_catalogue() {
  local directory=$LAB_DIR/tmp/entries number id
  [[ -z ${stored_backups:-} ]] || return 0
  start_bench_store file
  stored_backups=$(size 759 8)
  echo "building: $stored_backups backups in the store, and $((stored_backups * 100)) WAL files" >&2
  mkdir "$directory"
  printf x >"$directory/object"
  for ((number = 0; number < stored_backups; number++)); do
    id=$(stored_id "$number")
    index_backup "$id" $((number * 100 + 1)) $((number * 100 + 2)) >"$directory/$id"
    printf 'catalogue/many/base/%s/%s\t%s\n' "$id" backup.info "$directory/$id" "$id" data.tar.gz "$directory/object"
  done | put_all
  stored_wal | awk -v file="$directory/object" '{ printf "%s\t%s\n", $0, file }' | put_all
}

stored_id() { # NUMBER
  date -u -d "2024-01-01 + $1 days" +%Y%m%dT000000
}

stored_wal() {
  awk -v files=$((stored_backups * 100)) 'BEGIN {
    for (i = 1; i <= files; i++)
      printf "catalogue/many/wals/00000001%08X/00000001%08X%08X.gz\n", i / 256, i / 256, i % 256
  }'
}

# The requests that list all of it, a thousand keys each: as if it were known where each page begins.
listing_of_stored_wal() {
  stored_wal | awk -v url="$store/bench?list-type=2&max-keys=1000&prefix=catalogue%2Fmany%2Fwals%2F" '
    NR == 1 { printf "url = \"%s\"\noutput = \"/dev/null\"\n", url }
    NR % 1000 == 0 { gsub("/", "%2F"); printf "url = \"%s&start-after=%s\"\noutput = \"/dev/null\"\n", url, $0 }'
}
