#!/usr/bin/env bash
# What public tools run and take from the answers (tests/integration/tools.sh) is the same from both programs, in every
# state that monitoring tells apart.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/tools.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
wanted=("minimum_redundancy = 1" "last_backup_maximum_age = 1 DAYS" "last_wal_maximum_age = 1 DAYS" "retention_policy = REDUNDANCY 3")
lab_configure_server main source rsync "${wanted[@]}"
lab_configure_server stream source postgres "${wanted[@]}" "create_slot = manual"

# Many tools ask the same: each command is run once in each state, and its answer given again.
once=$LAB_DIR/once
asked_once() { # SIDE SERVER
  rm -rf "$once"
  mkdir "$once"
  cat >"$once/barman" <<END
#!/bin/bash
answer=$once/\$(printf '%s\0' "\$@" | sha256sum | cut -d ' ' -f 1)
if [[ ! -e \$answer.status ]]; then
  "${conformance_programs[$1]}/barman" "\$@" >"\$answer.out" 2>"\$answer.err"
  echo \$? >"\$answer.status"
fi
cat "\$answer.out"
cat "\$answer.err" >&2
exit "\$(<"\$answer.status")"
END
  chmod 755 "$once/barman"
  PATH=$once:$PATH tool_answers "$2"
}
tools_alike() { # STATE SERVER
  local side tool question _
  for side in reference ours; do
    use "$side"
    asked_once "$side" "$2" >"$answers/tools.$side"
  done
  while IFS=$'\t' read -r tool question _; do
    same_text "$1, $2: $tool, $question" "$(tool_answer "$tool" "$question" "$(<"$answers/tools.reference")")" \
      "$(tool_answer "$tool" "$question" "$(<"$answers/tools.ours")")"
  done < <(tool_questions)
}

same_answer check --nagios main # one question: while nothing is archived a check waits for WAL
use ours
lab_push_wal source main
lab_keep_busy source
run ours receive-wal --create-slot stream
run ours cron
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots"
run ours switch-wal --force --archive --archive-timeout 60 stream
tools_alike "no backup" main
take_backup main
take_backup stream
for server in main stream; do tools_alike "well" "$server"; done
same_words() { answer "$1" -f json backup --wait main | python3 -c 'import json, sys
text = sys.stdin.read().split("\n---- standard error")[0]
print(sorted((key, sorted(value) if isinstance(value, dict) else type(value).__name__) for key, value in json.loads(text).items()))'; }
same_text "ansible: what backup says in JSON" "$(same_words reference)" "$(same_words ours)"
echo broken >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
expect_status 1 ours backup main
rm -f "${LAB_DATA[source]}/unreadable"
tools_alike "a failed backup" main
lab_stop_cluster source
for server in main stream; do tools_alike "PostgreSQL gone" "$server"; done
conclude
