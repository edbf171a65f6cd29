# shellcheck shell=bash
# What every conformance test starts with: the laboratory of the integration tests, and a second set of programs, those
# of Barman 3.20.1 itself ("reference"), which take turns with the programs under test ("ours") on one barman_home.
#
# A test is a row of cases. A case compares what the two did, prints whether they agree, and the test goes on; its last
# word is 'conclude', which fails when a case differed. What a test needs to go on at all is asked for with 'run' and
# the expectations of the integration tests, which end it.
#
# Read from the environment
#   BARMAN_REFERENCE_BIN   directory with the reference's programs (default: where scripts/install-reference puts them);
#                          without one the test is skipped
#   CONFORMANCE_RESULTS    a directory in which each test leaves a file with a line for each case:
#                          agreed|differing|deliberate TAB case TAB id in docs/differences.md
#                          and one that says 'concluded', unless it ended before its last case; and one file
#                          'commands', with a line "command TAB console|json" for each question asked of both
set -euo pipefail

: "${BARMAN_REFERENCE_BIN:=$(realpath "${BASH_SOURCE[0]%/*}/../..")/build/reference/bin}"
if [[ ! -x $BARMAN_REFERENCE_BIN/barman ]]; then
  echo "skipped: no reference; run scripts/install-reference or set BARMAN_REFERENCE_BIN"
  exit 77
fi
export BARMAN_REFERENCE_BIN TEST_SECONDS="${TEST_SECONDS:-560}" # each case starts a Python or two

# shellcheck source=../integration/common.sh
. "${BASH_SOURCE[0]%/*}/../integration/common.sh"

conformance_here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
declare -A conformance_programs=([ours]=$(realpath "$BARMAN_BIN_DIR") [reference]=$(realpath "$BARMAN_REFERENCE_BIN"))
declare -A conformance_count=([agreed]=0 [differing]=0 [deliberate]=0)
conformance_row='' conformance_translation=''
answers=$LAB_DIR/answers
mkdir "$answers"
[[ -z ${CONFORMANCE_RESULTS:-} ]] || : >>"$CONFORMANCE_RESULTS/$(basename "$0" .sh)"

# ---- Turns ----------------------------------------------------------------------------------------------------------

# From here on 'barman', and the commands that PostgreSQL and sshd run, are those of one side.
use() { # ours|reference
  lab_use_programs "${conformance_programs[$1]}"
}

ours() { "${conformance_programs[ours]}/barman" "$@"; }
reference() { "${conformance_programs[reference]}/barman" "$@"; }
other() { [[ $1 == ours ]] && echo reference || echo ours; }

# ---- Cases ----------------------------------------------------------------------------------------------------------

# What must differ between two questions, or two works, is replaced by its kind; see there for each rule.
normalise() { # asking|working < TEXT
  sed -E -f "$conformance_here/$1.sed"
}

# Everything that a command said: both streams and its status.
answer() { # ours|reference ARGUMENT...
  ask "$@"
  cat "$answers/out"
  printf '\n---- standard error\n'
  cat "$answers/err"
  printf -- '---- status %d\n' "$asked_status"
}

# Leaves what it says in $answers/out and $answers/err, its status in $asked_status.
ask() { # ours|reference ARGUMENT...
  asked_status=0
  "${conformance_programs[$1]}/barman" "${@:2}" >"$answers/out" 2>"$answers/err" </dev/null || asked_status=$?
  [[ -z ${CONFORMANCE_RESULTS:-} || $1 == ours ]] || note_command "${@:2}"
}

# Which commands are compared in which form, for the table of scripts/conformance.
note_command() { # ARGUMENT...
  local format=console
  while [[ ${1:-} == -* ]]; do
    case $1 in
      -f) format=${2:-}; shift $(($# > 1 ? 2 : 1)) ;;
      -c | --color) shift $(($# > 1 ? 2 : 1)) ;; # it may be the last word: a case of a slip
      *) shift ;;
    esac
  done
  printf '%s\t%s\n' "${1:--}" "$format" >>"$CONFORMANCE_RESULTS/commands"
}

# The two texts must be the same once normalised. In a case marked with 'deliberately' ours must be what the
# translation makes of the reference's, and not what the reference says.
compare() { # CASE asking|working REFERENCE-FILE OUR-FILE
  if agree "${@:2}"; then
    conclude_case "${conformance_row:+deliberate}" "$1"
  elif [[ -z $conformance_row ]] && differ_in_telling_a_failure; then
    conformance_row=D-CLI-01
    conclude_case deliberate "$1"
    conformance_row=''
  elif [[ -n $conformance_row ]] && cmp -s "$answers/said" "$answers/got"; then
    conclude_case differing "$1: the same, but docs/differences.md has $conformance_row"
  else
    diff -u --label reference <(in_short_lines "$answers/wanted") --label ours <(in_short_lines "$answers/got") | cut -c1-1500 | sed 's/^/  /' || true
    conclude_case differing "$1"
  fi
}

# JSON puts whole documents into one line.
in_short_lines() { sed -E 's/\\n/\n/g; s/", "/",\n"/g' "$1"; }

# Failures are reported as docs/differences.md says (D-CLI-01): one prefix, no pointer to the log, and hints.
in_words() {
  sed -E 's/^EXCEPTION: /ERROR: /; /^See log file for more details\.$/d; /^HINT: .*(nothing has been|give |write |did you mean)/d
    /^usage: /d; /^ {16,}/d; s/"_EXCEPTION": /"_ERROR": /; s/\\nSee log file for more details\."/"/g'
}

# The two differ in nothing else. $answers/said and $answers/got are normalised already.
differ_in_telling_a_failure() {
  grep -qE '^(EXCEPTION|ERROR): |"_(EXCEPTION|ERROR)": ' "$answers/said" || return 1
  in_words <"$answers/said" >"$answers/wanted.words"
  in_words <"$answers/got" | sed -E 's/\\nHINT: ([^"\\]|\\.)*"/"/g' |
    awk 'NR == FNR { if (/^HINT: /) given[$0]; next } !/^HINT: / || ($0 in given)' "$answers/wanted.words" - >"$answers/got.words"
  sed -E 's/\\nHINT: ([^"\\]|\\.)*"/"/g' "$answers/wanted.words" | cmp -s - "$answers/got.words"
}

agree() { # asking|working REFERENCE-FILE OUR-FILE
  normalise "$1" <"$2" >"$answers/said"
  normalise "$1" <"$3" >"$answers/got"
  sed -E "$conformance_translation" "$answers/said" >"$answers/wanted"
  cmp -s "$answers/wanted" "$answers/got" || return 1
  [[ -z $conformance_row ]] || ! cmp -s "$answers/said" "$answers/got"
}

conclude_case() { # [agreed]|differing|deliberate CASE
  set -- "${1:-agreed}" "$2"
  conformance_count[$1]=$((conformance_count[$1] + 1))
  printf '%4ds  %-10s %s\n' "$SECONDS" "$1" "$2"
  [[ -z ${CONFORMANCE_RESULTS:-} ]] ||
    printf '%s\t%s\t%s\n' "$1" "$2" "$conformance_row" >>"$CONFORMANCE_RESULTS/$(basename "$0" .sh)"
}

# Both sides answer the same question about the same state, the reference first. A server moves on by itself, so they are
# asked once more before they are said to differ.
same_answer() { # ARGUMENT...
  for _ in 1 2; do
    answer reference "$@" >"$answers/reference"
    answer ours "$@" >"$answers/ours"
    ! agree asking "$answers/reference" "$answers/ours" || break
  done
  compare "${conformance_case:-barman $*}" asking "$answers/reference" "$answers/ours"
}

same_answers() { # FORMAT-LESS QUESTION...: each in console and in JSON
  local question words
  for question in "$@"; do
    read -ra words <<<"$question"
    same_answer "${words[@]}"
    same_answer -f json "${words[@]}"
  done
}

# A JSON document in which the order of keys means nothing. In JSON mode Barman adds one of its own, empty or with
# warnings.
same_document() { # ARGUMENT...
  local side
  for side in reference ours; do
    answer "$side" "$@" | sed -E 's/^\}\{("_WARNING": .*)?\}$/}/' |
      python3 -c 'import json, sys
document, end, rest = sys.stdin.read().partition("\n---- standard error")
try: print(json.dumps(json.loads(document), indent=1, sort_keys=True) + end + rest)
except ValueError: print(document + end + rest)' >"$answers/$side"
  done
  compare "${conformance_case:-barman $*}" asking "$answers/reference" "$answers/ours"
}

# What is known of the machine, in each form and beyond what docs/differences.md says (D-OPS-05).
same_diagnosis() { # WHEN
  local options format side
  for options in "" "--show-config-source"; do
    for format in console json; do
      for side in reference ours; do
        # shellcheck disable=SC2086
        answer "$side" -f "$format" diagnose $options | sed -E '/^ *"barman_native_ver": /d; s/\\n *\\"barman_native_ver\\": \\"[^"]*\\",//g
          s/(\\?"ssh_ver\\?": \\?")[^"\\]*/\1VERSION/g; s/(\\?"timestamp\\?": \\?")[^"\\]*/\1TIME/g
          s/(\\?"current_archived_wals_per_second\\?": )[0-9.e-]+/\1RATE/g' >"$answers/diagnosis.$side"
      done
      compare "$1: diagnose $options ($format)" asking "$answers/diagnosis.reference" "$answers/diagnosis.ours"
    done
  done
}

