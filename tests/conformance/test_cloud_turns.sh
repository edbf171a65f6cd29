#!/usr/bin/env bash
# Barman's cloud programs and ours in turns on one bucket of a Ceph object gateway: WAL of each restored by the other in
# every compression, the same listings, keeps and deletions.
# Usage: BARMAN_BIN_DIR=build/dev/bin tests/conformance/test_cloud_turns.sh    status 77 without gateway or reference
set -euo pipefail
root=$(realpath "${BASH_SOURCE[0]%/*}/../..")
# shellcheck source=../../scripts/lib/lab.sh
. "$root/scripts/lib/lab.sh"
: "${BARMAN_BIN_DIR:?set it to the directory that holds the programs}"
: "${BARMAN_REFERENCE_BIN:=$root/build/reference/bin}"
command -v radosgw >/dev/null || { echo "skipped: no radosgw here (scripts/install-dependencies stores)"; exit 77; }
[[ -x $BARMAN_REFERENCE_BIN/barman-cloud-backup-list ]] || { echo "skipped: no cloud programs of the reference"; exit 77; }

dir=$(mktemp -d /tmp/barman-cloud-turns.XXXXXX)
as_user=()
if ((EUID == 0)); then
  lab_ensure_account
  as_user=(setpriv --reuid="$lab_account" --regid="$(id -g "$lab_account")" --init-groups)
fi
mkdir "$dir/store"
cp "$root/tests/stores/radosgw" "$dir/"
((EUID != 0)) || chown -R "$lab_account:" "$dir"
trap 'HOME=$dir/store "${as_user[@]}" "$dir/radosgw" stop "$dir/store"; rm -rf "$dir"' EXIT
trap 'exit 143' INT TERM HUP
port=$((20000 + $$ % 5000 * 2))
endpoint=$(cd "$dir" && HOME=$dir/store timeout 200 "${as_user[@]}" ./radosgw start "$dir/store" "$port" 2>>"$dir/start.log") ||
  { cat "$dir/start.log" >&2; exit 1; }
export AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
url=s3://turns/some/path

on() { # ours|reference PROGRAM ARGUMENT...
  local bin=$BARMAN_BIN_DIR program=$2
  [[ $1 == ours ]] || bin=$BARMAN_REFERENCE_BIN
  shift 2
  timeout 120 "$bin/barman-cloud-$program" --endpoint-url "$endpoint" "$@"
}
failed=0
verdict() { # STATUS CASE
  (($1 == 0)) && echo "  ok: $2" && return
  echo "DIFFERS: $2"
  failed=1
}
# Status, both streams, without the times and pids of log lines. JSON: as a value.
answer() { # ours|reference PROGRAM ARGUMENT...
  local status=0
  on "$@" >"$dir/out" 2>"$dir/err" || status=$?
  if [[ " $* " == *" json "* ]]; then
    python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin, parse_int=float), sort_keys=True, indent=1))' <"$dir/out"
  else
    cat "$dir/out"
  fi
  sed -E 's/^[-0-9]+ [0-9:,]+ \[[0-9]+\] //' "$dir/err"
  echo "status $status"
}
same() { # PROGRAM ARGUMENT...
  answer reference "$@" >"$dir/wanted"
  answer ours "$@" >"$dir/got"
  local status=0
  diff "$dir/wanted" "$dir/got" || status=1
  verdict $status "$*"
}
objects() { # KEY-PREFIX: what is in the bucket
  python3 - "$endpoint" "$1" <<'P'
import boto3, sys
for page in boto3.client("s3", endpoint_url=sys.argv[1]).get_paginator("list_objects_v2").paginate(Bucket="turns", Prefix=sys.argv[2]):
    for item in page.get("Contents", []):
        print(item["Key"])
P
}
# Three backups that begin at WAL 3, 5 and 7, without content.
store_backups() { # SERVER
  python3 - "$endpoint" "$1" <<'P'
import boto3, sys
store = boto3.client("s3", endpoint_url=sys.argv[1])
entry = """backup_label=None
backup_name=name{seg}
begin_offset=40
begin_time=2026-11-0{seg} 11:25:57.049865+00:00
begin_wal=00000001000000000000000{seg}
begin_xlog=0/{seg}000028
cluster_size=35651584
copy_stats={{'total_time': 5.5, 'copy_time': 4.25, 'number_of_workers': 2}}
data_checksums=on
end_offset=312
end_time=2026-11-0{seg} 11:26:02.801900+00:00
end_wal=00000001000000000000000{seg}
end_xlog=0/{seg}000138
pgdata=/tmp/pg
server_name=cloud
status=DONE
systemid=7713181047393061640
tablespaces=[('tbs1', 16386, '/tmp/ts1')]
timeline=1
version=150018
xlog_segment_size=16777216
"""
for seg in (3, 5, 7):
    place = f"some/path/{sys.argv[2]}/base/2026110{seg}T100000/"
    for name in ("data.tar.gz", "data_0001.tar.gz", "16386.tar.gz"):
        store.put_object(Bucket="turns", Key=place + name, Body=b"x")
    store.put_object(Bucket="turns", Key=place + "backup.info", Body=entry.format(seg=seg).encode())
for seg in range(1, 9):
    store.put_object(Bucket="turns", Key=f"some/path/{sys.argv[2]}/wals/0000000100000000/00000001000000000000000{seg}.gz", Body=b"x")
P
}
make_segment() { # NUMBER FILE: 16 MiB with the header of PostgreSQL 15
  python3 - "$1" "$2" <<'P'
import random, struct, sys
size, number = 16 << 20, int(sys.argv[1])
head = struct.pack("<HHIQIxxxxQII", 0xD110, 2, 1, size * number, 0, 7713181047393061640, size, 8192)
body = random.Random(number).randbytes(1 << 20)
open(sys.argv[2], "wb").write((head + body).ljust(size, b"x"))
P
}

