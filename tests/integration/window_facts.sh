# shellcheck shell=bash disable=SC2154
# What recovery-window says beside what pg_waldump shows of the WAL as PostgreSQL wrote it. Sourced after a common.sh.
witness=$LAB_DIR/witness # every WAL file as PostgreSQL handed it over
mkdir -p "$witness"

# A cluster pushes its WAL to a Barman server, and leaves a copy of each file with the witness.
push_with_witness() { # CLUSTER SERVER
  lab_archive_with "$1" "cp %p $witness/.%f && mv $witness/.%f $witness/%f && barman-wal-archive -U $LAB_USER 127.0.0.1 $2 %p"
}

# Commits, an abort, a restore point, and a record that crosses into the next segment.
commit_and_abort() { # CLUSTER NAME-OF-RESTORE-POINT
  lab_add_rows "$1" 20 >/dev/null
  lab_sql "$1" "do \$\$ begin insert into ledger values (-1, 'gone'); rollback; end \$\$"
  lab_sql "$1" "select pg_create_restore_point('$2')" >/dev/null
  lab_sql "$1" "select pg_logical_emit_message(false, 'lab', repeat('over two segments ', 60000))" >/dev/null
}

# The server is called main. The record that the last of the segments begins with may cross into it.
archive_now() { # CLUSTER
  local closed
  closed=$(lab_sql "$1" "select pg_walfile_name(pg_switch_wal())")
  lab_wait_for 60 "segment $closed" archived_in_main "$closed"
}
archived_in_main() { barman -q archive-wal main; is_archived main "$1"; }

# What a server's archive holds, as PostgreSQL wrote it.
archive_as_written() { # HOME SERVER
  local name
  rm -rf "$LAB_DIR/tmp/as-written"
  mkdir "$LAB_DIR/tmp/as-written"
  while read -r name; do
    [[ ! -e $1/$2/wals/${name:0:16}/$name && ! -e $1/$2/wals/$name ]] || ln -s "$witness/$name" "$LAB_DIR/tmp/as-written/$name"
  done < <(cut -f1 "$1/$2/wals/$2-xlog.db" | grep -xE '[0-9A-F]{24}|[0-9A-F]{8}\.history')
}

# The question to one server, by options of barman that may be none, is answered as pg_waldump does for each timeline.
expect_true_window() { # WHAT HOME SERVER TIMELINES [OPTION...]
  local what=$1 home=$2 server=$3 timelines=$4 timeline wanted got; shift 4
  archive_as_written "$home" "$server"
  for timeline in $timelines; do
    wanted=$("$lab_root/tests/integration/window_oracle.py" "$LAB_DIR/tmp/as-written" "$home/$server" "$timeline")
    got=$(barman "$@" -f json recovery-window --target-tli "$timeline" "$server" |
      jq -S --indent 1 --arg s "$server" '.[$s] | {intervals, restore_points: [.restore_points[] | {name, lsn, timeline}]}')
    [[ $(jq '.intervals | length' <<<"$wanted") != 0 ]] || failed "$what: nothing can be reached on timeline $timeline" "$wanted"
    [[ $wanted == "$got" ]] || failed "$what: timeline $timeline" "$(diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$got"))"
    passed "$what, timeline $timeline: $(jq -r '[.intervals[] | "\(.from_time) to \(.to_time)"] | join(", ")' <<<"$wanted")"
  done
}