# The next command's cases differ on purpose: as the row of docs/differences.md with this id says, and in no other way
# than what the sed program makes of the reference's text.
deliberately() { # ID SED-PROGRAM COMMAND...
  grep -qF -- "</a>$1 | " "$conformance_here/../../docs/differences.md" || failed "docs/differences.md has no row $1"
  conformance_row=$1 conformance_translation=$2
  shift 2
  "$@"
  conformance_row='' conformance_translation=''
}

# A case that is a condition and not a comparison of texts.
holds() { # CASE COMMAND...
  if "${@:2}"; then conclude_case agreed "$1"; else conclude_case differing "$1"; fi
}

same_text() { # CASE WANTED GOT
  printf '%s\n' "$2" >"$answers/reference"
  printf '%s\n' "$3" >"$answers/ours"
  compare "$1" asking "$answers/reference" "$answers/ours"
}

conclude() {
  local agreed=${conformance_count[agreed]} differing=${conformance_count[differing]} deliberate=${conformance_count[deliberate]}
  printf '%d cases agree, %d differ, %d differ deliberately\n' "$agreed" "$differing" "$deliberate"
  [[ -z ${CONFORMANCE_RESULTS:-} ]] || echo concluded >>"$CONFORMANCE_RESULTS/$(basename "$0" .sh)"
  ((agreed + deliberate > 0)) || failed "no case was tried"
  ((differing == 0)) || failed "$differing cases differ"
}

