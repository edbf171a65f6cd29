# shellcheck shell=bash disable=SC2034
# Hook scripts that write down what they were told. Sourced after a common.sh.
#
# Each appends its option's name and its BARMAN_* variables to a file and exits with what 'hook_answers' says (0 at
# first; a list gives one status for each call, the last one from then on).
hook_directory=$LAB_DIR/hooks
hook_options=()
mkdir -p "$hook_directory/answers"
cat >"$hook_directory/tell" <<END
#!/bin/bash
name=\${BARMAN_PHASE}_\$BARMAN_HOOK
{
  printf '==== %s, called %s\n' "\$name" "\$1"
  env -0 | sort -z | tr '\n\0' '\r\n' | grep ^BARMAN_ | grep -vE '^BARMAN_(LAB|CONFIG_FILE|[A-Z_]*BIN[A-Z_]*)='
  printf 'arguments %d, input %d bytes\n' "\$((\$# - 1))" "\$(wc -c)"
} >>$hook_directory/told
status=\$(sed -n 1p $hook_directory/answers/\$name 2>/dev/null)
[[ \$(wc -l 2>/dev/null <$hook_directory/answers/\$name) -le 1 ]] || sed -i 1d $hook_directory/answers/\$name
echo "words of \$name"
exit "\${status:-0}"
END
chmod 755 "$hook_directory/tell"
for hook_operation in backup archive delete recovery wal_delete; do
  for hook_phase in pre post; do
    for hook_retry in '' _retry; do
      hook_options+=("${hook_phase}_${hook_operation}${hook_retry}_script = $hook_directory/tell ${hook_phase}_${hook_operation}${hook_retry}_script")
    done
  done
done

hooks_told() { cat "$hook_directory/told" 2>/dev/null || true; }
hook_order() { sed -n 's/^==== \(.*\), called .*/\1/p' "$hook_directory/told" 2>/dev/null | paste -sd ' '; }
# Value of a variable in the first call of a hook, e.g. hook_variable pre_backup_script STATUS.
hook_variable() { # HOOK NAME
  awk -v hook="==== $1," -v name="BARMAN_$2=" '
    /^==== / { inside = index($0, hook) == 1 }
    inside && index($0, name) == 1 { print substr($0, length(name) + 1); exit }' "$hook_directory/told"
}
forget_hooks() { rm -f "$hook_directory/told"; }
hook_answers() { # HOOK STATUS...
  printf '%s\n' "${@:2}" >"$hook_directory/answers/$1"
}
forget_answers() { rm -f "$hook_directory"/answers/*; }
