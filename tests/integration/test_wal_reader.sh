#!/usr/bin/env bash
# The reader of WAL sees what pg_waldump sees: every record, and of each commit, abort and restore point its place,
# transaction, time and name; in segments of 1 MiB, so that records of all kinds cross from one to the next.
. "${BASH_SOURCE[0]%/*}/common.sh"

print_wal=${BARMAN_BIN_DIR:?}/print-wal
wal=$LAB_DIR/wal
mkdir "$wal"
lab_create_cluster source --wal-segsize=1
lab_stop_cluster source
cat >>"${LAB_DATA[source]}/postgresql.conf" <<END
archive_command = 'cp "%p" "$wal/.%f" && mv "$wal/.%f" "$wal/%f"'
max_prepared_transactions = 5
wal_compression = on
track_commit_timestamp = on
END
lab_start_cluster source

# ---- Work of every kind -----------------------------------------------------------------------------------------------

lab_sql source "create table ledger (id serial primary key, note text)"
transactions() { # CLUSTER COUNT
  lab_sql "$1" "do \$\$ begin
    for i in 1..$2 loop
      insert into ledger (note) values (repeat('x', i % 97));
      if i % 7 = 0 then rollback; else commit; end if;
    end loop;
  end \$\$"
}
subtransactions() { # COUNT; each is one
  echo "do \$\$ begin
    for i in 1..$1 loop
      begin insert into ledger (note) values ('child');
        if i % 5 = 0 then raise exception 'no'; end if;
      exception when raise_exception then null; end;
    end loop;
  end \$\$;"
}
prepared() { # NAME END STATEMENTS; on one connection, as the end has no transaction of its own
  PGOPTIONS='-c statement_timeout=60s' psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -d postgres \
    -c "begin" -c "$3" -c "prepare transaction '$1'" -c "$2 prepared '$1'"
}
transactions source 1500
lab_sql source "select pg_create_restore_point('it''s: 1\\ \"name\" with blanks, ä')" >/dev/null
lab_sql source "$(subtransactions 300)"
prepared one commit "insert into ledger (note) values ('prepared')"
prepared two rollback "insert into ledger (note) values ('not prepared')"
prepared many commit "$(subtransactions 3000)"
prepared none rollback "$(subtransactions 200)"
prepared ddl commit "create table brought (id int primary key, note text); create index on brought (note)"
prepared drop commit "drop table brought; alter table ledger add column more int"
close_segment source >/dev/null
lab_sql source "select pg_logical_emit_message(false, 'lab', repeat('a record over several segments ', 100000))" >/dev/null
lab_sql source "insert into ledger (note) select string_agg(md5(i::text), '') from generate_series(1, 80000) i"
lab_sql source "create table emptied as select * from ledger; truncate emptied; drop table emptied"
transactions source 1500
lab_sql source "checkpoint"
lab_sql source "select pg_create_restore_point(repeat('n', 63))" >/dev/null
for _ in 1 2 3; do close_segment source >/dev/null; done

# A standby that is promoted continues on a timeline of its own.
create_standby source promoted
transactions source 200
checkpoint=$(LC_ALL=C pg_controldata "${LAB_DATA[source]}" | sed -n 's/^Time of latest checkpoint: *//p')
lab_stop_cluster source # waits for its standby
stopped=$(LC_ALL=C pg_controldata "${LAB_DATA[source]}" | sed -n 's/^Time of latest checkpoint: *//p')
pg_ctl promote -w -s -D "${LAB_DATA[promoted]}"
lab_wait_for_promotion promoted
transactions promoted 1500
lab_sql promoted "select pg_create_restore_point('after the promotion')" >/dev/null
last=$(close_segment promoted)
lab_wait_for 60 "segment $last" test -e "$wal/$last"
# XID MICROSECONDS of what was committed, of children of transactions, too.
lab_sql promoted "select x || ' ' || round(extract(epoch from pg_xact_commit_timestamp(x::text::xid)) * 1000000)::bigint
  from generate_series(3, pg_snapshot_xmax(pg_current_snapshot())::text::int - 1) x where pg_xact_commit_timestamp(x::text::xid) is not null" |
  sort >"$LAB_DIR/tmp/commits.known"
lab_stop_cluster promoted

# ---- What we see --------------------------------------------------------------------------------------------------------

