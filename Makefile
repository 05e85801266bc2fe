# launcher and cinit
#
#   make            build/launcher and build/cinit, both static (musl)
#   make demo       a shell in a container
#   make check      every test
#   make help       the rest
#
# Three builds of the same sources, each in a folder of its own:
#   (default)       build        musl, static: what is installed
#   SAN=1           build/san    glibc, AddressSanitizer and UBSan, the distribution's libraries
#   FUZZ=1          build/fuzz   as SAN, with clang and libFuzzer

SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
# One short line for each file; V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '%-8s %s\n' '$(1)' '$@')
DEPS := build/deps

# ---- what all builds share

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef \
    -Wwrite-strings -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wvla -Wnull-dereference \
    -Werror=implicit-function-declaration
LANGUAGE := -std=gnu17 -D_GNU_SOURCE
DEPENDENCIES = -MMD -MP -MF $@.d -MT $@

# ---- the three builds

ifdef SAN
BUILD := build/san
CC := gcc
else ifdef FUZZ
BUILD := build/fuzz
CC := clang
else
BUILD := build
CC := musl-gcc
endif

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
ifeq ($(BUILD),build)
LAUNCHER_CFLAGS := -O2 -fno-pie -ffunction-sections -fdata-sections -fstack-protector-strong
# The build ID tells the filters of this launcher from those that another has kept.
LAUNCHER_LDFLAGS := -static -no-pie -Wl,--gc-sections,-z,noseparate-code,-z,norelro,--build-id
# Freestanding: no C library is linked, docs/decisions/007-cinit-without-a-c-library.md. The guard of
# the stack is then a global variable, where x86 would look for it in the C library's thread. The
# optimizations that are left out in the second half make a program larger that is linked as a whole
# (gcc 12): together 1 KiB.
CINIT_CFLAGS := -Oz -flto -flto-partition=none -ffreestanding -fno-pie -ffunction-sections \
    -fdata-sections -fstack-protector-strong \
    $(if $(filter x86_64,$(shell uname -m)),-mstack-protector-guard=global -malign-data=abi) \
    -fno-asynchronous-unwind-tables -fno-ident -fno-tree-loop-distribute-patterns \
    -fno-thread-jumps -fno-inline-small-functions -fno-forward-propagate -fno-early-inlining \
    -fno-guess-branch-probability -fno-ipa-cp -fno-move-loop-invariants -fno-tree-loop-im \
    -fno-partial-inlining
# noseparate-code: the default aligns each segment to a page of the file, which doubles a file that
# is copied into a memfd for every container. norelro: all that it would protect is 48 bytes that
# nothing is called through.
CINIT_STRIP := tools/strip-sections
CINIT_LDFLAGS := -nostdlib -static -no-pie -s -Wl,--gc-sections,-z,noseparate-code,-z,norelro,--build-id=none
LIBRARIES := $(DEPS)/lib/libjansson.a $(DEPS)/lib/libnl-3.a $(DEPS)/lib/libseccomp.a -lm
LIBRARY_STAMPS := $(addprefix $(DEPS)/stamp/,jansson libnl3 libseccomp)
LIBRARY_INCLUDES := -isystem $(DEPS)/include -idirafter $(DEPS)/kernel
else
ifdef FUZZ
SANITIZE += -fsanitize=fuzzer-no-link
endif
LAUNCHER_CFLAGS := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
LAUNCHER_LDFLAGS := $(SANITIZE) -Wl,--build-id
CINIT_CFLAGS := $(LAUNCHER_CFLAGS)
CINIT_LDFLAGS := $(SANITIZE)
# What stands in for a C library is left out where there is one.
CINIT_C_OMITTED := init/start.c init/memory.c
LIBRARIES := -ljansson -lnl-3 -lseccomp -lm
LIBRARY_STAMPS :=
LIBRARY_INCLUDES := -isystem /usr/include/libnl3
# With the sanitizers' checks in between, gcc sees null pointers where there are none.
WARNINGS := $(filter-out -Wnull-dereference,$(WARNINGS))
endif

