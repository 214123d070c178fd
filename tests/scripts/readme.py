#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What README.md shows of the command's output is what the command prints: every line of
an example, in this order, though lines between may be left out. Reports in TAP."""
import os
import shlex
import subprocess
import tempfile

from machines import from_data, write_directory
from tap import LINMAP, SOURCE, case, run_cases

PROMPT = "$ build/linmap "
KCORE = "# linmap census /proc/kcore"


def blocks():
    """The fenced blocks that name no language, each a list of lines."""
    found, block = [], None
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if block is None and line.startswith("```"):
                block, plain = [], line == "```"
            elif line == "```":
                if plain:
                    found.append(block)
                block = None
            elif block is not None:
                block.append(line)
    return found


def run(*arguments):
    done = subprocess.run([LINMAP, *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, cwd=SOURCE, check=False)
    assert done.returncode == 0, f"exit {done.returncode}: {arguments}: {done.stderr}"
    return done.stdout.split("\n")


def is_excerpt(shown, printed):
    rest = iter(printed)
    for line in shown:
        assert not line or line in rest, f"not printed there: {line!r}"


@case
def examples_are_what_the_command_prints():
    examples = [block for block in blocks() if block[0].startswith(PROMPT)]
    # run, decode, plan and cpus: one each
    assert len(examples) == 4, f"{len(examples)} examples"
    for command, *shown in examples:
        is_excerpt(shown, run(*shlex.split(command[len(PROMPT):])))


@case
def the_table_of_the_demo_is_what_it_prints():
    (shown,) = [block for block in blocks() if "in-place    live" in block[0]]
    is_excerpt(shown, run("demo", "--quiet"))


@case
def the_census_is_what_it_prints_for_the_tables_of_that_machine():
    (shown,) = [block for block in blocks() if block[0] == KCORE]
    assert shown[1].startswith("/proc/kcore: running kernel, Linux 6.12.95"), shown[1]
    with tempfile.TemporaryDirectory() as place:
        write_directory(from_data("linux-6.12-4k"), place + "/tables")
        # QEMU's cortex-a72, as tests/data/README.md has it
        with open(place + "/cpuinfo", "w", encoding="utf-8") as file:
            file.write("processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
                       "CPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n")
        is_excerpt(shown[2:], run("census", place + "/tables", "--cpuinfo",
                                  place + "/cpuinfo"))


run_cases()
