#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: rows.py stop|filling bench.json

A section of a benchmark's JSON as rows for gnuplot: the size, and for each way the low
quartile, the median and the high quartile, and of the stop the stores; "-" where it was
not measured.
"""
import json
import sys


def stop_row(size):
    """Microseconds of the stop, and stores to live tables in it."""
    ways = {way["way"]: way for way in size["ways"]}
    yield size["gib"]
    for name in "in-place", "live", "break", "switch":
        yield from ways[name]["us"] if name in ways else "---"
        yield ways[name]["stores"] if name in ways else "-"


def filling_row(size):
    """GiB of tables a second: the longest time is the lowest speed."""
    us = {way["name"]: way["us"] for way in size["ways"]}
    yield f'"{size["gib"]} GiB"'
    for name in "memset", "reference", "stage", "in-place":
        yield from (size["table_bytes"] / 2**30 / (time / 1e6) for time in us[name][::-1])


ROWS = {"stop": stop_row, "filling": filling_row}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ROWS:
        sys.exit(__doc__.splitlines()[0])
    section, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        sizes = json.load(file)[section]
    for size in sizes:
        print(*(f"{x:.6g}" if isinstance(x, float) else x for x in ROWS[section](size)))


if __name__ == "__main__":
    main()