INCLUDES = -I. -I$(BUILD)/gen $(LIBRARY_INCLUDES)
COMPILE = $(CC) $(LANGUAGE) $(WARNINGS) $(INCLUDES) $(DEPENDENCIES)

# ---- the sources

LAUNCHER_C := $(shell find launcher -name '*.c' | LC_ALL=C sort) $(wildcard shared/*.c)
INIT_C := $(wildcard init/*.c)
CINIT_C := $(filter-out $(CINIT_C_OMITTED),$(INIT_C)) shared/decode.c
SECCOMP_TOOL_C := tools/compile-seccomp.c launcher/host/seccomp_policy.c shared/arena.c shared/fail.c
TEST_C := $(wildcard tests/unit/test_*.c)
FUZZ_C := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_C := $(wildcard tests/bench/*.c)
COMPARE := $(addprefix build/compare/,actor probe race within)
ALL_C := $(sort $(LAUNCHER_C) $(INIT_C) $(CINIT_C) $(SECCOMP_TOOL_C) \
    $(shell find tests -name '*.c' | LC_ALL=C sort))
ALL_FORMATTED := $(ALL_C) $(shell find launcher init shared tools tests -name '*.h')
# vmtest is kept as it came, so that a newer one can be put in its place.
ALL_SCRIPTS := $(filter-out tests/vm/vmtest,\
    $(shell grep -rlIE '^\#!(/usr/bin/env |/bin/)(ba)?sh$$' .ci deps rootfs-build tests tools))

LAUNCHER_O := $(LAUNCHER_C:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/launcher/run/cinit_image.o
CINIT_O := $(CINIT_C:%.c=$(BUILD)/cinit.obj/%.o)
SECCOMP_TOOL_O := $(SECCOMP_TOOL_C:%.c=$(BUILD)/obj/%.o)
# What a test can link: launcher without its main, and what is pure of cinit.
TESTABLE_O := $(filter-out $(BUILD)/obj/launcher/main.o,$(LAUNCHER_O)) \
    $(BUILD)/obj/init/alone_options.o $(BUILD)/obj/init/signals.o $(BUILD)/obj/init/text.o
TESTS := $(TEST_C:%.c=$(BUILD)/%)
FUZZERS := $(FUZZ_C:%.c=$(BUILD)/%)

# ---- programs

.PHONY: all
all: $(BUILD)/launcher $(BUILD)/cinit

$(BUILD)/launcher: $(LAUNCHER_O)
	$(call say,link)
	$(Q)$(CC) $(LAUNCHER_CFLAGS) $(LAUNCHER_LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/cinit: $(CINIT_O) $(CINIT_STRIP)
	$(call say,link)
	$(Q)$(CC) $(CINIT_CFLAGS) $(CINIT_LDFLAGS) -o $@ $(CINIT_O)
	$(if $(CINIT_STRIP),$(Q)$(CINIT_STRIP) $@)

$(BUILD)/obj/%.o: %.c Makefile $(LIBRARY_STAMPS) | build-packages
	@mkdir -p $(@D)
	$(call say,compile)
	$(Q)$(COMPILE) $(LAUNCHER_CFLAGS) -c -o $@ $<

$(BUILD)/cinit.obj/%.o: %.c Makefile $(LIBRARY_STAMPS) | build-packages
	@mkdir -p $(@D)
	$(call say,compile)
	$(Q)$(COMPILE) $(CINIT_CFLAGS) -c -o $@ $<

# The commit that cinit --version names. It is written when it is another one than before only.
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
$(BUILD)/cinit.obj/init/alone.o $(BUILD)/obj/launcher/main.o: $(BUILD)/gen/commit.h
$(BUILD)/gen/commit.h: FORCE
	@mkdir -p $(@D)
	@echo '#define COMMIT "$(COMMIT)"' | cmp --quiet - $@ || echo '#define COMMIT "$(COMMIT)"' >$@
.PHONY: FORCE
FORCE:

$(BUILD)/obj/launcher/run/cinit_image.o: launcher/run/cinit_image.S $(BUILD)/cinit
	@mkdir -p $(@D)
	$(call say,embed)
	$(Q)$(CC) -DCINIT_IMAGE='"$(BUILD)/cinit"' -c -o $@ $<

# The filter for the default capabilities is compiled now, not at every start of a container.
$(BUILD)/obj/launcher/host/seccomp.o: $(BUILD)/gen/seccomp_default.h

$(BUILD)/gen/seccomp_default.h: $(BUILD)/tools/compile-seccomp
	@mkdir -p $(@D)
	$(call say,generate)
	$(Q)ASAN_OPTIONS=detect_leaks=0 $< $@

$(BUILD)/tools/compile-seccomp: $(SECCOMP_TOOL_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(LAUNCHER_CFLAGS) $(LAUNCHER_LDFLAGS) -o $@ $^ $(LIBRARIES)

# ---- libraries: built for musl from Debian's sources, see deps/

.PHONY: deps deps-all
deps: $(LIBRARY_STAMPS)
deps-all: $(patsubst deps/recipes/%.sh,$(DEPS)/stamp/%,$(wildcard deps/recipes/*.sh))

$(DEPS)/fetched: deps/pins deps/fetch.sh | build-packages
	@deps/fetch.sh $(DEPS)
	@touch $@

$(DEPS)/stamp/%: deps/recipes/%.sh deps/build.sh $(DEPS)/fetched
	@deps/build.sh $* $(DEPS)

# ---- packages: setup installs what is missing, the others only say what is

.PHONY: setup
setup:
	@deps/setup.sh build demo check bench

.PHONY: setup-%
setup-%:
	@deps/setup.sh build $*

.PHONY: build-packages
build-packages:
	@deps/setup.sh --check build

# ---- demo

.PHONY: demo
demo: setup-demo
	@$(MAKE) all
	@tools/demo

# A root file system that needs no network, for the tests.
build/rootfs: $(wildcard rootfs-build/*)
	@rootfs-build/build.sh --busybox --force $@
	@touch $@

# ---- checks

.PHONY: check
check: setup-check
	@$(MAKE) all tests $(COMPARE) lint
	@$(MAKE) SAN=1 all tests
	@$(MAKE) FUZZ=1 fuzzers
	@$(MAKE) build/rootfs
	@tests/oci/validation/build build/oci-validation
	@tests/run

.PHONY: tests fuzzers
tests: $(TESTS)
fuzzers: $(FUZZERS)

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(TESTABLE_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(LAUNCHER_CFLAGS) $(LAUNCHER_LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(TESTABLE_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(LAUNCHER_CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBRARIES)

# FUZZ_SECONDS of new inputs for each fuzzer; what it finds of interest joins the corpus.
.PHONY: fuzz
FUZZ_SECONDS ?= 60
fuzz: setup-check
	@$(MAKE) FUZZ=1 fuzzers
	@tests/fuzz/replay --grow $(FUZZ_SECONDS)

# What this machine's kernel or cgroup layout can't show, in a virtual machine.
.PHONY: vm
vm: setup-check
	@$(MAKE) all build/rootfs
	@prove --exec tests/record tests/layouts/v1 tests/vm/v2 tests/vm/selinux

.PHONY: bench
bench: setup-bench
	@$(MAKE) all $(BENCH_C:tests/bench/%.c=build/bench/%) $(COMPARE)
	@tests/bench/run

build/bench/%: tests/bench/%.c Makefile $(LIBRARY_STAMPS)
	@mkdir -p $(@D)
	$(call say,compile)
	$(Q)$(COMPILE) -O2 -static -fno-pie -no-pie -o $@ $<

# tini, dumb-init, catatonit and cinit in the same scenarios; the table goes into cinit(8).
.PHONY: compare
compare: setup-check
	@$(MAKE) all $(COMPARE)
	@tests/compare/run --update docs/man/cinit.8

build/compare/actor: $(addprefix build/compare.obj/,actor.o)
build/compare/race: $(addprefix build/compare.obj/,race.o process.o)
build/compare/within: $(addprefix build/compare.obj/,within.o process.o)
build/compare/probe: $(addprefix build/compare.obj/,probe.o process.o terminal.o)
$(COMPARE):
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) -static -no-pie -o $@ $^

build/compare.obj/%.o: tests/compare/%.c Makefile $(LIBRARY_STAMPS)
	@mkdir -p $(@D)
	$(call say,compile)
	$(Q)$(COMPILE) -O2 -fno-pie -c -o $@ $<

# ---- lint: each file on its own, so that only what changed is looked at again
#
# gcc with musl and clang with glibc: the two compilers warn about different things, and the two C
# libraries disagree about types.

CLANG_FLAGS = $(LANGUAGE) $(WARNINGS) -I. -Ibuild/gen -isystem $(DEPS)/include

.PHONY: lint lint-format lint-scripts
lint: lint-format lint-scripts $(ALL_C:%=build/lint/%)

build/lint/%: % Makefile .clang-tidy build/gen/seccomp_default.h build/gen/commit.h
	@mkdir -p $(@D)
	$(call say,lint)
	@$(COMPILE) -Werror -O2 -fanalyzer -c -o /dev/null $<
	@clang $(CLANG_FLAGS) -Werror -fsyntax-only $<
	@clang-tidy --quiet $< -- $(CLANG_FLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

lint-format:
	@clang-format --dry-run -Werror $(ALL_FORMATTED)

lint-scripts:
	@shellcheck --severity=warning --external-sources --source-path=SCRIPTDIR $(ALL_SCRIPTS)

.PHONY: format
format:
	clang-format -i $(ALL_FORMATTED)

# ---- install

.PHONY: install uninstall
install: all
	install -D -m 755 $(BUILD)/launcher $(DESTDIR)$(PREFIX)/bin/launcher
	install -D -m 755 $(BUILD)/cinit $(DESTDIR)$(PREFIX)/sbin/cinit
	install -D -m 644 docs/man/launcher.1 $(DESTDIR)$(PREFIX)/share/man/man1/launcher.1
	install -D -m 644 docs/man/cinit.8 $(DESTDIR)$(PREFIX)/share/man/man8/cinit.8

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/launcher sbin/cinit share/man/man1/launcher.1 \
	    share/man/man8/cinit.8)

# clean keeps the libraries: they follow from deps/ alone.
.PHONY: clean distclean
clean:
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name deps -exec rm -rf {} +
distclean:
	rm -rf build

.PHONY: help
help:
	@printf '%s\n' \
	    'make            build/launcher and build/cinit' \
	    'make setup      install every Debian package that any target needs' \
	    'make demo       a root file system and a shell in a container' \
	    'make check      lint and every test; the last lines are the verdict' \
	    'make bench      speed and memory against the requirements and other runtimes' \
	    'make compare    cinit against tini, dumb-init and catatonit; writes the table in cinit(8)' \
	    'make lint       both compilers, gcc -fanalyzer, clang-tidy, clang-format, shellcheck' \
	    'make format     lay out the sources with clang-format' \
	    'make fuzz       FUZZ_SECONDS=60 of new inputs for each fuzzer' \
	    'make vm         the tests that need another kernel or cgroup layout' \
	    'make SAN=1      the same with AddressSanitizer and UBSan, in build/san' \
	    'make deps-all   every library of deps/, also those that nothing links yet' \
	    'make install    DESTDIR= PREFIX=/usr/local' \
	    'make clean      all but the libraries; distclean: those too'

-include $(shell find build -name '*.d' 2>/dev/null)