on ours check-wal-archive "$url" main # makes the bucket

number=0
for writer in ours reference; do
  reader=reference
  [[ $writer == ours ]] || reader=ours
  for option in '' --gzip --bzip2 --xz --zstd --lz4 --snappy; do
    # Debian's python3-snappy does not work with Debian's Python.
    [[ $option != --snappy ]] || python3 -c 'import snappy; snappy.StreamCompressor().compress(b"x")' 2>/dev/null || continue
    number=$((number + 1))
    name=$(printf '0000000100000000000000%02X' $number)
    make_segment $number "$dir/$name"
    status=0
    on $writer wal-archive ${option:+"$option"} "$url" main "$dir/$name" || status=1
    on $reader wal-restore "$url" main "$name" "$dir/restored" || status=1
    cmp "$dir/$name" "$dir/restored" || status=1
    verdict $status "$reader restores what $writer archived ${option:-without compression}"
    rm -f "$dir/$name" "$dir/restored"
  done
done
same check-wal-archive --timeline 1 "$url" main
same check-wal-archive --timeline 2 "$url" main
same wal-restore "$url" main 0000000100000000000000EE "$dir/restored"
same wal-restore "$url" main nonsense "$dir/restored"
same backup-list "$url" nobody

store_backups lab
on ours backup-keep --target standalone "$url" lab 20261103T100000
on reference backup-keep --target full "$url" lab name5
for format in console json; do
  same backup-list --format $format "$url" lab
  same backup-show --format $format "$url" lab name5
  same backup-show --format $format "$url" lab latest
done
same backup-show "$url" lab 20200101T000000
same backup-show "$url" lab nosuch
same backup-keep -s "$url" lab 20261103T100000
same backup-keep -s "$url" lab name5
same backup-delete -b name5 "$url" lab
same backup-delete --dry-run -r 'REDUNDANCY 1' "$url" lab
on reference backup-keep -r "$url" lab 20261103T100000
on ours backup-keep -r "$url" lab name5
same backup-delete -b name5 -m 3 "$url" lab
same backup-delete --dry-run -b 20261103T100000 "$url" lab
same backup-delete --dry-run -r 'REDUNDANCY 1' "$url" lab
same backup-delete -b 20200101T000000 "$url" lab
same backup-delete -r 'FOO 1' "$url" lab
same backup-list -t s3://nosuch/path lab

# The same deletions, each by one of them, leave the same.
for side in ours reference; do
  store_backups "by-$side"
  on $side backup-delete -b 20261103T100000 "$url" "by-$side"
  objects "some/path/by-$side/" | sed "s/by-$side/by/" >"$dir/left-$side"
  on $side backup-delete -r 'REDUNDANCY 1' "$url" "by-$side"
  objects "some/path/by-$side/" | sed "s/by-$side/by/" >>"$dir/left-$side"
done
status=0
diff "$dir/left-reference" "$dir/left-ours" || status=1
[[ -s $dir/left-ours ]] || status=1
verdict $status "what deletions leave"

exit $failed
