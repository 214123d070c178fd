# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A thin front for meson and scripts/: what people type. The build itself is
# described in meson.build.

PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build

export DESTDIR

.PHONY: all demo check bench install clean format analyze coverage spin help

all: ## build the library and build/linmap (half a minute the first time)
	@scripts/deps.sh build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix '$(PREFIX)'
	@ninja -C $(BUILD)

demo: all ## split a 128 GiB linear map of 20 CPUs, three ways side by side (10 s)
	@$(BUILD)/linmap demo

check: ## everything that has to pass: tests, sanitizers, budgets, format (2 minutes, 5 on a slow machine)
	@scripts/deps.sh check
	@scripts/check.sh

bench: all ## ratios against memset and the reference fill loop (10 s)
	@$(BUILD)/bench/linmap-bench $(BUILD)/bench.json

install: all ## headers, library, linmap.pc, command, man page (DESTDIR, PREFIX; seconds)
	@meson configure $(BUILD) -Dprefix='$(PREFIX)'
	@ninja -C $(BUILD)
	@meson install -C $(BUILD) --no-rebuild

clean: ## remove everything that was built (seconds)
	rm -rf build build-*

format: ## let clang-format lay out every C file of the project (seconds)
	@scripts/deps.sh check
	@scripts/files.sh '*.c' '*.h' | xargs -r clang-format -i

analyze: ## clang-tidy and cppcheck (two minutes)
	@scripts/deps.sh analyze
	@scripts/analyze.sh

coverage: ## lines and branches that the tests reach, into build-coverage/ (a minute)
	@scripts/deps.sh coverage
	@scripts/coverage.sh

spin: ## prove the parking protocol, see proofs/ (half a minute)
	@scripts/deps.sh check
	@proofs/spin.sh

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16
