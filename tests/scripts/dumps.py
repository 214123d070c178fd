#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: dumps.py DIRECTORY [CASE...]

linmap on real kernels: boots Debian's arm64 kernels in QEMU with page mappings and with
large ones, runs the static command in the guest on /proc/kcore, dumps the guest in each
format, runs every subcommand on each dump, and compares: the formats with each other and
with the guest's own census, single translations with QEMU's gva2gpa. Kernels are fetched
into DIRECTORY with apt; kernels of 'make linux' in $LINUX_BUILD are used for their
kernel_page_tables. Consoles and dumps stay in DIRECTORY until the next run. Reports in TAP."""
import glob
import json
import lzma
import os
import re
import socket
import struct
import subprocess
import sys
import time

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LINMAP = os.environ.get("LINMAP", os.path.join(SOURCE, "build", "linmap"))
STATIC = os.environ.get("LINMAP_ARM64", os.path.join(SOURCE, "build-arm64", "linmap"))
LINUX = os.environ.get("LINUX_BUILD", os.path.join(SOURCE, "build-linux"))
MEMORY = 512 << 20
SECONDS_MAX = 900

# name: (suite, package, CPU, kernel arguments, what the linear map is made of)
LARGE = "kfence.sample_interval=100 "
GUESTS = {
    "4k-pages": ("bookworm-backports", "linux-image-6.12.[0-9]*+deb12-arm64", "cortex-a72", "",
                 "pages"),
    "4k-large": ("bookworm-backports", "linux-image-6.12.[0-9]*+deb12-arm64", "cortex-a72",
                 LARGE + "rodata=on", "large"),
    "16k-pages": ("bookworm-backports", "linux-image-6.12.[0-9]*+deb12-arm64-16k",
                  "neoverse-n1", "", "pages"),
    "16k-large": ("bookworm-backports", "linux-image-6.12.[0-9]*+deb12-arm64-16k",
                  "max,sve=off,sme=off,pauth-impdef=on", LARGE + "rodata=on", "large"),
    "rt-pages": ("trixie-backports", "linux-binary-7.3*+deb13-rt-arm64",
                 "max,sve=off,sme=off,pauth-impdef=on", "", "pages"),
    "rt-large": ("trixie-backports", "linux-binary-7.3*+deb13-rt-arm64", "cortex-a76",
                 LARGE + "rodata=noalias", "large"),
    # The trap: notes of SVE registers.
    "sve": ("bookworm-backports", "linux-image-6.12.[0-9]*+deb12-arm64",
            "max,pauth-impdef=on", "", None),
}
# Kernels of 'make linux', which have kernel_page_tables; skipped if they are not built.
BUILT = {
    "text-4k": ("port-debug-4k", "cortex-a76"),
    "text-16k": ("port-debug-16k", "cortex-a76"),
}

results = []


def report(good, what, detail=""):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}", flush=True)
    if not good:
        print("\n".join("# " + line for line in str(detail).split("\n")[:20]), flush=True)


def holds(what, condition, detail=""):
    report(bool(condition), what, detail)


# -------------------------------------------------------------------- getting kernels

def fetch(directory, suite, package):
    place = os.path.join(directory, re.sub(r"[^a-z0-9.-]", "_", package))
    subprocess.run([os.path.join(SOURCE, "scripts", "from-suite.sh"), suite, place,
                    package + ":arm64"], check=True, stdout=sys.stderr)
    (kernel,) = glob.glob(place + "/boot/vmlinuz*") or glob.glob(
        place + "/usr/lib/modules/*/vmlinuz*")
    modules = glob.glob(place + "/**/qemu_fw_cfg.ko*", recursive=True)
    return kernel, modules[0] if modules else None


def busybox(directory):
    place = os.path.join(directory, "busybox")
    subprocess.run([os.path.join(SOURCE, "scripts", "from-suite.sh"), "trixie", place,
                    "busybox-static:arm64"], check=True, stdout=sys.stderr)
    return place + "/usr/bin/busybox"


def cpio_entry(name, mode, data=b""):
    head = "070701" + "".join(f"{value:08x}" for value in (
        0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    entry = head.encode() + name.encode() + b"\0"
    entry += bytes(-len(entry) % 4) + data
    return entry + bytes(-len(entry) % 4)


def read(path):
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        return file.read()


def write_initrd(directory, path, module):
    entries = [cpio_entry("bin", 0o40755), cpio_entry("dev", 0o40755),
               cpio_entry("bin/busybox", 0o100755, read(busybox(directory))),
               cpio_entry("init", 0o100755,
                          read(os.path.join(SOURCE, "tests", "scripts", "dumps_init.sh"))),
               cpio_entry("linmap", 0o100755, read(STATIC))]
    if module:
        entries.append(cpio_entry("qemu_fw_cfg.ko", 0o100644, read(module)))
    with open(path, "wb") as file:
        file.write(b"".join(entries) + cpio_entry("TRAILER!!!", 0))


# ---------------------------------------------------------------------------- a guest

class Guest:
    def __init__(self, directory, name, kernel, module, cpu, arguments):
        self.path = os.path.join(directory, name)
        for end in (".mon", ".ram", ".log", ".elf", ".flat", ".kdump"):
            if os.path.exists(self.path + end):
                os.unlink(self.path + end)
        write_initrd(directory, self.path + ".cpio", module)
        self.process = subprocess.Popen([
            "qemu-system-aarch64", "-M", "virt,gic-version=3,memory-backend=ram", "-cpu", cpu,
            "-smp", "2", "-m", str(MEMORY >> 20), "-object",
            f"memory-backend-file,id=ram,size={MEMORY},mem-path={self.path}.ram,share=on",
            "-nic", "none", "-nodefaults", "-display", "none", "-device", "vmcoreinfo",
            "-serial", f"file:{self.path}.log", "-monitor",
            f"unix:{self.path}.mon,server,nowait", "-kernel", kernel, "-initrd",
            self.path + ".cpio", "-append",
            "console=ttyAMA0 quiet panic=-1 no_hash_pointers " + arguments],
            stdin=subprocess.DEVNULL)
        self.monitor = None

    def console(self):
        if not os.path.exists(self.path + ".log"):
            return ""
        with open(self.path + ".log", encoding="utf-8", errors="replace") as file:
            return file.read().replace("\r", "")

    def wait(self):
        end = time.time() + SECONDS_MAX
        while "\nREADY\n" not in self.console():
            if self.process.poll() is not None or time.time() > end:
                return False
            time.sleep(1)
        self.monitor = socket.socket(socket.AF_UNIX)
        self.monitor.connect(self.path + ".mon")
        self.answer()
        return True

    def answer(self):
        text = b""
        while not text.endswith(b"(qemu) "):
            more = self.monitor.recv(65536)
            assert more, "the emulator has gone"
            text += more
        return text.decode(errors="replace")

    def tell(self, command):
        self.monitor.sendall(command.encode() + b"\n")
        return self.answer()

    def part(self, name):
        found = re.search(rf"<<< {name}\n(.*?)>>> (\d+)\n", self.console(), re.S)
        return (found[1], int(found[2])) if found else ("", -1)

    def registers(self):
        """System registers of the stopped guest, by the emulator's debugger interface."""
        self.tell(f"gdbserver unix:{self.path}.gdb,server=on,wait=off")
        stub = socket.socket(socket.AF_UNIX)
        stub.connect(self.path + ".gdb")

        def ask(text):
            stub.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())
            reply = b""
            while not re.search(rb"#..$", reply, re.S):
                reply += stub.recv(65536)
            stub.sendall(b"+")
            return re.search(rb"\$(.*)#..$", reply, re.S)[1]

        ask("qSupported:xmlRegisters=aarch64")
        ask("qXfer:features:read:target.xml:0,ffb")
        xml = b""
        while True:
            part = ask(f"qXfer:features:read:system-registers.xml:{len(xml):x},ffb")
            xml += part[1:]
            if part[:1] != b"m":
                break
        numbers = dict(re.findall(r'name="(\w+)"[^>]*regnum="(\d+)"', xml.decode()))
        values = {name: int.from_bytes(bytes.fromhex(ask(f"p{int(numbers[name]):x}").decode()),
                                       "little") for name in ("TTBR1_EL1", "TCR_EL1")}
        stub.close()
        return values

    def stop(self):
        if self.monitor:
            self.monitor.close()
        self.process.terminate()
        self.process.wait()


