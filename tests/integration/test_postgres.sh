#!/usr/bin/env bash
# The connection, the queries and the replication protocol against a real server, as roles without superuser: the tests of
# unit_postgres that need one. They are run through a descriptor, which an ordinary user may do wherever the program lies.
[[ -e /proc/self/fd/9 ]] || exec 9<"${BARMAN_BIN_DIR:?}/unit_postgres"
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster main
conninfo="host=127.0.0.1 port=${LAB_PORT[main]} dbname=postgres"
run env BARMAN_TEST_PORT="${LAB_PORT[main]}" \
  BARMAN_TEST_CONNINFO="$conninfo user=barman" \
  BARMAN_TEST_SUPERUSER_CONNINFO="$conninfo user=postgres" \
  BARMAN_TEST_STREAMING_CONNINFO="host=127.0.0.1 port=${LAB_PORT[main]} user=streaming_barman" \
  /proc/self/fd/9 '--gtest_filter=Live.*'
expect_text "every query and every failure of a connection" "[  PASSED  ] 10 tests." "$output"
