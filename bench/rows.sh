# shellcheck shell=bash disable=SC2154,SC2034
# The rows, a function each; common.sh says what its steps are.

# ---- A command that reads the configuration ---------------------------------------------------------------------------

row_list_servers() { # STEP SIDE
  case $1:$2 in
    prepare:*)
      make_site one
      add_server one main "${idle_server[@]}"
      ;;
    work:bound) timed /bin/true ;;
    work:*) timed_barman "$2" one list-servers ;;
    after:*) [[ $(<"$said") == "main - main" ]] || wrong "no such server" "$said" ;;
  esac
}

# ---- WAL out of the archive -------------------------------------------------------------------------------------------

make_archived_site() {
  [[ ! -e $(site_file archived) ]] || return 0
  make_wal
  make_site archived
  add_server archived main "${idle_server[@]}" "compression = gzip"
  cp -al "$archived" "$(site_home archived)/main"
  stored=$(site_home archived)/main/wals
}

row_get_wal() { # STEP SIDE
  case $1:$2 in
    prepare:*) make_archived_site ;;
    work:bound) timed "$bench_tool/bench-bound" gunzip "$stored/${segments[0]:0:16}/${segments[0]}" ;;
    work:*) timed_barman "$2" archived get-wal main "${segments[0]}" ;;
    after:*) cmp -s "$said" "$wal/${segments[0]}" || wrong "another content" ;;
  esac
}

# ---- WAL into the archive ---------------------------------------------------------------------------------------------

# CODEC is a compression, lz4_6 a level of one.
row_archive() { # STEP SIDE TURN CODEC
  local codec=$4 home
  local -A job=([gzip]=deflate [zstd]=zstd [lz4]=lz4 [lz4_6]=lz4hc [none]=rename)
  home=$(site_home "$codec")/main
  case $1:$2 in
    prepare:*) make_archiving_site "$codec" ;;
    before:*)
      rm -rf "$home" "$LAB_DIR/tmp/packed"
      make_server_directories "${home%/*}" main
      cp "${segments[@]/#/$wal/}" "$home/incoming/"
      mkdir "$LAB_DIR/tmp/packed"
      ;;
    work:bound) timed "$bench_tool/bench-bound" "${job[$codec]}" "$LAB_DIR/tmp/packed" "${segments[@]/#/$home/incoming/}" ;;
    work:*) timed_barman "$2" "$codec" archive-wal main ;;
    after:*)
      [[ -z $(ls -A "$home/incoming") ]] || wrong "WAL is left in incoming" "$said"
      cmp -s <(cut -f1 "$home/wals/main-xlog.db") <(printf '%s\n' "${segments[@]}") ||
        wrong "the index does not list the segments" "$said"
      (($3 > 1)) || expect_same_segments "$codec" "$home/wals" "$2"
      (($3 > 1)) || [[ $2 != ours || $codec == none ]] || note_cost_of_notes "${codec%_*}"
      ;;
  esac
}

# Which Barman does not make: what they add to compressing a segment, beside the processor time that has just been measured.
# What is stored as it came is not read, and noted at the first question.
note_cost_of_notes() { # CODEC
  local -a some=()
  local number cost
  for ((number = 0; number < ${#segments[@]}; number += 20)); do some+=("$wal/${segments[number]}"); done
  cost=$("$bench_tool/bench-notes" "$1" "${some[@]}" | awk -v count="${#some[@]}" '{ print ($2 - $1) / count }')
  note "notes take $(awk -F '\t' -v cost="$cost" -v count="${#segments[@]}" '{
    printf "%.2f ms a segment, %.1f %% of the processor time", cost * 1000, 100 * cost * count / ($2 + $3) }' "$figures")"
}

# With gpg. Ours keeps a digest of what was encrypted, since the same segment encrypted again is another file.
row_archive_gpg() { # STEP SIDE TURN
  local home packed=$LAB_DIR/tmp/packed
  home=$(site_home gpg)/main
  case $1:$2 in
    prepare:*)
      make_wal
      make_gpg_key
      make_site gpg
      add_server gpg main "${idle_server[@]}" "encryption = gpg" "encryption_key_id = $bench_key"
      # shellcheck disable=SC2016
      printf '#!/bin/sh\nexec gpg --batch --quiet --compress-level 0 --encrypt --recipient "$1" --output "$2/${3##*/}" "$3"\n' >"$LAB_DIR/tmp/encrypt"
      chmod 755 "$LAB_DIR/tmp/encrypt"
      ;;
    before:*)
      rm -rf "$home" "$packed"
      make_server_directories "${home%/*}" main
      cp "${segments[@]/#/$wal/}" "$home/incoming/"
      mkdir "$packed"
      printf '%s\0' "${segments[@]/#/$home/incoming/}" >"$LAB_DIR/tmp/segments"
      ;;
    work:bound)
      timed xargs -0 -a "$LAB_DIR/tmp/segments" -n 1 -P "$(nproc)" "$LAB_DIR/tmp/encrypt" "$bench_key" "$packed"
      ;;
    work:*) timed_barman "$2" gpg archive-wal main ;;
    after:*)
      [[ -z $(ls -A "$home/incoming") ]] || wrong "WAL is left in incoming" "$said"
      cmp -s <(cut -f1 "$home/wals/main-xlog.db") <(printf '%s\n' "${segments[@]}") ||
        wrong "the index does not list the segments" "$said"
      gpg --batch --quiet --decrypt "$home/wals/${segments[0]:0:16}/${segments[0]}" 2>/dev/null | cmp -s - "$wal/${segments[0]}" ||
        wrong "${segments[0]} differs"
      ;;
  esac
}

