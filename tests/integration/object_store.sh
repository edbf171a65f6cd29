# shellcheck shell=bash
# For tests of the programs that work on an object store: one that speaks S3, on loopback. Sourced before common.sh, or
# before what sources that; the store is started by start_store.
command -v radosgw >/dev/null || { echo "skipped: no radosgw here (scripts/install-dependencies stores)"; exit 77; }
export LAB_CLOUD=1

# Sets $store, its URL. It ends with the laboratory, whose mark its processes carry.
start_store() {
  local port
  lab_free_port
  port=$REPLY
  lab_free_port # the gateway's monitor takes the next one
  mkdir "$LAB_DIR/store"
  # shellcheck disable=SC2154 # of lab.sh
  store=$("$lab_root/tests/stores/radosgw" start "$LAB_DIR/store" "$port" 2>"$LAB_DIR/log/radosgw.log") ||
    failed "the object store does not start" "$(tail -n 20 "$LAB_DIR/log/radosgw.log")"
  export AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret AWS_DEFAULT_REGION=us-east-1
  export AWS_EC2_METADATA_DISABLED=true
}

# barman-cloud-PROGRAM on that store.
cloud() { # PROGRAM ARGUMENT...
  local program=$1; shift
  "barman-cloud-$program" --endpoint-url "$store" "$@"
}

# A base backup of a cluster of the laboratory. Sets $backup to its id.
cloud_backup() { # CLUSTER URL SERVER [OPTION...]
  local cluster=$1 url=$2 server=$3; shift 3
  run cloud backup -h 127.0.0.1 -p "${LAB_PORT[$cluster]}" -U postgres --immediate-checkpoint "$@" "$url" "$server"
  # shellcheck disable=SC2034
  backup=$(cloud backup-list --format json "$url" "$server" |
    grep -o '"backup_id": "[0-9T]*"' | tail -n 1 | grep -o '[0-9]*T[0-9]*')
}

# What lies below a prefix, as the gateway itself lists it.
objects() { # BUCKET PREFIX
  radosgw-admin -c "$LAB_DIR/store/ceph.conf" bucket list --bucket "$1" --max-entries 10000 2>/dev/null |
    sed -n 's/^ *"name": "\(.*\)",$/\1/p' | grep "^$2" || true
}
