# shellcheck shell=bash disable=SC2154,SC2034
# The data that the rows work on. Made by the programs that make such data in earnest (PostgreSQL, pgbench, the program
# under test), except an index of a million lines and WAL past the hundredth segment. Kept in $BENCH_DATA, where a later
# run finds it again.

# The WAL of a cluster that pgbench worked on, and of a small backup of it before:
#   $wal/                the segments as PostgreSQL wrote them
#   $archived/           barman_home/main: the backup, and all of its WAL archived with gzip
make_wal() {
  local count
  count=$(size 100 3)
  use_wal "$count"
  if [[ ! -e $archived/complete ]]; then
    if ((count > 100)); then repeat_wal "$count"; else build_wal "$count"; fi
    use_wal "$count"
  fi
  ((${#segments[@]} == count)) || lab_fail "there are ${#segments[@]} segments of WAL instead of $count"
}

use_wal() { # COUNT
  wal=$BENCH_DATA/wal-$1 archived=$BENCH_DATA/archive-$1
  mapfile -t segments < <(find "$wal" -type f -printf '%f\n' 2>/dev/null | sort)
}

build_wal() { # COUNT
  local count=$1 home name
  echo "building: $count segments of WAL by pgbench" >&2
  rm -rf "$wal" "$archived"
  mkdir -p "$wal.new" "$archived"
  create_cluster pgbench
  make_site pgbench
  home=$(site_home pgbench)
  add_server pgbench main "conninfo = host=127.0.0.1 port=${LAB_PORT[pgbench]} user=barman dbname=postgres" \
    "backup_method = local-rsync" "archiver = on" "compression = gzip"
  make_server_directories "$home" main
  # What is in $wal.new is whole, and in incoming before that.
  lab_archive_with pgbench "cp %p $home/main/incoming/.%f && mv $home/main/incoming/.%f $home/main/incoming/%f && cp %p $wal.new/.%f && mv $wal.new/.%f $wal.new/%f"
  lab_sql pgbench "select pg_switch_wal()" >/dev/null
  lab_wait_for 60 "the first segment" has_files "$home/main/incoming"
  barman_of ours pgbench archive-wal main >/dev/null
  barman_of ours pgbench backup --wait --wait-timeout 60 main >"$LAB_DIR/log/backup.log" 2>&1 || lab_fail "no backup: $(cat "$LAB_DIR/log/backup.log")"
  find "$wal.new" -type f -delete
  pgbench -h 127.0.0.1 -p "${LAB_PORT[pgbench]}" -U postgres -i -q -s "$(size 10 1)" postgres >/dev/null 2>&1
  until (($(find "$wal.new" -name '0*' ! -name '*.*' | wc -l) >= count)); do
    pgbench -h 127.0.0.1 -p "${LAB_PORT[pgbench]}" -U postgres -n -c 4 -T "$(size 5 1)" postgres >/dev/null 2>&1 ||
      lab_fail "pgbench failed"
    ((count > 10)) || lab_sql pgbench "select pg_switch_wal()" >/dev/null
  done
  lab_archive_with pgbench ''
  lab_stop_cluster pgbench immediate
  # Exactly so many, one after the other.
  mkdir "$wal"
  while read -r name; do mv "$wal.new/$name" "$wal/"; done < <(
    find "$wal.new" -name '0*' ! -name '*.*' -printf '%f\n' | sort | head -n "$count")
  while read -r name; do [[ -e $wal/$name ]] || rm "$home/main/incoming/$name"; done < <(find "$home/main/incoming" -type f -printf '%f\n')
  rm -rf "$wal.new"
  barman_of ours pgbench archive-wal main >/dev/null
  [[ $(lab_backup_field_at "$home/main" "$(barman_of ours pgbench list-backups --minimal main)" status) == DONE ]] || lab_fail "the small backup is not DONE"
  cp -a "$home/main/." "$archived/"
  touch "$archived/complete"
  rm -rf "$LAB_DIR/sites/pgbench"
}

# A hundred segments over and over, under the names that follow, with the address that the name means in the first header.
repeat_wal() { # COUNT
  local count=$1 home number name bytes i from archived_before
  local -a known
  use_wal 100
  [[ -e $archived/complete ]] || build_wal 100
  use_wal 100
  known=("${segments[@]}") from=$wal archived_before=$archived
  use_wal "$count"
  echo "building: $count segments of WAL out of 100" >&2
  rm -rf "$wal" "$archived"
  make_site repeated
  add_server repeated main "${idle_server[@]}" "compression = gzip"
  home=$(site_home repeated)/main
  mkdir -p "$wal" "$archived" "$home"
  cp -a "$archived_before/." "$home/"
  for ((i = 0; i < count; i++)); do
    number=$((16#${known[0]:8:8} * 256 + 16#${known[0]:16:8} + i))
    name=$(printf '%s%08X%08X' "${known[0]:0:8}" $((number / 256)) $((number % 256)))
    cp "$from/${known[i % 100]}" "$wal/$name"
    ((i >= 100)) || continue
    # The number of the segment is the address, 16 MiB each: what is above the three lowest bytes, the lowest first.
    printf -v bytes '\\x%02x\\x%02x\\x%02x' $((number & 255)) $((number >> 8 & 255)) $((number >> 16 & 255))
    # shellcheck disable=SC2059
    printf "$bytes" | dd of="$wal/$name" bs=1 seek=11 conv=notrunc status=none
    ln "$wal/$name" "$home/incoming/$name"
  done
  barman_of ours repeated archive-wal main >/dev/null
  cp -al "$home/." "$archived/"
  touch "$archived/complete"
  rm -rf "$LAB_DIR/sites/repeated"
}

has_files() { # DIRECTORY
  [[ -n $(find "$1" -name '0*' -print -quit) ]]
}

lab_backup_field_at() { # SERVER-DIRECTORY BACKUP FIELD
  sed -n "s/^$3=//p" "$1/meta/$2-backup.info"
}

create_cluster() { # NAME
  lab_create_cluster "$1"
  lab_stop_cluster "$1"
  printf '%s\n' "max_wal_size = 256MB" "max_connections = 400" "shared_buffers = 128MB" "jit = off" >>"${LAB_DATA[$1]}/postgresql.conf"
  lab_start_cluster "$1"
}

# A cluster of about MEGABYTES, running as 'big'.
make_big_cluster() {
  local megabytes kept
  [[ -z ${LAB_DATA[big]:-} ]] || return 0
  megabytes=$(size 944 40)
  kept=$BENCH_DATA/cluster-$megabytes-$LAB_PG_MAJOR
  if [[ ! -e $kept/complete ]]; then
    echo "building: a cluster of $megabytes MB" >&2
    rm -rf "$kept"
    create_cluster big
    ((megabytes < 60)) || pgbench -h 127.0.0.1 -p "${LAB_PORT[big]}" -U postgres -i -q \
      -s $(((megabytes - 30) / 15)) postgres >/dev/null 2>&1 || lab_fail "pgbench -i failed"
    lab_sql big "checkpoint" >/dev/null
    lab_stop_cluster big
    mkdir -p "$kept"
    cp -a "${LAB_DATA[big]}" "$kept/data"
    rm -rf "${LAB_DATA[big]}"
    touch "$kept/complete"
  fi
  mkdir -p "$LAB_DIR/pg/big"
  cp -a "$kept/data" "$LAB_DIR/pg/big/data"
  LAB_DATA[big]=$LAB_DIR/pg/big/data
  lab_free_port
  LAB_PORT[big]=$REPLY
  lab_start_cluster big
}

# An index of $index_lines lines with $index_backups backups spread over it, in barman_home/main of $index.
make_index() {
  local lines
  lines=$(size 1000000 2000)
  index=$BENCH_DATA/index-$lines
  index_lines=$lines index_backups=$(size 10 10)
  [[ ! -e $index/complete ]] || return 0
  echo "building: an index of $lines lines" >&2
  rm -rf "$index"
  make_server_directories "$index" main
  awk -v lines="$lines" 'BEGIN {
    for (i = 0; i < lines; i++)
      printf "00000001%08X%08X\t%d\t%d.%d\tgzip\tNone\n", i / 256, i % 256, 3000000 + i * 7919 % 900000, 1700000000 + i * 30, i % 10
  }' >"$index/main/wals/main-xlog.db"
  # The directories of the first backup's WAL, without the files: Barman does not delete where they are missing.
  head -n $((lines / index_backups + 1)) "$index/main/wals/main-xlog.db" | cut -c1-16 | uniq | (cd "$index/main/wals" && xargs mkdir -p)
  local number id begin
  for ((number = 0; number < index_backups; number++)); do
    id=$(date -u -d "2026-01-01 + $number days" +%Y%m%dT000000)
    begin=$((number * lines / index_backups + 1))
    mkdir -p "$index/main/base/$id/data"
    index_backup "$id" "$begin" $((begin + 1)) >"$index/main/meta/$id-backup.info"
  done
  touch "$index/complete"
}

# The archive of make_wal, continued to $noted_lines segments that are noted; of those that were added the files are empty.
make_noted_archive() {
  local lines index name last
  make_wal
  lines=$(size 1000000 2000)
  noted=$BENCH_DATA/noted-$lines noted_lines=$lines
  [[ ! -e $noted/complete ]] || return 0
  echo "building: $lines segments that are noted" >&2
  rm -rf "$noted"
  cp -a "$archived" "$noted"
  rm "$noted/complete"
  index=$noted/wals/main-xlog.db
  last=${segments[-1]}
  python3 "$bench_here/noted_lines.py" $((16#${last:8:8} * 256 + 16#${last:16:8} + 1)) $((lines - ${#segments[@]})) "$index" "$noted/.wal-notes"
  cut -f1 "$index" | grep -E '^[0-9A-F]{24}$' | cut -c1-16 | sort -u | (cd "$noted/wals" && xargs mkdir -p)
  while read -r name; do [[ -e $noted/wals/${name:0:16}/$name ]] || echo "${name:0:16}/$name"; done < <(cut -f1 "$index") |
    (cd "$noted/wals" && xargs touch)
  touch "$noted/complete"
}

index_backup() { # ID BEGIN END
  local begin end day=${1:0:4}-${1:4:2}-${1:6:2}
  begin=$(printf '%08X%08X' $(($2 / 256)) $(($2 % 256)))
  end=$(printf '%08X%08X' $(($3 / 256)) $(($3 % 256)))
  cat <<END
backup_label=None
backup_name=None
begin_offset=40
begin_time=$day 00:00:00.100000+00:00
begin_wal=00000001$begin
begin_xlog=$(printf '%X/%X' $(($2 / 256)) $(($2 % 256 * 16777216 + 40)))
children_backup_ids=None
cluster_size=27131593
compression=None
config_file=/srv/pg/data/postgresql.conf
copy_stats={'total_time': 0.822504, 'number_of_workers': 1, 'analysis_time_per_item': {'pgdata': 0.255092}, 'copy_time_per_item': {'pgdata': 0.256375, 'pg_control': 0.03085}, 'serialized_copy_time_per_item': {'pgdata': 0.249657, 'pg_control': 0.03085}, 'analysis_time': 0.395489, 'copy_time': 0.408488, 'serialized_copy_time': 0.395161}
data_checksums=on
deduplicated_size=4071666
encryption=None
end_offset=256
end_time=$day 00:05:00.200000+00:00
end_wal=00000001$end
end_xlog=$(printf '%X/%X' $(($3 / 256)) $(($3 % 256 * 16777216 + 256)))
error=None
hba_file=/srv/pg/data/pg_hba.conf
ident_file=/srv/pg/data/pg_ident.conf
included_files=None
mode=rsync-concurrent
parent_backup_id=None
pgdata=/srv/pg/data
server_name=main
size=26982198
status=DONE
summarize_wal=None
systemid=7710552433441762677
tablespaces=None
timeline=1
version=150020
xlog_segment_size=16777216
END
}

# SITE with COUNT servers that have nothing to do.
make_idle_servers() { # SITE COUNT
  local number name
  make_site "$1"
  for ((number = 1; number <= $2; number++)); do
    name=$(printf 'server%05d' "$number")
    add_server "$1" "$name" "${idle_server[@]}"
    make_server_directories "$(site_home "$1")" "$name"
    : >"$(site_home "$1")/$name/wals/$name-xlog.db"
  done
}

# A key without a passphrase, in a home of gpg's own that goes with the laboratory; its agent has the laboratory's mark.
make_gpg_key() {
  bench_key=bench@barman.test
  export GNUPGHOME=$LAB_DIR/gnupg
  [[ ! -e $GNUPGHOME ]] || return 0
  mkdir -m 700 "$GNUPGHOME"
  gpg --quiet --batch --passphrase '' --quick-generate-key "$bench_key" default default never 2>"$LAB_DIR/log/gpg.log" ||
    lab_fail "no key: $(<"$LAB_DIR/log/gpg.log")"
}
