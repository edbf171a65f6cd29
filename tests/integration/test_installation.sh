#!/usr/bin/env bash
# What is installed is complete: every program and command has a page for man(1) that man formats without a complaint, and
# every page that another one refers to is there.
set -euo pipefail
build=$(realpath "${BARMAN_BIN_DIR:?}/..")
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT
failed() { echo "FAILED: $*"; exit 1; }

cmake --install "$build" --prefix "$target" >"$target/log" 2>&1 || failed "installation: $(cat "$target/log")"
for program in barman barman-wal-archive barman-wal-restore barman-gatekeeper; do
  [[ -x $target/bin/$program ]] || failed "bin/$program is missing"
  [[ -f $target/share/man/man1/$program.1 ]] || failed "$program has no manual page"
done
[[ ! -e $target/bin/generate-manual ]] || failed "a tool of the build is installed"
while read -r command; do
  [[ -f $target/share/man/man1/barman-$command.1 ]] || failed "barman $command has no manual page"
done < <("$target/bin/barman" help | sed -nE 's/^    ([a-z-]+).*/\1/p' | grep -vx help)
for completion in bash-completion/completions/barman zsh/site-functions/_barman fish/vendor_completions.d/barman.fish; do
  [[ -s $target/share/$completion ]] || failed "share/$completion is missing"
done
if command -v groff >/dev/null; then
  for page in "$target"/share/man/man?/*; do
    warnings=$(cd "$target/share/man" && groff -man -ww -z "$page" 2>&1)
    [[ -z $warnings ]] || failed "$page: $warnings"
  done
fi
for page in "$target"/share/man/man?/*; do
  while read -r name section; do
    [[ -f $target/share/man/man$section/$name.$section ]] || failed "$page refers to $name($section), which is missing"
  done < <(sed -nE 's/\\-/-/g; s/^\.BR ([^ ]+) \(([0-9])\).*/\1 \2/p' "$page")
done
echo "installation: passed"
