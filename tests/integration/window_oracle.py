#!/usr/bin/env python3
"""What recovery-window has to say of one server and one timeline, worked out from pg_waldump and the catalogue alone.

Usage: window_oracle.py SEGMENTS CATALOGUE TIMELINE. SEGMENTS is a directory with the segments that are archived, and the
history files, as PostgreSQL wrote them; CATALOGUE the directory of the server. Prints the intervals and restore points as
recovery-window -f json does, the latter without their times, which pg_waldump does not show. Damage is not foreseen.
"""
import datetime
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

segments, catalogue, target = sys.argv[1], sys.argv[2], int(sys.argv[3])
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
endless = 1 << 64


def lsn(text):
    high, low = text.split('/')
    return (int(high, 16) << 32) + int(low, 16)


def lsn_text(value):
    return '%X/%X' % (value >> 32, value & 0xFFFFFFFF)


names = sorted(name for name in os.listdir(segments) if re.fullmatch('[0-9A-F]{24}', name))
size = os.path.getsize(os.path.join(segments, names[0]))


def name_of(number, timeline):
    in_log = 0x100000000 // size
    return '%08X%08X%08X' % (timeline, number // in_log, number % in_log)


def number_of(name):
    return int(name[8:16], 16) * (0x100000000 // size) + int(name[16:24], 16)


# ---- The way through the timelines

legs = []  # timeline, where it is left
history = os.path.join(segments, '%08X.history' % target)
if os.path.exists(history):
    for line in open(history):
        words = line.split()
        if words and not line.startswith('#'):
            legs.append((int(words[0]), lsn(words[1])))
legs.append((target, endless))


def timeline_at(position):
    return next(timeline for timeline, end in legs if position < end)


files = {}  # number: the name of the file that recovery reads
for number in range(min(map(number_of, names)), max(map(number_of, names)) + 1):
    name = name_of(number, timeline_at((number + 1) * size - 1))
    if name in names:
        files[number] = name
runs, previous = [], None  # first and last number of what is there without a gap
for number in sorted(files):
    if previous != number - 1:
        runs.append([number, number])
    runs[-1][1] = previous = number


def run_of(number):
    return next((run for run in runs if run[0] <= number <= run[1]), None)


# ---- What is in the WAL


def dump(run, manager):
    """Its records, all files under the name of one timeline: pg_waldump knows one only."""
    with tempfile.TemporaryDirectory() as directory:
        for number in range(run[0], run[1] + 1):
            os.symlink(os.path.realpath(os.path.join(segments, files[number])),
                       os.path.join(directory, name_of(number, target)))
        output = subprocess.run(['pg_waldump', '-p', directory, '-r', manager, name_of(run[0], target), name_of(run[1], target)],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
                                env=dict(os.environ, TZ='UTC')).stdout
    return output.splitlines()


record = re.compile(r'len \(rec/tot\): *\d+/ *(\d+), tx: *\d+, lsn: ([0-9A-F/]+), .* desc: (.*)')
transaction_end = re.compile(r'(?:COMMIT|ABORT)(?:_PREPARED \d+:)? ([0-9-]+ [0-9:.]+) UTC')


def behind(at, length):
    while True:
        room = 8192 - at % 8192
        if length <= room:
            return (at + length + 7) // 8 * 8
        length -= room
        at += room
        at += 40 if at % size == 0 else 24


ends, points = [], []  # LSN, microseconds; name, LSN behind it
for run in runs:
    for line in dump(run, 'Transaction'):
        found = record.search(line)
        end = found and transaction_end.match(found[3])
        if end:
            text = end[1] if '.' in end[1] else end[1] + '.0'
            moment = datetime.datetime.strptime(text + '+0000', '%Y-%m-%d %H:%M:%S.%f%z')
            ends.append((lsn(found[2]), (moment - epoch) // datetime.timedelta(microseconds=1)))
    for line in dump(run, 'XLOG'):
        found = record.search(line)
        if found and found[3].startswith('RESTORE_POINT '):
            points.append((found[3][len('RESTORE_POINT '):], behind(lsn(found[2]), int(found[1]))))

# ---- The backups

backups = []  # LSN of begin and end, id, whether it is kept standalone
for path in sorted(glob.glob(os.path.join(catalogue, 'meta', '*-backup.info'))):
    entry = dict(line.rstrip('\n').split('=', 1) for line in open(path) if '=' in line)
    if entry['status'] != 'DONE':
        continue
    start, end = lsn(entry['begin_xlog']), lsn(entry['end_xlog'])
    backup_id = os.path.basename(path)[:-len('-backup.info')]
    keep = os.path.join(catalogue, 'meta', backup_id + '-keep')
    standalone = os.path.exists(keep) and open(keep).read().strip() == 'standalone'
    if timeline_at(start) == timeline_at(end - 1) == int(entry['timeline']):
        backups.append((start, end, backup_id, standalone))


def time_text(micros):
    return None if micros is None else (epoch + datetime.timedelta(microseconds=micros)).isoformat('T', 'microseconds')


intervals, reached, last_run = [], [], None
for start, end, backup_id, standalone in sorted(backups):
    run = run_of((end - 1) // size)
    if run is None or run[0] > start // size:
        continue
    if run is last_run:
        reached[-1][0] = min(reached[-1][0], end)
        continue
    last_run = run
    run_begin, run_end = run[0] * size, (run[1] + 1) * size
    during = [micros for at, micros in ends if start <= at < end]
    ahead = [micros for at, micros in ends if run_begin <= at < start]
    after = [micros for at, micros in ends if end <= at < run_end]
    from_micros = max(during) if during else ahead[-1] if ahead else None
    to_micros = max(after, default=None)
    if during and after and to_micros <= from_micros:
        to_micros = None
    following = [number for number in sorted(files) if number > run[1]]
    missing = [name_of(number, timeline_at((number + 1) * size - 1)) for number in range(run[1] + 1, following[0])] if following else []
    ended_by = 'archive_end' if not following else 'standalone_backup' if standalone else 'missing_wal'
    intervals.append({'timeline': int(files[run[1]][:8], 16), 'from_time': time_text(from_micros), 'from_lsn': lsn_text(end),
                      'to_time': time_text(to_micros), 'to_lsn': lsn_text(run_end), 'backup_id': backup_id,
                      'ended_by': ended_by, 'missing': missing[:100]})
    reached.append([end, run_end])

reachable = [{'name': name, 'lsn': lsn_text(at), 'timeline': int(files[(at - 1) // size][:8], 16)}
             for name, at in points if any(first <= at <= last for first, last in reached)]
print(json.dumps({'intervals': sorted(intervals, key=lambda each: (each['timeline'], lsn(each['from_lsn']))),
                  'restore_points': reachable}, sort_keys=True, indent=1))