make_archiving_site() { # CODEC
  local -a options=("compression = $1")
  [[ $1 != none ]] || options=()
  [[ $1 != lz4_6 ]] || options=("compression = lz4" "compression_level = 6")
  make_wal
  make_site "$1"
  add_server "$1" main "${idle_server[@]}" "${options[@]}"
}

expect_same_segments() { # CODEC WALS SIDE
  local name size packed
  for name in "${segments[@]}"; do
    unpack "$1" "$2/${name:0:16}/$name" | cmp -s - "$wal/$name" || wrong "$name differs"
  done
  size=$(du -cb "${segments[@]/#/$wal/}" | tail -n 1 | cut -f1)
  packed=$(find "$2" -name '0*' -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')
  note "$3: $((size / 1000000)) MB became $((packed / 1000000)) MB"
}

# With the usual tools, not with ours.
unpack() { # CODEC FILE
  case $1 in
    none) cat "$2" ;;
    gzip) gzip -dc <"$2" ;;
    *) "${1%_*}" -dcq <"$2" ;;
  esac
}

# ---- An index of a million lines ----------------------------------------------------------------------------------------

make_index_site() {
  make_index
  [[ ! -e $(site_file index) ]] || return 0
  make_site index
  add_server index main "${idle_server[@]}"
  index_home=$(site_home index)/main
  fill_index
}

fill_index() {
  rm -rf "$index_home"
  cp -a "$index/main" "$index_home"
}

row_list_backups() { # STEP SIDE
  case $1:$2 in
    prepare:*) make_index_site ;;
    work:bound) timed "$bench_tool/bench-bound" read "$index_home/wals/main-xlog.db" ;;
    work:*) timed_barman "$2" index list-backups main ;;
    after:*)
      (($(wc -l <"$said") == index_backups)) || wrong "not $index_backups backups" "$said"
      expect_same_words
      ;;
  esac
}

row_show_backup() { # STEP SIDE
  case $1:$2 in
    prepare:*) make_index_site ;;
    work:bound) timed "$bench_tool/bench-bound" read "$index_home/wals/main-xlog.db" ;;
    work:*) timed_barman "$2" index show-backup main 20260105T000000 ;;
    after:*)
      grep -q "Number of files *: $((index_lines / index_backups))\$" "$said" || wrong "another number of WAL files" "$said"
      expect_same_words
      ;;
  esac
}

row_delete() { # STEP SIDE
  case $1:$2 in
    prepare:*) make_index_site ;;
    before:*) fill_index ;;
    work:bound) timed "$bench_tool/bench-bound" rewrite "$index_home/wals/main-xlog.db" "$LAB_DIR/tmp/rewritten" ;;
    work:*) timed_barman "$2" index delete main 20260101T000000 ;;
    after:*)
      cmp -s "$index_home/wals/main-xlog.db" <(tail -n +$((index_lines / index_backups + 2)) "$index/main/wals/main-xlog.db") ||
        wrong "other lines are left in the index" "$said"
      [[ ! -e $index_home/base/20260101T000000 ]] || wrong "the backup is still there"
      ;;
  esac
}

