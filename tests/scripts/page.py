#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The page of 'linmap draw SOURCE --html' in headless Chromium: what it says when one
points at it, zooms and moves, on the tables of a real kernel. Reports in TAP."""
import html
import os
import re
import subprocess
import tempfile

import machines
from tap import LINMAP, case, run_cases

scratch = tempfile.TemporaryDirectory()
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--window-size=1300,1000",
            f"--user-data-dir={scratch.name}/profile"]

# Acts on the page, and writes down what it says after each step.
ACT = """
<script>
(() => {
	const map = document.getElementById('map'), said = [];
	const text = id => document.getElementById(id).textContent;
	const note = name => said.push([name, text('view'), text('where')]);
	const box = map.getBoundingClientRect();
	const event = (type, x, y, more) => map.dispatchEvent(new (type === 'wheel' ? WheelEvent : PointerEvent)(
		type, { clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true, ...more }));
	const press = key => map.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
	const name = part => [...document.querySelectorAll('#parts button')].find(b => b.textContent === part);
	note('begin');
	event("pointermove", 160, 1);
	note('first');
	for (let i = 0; i < 60; i++)
		event("wheel", 160, 1, { deltaY: -1 });
	note('zoomed');
	press('ArrowDown');
	note('moved');
	for (let i = 0; i < 90; i++)
		event('wheel', 400, 200, { deltaY: 1 });
	note('whole');
	name('vmemmap').click();
	event('pointermove', 600, 300);
	note('vmemmap');
	document.getElementById('all').click();
	event('pointermove', 600, 300);
	note('hole');
	const out = document.createElement('pre');
	out.id = 'said';
	out.textContent = said.map(row => row.join('|').replaceAll('\\n', ' ')).join('\\n');
	document.body.append(out);
})();
</script>
"""


def dump_dom(page):
    path = os.path.join(scratch.name, "page.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)
    done = subprocess.run([*CHROMIUM, "--dump-dom", "file://" + path], capture_output=True,
                          text=True, check=True, timeout=300)
    return done.stdout


def draw(name, *arguments):
    machine = machines.write_directory(machines.from_data("linux-6.12-4k"),
                                       os.path.join(scratch.name, name))
    done = subprocess.run([LINMAP, "draw", machine, "--html", *arguments],
                          capture_output=True, text=True, check=True)
    return done.stdout


@case
def the_page_shows_what_one_points_at():
    dom = dump_dom(draw("plain") + ACT)
    (said,) = re.findall(r'<pre id="said">(.*?)</pre>', dom, re.S)
    rows = {row.split("|")[0]: row.split("|")[1:] for row in html.unescape(said).split("\n")}
    # 512 MiB in 32 rows.
    assert rows["begin"][0] == \
        "0xffff000000000000 to 0xffff00001fffffff, 512 MiB, a row is 16 MiB", rows
    assert rows["begin"][1] == "Point at the map."
    # The first pages, as 'linmap walk' shows them: 4 KiB pages that can be written.
    assert re.match(r"0xffff000000[0-9a-f]{6}, linear map 4 KiB pages, rw- ---, "
                    r"0xffff000000000000 to ", rows["first"][1]), rows
    # No closer than a page a row: 32 pages.
    assert rows["zoomed"][0].endswith("128 KiB, a row is 4 KiB"), rows["zoomed"]
    # A row further is a page further.
    begins = [int(rows[step][0].split()[0], 16) for step in ("zoomed", "moved")]
    assert begins[1] == begins[0] + 4096, rows
    assert rows["whole"][0].startswith("0xffff000000000000 to 0xffffffffff6fdfff, 256 TiB"), rows
    # 8 MiB of 2 MiB blocks.
    assert "vmemmap 2 MiB blocks, rw- ---, 0xfffffdffc0000000 to 0xfffffdffc07fffff, 8 MiB" in \
        rows["vmemmap"][1], rows["vmemmap"]
    assert rows["hole"][1].endswith("not mapped"), rows["hole"]


@case
def a_name_cannot_break_out_of_the_page():
    dom = dump_dom(draw("<img src=x onerror=alert(1)>&quot;"))
    assert "<img" not in dom and "&lt;img" in dom


run_cases()
