#!/usr/bin/env bash
# Completion in zsh offers verbs, options, their values, servers and backups. A zsh with a terminal of its own completes; what it
# would list is written to a file. zsh orders what it is offered by itself: here only what is offered counts.
. "${BASH_SOURCE[0]%/*}/completion.sh"
completions=$(realpath "${BARMAN_BIN_DIR:?}/../share/zsh/site-functions")
command -v zsh >/dev/null || { echo "no zsh here: scripts/install-dependencies test"; exit 77; }
export HOME=$home PATH=$BARMAN_BIN_DIR:$PATH LC_ALL=C.UTF-8

cat >"$home/setup.zsh" <<'END'
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit
compinit -u -d $HOME/dump
PROMPT= RPROMPT=
setopt nobeep
# What completion adds is what it offers. -O, -A and -D only ask.
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-[OAD]* ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -O hits "$@"
  print -rl -- $hits >>$HOME/hits
  builtin compadd "$@"
}
offer() {
  zle list-choices
  zle kill-buffer
  print -r -- end >$HOME/end
}
zle -N offer
bindkey '^X' offer
print -r -- ready >$HOME/ready
END
cat >"$home/driver.zsh" <<'END'
zmodload zsh/zpty
zmodload zsh/zselect
await() { # FILE
  local -i turn
  for ((turn = 0; turn < 1000; ++turn)); do
    [[ -s $1 ]] && return
    zpty -r -t shell line 2>/dev/null
    zselect -t 2
  done
  print -u2 "zsh did not answer"
  exit 1
}
zpty shell zsh -f -i
zpty -w shell 'stty -echo; source $HOME/setup.zsh'
await $HOME/ready
while IFS= read -r line; do
  rm -f $HOME/end
  : >$HOME/hits
  zpty -w -n shell "$line"$'\C-x'
  await $HOME/end
  hits=(${(f)"$(<$HOME/hits)"})
  print -r -- "${hits[*]}"
done
zpty -d shell
END
wanted=() lines=()
expect() { # WANTED LINE
  wanted+=("$1")  lines+=("$2")
}
expect_the_same
expect "copy" "barman backup --reuse-backup=c"
expect "main" "barman restore main latest $home/ma"
expect "barman.conf" "barman -c $home/barman.c"

COMPLETIONS=$completions timeout 120 zsh -f "$home/driver.zsh" < <(printf '%s\n' "${lines[@]}") >"$home/answers"
mapfile -t got <"$home/answers"
sorted() { tr ' ' '\n' <<<"$1" | sort -u | paste -sd' '; }
for index in "${!lines[@]}"; do
  [[ $(sorted "${got[index]-nothing}") == "$(sorted "${wanted[index]}")" ]] && continue
  printf "FAILED: '%s'\n  wanted: %s\n  got:    %s\n" "${lines[index]}" "${wanted[index]}" "${got[index]-nothing}"
  exit 1
done
[[ ! -e $home/executed ]] || { echo "FAILED: the name of a backup was executed"; exit 1; }
echo "completion in zsh: passed"
