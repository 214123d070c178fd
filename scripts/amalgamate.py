#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Write the library as two files, linmap.h and linmap.c.

usage: amalgamate.py DIRECTORY

linmap.h is the public headers, linmap.c all of src/ and both arch/ headers, of which
the compiler takes arm64's, or the host's anywhere else and with -DLINMAP_HOST. Names
that several files of src/ use for something of their own get the name of their file in
front; a name that two files cannot share even so is an error.
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INNER = {
    "core.h",
    "cpus.h",
    "format.h",
    "internals.h",
    "park.h",
    "linmap_arch.h",
    "linmap_access.h",
    "desc.h",
    "linmap.h",
    "check.h",
    "roll.h",
}
HEADERS = [
    "include/linmap/desc.h",
    "include/linmap/format.h",
    "include/linmap/internals.h",
    "include/linmap/cpus.h",
    "include/linmap/linmap.h",
    "include/linmap/check.h",
    "include/linmap/park.h",
    "include/linmap/roll.h",
]
SYSTEM = {"stdbool.h", "stddef.h", "stdint.h"}
ARCH = """\
#if defined(__aarch64__) && !defined(LINMAP_HOST)
{arm64}#else
{host}#endif
"""

INCLUDE = re.compile(r'^#include [<"](?:linmap/)?([^>"]+)[>"]\n', re.M)
DEFINE = re.compile(r"^#define (\w+)", re.M)
# At file scope, laid out by clang-format.
OWN_NAME = re.compile(
    r"^static [^=;({]*?(\w+)(?:\(|\[| =|;)"
    r"|^(?:static const )?(?:struct|union|enum) (\w+) \{",
    re.M,
)


class Refusal(Exception):
    """The sources cannot be put into one file as they are."""


def read(path):
    return (ROOT / path).read_text()


def body(path, included):
    """The text of a file without its licence line and without what is there before."""

    def once(match):
        name = match[1]
        if name in INNER:
            return ""
        if name not in SYSTEM:
            raise Refusal(f"{path}: includes {name}, which freestanding C may not have")
        if name in included:
            return ""
        included.add(name)
        return match[0]

    text = read(path)
    text = text[text.index("\n") + 1 :]
    return f"/* {path} */\n" + INCLUDE.sub(once, text).replace("\n\n\n", "\n\n")


# ------------------------------------------------------------------ names of a file


def own_names(text):
    """What a file defines for itself alone."""
    return {function or tag for function, tag in OWN_NAME.findall(text)}


def rename(text, names):
    """Everywhere but in comments, in strings, and where a member is called so."""
    if not names:
        return text
    word = re.compile(
        r'/\*.*?\*/|"(?:\\.|[^"\\])*"|(?<![\w.])(?<!->)(?<!\(\*)('
        + "|".join(names)
        + r")\b",
        re.S,
    )
    return word.sub(lambda match: names.get(match[1], match[0]), text)


def distinct(sources):
    """The same sources, in which no two have an own name in common."""
    users = collections.defaultdict(list)
    for path, text in sources.items():
        for name in own_names(text):
            users[name].append(path)
    everything = " ".join(sources.values())
    renamed = dict(sources)
    for path, text in sources.items():
        names = {}
        for name in own_names(text):
            if len(users[name]) == 1:
                continue
            new = f"{path.stem}_{name}"
            if re.search(rf"\b{new}\b", everything):
                others = ", ".join(str(user) for user in users[name])
                raise Refusal(
                    f"{path}: {name} is also in {others}, and {new} is taken; rename one"
                )
            names[name] = new
        renamed[path] = rename(text, names)
    return renamed


# --------------------------------------------------------------------- the two files


def without_macros(text):
    """Macros of one file are not those of the next."""
    names = dict.fromkeys(DEFINE.findall(text))
    return text + "".join(f"#undef {name}\n" for name in names)


def top(what):
    version = re.search(r"version: '([^']+)'", read("meson.build"))[1]
    licence = read("LICENSE").split("\n", 2)
    return (
        f"/* {licence[0]} */\n"
        f"/*\n * linmap {version}, {what}\n"
        " * Made by scripts/amalgamate.py out of its sources: change those.\n *\n"
        + "".join(f" * {line}".rstrip() + "\n" for line in licence[2].splitlines())
        + " */\n"
    )


def header():
    included = set()
    return top("its public headers in one.") + "".join(
        "\n" + body(path, included) for path in HEADERS
    )


def source():
    included = set(SYSTEM)  # by linmap.h
    files = sorted((ROOT / "src").glob("*.c"))
    rooms = {
        path.relative_to(ROOT): body(path.relative_to(ROOT), included) for path in files
    }
    arch = ARCH.format(
        arm64=body("arch/arm64/linmap_access.h", included)
        + body("arch/arm64/linmap_arch.h", included),
        host=body("arch/host/linmap_arch.h", included),
    )
    parts = [arch, body("src/core.h", included)]
    parts += [without_macros(text) for text in distinct(rooms).values()]
    return (
        top("all of its sources in one.")
        + '#include "linmap.h"\n'
        + "".join("\n" + part for part in parts)
    )


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    out = pathlib.Path(sys.argv[1])
    try:
        files = {"linmap.h": header(), "linmap.c": source()}
    except Refusal as refusal:
        print(f"amalgamate: {refusal}", file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