# ---- The same work from the same state ------------------------------------------------------------------------------

# Catalogue and configuration as they are now, to go back to.
keep_state() {
  rm -rf "$LAB_DIR/state"
  mkdir "$LAB_DIR/state"
  cp -a "$LAB_DIR/barman" "$LAB_DIR/etc" "$LAB_DIR/state/"
}

back_to_state() {
  rsync -a --checksum --delete "$LAB_DIR/state/barman/" "$LAB_DIR/barman/"
  rsync -a --checksum --delete "$LAB_DIR/state/etc/" "$LAB_DIR/etc/"
}

# What is below a directory: names, kinds and modes, the text of what people and programs read, the digest of the rest.
# Left out are locks, of which only those that are held mean something, the places where ours deliberately leaves more
# (docs/differences.md: D-CAT-08), and what only ours keeps beside the files of both (D-OPS-18, D-WAL-29).
read_by_people='\.(info|conf|json|db|auto|history|queue)$|-keep$'
left_behind() { # DIRECTORY...
  local directory file
  for directory in "$@"; do
    [[ -e $directory ]] || continue
    (
      cd "$directory"
      find . -mindepth 1 ! -path './*base/*/backup.info' ! -path './*wals/xlog.db' ! -name '*.lock' "${lab_no_notes[@]}" -printf '%P %y %m %l\n' | LC_ALL=C sort
      find . -type f ! -path './*base/*/backup.info' ! -path './*wals/xlog.db' ! -name '*.lock' "${lab_no_notes[@]}" | LC_ALL=C sort >"$answers/files"
      while read -r file; do
        printf -- '---- %s\n' "$file"
        cat "$file"
        echo
      done < <(grep -E "$read_by_people" "$answers/files")
      # A manifest lists files in no certain order.
      while read -r file; do
        printf -- '---- %s\n' "$file"
        sed -E 's/\]?,?$//; /^"Manifest-Checksum"/d' "$file" | LC_ALL=C sort
      done < <(grep '/backup_manifest' "$answers/files")
      { grep -vE "$read_by_people|/backup_manifest" "$answers/files" || true; } | xargs -r -d '\n' sha256sum
    )
  done
}

