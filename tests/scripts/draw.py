#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""linmap draw from outside: pictures are XML, show what the report counts, and
go where they should; bad input gets one line. Reports in TAP."""
import json
import os
import subprocess
import tempfile
import xml.etree.ElementTree as ET

from tap import LINMAP, SOURCE, case, run_cases

DATA = os.path.join(SOURCE, "tests", "data")
SVG = "{http://www.w3.org/2000/svg}"
PANEL = 512  # units that a whole row is wide
AFTER_LEFT = 670  # between the two panels


def run(*arguments, code=0):
    done = subprocess.run([LINMAP, *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, \
        f"exit {done.returncode}, expected {code}: {arguments}: {done.stderr}"
    return done


def draw(*arguments):
    done = run("draw", *arguments)
    assert not done.stderr, done.stderr
    return ET.fromstring(done.stdout)


def refused(pattern, *arguments, code=2):
    done = run("draw", *arguments, code=code)
    assert not done.stdout and done.stderr.count("\n") == 1, (done.stdout, done.stderr)
    assert pattern in done.stderr, f"expected {pattern!r}, saw {done.stderr!r}"


def leaves(picture, after):
    """Rectangles of leaves in a panel: class, width, first and last address."""
    found = []
    for rect in picture.iter(SVG + "rect"):
        title = rect.find(SVG + "title")
        if title is None or (int(rect.get("x")) > AFTER_LEFT) != after:
            continue
        name, addresses = title.text.split(": ")
        first, last = (int(address, 16) for address in addresses.split(" to "))
        found.append((rect.get("class"), name, int(rect.get("width")), first, last))
    return found


def covered(rects):
    """Ranges of addresses, joined where they touch."""
    ranges = []
    for _, _, _, first, last in rects:
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1][1] = last
        else:
            ranges.append([first, last])
    return ranges


def texts(picture):
    return [text.text for text in picture.iter(SVG + "text")]


def legend(picture):
    """From a leaf's name to how many there are before and after."""
    lines = texts(picture)
    return {name: tuple(int(n.replace(",", "")) for n in counts.split(" \u2192 "))
            for name, counts in zip(lines, lines[1:]) if " \u2192 " in counts}


def leaf_name(size, contiguous):
    for unit in "bytes", "KiB", "MiB", "GiB", "TiB":
        if size < 1024:
            return f"{size} {unit}" + " run" * contiguous
        size //= 1024
    return None


def counted(report):
    """The same as legend(), from the report of a run."""
    counts = {}
    for when, name in enumerate(("leaves_before", "leaves_after")):
        sizes = dict(report[name])
        for size, n in sizes.pop("contiguous").items():
            counts.setdefault(leaf_name(int(size), True), [0, 0])[when] = n
        for size, n in sizes.items():
            counts.setdefault(leaf_name(int(size), False), [0, 0])[when] = n
    return {name: tuple(both) for name, both in counts.items()}


MACHINES = {
    "128 MiB": ["--ram", "128M", "--kernel", "24M@0x40200000"],
    "banks of odd sizes": ["--ram", "512M", "--ram", "700M@0x70000000", "--ram",
                           "836M@0x100000000", "--kernel", "0x40210000-0x41cfffff"],
    "a page": ["--ram", "4K", "--cpus", "1", "--boot-bbm", "0"],
    "no split": ["--ram", "2G", "--secondary-bbm", "3"],
    "by switch": ["--ram", "2G", "--commit", "switch"],
    "a blob": ["--dtb", os.path.join(DATA, "virt-2nodes.dtb")],
    "a phone": ["--iomem", os.path.join(DATA, "phone.iomem")],
    "a board": ["--iomem", os.path.join(DATA, "board.iomem")],
}


@case
def pictures_are_well_formed_and_have_a_title_for_those_who_cannot_see():
    for machine in MACHINES.values():
        picture = draw(*machine)
        assert picture.tag == SVG + "svg"
        assert picture.find(SVG + "title").text.startswith("Linear map of ")
        assert picture.find(SVG + "desc").text


@case
def the_legend_has_the_counts_of_the_report():
    for name, machine in MACHINES.items():
        report = json.loads(run("run", "--json", *machine).stdout)
        assert legend(draw(*machine)) == counted(report), name


@case
def both_panels_cover_the_same_memory():
    for name, machine in MACHINES.items():
        picture = draw(*machine)
        before, after = leaves(picture, False), leaves(picture, True)
        assert before and covered(before) == covered(after), name