fork=$(cut -f2 "$wal/00000002.history")
segments_of() { find "$wal" -name "$1????????????????" -printf '%f\n' | sort; }
first_of_2=$(segments_of 00000002 | head -n 1)
mapfile -t of_1 < <(segments_of 00000001 | awk -v fork="${first_of_2:8}" 'substr($0, 9) < fork')
mapfile -t of_2 < <(segments_of 00000002)
passed "WAL of PostgreSQL $LAB_PG_MAJOR: ${#of_1[@]} segments, left at $fork, and ${#of_2[@]} of timeline 2"
files=("${of_1[@]/#/$wal/}" "${of_2[@]/#/$wal/}")
"$print_wal" "${files[@]}" >"$LAB_DIR/tmp/seen"
grep -E '^(commit|abort)' "$LAB_DIR/tmp/seen" | awk '{ print $1, $2, $4, $5 }' >"$LAB_DIR/tmp/ends"
grep '^restore_point' "$LAB_DIR/tmp/seen" | cut -d' ' -f2,6- >"$LAB_DIR/tmp/points"
"$print_wal" --all "${files[@]}" | awk '$1 != "segment" { print $2 }' >"$LAB_DIR/tmp/places"

expect_same() { # WHAT WANTED GOT LEAST
  local count
  diff "$2" "$3" >"$LAB_DIR/tmp/difference" || failed "$1" "$(head -n 20 "$LAB_DIR/tmp/difference")"
  count=$(wc -l <"$2")
  ((count >= $4)) || failed "$1" "only $count"
  passed "$1 ($count)"
}

# ---- What the server knows ------------------------------------------------------------------------------------------------

awk '$1 ~ /commit/ { print $3, $4 }' "$LAB_DIR/tmp/ends" | sort >"$LAB_DIR/tmp/commits"
comm -12 "$LAB_DIR/tmp/commits" "$LAB_DIR/tmp/commits.known" >"$LAB_DIR/tmp/commits.common"
expect_same "every commit has the server's transaction and microsecond" "$LAB_DIR/tmp/commits.common" "$LAB_DIR/tmp/commits" 3900
# The log names the end of a restore point.
cat "$LAB_DIR"/log/postgresql-{source,promoted}.log | sed -nE 's/.*LOG:  restore point "(.*)" created at ([0-9A-F]+)\/0*([0-9A-F]+)$/\2\/\3 \1/p' \
  >"$LAB_DIR/tmp/points.logged"
grep '^restore_point' "$LAB_DIR/tmp/seen" | cut -d' ' -f3,6- >"$LAB_DIR/tmp/points.ends"
expect_same "every restore point of the log" "$LAB_DIR/tmp/points.logged" "$LAB_DIR/tmp/points.ends" 3

# ---- What pg_waldump sees -----------------------------------------------------------------------------------------------

dump() { # FIRST LAST; ends with an error, as the segment that would come next is not there
  pg_waldump -p "$wal" "$1" "$2" 2>"$LAB_DIR/log/pg_waldump.log" || true
}
# "lsn: 0/015A5F38" as we print it.
# shellcheck disable=SC2016
short_lsn='function lsn(text) { sub(/\/0*/, "/", text); sub(/,$/, "", text); sub(/\/$/, "/0", text); return text }'

compare_with_pg_waldump() {
  dump "${of_1[0]}" "${of_1[-1]}" >"$LAB_DIR/tmp/dump"
  dump "${of_2[0]}" "${of_2[-1]}" >>"$LAB_DIR/tmp/dump"
  awk "$short_lsn"'{ for (i = 1; i < NF; i++) if ($i == "lsn:") { print lsn($(i + 1)); break } }' "$LAB_DIR/tmp/dump" >"$LAB_DIR/tmp/places.dumped"
  expect_same "every record is where pg_waldump sees it" "$LAB_DIR/tmp/places.dumped" "$LAB_DIR/tmp/places" 10000
  # KIND BEGIN XID DATE TIME; of a prepared transaction, "tx" is that of the session which ended it.
  awk "$short_lsn"'/^rmgr: Transaction / && / desc: (COMMIT|ABORT)/ {
      for (i = 1; i < NF; i++) { if ($i == "lsn:") at = lsn($(i + 1)); if ($i == "tx:") tx = $(i + 1) + 0; if ($i == "desc:") break }
      kind = tolower($(i + 1)); i += 2
      if (kind ~ /prepared/) { tx = $i + 0; i++ }
      print kind, at, tx, $i, $(i + 1)
    }' "$LAB_DIR/tmp/dump" >"$LAB_DIR/tmp/dumped"
  cut -d' ' -f4- "$LAB_DIR/tmp/dumped" | sed 's/$/ UTC/' | date -u -f - +%s%6N |
    paste -d' ' <(cut -d' ' -f1-3 "$LAB_DIR/tmp/dumped") - >"$LAB_DIR/tmp/ends.dumped"
  expect_same "every commit and abort: place, transaction, microsecond" "$LAB_DIR/tmp/ends.dumped" "$LAB_DIR/tmp/ends" 4500
  sed -nE 's|.* lsn: ([0-9A-F]+)/0*([0-9A-F]+),.* desc: RESTORE_POINT (.*)|\1/\2 \3|p' "$LAB_DIR/tmp/dump" >"$LAB_DIR/tmp/points.dumped"
  expect_same "every restore point" "$LAB_DIR/tmp/points.dumped" "$LAB_DIR/tmp/points" 3
}
# Of some versions there may be no pg_waldump (scripts/install-postgresql).
waldump_is_ours() { [[ $(pg_waldump --version) == *" $LAB_PG_MAJOR."* ]]; }
if waldump_is_ours; then compare_with_pg_waldump; fi

