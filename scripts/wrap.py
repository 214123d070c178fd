#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: wrap.py FILE.md...

Wraps the prose of pages at 90 columns, in place: paragraphs and list items that have a
longer line, or one that ends inside of `code`. Tables, code blocks, headings and HTML
stay as they are."""

import re
import sys
import textwrap

WIDTH = 90
ITEM = re.compile(r'( *)([-*]|\d+\.) +')
CODE = re.compile(r'`[^`]*`')
FIXED = re.compile(r' *(\||#|<|```|!\[|$)|    ')


def paragraphs(lines):
    """Lines that belong together, and whether they are prose."""
    prose, code = [], False
    for line in lines:
        fence = line.lstrip().startswith('```')
        fixed = code or fence or (FIXED.match(line) and not (prose and line.strip()
                                                              and line.startswith('    ')))
        if prose and (fixed or ITEM.match(line)):
            yield True, prose
            prose = []
        if fixed:
            yield False, [line]
        else:
            prose.append(line)
        code ^= fence
    if prose:
        yield True, prose


def ends_in_code(line):
    return line.count('`') % 2 == 1


def wrapped(lines):
    if max(map(len, lines)) <= WIDTH and not any(map(ends_in_code, lines)):
        return lines
    item = ITEM.match(lines[0])
    indent = ' ' * len(item[0]) if item else re.match(' *', lines[0])[0]
    text = lines[0].rstrip() + ''.join(' ' + line.strip() for line in lines[1:])
    # Words of code stay together: no-break spaces until the lines are cut.
    text = CODE.sub(lambda code: code[0].replace(' ', '\u00a0'), text)
    cut = textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False,
                        break_on_hyphens=False)
    return [line.replace('\u00a0', ' ') for line in cut]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.splitlines()[0])
    for path in sys.argv[1:]:
        with open(path, encoding='utf-8') as file:
            lines = file.read().splitlines()
        with open(path, 'w', encoding='utf-8') as file:
            for is_prose, part in paragraphs(lines):
                for line in wrapped(part) if is_prose else part:
                    print(line, file=file)


main()
