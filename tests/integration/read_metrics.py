#!/usr/bin/env python3
"""Reads Prometheus' text format 0.0.4 from standard input, as strictly as promtool does, and prints one sample a line:
NAME{LABEL="VALUE",...} NUMBER, labels in order. Ends with 1 and a reason for the first line that is wrong."""
import math
import re
import sys

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"')


def fail(number, line, why):
    sys.exit(f'line {number}: {why}: {line}')


def labels_of(text, number, line):
    labels = {}
    while text:
        found = LABEL.match(text)
        if not found:
            fail(number, line, 'labels')
        name, value = found.groups()
        if name in labels or name.startswith('__'):
            fail(number, line, f'label {name}')
        labels[name] = value
        text = text[found.end():]
        if text:
            if not text.startswith(',') or text == ',':
                fail(number, line, 'between labels')
            text = text[1:]
    return labels


def main():
    data = sys.stdin.buffer.read()
    text = data.decode('utf-8')  # or it is no metrics at all
    if not text.endswith('\n'):
        sys.exit('the last line has no end')
    helped, typed, seen, done = set(), set(), set(), set()
    family = None
    for number, line in enumerate(text[:-1].split('\n'), 1):
        if line.startswith('#'):
            found = re.fullmatch(rf'# (HELP|TYPE) ({NAME}) (.*)', line)
            if not found:
                fail(number, line, 'comment')
            kind, name, rest = found.groups()
            if name != family:
                if name in done:
                    fail(number, line, 'the family is not in one piece')
                done.add(name)
                family = name
            if kind == 'HELP':
                if name in helped or name in typed or not rest or re.search(r'\\(?![\\n])', rest):
                    fail(number, line, 'HELP')
                helped.add(name)
            else:
                if name in typed or name not in helped or rest not in ('gauge', 'counter', 'untyped'):
                    fail(number, line, 'TYPE')
                typed.add(name)
                if rest == 'gauge' and name.endswith('_total') and name != 'barman_backups_total':
                    fail(number, line, 'a gauge is called as a counter')
            continue
        found = re.fullmatch(rf'({NAME})(?:\{{(.*)\}})? (\S+)', line)
        if not found:
            fail(number, line, 'sample')
        name, labels, value = found.groups()
        if name != family or name not in typed:
            fail(number, line, 'not of the family above')
        labels = labels_of(labels or '', number, line)
        key = (name, tuple(sorted(labels.items())))
        if key in seen:
            fail(number, line, 'twice')
        seen.add(key)
        if value not in ('NaN', '+Inf', '-Inf') and not math.isfinite(float(value)):
            fail(number, line, 'number')
        shown = ','.join(f'{label}="{text}"' for label, text in key[1])
        print(f'{name}{{{shown}}} {value}')


main()
