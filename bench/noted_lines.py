"""Lines of an index and of notes for segments that nobody wrote, which continue an archive.

noted_lines.py FIRST COUNT INDEX NOTES

FIRST is the number of the first one, counted in segments of 16 MiB from 0/0; the lines are appended to the two files.
"""
import struct
import sys

first, count = int(sys.argv[1]), int(sys.argv[2])
size = 1 << 24
stored, begin_time = 3000000, 1800000000.5
micros = 2000000000 * 1000000
with open(sys.argv[3], "a") as index, open(sys.argv[4], "a") as notes:
    for number in range(first, first + count):
        name = f"00000001{number >> 8:08X}{number & 255:08X}"
        time = begin_time + number * 30
        index.write(f"{name}\t{stored}\t{time!r}\tgzip\tNone\n")
        begin = number * size
        bits = struct.unpack("<Q", struct.pack("<d", time))[0]
        last, xid = micros + number * 30000000, number & 0x7FFFFFFF
        # Whole and joined; the last record, a hundred commits, and the record that continues in the next segment.
        notes.write(
            f"{stored:016X} {bits:016X} 1 {name} e wj- {size - 712:08X} {begin + size - 776:016X} {100:08X} "
            f"{last - 20000000:016X} {last:016X} {last:016X} {begin + size - 4096:016X} {xid:08X} {xid - xid % 100:08X} {xid:08X} "
            f"o={begin + size - 712:X}:D110:73190000D902000028FDFF0500000000D0090000156BBB17:280:7A0404D7\n")
