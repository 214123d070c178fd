# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tables of real machines for tests, in every format that the command reads, and a walker
of its own that shares nothing with the command: plain bits, one recursion."""
import json
import lzma
import os
import struct
import zlib

from tap import SOURCE

MASK = (1 << 64) - 1


class Machine:
    """A root, a geometry, and physical memory in pieces."""

    def __init__(self, index, binary):
        self.index = index
        self.granule = index["granule"]
        self.va_bits = index["va_bits"]
        self.root = int(index["root"], 16)
        self.first_va = int(index["first_va"], 16)
        self.info = index.get("vmcoreinfo", "")
        self.pieces = {int(s["pa"], 16): binary[s["offset"]:s["offset"] + s["size"]]
                       for s in index["segments"]}

    def table(self, pa):
        for start, piece in self.pieces.items():
            if start <= pa < start + len(piece):
                return struct.unpack_from(f"<{self.granule // 8}Q", piece, pa - start)
        raise LookupError(f"no table at {pa:#x}")

    def levels(self):
        """(level, shift, entries) from the root down."""
        index_bits = (self.granule // 8).bit_length() - 1
        page = self.granule.bit_length() - 1
        all_levels, level, shift = [], 3, page
        while True:
            rest = self.va_bits - shift
            all_levels.insert(0, (level, shift, 1 << min(rest, index_bits)))
            if rest <= index_bits:
                return all_levels
            level, shift = level - 1, shift + index_bits

    def leaves(self):
        """(va, pa, size, level, descriptor, bits 63:59 of the tables above or-ed), and
        how many tables; below the root."""
        found, tables = [], [0]
        levels = self.levels()
        address = ((1 << 48) - 1) & ~(self.granule - 1)

        def below(pa, at, va, above):
            level, shift, entries = levels[at]
            tables[0] += 1
            for i, desc in enumerate(self.table(pa)[:entries]):
                if not desc & 1:
                    continue
                here = va + (i << shift)
                if level < 3 and desc & 2:
                    below(desc & address, at + 1, here, above | desc >> 59)
                else:
                    found.append((here, desc & address & ~((1 << shift) - 1), 1 << shift,
                                  level, desc, above))

        below(self.root, 0, self.first_va, 0)
        return found, tables[0]


def from_data(name):
    with lzma.open(os.path.join(SOURCE, "tests", "data", name + ".tables.xz")) as file:
        everything = file.read()
    (size,) = struct.unpack_from("<Q", everything)
    return Machine(json.loads(everything[8:8 + size]), everything[8 + size:])


def from_directory(path):
    with open(path + ".json", encoding="utf-8") as file:
        index = json.load(file)
    with open(path + ".bin", "rb") as file:
        return Machine(index, file.read())


def small():
    """Four tables of 4K, one a level, as small as a map of Linux' upper half can be: pages,
    a run, a block, and the root where VMCOREINFO says it is."""
    root, first_va = 0x40000000, 0xffff000000000000
    tables = [[0] * 512 for _ in range(4)]
    for level in range(3):
        tables[level][0] = root + 4096 * (level + 1) | 3
    tables[1][1] = 0x0060000080000705
    tables[2][1] = 0x0060000040200705
    for i in range(16):
        tables[3][i] = 0x0060000040000707 + 4096 * i
        tables[3][16 + i] = 0x0070000040010707 + 4096 * i
    info = ("OSRELEASE=6.12.0\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffff000000000000\n"
            "NUMBER(VA_BITS)=48\nNUMBER(MODULES_VADDR)=0xffff800000000000\n"
            "NUMBER(kimage_voffset)=0xfffeffffc0000000\nNUMBER(TCR_EL1_T1SZ)=0x10\n")
    index = {"root": hex(root), "granule": 4096, "va_bits": 48, "pa_bits": 48, "lpa2": False,
             "regime": "el1", "first_va": hex(first_va), "first_level": 0, "ram": [],
             "vmcoreinfo": info, "segments": [{"pa": hex(root), "size": 16384, "offset": 0}]}
    return Machine(index, b"".join(struct.pack("<512Q", *table) for table in tables))


# -------------------------------------------------------------------------- formats

def write_directory(machine, path, **changes):
    os.makedirs(path, exist_ok=True)
    binary, segments = b"", []
    for pa, piece in machine.pieces.items():
        segments.append({"pa": hex(pa), "size": len(piece), "offset": len(binary)})
        binary += piece
    index = {**machine.index, "segments": segments, **changes}
    with open(path + "/tables.json", "w", encoding="utf-8") as file:
        json.dump({name: value for name, value in index.items() if value is not None}, file)
    with open(path + "/tables.bin", "wb") as file:
        file.write(binary)
    return path


def note(name, text, kind=0):
    def pad(data):
        return data + bytes(-len(data) % 4)
    return struct.pack("<III", len(name) + 1, len(text), kind) + pad(name + b"\0") + pad(text)


def elf(machine, path, *, notes=None, extra=(), machine_type=183, shift=0, headers=None):
    """An ELF core with a segment for each piece; @extra are further (type, offset, vaddr,
    paddr, filesz); @shift moves all memory away from where the headers say."""
    if notes is None:
        notes = note(b"VMCOREINFO", machine.info.encode()) if machine.info else b""
    count = len(machine.pieces) + len(extra) + 1
    start = 64 + 56 * count + len(notes)
    rows = [struct.pack("<IIQQQQQQ", 4, 0, 64 + 56 * count, 0, 0, len(notes), len(notes), 0)]
    data = b""
    for pa, piece in machine.pieces.items():
        rows.append(struct.pack("<IIQQQQQQ", 1, 7, start + len(data), machine.first_va + pa,
                                pa, len(piece), len(piece), 0))
        data += piece
    for kind, offset, vaddr, paddr, size in extra:
        rows.append(struct.pack("<IIQQQQQQ", kind, 7, offset, vaddr, paddr, size, size, 0))
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 4, machine_type, 1, 0, 64,
                       0, 0, 64, 56, headers if headers is not None else count, 64, 0, 0)
    with open(path, "wb") as file:
        file.write(head + b"".join(rows) + notes + bytes(shift) + data)
    return path


def raw(machine, path, base=0x40000000):
    with open(path, "wb") as file:
        for pa, piece in machine.pieces.items():
            file.seek(pa - base)
            file.write(piece)
        last = max(pa + len(piece) for pa, piece in machine.pieces.items())
        file.truncate(last - base)
    return path


def kdump(machine, path, block=4096):
    """A compressed dump as makedumpfile lays it out, of the pages that tables are in."""
    pages = {}
    for pa, piece in machine.pieces.items():
        for at in range(0, len(piece), block):
            pages[(pa + at) // block] = piece[at:at + block].ljust(block, b"\0")
    frames = sorted(pages)
    bitmap = bytearray((frames[-1] // 8 // block + 1) * block)
    for frame in frames:
        bitmap[frame // 8] |= 1 << frame % 8
    blocks = 2 * len(bitmap) // block
    info = machine.info.encode()
    info_at = block + 512
    uts = b"".join(text.ljust(65, b"\0") for text in
                   (b"Linux", b"node", b"6.12.0", b"#1", b"aarch64", b"domain"))
    head = struct.pack("<8si390s", b"KDUMP   ", 6, uts)
    head = head.ljust(424, b"\0") + struct.pack("<IiiIIIIii", 1, block, 1, blocks,
                                                frames[-1] + 1, 0, 0, 0, 1)
    # Of kdump_sub_header: offset_vmcoreinfo and size_vmcoreinfo, then 64-bit frames.
    sub = struct.pack("<QiiQQQQQQQQQQQ", 0, 1, 0, 0, 0, info_at, len(info), 0, 0, 0, 0, 0, 0,
                      frames[-1] + 1)
    sub = sub.ljust(512, b"\0") + info
    assert len(sub) <= block
    data_at = block * (2 + blocks) + 24 * len(frames)
    rows, data = b"", b""
    for frame in frames:
        packed = zlib.compress(pages[frame])
        rows += struct.pack("<QIIQ", data_at + len(data), len(packed), 1, 0)
        data += packed
    with open(path, "wb") as file:
        file.write(head.ljust(block, b"\0") + sub.ljust(block, b"\0") + bitmap + bitmap +
                   rows + data)
    return path


LEVEL_NAMES = {3: "PTE", 2: "PMD", 1: "PUD", 0: "PGD"}
TYPES = ["MEM/NORMAL", "MEM/NORMAL-TAGGED", "MEM/NORMAL-NC", "DEVICE/nGnRnE", "DEVICE/nGnRE"]


def text(machine, path, parts):
    """As arch/arm64/mm/ptdump.c prints it: adjacent leaves that are alike make a line.
    @parts: (title, first address) in ascending order."""
    lines, stretch = [], None
    parts = list(parts)

    def words(desc, level):
        return " ".join((
            " ", "USR" if desc >> 6 & 1 else "   ", "ro" if desc >> 7 & 1 else "RW",
            "NX" if desc >> 53 & 1 else "x ", "SHD" if desc >> 8 & 3 == 3 else "   ",
            "AF" if desc >> 10 & 1 else "  ", "NG" if desc >> 11 & 1 else "  ",
            "CON" if desc >> 52 & 1 else "   ", "   " if level == 3 else "BLK",
            "UXN" if desc >> 54 & 1 else "   ", "GP" if desc >> 50 & 1 else "  ",
            TYPES[desc >> 2 & 7]))

    def flush():
        if stretch:
            start, end, level, attributes = stretch
            size = (end - start) >> 10
            unit = "K"
            while not size & 1023:
                size, unit = size >> 10, "KMGTPE"["KMGTPE".index(unit) + 1]
            lines.append(f"0x{start:016x}-0x{end & MASK:016x}   {size:9}{unit} "
                         f"{LEVEL_NAMES[level]}{attributes}")

    for va, _, size, level, desc, _ in machine.leaves()[0]:
        attributes = words(desc, level)
        title = None
        while parts and va >= parts[0][1]:
            title = parts.pop(0)[0]
        if stretch and not title and stretch[1:] == (va, level, attributes):
            stretch = (stretch[0], va + size, level, attributes)
            continue
        flush()
        before = stretch[1] if stretch else machine.first_va
        if va > before:
            lines.append(f"0x{before:016x}-0x{va:016x}   {(va - before) >> 10:9}K PTE")
        if title:
            lines.append(f"---[ {title} start ]---")
        stretch = (va, va + size, level, attributes)
    flush()
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path
