#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""linmap census, walk and check from outside: on maps that 'linmap run' makes, and on the
tables of real kernels (tests/data/README.md) in every format. Expected numbers are
written out by hand, come from QEMU's own translation, or from the walker of machines.py.
Reports in TAP."""
import collections
import copy
import json
import os
import random
import subprocess
import tempfile
import xml.etree.ElementTree

import machines
from tap import LINMAP, case, run_cases

scratch = tempfile.TemporaryDirectory()
KB4 = machines.from_data("linux-6.12-4k")
KB16 = machines.from_data("linux-6.12-16k")


def place(name):
    return os.path.join(scratch.name, name)


def run(*arguments, code=0, given=None):
    done = subprocess.run([LINMAP, *arguments], capture_output=True, text=True, check=False,
                          input=given, timeout=120)
    assert done.returncode == code, \
        f"exit {done.returncode}, expected {code}: {arguments}: {done.stderr}"
    return done


def see(*arguments, code=0):
    done = run(*arguments, "--json", code=code)
    assert not done.stderr, done.stderr
    return json.loads(done.stdout)


def refused(pattern, *arguments):
    done = run(*arguments, code=2)
    assert not done.stdout and done.stderr.count("\n") == 1, (done.stdout, done.stderr)
    assert pattern in done.stderr, f"expected {pattern!r} in {done.stderr!r}"


def has_libkdumpfile(kdump):
    done = subprocess.run([LINMAP, "census", kdump], capture_output=True, text=True, check=False)
    return "without libkdumpfile" not in done.stderr


def equal(seen, expected):
    assert seen == expected, f"expected {expected!r}, saw {seen!r}"


def leaves_of(census):
    """Bytes by level, over all parts."""
    count = collections.Counter()
    for part in census["parts"]:
        for leaf in part["leaves"]:
            count[leaf["level"]] += leaf["bytes"]
    return dict(count)


def counted(census):
    return census["parts"], census["tables"]


def matches_walker(census, machine):
    found, tables = machine.leaves()
    expected = collections.Counter()
    for _, _, size, level, _, _ in found:
        expected[level] += size
    equal(leaves_of(census), dict(expected))
    equal(census["tables"], tables)


# ------------------------------------------------------------------------- the model's

def model(name, *arguments):
    directory = place(name)
    run("run", "--scenario", "boot", "--ram", "1G", "--cpus", "2", "--boot-bbm", "3",
        "--secondary-bbm", "0", "--dump-tables", directory, *arguments)
    return directory


@case
def a_block_of_1g_becomes_pages():
    # Before: the root and one table, which holds the block. After: one table on level 2
    # and 512 on level 3 more, and 2^30 / 2^12 = 262,144 pages.
    directory = model("m4k")
    before = see("census", directory + "/before.json")
    equal(before["tables"], 2)
    equal(before["parts"][0]["leaves"], [{"size": 1 << 30, "contiguous": False, "level": 1,
                                          "count": 1, "bytes": 1 << 30}])
    after = see("census", directory + "/after.json")
    equal(after["tables"], 515)
    equal(after["parts"][0]["leaves"][0]["count"], 262144)
    # The block needs one table, which is there anyway.
    equal(after["parts"][0]["least_tables"], 1)
    equal(after["table_bytes"], 515 * 4096)
    equal(after["ram_bytes"], 1 << 30)
    assert "1 instead of 514 tables: 2 MiB less" in after["words"], after["words"]


@case
def every_granule_and_size_is_read():
    for number, geometry in enumerate((
            ["--granule", "16k"], ["--granule", "64k"], ["--granule", "4k", "--va-bits", "39"],
            ["--granule", "16k", "--va-bits", "36"], ["--granule", "64k", "--va-bits", "42"],
            ["--granule", "4k", "--va-bits", "52"], ["--granule", "16k", "--va-bits", "52"],
            ["--granule", "64k", "--va-bits", "52", "--pa-bits", "52"],
            ["--regime", "el2"], ["--regime", "el2-0"], ["--regime", "el3", "--granule", "64k"])):
        directory = model(f"g{number}", *geometry)
        for moment in ("before", "after"):
            path = f"{directory}/{moment}.json"
            census = see("census", path)
            equal(sum(leaves_of(census).values()), 1 << 30)
            equal(see("check", path)["findings"], [])
        # The split leaves nothing but pages.
        equal(leaves_of(census), {3: 1 << 30})


@case
def a_regime_with_one_range_has_no_second_column():
    directory = model("el2", "--regime", "el2")
    census = see("census", directory + "/after.json")
    equal(census["half"], "lower")
    equal(census["parts"][0]["permissions"][0]["what"], "rw-")


@case
def a_directory_of_more_than_one_map_is_refused():
    refused("more than one .json", "census", model("two"))


# ------------------------------------------------------------------- real kernels' tables

@case
def every_format_tells_the_same():
    for machine, name in ((KB4, "k4"), (KB16, "k16")):
        census = see("census", machines.write_directory(machine, place(name)))
        matches_walker(census, machine)
        path = machines.elf(machine, place(name + ".elf"))
        equal(counted(see("census", path)), counted(census))
        path = machines.kdump(machine, place(name + ".kdump"))
        if not has_libkdumpfile(path):
            refused("install it", "census", path)
            continue
        equal(counted(see("census", path)), counted(census))


@case
def what_a_4k_kernel_maps():
    # Debian's 6.12 on 512 MiB: counted by machines.py, and as the guest's own /proc/kcore
    # was counted there.
    census = see("census", machines.write_directory(KB4, place("what")))
    equal([part["name"] for part in census["parts"]],
          ["linear map", "modules", "vmalloc and kernel", "vmemmap", "other"])
    linear = census["parts"][0]
    equal((linear["first"], linear["last"]), ("0xffff000000000000", "0xffff00001fffffff"))
    equal({leaf["size"]: leaf["count"] for leaf in linear["leaves"]},
          {2 << 20: 14, 4096: 123904})
    equal(linear["tables"], 244)
    assert "pages, nearly all of it: 94.5 %" in census["words"], census["words"]


@case
def addresses_lead_where_the_emulator_says():
    # What QEMU's gva2gpa said of these guests.
    for path, pairs in (
            (machines.write_directory(KB4, place("t4")), (
                (0xffff000000000000, 0x40000000), (0xffff000001234000, 0x41234000),
                (0xffff800081ce9000, 0x41ee9000), (0xffff800080010000, 0x40210000))),
            (machines.write_directory(KB16, place("t16")),
             ((0xffffc00080010000, 0x40210000),))):
        for va, pa in pairs:
            walk = see("walk", path, hex(va | 0x123))
            equal((walk["translates"], walk.get("pa")), (True, hex(pa | 0x123)))
    refused("not an address of these tables", "walk", path, "0xffff000000000000")


@case
def a_walk_shows_each_step():
    # Four levels, and the entries as they are in the tables.
    path = machines.write_directory(KB4, place("steps"))
    walk = see("walk", path, "0xffff000000000000")
    equal([step["level"] for step in walk["steps"]], [0, 1, 2, 3])
    equal(walk["steps"][0]["entry_at"], "0x41ee9000")
    equal(walk["steps"][0]["descriptor"], "0x180000005ffff003")
    # The last entry that is mapped nowhere: of the root, at ffff7fff... it is number 255.
    walk = see("walk", path, "0xffff7fffffff0000")
    equal((len(walk["steps"]), walk["translates"]), (1, False))
    assert "is not mapped" in run("walk", path, "0xffff7fffffff0000").stdout


@case
def nothing_is_wrong_with_real_kernels():
    for machine, name in ((KB4, "c4"), (KB16, "c16")):
        done = see("check", machines.write_directory(machine, place(name)))
        equal((done["findings"], done["ram_is_known"]), ([], True))


@case
def registers_do_where_nothing_else_tells():
    # T1SZ = 16, TG1 = 0b10 (4K), IPS = 0b101 (48 bits).
    path = machines.raw(KB4, place("regs.ram"))
    refused("give --ttbr1", "census", path)
    refused("give --tcr", "census", path, "--ttbr1", "0x41ee9000")
    tcr = hex(16 << 16 | 2 << 30 | 5 << 32)
    # An ASID and CnP are no part of the address.
    census = see("census", path, "--ttbr1", "0x1000041ee9001", "--tcr", tcr)
    matches_walker(census, KB4)
    equal((census["known"]["root"], census["known"]["pa_bits"]), ("given", "given"))
    equal(census["assumed"], ["regime", "invalid_mark"])
    census = see("census", path, "--ttbr1", "0x41ee9000", "--granule", "4k", "--va-bits", "48")
    matches_walker(census, KB4)
    equal(census["assumed"], ["pa_bits", "regime", "hw_updates", "invalid_mark"])
    refused("TG field is reserved", "census", path, "--ttbr1", "0x41ee9000", "--tcr", "0x0")
    refused("one half at a time", "census", path, "--ttbr1", "1", "--ttbr0", "1")


@case
def the_lower_half_counts_from_zero():
    path = machines.raw(KB4, place("low.ram"))
    # T0SZ = 16, TG0 = 0b00 (4K), IPS = 0b101: the same tables as if TTBR0 had them.
    census = see("census", path, "--ttbr0", "0x41ee9000", "--tcr", hex(16 | 5 << 32))
    matches_walker(census, KB4)
    equal(census["parts"][0]["first"], "0x0")
    # TCR_EL2: PS is at [18:16].
    census = see("census", path, "--regime", "el2", "--ttbr0", "0x41ee9000", "--tcr",
                 hex(16 | 5 << 16))
    matches_walker(census, KB4)


@case
def vmcoreinfo_is_found_in_memory():
    machine = copy.deepcopy(KB4)
    machine.pieces[0x47654000] = KB4.info.encode().ljust(4096, b"\0")
    for path in (machines.raw(machine, place("found.ram")),
                 machines.elf(machine, place("found.elf"), notes=b"")):
        census = see("census", path)
        equal(census["linux"], "6.12.95+deb12-arm64")
        equal(census["known"]["root"], "read")
        matches_walker(census, KB4)


@case
def memory_elsewhere_is_said_by_its_base():
    machine = copy.deepcopy(KB4)
    machine.pieces[0x47654000] = KB4.info.encode().ljust(4096, b"\0")
    path = machines.raw(machine, place("base.ram"), base=0x41000000)
    # Everything is 16 MiB from where it is taken to be.
    refused("the root table", "census", path)
    matches_walker(see("census", path, "--ram-base", "0x41000000"), KB4)


@case
def kcore_has_what_is_no_memory():
    # As /proc/kcore: vmalloc has no physical address, the kernel's image is there twice,
    # and offsets are huge.
    path = machines.elf(KB4, place("kcore"), extra=(
        (1, 1 << 46, 0xffff800080000000, (1 << 64) - 1, 1 << 40),
        (1, 1 << 45, 0xffff800080000000, 0x41ee9000, 4096)))
    matches_walker(see("census", path), KB4)


@case
def the_text_of_the_kernel_tells_the_same():
    parts = (("Linear Mapping", 0), ("Modules", 0xffff800000000000),
             ("vmalloc() area", 0xffff800080000000), ("vmemmap", 0xfffffdffc0000000),
             ("Fixmap", 0xffffffffc0000000))
    path = machines.text(KB4, place("text"), parts)
    census = see("census", path)
    whole = see("census", machines.write_directory(KB4, place("whole")))
    equal((census["kind"], census["granule"], census["va_bits"]),
          ("kernel_page_tables", 4096, 48))
    for seen, expected in zip(census["parts"], whole["parts"]):
        equal([seen[key] for key in ("name", "first", "last", "bytes", "permissions")],
              [expected[key] for key in ("name", "first", "last", "bytes", "permissions")])
    with open(path, encoding="utf-8") as file:
        done = run("census", "-", given=file.read())
    assert "linear map" in done.stdout
    refused("has no tables", "check", path)
    refused("has no tables", "census", path, "--dump-tables", place("none"))


@case
def lines_as_a_kernel_prints_them():
    # Of a 7.3 kernel with KFENCE and CONFIG_PTDUMP_DEBUGFS: 2 MiB + 4 MiB of blocks, 448 KiB
    # of pages, 10 MiB of blocks and a page that are invalid and hold a mapping, holes, and 50
    # runs of 64 KiB.
    with open(place("printed"), "w", encoding="utf-8") as file:
        file.write("""---[ Linear Mapping start ]---
