#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: circles.py OBJECT...

Finds files that call each other in a circle: which object needs which other one, by the
symbols that nm lists. Prints each circle with a symbol for every step of it. Exits with 1
if there is one."""

import os
import subprocess
import sys


def symbols(path):
    """What an object defines, and what it needs."""
    defined, needed = set(), set()
    lines = subprocess.check_output(['nm', path], text=True).splitlines()
    for *_, kind, name in map(str.split, lines):
        if kind in 'Uw':
            needed.add(name)
        elif kind.isupper():
            defined.add(name)
    return defined, needed


def dependencies(paths):
    """For each file the others that it needs, and one symbol as the reason."""
    tables = {os.path.basename(path).split('.')[0]: symbols(path) for path in paths}
    home = {name: file for file, (defined, _) in tables.items() for name in defined}
    return {file: {home[name]: name for name in sorted(needed)
                   if name in home and home[name] != file}
            for file, (_, needed) in tables.items()}


def reachable(needs, start):
    seen, todo = set(), list(needs[start])
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo += needs[file]
    return seen


def circles(needs):
    reach = {file: reachable(needs, file) for file in needs}
    found = {frozenset(other for other in reach[file] if file in reach[other])
             for file in needs if file in reach[file]}
    return sorted(map(sorted, found))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.splitlines()[0])
    needs = dependencies(sys.argv[1:])
    found = circles(needs)
    for circle in found:
        print('in a circle:', ', '.join(circle))
        for file in circle:
            for other, name in needs[file].items():
                if other in circle:
                    print(f'  {file} needs {name} of {other}')
    return bool(found)


sys.exit(main())
