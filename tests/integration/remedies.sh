# shellcheck shell=bash disable=SC2154
# What `barman init` prints is done as it stands, on the server called source. Sourced after common.sh.
hba=${LAB_DATA[source]}/pg_hba.conf
export PGPASSFILE=$LAB_DIR/tmp/pgpass
(umask 077; : >"$PGPASSFILE")

restart() {
  lab_stop_cluster source
  lab_start_cluster source
}

# Something about the server in the JSON of $output.
value() { # EXPRESSION ABOUT s
  python3 -c "import json, sys; s = next(iter(json.load(sys.stdin).values())); print($1)" <<<"$output"
}

# What is printed for a place, a line each.
printed_for() { # WORD
  value "'\n'.join(l for r in s['remedies'] if '$1' in r['where'] for l in r['lines'])"
}

# Of a person at psql, only the answers to \password are ours: secret-of-ROLE.
apply() {
  local line
  { printed_for pg_hba.conf; cat "$hba"; } >"$LAB_DIR/tmp/hba"
  cat "$LAB_DIR/tmp/hba" >"$hba"
  lab_sql source "select pg_reload_conf()" >/dev/null
  printed_for psql | sed "s/^\\\\password \"*\([^\"]*\)\"*$/alter role \"\1\" password 'secret-of-\1';/" >"$LAB_DIR/tmp/remedy.sql"
  psql -XAq -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -d template1 -f "$LAB_DIR/tmp/remedy.sql" >"$LAB_DIR/tmp/remedy.log" 2>&1 ||
    failed "what is to be typed in psql" "$(<"$LAB_DIR/tmp/remedy.log")"
  ! grep -v 'role "[^"]*" already exists\|Rolle »[^«]*« existiert bereits' "$LAB_DIR/tmp/remedy.log" | grep -E '^psql:.*(ERROR|FEHLER)' ||
    failed "what is to be typed in psql fails" "$(<"$LAB_DIR/tmp/remedy.log")"
  while IFS= read -r line; do
    [[ $line != *:PASSWORD ]] || echo "${line%PASSWORD}secret-of-$(cut -d: -f4 <<<"$line")" >>"$PGPASSFILE"
  done < <(printed_for .pgpass)
  [[ $(value "any('restart' in r['where'] for r in s['remedies'])") == False ]] || restart
}

# Whether `barman init` has nothing to say; sets $output.
lacks_nothing() { # OPTION...
  local status=0
  barman -f json init "$@" >"$LAB_DIR/tmp/init" 2>&1 || status=$?
  output=$(<"$LAB_DIR/tmp/init")
  ((status == 0))
}
