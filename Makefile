# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A front for meson and scripts/. The build itself is in meson.build.

PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build
ARGS := bbm=3,0

export DESTDIR

.PHONY: all demo test check bench pictures install clean format analyze coverage spin prove help
.PHONY: amalgamation dist sizes fuzz run-virt check-virt check-virt-rolls measure-virt
.PHONY: linux check-linux measure-linux arm64-static check-dumps

# Warnings are errors here, and not for those who have this as a part of their project.
$(BUILD)/build.ninja:
	@scripts/deps.sh build
	@meson setup $(BUILD) --werror --prefix '$(PREFIX)'

all: $(BUILD)/build.ninja ## build the library and build/linmap (half a minute the first time)
	@scripts/deps.sh build
	@ninja -C $(BUILD)

demo: $(BUILD)/build.ninja ## split a 128 GiB linear map of 20 CPUs, four ways side by side (10 s)
	@scripts/deps.sh build
	@ninja -C $(BUILD) linmap
	@$(BUILD)/linmap demo

test: $(BUILD)/build.ninja ## the fast tests and each subcommand once, with gcc, while editing (under a minute)
	@scripts/deps.sh test
	@grep -q tests/test_map $(BUILD)/build.ninja || meson configure $(BUILD) -Dtests=enabled
	@ninja -C $(BUILD)
	@scripts/test.sh $(BUILD)

check: ## everything that must pass: tests, sanitizers, fuzzing, budgets, format, static analysis (12 minutes)
	@scripts/deps.sh check
	@scripts/check.sh

bench: all ## measure filling, the stop, plans, as ratios inside one run; check budgets; draw charts (half a minute)
	@scripts/deps.sh bench || echo 'linmap: measuring without them' >&2
	@bench/run.sh $(BUILD)

pictures: bench ## redraw the pictures that README.md shows (half a minute)
	@$(BUILD)/linmap draw --iomem tests/data/server.iomem -o docs/pictures/map.svg
	@cp $(BUILD)/bench-stop.svg docs/measured/stop.svg

install: all ## install headers, library, linmap.pc, command, man page (DESTDIR, PREFIX; seconds)
	@meson configure $(BUILD) -Dprefix='$(PREFIX)'
	@ninja -C $(BUILD)
	@meson install -C $(BUILD) --no-rebuild

amalgamation: ## write the library as two files, build/amalgamation/linmap.h and linmap.c (a second)
	@scripts/deps.sh build
	@scripts/amalgamate.py $(BUILD)/amalgamation
	@echo $(BUILD)/amalgamation/linmap.h $(BUILD)/amalgamation/linmap.c

dist: ## make tarball, amalgamation and checksums of this commit in build/dist/, and test them (a minute)
	@scripts/deps.sh build
	@scripts/dist.sh $(BUILD)/dist
	@scripts/dist-check.sh $(BUILD)/dist

sizes: ## record how large the library is for arm64, in docs/measured/size.txt (seconds)
	@scripts/deps.sh check
	@tests/scripts/freestanding.sh sizes

clean: ## remove everything that was built (seconds)
	rm -rf build build-*

format: ## run clang-format on every C file of the project (seconds)
	@scripts/deps.sh check
	@scripts/files.sh '*.c' '*.h' | xargs -r clang-format -i

analyze: ## run clang-tidy and cppcheck (5 minutes of CPU time)
	@scripts/deps.sh analyze
	@scripts/analyze.sh

coverage: ## lines and errors that the tests reach, into build-coverage/ (4.5 minutes of CPU time)
	@scripts/deps.sh coverage
	@scripts/coverage.sh

FUZZ_SECONDS ?= 60

fuzz: ## run libFuzzer on edits, tables, readers; FUZZ_SECONDS=60 for each (4 minutes)
	@scripts/deps.sh check
	@FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz/run.sh

spin: ## prove the protocols of parking and rolling with Spin, see proofs/ (a minute and a half of CPU time)
	@scripts/deps.sh check
	@proofs/spin.sh

run-virt: ## run the kernel of ports/virt in QEMU; ARGS="..." goes to ports/virt/run.sh (10 s)
	@scripts/deps.sh virt
	@$(MAKE) -s -C ports/virt O='$(CURDIR)/build-virt'
	@ports/virt/run.sh $(ARGS)

check-virt: ## run it with all granules, sizes, levels, ways, faults (long)
	@scripts/deps.sh virt
	@tests/scripts/virt.sh all

check-virt-rolls: ## 400 edits by roll with each granule and 2, 3, 8 CPUs (13 minutes of processor time)
	@scripts/deps.sh virt
	@tests/scripts/virt.sh rolls

measure-virt: all ## measure its ways to commit, and edits, in instructions, into docs/measured/ (2 minutes)
	@scripts/deps.sh measure
	@scripts/deps.sh bench
	@scripts/measure-virt.sh
	@scripts/measure-virt-edits.sh $(BUILD)

LINUX := build-linux
LINUX_KERNELS := stock-debug-4k $(addprefix port-debug-, 4k 16k 39bit 52bit 64k)

linux: ## fetch Linux and build it, with linmap and without, 4.5 GB (long: 6 kernels)
	@scripts/deps.sh linux
	@ports/linux/fetch.sh $(LINUX)
	@ports/linux/build.sh $(LINUX) $(LINUX_KERNELS)

check-linux: linux ## boot these kernels in QEMU on CPUs of different levels and compare (long)
	@tests/scripts/linux_apply.sh $(LINUX)/source
	@tests/scripts/linux.sh $(LINUX)

measure-linux: ## build both without debugging, measure stops and large leaves in instructions, into docs/measured/ (long)
	@scripts/deps.sh linux
	@scripts/deps.sh measure
	@ports/linux/fetch.sh $(LINUX)
	@ports/linux/build.sh $(LINUX) stock-plain-4k port-plain-4k
	@ports/linux/measure.sh $(LINUX)

ARM64 := build-arm64

arm64-static: ## build the command for arm64 as one static file, build-arm64/linmap, and test it (2 minutes)
	@scripts/deps.sh arm64
	@scripts/arm64-static.sh $(ARM64)
	@printf '#!/bin/sh\nexec qemu-aarch64 %s "$$@"\n' '$(abspath $(ARM64))/linmap' >$(ARM64)/run
	@chmod +x $(ARM64)/run
	@LINMAP=$(ARM64)/run tests/scripts/see.py

check-dumps: all arm64-static ## dump Debian's arm64 kernels from QEMU, see each dump, compare; GUESTS="..." (half an hour)
	@scripts/deps.sh dumps
	@LINMAP=$(BUILD)/linmap tests/scripts/page.py
	@LINMAP=$(BUILD)/linmap LINMAP_ARM64=$(ARM64)/linmap tests/scripts/dumps.py build-dumps $(GUESTS)

prove: spin ## as spin, and with CBMC: descriptors, geometry, splitting, see proofs/ (5 minutes of CPU time)
	@CBMC_DIR=$(abspath $(BUILD))/cbmc proofs/cbmc.sh

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 22
