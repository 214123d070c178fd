#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: errors-reached.py GCOVR.JSON

Lists the lines of the core that return an error, or choose between one and success, and
that no test has taken to its error. LM_EBUG is left out: only a bug would get there.
Exits with 1 if there are any."""

import json
import re
import sys

ERROR = re.compile(r'-(LM_E[A-Z]+)\b')


def is_choice(text):
    return re.search(r'\?.*-LM_E|-LM_E.*:', text) is not None


def is_reached(line, text):
    if not line['count']:
        return False
    branches = line.get('branches', [])
    return not is_choice(text) or all(branch['count'] for branch in branches)


def not_reached(report):
    for file in report['files']:
        if not re.fullmatch(r'src/.*\.c', file['file']):
            continue
        with open(file['file'], encoding='utf-8') as source:
            texts = source.read().splitlines()
        for line in file['lines']:
            text = texts[line['line_number'] - 1]
            error = ERROR.search(text)
            if error and error[1] != 'LM_EBUG' and not is_reached(line, text):
                yield f"{file['file']}:{line['line_number']}: {text.strip()}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    with open(sys.argv[1], encoding='utf-8') as report:
        missing = list(not_reached(json.load(report)))
    for line in missing:
        print(f'no test gets this error: {line}')
    if not missing:
        print('every error return of the core is reached')
    return bool(missing)


sys.exit(main())
