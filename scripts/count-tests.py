#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: count-tests.py testlog.json

Prints how many test cases passed and failed in a run of meson test.

A program that reports in TAP counts case by case; skipped cases count as
neither. What it did not live to report counts too: a program that failed with
no failing case (crash, time-out, too few cases) adds one failure. Any other
program counts as one case.
"""
import json
import re
import sys

CASE = re.compile(r"^(not )?ok\b[^#]*(#\s*(skip|todo)\b)?", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.\d+", re.MULTILINE)
GOOD = {"OK", "EXPECTEDFAIL"}


def cases(output):
    passed = failed = 0
    if not PLAN.search(output):  # not TAP
        return 0, 0
    for line in output.splitlines():
        match = CASE.match(line)
        if not match or match.group(2):
            continue
        if match.group(1):
            failed += 1
        else:
            passed += 1
    return passed, failed


def count(program):
    good = program["result"] in GOOD
    if program["result"] == "SKIP":
        return 0, 0
    passed, failed = cases(program.get("stdout", ""))
    if passed + failed == 0:
        return (1, 0) if good else (0, 1)
    if not good and failed == 0:
        failed = 1
    return passed, failed


def main():
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            counts = [count(json.loads(line)) for line in log]
    except FileNotFoundError:
        counts = []
    print(sum(p for p, _ in counts), sum(f for _, f in counts))


if __name__ == "__main__":
    main()
