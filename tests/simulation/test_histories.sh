#!/usr/bin/env bash
# Lives of a Barman home, made up at random from fixed seeds, with an oracle that watches each step. README.md says how a
# failure is read and repeated. Read from the environment, as by tests/torture:
#   TORTURE            short (default): some hundred histories; full: ten thousand
#   TORTURE_RESULTS    a directory for the count, for scripts/torture
set -euo pipefail
# shellcheck source=../../scripts/lib/lab.sh
. "${BASH_SOURCE[0]%/*}/../../scripts/lib/lab.sh"
: "${BARMAN_BIN_DIR:?set it to the directory that holds barman, barman-wal-archive and barman-wal-restore}"
: "${BARMAN_TORTURE_DIR:?set it to the directory that holds libbarman_clock.so and libbarman_faults.so}"
lab_become_ordinary_user "$0" "$@"
trap 'rm -rf "${LAB_DIR:-}"' EXIT

histories=400
[[ ${TORTURE:-short} != full ]] || histories=10000
/usr/bin/python3 "${BASH_SOURCE[0]%/*}/simulate.py" search --histories "$histories" "$@"
[[ -z ${TORTURE_RESULTS:-} ]] || printf '%s\t%s\t%s\t%s\n' "${0##*/}" "histories" "simulated" "$histories" >>"$TORTURE_RESULTS/points"
