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