0xffff000000000000-0xffff000000200000           2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED
0xffff000000200000-0xffff000000600000           4M PMD       ro NX SHD AF        BLK UXN    MEM/NORMAL
0xffff000000600000-0xffff000000670000         448K PTE       ro NX SHD AF            UXN    MEM/NORMAL
0xffff000000800000-0xffff000001200000          10M PMD F     RW NX SHD AF NG         UXN    MEM/NORMAL-TAGGED
0xffff00001ffff000-0xffff000020000000           4K PTE F     RW NX SHD AF NG         UXN    MEM/NORMAL-TAGGED
0xffff000020000000-0xffff000040000000         512M PMD
0xffff000040000000-0xffff008000000000         511G PUD
0xffff008000000000-0xffff800000000000      130560G PGD
---[ Linear Mapping end ]---
---[ vmalloc() area ]---
0xffff800080010000-0xffff800080330000        3200K PTE       ro x  SHD AF    CON     UXN    MEM/NORMAL
---[ vmalloc() end ]---
""")
    linear, vmalloc = see("census", place("printed"))["parts"]
    equal((linear["name"], linear["last"]), ("linear map", "0xffff00001fffffff"))
    equal({leaf["size"]: leaf["count"] for leaf in linear["leaves"]}, {2 << 20: 8, 4096: 113})
    equal({row["what"]: row["leaves"] for row in linear["permissions"]},
          {"rw- ---": 1, "r-- ---": 114, "rw- --- invalid": 6})
    equal(vmalloc["leaves"], [{"size": 65536, "contiguous": True, "level": 3, "count": 50,
                               "bytes": 3200 << 10}])
    equal(vmalloc["permissions"][0]["what"], "r-x ---")
    run("draw", place("printed"))


@case
def lines_for_monitoring_have_the_shape_of_x86():
    # 14 blocks of 2 MiB are 28,672 kB; 123,904 pages are 495,616 kB.
    done = run("census", "--meminfo", machines.write_directory(KB4, place("mem")))
    lines = done.stdout.splitlines()
    assert "DirectMap4k:      495616 kB" in lines, lines
    assert "DirectMap2M:       28672 kB" in lines, lines
    refused("--meminfo together with --json", "census", "--meminfo", "--json", place("mem"))
    refused("--watch is for a running kernel", "census", "--watch", "1", place("mem"))


@case
def tables_can_be_taken_out_of_a_dump():
    path = machines.elf(KB16, place("whole.elf"))
    census = see("census", path, "--dump-tables", place("out"))
    again = see("census", place("out"))
    equal(counted(again), counted(census))
    equal(again["linux"], census["linux"])
    taken = machines.from_directory(place("out") + "/tables")
    equal(taken.leaves(), KB16.leaves())


@case
def cpus_say_why():
    path = machines.write_directory(KB4, place("why"))
    data = os.path.join(os.environ.get("LINMAP_SOURCE", "."), "tests", "data")
    words = see("census", path)["words"]
    assert "see --cpuinfo" in words, words
    words = see("census", path, "--cpuinfo", data + "/server.cpuinfo")["words"]
    assert "Stock Linux on these CPUs: pages from the start" in words and "With linmap" in words, words
    refused("No such file", "census", path, "--cpuinfo", place("nowhere"))


# -------------------------------------------------------------------------------- plans

@case
def a_plan_says_what_splitting_takes():
    # 14 blocks of 2 MiB: a table of pages for each, and one store each; by switch one store
    # to the root, and copies of the root and of two tables on the way.
    path = machines.write_directory(KB4, place("plan"))
    plan = see("plan", path)
    for way in ("in-place", "live", "break"):
        equal((plan["to_pages"][way]["new_tables"], plan["to_pages"][way]["stores"]), (14, 14))
    switch = plan["to_pages"]["switch"]
    equal((switch["new_tables"], switch["copied_tables"], switch["stores"]), (14, 3, 1))
    # Roll as switch, and nobody is held.
    equal((plan["to_pages"]["roll"]["new_tables"], plan["to_pages"]["roll"]["stores"]), (14, 1))
    for question, answers in (("interrupts_all_others", [True, False, True, True, True]),
                              ("holds_all_others", [True, False, True, True, False])):
        equal([plan["to_pages"][way][question]
               for way in ("in-place", "live", "break", "switch", "roll")], answers)
    # Collapsing gives back what the census says is not needed, counted by other code.
    linear = see("census", path)["parts"][0]
    equal(plan["collapse"]["switch"]["retired_tables"],
          linear["tables"] - linear["least_tables"])
    equal(plan["choice"], None)


@case
def a_part_can_be_planned():
    # One block of 32 MiB of the 16K map: one table of pages.
    path = machines.write_directory(KB16, place("part"))
    part = ("--range", "0xffff800002000000-0xffff800003ffffff")
    plan = see("plan", path, *part)
    equal(plan["bytes"], 32 << 20)
    equal(plan["to_pages"]["live"]["new_tables"], 1)
    refused("reaches across an end", "plan", path, "--range",
            "0xffff800002000000-0xffff800002003fff")
    refused("not in these tables", "plan", path, "--range", "0x0-0xfff")
    refused("ends before it begins", "plan", path, "--range", "0x2000-0x1000")


@case
def a_plan_knows_the_cpus():
    path = machines.write_directory(KB4, place("cpus"))
    data = os.path.join(os.environ.get("LINMAP_SOURCE", "."), "tests", "data")
    # It boots on a Cortex-A725, which is level 3; the Cortex-X925 are not.
    plan = see("plan", path, "--cpuinfo", data + "/workstation.cpuinfo")
    equal((plan["choice"], plan["choice_without_roll"]), ("roll", "live"))
    equal(plan["to_pages"]["live"]["holds_all_others"], True)
    plan = see("plan", path, "--cpuinfo", data + "/server.cpuinfo")
    equal((plan["choice"], plan["choice_without_roll"]), ("roll", "switch"))


@case
def options_of_the_model_do_not_go_with_a_source():
    path = machines.write_directory(KB4, place("model"))
    refused("--ram together with a source", "plan", path, "--ram", "1G")
    refused("--ttbr1 without a source", "plan", "--ttbr1", "0x1000")
    refused("No such file", "plan", place("nowhere"))
    refused("unexpected argument", "plan", path, path)


# ------------------------------------------------------------------------------ pictures

@case
def a_picture_shows_the_linear_map():
    path = machines.write_directory(KB16, place("draw"))
    done = run("draw", path)
    assert done.stdout.startswith("<svg ") and done.stdout.endswith("</svg>\n")
    picture = xml.etree.ElementTree.fromstring(done.stdout)
    titles = [node.text for node in picture.iter() if node.tag.endswith("title")]
    # The first run of pages of the map, and its last block, as the walker has them.
    assert any(title.startswith("2 MiB runs of pages, 0xffff800000000000 to ")
               for title in titles), titles[:5]
    assert not any("0xffffc0" in title for title in titles), "only the linear map"
    # Blocks: 14 of 32 MiB, and 2 MiB of runs: what the census counts.
    texts = [node.text for node in picture.iter() if node.tag.endswith("text")]
    assert "32 MiB blocks 448 MiB" in texts, texts
    run("draw", path, "-o", place("out.svg"))
    with open(place("out.svg"), encoding="utf-8") as file:
        equal(file.read(), done.stdout)


@case
def a_page_has_every_stretch():
    path = machines.write_directory(KB4, place("page"))
    page = run("draw", path, "--html").stdout
    data = json.loads(page.split("type='application/json'>")[1].split("</script>")[0])
    mapped = sum(bytes_ for _, bytes_, _, _ in data["stretches"])
    equal(mapped, sum(size for _, _, size, _, _, _ in KB4.leaves()[0]))
    assert "http" not in page.replace("http://www.w3.org", ""), "needs nothing but itself"
    page = run("draw", path, "--html", "--range", "0xffff000000000000-0xffff000000000fff").stdout
    data = json.loads(page.split("type='application/json'>")[1].split("</script>")[0])
    equal(data["stretches"], [[0, 4096, 0, 0]])
    refused("nothing is mapped in the range", "draw", path, "--range", "0x0-0xfff")
    refused("--html without a source", "draw", "--html")
    refused("cannot write", "draw", path, "-o", place("no/such/file"))


@case
def a_text_can_be_drawn():
    path = machines.text(KB4, place("drawn"), (("Linear Mapping", 0),
                                               ("Modules", 0xffff800000000000)))
    done = run("draw", path)
    assert "2 MiB blocks 28 MiB" in done.stdout


# ------------------------------------------------------------------------------ faults

def changed(machine, name, change):
    """The directory of a machine after change(entries by address)."""
    machine = copy.deepcopy(machine)

    def put(pa, value):
        for start, piece in machine.pieces.items():
            if start <= pa < start + len(piece):
                piece = bytearray(piece)
                piece[pa - start:pa - start + 8] = value.to_bytes(8, "little")
                machine.pieces[start] = bytes(piece)

    change(put)
    return machines.write_directory(machine, place(name))


def found(path):
    done = see("check", path, code=1)
    return {name: count for name, count in done["counts"].items() if count}, done


@case
def what_is_wrong_is_found_where_it_is():
    # The entry of the first page of the linear map, by the walk above.
    steps = see("walk", machines.write_directory(KB4, place("base")),
                "0xffff000000000000")["steps"]
    page = int(steps[3]["entry_at"], 16)
    good = int(steps[3]["descriptor"], 16)
    upper = int(steps[2]["entry_at"], 16)
    for name, pa, value, expected in (
            ("outside", page, good ^ (0x40000000 ^ 0x20000000), "outside-ram"),
            ("share", page, good & ~(3 << 8), "not-shareable"),
            ("sh1", page, good & ~(3 << 8) | 1 << 8, "reserved"),
            ("hint", page, good | 1 << 52, "run"),
            ("type", page, good & ~2, "type"),
            ("above", upper, int(steps[2]["descriptor"], 16) ^ 1 << 30, "no-table"),
            ("loop", upper, 0x41ee9003, "twice")):
        counts, done = found(changed(KB4, "f-" + name, lambda put: put(pa, value)))
        assert counts.get(expected), (name, counts)
        wrong = [f for f in done["findings"] if f["kind"] == expected]
        if name not in ("loop", "above"):
            equal(wrong[0]["va"], "0xffff000000000000")
    # In the linear map PXNTable keeps execution away whatever the page says.
    counts, _ = found(changed(KB4, "f-pxn", lambda put: put(page, good & ~(1 << 53))))
    equal(counts, {"permissions": 1})
    # Elsewhere nothing does: the first writable page of vmalloc, whose tables do not.
    va = next(va for va, _, _, level, desc, above in KB4.leaves()[0]
              if va >> 47 == 0x1ffff and level == 3 and not desc >> 7 & 1 and not above & 1)
    step = see("walk", place("base"), hex(va))["steps"][3]
    counts, done = found(changed(KB4, "f-wx", lambda put: put(
        int(step["entry_at"], 16), int(step["descriptor"], 16) & ~(1 << 53))))
    equal(counts, {"writable-executable": 1})
    equal((done["findings"][0]["va"], done["findings"][0]["size"]), (hex(va), 4096))


@case
def a_loop_ends():
    # Every entry of the root leads to the root.
    path = changed(KB4, "loops", lambda put: [put(0x41ee9000 + 8 * i, 0x41ee9003)
                                              for i in range(512)])
    census = see("census", path)
    refused("reached twice", "plan", path, "--range", "0xffff000000000000-0xffff0000001fffff")
    # The root is not entered again.
    equal((census["tables"], census["tables_reached_twice"]), (1, 512))


@case
def tables_that_are_missing_are_named():
    machine = copy.deepcopy(KB4)
    # One whole piece, beside that of the root.
    gone = [pa for pa in machine.pieces if pa != 0x41ee9000][0]
    size = len(machine.pieces.pop(gone))
    path = machines.elf(machine, place("missing.elf"))
    census = see("census", path)
    assert 0 < census["unreadable_tables"] <= size // 4096, census["unreadable_tables"]
    assert int(census["unreadable_at"][0], 16) in range(gone, gone + size)
    done = run("census", path)
    assert "not readable" in done.stdout
    assert found(path)[0].get("no-table")


# ------------------------------------------------------------------------- wrong sources

@case
def a_root_that_is_none_is_refused_with_the_reason():
    machines.raw(KB4, place("bad.ram"))
    tcr = hex(16 << 16 | 2 << 30 | 5 << 32)

    def with_root(root, pattern):
        refused(pattern, "census", place("bad.ram"), "--tcr", tcr, "--ttbr1", root)

    with_root("0x41000000", "has no valid entry")
    with_root("0x90000000", "cannot be read")
    # A table of pages, of which memory is not in the file.
    refused("is none", "census", machines.elf(KB4, place("bad.elf")), "--tcr", tcr, "--ttbr1",
            "0x42d0e000")
    # Where VMCOREINFO says it is, another table.
    moved = KB4.info.replace("NUMBER(kimage_voffset)=0xffff80003fe00000",
                             "NUMBER(kimage_voffset)=0xffff80003efdf000")
    refused("swapper_pg_dir", "census", machines.elf(
        KB4, place("moved.elf"), notes=machines.note(b"VMCOREINFO", moved.encode())))


@case
def notes_of_sve_that_shift_memory_are_named():
    notes = machines.note(b"VMCOREINFO", KB4.info.encode()) + \
        machines.note(b"LINUX", bytes(512), 0x405)
    for shift in (64, 4096):
        path = machines.elf(KB4, place("sve.elf"), notes=notes, shift=shift)
        refused("SVE", "census", path)
        refused("sve=off", "walk", path, "0xffff000000000000")
    # Without a shift they do no harm.
    matches_walker(see("census", machines.elf(KB4, place("sve2.elf"), notes=notes)), KB4)


@case
def files_that_are_no_machine_are_refused():
    def wrong(name, data):
        with open(place(name), "wb") as file:
            file.write(data)
        return place(name)

    with open(machines.elf(KB4, place("ok.elf")), "rb") as file:
        whole = file.read()
    refused("No such file", "census", place("nowhere"))
    refused("empty", "census", wrong("empty", b""))
    refused("no source", "census")
    refused("cut off", "census", wrong("cut", whole[:40]))
    refused("notes are cut off", "census", wrong("cut2", whole[:200]))
    refused("headers are cut off", "census", wrong("cut3", whole[:64] + bytes(40)))
    refused("not of a 64-bit", "census", machines.elf(KB4, place("x86"), machine_type=62))
    refused("segments", "census", machines.elf(KB4, place("many"), headers=0xffff))
    refused("segments", "census", machines.elf(KB4, place("zero"), headers=0))
    refused("beyond the end", "census", machines.elf(
        KB4, place("far"), extra=((1, 0, 0, (1 << 64) - 4096, 8192),)))
    refused("flattened", "census", wrong("flat", b"makedumpfile\0\0\0\0" + bytes(5000)))
    refused("does not say", "census", wrong("junk", b"x" * 9000))
    # A segment of a petabyte, in a file of a megabyte that is to be searched.
    refused("give --ttbr1", "census", machines.elf(
        KB4, place("endless"), notes=b"", extra=((1, 4096, 0, 1 << 32, 1 << 50),)))
    short = wrong("short.elf", whole[:-300000])
    assert "not readable" in run("census", short).stdout


@case
def damaged_dumps_end_in_a_message():
    # Bytes of the headers, and any others, at random; libkdumpfile itself ends on some.
    chance = random.Random(1)
    for write, places in ((machines.kdump, (range(424, 470), range(4096, 4200))),
                          (machines.elf, (range(0, 64), range(64, 500)))):
        with open(write(KB16, place("undamaged")), "rb") as file:
            whole = file.read()
        for _ in range(25):
            damaged = bytearray(whole)
            for _ in range(chance.randrange(1, 5)):
                at = chance.choice(places + (range(len(whole)),))
                damaged[chance.choice(at)] = chance.randrange(256)
            with open(place("damaged"), "wb") as file:
                file.write(damaged)
            done = subprocess.run([LINMAP, "check", place("damaged")], capture_output=True,
                                  text=True, check=False, timeout=60)
            assert done.returncode in (0, 1, 2), done
            assert done.returncode != 2 or done.stderr.count("\n") == 1, done


@case
def indexes_that_are_wrong_are_refused():
    def refuse(pattern, **changes):
        refused(pattern, "census", machines.write_directory(KB4, place("index"), **changes))

    refuse('"root" is missing', root=None)
    refuse('"granule" is 5000', granule=5000)
    refuse('"va_bits" is no number', va_bits="x")
    refuse('"regime" is "el9"', regime="el9")
    refuse('"invalid_mark" is no number', invalid_mark="x")
    refuse("bits that are no attributes", invalid_mark="0x1")
    refuse('no "segments"', segments=[])
    refuse("at least 25 bits", va_bits=3)
    refuse("beyond the end", segments=[{"pa": "0xffffffffffffffff", "size": 4096, "offset": 0}])
    refuse("cannot be read", root="0x999000")
    with open(place("index") + "/tables.json", "w", encoding="utf-8") as file:
        file.write("{")
    refused("tables.json:1", "census", place("index"))


@case
def lines_that_are_no_page_tables_are_refused():
    for number, lines in enumerate((
            "0xffff000000000000-0xffff000000001000 nothing\n",
            "0xffff000000002000-0xffff000000001000   4K PTE RW\n",
            "---[ Linear Mapping start ]---\n0xffff0000000g0000-0\n",
            # No block of that size at that level.
            "0xffff000000000000-0xffff000000001000   4K PMD RW\n",
            "0xffff000000000001-0xffff000000001001   4K PTE RW\n")):
        with open(place("lines"), "w", encoding="utf-8") as file:
            file.write(lines)
        done = run("census", place("lines"), code=2)
        assert done.stderr.count("\n") == 1 and not done.stdout, (number, done)


run_cases()
