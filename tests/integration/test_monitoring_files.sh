#!/usr/bin/env bash
# What packaging/ has for Grafana, Prometheus and Zabbix asks for metrics that there are, and takes their values as they come. Where
# promtool is installed the rules are tried out on made-up series.
set -euo pipefail
here=${BASH_SOURCE[0]%/*}
root=$(realpath "$here/../..")
. "$here/expectations.sh"

metrics() { grep -ohE 'barman_[a-z_]+' "$@" | sort -u; }
mapfile -t known < <(grep -ohE '"barman_[a-z_]+"' "$root/src/app/metrics.cpp" | tr -d '"' | sort -u)
for file in grafana/barman.json prometheus/barman.rules.yml prometheus/barman.rules.test.yml zabbix/barman.yaml; do
  asked=$(metrics "$root/packaging/$file" | grep -vx 'barman_native' || true)
  expect_true "$file asks for something" test -n "$asked"
  expect_equal "$file asks for what there is" "" "$(comm -23 <(printf '%s\n' "$asked") <(printf '%s\n' "${known[@]}"))"
done
# `…_age_seconds` stands for the rest of a name like the one before it.
python3 - "$root/docs/monitoring.md" "${known[@]}" <<'END'
import sys
page, *names = sys.argv[1:]
text = open(page).read()
unknown = [name for name in names if f"`{name}`" not in text and not any(f"`…{name[at:]}`" in text for at in range(len(name)))]
assert not unknown, f"docs/monitoring.md does not name {unknown}"
END
passed "docs/monitoring.md names all that there are"

# A Zabbix item that does not say otherwise takes whole numbers alone, and an agent no more than 512 KiB.
python3 - "$root/packaging/zabbix/barman.yaml" <<'END'
import re, sys
text = open(sys.argv[1]).read()
items = re.split(r"\n +- uuid: ", text)
wrong = [item.split("\n")[0] for item in items if "type: DEPENDENT" in item and "preprocessing" in item
         and "lld_macro_paths" not in item and "item_prototypes" not in item and "value_type: FLOAT" not in item]
assert not wrong, wrong
identifiers = re.findall(r"uuid: ([0-9a-f]+)", text)
assert len(identifiers) == len(set(identifiers)), "two things have one uuid"
assert all(re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", each) for each in identifiers), "no uuid of version 4"
END
passed "every number of the Zabbix template may have a fraction"
expect_true "the agent gets the summary" grep -q '^UserParameter=.*metrics --summary' "$root/packaging/zabbix/barman.conf"
python3 -m json.tool "$root/packaging/grafana/barman.json" >/dev/null || failed "the dashboard is no JSON"

if command -v promtool >/dev/null; then
  expect_true "the rules are well-formed" promtool check rules "$root/packaging/prometheus/barman.rules.yml"
  expect_true "they raise the alarms that they should" promtool test rules "$root/packaging/prometheus/barman.rules.test.yml"
else
  echo "NOT TESTED: the rules (promtool of the package prometheus)"
fi
