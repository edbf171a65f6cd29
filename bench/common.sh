# shellcheck shell=bash disable=SC2154,SC2034
# How a row of the benchmark is measured. A row is a question ("what does X cost?") asked to several sides in turn:
#   ours, reference   the two programs, on the same configuration and the same files
#   bound             the bare work by the plainest tool, which nobody can do without
# Results are lines on the descriptor $bench_results, for table.awk:
#   row TAB side TAB wall TAB user TAB sys TAB KiB TAB status      one run
#   row TAB note TAB text                                         something found out on the way
# A side's run is followed by a look at what it did. A wrong result ends the benchmark: how fast it came is no matter.

declare -A bench_program=([ours]=$BARMAN_BIN_DIR)
bench_sides=(ours)
if [[ -n ${BARMAN_REFERENCE_BIN:-} ]]; then
  bench_program[reference]=$BARMAN_REFERENCE_BIN
  bench_sides+=(reference)
fi
bench_tool=$BARMAN_BIN_DIR
bench_set_aside=0
# What the measured command has said on standard output and standard error, and its figures.
said=$LAB_DIR/tmp/said complained=$LAB_DIR/tmp/complained figures=$LAB_DIR/tmp/figures

# The one of sizes that this run is about: the table's, a tenth of a second's, or ten times the table's.
size() { # NORMAL QUICK
  if [[ ${BENCH_QUICK:-} == 1 ]]; then echo "$2"; else echo $(($1 * ${BENCH_SCALE:-1})); fi
}

wanted_row() { # ROW
  [[ -z ${BENCH_ROWS:-} || ,$BENCH_ROWS, == *,"$1",* ]]
}

# Of the row and side that are at work, as the next two.
note() { # TEXT
  printf '%s\tnote\t%s\n' "$row" "$1" >&"$bench_results"
}

wrong() { # WHAT [FILE]
  printf 'bench: %s: %s is wrong: %s\n' "$row" "$side" "$1" >&2
  [[ -z ${2:-} ]] || tail -n 20 "$2" >&2
  exit 1
}

# Measures a row, RUNS times each side in turn. The row is a function, row_NAME STEP SIDE TURN [ARGUMENT...], in steps:
#   prepare   once, before all sides, not measured: makes the data and sites
#   before    not measured: brings everything into the same state
#   work      calls 'timed' once, with the command that is measured; for 'bound' it may leave that out
#   after     not measured, not for 'bound': ends with 'wrong' unless the work was done
# RUNS-OF-THE-REFERENCE keeps those that take minutes to one run.
measure() { # ROW RUNS RUNS-OF-THE-REFERENCE [NAME [ARGUMENT...]]
  local row=$1 runs=$2 reference_runs=$3 turn side
  local row_function=row_${4:-$1} row_arguments=("${@:5}")
  wanted_row "$row" || return 0
  if [[ ${BENCH_QUICK:-} == 1 ]]; then runs=1; fi
  [[ -z ${BENCH_RUNS:-} ]] || runs=$BENCH_RUNS
  "$row_function" prepare '' 0 "${row_arguments[@]}"
  for ((turn = 1; turn <= runs; turn++)); do
    for side in "${bench_sides[@]}" bound; do
      [[ $side != reference ]] || ((turn <= reference_runs)) || continue
      run_side
    done
  done
}

run_side() { # of measure
  rm -f "$figures"
  "$row_function" before "$side" "$turn" "${row_arguments[@]}"
  "$row_function" work "$side" "$turn" "${row_arguments[@]}"
  if [[ ! -e $figures ]]; then
    [[ $side == bound ]] || wrong "it did not work"
    return
  fi
  if [[ $side != bound ]]; then "$row_function" after "$side" "$turn" "${row_arguments[@]}"; fi
  printf '%s\t%s\t%s\n' "$row" "$side" "$(<"$figures")" >&"$bench_results"
  printf '%5ds  %-18s %-10s %s\n' "$SECONDS" "$row" "$side" "$(awk -F '\t' '
    { printf "%9.3f s wall %9.3f s cpu %7.1f MiB", $1, $2 + $3, $4 / 1024 }' "$figures")" >&2
}

