#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: stack.py --budget BYTES [--embedder NAME,...] DIRECTORY

An upper bound of the stack that any call chain of the core takes.

DIRECTORY holds what gcc wrote with -ffunction-sections and
-fcallgraph-info=su: a FILE.ci beside each FILE.o. Frames and direct calls are
taken from the .ci files. An indirect call is assumed to reach every function
of the core whose address is taken anywhere, except where it goes through a
member or variable called one of --embedder: those never point into the core.
No function is assumed to be twice on a chain; a cycle of direct calls is an
error. Code outside the core (memcpy, the embedder's callbacks) is not counted.

Exits with 1 if the bound is over the budget or there is no bound.
"""
import argparse
import functools
import pathlib
import re
import subprocess
import sys

NODE = re.compile(r'^node: \{ title: "([^"]*)" label: "([^"]*)"')
EDGE = re.compile(r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^"]*)")?')
FRAME = re.compile(r"\\n(\d+) bytes \(([a-z,]+)\)")
CALLEE = re.compile(r"(\w+)\)?\s*\(")
INDIRECT = "__indirect_call"
# Relocations of branches; any other one takes an address.
BRANCHES = {"R_AARCH64_CALL26", "R_AARCH64_JUMP26"}


class Graph:
    def __init__(self, embedder):
        self.embedder = embedder
        self.frames = {}  # function: bytes
        self.calls = {}  # function: set of functions
        self.indirect = set()  # functions with an indirect call
        self.taken = set()  # functions whose address is taken
        self.unbounded = set()

    @staticmethod
    def name(unit, title):
        """Static functions have a path in their title; two files may share it."""
        if ":" not in title:
            return title
        return "%s:%s" % (unit, title.rpartition(":")[2])

    def read_calls(self, path):
        for line in path.read_text(encoding="utf-8").splitlines():
            node, edge = NODE.match(line), EDGE.match(line)
            if node:
                self.add_function(path.stem, *node.groups())
            elif edge:
                self.add_call(path.stem, *edge.groups())

    def add_function(self, unit, title, label):
        frame = FRAME.search(label)
        if frame:
            function = self.name(unit, title)
            self.frames[function] = int(frame.group(1))
            self.calls.setdefault(function, set())
            if frame.group(2) == "dynamic":
                self.unbounded.add(function)

    def add_call(self, unit, source, target, where):
        caller = self.name(unit, source)
        if target != INDIRECT:
            self.calls.setdefault(caller, set()).add(self.name(unit, target))
        elif called_through(where) not in self.embedder:
            self.indirect.add(caller)

    def read_addresses(self, path):
        """Static functions are referred to by section, others by name."""
        text = subprocess.run(["readelf", "-rW", str(path)], check=True,
                              capture_output=True, text=True).stdout
        section = ""
        for line in text.splitlines():
            if line.startswith("Relocation section"):
                section = line.split("'")[1]
            fields = line.split()
            if len(fields) < 5 or not fields[2].startswith("R_"):
                continue
            if "eh_frame" in section or "debug" in section or fields[2] in BRANCHES:
                continue
            symbol = fields[4]
            if symbol.startswith(".text."):
                self.taken.add("%s:%s" % (path.stem, symbol[len(".text."):]))
                self.taken.add(symbol[len(".text."):])
            else:
                self.taken.add(symbol)

    def finish(self):
        self.taken &= self.frames.keys()


def called_through(where):
    """The name in front of the '(' at a place in the source: of a call
    map->env.table(ctx, pa) it is "table"."""
    path, line, column = (where or "::").rsplit(":", 2)
    try:
        source = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
        text = source[int(line) - 1]
    except (OSError, ValueError, IndexError):
        return ""
    # The column may stand on the expression, the member or the '('.
    start = int(column) - 1
    while start > 0 and text[start - 1] not in " \t!(,=":
        start -= 1
    call = CALLEE.search(text, start)
    return call.group(1) if call else ""


def find_cycle(graph):
    done, chain = set(), []

    def visit(function):
        if function in chain:
            return chain[chain.index(function):] + [function]
        if function in done:
            return None
        chain.append(function)
        for target in sorted(graph.calls.get(function, ())):
            cycle = visit(target)
            if cycle:
                return cycle
        chain.pop()
        done.add(function)
        return None

    for function in sorted(graph.calls):
        cycle = visit(function)
        if cycle:
            return cycle
    return None


def deepest_chain(graph):
    # The indirect callers on the chain so far are what could close a cycle.
    @functools.lru_cache(maxsize=None)
    def below(function, on_chain):
        frame = graph.frames.get(function, 0)
        targets = set(graph.calls.get(function, ()))
        if function in graph.indirect:
            on_chain = on_chain | {function}
            targets |= graph.taken
        chains = [below(t, on_chain) for t in sorted(targets) if t not in on_chain]
        depth, chain = max(chains, default=(0, ()))
        return frame + depth, ((function, frame),) + chain

    return max((below(f, frozenset()) for f in sorted(graph.frames)), default=(0, ()))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--budget", type=int, required=True)
    parser.add_argument("--embedder", default="")
    parser.add_argument("directory", type=pathlib.Path)
    args = parser.parse_args()

    graph = Graph(set(filter(None, args.embedder.split(","))))
    for path in sorted(args.directory.glob("*.ci")):
        graph.read_calls(path)
        graph.read_addresses(path.with_suffix(".o"))
    graph.finish()
    if not graph.frames:
        sys.exit("stack.py: %s: no call graphs here" % args.directory)

    cycle = find_cycle(graph)
    if cycle:
        sys.exit("stack.py: recursion: " + " > ".join(cycle))
    if graph.unbounded:
        sys.exit("stack.py: frame without a bound: " + ", ".join(sorted(graph.unbounded)))

    largest = max(graph.frames, key=graph.frames.get)
    print("largest frame  %5d bytes: %s" % (graph.frames[largest], largest))
    depth, chain = deepest_chain(graph)
    print("deepest chain  %5d bytes of %d: %s" %
          (depth, args.budget, " > ".join("%s %d" % link for link in chain if link[1])))
    print("  (indirect calls in %s are taken to reach any of: %s)" %
          (", ".join(sorted(graph.indirect)) or "none", ", ".join(sorted(graph.taken)) or "none"))
    if depth > args.budget:
        sys.exit("stack.py: over the budget")


if __name__ == "__main__":
    main()
