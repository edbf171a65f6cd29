#!/usr/bin/env bash
# A streaming backup keeps the configuration files that the server has outside PGDATA, included ones too: read by ssh, or by
# PostgreSQL where the role may; restored beside the data. What cannot be read is a warning.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/gpg.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
etc=$LAB_DIR/pg/source/etc data=${LAB_DATA[source]}
mkdir -p "$etc/conf.d" "$etc/empty.d"
lab_stop_cluster source
mv "$data/pg_hba.conf" "$data/pg_ident.conf" "$etc/"
echo "work_mem = 5MB" >"$etc/conf.d/more.conf"
printf '%s\n' "hba_file = '$etc/pg_hba.conf'" "ident_file = '$etc/pg_ident.conf'" "include_dir = '$etc/conf.d'" \
  "include_dir = '$etc/empty.d'" "include '$etc/comments.conf'" "include_if_exists '$etc/absent.conf'" >>"$data/postgresql.conf"
echo "# without it nothing starts" >"$etc/comments.conf"
files=(comments.conf conf.d/more.conf pg_hba.conf pg_ident.conf)
if ((LAB_PG_MAJOR >= 16)); then # files that only include others are in none of PostgreSQL's lists
  mkdir "$etc/hba.d"
  { cat "$etc/pg_hba.conf"; printf '%s\n' "include only_includes.conf" "include_if_exists no_hba.conf" "include_dir hba.d"; } >"$etc/hba.new"
  mv "$etc/hba.new" "$etc/pg_hba.conf"
  echo "include nested.conf" >"$etc/only_includes.conf"
  echo "# nothing yet" >"$etc/nested.conf"
  echo "local @people all reject" >"$etc/hba.d/10_people.conf"
  echo "nobody" >"$etc/hba.d/people"
  echo "include maps.conf" >>"$etc/pg_ident.conf"
  echo "lab $LAB_USER postgres" >"$etc/maps.conf"
  files+=(hba.d/10_people.conf hba.d/people maps.conf nested.conf only_includes.conf)
fi
chmod 0644 "$etc"/*.conf "$etc"/*/*.conf
lab_start_cluster source
lab_sql source "grant pg_read_all_settings to barman"

kept() { (cd "$LAB_DIR/barman/main/base/$1" && find barman_configuration -type f -printf '/%P\n' 2>/dev/null | sort) || true; }
all_of_them=$(printf '%s\n' "${files[@]/#/$etc/}" | sort)

# ---- Without ssh, by a role that may not
lab_configure_server main source postgres
lab_receive_wal source main
run barman switch-wal --archive --archive-timeout 60 main
take_backup main
expect_equal "the role may read none" "" "$(kept "$backup")"
expect_text "it is a warning, as Barman's" "$(printf 'WARNING: pg_basebackup does not copy the PostgreSQL configuration files that reside outside PGDATA.')" "$output"
expect_text "with the reason" "cannot read $etc/pg_hba.conf: " "$output"

# ---- By a role that may
lab_sql source "grant pg_read_server_files to barman; grant execute on function pg_read_binary_file(text, bigint, bigint) to barman"
((LAB_PG_MAJOR < 16)) || lab_sql source "grant select on pg_hba_file_rules, pg_ident_file_mappings to barman;
  grant execute on function pg_hba_file_rules(), pg_ident_file_mappings() to barman"
take_backup main
expect_equal "PostgreSQL reads them" "$all_of_them" "$(kept "$backup")"
expect_false "nothing is left to be said" grep -q "does not copy the PostgreSQL configuration files" <<<"$output"
base=$LAB_DIR/barman/main/base/$backup
expect_equal "as they are" "$(sha256sum <"$etc/pg_hba.conf")" "$(sha256sum <"$base/barman_configuration$etc/pg_hba.conf")"
expect_equal "for nobody else" "600 700" "$(stat -c %a "$base/barman_configuration$etc/pg_hba.conf") $(stat -c %a "$base/barman_configuration")"
lab_sql source "revoke pg_read_server_files from barman"
((LAB_PG_MAJOR < 16)) || lab_sql source "revoke select on pg_hba_file_rules from barman" # ssh finds what is included

# ---- By ssh
echo "ssh_command = $LAB_SSH" >>"$LAB_DIR/etc/barman.d/main.conf"
take_backup main
expect_equal "ssh reads them" "$all_of_them" "$(kept "$backup")"
expect_false "and the data is as pg_basebackup left it" test -e "$LAB_DIR/barman/main/base/$backup/data/barman_configuration"
rows=$(lab_fingerprint source)

