#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: embed.py OUTPUT INPUT...

Writes a C header that has each file as a list of its lines: page.js as page_js, which ends
with NULL."""

import os
import sys


def literal(text):
    for line in text.splitlines():
        yield '\t"' + line.replace('\\', '\\\\').replace('"', '\\"').replace('\t', '\\t') + '\\n",\n'


with open(sys.argv[1], 'w', encoding='ascii') as out:
    out.write('/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n')
    for path in sys.argv[2:]:
        with open(path, encoding='ascii') as file:
            name = os.path.basename(path).replace('.', '_')
            out.write(f'static const char *const {name}[] = {{\n')
            out.writelines(literal(file.read()))
            out.write('\tNULL,\n};\n')
