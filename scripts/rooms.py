#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: rooms.py

Whether every room of cli/ includes only headers of rooms that come before it, and no
files of one folder include each other in a circle; a source and the header of the same
name are one file here. Who calls whom is for circles.py to see. Exits with 1, and names
what is wrong, if anything is."""

import os
import re
import sys

# Each uses those before it. A file of cli/ itself is a command, on top of all.
ROOMS = ['base', 'machine', 'options', 'report', 'scenario', 'decode', 'draw',
         'source', 'see']
# A room that uses less than all before it.
ONLY = {'decode': ['base', 'machine', 'options'],
        'source': ['base', 'machine'],
        'see': ['base', 'machine', 'draw', 'source']}

FOLDERS = ['src', 'sim', 'bench', 'ports/model', 'ports/virt', 'ports/virt/scenes', 'cli'] + ['cli/' + room for room in ROOMS]

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def files(folder):
    return [name for name in sorted(os.listdir(folder)) if name.endswith(('.c', '.h'))]


def includes(path):
    with open(path, encoding='utf-8') as file:
        return INCLUDE.findall(file.read())


def later_rooms(room):
    """Includes of headers of rooms that do not come before it, or of commands."""
    allowed = ONLY.get(room, ROOMS[:ROOMS.index(room)]) + [room]
    for name in files('cli/' + room):
        for header in includes(f'cli/{room}/{name}'):
            place = os.path.dirname(header)
            if place in set(ROOMS) - set(allowed) or \
                    (not place and os.path.exists('cli/' + header)):
                yield f'cli/{room}/{name} includes {header}, which comes later'


def stem(name):
    return name.rsplit('.', 1)[0]


def arrows(folder):
    """For each file of a folder the others of it that it includes."""
    names = files(folder)
    room = folder.removeprefix('cli').strip('/')
    needs = {stem(name): set() for name in names}
    for name in names:
        for header in includes(f'{folder}/{name}'):
            place, base = os.path.split(header)
            if base in names and place in ('', room):
                needs[stem(name)].add(stem(base))
    return needs


def circles(needs):
    """Files that are left when those that need nothing that is left go, again and again."""
    needs = {file: others - {file} for file, others in needs.items()}
    while True:
        free = {file for file, others in needs.items() if not others & set(needs)}
        if not free:
            return sorted(needs)
        needs = {file: others for file, others in needs.items() if file not in free}


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    wrong = [line for room in ROOMS for line in later_rooms(room)]
    for folder in FOLDERS:
        found = circles(arrows(folder))
        if found:
            wrong.append(f'{folder}: include each other in a circle, or need those that '
                         f'do: {", ".join(found)}')
    print('\n'.join(wrong) or f'{len(ROOMS)} rooms, {len(FOLDERS)} folders')
    return bool(wrong)


sys.exit(main())
