# shellcheck shell=bash disable=SC2154,SC2034
# The rows of the object store, a function each; common.sh says what its steps are.

# ---- WAL ------------------------------------------------------------------------------------------------------------------

# PostgreSQL calls it for each segment: a process each.
row_cloud_wal_archive() { # STEP SIDE TURN CODEC
  local codec=$4 server=$2$3$4 segment=${wal:-}/${segments[0]:-}
  local -a options=()
  local -A extension=([none]='' [zstd]=.zst)
  [[ $codec == none ]] || options=("--$codec")
  case $1:$2 in
    prepare:*)
      make_wal
      start_bench_store file
      ;;
    work:bound) timed_put "$segment" "$codec" "$store/bench/bound/$server" ;;
    work:*) timed_cloud "$2" wal-archive "${options[@]}" s3://bench/wal "$server" "$segment" ;;
    after:*)
      stored "wal/$server/wals/${segments[0]:0:16}/${segments[0]}${extension[$codec]}" | unpack "$codec" /dev/stdin |
        cmp -s - "$segment" || wrong "another content"
      ;;
  esac
}

timed_put() { # FILE CODEC URL
  local put=("${store_curl[@]}" --output /dev/null --upload-file)
  if [[ $2 == none ]]; then
    timed "${put[@]}" "$1" "$3"
  else
    # shellcheck disable=SC2016
    timed sh -c 'zstd -4 -q -f "$1" -o "$2" && file=$2 && url=$3 && shift 3 && exec "$@" "$file" "$url"' \
      put "$1" "$LAB_DIR/tmp/packed-segment" "$3" "${put[@]}"
  fi
}

row_cloud_wal_restore() { # STEP SIDE
  local target=$LAB_DIR/tmp/fetched-segment
  case $1:$2 in
    prepare:*)
      make_wal
      start_bench_store file
      cloud_of ours wal-archive s3://bench/wal fetched "$wal/${segments[0]}"
      ;;
    before:*) rm -f "$target" ;;
    work:bound)
      timed "${store_curl[@]}" --output "$target" "$store/bench/wal/fetched/wals/${segments[0]:0:16}/${segments[0]}"
      ;;
    work:*) timed_cloud "$2" wal-restore s3://bench/wal fetched "${segments[0]}" "$target" ;;
    after:*) cmp -s "$wal/${segments[0]}" "$target" || wrong "another content" ;;
  esac
}

# ---- Backups --------------------------------------------------------------------------------------------------------------

declare -A archive_extension=([none]='' [zstd]=.zst [lz4]=.lz4 [gzip]=.gz)
declare -A restored_backup=()

# One backup a server: sets $stored_backup to its id.
find_stored_backup() { # SERVER
  stored_backup=$(cloud_of ours backup-list --format json s3://bench/base "$1" | sed -n 's/.*"backup_id": "\([0-9T]*\)".*/\1/p')
  [[ -n $stored_backup ]] || wrong "no backup in the store" "$complained"
}

row_cloud_backup() { # STEP SIDE TURN CODEC
  local codec=$4 server=$2$3$4 unpacked=$LAB_DIR/restore/unpacked
  local -a options=()
  [[ $codec == none ]] || options=("--$codec")
  case $1:$2 in
    prepare:*)
      make_big_cluster
      start_bench_store file
      [[ $codec != none ]] || make_parts
      ;;
    work:bound) timed_bare_backup "$codec" ;;
    work:*)
      timed_cloud "$2" backup -h 127.0.0.1 -p "${LAB_PORT[big]}" -U postgres --immediate-checkpoint "${options[@]}" s3://bench/base "$server"
      ;;
    after:*)
      find_stored_backup "$server"
      if (($3 == 1)); then
        set_aside "$unpacked"
        mkdir "$unpacked"
        stored "base/$server/base/$stored_backup/data.tar${archive_extension[$codec]}" | unpack "$codec" /dev/stdin |
          tar -C "$unpacked" -xf - || wrong "the archive cannot be read"
        expect_same_tables "$unpacked"
      fi
      cloud_of ours backup-delete -b "$stored_backup" s3://bench/base "$server"
      ;;
  esac
}

# The bytes of an archive without compression, in files of a part each.
make_parts() {
  [[ ! -e $LAB_DIR/tmp/parts ]] || return 0
  mkdir "$LAB_DIR/tmp/parts"
  tar -C "${LAB_DATA[big]}" --exclude './pg_wal/*' -cf - . | split -b 20M - "$LAB_DIR/tmp/parts/part."
}

# Without compression the parts by two connections, as the programs have them, of an upload that is given up afterwards, each
# with its SHA-256, which the store compares with what has arrived; with it, what reads and compresses all files, and sends
# nothing.
timed_bare_backup() { # CODEC
  local -A packer=([zstd]='zstd -3 -T0 -q' [lz4]='lz4 -1 -q' [gzip]='gzip -6')
  local upload
  if [[ $1 != none ]]; then
    # shellcheck disable=SC2016
    timed sh -c 'tar -C "$1" --exclude "./pg_wal/*" -cf - . | '"${packer[$1]}"' >/dev/null' pack "${LAB_DATA[big]}"
    return
  fi
  upload=$("${store_curl[@]}" --request POST "$store/bench/bound/parts?uploads=" | sed -n 's:.*<UploadId>\(.*\)</UploadId>.*:\1:p')
  cat >"$LAB_DIR/tmp/put-parts" <<'END'
find "$1" -type f -print0 | xargs -0 -n 8 -P 2 openssl dgst -sha256 -r |
  awk -v url="$2" -v id="$3" '{
    if (NR > 1) print "next"
    printf "url = \"%s?partNumber=%d&uploadId=%s\"\nupload-file = \"%s\"\noutput = \"/dev/null\"\n", url, NR, id, substr($2, 2)
    printf "user = \"%s:%s\"\n", ENVIRON["AWS_ACCESS_KEY_ID"], ENVIRON["AWS_SECRET_ACCESS_KEY"]
    printf "aws-sigv4 = \"aws:amz:%s:s3\"\nheader = \"x-amz-content-sha256: %s\"\n", ENVIRON["AWS_DEFAULT_REGION"], $1
    print "fail\nsilent\nshow-error\nmax-time = 900" }' |
  curl --parallel --parallel-max 2 --no-progress-meter --config -
