#!/usr/bin/python3
"""Puts years of history before the backups of a server that Barman has made: backups and WAL files in Barman's own formats.

Usage: old_catalogue.py SERVER_DIRECTORY SERVER BACKUPS SEGMENTS

Takes the oldest real backup as the pattern. The new ones are older, a day apart, and the new segments, of the default size, end
where those of the archive begin. Contents are small: every base backup is a few files, every segment the compressed text
"segment NAME". Prints the ids of the new backups, oldest first.
"""
import datetime
import gzip
import os
import re
import sys

home, server, backups, segments = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
segment_size = 16 << 20
per_log = (1 << 32) // segment_size
meta, base, wals = (os.path.join(home, name) for name in ("meta", "base", "wals"))
index = os.path.join(wals, server + "-xlog.db")


def name_of(number):
    return "00000001%08X%08X" % divmod(number, per_log)


def lsn_of(number, offset):
    return "%X/%X" % (number // per_log, (number % per_log) * segment_size + offset)


def write(path, content, moment=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    if moment is not None:
        os.utime(path, (moment, moment))


with open(index) as file:
    lines = file.readlines()
first = re.match(r"00000001([0-9A-F]{8})([0-9A-F]{8})\t", next(l for l in lines if re.match(r"[0-9A-F]{24}\t", l)))
first = int(first[1], 16) * per_log + int(first[2], 16)
pattern_id = sorted(name[: -len("-backup.info")] for name in os.listdir(meta) if name.endswith("-backup.info"))[0]
with open(os.path.join(meta, pattern_id + "-backup.info")) as file:
    pattern = file.read()
values = dict(line.split("=", 1) for line in pattern.splitlines())
begin = datetime.datetime.fromisoformat(values["begin_time"])
length = datetime.datetime.fromisoformat(values["end_time"]) - begin
oldest = begin - datetime.timedelta(days=backups)
span = (begin - oldest).total_seconds() - 3600
every = segments // backups


def moment_of(number):
    return oldest.timestamp() + 0.1234567 + span * (number - (first - segments)) / segments


def entry(path, name, content, moment):
    write(path, gzip.compress(content, mtime=0), moment)
    status = os.stat(path)
    return "%s\t%s\t%s\tgzip\tNone\n" % (name, status.st_size, status.st_mtime)


history = []
labels = {}
for i in range(backups):
    number = first - segments + i * every + 3
    moment = datetime.datetime.fromtimestamp(moment_of(number) - 1, datetime.timezone.utc)
    identifier = moment.strftime("%Y%m%dT%H%M%S")
    label = ("START WAL LOCATION: %s (file %s)\\nCHECKPOINT LOCATION: %s\\nBACKUP METHOD: streamed\\nBACKUP FROM: primary\\n"
             "START TIME: %s UTC\\nLABEL: Barman backup %s %s\\nSTART TIMELINE: 1\\n"
             % (lsn_of(number, 0x28), name_of(number), lsn_of(number, 0x60), moment.strftime("%Y-%m-%d %H:%M:%S"), server, identifier))
    size = int(values["size"]) + 8192 * i
    changes = {
        "backup_label": "'%s'" % label, "begin_time": moment.isoformat(sep=" "), "end_time": (moment + length).isoformat(sep=" "),
        "begin_wal": name_of(number), "end_wal": name_of(number), "begin_xlog": lsn_of(number, 0x28), "end_xlog": lsn_of(number, 0x100),
        "begin_offset": "40", "end_offset": "256", "size": str(size), "deduplicated_size": str(size // 3),
    }
    text = "".join("%s=%s\n" % (key, changes.get(key, value)) for key, value in values.items() if key != "backup_name")
    write(os.path.join(meta, identifier + "-backup.info"), text.encode())
    data = os.path.join(base, identifier, "data")
    write(os.path.join(data, "PG_VERSION"), b"15\n")
    write(os.path.join(data, "backup_label"), label.replace("\\n", "\n").encode())
    write(os.path.join(data, "base", "1", "PG_VERSION"), b"15\n")
    labels[number] = label
    history.append(identifier)

with open(index, "w") as file:
    for number in range(first - segments, first):
        name = name_of(number)
        path = os.path.join(wals, name[:16], name)
        file.write(entry(path, name, b"segment %s\n" % name.encode(), moment_of(number)))
        if number in labels:
            name += ".00000028.backup"
            path = os.path.join(wals, name[:16], name)
            file.write(entry(path, name, labels[number].replace("\\n", "\n").encode(), moment_of(number)))
    file.writelines(lines)
print("\n".join(history))