# ---- To which moment can be restored --------------------------------------------------------------------------------------

# Barman has no such question.

row_window() { # STEP SIDE
  case $1:$2 in
    prepare:*)
      make_noted_archive
      make_site window
      add_server window main "${idle_server[@]}" "compression = gzip"
      ln -s "$noted" "$(site_home window)/main"
      ;;
    work:bound) timed "$bench_tool/bench-bound" read "$noted/wals/main-xlog.db" "$noted/.wal-notes" ;;
    work:*) timed_barman "$2" window -f json recovery-window main ;;
    after:*) expect_window "$noted" "$noted_lines" ;;
  esac
}

# Nothing is noted, as in an archive that Barman has made.
row_first_window() { # STEP SIDE
  local home name
  home=$(site_home archived)/main
  local -a archived_segments=()
  case $1:$2 in
    prepare:*) make_archived_site ;;
    before:*) rm -f "$home/.wal-notes" ;;
    work:bound)
      for name in "${segments[@]}"; do archived_segments+=("$stored/${name:0:16}/$name"); done
      timed "$bench_tool/bench-bound" test-gzip "${archived_segments[@]}"
      ;;
    work:*) timed_barman "$2" archived -f json recovery-window main ;;
    after:*) expect_window "$home" "${#segments[@]}" ;;
  esac
}

# One interval up to the end of the archive, and as many segments noted as it has.
expect_window() { # SERVER-DIRECTORY SEGMENTS
  [[ $(grep -o '"ended_by": *"[a-z_]*"' "$said") == *'"archive_end"' && $(grep -o "\"ended_by\"" "$said" | wc -l) == 1 ]] || wrong "another window" "$said"
  (($(wc -l <"$1/.wal-notes") >= $2)) || wrong "not every segment is noted" "$said"
}

# ---- cron ---------------------------------------------------------------------------------------------------------------

