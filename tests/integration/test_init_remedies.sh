#!/usr/bin/env bash
# Whatever one thing a PostgreSQL server lacks, 'barman init' prints all that makes its next run succeed, in whatever language the
# server speaks.
. "${BASH_SOURCE[0]%/*}/common.sh"

# The server's own messages; ours and libpq's stay English.
if mkdir "$LAB_DIR/tmp/locale" && localedef -i de_DE -f UTF-8 "$LAB_DIR/tmp/locale/de_DE.UTF-8" >/dev/null 2>&1; then
  export LOCPATH=$LAB_DIR/tmp/locale
  languages=(C de_DE.UTF-8)
else
  languages=(C)
  echo "NOT TESTED: a server that speaks German (package locales)"
fi

lab_create_cluster source
. "${BASH_SOURCE[0]%/*}/remedies.sh"
lab_sql source "create database app"
conninfo="host=127.0.0.1 port=${LAB_PORT[source]} user=barman dbname=app"

forget() { # ROLE: with what it may do in either database
  local database
  for database in postgres app; do
    psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -d "$database" -c "drop owned by $1"
  done
  lab_sql source "drop role $1"
}
everybody_gets_in() { # METHOD
  printf '%s\n' "host all postgres 127.0.0.1/32 trust" "host all all 127.0.0.1/32 $1" "host replication all 127.0.0.1/32 $1" >"$hba"
  lab_sql source "select pg_reload_conf()" >/dev/null
}

roles_that_are_missing() { forget barman; forget streaming_barman; }
roles_that_are_missing_and_need_passwords() { roles_that_are_missing; everybody_gets_in scram-sha-256; }
streaming_role_that_is_missing() { forget streaming_barman; }
streaming_role_that_may_not_replicate() { lab_sql source "alter role streaming_barman noreplication"; }
roles_that_may_not_log_in() { lab_sql source "alter role barman nologin"; lab_sql source "alter role streaming_barman nologin"; }
rights_that_are_missing() { forget barman; lab_sql source "create role barman login"; }
database_that_is_closed() { lab_sql source "revoke connect on database app from public"; }
entries_that_are_missing() {
  lab_sql source "alter role barman password 'secret-of-barman'"
  lab_sql source "alter role streaming_barman password 'secret-of-streaming_barman'"
  echo "host all postgres 127.0.0.1/32 trust" >"$hba"
  lab_sql source "select pg_reload_conf()" >/dev/null
}
entry_for_replication_that_rejects() {
  lab_sql source "alter role streaming_barman password 'secret-of-streaming_barman'"
  printf '%s\n' "host replication all 127.0.0.1/32 reject" "host all all 127.0.0.1/32 trust" >"$hba"
  lab_sql source "select pg_reload_conf()" >/dev/null
}
passwords_that_are_unknown() { everybody_gets_in scram-sha-256; }
wal_level_that_is_minimal() {
  lab_sql source "alter system set wal_level = minimal"
  lab_sql source "alter system set archive_mode = off"
  lab_sql source "alter system set max_wal_senders = 0"
  restart
}
senders_that_are_missing() { lab_sql source "alter system set max_wal_senders = 0"; restart; }
slots_that_are_missing() { lab_sql source "alter system set max_replication_slots = 0"; restart; }

whole_again() {
  : >"$PGPASSFILE"
  everybody_gets_in trust
  for setting in wal_level archive_mode max_wal_senders max_replication_slots; do
    lab_sql source "alter system reset $setting"
  done
  restart
  lab_sql source "grant connect on database app to public"
  rm -f "$LAB_DIR/etc/barman.d/main.conf"
}

for language in "${languages[@]}"; do
  lab_sql source "alter system set lc_messages = '$language'"
  lab_sql source "select pg_reload_conf()" >/dev/null
  for what in nothing roles_that_are_missing roles_that_are_missing_and_need_passwords streaming_role_that_is_missing \
    streaming_role_that_may_not_replicate roles_that_may_not_log_in rights_that_are_missing database_that_is_closed entries_that_are_missing \
    entry_for_replication_that_rejects passwords_that_are_unknown wal_level_that_is_minimal senders_that_are_missing slots_that_are_missing; do
    whole_again
    lab_sql source "drop role if exists streaming_barman; create role streaming_barman login replication"
    # Functions of app alone, as conninfo names that.
    lab_sql source "drop owned by barman"
    psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -d app -c "drop owned by barman"
    lab_sql source "drop role barman"
    psql -XAtq -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -d app -c "drop role streaming_barman" \
      -f "$lab_root/packaging/postgresql/roles.sql"
    [[ $what == nothing ]] || "$what"
    if lacks_nothing main --conninfo "$conninfo"; then
      [[ $what == nothing ]] || failed "$language: ${what//_/ }: nothing is missing" "$output"
      passed "$language: nothing is missing"
      continue
    fi
    [[ $what != nothing ]] || failed "$language: something is missing where nothing is" "$output"
    first=$output
    if [[ $language$what == de_DE.UTF-8entries_that_are_missing && $first != *Eintrag* ]]; then
      echo "NOT TESTED: this PostgreSQL has no German messages"
      break
    fi
    apply
    lacks_nothing main --conninfo "$conninfo" ||
      failed "$language: ${what//_/ }: the second run" "$first" "$output" "$(<"$LAB_DIR/tmp/remedy.log")"
    passed "$language: ${what//_/ }: the second run lacks nothing"
  done
done