# ---- The rest -----------------------------------------------------------------------------------------------------------

for kind in commit_prepared:4 abort_prepared:2 segment_switch:4 end_of_recovery:1 backup_end:1; do
  count=$(grep -c "^${kind%:*} " "$LAB_DIR/tmp/seen" || true)
  ((count >= ${kind#*:})) || failed "records of kind ${kind%:*}" "$count"
done
passed "ends of prepared transactions, segment switches, the end of recovery and of the backup are seen"
expect_equal "every segment is whole" "" "$(grep '^segment ' "$LAB_DIR/tmp/seen" | grep -v ' whole ' || true)"

seconds() { date -u -d "$1" +%s; }
expect_text "the time of a checkpoint" " $(seconds "$checkpoint")000000 " "$(grep ^checkpoint "$LAB_DIR/tmp/seen")"
label=$(find "$wal" -name '*.backup' | sort | tail -n 1)
location() { sed -nE "s|^$1 WAL LOCATION: ([0-9A-F]+)/0*([0-9A-F]+) .*|\1/\2|p" "$label"; }
expect_equal "the end of the backup" "$(location STOP) $(location START)" \
  "$(grep ^backup_end "$LAB_DIR/tmp/seen" | tail -n 1 | awk '{ print $3, $6 }')"

# The segments one by one, joined afterwards, and in pieces of an odd size, are the same.
"$print_wal" --apart "${files[@]}" >"$LAB_DIR/tmp/apart"
expect_same "each segment by itself, joined" "$LAB_DIR/tmp/seen" "$LAB_DIR/tmp/apart" 4500
"$print_wal" --piece 4093 "${files[@]}" >"$LAB_DIR/tmp/pieces"
expect_same "in pieces" "$LAB_DIR/tmp/seen" "$LAB_DIR/tmp/pieces" 4500

# ---- Ends ---------------------------------------------------------------------------------------------------------------

partial=$(find "$wal" -name '*.partial')
expect_text "the partial segment ends where the timeline was left" " unwritten ${fork/\/0/\/} " "$("$print_wal" "$partial" | tail -n 1)"
old=$(find "${LAB_DATA[source]}/pg_wal" -name '000000010000*' -printf '%f\n' | sort | awk -v fork="${first_of_2:8}" 'substr($0, 9) >= fork' | head -n 1)
expect_text "the stopped server's last segment ends with its checkpoint" "$(seconds "$stopped")000000" \
  "$("$print_wal" "${LAB_DATA[source]}/pg_wal/$old" | grep -v '^segment ' | tail -n 1)"
damaged=$LAB_DIR/tmp/${of_1[0]}
cp "$wal/${of_1[0]}" "$damaged"
printf 'X' | dd of="$damaged" bs=1 seek=500000 conv=notrunc status=none
seen=$("$print_wal" "$damaged" | tail -n 1)
expect_text "one changed byte is damage" "segment ${of_1[0]} damaged " "$seen"
place=$(awk '{ print $4 }' <<<"$seen")
if waldump_is_ours; then
  expect_true "pg_waldump stops there, too" grep -qE "in record at ${place%/*}/0*${place#*/}\$" \
    <(pg_waldump -p "$LAB_DIR/tmp" "${of_1[0]}" 2>&1 >/dev/null || true)
fi
