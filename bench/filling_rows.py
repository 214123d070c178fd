#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: filling_rows.py bench.json

The section "filling" of a benchmark's JSON as data for filling.gp: for each
contestant a block with the GiB of tables a second at each size, median and
quartiles.
"""
import json
import sys

NAMES = "memset", "reference", "stage", "in-place"


def speeds(size, name):
    us = next(way["us"] for way in size["ways"] if way["name"] == name)
    low, median, high = (size["table_bytes"] / 2**30 / (us[i] / 1e6) for i in (2, 1, 0))
    return median, low, high


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        filling = json.load(file)["filling"]
    for name in NAMES:
        for size in filling:
            print(f'"{size["gib"]} GiB"', *(f"{x:.3f}" for x in speeds(size, name)))
        print("e")


if __name__ == "__main__":
    main()
