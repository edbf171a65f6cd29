# shellcheck shell=bash disable=SC2154
# What a drill says and leaves. Sourced after common.sh.

# One value of the drill in $output, as Python prints it.
drill_value() { # EXPRESSION ABOUT d
  python3 -c "import json, sys; d = json.load(sys.stdin)['drill']; print($1)" <<<"$output"
}
check_of() { # NAME
  drill_value "[c['passed'] for c in d['checks'] if c['name'] == '$1'][0]"
}
detail_of() { # NAME
  drill_value "[c['detail'] for c in d['checks'] if c['name'] == '$1'][0]"
}
reached() { # KEY
  drill_value "d['reached']['$1']"
}
last_commit() { # CLUSTER
  lab_sql "$1" "select txid_snapshot_xmax(txid_current_snapshot()) - 1"
}

expect_drill() { # WHAT SERVER BACKUP [OPTION...]
  local what=$1; shift
  run barman -f json drill "$@"
  expect_equal "$what: the drill passes" True "$(drill_value "d['passed']")"
  expect_equal "$what: what was foretold is reached" True "$(check_of target)"
  expect_equal "$what: the content is read" True "$(check_of content)"
}

expect_failure() { # WHAT CHECK REASON SERVER BACKUP [OPTION...]
  local what=$1 check=$2 reason=$3; shift 3
  expect_status 1 barman -f json drill "$@"
  expect_equal "$what: the drill fails" False "$(drill_value "d['passed']")"
  expect_equal "$what: for that reason" False "$(check_of "$check")"
  expect_text "$what: it is told" "$reason" "$(detail_of "$check")"
}

# What a drill has no business to leave: a directory, a process, a lock.
expect_nothing_left() { # SERVER
  expect_equal "nothing is left on disk" "" "$(find "$LAB_DIR/barman/$1/.drill" -mindepth 1 -maxdepth 1 ! -name history)"
  expect_false "nothing runs" pgrep -f "$LAB_DIR/barman/$1/.drill/"
  expect_false "no lock is left" test -e "$LAB_DIR/barman/.$1-drill.lock"
}

# SIGKILL at so many moments, spread over a drill from its first to its last: what it has started ends by itself, soon, and the
# next run of cron removes the rest.
expect_killed_drills() { # SERVER MOMENTS
  local server=$1 moments=$2 before begin took number drill stage
  local -A stages=()
  begin=${EPOCHREALTIME/./}
  run barman drill "$server" latest
  took=$((${EPOCHREALTIME/./} - begin))
  drill_strangers=$(lab_marked_processes || true)
  before=$(scraps)
  for ((number = 1; number <= moments; number++)); do
    "$BARMAN_BIN_DIR/barman" drill "$server" latest >"$LAB_DIR/log/killed-drill.log" 2>&1 &
    drill=$!
    sleep "$(awk "BEGIN { print $took * $number / ($moments + 1) / 1000000 }")"
    stage=$(drill_stage "$server")
    kill -KILL "$drill" 2>/dev/null || stage="at its end"
    wait "$drill" 2>/dev/null || true
    lab_wait_for 15 "the end of what a drill of $server had started, killed $stage" no_drill_processes
    run barman -q cron
    [[ $(scraps) == "$before" ]] || failed "a drill of $server, killed $stage, leaves this" "$(scraps)"
    expect_nothing_left "$server"
    stages[$stage]=1
  done
  passed "$server: killed at $moments moments: $(printf '%s, ' "${!stages[@]}")nothing is left"
}
drill_stage() { # SERVER
  local directory=("$LAB_DIR/barman/$1/.drill"/drill-*)
  if [[ -S ${directory[0]}/socket/.s.PGSQL.5432 ]]; then
    echo "while it looks"
  elif [[ -e ${directory[0]}/data/postmaster.pid ]]; then
    echo "while PostgreSQL recovers"
  elif [[ -e ${directory[0]}/settings ]]; then
    echo "while it prepares"
  elif [[ -e ${directory[0]} ]]; then
    echo "while it copies"
  else
    echo "at its beginning"
  fi
}
# The agent of gpg is everybody's, and ends by itself.
no_drill_processes() {
  local pid
  for pid in $(comm -13 <(sort <<<"$drill_strangers") <(lab_marked_processes | sort)); do
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == gpg-agent ]] || lab_all_gone "$pid" || return 1
  done
}
# Outside of the directory of the drill.
scraps() {
  find "$LAB_DIR/tmp" -mindepth 1 | sort
}

# PostgreSQL itself subtracts from 14 on.
lsn_before() { # LSN BYTES
  local position=$(((16#${1%/*} << 32) + 16#${1#*/} - $2))
  printf '%X/%X' $((position >> 32)) $((position & 0xFFFFFFFF))
}