END
  timed bash -euo pipefail "$LAB_DIR/tmp/put-parts" "$LAB_DIR/tmp/parts" "$store/bench/bound/parts" "$upload"
  "${store_curl[@]}" --request DELETE "$store/bench/bound/parts?uploadId=$upload"
}

# The second copy of a catalogue's only backup, each time to another place.
row_cloud_copy() { # STEP SIDE TURN
  case $1:$2 in
    prepare:*)
      make_big_cluster
      start_bench_store file
      make_parts
      make_site copied
      copy_to none
      make_server_directories "$(site_home copied)" main
      begin_archiving big copied
      barman_of ours copied backup --wait --wait-timeout 60 main >"$LAB_DIR/log/backup.log" 2>&1 || lab_fail "no backup: $(<"$LAB_DIR/log/backup.log")"
      ;;
    before:*) copy_to "$2$3" ;;
    work:bound) timed_bare_backup none ;;
    work:*) timed_barman "$2" copied cloud-copy main ;;
    after:*)
      barman_of ours copied list-backups main >"$said"
      grep -q ' - COPIED$' "$said" || wrong "it is not copied" "$said"
      ;;
  esac
}

copy_to() { # PLACE
  add_server copied main "conninfo = host=127.0.0.1 port=${LAB_PORT[big]} user=barman dbname=postgres" \
    "backup_method = local-rsync" "archiver = on" "parallel_jobs = 2" "cloud_copy = s3://bench/copies/$1" \
    "aws_endpoint_url = $store" "aws_addressing_style = path"
}

row_cloud_restore() { # STEP SIDE TURN CODEC [PLACE]: of the store's objects
  local codec=$4 place=${5:-memory} server=restored-$4 target=$LAB_DIR/restore/stored
  local -A unpacker=([none]=cat [zstd]='zstd -dcq' [lz4]='lz4 -dcq' [gzip]='gzip -dc')
  local -a options=()
  [[ $codec == none ]] || options=("--$codec")
  case $1:$2 in
    prepare:*)
      make_big_cluster
      start_bench_store "$place"
      cloud_of ours backup -h 127.0.0.1 -p "${LAB_PORT[big]}" -U postgres --immediate-checkpoint "${options[@]}" s3://bench/base "$server"
      find_stored_backup "$server"
      restored_backup[$codec-$place]=$stored_backup
      ;;
    before:*)
      set_aside "$target"
      [[ $2 != bound ]] || mkdir "$target"
      ;;
    work:bound)
      # shellcheck disable=SC2016
      timed sh -c 'target=$1; shift; "$@" | '"${unpacker[$codec]}"' | tar -C "$target" -xf -' fetch "$target" "${store_curl[@]}" \
        "$store/bench/base/$server/base/${restored_backup[$codec-$place]}/data.tar${archive_extension[$codec]}"
      ;;
    work:*) timed_cloud "$2" restore s3://bench/base "$server" "${restored_backup[$codec-$place]}" "$target" ;;
    after:*)
      expect_same_tables "$target"
      [[ -e $target/global/pg_control && -e $target/backup_label ]] || wrong "no cluster"
      ;;
  esac
}

# ---- A server of many backups ---------------------------------------------------------------------------------------------

row_cloud_list() { # STEP SIDE
  local number
  case $1:$2 in
    prepare:*) make_stored_catalogue ;;
    work:bound)
      for ((number = 0; number < stored_backups; number++)); do
        printf 'url = "%s/bench/catalogue/many/base/%s/backup.info"\noutput = "/dev/null"\n' "$store" "$(stored_id "$number")"
      done | many_requests 8 timed
      ;;
    work:*) timed_cloud "$2" backup-list s3://bench/catalogue many ;;
    after:*)
      (($(wc -l <"$said") == stored_backups + 1)) || wrong "not $stored_backups backups" "$said"
      expect_same_words
      ;;
  esac
}

row_cloud_check() { # STEP SIDE
  case $1:$2 in
    prepare:*) make_stored_catalogue ;;
    work:bound) listing_of_stored_wal | many_requests 1 timed ;;
    work:*) timed_cloud --any-status "$2" check-wal-archive --timeline 1 s3://bench/catalogue many ;;
    after:*)
      grep -q "Found $((stored_backups * 100)) files in WAL archive" "$complained" || wrong "another number of files" "$complained"
      ;;
  esac
}

row_cloud_delete() { # STEP SIDE
  local doomed=$((${stored_backups:-0} > 50 ? 50 : 2))
  case $1:$2 in
    prepare:*) make_stored_catalogue ;;
    work:bound) listing_of_stored_wal | many_requests 1 timed ;;
    work:*) timed_cloud "$2" backup-delete --dry-run -r "REDUNDANCY $((stored_backups - doomed))" s3://bench/catalogue many ;;
    after:*)
      (($(grep -c 'backup.info' "$said") == doomed)) || wrong "not $doomed backups" "$said"
      ;;
  esac
}
