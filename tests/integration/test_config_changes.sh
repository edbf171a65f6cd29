#!/usr/bin/env bash
# Models and changes of the configuration: what is switched or changed counts for the next command, the receiver of WAL
# follows, and nothing that would leave an unusable configuration behind is written.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_configure_server stream source postgres "cluster = lab"
cat >"$LAB_DIR/etc/barman.d/models.conf" <<END
[quiet]
model = on
cluster = lab
description = Without a receiver
streaming_archiver = off
archiver = on

[elsewhere]
model = on
cluster = other
END
streams() { lab_sql_is source "$1" "select coalesce(bool_or(active), false) from pg_replication_slots"; }
configuration() { cat "$LAB_DIR"/etc/barman.conf "$LAB_DIR"/etc/barman.d/* "$LAB_DIR/barman/.barman.auto.conf" 2>/dev/null || true; }
queue=$LAB_DIR/barman/cfg_changes.queue

run barman cron
expect_equal "cron leaves a queue, empty as Barman's" "[]" "$(cat "$queue")"
lab_wait_for 30 "the receiver" streams t

# ---- Models
expect_status 1 barman config-switch stream elsewhere
expect_line "a model of another cluster is refused" \
  "ERROR: Model 'elsewhere' has 'cluster=other', which is not compatible with 'cluster=lab' from server 'stream'" "$output"
run barman config-switch stream quiet
expect_line "a model is applied" "Applying model 'quiet' to server 'stream'" "$output"
expect_line "what it changes is told" "Changing value of option 'streaming_archiver' for server 'stream' from 'True' to 'False' through the model 'quiet'" "$output"
expect_text "the receiver is stopped" "Stopped process receive-wal(" "$output"
lab_wait_for 20 "the end of the receiver" streams f
expect_equal "the model is remembered" quiet "$(cat "$LAB_DIR/barman/stream/.active-model.auto")"
expect_text "the next command works with it" "Without a receiver" "$(barman status stream)"
run barman -f json config-switch stream quiet
expect_equal "it is active already" "{\"_INFO\": [\"Model 'quiet' is already active for server 'stream', skipping...\"]}" "$output"
run barman config-switch stream --reset
expect_line "the model is reset" "Resetting the active model for the server stream" "$output"
expect_line "the receiver comes back" "Starting streaming archiver for server stream" "$output"
expect_false "nothing remembers the model" test -e "$LAB_DIR/barman/stream/.active-model.auto"
lab_wait_for 30 "the receiver" streams t

# ---- Changes
first=$(cat "$LAB_DIR/barman/.stream-receive-wal.lock")
run barman config-update '[{"scope": "server", "server_name": "stream", "description": "changed", "parallel_jobs": 2},
  {"scope": "model", "model_name": "fresh", "cluster": "lab", "description": "fresh model"}]'
expect_line "a change is told" "Changing value of option 'description' for section 'stream' from 'source by postgres' to 'changed' through config-update." "$output"
expect_true "it is made where the option was" grep -qx "description = changed" "$LAB_DIR/etc/barman.d/stream.conf"
expect_equal "the rest goes to the file for that" $'[stream]\nparallel_jobs = 2\n[fresh]\ncluster = lab\ndescription = fresh model\nmodel = on' \
  "$(cat "$LAB_DIR/barman/.barman.auto.conf")"
expect_text "the receiver is restarted" "Stopped process receive-wal($first)" "$output"
lab_wait_for 30 "the receiver" streams t
expect_text "the next command sees it" "parallel_jobs: 2" "$(barman show-servers stream)"
run barman config-switch stream fresh
expect_text "the new model can be used" "fresh model" "$(barman status stream)"
run barman config-switch stream --reset
expect_equal "the queue is empty" "[]" "$(cat "$queue")"

before=$(configuration)
for bad in 'x' '[{"scope": "server", "server_name": "stream", "nosuch": "1"}]' \
  '[{"scope": "server", "server_name": "stream", "description": "fine"}, {"scope": "server", "server_name": "quiet", "description": "no"}]' \
  '[{"scope": "server", "server_name": "stream", "description": "%(nosuch)s"}]' \
  '[{"scope": "model", "model_name": "quiet", "cluster": ""}]' '[{"scope": "server", "server_name": "all", "description": "x"}]'; do
  expect_status 1 barman config-update "$bad"
  expect_equal "refused, nothing changed: $bad" "$before" "$(configuration)"
done
expect_equal "nothing was queued" "[]" "$(cat "$queue")"

# ---- What waits in the queue is applied by cron
printf '[{"section": "stream", "changes_set": [{"key": "parallel_jobs", "value": "3", "config_file": "%s"}]}]' \
  "$LAB_DIR/barman/.barman.auto.conf" >"$queue"
run barman cron
expect_line "cron applies it" "Changing value of option 'parallel_jobs' for section 'stream' from '2' to '3' through config-update." "$output"
expect_text "the next command sees it" "parallel_jobs: 3" "$(barman show-servers stream)"
expect_equal "the queue is empty" "[]" "$(cat "$queue")"

stuck=$(printf '[{"section": "stream", "changes_set": [{"key": "parallel_jobs", "value": "4", "config_file": "%s"}]}]' "$LAB_DIR/etc/gone.conf")
printf '%s' "$stuck" >"$queue"
expect_status 1 barman cron
expect_text "a change that cannot be made is told" "Unable to process a set of changes. Exiting." "$output"
expect_equal "and stays" "$stuck" "$(cat "$queue")"
printf 'garbage' >"$queue"
run barman cron
expect_text "a damaged queue is told" "Malformed or empty configuration change queue: $queue" "$output"
expect_equal "and kept aside" garbage "$(cat "$queue.malformed")"

exec 9>"$LAB_DIR/barman/.config-update.lock"
flock 9
expect_status 1 barman config-update '[]'
expect_text "one change at a time" "another process is updating barman configuration files" "$output"
run barman cron
expect_line "cron goes on without" "WARNING: another process is updating barman configuration files" "$output"
exec 9>&-
if pid=$(cat "$LAB_DIR/barman/.stream-receive-wal.lock"); then kill "$pid" 2>/dev/null || true; fi
