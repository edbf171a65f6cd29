"""Questions: what check, list-backups, status and show-backup say is true."""

import json

import wal
from host import Violation
from life import listed
from steps import pick, step, which


@step(2)
def list_backups(life):
    result = life.barman("list-backups", "main")
    shown = set(listed(result))
    for backup_id, status in life.before.status.items():
        readable = backup_id not in life.damaged_info
        if readable and backup_id not in shown:
            raise Violation("list-backups leaves %s (%s) out: %s" % (backup_id, status, result.text))
        if not readable and life.damaged_info[backup_id] != "status" and backup_id not in result.text:
            raise Violation("list-backups does not mention %s, whose backup.info is damaged: %s" % (backup_id, result.text))
    invented = shown - set(life.before.status)
    if invented:
        raise Violation("list-backups invents %s" % invented)


@step(1)
def status(life):
    result = life.barman("-f", "json", "status", "main")
    try:
        said = json.loads(result.out)["main"]["backups_number"]["message"]
    except (ValueError, KeyError, TypeError):
        if life.damaged_info:
            return
        raise Violation("status gives no number of backups: %s" % result.text[-300:]) from None
    done = sum(status == "DONE" for status in life.before.status.values())
    if int(said) != done and not life.damaged_info:
        raise Violation("status counts %s backups, and there are %d" % (said, done))


@step(2)
def check(life):
    """Whatever list-backups complains of, check does, too."""
    result = life.barman("check", "main")
    bad = {i for i, how in life.damaged_info.items() if i in life.before.status and how != "status"}
    if bad and result.status == 0:
        raise Violation("check is green while the backup.info of %s cannot be read" % ", ".join(sorted(bad)))
    nagios = life.barman("check", "--nagios", "main")
    if nagios.status not in (0, 2) or not nagios.out.startswith(b"BARMAN "):
        raise Violation("check --nagios ends with %d: %s" % (nagios.status, nagios.text[-300:]))
    if bad and nagios.status == 0:
        raise Violation("check --nagios is green while the backup.info of %s cannot be read" % ", ".join(sorted(bad)))


@step(1, number=which)
def show_backup(life, number):
    backup_id = pick(life.sound(), number)
    if backup_id is None or life.damaged_index:
        return
    result = life.barman("-f", "json", "show-backup", "main", backup_id)
    life.expect(result, 0)
    truth = life.oracle.backups[backup_id]
    said = json.loads(result.out)["main"]["base_backup_information"]
    if said["begin_wal"] != wal.name_of(truth.timeline, truth.begin):
        raise Violation("show-backup says that %s begins with %s" % (backup_id, said["begin_wal"]))
