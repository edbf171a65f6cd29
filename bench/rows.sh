# shellcheck shell=bash disable=SC2154,SC2034
# The rows: for each what brings everything into its first state (before), what is run (command), and how the result is
# told from a wrong one (after). See common.sh.

# ---- A command that reads the configuration ---------------------------------------------------------------------------

prepare_list_servers() {
  make_site one
  add_server one main "${idle_server[@]}"
}
before_list_servers() { :; }
command_list_servers() {
  [[ $1 != bound ]] || { command=(/bin/true); return; }
  barman_of "$1" one list-servers
}
after_list_servers() {
  [[ $(<"$said") == "main - main" ]] || wrong list_servers "$1" "no such server" "$said"
}

# ---- WAL out of the archive -------------------------------------------------------------------------------------------

prepare_get_wal() {
  make_wal
  make_site archived
  add_server archived main "${idle_server[@]}" "compression = gzip"
  cp -al "$archived" "$(site_home archived)/main"
  stored=$(site_home archived)/main/wals/${segments[0]:0:16}
}
before_get_wal() { :; }
command_get_wal() {
  if [[ $1 == bound ]]; then
    command=("$bench_tool/bench-bound" gunzip "$stored/${segments[0]}")
  else
    barman_of "$1" archived get-wal main "${segments[0]}"
  fi
}
after_get_wal() {
  cmp -s "$said" "$wal/${segments[0]}" || wrong get_wal "$1" "another content"
}

# ---- WAL into the archive ---------------------------------------------------------------------------------------------

prepare_archive() { # CODEC
  local -A options=([none]='' [lz4_6]=$'compression = lz4\ncompression_level = 6')
  local -a option
  mapfile -t option < <(printf '%s' "${options[$1]-compression = $1}")
  make_wal
  make_site "$1"
  add_server "$1" main "${idle_server[@]}" "${option[@]}"
}

before_archive() { # CODEC
  local home
  home=$(site_home "$1")/main
  rm -rf "$home"
  make_server_directories "${home%/*}" main
  incoming=$home/incoming
  cp "${segments[@]/#/$wal/}" "$incoming/"
  rm -rf "$LAB_DIR/tmp/packed"
  mkdir "$LAB_DIR/tmp/packed"
}

command_archive() { # CODEC SIDE
  local -A job=([gzip]=deflate [zstd]=zstd [lz4]=lz4 [lz4_6]=lz4hc [none]=rename)
  if [[ $2 == bound ]]; then
    command=("$bench_tool/bench-bound" "${job[$1]}" "$LAB_DIR/tmp/packed" "${segments[@]/#/$incoming/}")
  else
    barman_of "$2" "$1" archive-wal main
  fi
}

after_archive() { # CODEC SIDE TURN
  local home name size packed
  home=$(site_home "$1")/main
  [[ -z $(ls -A "$incoming") ]] || wrong "archive_$1" "$2" "WAL is left in incoming" "$said"
  cmp -s <(cut -f1 "$home/wals/main-xlog.db") <(printf '%s\n' "${segments[@]}") ||
    wrong "archive_$1" "$2" "the index does not list the segments" "$said"
  (($3 == 1)) || return 0
  for name in "${segments[@]}"; do
    unpack "$1" "$home/wals/${name:0:16}/$name" | cmp -s - "$wal/$name" || wrong "archive_$1" "$2" "$name differs"
  done
  size=$(du -cb "${segments[@]/#/$wal/}" | tail -n 1 | cut -f1)
  packed=$(find "$home/wals" -name '0*' -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')
  note "archive_$1" "$2: $((size / 1000000)) MB became $((packed / 1000000)) MB"
}

# With the usual tools, not with ours.
unpack() { # CODEC FILE
  case $1 in
    none) cat "$2" ;;
    gzip) gzip -dc "$2" ;;
    *) "${1%_*}" -dcq <"$2" ;;
  esac
}

