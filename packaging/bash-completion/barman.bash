# shellcheck shell=bash disable=SC2154
# Completion of barman and its other programs for bash. What goes before it when it is installed, made from the programs' own
# tables:
#   _barman_verbs      every verb and alias
#   _barman_options    [verb] its options                          (verb " ": what stands before the verb)
#   _barman_arguments  [verb] what each of its arguments is
#   _barman_values     [verb option] the choices of an option that takes a value; @file, @directory, @backup; or nothing
# The other programs are verbs to these tables.

_barman_ask() {
  "${COMP_WORDS[0]}" "${_barman_config[@]}" "$@" 2>/dev/null
}

# What begins with the current word, of one candidate a line: no candidate is taken for something to expand.
_barman_offer() { # CANDIDATES
  local candidate
  while IFS= read -r candidate; do
    [[ -n $candidate && $candidate == "$current"* ]] || continue
    printf -v candidate %q "$candidate"
    COMPREPLY+=("$candidate")
  done <<<"$1"
}

_barman_offer_words() { # WORDS
  _barman_offer "${1// /$'\n'}"
}

# Paths, of which readline quotes blanks and marks directories; of nothing else, or the server "main" became "main/" where a
# directory is called so.
_barman_offer_paths() { # -f|-d
  compopt -o filenames 2>/dev/null || true # not while a test calls us
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

# Ids, names, and the words that stand for one of them.
_barman_offer_backups() { # SERVER MORE-WORDS
  _barman_offer "$(_barman_ask list-backups "$1" | sed -nE "s/^[^ ]+ ([0-9]{8}T[0-9]{6})( '(.*)')? - .*/\1\n\3/p")"
  _barman_offer_words "latest last oldest first last-failed latest-full last-full $2"
}

_barman_complete() { # KIND
  case $1 in
    servers) _barman_offer "$( ((${#words[@]})) || echo all; _barman_ask list-servers --minimal)" ;;
    server) _barman_offer "$(_barman_ask list-servers --minimal)" ;;
    backup | @backup) _barman_offer_backups "${words[0]:-}" "" ;;
    backup-or-auto) _barman_offer_backups "${words[0]:-}" auto ;;
    verb) _barman_offer_words "$_barman_verbs" ;;
    host) mapfile -t COMPREPLY < <(compgen -A hostname -- "$current") ;;
    file | @file) _barman_offer_paths -f ;;
    directory | @directory) _barman_offer_paths -d ;;
  esac
}

_barman() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb="" word index
  # bash makes three words of --option=value.
  if [[ $current == = ]]; then
    current=""
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  local -a words=() kinds=() _barman_config=()
  COMPREPLY=()
  word=${COMP_WORDS[0]##*/}
  [[ $word == barman || -z ${_barman_options["$word"]+set} ]] || verb=$word
  for ((index = 1; index < COMP_CWORD; ++index)); do
    word=${COMP_WORDS[index]}
    if [[ -n ${_barman_values["$verb $word"]+set} ]]; then
      [[ ${COMP_WORDS[index + 1]:-} != = ]] || ((++index))
      [[ -n $verb || ($word != -c && $word != --config) ]] || _barman_config=(-c "${COMP_WORDS[index + 1]:-}")
      ((++index))
    elif [[ $word == -* ]]; then
      continue
    elif [[ -z $verb ]]; then
      verb=$word
    else
      words+=("$word")
    fi
  done
  if [[ -n ${_barman_values["$verb $previous"]+set} ]]; then
    local choices=${_barman_values["$verb $previous"]}
    if [[ $choices == @* ]]; then _barman_complete "$choices"; else _barman_offer_words "$choices"; fi
  elif [[ $current == -* ]]; then
    _barman_offer_words "${_barman_options["${verb:- }"]:-}"
  elif [[ -z $verb ]]; then
    _barman_offer_words "$_barman_verbs"
  else
    read -ra kinds <<<"${_barman_arguments["$verb"]:-}"
    if [[ ${kinds[0]:-} == servers ]]; then _barman_complete servers; else _barman_complete "${kinds[${#words[@]}]:-}"; fi
  fi
}
complete -o nosort -F _barman barman barman-wal-archive barman-wal-restore \
  barman-cloud-backup barman-cloud-backup-delete barman-cloud-backup-keep barman-cloud-backup-list barman-cloud-backup-show \
  barman-cloud-check-wal-archive barman-cloud-restore barman-cloud-wal-archive barman-cloud-wal-restore
