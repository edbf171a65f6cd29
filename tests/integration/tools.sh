# shellcheck shell=bash
# Command lines that public tools run, and what they take from the answers: monitoring plugins, exporters, dashboards,
# configuration management, cron jobs. Restated from what they look for, one row a question:
#   tool TAB question TAB shell text, in which $S is a server and 'barman' the program asked
# Sourced after a common.sh.
tool_questions() {
  cat <<'END'
zabbix-barman	discovery	barman list-server | cut -d ' ' -f 1
zabbix-barman	status	barman check --nagios $S | grep OK -c
zabbix-barman	check	barman check --nagios $S | head -1 | grep FAILED -c
zabbix items	ssh	barman check $S | grep "ssh: OK" -c
zabbix items	PostgreSQL	barman check $S | grep "PostgreSQL: OK" -c
zabbix items	streaming	barman check $S | grep "PostgreSQL streaming: OK" -c
zabbix items	directories	barman check $S | grep "directories: OK" -c
zabbix items	retention	barman check $S | grep "retention policy settings: OK" -c
zabbix items	backup age	barman check $S | grep "backup maximum age: OK" -c
zabbix items	compression	barman check $S | grep "compression settings: OK" -c
zabbix items	redundancy	barman check $S | grep "minimum redundancy requirements: OK" -c
zabbix items	count	barman check $S | grep "minimum redundancy requirements:" | cut -d " " -f 6
zabbix items	archive mode	barman check $S | grep "archive_mode: OK" -c
zabbix items	archive command	barman check $S | grep "archive_command: OK" -c
zabbix items	continuous archiving	barman check $S | grep "continuous archiving: OK" -c
zabbix items	archiver errors	barman check $S | grep "archiver errors: OK" -c
zabbix items	replication slot	barman check $S | grep "replication slot: OK" -c
TPA	version	barman -v | head -1 | cut -d . -f 1-2 | cut -d ' ' -f 1
TPA	status of all	barman check all --nagios | awk '{print $2}' | head -1
TPA	backups done	barman diagnose | python3 -c 'import json, sys; s = json.load(sys.stdin)["servers"][sys.argv[1]]; print(len([b for b in s["backups"].values() if b["status"] == "DONE"]), s["config"]["minimum_redundancy"])' $S
TPA	started	barman list-backups $S | grep -c STARTED
TPA	receiver	barman check $S | grep receive-wal | grep -q 'running: OK'; echo $?
nagios wrapper	line	barman check --nagios $S | perl -ne 'print "$1: $2\n" if m|^BARMAN\s+(\w+) - (\w.*)$|'
nagios wrapper	status	barman check --nagios $S >/dev/null 2>&1; echo $?
check of all	failed	for s in $(barman list-server | awk '{ print $1 }'); do barman check $s | grep FAILED; done | wc -l
check of backups	failed	barman list-backup $S | grep -c FAILED
check of backups	count	barman list-backup $S | wc -l
check of WAL	first	barman show-backup $S $(barman list-backup $S | head -n1 | awk '{print $2}') | awk '/Begin WAL/ {print $NF}'
check of WAL	last	barman show-backup $S $(barman list-backup $S | head -n1 | awk '{print $2}') | awk '/Last available/ {print $NF}'
check of WAL	directory	barman show-server $S | awk '/backup_directory/ {print $NF}'
fly checks	lines	barman check $S | perl -ne 'print "$1=$2\n" if /\s*(.*?):(.*)$/ and $2 ne ""' | sed 's/=.*FAILED.*/=FAILED/; s/=.*OK.*/=OK/'
health check	failed	barman check $S | grep -v WARNING | grep -c FAILED
dashboard	PostgreSQL	barman check $S | grep PostgreSQL | awk '{print $2}'
dashboard	last backup	barman status $S | grep "Last available backup" | awk '{print $4}'
dashboard	first backup	barman status $S | grep "First available backup" | cut -d: -f 2
dashboard	current WAL	barman status $S | grep "Current WAL segment" | cut -d: -f 2
dashboard	WAL files	barman list-files $S latest --target wal | wc -l
console exporter	servers	barman list-server --minimal
console exporter	backups	barman status $S | python3 -c 'import sys; print([float(l.split(": ")[1]) for l in sys.stdin if "available backups:" in l])'
console exporter	expected	barman status $S | python3 -c 'import re, sys; print([re.findall(r"\d+", l)[1:] for l in sys.stdin if "Minimum redundancy requirements:" in l])'
console exporter	window	barman status $S | python3 -c 'import sys; from datetime import datetime as d; print([d.strptime(l.split(": ")[1].strip(), "%Y%m%dT%H%M%S") for l in sys.stdin if "available backup:" in l and "None" not in l])'
JSON exporter	servers	barman -f json list-server | python3 -c 'import json, sys; print(list(json.load(sys.stdin)))'
JSON exporter	status	barman -f json status $S | python3 -c 'import json, sys; print(sorted(k for k, v in json.load(sys.stdin)[sys.argv[1]].items() if isinstance(v["message"], str)))' $S
JSON exporter	first and last	barman -f json status $S | python3 -c 'import json, sys; from datetime import datetime as d; s = json.load(sys.stdin)[sys.argv[1]]; print([s[k]["message"] == "None" or d.strptime(s[k]["message"], "%Y%m%dT%H%M%S") for k in ("first_backup", "last_backup")])' $S
JSON exporter	last WAL	barman -f json status $S | python3 -c 'import json, sys; from datetime import datetime as d; m = json.load(sys.stdin)[sys.argv[1]].get("last_archived_wal", {"message": ""})["message"].split(", at "); print(len(m) == 2 and d.strptime(m[1], "%a %b %d %H:%M:%S %Y"))' $S
JSON exporter	check	barman -f json check $S | python3 -c 'import json, sys; print({k: int(v["status"] == "OK") for k, v in json.load(sys.stdin)[sys.argv[1]].items()})' $S
JSON exporter	backups	barman -f json list-backup $S | python3 -c 'import json, sys; b = json.load(sys.stdin)[sys.argv[1]]; print([(x["backup_id"], x["status"]) for x in b], [(x["size_bytes"] + 0, x["wal_size_bytes"] + 0, x["size"] + "", x["wal_size"] + "", x["retention_status"] + "", int(x["end_time_timestamp"] + "")) for x in b if x["status"] == "DONE"])' $S
JSON exporter	copy	barman -f json list-backup $S | python3 -c 'import json, subprocess, sys; s = sys.argv[1]; b = [x["backup_id"] for x in json.load(sys.stdin)[s] if x["status"] == "DONE"]; i = b and json.loads(subprocess.check_output(["barman", "-f", "json", "show-backup", s, b[0]]))[s]; print(i and [(k, i["base_backup_information"][k]) for k in ("copy_time_seconds", "throughput_bytes", "number_of_workers", "begin_time_timestamp", "end_time_timestamp")] + [(k, i["wal_information"][k]) for k in ("no_of_files", "wal_rate_per_second", "disk_usage_bytes", "last_available", "timelines")] + [i["postgresql_version"], i["pgdata_directory"], i["tablespaces"]])' $S
telegraf	backup	barman -f json list-backup all | python3 -c 'import json, sys; print([(s, max(b, key=lambda x: x["end_time_timestamp"])["backup_id"]) for s, l in json.load(sys.stdin).items() for b in [[x for x in l if x["status"] == "DONE"]] if b])'
telegraf	check	barman -f json check all | python3 -c 'import json, sys; print([(s, sum(v["status"] != "OK" for v in c.values())) for s, c in json.load(sys.stdin).items()])'
check_mk	name and failures	barman check $S | python3 -c 'import sys; l = sys.stdin.read().splitlines(); print(l[0].split(" ")[1].split(":")[0], [x.split(":")[0].strip() for x in l[1:] if "OK" not in x.split(":")[1]])'
check_mk	sizes	barman list-backup $S | python3 -c 'import re, sys; print([re.split(r"(?:^|\W)Size(?:$|\W)*(\d+.\.\d+)", l)[1:2] for l in sys.stdin if "FAILED" not in l])'
check-barman	backups	barman list-backup $S | python3 -c 'import re, sys; print([(re.match(r"^(.+)\s(\d+T\d+)", l).groups(), re.search(r".+(FAILED|STARTED)", l) and 1 or re.search(r".+Size:\s(\S+)\s(\S+)\s-.+Size:\s(\S+)\s(\S+)", l).groups()) for l in sys.stdin])'
check-barman	facts	barman show-server $S | python3 -c 'import sys; want = ("active", "ssh_command", "conninfo", "backup_directory", "basebackups_directory", "wals_directory", "server_txt_version"); print(sorted(l.replace("\t", "").rstrip("\n").split(": ", 1) for l in sys.stdin if l.strip().split(":")[0] in want))'
check-barman	connections	barman check $S | sed 's/\t//g' | awk -F ': ' '$1 == "ssh" || $1 == "PostgreSQL" { print $1, $2 }'
check-barman	WAL files	barman list-files --target wal $S latest | sed 's!.*/!!' | grep -vcxE '[0-9A-F]{24}'
repmgr	backup	barman show-backup $S latest >/dev/null; echo $?
repmgr	directory	barman show-server $S | grep "^[[:space:]]basebackups_directory:"
puppet	check	barman check $S >/dev/null 2>&1 || true; echo $?
ansible	first line	barman check $S --nagios | sed -n 1p | grep -c '^BARMAN'
ansible	slot missing	barman check $S --nagios | grep -c "^$S\.replication slot: FAILED"
ansible	archive empty	barman check $S --nagios | grep -c "^$S\.WAL archive: FAILED"
ansible	backup too old	barman check $S --nagios | grep -c "^$S\.backup maximum age: FAILED"
cron job	too old	barman check all --nagios | grep age | grep -v BARMAN | cut -d '.' -f1
cron job	failed backups	barman list-backup all | grep FAILED | cut -d ' ' -f -2
cron job	oldest	barman list-backup --minimal $S 2>/dev/null | tail -1
restore job	newest	barman list-backup --minimal $S | grep -v FAILED | sort -r | head -1
restore job	end time	barman -f json show-backup $S latest | python3 -c 'import json, re, sys; print([bool(re.match(r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}", v["base_backup_information"]["end_time"])) for v in json.load(sys.stdin).values()])'
restore job	begin	barman show-backup $S latest | grep "Backup" -m 1 | sed 's/Backup//; s/://; s/ //g'
END
}

# Asks as the tools do, with what is now first in PATH, and like them looks only at standard output and the status. (On the
# other stream Barman sometimes complains of a pipe that 'head' has closed.)
tool_answers() { # SERVER [TOOLS: an expression; all when left out]
  local tool question text
  while IFS=$'\t' read -r tool question text; do
    [[ $tool =~ ^(${2:-.*})$ ]] || continue
    printf '==== %s: %s\n' "$tool" "$question"
    S=$1 bash -c "$text" 2>/dev/null </dev/null || printf -- '---- status %d\n' $?
  done < <(tool_questions)
}

tool_answer() { # TOOL QUESTION ANSWERS
  awk -v wanted="==== $1: $2" '/^==== / { on = $0 == wanted; next } on' <<<"$3"
}
