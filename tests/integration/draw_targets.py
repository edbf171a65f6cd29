#!/usr/bin/env python3
"""Draws recovery targets at random from what was ever in the WAL of an archive, at its very edges, and beyond.

Usage: draw_targets.py COUNT SEED DIRECTORY. Read there: "ends" and "places", of print-wal, without and with --all;
"edges", moments at which something changes, as ISO 8601; "timelines", their numbers; "backups", a line for each.
Prints a line a target, separated by tabs: its kind, the index of a backup, and the options of barman restore.
"""
import datetime
import random
import sys

count, seed, directory = int(sys.argv[1]), sys.argv[2], sys.argv[3]
random.seed(seed)


def lines(name):
    with open(f'{directory}/{name}') as file:
        return [line.rstrip('\n') for line in file]


ends, points, backup_ends = [], [], []
for line in lines('ends'):
    words = line.split()
    if words[0].startswith(('commit', 'abort')):
        ends.append((int(words[3]), int(words[4])))
    elif words[0] == 'restore_point':
        points.append(line.split(' ', 5)[5])
    elif words[0] == 'backup_end':
        backup_ends.append(words[2])
places = [line.split()[1] for line in lines('places') if not line.startswith('segment')]
times = sorted(micros for _, micros in ends)
idle = [after for gap, after in sorted((b - a, b) for a, b in zip(times, times[1:]))[-5:]]
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
edges = [(datetime.datetime.fromisoformat(line) - epoch) // datetime.timedelta(microseconds=1) for line in lines('edges')]
backups = len(lines('backups'))
timelines = lines('timelines')


def shifted(lsn, by):
    high, low = (int(part, 16) for part in lsn.split('/'))
    value = (high << 32) + low + by
    return '%X/%X' % (value >> 32, value & 0xFFFFFFFF)


def time_target():
    at = random.randrange(len(times))
    micros = random.choice((
        lambda: times[at] + random.choice((-1, 0, 0, 1)),
        lambda: (times[at] + times[max(0, at - 1)]) // 2,
        lambda: times[-1] + random.choice((-1, 0, 1, 10 ** 7)),
        lambda: random.choice(idle) + random.choice((-1, 0, 1, -100000)),
        lambda: random.choice(edges) + random.choice((-1, 0, 1)),
        lambda: random.randrange(times[0], times[-1])))()
    return ['--target-time', (epoch + datetime.timedelta(microseconds=micros)).isoformat(' ', 'microseconds')]


def lsn_target():
    if random.random() < 0.15:
        return ['--target-lsn', shifted(places[-1], random.choice((8, 1 << 20, 1 << 24)))]
    if random.random() < 0.15:
        return ['--target-lsn', shifted(random.choice(backup_ends), random.choice((-8, 0, 8)))]
    return ['--target-lsn', shifted(random.choice(places), random.choice((-8, 0, 0, 8)))]


def xid_target():
    return ['--target-xid', str(random.choice(ends)[0] + random.choice((0, 0, 0, 0, 0, 100000)))]


def name_target():
    return ['--target-name', random.choice(points + ['nothing'])]


kinds = [('time', time_target)] * 6 + [('lsn', lsn_target)] * 3 + [('xid', xid_target)] * 2 + [('name', name_target)] * 2 + [
    ('immediate', lambda: ['--target-immediate']), ('latest', lambda: [])]
for number in range(count):
    kind, make = kinds[number % len(kinds)] if count >= len(kinds) else random.choice(kinds)
    options = make()
    if random.random() < 0.4 and kind in ('time', 'lsn', 'xid'):
        options.append('--exclusive')
    timeline = random.choice([None, None, 'current', 'latest'] + timelines)
    if timeline:
        options += ['--target-tli', timeline]
    if options:
        options += ['--target-action', 'promote']
    print('\t'.join([kind, str(random.randrange(backups))] + options))
