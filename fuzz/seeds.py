#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: seeds.py DIRECTORY

Writes inputs to begin with into DIRECTORY/TARGET: for edits every goal in every
geometry and way, with all of the map or parts of it; for tables and decode each
geometry with descriptors that mean something. Their bytes are in the order in which
edits.c, tables.c and decode.c take them. For the readers of machines a small machine in
each format."""

import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tests',
                                'scripts'))
import machines  # noqa: E402

GEOMETRIES, GOALS, WAYS = 12, 6, 5
DIRTY = 9  # of take_attrs()
EDIT, RESTRICT, PROTECT, COLLAPSE, UNMAP, ROLL = 3, 4, 2, 4, 5, 4
ADD_VOLATILE = bytes([1, 3, 0, 4])  # a region of all that is mapped together


def map_ram(start, size, skew=0, attrs=0):
    """Places and sizes are (index of a leaf size, how many, and pages)."""
    return bytes([*start, *size, skew, attrs])


# All of the region; a part of what is mapped, in leaves and pages; one but for a part.
WHOLE = bytes([0, 0]), bytes([0])
PART = bytes([4, 0, 0, 3, 1, 0, 3, 2]), bytes([0])
PART_BUT = bytes([4, 0, 0, 0, 1, 0, 40, 90]), bytes([5, 4, 0, 0, 4, 3, 0, 2, 0])
# All but two parts side by side, the higher one first, which together are one block of 4K.
TWO_BUTS = bytes([0, 0]), bytes([6, 4, 0, 0, 0, 128, 1, 24, 0, 4, 0, 0, 0, 0, 0, 0, 128])
# Of the range: all; three parts, two of them side by side, and the range is then all.
ALL = bytes([0])
THREE = bytes([1, 2, 2, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0, 3, 1, 0, 40, 1])
FINE = bytes([0, 0])
CHANGES = bytes([2, 1, 0]), bytes([0]), bytes([2, 7, 0]), bytes([2, 4, 1])

TOLERANT = bytes([2, 0, 0, 0])  # three CPUs, the others held
INTOLERANT = bytes([2, 0x3f, 0, 0])
ROLLING = bytes([2, 0x3f, 0, 1, 0])  # nobody held, and all come
INTERFERENCE = bytes([1, 3, 0, 2, 1, 0])


def edit(goal, way, where, parts=ALL, change=CHANGES[0], deposit=0, cpus=TOLERANT,
         meanwhile=bytes(1)):
    reach, exceptions = where
    locked = way == ROLL
    return (bytes([EDIT, goal, way]) + reach + parts + (change if goal == PROTECT else b'')
            + (b'' if parts == ALL else FINE) + exceptions + bytes([0, deposit, locked, 0])
            + (ROLLING if locked else cpus + meanwhile))


def restrict(turn):
    """One or two hierarchical attributes, on each level of tables; or nothing."""
    return bytes([RESTRICT, 0, turn % 3, (8, 16, 32, 64, 128, 80)[turn % 6]]) if turn % 4 else b''


def edits():
    for geometry in range(GEOMETRIES):
        for goal in range(GOALS):
            for way in range(WAYS):
                turn = geometry + goal + way
                start = bytes([geometry, 0, turn % 3, way % 3, 63, 1, 0])
                where = (WHOLE, PART, PART_BUT, TWO_BUTS)[(turn + turn // 4) % 4]
                rest = {'parts': (ALL, THREE)[turn % 3 == 1], 'change': CHANGES[turn % 4],
                        'deposit': turn % 5 == 1,
                        'cpus': (TOLERANT, INTOLERANT)[turn % 7 == 1],
                        'meanwhile': INTERFERENCE if turn % 6 == 1 else bytes(1)}
                yield (f'{geometry}-{goal}-{way}',
                       start + map_ram((2, 1, 0), (2, 2, 5), 2 * (turn % 2), DIRTY * (turn // 2 % 2))
                       + edit(goal, way, where, **rest)
                       + restrict(turn) + edit(COLLAPSE, way, WHOLE))
        yield (f'{geometry}-volatile', bytes([geometry, 0, 0, 0, 63, 1, 0])
               + map_ram((2, 1, 0), (2, 2, 5)) + ADD_VOLATILE
               + edit(UNMAP, 1 + geometry % 4, (bytes([0, 1]), bytes([0]))))


def tables():
    entries = [(0, 0, 0x5000_0003, 1), (1, 1, 0x4000_0703, 1), (1, 2, 0x4000_0701, 2),
               (2, 0, 0x0010_0000_4000_0f03, 0), (3, 0, 0x4000_0703, 0)]
    for granule in range(3):
        for bits in (23, 14, 27):
            form = bytes([granule, bits, bits == 27, granule < 2 and bits == 27, 0, 1, 0, 1])
            body = b''.join(bytes([table, at, 0, 1, 15, 0]) + struct.pack('<Q', desc)
                            + bytes([choice, table + 1]) for table, at, desc, choice in entries)
            yield f'{granule}-{bits}', form + body


def decode():
    for granule in range(3):
        for number in ('0x0078000042000711', '60000041000f03', '0', '5000000000000003'):
            yield f'{granule}-{number}', bytes([granule, 23, 0, 0]) + number.encode()
        for bits in (11, 14, 23):  # 36, 39 and 48
            walk = ', '.join(f'{name}=1800000080ffe403'
                             for name in ('pgd', 'p4d', 'pud', 'pmd', 'pte'))
            yield (f'{granule}-{bits}-walk', bytes([granule, bits, 0, 0])
                   + f'[ 1.5] [ffff0000c0001234] {walk}'.encode())
    yield 'head', bytes([0, 23, 0, 0]) + b'swapper pgtable: 16k pages, 47-bit VAs, pgdp=1'


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def elf():
    with tempfile.TemporaryDirectory() as scratch:
        small = machines.small()
        yield 'small', read(machines.elf(small, scratch + '/elf'))
        yield 'kcore', read(machines.elf(small, scratch + '/kcore', extra=(
            (1, 1 << 46, 0xffff800080000000, (1 << 64) - 1, 1 << 40),)))
        yield 'sve', read(machines.elf(small, scratch + '/sve', notes=machines.note(
            b'LINUX', bytes(64), 0x405)))


def memory_dump():
    with tempfile.TemporaryDirectory() as scratch:
        memory = read(machines.raw(machines.small(), scratch + '/raw'))
    # TCR_EL1 with T1SZ = T0SZ = 16, pages of 4K, 48 bits; TCR_EL2 likewise.
    for name, regime, how, tcr in (('upper', 0, 3, 16 << 16 | 2 << 30 | 5 << 32),
                                   ('lower', 1, 5, 16 | 5 << 32), ('el2', 2, 5, 16 | 5 << 16)):
        yield name, bytes([regime, how]) + struct.pack('<Q', tcr) + bytes([0]) + memory
    info = machines.small().info.encode().ljust(4096, b'\0')
    yield 'searched', bytes([0, 0]) + bytes(9) + memory + info


def table_dump():
    with tempfile.TemporaryDirectory() as scratch:
        machines.write_directory(machines.small(), scratch)
        yield 'small', read(scratch + '/tables.json') + b'\0' + read(scratch + '/tables.bin')[1:]


def page_tables():
    with tempfile.TemporaryDirectory() as scratch:
        parts = (('Linear Mapping', 0), ('Modules', 0xffff000000200000))
        yield 'small', read(machines.text(machines.small(), scratch + '/text', parts))


def main():
    for target in (edits, tables, decode, elf, memory_dump, table_dump, page_tables):
        directory = os.path.join(sys.argv[1], target.__name__)
        os.makedirs(directory, exist_ok=True)
        for name, seed in target():
            with open(os.path.join(directory, name), 'wb') as out:
                out.write(seed)


if len(sys.argv) != 2:
    sys.exit(__doc__.splitlines()[0])
main()
