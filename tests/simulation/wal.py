"""WAL as PostgreSQL writes it: names, segments with a right header on every page, history files.

Written from PostgreSQL's own rules (src/include/access/xlog_internal.h), not from the program under test.
"""

import bz2
import gzip
import hashlib
import lzma
import re
import struct
import zlib

SEGMENT_SIZE = 1 << 20
PAGE_SIZE = 8192
MAGIC = 0xD110  # PostgreSQL 15
LONG_HEADER = 2
SEGMENTS_PER_LOG = (1 << 32) // SEGMENT_SIZE

_name = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?\Z")
_history = re.compile(r"([0-9A-F]{8})\.history\Z")


def name_of(timeline, number):
    """The file name of segment `number`, counted from the beginning of all WAL."""
    return "%08X%08X%08X" % (timeline, number // SEGMENTS_PER_LOG, number % SEGMENTS_PER_LOG)


def parse(name):
    """(timeline, number) of a segment or partial segment; None for other names."""
    match = _name.match(name)
    if not match:
        return None
    timeline, log, seg = (int(part, 16) for part in match.groups()[:3])
    return timeline, log * SEGMENTS_PER_LOG + seg


def history_name(timeline):
    return "%08X.history" % timeline


def history_timeline(name):
    match = _history.match(name)
    return int(match.group(1), 16) if match else None


def lsn_text(lsn):
    return "%X/%X" % (lsn >> 32, lsn & 0xFFFFFFFF)


def segment_at(lsn):
    return lsn // SEGMENT_SIZE


def segment(timeline, number, system_id, content):
    """A whole segment. `content` is a number: segments of one place that differ in it differ in their bytes."""
    out = bytearray(SEGMENT_SIZE)
    address = number * SEGMENT_SIZE
    for offset in range(0, SEGMENT_SIZE, PAGE_SIZE):
        info = LONG_HEADER if offset == 0 else 0
        struct.pack_into("<HHIQI", out, offset, MAGIC, info, timeline, address + offset, 0)
        struct.pack_into("<Q", out, offset + 64, content)
    struct.pack_into("<QII", out, 24, system_id, SEGMENT_SIZE, PAGE_SIZE)
    return bytes(out)


def history(parents):
    """The text of a history file; parents: [(timeline, switch point)], oldest first."""
    return "".join("%d\t%s\tno recovery target specified\n" % (timeline, lsn_text(lsn)) for timeline, lsn in parents).encode()


def parse_history(text):
    parents = []
    for line in text.decode().splitlines():
        timeline, lsn, _ = line.split("\t")
        high, low = lsn.split("/")
        parents.append((int(timeline), (int(high, 16) << 32) + int(low, 16)))
    return parents


_openers = ((b"\x1f\x8b\x08", gzip.decompress), (b"BZh", bz2.decompress), (b"\xfd7zXZ\x00", lzma.decompress))


def unpacked(data):
    """What an archived file holds; None if it is compressed and its stream is damaged."""
    for magic, decompress in _openers:
        if data.startswith(magic):
            try:
                return decompress(data)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
                return None
    return data


def digest(data):
    return hashlib.sha1(data).hexdigest()
