# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What tests of the command in Python share: where it is, and how cases are reported, in
TAP."""
import os
import sys

SOURCE = os.environ.get("LINMAP_SOURCE",
                        os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
LINMAP = os.environ.get("LINMAP", os.path.join(SOURCE, "build", "linmap"))

cases = []


def case(function):
    cases.append(function)
    return function


def run_cases():
    failures = 0
    print(f"1..{len(cases)}")
    for number, function in enumerate(cases, 1):
        try:
            function()
            print(f"ok {number} - {function.__name__}")
        except (AssertionError, LookupError, ValueError) as error:
            failures += 1
            print(f"not ok {number} - {function.__name__}")
            line = error.__traceback__.tb_next.tb_lineno
            print("\n".join(f"# line {line}: {text}" for text in repr(error).split("\n")))
    sys.exit(failures > 0)