@case
def every_row_of_64_mib_is_one_colour():
    # From 1 GiB on, 12 rows at most: 8 rows of 8 MiB. Before: two runs of 32 MiB,
    # three sizes above pages (64 KiB runs, 2 MiB, 32 MiB runs). After: pages.
    picture = draw("--ram", "64M")
    rows = [(0x40000000 + i * 0x800000, 0x407fffff + i * 0x800000) for i in range(8)]
    assert leaves(picture, False) == [("s3", "32 MiB run", PANEL, *row) for row in rows]
    assert leaves(picture, True) == [("s0", "4 KiB", PANEL, *row) for row in rows]
    assert legend(picture) == {"32 MiB run": (2, 0), "4 KiB": (0, 16384)}


def heights(picture, after):
    return [int(rect.get("height")) for rect in picture.iter(SVG + "rect")
            if rect.find(SVG + "title") is not None
            and (int(rect.get("x")) > AFTER_LEFT) == after]


@case
def a_leaf_that_is_longer_than_a_row_is_one_piece():
    # Rows of 24 in a pitch of 33. 128 MiB: 8 rows of 16 MiB, four runs of 32 MiB.
    picture = draw("--ram", "128M")
    assert heights(picture, False) == [33, 24] * 4, heights(picture, False)
    assert heights(picture, True) == [24] * 8
    # 8 rows of 8 MiB, two runs that take four each.
    assert heights(draw("--ram", "64M"), False) == [33, 33, 33, 24] * 2
    # 12 rows of 8 MiB, of which 8 are before a hole, where no leaf goes on.
    picture = draw("--ram", "64M", "--ram", "32M@0x48000000")
    assert heights(picture, False) == [33, 33, 33, 24] * 3, heights(picture, False)


@case
def the_picture_explains_runs_if_it_has_runs():
    def is_said(*machine):
        return any(text and "A run is a contiguous run" in text
                   for text in texts(draw(*machine)))
    assert is_said("--ram", "64M")
    assert not is_said("--ram", "64M", "--no-contiguous")


@case
def a_hole_and_the_alias_are_where_they_are():
    # Two banks of 4 MiB in blocks of 2 MiB, 8 MiB apart: 8 rows of 1 MiB. The
    # alias is the second block: it stays one.
    picture = draw("--ram", "4M", "--ram", "4M@0x40c00000", "--kernel", "2M@0x40200000")
    starts = [0x40000000 + i * 0x100000 for i in (0, 1, 2, 3, 12, 13, 14, 15)]
    assert [leaf[3] for leaf in leaves(picture, False)] == starts
    assert [leaf[0] for leaf in leaves(picture, False)] == ["s2"] * 8
    assert [leaf[0] for leaf in leaves(picture, True)] == ["s0"] * 2 + ["s2"] * 2 + ["s0"] * 4
    assert texts(picture).count("no RAM: 8 MiB") == 2
    # Two rows in both panels, and the legend.
    aliases = [int(r.get("width")) for r in picture.iter(SVG + "rect") if r.get("class") == "alias"]
    assert aliases == [PANEL] * 4 + [26]
    assert legend(picture) == {"2 MiB": (3, 0), "4 KiB": (0, 1536)}


@case
def a_small_alias_can_still_be_seen():
    # 12 rows at most: 8 rows of 256 MiB, columns of 1 MiB; 4 KiB are one of them.
    picture = draw("--ram", "2G", "--kernel", "4K@0x50000000")
    alias = [r for r in picture.iter(SVG + "rect") if r.get("class") == "alias"]
    assert [int(r.get("width")) for r in alias] == [2, 2, 26]
    assert len([p for p in picture.iter(SVG + "path") if p.get("class") == "mark"]) == 2


@case
def a_column_has_the_colour_of_its_smallest_leaf():
    # Columns of 1 MiB, as above. 68 KiB are a run of 64 KiB and a page after it.
    picture = draw("--ram", "2G", "--ram", "68K@0xd0000000")
    assert leaves(picture, False)[-1] == ("s0", "4 KiB", 2, 0xd0000000, 0xd00fffff)
    assert legend(picture)["64 KiB run"] == (1, 0)