# ---- Restored, beside the data
target=$LAB_DIR/restore/local
mkdir -p "$target"
run barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" main latest "$target/data"
expect_text "the report says where" "These configuration files from outside PGDATA are below barman_configuration/" "$output"
expect_equal "they are there" "$(sha256sum <"$etc/pg_hba.conf")" "$(sha256sum <"$target/data/barman_configuration$etc/pg_hba.conf")"
expect_equal "for nobody else" 600 "$(stat -c %a "$target/data/barman_configuration$etc/pg_hba.conf")"
lab_start_restored local "$target/data" -c "hba_file=$target/data/barman_configuration$etc/pg_hba.conf"
lab_wait_for_promotion local
expect_rows "and the cluster works with them" local "$rows"
expect_true "a directory that is included is there, even if it is empty" test -d "$target/data/barman_configuration$etc/empty.d"
expect_equal "every line of pg_hba.conf is understood" 0 "$(lab_sql local "select count(*) from pg_hba_file_rules where error is not null")"
if ((LAB_PG_MAJOR >= 16)); then
  expect_equal "with those that it includes" 1 "$(lab_sql local "select count(*) from pg_hba_file_rules where 'nobody' = any(database)")"
fi
target=$LAB_DIR/restore/remote
mkdir -p "$target"
run barman restore --remote-ssh-command "$LAB_SSH" --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" main latest "$target/data"
expect_equal "on another host as well" "$(sha256sum <"$etc/pg_hba.conf")" "$(sha256sum <"$target/data/barman_configuration$etc/pg_hba.conf")"

# ---- A drill takes shared_preload_libraries from them, and nothing else
expect_drill "with files from outside" main latest

# ---- With an encrypted backup they are encrypted
plain=$(<"$LAB_DIR/etc/barman.d/main.conf")
printf '%s\n' "backup_compression = gzip" "backup_compression_format = tar" "${encrypted[@]}" "encryption_passphrase_command = $gpg_command" >>"$LAB_DIR/etc/barman.d/main.conf"
take_backup main
base=$LAB_DIR/barman/main/base/$backup
expect_equal "encrypted, all of them" "$(printf '%s.gpg\n' "${files[@]/#/$etc/}" | sort)" "$(kept "$backup")"
while read -r file; do
  gpg_is_encrypted "$base/barman_configuration$file" || failed "$file is not encrypted"
done < <(kept "$backup")
expect_equal "as they are" "$(cat "$etc/pg_hba.conf")" "$(gpg_decrypted "$base/barman_configuration$etc/pg_hba.conf.gpg")"
target=$LAB_DIR/restore/decrypted
mkdir -p "$target"
run barman restore --staging-path "$LAB_DIR/tmp" --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" main latest "$target/data"
expect_equal "restored, they are clear" "$all_of_them" \
  "$(cd "$target/data/barman_configuration" && find . -type f -printf '/%P\n' | sort)"
expect_equal "to the letter" "$(sha256sum <"$etc/pg_hba.conf")" "$(sha256sum <"$target/data/barman_configuration$etc/pg_hba.conf")"
printf '%s\n' "$plain" >"$LAB_DIR/etc/barman.d/main.conf"

# ---- What nobody can list is named
if ((LAB_PG_MAJOR >= 16)); then
  lab_sql source "grant pg_read_server_files to barman"
  sed -i '/^ssh_command/d' "$LAB_DIR/etc/barman.d/main.conf"
  take_backup main
  expect_text "a directory of which nothing is known" "cannot read $etc/hba.d: what is in it is not known" "$output"
  printf '%s\n' "$plain" >"$LAB_DIR/etc/barman.d/main.conf"
fi

# ---- Somebody else looks after them
sed -i 's/^backup_options = .*/backup_options = concurrent_backup, external_configuration/' "$LAB_DIR/etc/barman.d/main.conf"
take_backup main
expect_equal "they are left alone" "" "$(kept "$backup")"
oldest=$(barman list-backups --minimal main | tail -n 1)
run barman delete main "${base##*/}"
expect_false "a deletion takes them along" test -e "$base"
expect_true "and nothing else" test -d "$LAB_DIR/barman/main/base/$oldest"
