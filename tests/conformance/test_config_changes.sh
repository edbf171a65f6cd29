#!/usr/bin/env bash
# Models and changes of the configuration: both say the same of every request, leave the same files, and each takes over
# what the other has left in the queue.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_configure_server main source local-rsync "cluster = lab" "parallel_jobs = 1"
lab_configure_server other source local-rsync
cat >"$LAB_DIR/etc/barman.d/models.conf" <<END
[fast]
model = on
cluster = lab
parallel_jobs = 8
description = 'Quicker'
compression = zstd

[same]
model = on
cluster = lab

[elsewhere]
model = on
cluster = other
END
mkdir -p "$LAB_DIR"/barman/{main,other}

same_request() { # CASE ARGUMENT...: in both formats, each from the same state
  same_work "$1 (json)" asking -f json "${@:2}"
  back_to_state
  same_work "$1" asking "${@:2}"
}

# ---- config-switch --------------------------------------------------------------------------------------------------

answer() { # as in common.sh; Barman lists what a model changes in no certain order
  ask "$@"
  if [[ " $* " == *" config-switch "* ]]; then sed -E 's/^\{"_INFO": \[(.*)\]\}$/\1/; s/", "/"\n"/g' "$answers/out" | sort; else cat "$answers/out"; fi
  printf '\n---- standard error\n'
  cat "$answers/err"
  printf -- '---- status %d\n' "$asked_status"
}

same_request "neither a model nor --reset" config-switch main
same_request "an unknown model" config-switch main nowhere
same_request "an unknown server" config-switch nowhere fast
same_request "a model of another cluster" config-switch main elsewhere
same_request "a server without a cluster" config-switch other fast
same_request "a model" config-switch main fast
same_answers "list-servers" "status main"
for question in "show-servers main" "check main" "list-backups main" "config-switch main fast"; do same_answers "$question"; done
same_request "the active model again" config-switch main fast
same_request "another model" config-switch main same
same_request "reset with a model" config-switch --reset main fast
same_request "reset without an active model" config-switch main --reset
run ours config-switch main fast
sed -i 's/^\[fast\]/[renamed]/' "$LAB_DIR/etc/barman.d/models.conf"
same_answers "status main" "check main" "list-servers" "config-switch main fast" "backup main"
same_request "reset when the model is gone" config-switch --reset main
sed -i 's/^\[renamed\]/[fast]/' "$LAB_DIR/etc/barman.d/models.conf"

# ---- config-update --------------------------------------------------------------------------------------------------

change() { printf '{"scope": "server", "server_name": "main", %s}' "$1"; }
same_request "no changes" config-update '[]'
same_request "an empty object" config-update '{}'
same_request "no JSON" config-update 'x'
same_request "nothing" config-update ''
same_request "no scope" config-update '[{"server_name": "main", "parallel_jobs": "2"}]'
same_request "a wrong scope" config-update '[{"scope": "barman", "server_name": "main"}]'
same_request "no name" config-update '[{"scope": "server", "parallel_jobs": "2"}]'
same_request "no name of a model" config-update '[{"scope": "model", "cluster": "lab"}]'
same_request "a model for a server" config-update '[{"scope": "server", "server_name": "fast", "parallel_jobs": "2"}]'
same_request "a server for a model" config-update '[{"scope": "model", "model_name": "main", "parallel_jobs": "2"}]'
same_request "a new model without a cluster" config-update '[{"scope": "model", "model_name": "new", "parallel_jobs": "2"}]'
same_request "an unknown option" config-update "[$(change '"nosuch": "2"')]"
same_request "an option of models" config-update "[$(change '"model": "on"')]"
same_request "a global option" config-update "[$(change '"barman_home": "/x"')]"
same_request "an impossible value" config-update "[$(change '"parallel_jobs": "many"')]"
same_request "an impossible choice" config-update "[$(change '"backup_method": "tape"')]"
same_request "an impossible set" config-update "[$(change '"backup_options": "tape"')]"
same_request "one that is right and one that is wrong" config-update "[$(change '"description": "x"'), $(change '"nosuch": "2"')]"
same_request "an option that is written" config-update "[$(change '"parallel_jobs": "2"')]"
same_request "an option that is not written" config-update "[$(change '"retention_policy": "REDUNDANCY 2"')]"
same_request "the same again" config-update "[$(change '"retention_policy": "REDUNDANCY 3"')]"
same_request "several options and sections" config-update "[$(change '"description": "a b", "minimum_redundancy": "1"'),
  {\"scope\": \"server\", \"server_name\": \"other\", \"description\": \"c\"}]"
same_request "a new model" config-update '[{"scope": "model", "model_name": "new", "cluster": "lab", "parallel_jobs": "3"}]'
same_request "a model's option" config-update '[{"scope": "model", "model_name": "fast", "parallel_jobs": "9"}]'
same_request "a new server" config-update '[{"scope": "server", "server_name": "third", "description": "c"}]'
same_request "letters beyond ASCII" config-update "[$(change '"description": "\u00e4 \ud83d\ude00 \" q"')]"
same_request "an option inherited from [barman]" config-update "[$(change '"immediate_checkpoint": "false"')]"
same_answers "list-servers" "show-servers main"
same_diagnosis "in the end"
conclude