@case
def a_leaf_that_is_wide_enough_is_drawn_by_itself():
    # 512 MiB: rows of 64 MiB, two runs of 32 MiB in each, a gap of one unit between.
    widths = [leaf[2] for leaf in leaves(draw("--ram", "512M"), False)]
    assert widths == [PANEL // 2 - 1, PANEL // 2] * 8, widths
    # Of blocks of 2 MiB, 8 columns each; runs of 64 KiB are too narrow.
    widths = [leaf[2] for leaf in leaves(draw("--ram", "512M", "--no-contiguous"), False)]
    assert widths == ([PANEL // 32 - 1] * 31 + [PANEL // 32]) * 8, widths
    widths = [leaf[2] for leaf in leaves(draw("--ram", "512M", "--no-blocks"), False)]
    assert widths == [PANEL] * 8, widths


@case
def the_picture_says_what_happened_in_the_stop():
    report = json.loads(run("run", "--ram", "64M", "--json").stdout)
    line = next(text for text in texts(draw("--ram", "64M")) if "Committed" in text)
    assert f"{report['stores_in_stop']} stores to live tables" in line, line
    assert "\u201clive\u201d" in line and " 0 allocations" in line, line
    # 64 MiB are 32 entries of 2 MiB, each of which becomes a table. No page is checked
    # for a picture, so it must not say so.
    assert line.endswith(" 32 new tables."), line
    line = next(text for text in texts(draw("--ram", "64M", "--commit", "switch"))
                if "Committed" in text)
    assert "\u201cswitch\u201d: 1 store " in line, line


@case
def notes_of_the_report_are_in_the_picture():
    for name, machine in MACHINES.items():
        picture = draw(*machine)
        lines = " ".join(text for text in texts(picture) if text)
        notes = json.loads(run("plan", "--json", *machine).stdout)["notes"]
        assert notes and all(note in lines for note in notes), (name, notes, lines)
        lowest = max(float(text.get("y")) for text in picture.iter(SVG + "text"))
        assert lowest < float(picture.get("height")) - 20, name


@case
def what_was_assumed_is_marked_and_nothing_else():
    # The first line has 140 columns, which is all that one may have.
    lines = texts(draw("--ram", "64M"))
    first = lines.index("assumed (not given): RAM at 0x40000000 (--ram SIZE@BASE), 20 CPUs "
                        "(--cpus), level 3 of the boot CPU (--boot-bbm), level 0 of the other "
                        "CPUs")
    assert lines[first + 1] == "(--secondary-bbm)", lines
    lines = texts(draw("--ram", "64M@1G", "--cpus", "2", "--boot-cpu", "0x410fd823",
                       "--secondary-bbm", "0"))
    assert not any("assumed" in line for line in lines if line), lines


@case
def wrong_usage_is_refused():
    refused("linmap draw: unknown option '--json'", "--json")
    refused("linmap draw: unknown option '--trace'", "--trace", "x")
    refused("linmap draw: option '--output' needs a value", "-o")
    refused("linmap draw: --output: empty", "-o", "")
    refused("linmap draw: --output b: a second one", "-o", "a", "--output", "b")
    refused("linmap: x: No such file or directory", "x")
    refused("linmap draw: unexpected argument 'y'", "x", "y")
    refused("linmap draw: --ram 12X: unknown suffix", "--ram", "12X")
    refused("--commit live: the boot CPU", "--ram", "64M", "--boot-bbm", "2", "--commit", "live")
    assert "unknown option '-o'" in run("run", "-o", "x", code=2).stderr
    assert run("help", "draw").stdout.startswith("usage: linmap draw ")
    assert "--output FILE" in run("draw", "--help").stdout


@case
def the_picture_goes_where_it_should():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "map.svg")
        for option in "-o", "--output":
            done = run("draw", "--ram", "64M", option, path)
            assert not done.stdout and not done.stderr, done
            with open(path, encoding="utf-8") as file:
                assert file.read() == run("draw", "--ram", "64M").stdout
            os.unlink(path)


@case
def bad_input_leaves_an_old_picture_as_it_was():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "map.svg")
        with open(path, "w", encoding="utf-8") as file:
            file.write("old")
        refused("unknown suffix", "--ram", "12X", "-o", path)
        with open(path, encoding="utf-8") as file:
            assert file.read() == "old"


@case
def a_picture_that_cannot_be_written_is_an_error():
    refused("linmap: /missing/map.svg: cannot write: No such file", "--ram", "64M", "-o",
            "/missing/map.svg")
    refused("linmap: /dev/full: cannot write: No space left", "--ram", "64M", "-o",
            "/dev/full", code=1)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([LINMAP, "draw", "--ram", "64M"], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "standard output: No space left" in done.stderr, done


if __name__ == "__main__":
    run_cases()