row_cron() { # STEP SIDE TURN SERVERS
  local servers site=cron$4
  servers=$(size "$4" 3)
  case $1:$2 in
    prepare:*) make_idle_servers "$site" "$servers" ;;
    work:bound) timed "$bench_tool/bench-bound" spawn "$servers" "$(site_home "$site")"/*/incoming ;;
    work:*) timed_barman "$2" "$site" cron ;;
    after:*)
      (($(grep -c '^Starting WAL archiving for server' "$said") == servers)) || wrong "servers were left out" "$said"
      [[ ! -s $complained ]] || wrong "it complains" "$complained"
      expect_same_words
      ;;
  esac
}

# ---- Restore of WAL -------------------------------------------------------------------------------------------------------

row_restore_wal() { # STEP SIDE
  local name target=$LAB_DIR/restore/wal
  local -a archived_segments=()
  case $1:$2 in
    prepare:*) make_archived_site ;;
    before:*)
      set_aside "$target"
      [[ $2 != bound ]] || mkdir -p "$target"
      ;;
    work:bound)
      for name in "${segments[@]}"; do archived_segments+=("$stored/${name:0:16}/$name"); done
      timed "$bench_tool/bench-bound" inflate "$target" "${archived_segments[@]}"
      ;;
    work:*) timed_barman "$2" archived restore main latest "$target" ;;
    after:*)
      [[ -e $target/global/pg_control ]] || wrong "no cluster"
      for name in "${segments[@]}"; do
        cmp -s "$wal/$name" "$target/pg_wal/$name" || wrong "$name differs or is missing"
      done
      ;;
  esac
}

# ---- Backups by rsync -----------------------------------------------------------------------------------------------------

# A site of the name of its cluster, which is backed up by rsync and has archived a segment; sets $cluster_home.
make_rsync_site() { # CLUSTER
  make_site "$1"
  cluster_home=$(site_home "$1")/main
  make_server_directories "${cluster_home%/*}" main
  add_server "$1" main "conninfo = host=127.0.0.1 port=${LAB_PORT[$1]} user=barman dbname=postgres" \
    "backup_method = rsync" "ssh_command = $LAB_SSH" "archiver = on" "reuse_backup = link" "parallel_jobs = 2"
  begin_archiving "$1" "$1"
}

make_big_site() {
  [[ ! -e $(site_file big) ]] || return 0
  make_big_cluster
  make_rsync_site big
}

# One plain rsync over the same ssh.
timed_rsync() { # CLUSTER TARGET [OPTION...]
  local cluster=$1 target=$2; shift 2
  timed rsync -a -e "${LAB_SSH% *}" --exclude pg_wal "$@" "${LAB_SSH##* }:${LAB_DATA[$cluster]}/" "$target/"
}

forget_backups() { # [BUT]
  find "$cluster_home/base" -mindepth 1 -maxdepth 1 ${1:+! -name "$1"} -exec rm -rf {} +
  find "$cluster_home/meta" -name '*-backup.info' ${1:+! -name "$1-*"} -delete
}

latest_backup() { find "$cluster_home/base" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tail -n 1; }

# Same content but what a running cluster has changed since: its tables are left alone.
expect_same_tables() { # DIRECTORY
  diff -rq -x pg_internal.init -x pgsql_tmp "${LAB_DATA[big]}/base" "$1/base" >"$LAB_DIR/tmp/differences" 2>&1 ||
    wrong "the tables differ" "$LAB_DIR/tmp/differences"
}

expect_only_links() { # DIRECTORY
  local own
  own=$(find "$1" -type f -links 1 | wc -l)
  ((own == 0)) || wrong "$own files are no links"
}

# The backup that the next ones share their files with; sets $full_backup.
take_full_backup() {
  [[ -z ${full_backup:-} || ! -e $cluster_home/base/$full_backup ]] || return 0
  make_big_site
  forget_backups
  sleep 2 # files older than the backup before it
  barman_of ours big backup main >"$LAB_DIR/log/backup.log" 2>&1 || lab_fail "no backup: $(<"$LAB_DIR/log/backup.log")"
  full_backup=$(latest_backup)
}

row_backup() { # STEP SIDE
  local before
  case $1:$2 in
    prepare:*) make_big_site ;;
    before:*)
      for before in "$cluster_home"/base/*; do set_aside "$before"; done # none has links: there is only one
      forget_backups
      set_aside "$LAB_DIR/tmp/copy"
      ;;
    work:bound) timed_rsync big "$LAB_DIR/tmp/copy" ;;
    work:*) timed_barman "$2" big backup main ;;
    after:*)
      grep -q '^Backup completed' "$said" || wrong "it did not end well" "$said"
      expect_same_tables "$cluster_home/base/$(latest_backup)/data"
      ;;
  esac
}

row_incremental() { # STEP SIDE
  local data
  case $1:$2 in
    prepare:*) take_full_backup ;;
    before:*)
      forget_backups "$full_backup"
      rm -rf "$LAB_DIR/tmp/again"
      [[ $2 != bound || -e $LAB_DIR/tmp/copy ]] || cp -a "${LAB_DATA[big]}" "$LAB_DIR/tmp/copy"
      ;;
    work:bound) timed_rsync big "$LAB_DIR/tmp/again" "--link-dest=$LAB_DIR/tmp/copy" ;;
    work:*) timed_barman "$2" big backup main ;;
    after:*)
      grep -q '^Backup completed' "$said" || wrong "it did not end well" "$said"
      data=$cluster_home/base/$(latest_backup)/data
      expect_same_tables "$data"
      expect_only_links "$data/base"
      ;;
  esac
}

row_restore() { # STEP SIDE
  local target=$LAB_DIR/restore/big
  case $1:$2 in
    prepare:*) take_full_backup ;;
    before:*)
      forget_backups "$full_backup"
      set_aside "$target"
      ;;
    work:bound) timed cp -a "$cluster_home/base/$full_backup/data" "$target" ;;
    work:*) timed_barman "$2" big restore main "$full_backup" "$target" ;;
    after:*)
      expect_same_tables "$target"
      [[ -e $target/global/pg_control ]] || wrong "no cluster"
      ;;
  esac
}

# ---- Block-level incremental backups, PostgreSQL 17 and later ----------------------------------------------------------------

# The cluster of the rsync rows, a full backup of it by pg_basebackup, by us and plain, and changes after it.
make_chain_site() {
  [[ ! -e $(site_file chain) ]] || return 0
  make_big_cluster
  lab_sql big "alter system set summarize_wal = on"
  lab_sql big "select pg_reload_conf()" >/dev/null
  make_site chain
  chain_home=$(site_home chain)/main
  make_server_directories "${chain_home%/*}" main
  add_server chain main "conninfo = host=127.0.0.1 port=${LAB_PORT[big]} user=barman dbname=postgres" \
    "streaming_conninfo = host=127.0.0.1 port=${LAB_PORT[big]} user=streaming_barman" "backup_method = postgres" "archiver = on"
  begin_archiving big chain
  barman_of ours chain backup --wait --wait-timeout 60 main >"$LAB_DIR/log/backup.log" 2>&1 || lab_fail "no backup: $(<"$LAB_DIR/log/backup.log")"
  chain_full=$(barman_of ours chain list-backups --minimal main)
  # Blocks here and there, as a working day leaves them: about one of a hundred.
  lab_sql big "update pgbench_accounts set abalance = abalance + 1 where aid % 6000 < 60" >/dev/null
  lab_sql big "checkpoint" >/dev/null
}

timed_basebackup() { # TARGET [OPTION...]
  timed "$LAB_PG_BIN/pg_basebackup" --dbname "host=127.0.0.1 port=${LAB_PORT[big]} user=streaming_barman" --pgdata "$1" \
    --no-slot --wal-method none --checkpoint fast "${@:2}"
}

row_block_backup() { # STEP SIDE
  local child
  case $1:$2 in
    prepare:*) make_chain_site ;;
    before:*)
      rm -rf "$LAB_DIR/tmp/block"
      for child in $(barman_of ours chain list-backups --minimal main); do
        [[ $child == "$chain_full" ]] || barman_of ours chain delete main "$child" >/dev/null
      done
      ;;
    work:bound) timed_basebackup "$LAB_DIR/tmp/block" --incremental "$chain_home/base/$chain_full/data/backup_manifest" ;;
    work:*) timed_barman "$2" chain backup --incremental "$chain_full" main ;;
    after:*)
      grep -q '^Backup completed' "$said" || wrong "it did not end well" "$said"
      [[ $(barman_of ours chain show-backup main latest) == *"Backup Type          : incremental"* ]] || wrong "it is not incremental"
      ;;
  esac
}

# After row_block_backup, of what it left.
row_combine() { # STEP SIDE
  local target=$LAB_DIR/restore/combined
  case $1:$2 in
    prepare:*)
      make_chain_site
      [[ $(barman_of ours chain list-backups --minimal main | wc -l) == 2 ]] ||
        barman_of ours chain backup --wait --wait-timeout 60 --incremental "$chain_full" main >/dev/null
      barman_of ours chain archive-wal main >/dev/null
      chain_latest=$(barman_of ours chain list-backups --minimal main | head -n 1)
      ;;
    before:*) set_aside "$target" ;;
    work:bound) timed "$LAB_PG_BIN/pg_combinebackup" --output "$target" "$chain_home/base/"{"$chain_full","$chain_latest"}/data ;;
    work:*) timed_barman "$2" chain restore main "$chain_latest" "$target" ;;
    after:*)
      expect_same_tables "$target"
      [[ -z $(find "$target" -name 'INCREMENTAL.*' -print -quit) ]] || wrong "it is not combined"
      ;;
  esac
}

# ---- check ------------------------------------------------------------------------------------------------------------------

row_check() { # STEP SIDE
  local reachable
  case $1:$2 in
    prepare:*) make_checked_servers ;;
    work:bound) timed sleep "$check_timeout" ;;
    work:*) timed --any-status "${bench_program[$2]}/barman" -c "$(site_file check)" check all ;;
    after:*)
      reachable=$(grep -c $'^\tPostgreSQL: OK' "$said" || true)
      ((reachable == check_servers - check_silent)) || wrong "$reachable servers are reachable" "$said"
      ;;
  esac
}

make_checked_servers() {
  local number name port
  check_servers=$(size 100 4)
  check_silent=$((check_servers / 10 + (check_servers < 10)))
  check_timeout=$(size 5 1)
  check_timeout=$((check_timeout > 5 ? 5 : check_timeout))
  make_big_cluster
  "$bench_tool/bench-bound" silent-port "$LAB_DIR/tmp/port" &
  lab_wait_for 10 "the silent port" test -s "$LAB_DIR/tmp/port"
  make_site check
  for ((number = 1; number <= check_servers; number++)); do
    name=$(printf 'server%05d' "$number")
    port=${LAB_PORT[big]}
    ((number % 10 != 1 || number / 10 >= check_silent)) || port=$(<"$LAB_DIR/tmp/port")
    add_server check "$name" "conninfo = host=127.0.0.1 port=$port user=barman dbname=postgres connect_timeout=$check_timeout" \
      "streaming_conninfo = host=127.0.0.1 port=$port user=streaming_barman connect_timeout=$check_timeout" \
      "backup_method = postgres" "streaming_archiver = on" "slot_name = $name"
    make_server_directories "$(site_home check)" "$name"
    printf '000000010000000000000001\t16777216\t1700000000.5\tNone\tNone\n' >"$(site_home check)/$name/wals/$name-xlog.db"
  done
  note "$check_servers servers, $check_silent of them accept connections and never answer; connect_timeout=$check_timeout"
}

# ---- restore_command over ssh ---------------------------------------------------------------------------------------------

row_wal_restore() { # STEP SIDE
  local name spool=$LAB_DIR/tmp/spool target=$LAB_DIR/tmp/fetched
  local -a fetched=("${segments[@]:0:$(size 40 3)}")
  case $1:$2 in
    prepare:*)
      make_archived_site
      # As PostgreSQL calls it: one segment after the other.
      # shellcheck disable=SC2016
      printf '#!/bin/bash\nset -e\nprogram=$1 conf=$2 spool=$3 target=$4; shift 4\nfor wal; do %s; done\n' \
        "\"\$program\" -p 8 --spool-dir \"\$spool\" -U $LAB_USER -c \"\$conf\" 127.0.0.1 main \"\$wal\" \"\$target/\$wal\"" >"$LAB_DIR/tmp/recover"
      chmod 755 "$LAB_DIR/tmp/recover"
      ;;
    before:*)
      rm -rf "$spool" "$target"
      mkdir "$spool" "$target"
      [[ $2 == bound ]] || lab_use_programs "${bench_program[$2]}"
      ;;
    work:bound) timed ssh 127.0.0.1 cat "${fetched[@]/#/$wal/}" ;;
    work:*)
      timed "$LAB_DIR/tmp/recover" "${bench_program[$2]}/barman-wal-restore" "$(site_file archived)" "$spool" "$target" "${fetched[@]}"
      ;;
    after:*)
      for name in "${fetched[@]}"; do
        cmp -s "$wal/$name" "$target/$name" || wrong "$name differs" "$complained"
      done
      ;;
  esac
}

# ---- Growth: a cluster of a million files -----------------------------------------------------------------------------------

make_million_site() {
  local files directory
  [[ ! -e $(site_file million) ]] || return 0
  files=$(size 1000000 500)
  create_cluster million
  echo "building: a cluster of $files files" >&2
  # As many small tables would lie: five hundred directories, a page each.
  directory=${LAB_DATA[million]}/base/999999
  mkdir "$directory"
  (cd "$directory" && seq "$files" | awk -v per=$((files / 500 + 1)) 'BEGIN { last = -1 } { d = int($1 / per); if (d != last) { system("mkdir -p d" d); last = d }; f = "d" d "/" $1; printf "%0512d", $1 > f; close(f) }')
  make_rsync_site million
  sleep 2
}

expect_all_files() { # DIRECTORY
  (($(find "$1/base/999999" -type f -size 1 | wc -l) == $(size 1000000 500))) || wrong "files are missing"
}

row_million_backup() { # STEP SIDE
  case $1:$2 in
    prepare:*) make_million_site ;;
    work:bound) timed_rsync million "$LAB_DIR/tmp/million" ;;
    work:*) timed_barman "$2" million backup main ;;
    after:*) expect_all_files "$cluster_home/base/$(latest_backup)/data" ;;
  esac
}

# After row_million_backup, with its backup and its copy.
row_million_again() { # STEP SIDE
  local data
  case $1:$2 in
    work:bound) timed_rsync million "$LAB_DIR/tmp/million-again" "--link-dest=$LAB_DIR/tmp/million" ;;
    work:*) timed_barman "$2" million backup main ;;
    after:*)
      data=$cluster_home/base/$(latest_backup)/data
      expect_all_files "$data"
      expect_only_links "$data/base/999999"
      ;;
  esac
}

row_million_restore() { # STEP SIDE
  local target=$LAB_DIR/restore/million
  case $1:$2 in
    before:*) set_aside "$target" ;;
    work:bound) timed cp -a "$cluster_home/base/$(latest_backup)/data" "$target" ;;
    work:*) timed_barman "$2" million restore main latest "$target" ;;
    after:*) expect_all_files "$target" ;;
  esac
}
