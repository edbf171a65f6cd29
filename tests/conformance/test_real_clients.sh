#!/usr/bin/env bash
# Monitoring programs of others, run unmodified against either program: the same words, the same status, and no failure with
# ours where there is none with the reference. They are not ours to copy, so they are looked for in a directory of checkouts:
#   BARMAN_CLIENTS   has prometheus-barman-exporter (github.com/marcinhlybin), check-barman (hamann), rbarman (sauspiel) and
#                    barman_check (vhl); what is missing there is left out, and without the variable the test is skipped
# What they run on is installed by scripts/install-dependencies clients.
if [[ -z ${BARMAN_CLIENTS:-} ]]; then
  echo "skipped: set BARMAN_CLIENTS to a directory of checkouts"
  exit 77
fi
export BARMAN_CLIENTS
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source
wanted=("minimum_redundancy = 1" "last_backup_maximum_age = 1 DAYS" "retention_policy = REDUNDANCY 3" "compression = gzip")
lab_configure_server main source rsync "${wanted[@]}"
use ours
lab_push_wal source main
take_backup main
run ours switch-wal --force --archive --archive-timeout 60 main
ran=0

# What moves from one question to the next is left out: ages, rates and the moment itself.
said_by() { # SIDE COMMAND...
  local status=0
  use "$1"
  "${@:2}" >"$answers/out" 2>&1 </dev/null || status=$?
  sed -E 's/[0-9]+ seconds ago/SECONDS ago/; s/^(barman_metrics_update\{.*\}) .*/\1 NOW/' "$answers/out"
  printf -- '---- status %d\n' "$status"
}
alike() { # CASE COMMAND...
  local side
  for side in reference ours; do said_by "$side" "${@:2}" >"$answers/$side"; done
  compare "$1" asking "$answers/reference" "$answers/ours"
  ran=$((ran + 1))
}
expects() { # CASE TEXT: ours has said so
  holds "$1" grep -qE -- "$2" "$answers/ours"
}

exporter=$BARMAN_CLIENTS/prometheus-barman-exporter/barman_exporter/barman_exporter.py
check_barman() { ruby -I "$BARMAN_CLIENTS/rbarman/lib" "$BARMAN_CLIENTS/check-barman/check-barman.rb" -b "$LAB_DIR/bin/barman" -h "$LAB_DIR/barman" "$@"; }
# rbarman was written for Ruby 2; this one name has gone since.
export RUBYOPT="-W0 -r$LAB_DIR/lib/ruby2.rb"
echo 'class File; class << self; alias_method :exists?, :exist? unless method_defined?(:exists?); end; end' >"$LAB_DIR/lib/ruby2.rb"
check_mk() {
  barman check main >"$LAB_DIR/tmp/check" || true
  barman list-backup main >"$LAB_DIR/tmp/list"
  ruby -I "$BARMAN_CLIENTS/barman_check/lib" -e 'require "barman_check"
    puts BarmanCheck.run("barman_check_mk", {bu_count: 1, bu_age: 25}, File.readlines(ARGV[0]), File.readlines(ARGV[1]))' "$LAB_DIR/tmp/check" "$LAB_DIR/tmp/list"
}

all_clients() { # STATE
  if [[ -e $exporter ]]; then
    alike "$1: barman-exporter" /usr/bin/python3 "$exporter" -d
    expects "$1: barman-exporter exports" '^barman_backups_total\{server="main"\} [1-9]'
  fi
  if [[ -d $BARMAN_CLIENTS/check-barman && -d $BARMAN_CLIENTS/rbarman ]]; then
    # Barman itself has lost the two files that these read; ours keeps them (docs/differences.md: D-CAT-08).
    for action in ssh pg; do alike "$1: check-barman $action" check_barman -a "$action" -s main; done
    for action in "backups_available -w 5 -c 9" "failed_backups -w 1 -c 2" "last_wal_received -w 600 -c 900" missing_wals; do
      # shellcheck disable=SC2086
      said_by ours check_barman -a $action -s main >"$answers/ours"
      sed 's/^/  /' "$answers/ours"
      expects "$1: check-barman $action" "^---- status ${2:-0}\$"
      expects "$1: check-barman $action, its words" '(backups available|backup\(s\) failed|Last wal was received|There are no missing wal files)'
      ran=$((ran + 1))
    done
  fi
  if [[ -d $BARMAN_CLIENTS/barman_check ]]; then
    alike "$1: barman_check" check_mk # which stumbles over the type of backup that list-backups tells since 3.11
  fi
}
all_clients "well"
for _ in 1 2; do take_backup main; done
all_clients "three backups"
conclude
((ran > 0)) || failed "nothing in $BARMAN_CLIENTS was one of the clients"
