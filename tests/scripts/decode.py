#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""linmap decode from outside: what descriptors of the Arm ARM's formats are said to be,
against values written out by hand, and against a second reading of the address for
random ones. Reports in TAP."""
import json
import random
import subprocess

from tap import LINMAP, case, run_cases


def run(*arguments, code=0, given=""):
    done = subprocess.run([LINMAP, "decode", *arguments], capture_output=True, text=True,
                          input=given, check=False)
    assert done.returncode == code, \
        f"exit {done.returncode}, expected {code}: {arguments}: {done.stderr}"
    return done


def decode_all(*arguments, given=""):
    done = run(*arguments, "--json", given=given)
    assert not done.stderr, done.stderr
    return json.loads(done.stdout)


def decode(*arguments):
    """The levels of the one descriptor that is decoded."""
    (one,) = decode_all(*arguments)["descriptors"]
    return one["levels"]


def decode_one(*arguments):
    (level,) = decode(*arguments)
    return level


def fields(level):
    return {field["name"]: (field["high"], field["low"], int(field["value"], 16))
            for field in level["fields"]}


def meaning(level, name):
    (text,) = [field["meaning"] for field in level["fields"] if field["name"] == name]
    return text


def equal(seen, expected):
    assert seen == expected, f"expected {expected!r}, saw {seen!r}"


def holds(part, text):
    assert part in text, f"expected {part!r} in {text!r}"


def refused(pattern, *arguments, given=""):
    done = run(*arguments, code=2, given=given)
    assert not done.stdout and done.stderr.count("\n") == 1, (done.stdout, done.stderr)
    holds(pattern, done.stderr)


# Linux' linear map: 1 GiB, Attr4, inner shareable, accessed, PXN, UXN, DBM.
BLOCK_1G = "0x0068000040000711"


@case
def a_block_is_printed_field_by_field():
    level = decode_one(BLOCK_1G, "--level", "1")
    equal((level["kind"], level["address"], level["bytes"]), ("block", "0x40000000", 1 << 30))
    equal(level["text"], "block of 1 GiB at 0x40000000")
    equal(level["problems"], [])
    equal({name: bits for name, bits in fields(level).items() if name != "RES0"}, {
        "ignored": (63, 63, 0), "PBHA": (62, 59, 0), "software": (58, 55, 0),
        "UXN": (54, 54, 1), "PXN": (53, 53, 1), "Contiguous": (52, 52, 0),
        "DBM": (51, 51, 1), "GP": (50, 50, 0), "OA[47:30]": (47, 30, 0x40000000),
        "nT": (16, 16, 0), "nG": (11, 11, 0), "AF": (10, 10, 1), "SH": (9, 8, 3),
        "AP[2:1]": (7, 6, 0), "NS": (5, 5, 0), "AttrIndx": (4, 2, 4), "type": (1, 0, 1)})


@case
def each_level_on_which_it_differs_is_printed():
    levels = decode(BLOCK_1G)
    equal([(level["first_level"], level["last_level"], level["kind"]) for level in levels],
          [(0, 0, "reserved"), (1, 1, "block"), (2, 2, "block"), (3, 3, "reserved")])
    equal(levels[2]["bytes"], 2 << 20)
    holds("0b11 in bits 1:0", levels[3]["text"])
    levels = decode("40000003")
    equal([(level["first_level"], level["last_level"], level["kind"]) for level in levels],
          [(0, 2, "table"), (3, 3, "page")])
    levels = decode("40000003", "--lpa2")
    equal([(level["first_level"], level["last_level"]) for level in levels], [(-1, 2), (3, 3)])
    levels = decode("40000003", "--va-bits", "39")
    equal([(level["first_level"], level["last_level"]) for level in levels], [(1, 2), (3, 3)])
    levels = decode("40000000")
    equal([(level["first_level"], level["last_level"], level["kind"]) for level in levels],
          [(0, 3, "invalid")])


@case
def a_leaf_that_a_level_does_not_have_is_explained():
    def why(*arguments):
        level = decode_one("1", *arguments)
        equal(level["kind"], "reserved")
        equal(level["fields"], [])
        return level["text"]

    holds("a 512 GiB block at level 0 needs LPA2", why("--level", "0"))
    holds("4K granules have no blocks at level -1", why("--level", "-1", "--lpa2"))
    holds("16K granules have no blocks at level 0", why("--granule", "16k", "--level", "0"))
    holds("16K granules have no blocks at level 0",
          why("--granule", "16k", "--lpa2", "--level", "0"))
    holds("a 64 GiB block at level 1 needs LPA2", why("--granule", "16k", "--level", "1"))
    holds("a 4 TiB block at level 1 needs 52-bit physical addresses: --pa-bits 52",
          why("--granule", "64k", "--level", "1"))
    holds("a page has 0b11 in bits 1:0", why("--level", "3"))


@case
def blocks_that_52_bits_bring_are_blocks():
    for arguments, size in ((("--lpa2", "--level", "0"), 512 << 30),
                            (("--granule", "16k", "--lpa2", "--level", "1"), 64 << 30),
                            (("--granule", "64k", "--pa-bits", "52", "--level", "1"), 4 << 40)):
        level = decode_one("1", *arguments)
        equal((level["kind"], level["bytes"]), ("block", size))


@case
def high_address_bits_are_where_lpa_and_lpa2_have_them():
    # LPA: OA[51:48] in bits 15:12.
    level = decode_one("0x12345678a703", "--granule", "64k", "--pa-bits", "52", "--level", "3")
    equal((level["address"], level["problems"]), ("0xa123456780000", []))
    equal(fields(level)["OA[51:48]"], (15, 12, 0xa000000000000))
    equal(fields(level)["SH"], (9, 8, 3))
    # LPA2: OA[51:50] in bits 9:8, OA[49:48] in place; no shareability.
    level = decode_one("0003000040000703", "--lpa2", "--level", "3")
    equal((level["address"], level["problems"]), ("0xf000040000000", []))
    equal(fields(level)["OA[51:50]"], (9, 8, 0xc000000000000))
    equal(fields(level)["OA[49:12]"], (49, 12, 0x3000040000000))
    assert "SH" not in fields(level), fields(level)
    # The same bits without LPA2.
    level = decode_one("0003000040000703", "--level", "3")
    equal(level["address"], "0x40000000")
    holds("bits 49:48 are reserved and must be 0 (is it one of --lpa2?)",
          level["problems"][0])


@case
def an_address_out_of_range_or_unaligned_is_reported():
    level = decode_one("a703", "--granule", "64k", "--level", "3")
    holds("beyond 48-bit physical addresses", level["problems"][0])
    level = decode_one("100000703", "--pa-bits", "32", "--level", "3")
    holds("ends at 0x100000fff, beyond 32-bit physical addresses", level["problems"][0])
    equal(decode_one("fffff703", "--pa-bits", "32", "--level", "3")["problems"], [])
    level = decode_one("40200701", "--level", "1")
    equal((level["address"], level["problems"]),
          ("0x40000000", ["bits 29:17 are reserved and must be 0"]))
    equal(decode_one("40200701", "--level", "2")["problems"], [])
    level = decode_one("4000b003", "--granule", "16k", "--level", "2")
    equal((level["address"], level["problems"]),
          ("0x40008000", ["bits 13:12 are reserved and must be 0"]))


@case
def a_contiguous_hint_names_its_run_or_is_wrong():
    # Entry 17 of level 3, 4K: its run of 16 begins at entry 16.
    level = decode_one("0010000040011703", "--level", "3")
    equal(meaning(level, "Contiguous"), "one of a run of 16, 64 KiB from 0x40010000")
    level = decode_one("0010000040200703", "--granule", "16k", "--level", "3")
    equal(meaning(level, "Contiguous"), "one of a run of 128, 2 MiB from 0x40200000")
    level = decode_one("0010000000000701", "--granule", "64k", "--pa-bits", "52", "--level",
                       "1")
    holds("level 1 has no runs", level["problems"][0])


@case
def a_table_has_hierarchical_attributes():
    level = decode_one("f800000040001003", "--level", "0")
    equal((level["kind"], level["address"], level["bytes"]), ("table", "0x40001000", 4096))
    seen = fields(level)
    equal([seen[name] for name in ("NSTable", "APTable", "UXNTable", "PXNTable")],
          [(63, 63, 1), (62, 61, 3), (60, 60, 1), (59, 59, 1)])
    holds("read-only, and no access at EL0", meaning(level, "APTable"))
    # With one range: no EL0, and bits 59 and 61 are reserved.
    level = decode_one("f800000040001003", "--level", "0", "--regime", "el2")
    seen = fields(level)
    equal((seen["XNTable"], seen["APTable[1]"]), ((60, 60, 1), (62, 62, 1)))
    equal(level["problems"], ["bit 61 is reserved and must be 0",
                              "bit 59 is reserved and must be 0"])


@case
def a_regime_decides_what_permissions_mean():
    level = decode_one("0040000040000741", "--level", "1", "--regime", "el3")
    seen = fields(level)
    equal((seen["XN"], seen["NSE"]), ((54, 54, 1), (11, 11, 0)))
    assert "PXN" not in seen and "nG" not in seen, seen
    equal(meaning(level, "XN"), "EL3 may not execute")
    equal(meaning(level, "AP[2:1]"), "read-write at EL3")
    level = decode_one("0020000040000741", "--level", "1", "--regime", "el2")
    equal(level["problems"], ["bit 53 is reserved and must be 0"])
    level = decode_one("40000701", "--level", "1", "--regime", "el2")
    equal(level["problems"], ["AP[1] is reserved and must be 1 (there is no EL0)"])
    level = decode_one("40000541", "--level", "1")
    equal(level["problems"], ["shareability 0b01 is reserved"])
    level = decode_one("00200000400007c1", "--level", "1", "--regime", "el2-0")
    equal(meaning(level, "AP[2:1]"), "read-only at EL2 and EL0")
    equal(meaning(level, "PXN"), "EL2 may not execute")


@case
def ns_and_nse_name_the_address_space_of_the_regime():
    # A block of 1 GiB at 0x40000000 with AF and SH, and bits 11 (NSE) and 5 (NS).
    for low, space in (("445", "Secure"), ("465", "Non-secure"), ("c45", "Root"),
                       ("c65", "Realm")):
        level = decode_one(low, "--level", "1", "--regime", "el3")
        holds(f": {space} memory", meaning(level, "NSE"))
        holds(f": {space} memory", meaning(level, "NS"))
        seen = fields(level)
        equal((seen["NSE"][:2], seen["NS"][:2]), ((11, 11), (5, 5)))
    # NS is for the Secure state, and at EL2 for the Realm state.
    for regime, low, text in (
            ("el1", "0", "in Secure state Secure memory; ignored in the others"),
            ("el1", "20", "in Secure state Non-secure memory; ignored in the others"),
            ("el2", "0", "in Secure state Secure memory, in Realm state Realm; else ignored"),
            ("el2-0", "20",
             "in Secure state Non-secure memory, in Realm state Non-secure; else ignored")):
        level = decode_one(f"{0x445 | int(low, 16):x}", "--level", "1", "--regime", regime)
        equal(meaning(level, "NS"), text)


def walk(*arguments, given=""):
    everything = decode_all(*arguments, given=given)
    equal(everything["descriptors"], [])
    (one,) = everything["walks"]
    return one


# Tables at 0x80ffe000, 0x80ffd000, 0x80ffc000; a page at 0x100001000; a block of 2 MiB.
PGD, PUD, PMD = "1800000080ffe403", "1800000080ffd403", "1800000080ffc403"
PTE, BLOCK_2M = "0068000100001f03", "0068000080200f01"
OOPS = f"[ffff0000c0001234] pgd={PGD}, p4d={PGD}, pud={PUD}, pmd={PMD}, pte={PTE}"


def levels_of(one):
    return [(step["names"], step["levels"][0]["first_level"], step["levels"][0]["kind"],
             step["walked"]) for step in one["steps"]]


@case
def a_walk_of_an_oops_is_decoded_level_by_level():
    one = walk(OOPS)
    equal(levels_of(one), [("pgd, p4d", 0, "table", True), ("pud", 1, "table", True),
                           ("pmd", 2, "table", True), ("pte", 3, "page", True)])
    # The page at 0x100001000, and 0x234 of the address in it.
    equal((one["va"], one["last_level"], one["pa"]), ("0xffff0000c0001234", 3, "0x100001234"))
    equal([step["descriptor"] for step in one["steps"]],
          [f"0x{int(entry, 16):x}" for entry in (PGD, PUD, PMD, PTE)])
    # The same as words of a shell, from a log, as older kernels print it.
    equal(walk(*OOPS.split()), one)
    equal(walk("-", given=f"[   12.345678] {OOPS}\n"), one)
    equal(walk(given="Nov 28 host kernel: " + OOPS.replace("pgd", "*pgd")
               .replace("pud", "*pud") + "\n"), one)
    equal(walk(given=OOPS.replace("=", "=0x")), one)
    equal(walk(given=OOPS.partition("] ")[2])["va"], None)


@case
def a_walk_ends_where_the_report_says():
    # 2 MiB at 0x80200000, and 0x1234 of 0xffff0000c0001234 in it.
    one = walk(f"[ffff0000c0001234] pgd={PGD}, p4d={PGD}, pud={PUD}, pmd={BLOCK_2M}")
    equal((one["last_level"], one["pa"]), (2, "0x80201234"))
    holds("pmd ends the walk: block of 2 MiB at 0x80200000", one["end"])
    one = walk(f"pgd={PGD}, p4d={PGD}, pud={PUD}, pmd={BLOCK_2M}, pte={PTE}")
    equal([step["walked"] for step in one["steps"]], [True, True, True, False])
    equal((one["last_level"], one["pa"]), (2, "0x80200000"))
    holds("pte is not walked", one["end"])
    one = walk(f"pgd={PGD}, p4d={PGD}, pud=0000000000000000")
    equal((one["last_level"], one["pa"]), (1, None))
    holds("pud ends the walk: translation fault, level 1", one["end"])
    one = walk("pgd=0")
    equal((levels_of(one), one["last_level"]), ([("pgd", 0, "invalid", True)], 0))
    # Level 3 has no blocks: 0b01 is reserved there.
    one = walk(f"pgd={PGD}, p4d={PGD}, pud={PUD}, pmd={PMD}, pte={BLOCK_2M}")
    holds("translation fault, level 3", one["end"])
    one = walk(f"pgd={PGD}, p4d={PGD}, pud={PUD}")
    equal((one["last_level"], one["pa"]), (None, None))
    holds("continues after pud, in the table at 0x80ffd000 (the line is incomplete)", one["end"])


@case
def names_are_levels_of_the_geometry():
    # Levels that the geometry has: 4K 39: 1 to 3; 16K 47: 1 to 3; 16K 36: 2 and 3;
    # 64K 42: 2 and 3; 64K 52: 1 to 3; 4K 52: -1 to 3.
    three = f"pgd={PGD}, p4d={PGD}, pud={PGD}, pmd=0"
    two = f"pgd={PGD}, p4d={PGD}, pud={PGD}, pmd={PGD}, pte=0"
    five = f"pgd={PGD}, p4d={PUD}, pud={PMD}, pmd=0"
    threes = [("pgd, p4d, pud", 1, "table", True), ("pmd", 2, "invalid", True)]
    twos = [("pgd, p4d, pud, pmd", 2, "table", True), ("pte", 3, "invalid", True)]
    for line, arguments, expected in (
            (three, ["--va-bits", "39"], threes),
            (three, ["--granule", "16k", "--va-bits", "47"], threes),
            (three, ["--granule", "64k", "--va-bits", "48"], threes),
            (three, ["--granule", "64k", "--va-bits", "52"], threes),
            (two, ["--granule", "64k", "--va-bits", "42"], twos),
            (two, ["--granule", "16k", "--va-bits", "36"], twos),
            (five, ["--va-bits", "52"],
             [("pgd", -1, "table", True), ("p4d", 0, "table", True),
              ("pud", 1, "table", True), ("pmd", 2, "invalid", True)])):
        equal(levels_of(walk(line, *arguments)), expected)
    # Kernels before 5.8 have no p4d.
    equal(levels_of(walk(f"pgd={PGD}, pud={PUD}, pmd=0")),
          [("pgd", 0, "table", True), ("pud", 1, "table", True), ("pmd", 2, "invalid", True)])


@case
def the_line_above_in_an_oops_says_the_geometry():
    line = f"pgd={PGD}, p4d={PGD}, pud={PGD}, pmd=0"
    head = "[    1.5] swapper pgtable: 16k pages, 47-bit VAs, pgdp=0000000041d2b000\n"
    everything = decode_all(given=head + line)
    equal((everything["granule"], everything["va_bits"]), (16384, 47))
    equal(levels_of(everything["walks"][0])[0], ("pgd, p4d, pud", 1, "table", True))
    refused("--granule 4K: the kernel's log says 16K pages", "--granule", "4k",
            given=head + line)
    refused("--va-bits 48: the kernel's log says 47", "--va-bits", "48", given=head + line)


@case
def other_lines_of_an_oops_are_passed_by():
    log = ("[    1.5] Unable to handle kernel paging request at ffff0000c0001234\n"
           "[    1.5]   ESR = 0x0000000096000007\n"
           "[    1.5] swapper pgtable: 16k pages, 47-bit VAs, pgdp=0000000041d2b000\n"
           f"[    1.5] pgd={PGD}, p4d={PGD}, pud={PGD}, pmd=0\n"
           "[    1.5] Internal error: Oops: 0000000096000007 [#1]  SMP\n"
           "[    1.5] x0 : ffff0000c0001234 x1 : 0000000000000000\n")
    everything = decode_all(given=log)
    equal((len(everything["walks"]), everything["descriptors"]), (1, []))
    equal(everything["geometry_assumed"], False)
    # What belongs to a walk has to be right all the same.
    refused("pud=x: not hexadecimal", given=f"Internal error\npgd={PGD}, pud=x\n")
    refused("standard input:1: Internal: not hexadecimal (write up to 16 of 0 to 9 and a to "
            "f); of a log, pipe only lines with pgd= or pgtable:",
            given="Internal error: Oops\n3\n")
    refused("pgtable: but no walk follows (add the line with pgd=)",
            given="swapper pgtable: 16k pages, 47-bit VAs, pgdp=0000000041d2b000\n")


@case
def a_walk_without_its_pgtable_line_has_an_assumed_geometry():
    holds("\nassumed (no line has pgtable:): 4K pages, 48-bit VAs\n", run(OOPS).stdout)
    for options, assumed in ((), True), (("--granule", "4k"), True), \
            (("--granule", "4k", "--va-bits", "48"), False):
        equal(decode_all(OOPS, *options)["geometry_assumed"], assumed)
    equal(decode_all("1")["geometry_assumed"], False)
    assert "assumed" not in run("1").stdout


@case
def a_file_is_read_from_standard_input_alone():
    refused(f"{__file__}: a file (use: linmap decode - < FILE)", __file__)


@case
def what_is_no_walk_is_refused():
    refused(f"p4d={PUD} is not pgd={PGD}, but is the same entry", f"pgd={PGD}", f"p4d={PUD}")
    refused("standard input:2: pud=1800000080ffd403 is not pgd=", "--va-bits", "39",
            given=f"\npgd={PGD}, p4d={PGD}, pud={PUD}")
    refused(f"pud={PUD}: no pgd= before it", f"pud={PUD}")
    refused("pmd= without pud=", f"pgd={PGD}", f"pmd={PMD}")
    refused(f"pud={PUD}: a second one", f"pgd={PGD}", f"pud={PUD}", f"pud={PUD}")
    refused("pxd=1: no such entry", f"pgd={PGD}", "pxd=1")
    refused("pud=x: not hexadecimal", f"pgd={PGD}", "pud=x")
    refused("pud=: not a number", f"pgd={PGD}", "pud=")
    refused("[12: no address", "[12", f"pgd={PGD}")
    refused("[00000000000000ff]: no pgd= after it", "1", "[ff]")
    refused("[]: no address", "[]", f"pgd={PGD}")
    refused("--level 1 together with a walk", f"pgd={PGD}", "--level", "1")
    refused(f"pud={PUD}: no pgd= before it", f"pgd={PGD}", "1", f"pud={PUD}")


@case
def walks_and_descriptors_come_together():
    everything = decode_all("1", "-", "40000703", given=f"pgd={PGD}\n{OOPS}\n3\n")
    equal([one["descriptor"] for one in everything["descriptors"]], ["0x1", "0x3", "0x40000703"])
    equal([len(one["steps"]) for one in everything["walks"]], [1, 4])


@case
def people_see_a_walk_and_then_each_entry():
    lines = run(OOPS).stdout.splitlines()
    equal(lines[0], "walk for 0xffff0000c0001234:")
    equal(lines[1].split(), ["pgd,", "p4d", "level", "0:", "table", "at", "0x80ffe000"])
    equal(lines[5], "pte ends the walk: page of 4 KiB at 0x100001000;")
    equal(lines[6], "    0xffff0000c0001234 is at 0x100001234")
    equal([line.partition(":")[0] for line in lines if line.endswith(", 4K granule, EL1&0")],
          ["pgd, p4d", "pud", "pmd", "pte"])
    assert all(len(line) <= 80 for line in lines), lines


@case
def several_descriptors_come_as_arguments_or_from_standard_input():
    expected = ["0x1", "0x40000703", "0xffffffffffffffff"]
    words = ["1", "0X40000703", "ffffffffffffffff"]
    everything = decode_all(*words)
    equal([one["descriptor"] for one in everything["descriptors"]], expected)
    equal({name: everything[name] for name in
           ("granule", "va_bits", "pa_bits", "lpa2", "regime")},
          {"granule": 4096, "va_bits": 48, "pa_bits": 48, "lpa2": False, "regime": "el1"})
    equal(decode_all(given="1 0X40000703\n\n\tffffffffffffffff"), everything)


@case
def people_see_the_bits_under_a_ruler():
    lines = run(BLOCK_1G, "--level", "1").stdout.splitlines()
    equal(lines[0], "0x0068000040000711, 4K granule, EL1&0")
    equal(lines[2], "63       55       47       39       31       23       15       7")
    equal(lines[3], "00000000 01101000 00000000 00000000 01000000 00000000 00000111 00010001")
    equal(lines[5], "level 1: block of 1 GiB at 0x40000000")
    for line in lines[6:]:
        assert line.startswith("  ") and len(line) <= 90, line
    assert any(line.split()[:3] == ["54", "UXN", "1"] for line in lines), lines


@case
def what_is_not_a_descriptor_or_level_is_refused():
    refused("linmap decode: zz: not hexadecimal", "zz")
    refused("linmap decode: 0x: not a number", "0x")
    refused("linmap decode: 11112222333344445: too large", "11112222333344445")
    refused("linmap decode: standard input:2: nonsense: not hexadecimal",
            given="1 2\n3 nonsense\n")
    refused("linmap decode: standard input: no descriptor", given="")
    refused("--level 4: unknown level (use -1 to 3)", "1", "--level", "4")
    refused("--level x: unknown level", "1", "--level", "x")
    refused("--level -1: 4K tables of 48-bit addresses begin at level 0", "1", "--level", "-1")
    refused("--level 0: 64K tables of 48-bit addresses begin at level 1", "1", "--level", "0",
            "--granule", "64k")
    refused("--granule 64k --va-bits 52 --pa-bits 52 --lpa2: LPA2 is for 4K", "1", "--lpa2",
            "--granule", "64k")
    refused("unknown option '--ram'", "1", "--ram", "1G")


def bits(value, high, low):
    return value & ((1 << (high + 1)) - (1 << low))


def address_of(descriptor, shift, lpa2, size):
    """Arm ARM D8.3.1, read a second time."""
    if lpa2:
        whole = bits(descriptor, 49, shift) | bits(descriptor, 9, 8) << 42
    elif shift == 16:
        whole = bits(descriptor, 47, 16) | bits(descriptor, 15, 12) << 36
    else:
        whole = bits(descriptor, 47, shift)
    return whole & ~(size - 1)


@case
def every_bit_of_a_random_descriptor_is_in_one_field_and_the_address_right():
    rng = random.Random(52)
    words = [f"{rng.getrandbits(64) | rng.choice((1, 3)):x}" for _ in range(200)]
    for shift, lpa2, arguments in (
            (12, False, []), (12, True, ["--lpa2"]), (14, False, ["--granule", "16k"]),
            (14, True, ["--granule", "16k", "--lpa2"]), (16, False, ["--granule", "64k"]),
            (16, False, ["--granule", "64k", "--pa-bits", "52", "--va-bits", "52"]),
            (12, False, ["--regime", "el2"]), (16, False, ["--granule", "64k", "--regime", "el3"])):
        for one in decode_all(*arguments, given="\n".join(words))["descriptors"]:
            check_random(int(one["descriptor"], 16), one["levels"], shift, lpa2)


def check_random(descriptor, levels, shift, lpa2):
    for level in levels:
        where = f"0x{descriptor:x} at level {level['first_level']}, {shift}, {lpa2}"
        if level["kind"] == "reserved":
            continue
        expected = 63
        for field in level["fields"]:
            assert field["high"] == expected >= field["low"], f"{where}: {field}"
            expected = field["low"] - 1
        assert expected == -1, where
        if level["kind"] == "table":
            equal((where, level["bytes"]), (where, 1 << shift))
        else:
            entry = shift + (3 - level["first_level"]) * (shift - 3)
            equal((where, level["bytes"]), (where, 1 << entry))
        equal((where, int(level["address"], 16)),
              (where, address_of(descriptor, shift, lpa2, level["bytes"])))


if __name__ == "__main__":
    run_cases()