def unflatten(path, out):
    """What makedumpfile -R does: a flattened dump is pieces with their offsets."""
    with open(path, "rb") as flat, open(out, "wb") as file:
        flat.seek(4096)
        while True:
            offset, size = struct.unpack(">qq", flat.read(16))
            if offset < 0:
                return out
            file.seek(offset)
            file.write(flat.read(size))


# ------------------------------------------------------------------------- comparing

def run(*arguments):
    done = subprocess.run([LINMAP, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def census_of(path, *arguments):
    code, out, error = run("census", path, "--json", *arguments)
    return json.loads(out) if code == 0 else {"error": error}


def linear(census):
    for part in census.get("parts", []):
        if part["name"] == "linear map":
            return part
    return None


# Of a guest that runs KFENCE makes pages of its pool valid and invalid, and some kernels
# leave no mark in those that are invalid.
KFENCE_BYTES = 2 << 20


def is_same(part, other):
    """Whether two of the linear map tell the same: all tables, all leaves but single pages,
    which may differ by the pool of KFENCE."""
    def large(part):
        return [leaf for leaf in part["leaves"] if leaf["level"] < 3 or leaf["contiguous"]]
    return bool(part and other) and part["first"] == other["first"] and \
        part["tables"] == other["tables"] and large(part) == large(other) and \
        abs(part["bytes"] - other["bytes"]) <= KFENCE_BYTES


def linear_by_range(census, own):
    """Registers do not tell what the parts are: all parts of @own in one. Nor do they tell
    what invalid leaves hold."""
    valid = sum(some["bytes"] for part in own["parts"] for some in part["permissions"]
                if "invalid" not in some["what"])
    return "parts" in census and \
        abs(sum(part["bytes"] for part in census["parts"]) - valid) <= KFENCE_BYTES


def large_share(census):
    """How much of the linear map is mapped by leaves above the last level."""
    part = linear(census)
    return sum(leaf["bytes"] for leaf in part["leaves"] if leaf["level"] < 3) / part["bytes"]


def samples(census):
    """First, last and inner addresses of each part."""
    for part in census["parts"]:
        first, last = int(part["first"], 16), int(part["last"], 16)
        yield from {first, last, first + (last - first) // 3, first + 0x12345}


def check_translations(guest, name, path, census):
    wrong, mapped = [], 0
    for va in samples(census):
        code, out, error = run("walk", path, hex(va), "--json")
        seen = json.loads(out).get("pa") if code == 0 else error
        answer = re.search(r"gpa: (0x[0-9a-f]+)", guest.tell(f"gva2gpa {va:#x}"))
        mapped += bool(answer)
        if (int(answer[1], 16) if answer else None) != (int(seen, 16) if seen else None):
            wrong.append((hex(va), seen, answer and answer[1]))
    holds(f"{name}: {mapped} addresses lead where gva2gpa says", not wrong and mapped > 3, wrong)


def check_dumps(guest, name, own):
    """Dump the stopped guest in each format; each must show what its own census showed."""
    guest.tell("stop")
    guest.tell(f"dump-guest-memory {guest.path}.elf")
    guest.tell(f"dump-guest-memory -z {guest.path}.flat")
    holds(f"{name}: a flattened kdump is refused with the remedy",
          "makedumpfile -R" in run("census", guest.path + ".flat")[2])
    unflatten(guest.path + ".flat", guest.path + ".kdump")
    registers = guest.registers()
    given = ("--ttbr1", hex(registers["TTBR1_EL1"]), "--tcr", hex(registers["TCR_EL1"]))
    census = census_of(guest.path + ".ram", *given)
    holds(f"{name}: so do registers, and nothing else is assumed",
          linear_by_range(census, own) and census["assumed"] == ["regime", "invalid_mark"],
          census.get("error") or census["parts"][:1])
    for end in ("elf", "kdump", "ram"):
        path = f"{guest.path}.{end}"
        census = census_of(path)
        holds(f"{name}: {end} shows the linear map as the guest's kcore did",
              is_same(linear(census), linear(own)),
              census.get("error") or (linear(census), linear(own)))
        code, out, error = run("check", path, "--json")
        holds(f"{name}: check {end} finds nothing", code == 0,
              error or json.dumps(json.loads(out)["findings"][:4]))
        for command in (("plan", path), ("draw", path), ("draw", path, "--html"),
                        ("census", path, "--meminfo")):
            code, out, error = run(*command)
            holds(f"{name}: {' '.join(command).replace(path, end)}", code == 0 and out, error)
    check_translations(guest, name, guest.path + ".elf", census)


def check_guest(directory, name, kernel, module, cpu, arguments, made_of):
    guest = Guest(directory, name, kernel, module, cpu, arguments)
    try:
        if not guest.wait():
            report(False, f"{name}: boots", guest.console()[-1000:])
            return
        if name in BUILT:
            check_text(guest, name)
            return
        text, code = guest.part("last")
        own = json.loads(text) if code == 0 else {}
        holds(f"{name}: the static command reads /proc/kcore in the guest", linear(own), text)
        for part in ("check", "plan", "meminfo", "picture"):
            text, code = guest.part(part)
            holds(f"{name}: in the guest, {part}", code == 0, text)
        if made_of:
            holds(f"{name}: the map is made of {made_of}: {large_share(own):.0%} is larger",
                  (large_share(own) > 0.5) == (made_of == "large"), own.get("words"))
        check_dumps(guest, name, own)
    finally:
        guest.stop()


def check_text(guest, name):
    """A small kernel without /proc/kcore: its own dump, and its memory by its registers."""
    path = guest.path + ".text"
    with open(path, "w", encoding="utf-8") as file:
        file.write(guest.part("text")[0])
    text = census_of(path)
    holds(f"{name}: the kernel's own dump is read", linear(text), text)
    guest.tell("stop")
    registers = guest.registers()
    memory = census_of(guest.path + ".ram", "--ttbr1", hex(registers["TTBR1_EL1"]), "--tcr",
                       hex(registers["TCR_EL1"]))
    # KFENCE changes pages meanwhile; blocks stay as they are.
    holds(f"{name}: its memory, by registers, has the same blocks",
          blocks_of(memory) and blocks_of(memory) == blocks_of_text(path),
          (memory.get("error"), blocks_of(memory), blocks_of_text(path)))
    holds(f"{name}: draw the kernel's own dump", run("draw", path)[0] == 0)


def blocks_of(census):
    """Bytes of valid blocks by level. Registers do not tell how this kernel marks invalid
    leaves, so that those count as nothing."""
    sums = {}
    for part in census.get("parts", []):
        for leaf in part["leaves"]:
            if leaf["level"] < 3:
                sums[leaf["level"]] = sums.get(leaf["level"], 0) + leaf["bytes"]
    return sums


def blocks_of_text(path):
    """The same by the lines themselves; "F" is invalid."""
    sums = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if len(words) < 4 or words[2] not in ("PMD", "PUD") or words[3] == "F":
                continue
            first, end = (int(word, 16) for word in words[0].split("-"))
            level = {"PMD": 2, "PUD": 1}[words[2]]
            sums[level] = sums.get(level, 0) + end - first
    return sums


def check_trap(directory, name, kernel, module, cpu, arguments):
    """With SVE an ELF dump may be shifted: it is right, or refused with the reason."""
    guest = Guest(directory, name, kernel, module, cpu, arguments)
    try:
        if not guest.wait():
            report(False, f"{name}: boots", guest.console()[-1000:])
            return
        text, code = guest.part("last")
        own = json.loads(text) if code == 0 else {}
        guest.tell("stop")
        guest.tell(f"dump-guest-memory {guest.path}.elf")
        census = census_of(guest.path + ".elf")
        holds(f"{name}: a dump with notes of SVE is right, or refused by name",
              is_same(linear(census), linear(own)) if "error" not in census else
              "SVE" in census["error"], census.get("error", ""))
    finally:
        guest.stop()


def main():
    directory = os.path.abspath(sys.argv[1])
    os.makedirs(directory, exist_ok=True)
    chosen = sys.argv[2:] or [*GUESTS, *BUILT]
    for name in chosen:
        if name in BUILT:
            kernel = os.path.join(LINUX, BUILT[name][0], "arch/arm64/boot/Image")
            if os.path.exists(kernel):
                check_guest(directory, name, kernel, None, BUILT[name][1], "", None)
            else:
                print(f"# {name}: skipped, {BUILT[name][0]} is not built (make linux)")
            continue
        suite, package, cpu, arguments, made_of = GUESTS[name]
        kernel, module = fetch(directory, suite, package)
        if made_of:
            check_guest(directory, name, kernel, module, cpu, arguments, made_of)
        else:
            check_trap(directory, name, kernel, module, cpu, arguments)
    print(f"1..{len(results)}\n{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not results or not all(results))


main()
