# shellcheck shell=bash disable=SC2154,SC2034
# For tests of the programs that work on an object store: one on loopback, which start_store starts. $LAB_STORE says of which
# kind: s3 (a Ceph object gateway; the default), azure (Microsoft's emulator), google (a fake: it shows nothing about Google).
# Sourced before common.sh, or before what sources that.
: "${LAB_STORE:=s3}"
case $LAB_STORE in
  s3)
    command -v radosgw >/dev/null || { echo "skipped: no radosgw here (scripts/install-dependencies stores)"; exit 77; }
    ;;
  azure)
    AZURITE=$("${BASH_SOURCE[0]%/*}/../stores/azurite" find) || exit
    ;;
  google) ;;
  *) echo "LAB_STORE is s3, azure or google, not '$LAB_STORE'" >&2; exit 2 ;;
esac
export LAB_STORE AZURITE LAB_CLOUD=1

# Sets $store, its address, $provider, ${store_options[@]}, by which the programs are led there, and ${store_settings[@]}, by
# which servers are; the rest is in the environment. It ends with the laboratory, whose mark its processes carry.
start_store() {
  mkdir "$LAB_DIR/store"
  case $LAB_STORE in
    s3) start_gateway ;;
    azure) start_emulator ;;
    google) start_fake ;;
  esac
}

start_gateway() {
  local port
  lab_free_port
  port=$REPLY
  lab_free_port # the gateway's monitor takes the next one
  store=$("$lab_root/tests/stores/radosgw" start "$LAB_DIR/store" "$port" 2>"$LAB_DIR/log/radosgw.log") ||
    failed "the object store does not start" "$(tail -n 20 "$LAB_DIR/log/radosgw.log")"
  provider=aws-s3 store_options=(--endpoint-url "$store")
  store_settings=("aws_endpoint_url = $store" "aws_addressing_style = path")
  export AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret AWS_DEFAULT_REGION=us-east-1
  export AWS_EC2_METADATA_DISABLED=true
}

start_emulator() {
  lab_free_port
  AZURE_STORAGE_CONNECTION_STRING=$("$lab_root/tests/stores/azurite" start "$LAB_DIR/store" "$REPLY" 2>"$LAB_DIR/log/azurite.log") ||
    failed "the object store does not start" "$(tail -n 20 "$LAB_DIR/log/azurite.log")"
  export AZURE_STORAGE_CONNECTION_STRING
  store=http://127.0.0.1:$REPLY/devstoreaccount1
  provider=azure-blob-storage store_options=(--cloud-provider azure-blob-storage) store_settings=()
}

start_fake() {
  "$lab_root/tests/stores/fake_gcs" >"$LAB_DIR/store/url" 2>"$LAB_DIR/log/fake_gcs.log" </dev/null &
  lab_wait_for 30 "the fake store" test -s "$LAB_DIR/store/url"
  store=$(<"$LAB_DIR/store/url")
  export STORAGE_EMULATOR_HOST=$store GOOGLE_CLOUD_PROJECT=lab
  provider=google-cloud-storage store_options=(--cloud-provider google-cloud-storage) store_settings=()
}

# The URL of a place in the store.
url_of() { # BUCKET/PATH
  case $LAB_STORE in
    s3) echo "s3://$1" ;;
    azure) echo "https://devstoreaccount1.blob.core.windows.net/$1" ;;
    google) echo "gs://$1" ;;
  esac
}

# A bucket as messages name it.
bucket_name() { # BUCKET
  case $LAB_STORE in
    azure) echo "$store/$1" ;;
    *) url_of "$1" ;;
  esac
}

# From here on a server, or everybody where the environment says it, does not reach the store; and again.
lead_astray() { # SERVER
  lead_to "$1" http://127.0.0.1:1
}
lead_back() { # SERVER
  lead_to "$1" "$store"
}
lead_to() { # SERVER ADDRESS
  case $LAB_STORE in
    s3) sed -i "s,^aws_endpoint_url = .*,aws_endpoint_url = $2," "$LAB_DIR/etc/barman.d/$1.conf" ;;
    azure) AZURE_STORAGE_CONNECTION_STRING=${AZURE_STORAGE_CONNECTION_STRING%BlobEndpoint=*}BlobEndpoint=$2\; ;;
    google) STORAGE_EMULATOR_HOST=$2 ;;
  esac
}

# barman-cloud-PROGRAM on that store.
cloud() { # PROGRAM ARGUMENT...
  local program=$1; shift
  "barman-cloud-$program" "${store_options[@]}" "$@"
}

# A base backup of a cluster of the laboratory. Sets $backup to its id.
cloud_backup() { # CLUSTER URL SERVER [OPTION...]
  local cluster=$1 url=$2 server=$3; shift 3
  run cloud backup -h 127.0.0.1 -p "${LAB_PORT[$cluster]}" -U postgres --immediate-checkpoint "$@" "$url" "$server"
  backup=$(cloud backup-list --format json "$url" "$server" |
    grep -o '"backup_id": "[0-9T]*"' | tail -n 1 | grep -o '[0-9]*T[0-9]*')
}

# What lies below a prefix, as the store itself lists it.
objects() { # BUCKET PREFIX
  case $LAB_STORE in
    s3)
      radosgw-admin -c "$LAB_DIR/store/ceph.conf" bucket list --bucket "$1" --max-entries 10000 2>/dev/null |
        sed -n 's/^ *"name": "\(.*\)",$/\1/p'
      ;;
    azure) ask_store GET "$1?restype=container&comp=list" | grep -o '<Name>[^<]*' | sed 's/<Name>//' ;;
    google) ask_store GET "storage/v1/b/$1/o?prefix=$2" | grep -o '"name": "[^"]*' | sed 's/.*"//' ;;
  esac | grep "^$2" || true
}

remove_object() { # BUCKET KEY
  case $LAB_STORE in
    s3) radosgw-admin -c "$LAB_DIR/store/ceph.conf" object rm --bucket "$1" --object "$2" >/dev/null 2>&1 ;;
    azure) ask_store DELETE "$1/$2?" ;;
    google) ask_store DELETE "storage/v1/b/$1/o/${2//\//%2F}" ;;
  esac
}

# A request of the test's own; to the emulator with a signature for the account.
ask_store() { # METHOD PATH-AND-QUERY
  local signature='' until=2099-01-01T00:00:00Z key=${AZURE_STORAGE_CONNECTION_STRING:-}
  if [[ $LAB_STORE == azure ]]; then
    key=${key#*AccountKey=}
    key=$(base64 -d <<<"${key%%;*}" | od -An -v -tx1 | tr -d ' \n')
    signature=$(printf 'devstoreaccount1\nrld\nb\nsco\n\n%s\n\n\n2019-12-12\n' "$until" |
      openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
    signature="&sv=2019-12-12&ss=b&srt=sco&sp=rld&se=$until&sig=$signature"
  fi
  curl --silent --show-error --fail --noproxy '*' --max-time 20 -X "$1" "$store/$2$signature" ||
    failed "the store does not answer" "$1 $2"
}
