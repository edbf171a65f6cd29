#!/usr/bin/env bash
# 'list-backups --long' says how long each backup stays, and cron does what it says; it asks nobody but the catalogue.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

day=86400
now=$(date +%s)
# A full backup that ended that many days ago, and some hours: nothing turns at a round hour.
store_backup_of_age() { # SERVER DAYS [STATUS]: its id is in $id
  local end=$((now - $2 * day - 7200))
  id=$(date -d "@$end" +%Y%m%dT%H%M%S)
  store_backup "$1" "$id" "${3:-DONE}"
  sed -i -e "s/^begin_time=.*/begin_time=$(date -d "@$((end - 10))" '+%F %T+00:00')/" \
    -e "s/^end_time=.*/end_time=$(date -d "@$end" '+%F %T+00:00')/" "$home/$1/meta/$id-backup.info"
}
column() { # ID COLUMN
  awk -v id="$1" -v column="$2" '$1 == id { print $column }' <<<"$output"
}
in_days() { date -d "@$((now + $1 * day - 7200))" +%F; }

write_configuration "retention_policy = RECOVERY WINDOW OF 7 DAYS" main other
ids=()
for age in 1 3 6 9 12; do store_backup_of_age main "$age"; ids+=("$id"); done
store_backup_of_age main 2 FAILED; failed=$id
run barman keep --target standalone main "${ids[4]}"

run barman list-backups --long main
expect_line "the policy" "Server main: RECOVERY WINDOW OF 7 DAYS" "$output"
expect_equal "the columns" "BACKUP AGE TYPE STATUS SIZE WAL KEPT EXPIRES DRILL" "$(sed -n 2p <<<"$output" | xargs)"
expect_equal "newest first" "$(printf '%s\n' "${ids[0]}" "$failed" "${ids[@]:1}")" "$(awk '/^2/ { print $1 }' <<<"$output")"
expect_equal "the newest goes after another one" "+1 backup" "$(column "${ids[0]}" 8) $(column "${ids[0]}" 9)"
expect_equal "an older one, when the next one is behind the window" "$(in_days 6)" "$(column "${ids[1]}" 8)"
expect_equal "the one before" "$(in_days 4)" "$(column "${ids[2]}" 8)"
expect_equal "the one that covers the window" "$(in_days 1)" "$(column "${ids[3]}" 8)"
expect_equal "one that is kept" "standalone never" "$(column "${ids[4]}" 7) $(column "${ids[4]}" 8)"
expect_equal "one that failed" "FAILED - - - -" "$(awk -v id="$failed" '$1 == id { print $4, $5, $6, $7, $8 }' <<<"$output")"
expect_text "the totals" "6 backups, 5 of them copied: " "$(tail -n 1 <<<"$output")"
expect_equal "nothing is wider than a terminal" "" "$(awk 'length > 80' <<<"$output")"

run barman keep --release main "${ids[4]}"
run barman list-backups --long main
expect_equal "released, it goes now" now "$(column "${ids[4]}" 8)"
run barman cron
run barman list-backups --minimal main
expect_equal "cron removes what goes now, and nothing else" "$(printf '%s\n' "${ids[0]}" "$failed" "${ids[@]:1:3}")" "$output"

run barman -f json list-backups --long main
expect_equal "JSON has the keys of list-backups and more" "time $(in_days 1) True" "$(python3 -c 'import json, sys
last = json.load(sys.stdin)["main"][-1]
print(last["expires"]["rule"], last["expires"]["time"][:10], "size_bytes" in last and last["kept"] is None)' <<<"$output")"
run barman -f json list-backups main
expect_equal "without --long it is as ever" "" "$(grep -oE 'expires|age_seconds|drill|kept' <<<"$output" || true)"

run barman list-backups --long all
expect_line "a server without backups" "0 backups: 0 B, and 0 B of later WAL" "$output"
expect_status 2 barman list-backups --long --minimal main
expect_text "one or the other" "not allowed with argument" "$output"

calls=$home/calls
run strace -f -qq -e trace=connect -e signal=none -o "$calls" barman list-backups --long all
expect_equal "nobody is asked" "" "$(grep -v /nscd/ "$calls" || true)" # the C library looks up its user there