for codec in gzip zstd lz4 lz4_6 none; do
  eval "prepare_archive_$codec() { prepare_archive $codec; }
    before_archive_$codec() { before_archive $codec; }
    command_archive_$codec() { command_archive $codec \"\$1\"; }
    after_archive_$codec() { after_archive $codec \"\$@\"; }"
done

# ---- An index of a million lines ----------------------------------------------------------------------------------------

prepare_index() {
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

prepare_list_backups() { prepare_index; }
before_list_backups() { :; }
command_list_backups() {
  if [[ $1 == bound ]]; then
    command=("$bench_tool/bench-bound" read "$index_home/wals/main-xlog.db")
  else
    barman_of "$1" index list-backups main
  fi
}
after_list_backups() {
  (($(wc -l <"$said") == index_backups)) || wrong list_backups "$1" "not $index_backups backups" "$said"
  expect_same_words list_backups "$1"
}

prepare_show_backup() { prepare_index; }
before_show_backup() { :; }
command_show_backup() {
  if [[ $1 == bound ]]; then
    command=("$bench_tool/bench-bound" read "$index_home/wals/main-xlog.db")
  else
    barman_of "$1" index show-backup main 20260105T000000
  fi
}
after_show_backup() {
  grep -q "Number of files *: $((index_lines / index_backups))\$" "$said" || wrong show_backup "$1" "another number of WAL files" "$said"
  expect_same_words show_backup "$1"
}

prepare_delete() { prepare_index; }
before_delete() { fill_index; }
command_delete() {
  if [[ $1 == bound ]]; then
    command=("$bench_tool/bench-bound" rewrite "$index_home/wals/main-xlog.db" "$LAB_DIR/tmp/rewritten")
  else
    barman_of "$1" index delete main 20260101T000000
  fi
}
after_delete() {
  cmp -s "$index_home/wals/main-xlog.db" <(tail -n +$((index_lines / index_backups + 2)) "$index/main/wals/main-xlog.db") ||
    wrong delete "$1" "other lines are left in the index" "$said"
  [[ ! -e $index_home/base/20260101T000000 ]] || wrong delete "$1" "the backup is still there"
}

# ---- cron ---------------------------------------------------------------------------------------------------------------

prepare_cron_of() { # SITE COUNT
  [[ -e $(site_file "$1") ]] || make_idle_servers "$1" "$2"
}
command_cron_of() { # SIDE SITE COUNT
  if [[ $1 == bound ]]; then
    command=("$bench_tool/bench-bound" spawn "$3" "$(site_home "$2")"/*/incoming)
  else
    barman_of "$1" "$2" cron
  fi
}
after_cron_of() { # SIDE SITE COUNT ROW
  (($(grep -c '^Starting WAL archiving for server' "$said") == $3)) || wrong "$4" "$1" "servers were left out" "$said"
  [[ ! -s $complained ]] || wrong "$4" "$1" "it complains" "$complained"
  expect_same_words "$4" "$1"
}

prepare_cron() { prepare_cron_of cron "$(size 100 3)"; }
before_cron() { :; }
command_cron() { command_cron_of "$1" cron "$(size 100 3)"; }
after_cron() { after_cron_of "$1" cron "$(size 100 3)" cron; }

prepare_cron_1000() { prepare_cron_of cron1000 "$(size 1000 3)"; }
before_cron_1000() { :; }
command_cron_1000() { command_cron_of "$1" cron1000 "$(size 1000 3)"; }
after_cron_1000() { after_cron_of "$1" cron1000 "$(size 1000 3)" cron_1000; }

# ---- Restore of WAL -------------------------------------------------------------------------------------------------------

prepare_restore_wal() { [[ -e $(site_file archived) ]] || prepare_get_wal; }
before_restore_wal() {
  set_aside "$LAB_DIR/restore/wal"
  if [[ $1 == bound ]]; then mkdir -p "$LAB_DIR/restore/wal"; fi
}
command_restore_wal() {
  if [[ $1 == bound ]]; then
    command=("$bench_tool/bench-bound" inflate "$LAB_DIR/restore/wal")
    for name in "${segments[@]}"; do command+=("${stored%/*}/${name:0:16}/$name"); done
  else
    barman_of "$1" archived restore main latest "$LAB_DIR/restore/wal"
  fi
}
after_restore_wal() {
  local name
  [[ -e $LAB_DIR/restore/wal/global/pg_control ]] || wrong restore_wal "$1" "no cluster"
  for name in "${segments[@]}"; do
    cmp -s "$wal/$name" "$LAB_DIR/restore/wal/pg_wal/$name" || wrong restore_wal "$1" "$name differs or is missing"
  done
}

# ---- Backups by rsync -----------------------------------------------------------------------------------------------------

prepare_big() {
  [[ ! -e $(site_file big) ]] || return 0
  make_big_cluster
  make_site big
  big_home=$(site_home big)/main
  make_server_directories "${big_home%/*}" main
  add_server big main "conninfo = host=127.0.0.1 port=${LAB_PORT[big]} user=barman dbname=postgres" \
    "backup_method = rsync" "ssh_command = $LAB_SSH" "archiver = on" "reuse_backup = link" "parallel_jobs = 2"
  lab_archive_with big "cp %p $big_home/incoming/.%f && mv $big_home/incoming/.%f $big_home/incoming/%f"
  lab_sql big "select pg_switch_wal()" >/dev/null
  lab_wait_for 60 "the first segment" has_files "$big_home/incoming"
  barman_of ours big archive-wal main
  "${command[@]}" >/dev/null
}

forget_backups() { # [BUT]
  find "$big_home/base" -mindepth 1 -maxdepth 1 ${1:+! -name "$1"} -exec rm -rf {} +
  find "$big_home/meta" -name '*-backup.info' ${1:+! -name "$1-*"} -delete
}

# Same content but what a running cluster has changed since: its tables are left alone.
same_tables() { # ROW SIDE DIRECTORY
  diff -rq -x pg_internal.init -x pgsql_tmp "${LAB_DATA[big]}/base" "$3/base" >"$LAB_DIR/tmp/differences" 2>&1 ||
    wrong "$1" "$2" "the tables differ" "$LAB_DIR/tmp/differences"
}
latest_big() { find "$big_home/base" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tail -n 1; }

prepare_backup() { prepare_big; }
before_backup() {
  forget_backups
  set_aside "$LAB_DIR/tmp/copy"
}
# One plain rsync over the same ssh.
command_rsync() { # CLUSTER TARGET [OPTION...]
  local cluster=$1 target=$2; shift 2
  command=(rsync -a -e "${LAB_SSH% *}" --exclude pg_wal "$@" "${LAB_SSH##* }:${LAB_DATA[$cluster]}/" "$target/")
}
command_backup() {
  if [[ $1 == bound ]]; then
    command_rsync big "$LAB_DIR/tmp/copy"
  else
    barman_of "$1" big backup main
  fi
}
after_backup() {
  grep -q '^Backup completed' "$said" || wrong backup "$1" "it did not end well" "$said"
  same_tables backup "$1" "$big_home/base/$(latest_big)/data"
}

prepare_incremental() {
  prepare_big
  forget_backups
  sleep 2 # files older than the backup before it
  barman_of ours big backup main
  "${command[@]}" >"$LAB_DIR/log/backup.log" 2>&1 || lab_fail "no backup: $(<"$LAB_DIR/log/backup.log")"
  full_backup=$(latest_big)
}
before_incremental() {
  forget_backups "$full_backup"
  rm -rf "$LAB_DIR/tmp/again"
  if [[ $1 == bound ]]; then
    [[ -e $LAB_DIR/tmp/copy ]] || cp -a "${LAB_DATA[big]}" "$LAB_DIR/tmp/copy"
  fi
}
command_incremental() {
  if [[ $1 == bound ]]; then
    command_rsync big "$LAB_DIR/tmp/again" "--link-dest=$LAB_DIR/tmp/copy"
  else
    barman_of "$1" big backup main
  fi
}
after_incremental() {
  local data own
  grep -q '^Backup completed' "$said" || wrong incremental "$1" "it did not end well" "$said"
  data=$big_home/base/$(latest_big)/data
  same_tables incremental "$1" "$data"
  own=$(find "$data/base" -type f -links 1 | wc -l)
  ((own == 0)) || wrong incremental "$1" "$own tables are no links"
}

prepare_restore() { [[ -n ${full_backup:-} && -e $big_home/base/$full_backup ]] || prepare_incremental; }
before_restore() {
  forget_backups "$full_backup"
  set_aside "$LAB_DIR/restore/big"
}
command_restore() {
  if [[ $1 == bound ]]; then
    command=(cp -a "$big_home/base/$full_backup/data" "$LAB_DIR/restore/big")
  else
    barman_of "$1" big restore main "$full_backup" "$LAB_DIR/restore/big"
  fi
}
after_restore() {
  same_tables restore "$1" "$LAB_DIR/restore/big"
  [[ -e $LAB_DIR/restore/big/global/pg_control ]] || wrong restore "$1" "no cluster"
}

# ---- check ------------------------------------------------------------------------------------------------------------------

prepare_check() {
  local number name port count=$((check_servers = $(size 100 4)))
  make_big_cluster
  "$bench_tool/bench-bound" silent-port "$LAB_DIR/tmp/port" &
  lab_wait_for 10 "the silent port" test -s "$LAB_DIR/tmp/port"
  check_silent=$((count / 10 + (count < 10)))
  check_timeout=$(size 5 1)
  check_timeout=$((check_timeout > 5 ? 5 : check_timeout))
  make_site check
  for ((number = 1; number <= count; number++)); do
    name=$(printf 'server%05d' "$number")
    port=${LAB_PORT[big]}
    ((number % 10 != 1 || number / 10 >= check_silent)) || port=$(<"$LAB_DIR/tmp/port")
    add_server check "$name" "conninfo = host=127.0.0.1 port=$port user=barman dbname=postgres connect_timeout=$check_timeout" \
      "streaming_conninfo = host=127.0.0.1 port=$port user=streaming_barman connect_timeout=$check_timeout" \
      "backup_method = postgres" "streaming_archiver = on" "slot_name = $name"
    make_server_directories "$(site_home check)" "$name"
    printf '000000010000000000000001\t16777216\t1700000000.5\tNone\tNone\n' >"$(site_home check)/$name/wals/$name-xlog.db"
  done
  note check "$count servers, $check_silent of them accept connections and never answer; connect_timeout=$check_timeout"
}
before_check() { :; }
command_check() {
  [[ $1 != bound ]] || { command=(sleep "$check_timeout"); return; }
  any_status=1
  barman_of "$1" check check all
}
after_check() {
  local reachable
  any_status=
  reachable=$(grep -c $'^\tPostgreSQL: OK' "$said" || true)
  ((reachable == check_servers - check_silent)) || wrong check "$1" "$reachable servers are reachable" "$said"
}

# ---- restore_command over ssh ---------------------------------------------------------------------------------------------

prepare_wal_restore() {
  [[ -e $(site_file archived) ]] || prepare_get_wal
  fetched=("${segments[@]:0:$(size 40 3)}")
  # As PostgreSQL calls it: one segment after the other.
  # shellcheck disable=SC2016
  printf '#!/bin/bash\nset -e\nprogram=$1 conf=$2 spool=$3 target=$4; shift 4\nfor wal; do %s; done\n' \
    "\"\$program\" -p 8 --spool-dir \"\$spool\" -U $LAB_USER -c \"\$conf\" 127.0.0.1 main \"\$wal\" \"\$target/\$wal\"" >"$LAB_DIR/tmp/recover"
  chmod 755 "$LAB_DIR/tmp/recover"
}
before_wal_restore() {
  rm -rf "$LAB_DIR/tmp/spool" "$LAB_DIR/tmp/fetched"
  mkdir "$LAB_DIR/tmp/spool" "$LAB_DIR/tmp/fetched"
  [[ $1 == bound ]] || lab_use_programs "${bench_program[$1]}"
}
command_wal_restore() {
  local -a files=()
  local name
  if [[ $1 == bound ]]; then
    for name in "${fetched[@]}"; do files+=("$wal/$name"); done
    command=(ssh 127.0.0.1 cat "${files[@]}")
  else
    command=("$LAB_DIR/tmp/recover" "${bench_program[$1]}/barman-wal-restore" "$(site_file archived)" "$LAB_DIR/tmp/spool"
      "$LAB_DIR/tmp/fetched" "${fetched[@]}")
  fi
}
after_wal_restore() {
  local name
  for name in "${fetched[@]}"; do
    cmp -s "$wal/$name" "$LAB_DIR/tmp/fetched/$name" || wrong wal_restore "$1" "$name differs" "$complained"
  done
}

# ---- Growth: a cluster of a million files -----------------------------------------------------------------------------------

prepare_million() {
  local files directory
  [[ -z ${million_home:-} ]] || return 0
  files=$(size 1000000 500)
  create_cluster million
  echo "building: a cluster of $files files" >&2
  # As many small tables would lie: five hundred directories, a page each.
  directory=${LAB_DATA[million]}/base/999999
  mkdir "$directory"
  (cd "$directory" && seq "$files" | awk -v per=$((files / 500 + 1)) 'BEGIN { last = -1 } { d = int($1 / per); if (d != last) { system("mkdir -p d" d); last = d }; f = "d" d "/" $1; printf "%0512d", $1 > f; close(f) }')
  make_site million
  million_home=$(site_home million)/main
  make_server_directories "${million_home%/*}" main
  add_server million main "conninfo = host=127.0.0.1 port=${LAB_PORT[million]} user=barman dbname=postgres" \
    "backup_method = rsync" "ssh_command = $LAB_SSH" "archiver = on" "reuse_backup = link" "parallel_jobs = 2"
  big_home=$million_home
  lab_archive_with million "cp %p $million_home/incoming/.%f && mv $million_home/incoming/.%f $million_home/incoming/%f"
  lab_sql million "select pg_switch_wal()" >/dev/null
  lab_wait_for 60 "the first segment" has_files "$million_home/incoming"
  barman_of ours million archive-wal main
  "${command[@]}" >/dev/null
  sleep 2
}
same_million() { # ROW SIDE DIRECTORY
  (($(find "$3/base/999999" -type f -size 1 | wc -l) == $(size 1000000 500))) || wrong "$1" "$2" "files are missing"
}
latest_million() { find "$million_home/base" -mindepth 1 -maxdepth 1 | sort | tail -n 1; }
prepare_million_backup() { prepare_million; }
before_million_backup() { :; }
command_million_backup() {
  if [[ $1 == bound ]]; then command_rsync million "$LAB_DIR/tmp/million"; else barman_of "$1" million backup main; fi
}
after_million_backup() { same_million million_backup "$1" "$(latest_million)/data"; }
prepare_million_again() { :; }
before_million_again() { :; }
command_million_again() {
  if [[ $1 == bound ]]; then
    command_rsync million "$LAB_DIR/tmp/million-again" "--link-dest=$LAB_DIR/tmp/million"
  else
    barman_of "$1" million backup main
  fi
}
after_million_again() {
  local own
  same_million million_again "$1" "$(latest_million)/data"
  own=$(find "$(latest_million)/data/base/999999" -type f -links 1 | wc -l)
  ((own == 0)) || wrong million_again "$1" "$own files are no links"
}
prepare_million_restore() { :; }
before_million_restore() { set_aside "$LAB_DIR/restore/million"; }
command_million_restore() {
  if [[ $1 == bound ]]; then
    command=(cp -a "$(latest_million)/data" "$LAB_DIR/restore/million")
  else
    barman_of "$1" million restore main latest "$LAB_DIR/restore/million"
  fi
}
after_million_restore() { same_million million_restore "$1" "$LAB_DIR/restore/million"; }
