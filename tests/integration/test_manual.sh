#!/usr/bin/env bash
# The manual pages are good by mandoc's rules, too (test_installation.sh shows them to groff), and what they tell to type can be
# copied from the screen.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/expectations.sh"
pages=${BARMAN_BIN_DIR:?set it to the directory that holds barman}/../share/man
scripts=("$pages"/man1/*.1 "$pages"/man5/*.5)
expect_true "there are pages (${#scripts[@]})" test "${#scripts[@]}" -gt 50

whole=()
for page in "${scripts[@]}"; do grep -q '^\.so ' "$page" || whole+=("$page"); done
expect_equal "mandoc finds nothing to complain of" "" "$(mandoc -T lint -W warning "${whole[@]}" 2>&1)"
shown=$(man -l "$pages/man1/barman-restore.1" | col -b)
expect_text "what is typed can be copied" "--target-time '2026-11-21 09:25:28+00:00'" "$shown"
expect_text "an example is one line" "barman restore main latest /srv/restored" "$shown"
