#!/usr/bin/env bash
# 'retention' and 'delete --dry-run' say what cron and 'delete' then do; a backup that only retention_calendar holds is kept
# with its own WAL and can be restored.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_configure_server main source rsync "retention_policy = REDUNDANCY 1"
lab_push_wal source main

home=$LAB_DIR/barman/main
backups=() rows=()
for number in 0 1 2 3; do
  lab_add_rows source 1000 >/dev/null
  take_backup main
  backups[number]=$backup rows[number]=$(lab_fingerprint source)
  lab_add_rows source 1000 >/dev/null
  run barman switch-wal --force --archive --archive-timeout 60 main
done
# As if they were of four days: 40, 20, 10 and 0 days ago.
days=(40 20 10 0)
for number in 0 1 2; do
  info=$home/meta/${backups[number]}-backup.info
  at=$(date -u -d "${days[number]} days ago 12:00" '+%F %T')
  sed -i -E "s/^(begin_time|end_time)=.*/\1=$at+00:00/" "$info"
done

on_disk() { (cd "$home/wals" && find . -type f -name '0000*' -printf '%f\n' | sort); }
decisions() { barman -f json retention main "$@" | python3 -c 'import json, sys
for backup in json.load(sys.stdin)["main"]["backups"]: print(backup["backup_id"], backup["decision"], backup["reasons"][0]["rule"])' | sort; }
ids() { barman list-backups --minimal main | sort; }
all_of_home() { find "$home" -type f ! -path '*/.retention-calendar/*' | sort | xargs sha256sum; }

# ---- A deletion that is only looked at
before=$(all_of_home)
run barman delete --dry-run main oldest
expect_text "the backup that would go" "${backups[0]} - DONE - Size:" "$output"
expect_equal "nothing changes" "$before" "$(all_of_home)"
barman -f json delete --dry-run main oldest >"$LAB_DIR/plan.json"
plan() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["delete_plan"]'"$1"')' "$LAB_DIR/plan.json"; }
before=$(on_disk)
run barman delete main oldest
gone=$(comm -23 <(echo "$before") <(on_disk))
expect_equal "as many WAL files went as it said" "$(plan '["wal"]["files"]')" "$(grep -c . <<<"$gone")"
expect_equal "the first of them" "$(plan '["wal"]["first"]')" "$(head -n 1 <<<"$gone")"
expect_equal "the last of them" "$(plan '["wal"]["last"]')" "$(tail -n 1 <<<"$gone")"
run barman keep --target full main "${backups[3]}"
expect_status 1 barman delete --dry-run main latest
expect_text "it says why not" "as it has a current keep request" "$output"
run barman keep --release main "${backups[3]}"

# ---- The policy alone
expect_equal "what the policy does" "${backups[1]} delete policy
${backups[2]} delete policy
${backups[3]} keep policy" "$(decisions)"
expect_equal "what another one would do" "${backups[1]} keep policy
${backups[2]} keep policy
${backups[3]} keep policy" "$(decisions --policy "RECOVERY WINDOW OF 15 DAYS")"
expect_status 1 barman retention main --policy "SOME OF THEM"
expect_text "a policy that cannot be read" "invalid retention policy 'SOME OF THEM'" "$output"

# ---- And the calendar
lab_configure_server main source rsync "retention_policy = REDUNDANCY 1" "retention_calendar = 3 days"
lab_push_wal source main
expect_equal "the calendar keeps the others" "${backups[1]} keep calendar
${backups[2]} keep calendar
${backups[3]} keep policy" "$(decisions)"
run barman retention --explain main
expect_text "with the periods" "calendar: the first of day $(date -d '20 days ago 12:00' +%F)" "$output"
expect_false "nothing is kept by asking" test -e "$home/meta/${backups[1]}-keep"
run barman cron
expect_equal "they stay" "$(printf '%s\n' "${backups[@]:1}")" "$(ids)"
expect_equal "by Barman's annotation" standalone "$(<"$home/meta/${backups[1]}-keep")"
expect_equal "as does the list say" 2 "$(barman list-backups main | grep -c KEEP:STANDALONE)"
expect_equal "cron is asked again: the same" "${backups[1]} keep calendar
${backups[2]} keep calendar
${backups[3]} keep policy" "$(decisions)"

# A fourth day: the oldest is released and goes, with its WAL; what lies between the others goes when a later one does.
take_backup main
backups[4]=$backup
sed -i -E "s/^(begin_time|end_time)=.*/\1=$(date -u -d '1 day ago 12:00' '+%F %T')+00:00/" "$home/meta/${backups[3]}-backup.info"
expect_equal "it is said before" "${backups[1]} delete policy
${backups[2]} keep calendar
${backups[3]} keep calendar
${backups[4]} keep policy" "$(decisions)"
run barman cron
expect_equal "the oldest is gone" "$(printf '%s\n' "${backups[@]:2}")" "$(ids)"
expect_false "with its keep" test -e "$home/meta/${backups[1]}-keep"
run barman keep --target standalone main "${backups[2]}" # now it is a person's

lab_configure_server main source rsync "retention_policy = REDUNDANCY 1"
lab_push_wal source main
run barman cron
expect_equal "without a calendar its keeps go, a person's stays" "${backups[2]}
${backups[4]}" "$(ids)"
for wal in $(lab_backup_field main "${backups[2]}" begin_wal) $(lab_backup_field main "${backups[2]}" end_wal); do
  expect_line "its own WAL is there" "$wal" "$(on_disk)"
done
restore_and_start copy main "${backups[2]}" --target-immediate --target-action promote
expect_rows "and it restores" copy "${rows[2]}"

# ---- A calendar that cannot be read
lab_configure_server main source rsync "retention_policy = REDUNDANCY 1" "retention_calendar = seven days"
run barman keep --release main "${backups[2]}"
expect_status 1 barman cron
expect_text "it is reported" "invalid retention_calendar 'seven days' of server main: no backup is removed" "$output"
expect_equal "nothing goes" "${backups[2]}
${backups[4]}" "$(ids)"
expect_text "check is not green" "retention policy settings: FAILED (see log)" "$(barman check main || true)"