timed() { # [--any-status] COMMAND...
  local any_status=''
  if [[ $1 == --any-status ]]; then any_status=1; shift; fi
  sync # What one side leaves to be written back is not for the next to wait for.
  "$bench_tool/bench-measure" "$figures" "$@" >"$said" 2>"$complained" </dev/null || true
  [[ -s $figures ]] || wrong "it was not measured" "$complained"
  [[ -n $any_status || $(<"$figures") == *$'\t'0 ]] || wrong "status $(awk -F '\t' '{ print $NF }' "$figures")" "$complained"
}

# Out of the way of what comes next, without being deleted: ext4 without a journal makes files slowly for minutes after
# others were. The room of large files is given back; they must not have other links.
set_aside() { # PATH
  [[ -e $1 ]] || return 0
  local aside=$LAB_DIR/tmp/aside.$((++bench_set_aside))
  mv "$1" "$aside"
  find "$aside" -type f -size +1M -exec truncate -s 0 {} +
}

# The sides must have said the same.
expect_same_words() {
  local other=$LAB_DIR/tmp/$row.words
  if [[ ! -e $other ]]; then
    cp "$said" "$other"
  elif ! cmp -s "$said" "$other"; then
    diff "$other" "$said" | head -n 10 >&2 || true
    wrong "it says something else"
  fi
}

# ---- Sites: a configuration and a barman_home each --------------------------------------------------------------------

site_file() { echo "$LAB_DIR/sites/$1/barman.conf"; }
site_home() { echo "$LAB_DIR/sites/$1/home"; }

make_site() { # SITE ["OPTION = VALUE"...]
  local directory=$LAB_DIR/sites/$1; shift
  mkdir -p "$directory"/{barman.d,home,log}
  {
    printf '%s\n' "[barman]" "barman_home = $directory/home" "barman_user = $LAB_USER" \
      "log_file = $directory/log/barman.log" "configuration_files_directory = $directory/barman.d" \
      "path_prefix = $LAB_PG_BIN" "immediate_checkpoint = true" "backup_options = concurrent_backup"
    (($# == 0)) || printf '%s\n' "$@"
  } >"$directory/barman.conf"
}

add_server() { # SITE SERVER ["OPTION = VALUE"...]
  local site=$1 server=$2; shift 2
  printf '%s\n' "[$server]" "description = $server" "$@" >"$LAB_DIR/sites/$site/barman.d/$server.conf"
}

# A server that nobody connects to.
idle_server=("conninfo = host=127.0.0.1 port=9 user=barman dbname=postgres" "backup_method = local-rsync" "archiver = on")

make_server_directories() { # HOME SERVER
  mkdir -p "$1/$2"/{base,errors,incoming,meta,streaming,wals}
}

# What the cluster archives goes to server `main` of the site; a first segment is archived there.
begin_archiving() { # CLUSTER SITE
  local incoming
  incoming=$(site_home "$2")/main/incoming
  lab_archive_with "$1" "cp %p $incoming/.%f && mv $incoming/.%f $incoming/%f"
  lab_sql "$1" "select pg_switch_wal()" >/dev/null
  lab_wait_for 60 "the first segment" has_files "$incoming"
  barman_of ours "$2" archive-wal main >/dev/null
}

barman_of() { # SIDE SITE ARGUMENT...
  local side=$1 site=$2; shift 2
  "${bench_program[$side]}/barman" -c "$(site_file "$site")" "$@"
}

timed_barman() { # SIDE SITE ARGUMENT...
  local program=${bench_program[$1]}/barman site=$2; shift 2
  timed "$program" -c "$(site_file "$site")" "$@"
}
