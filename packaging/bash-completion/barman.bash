# shellcheck shell=bash disable=SC2154
# Completion of barman for bash. What goes before it when it is installed, made from the program's own tables:
#   _barman_verbs      every verb and alias
#   _barman_options    [verb] its options                          (verb " ": what stands before the verb)
#   _barman_arguments  [verb] what each of its arguments is
#   _barman_values     [verb option] the choices of an option that takes a value

_barman_ask() {
  "${COMP_WORDS[0]}" "${_barman_config[@]}" "$@" 2>/dev/null
}

_barman_offer() { # WORDS
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_barman_offer_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

_barman() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb="" word index
  local -a words=() kinds=() _barman_config=()
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; ++index)); do
    word=${COMP_WORDS[index]}
    if [[ -n ${_barman_values["$verb $word"]+set} ]]; then
      [[ $word != -c && $word != --config ]] || _barman_config=(-c "${COMP_WORDS[index + 1]:-}")
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
    if [[ -n $choices ]]; then _barman_offer "$choices"; else _barman_offer_files; fi
    return
  fi
  if [[ $current == -* ]]; then
    _barman_offer "${_barman_options["${verb:- }"]:-}"
    return
  fi
  if [[ -z $verb ]]; then
    _barman_offer "$_barman_verbs"
    return
  fi
  read -ra kinds <<<"${_barman_arguments["$verb"]:-}"
  local kind=${kinds[${#words[@]}]:-}
  [[ ${kinds[0]:-} != servers ]] || kind=servers
  case $kind in
    servers) _barman_offer "$( ((${#words[@]})) || echo all; _barman_ask list-servers --minimal)" ;;
    server) _barman_offer "$(_barman_ask list-servers --minimal)" ;;
    backup)
      _barman_offer "$(_barman_ask list-backups --minimal "${words[0]}")
        latest last oldest first last-failed latest-full last-full"
      ;;
    verb) _barman_offer "$_barman_verbs" ;;
    file) _barman_offer_files ;;
  esac
}
complete -o filenames -o nosort -F _barman barman
