#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""usage: stack.py --budget BYTES [--embedder NAME,...] [--bound FUNCTION=POINTER,...]...
           DIRECTORY SOURCE...

An upper bound of the stack that any call chain of the core takes.

DIRECTORY holds what gcc wrote with -ffunction-sections and
-fcallgraph-info=su: a FILE.ci beside each FILE.o. Frames and direct calls are
taken from the .ci files. An indirect call through a pointer is assumed to reach
every function of the core whose address is taken anywhere and whose parameters
are those of a pointer of that name in a SOURCE; one through a member called one
of --embedder never points into the core. What a FUNCTION that is --bound calls
through a POINTER was given to it by its caller and stands in the caller's file. A
cycle of calls is an error: the core
does not recurse. Code outside of it (memcpy, the embedder's callbacks) is not
counted.

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

DEFINITION = re.compile(r"^\w[\w \t*]*?\b(\w+)\(([^;{}()]*)\)\n\{", re.MULTILINE)
FUNCTION_TYPE = re.compile(r"^typedef \w[\w \t*]*?\b(\w+_fn)\(([^;{}()]*)\);", re.MULTILINE)
POINTER = re.compile(r"\(\*(\w+)\)\(([^;{}()]*)\)")
TYPED_POINTER = re.compile(r"\b(\w+_fn) \*(\w+)")


class Types:
    """Which functions and which pointers have which parameters."""

    def __init__(self, sources):
        texts = {path.stem: path.read_text(encoding="utf-8") for path in sources}
        self.functions = {}
        self.pointers = {}
        function_types = {}
        for unit, text in texts.items():
            for name, parameters in DEFINITION.findall(text):
                self.functions["%s:%s" % (unit, name)] = self.shape(parameters)
                self.functions[name] = self.shape(parameters)
            for name, parameters in FUNCTION_TYPE.findall(text):
                function_types[name] = self.shape(parameters)
        for text in texts.values():
            for name, parameters in POINTER.findall(text):
                self.pointers.setdefault(name, set()).add(self.shape(parameters))
            for kind, name in TYPED_POINTER.findall(text):
                if kind in function_types:
                    self.pointers.setdefault(name, set()).add(function_types[kind])

    @staticmethod
    def shape(parameters):
        """Types of parameters, without their names."""
        return tuple(re.sub(r"\b\w+$", "", " ".join(parameter.split())).strip()
                     for parameter in parameters.split(","))


class Graph:
    def __init__(self, embedder, types):
        self.embedder = embedder
        self.types = types
        self.frames = {}  # function: bytes
        self.calls = {}  # function: set of functions
        self.indirect = {}  # function: names of pointers it calls through
        self.units = {}  # function: the file it is in
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
            self.units[function] = unit
            self.calls.setdefault(function, set())
            if frame.group(2) == "dynamic":
                self.unbounded.add(function)

    def add_call(self, unit, source, target, where):
        caller = self.name(unit, source)
        if target != INDIRECT:
            self.calls.setdefault(caller, set()).add(self.name(unit, target))
        elif called_through(where) not in self.embedder:
            self.indirect.setdefault(caller, set()).add(called_through(where))

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

    def reached_through(self, pointer):
        shapes = self.types.pointers.get(pointer)
        if not shapes:
            return self.taken
        return {f for f in self.taken if self.types.functions.get(f) in shapes}

    def finish(self):
        self.taken &= self.frames.keys()

    def called_by(self, function, binding):
        """What @function calls, where pointers are bound to files by @binding."""
        called = set(self.calls.get(function, ()))
        for pointer in self.indirect.get(function, ()):
            reached = self.reached_through(pointer)
            unit = dict(binding).get(pointer)
            if unit:
                reached = {f for f in reached if self.units[f] == unit}
            called |= reached
        return called


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


def deepest_chain(graph, bound):
    chain = []

    def callees(function, binding):
        for target in sorted(graph.called_by(function, binding)):
            new = dict(binding)
            new.update((pointer, graph.units[function]) for pointer in bound.get(target, ()))
            yield target, frozenset(new.items())

    @functools.lru_cache(maxsize=None)
    def below(function, binding):
        if function in chain:
            sys.exit("stack.py: recursion: " + " > ".join(chain + [function]))
        chain.append(function)
        depth, rest = max((below(*callee) for callee in callees(function, binding)),
                          default=(0, ()))
        chain.pop()
        frame = graph.frames.get(function, 0)
        return frame + depth, ((function, frame),) + rest

    return max((below(f, frozenset()) for f in sorted(graph.frames)), default=(0, ()))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--budget", type=int, required=True)
    parser.add_argument("--embedder", default="")
    parser.add_argument("--bound", action="append", default=[])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("sources", type=pathlib.Path, nargs="+")
    args = parser.parse_args()

    graph = Graph(set(filter(None, args.embedder.split(","))), Types(args.sources))
    for path in sorted(args.directory.glob("*.ci")):
        graph.read_calls(path)
        graph.read_addresses(path.with_suffix(".o"))
    graph.finish()
    if not graph.frames:
        sys.exit("stack.py: %s: no call graphs here" % args.directory)

    if graph.unbounded:
        sys.exit("stack.py: frame without a bound: " + ", ".join(sorted(graph.unbounded)))

    largest = max(graph.frames, key=graph.frames.get)
    print("largest frame  %5d bytes: %s" % (graph.frames[largest], largest))
    bound = {function: pointers.split(",")
             for function, pointers in (text.split("=") for text in args.bound)}
    depth, chain = deepest_chain(graph, bound)
    print("deepest chain  %5d bytes of %d: %s" %
          (depth, args.budget, " > ".join("%s %d" % link for link in chain if link[1])))
    if depth > args.budget:
        sys.exit("stack.py: over the budget")


if __name__ == "__main__":
    main()
