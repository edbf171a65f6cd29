# shellcheck shell=bash disable=SC2154
# What tests of repmgr share. Sourced after common.sh.

repmgr_node() { # NUMBER NAME PORT DATA [LINE...]: its configuration is $LAB_DIR/etc/node{NUMBER}.conf
  printf '%s\n' "node_id = $1" "node_name = $2" "conninfo = 'host=127.0.0.1 port=$3 user=postgres dbname=postgres connect_timeout=2'" \
    "data_directory = '$4'" "pg_bindir = '$LAB_PG_BIN'" "${@:5}" >"$LAB_DIR/etc/node$1.conf"
}