# Each side runs a command from the same state; compared are its words and what it leaves behind. Afterwards everything is
# as ours left it. After 'deliberately' the words differ, and nothing else.
same_work() { # CASE asking|working ARGUMENT...
  local case=$1 rules=$2 side; shift 2
  keep_state
  for side in reference ours; do
    back_to_state
    before_work "$side"
    answer "$side" "$@" >"$answers/words.$side"
    after_work "$side"
    left_behind "$LAB_DIR/barman" "$LAB_DIR/etc" >"$answers/left.$side"
  done
  compare "$case: what it says" "$rules" "$answers/words.reference" "$answers/words.ours"
  conformance_row='' conformance_translation=''
  compare "$case: what it leaves" "$rules" "$answers/left.reference" "$answers/left.ours"
}
# Each side does the same, one after the other, where nothing is put back: a server goes on by itself.
both_do() { # CASE ARGUMENT...
  local case=$1 side; shift
  for side in reference ours; do
    before_work "$side"
    answer "$side" "$@" >"$answers/words.$side"
    after_work "$side"
  done
  compare "$case" working "$answers/words.reference" "$answers/words.ours"
}

# In console and in JSON.
both_do_each() { # CASE ARGUMENT...
  both_do "$1" "${@:2}"
  both_do "$1 (json)" -f json "${@:2}"
}

# What a test does around each side's turn; redefined by tests.
before_work() { :; }
after_work() { :; }

# ---- Views of one catalogue -----------------------------------------------------------------------------------------

# What both say of a server's backups and of one of them, in every form that reads only the catalogue.
same_catalogue() { # WHEN SERVER BACKUP
  local question format target conformance_case
  for question in "list-backups $2" "list-backups --minimal $2" "show-backup $2 $3"; do
    for format in console json; do
      conformance_case="$1: $question ($format)"
      # shellcheck disable=SC2086
      same_answer -f "$format" $question
    done
  done
  for target in standalone data wal full; do
    conformance_case="$1: list-files --target $target"
    same_answer list-files --target "$target" "$2" "$3"
  done
}

# Neither side finds anything to change in the other's index. Whatever the state before, the first rebuild may not
# change a byte either.
same_index_after_rebuild() { # WHEN SERVER
  local index=$LAB_DIR/barman/$2/wals/$2-xlog.db side
  for side in reference ours; do
    cp "$index" "$answers/index"
    run "$side" rebuild-xlogdb "$2"
    same_file "$1: rebuild-xlogdb by $side changes nothing" "$answers/index" "$index"
  done
}

# What must hold after every turn of either side: both list and show the same, and rebuild-xlogdb by either changes nothing.
same_state() { # WHEN SERVER BACKUP
  same_catalogue "$@"
  same_index_after_rebuild "$1" "$2"
}

same_file() { # CASE FILE FILE
  if cmp -s "$2" "$3"; then
    conclude_case agreed "$1"
  else
    diff -u --label before "$2" --label after "$3" | sed 's/^/  /' || true
    conclude_case differing "$1"
  fi
}

# Names, kinds, modes and, of files, sizes below a directory; without what only ours keeps, as in left_behind.
tree() { # DIRECTORY
  find "$1" -mindepth 1 "${lab_no_notes[@]}" \( -type d -printf '%P %y %m\n' -o -type l -printf '%P %y %l\n' -o -printf '%P %y %m %s\n' \) | sort
}
