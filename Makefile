# SPDX-License-Identifier: MIT
# The only build file. Everything built goes under .build/; see `make help`.

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   := .build
CLANG   ?= clang
PKG_CONFIG ?= pkg-config
BPFTOOL ?= $(shell PATH=$$PATH:/usr/sbin:/sbin command -v bpftool)
OPT     ?= -O2 -g
SCENARIO  ?= harness/scenarios/default.ini
RUN_FLAGS ?=
ifeq ($(origin CC),default)
CC      := gcc
endif

# Under sudo, in a checkout that is the user's, what is built is the user's:
# every command runs as that user, but for those of $(AS_ROOT).
ifneq ($(SUDO_UID),)
ifeq ($(shell id -u):$(shell stat -c %u .),0:$(SUDO_UID))
SHELL       := setpriv
.SHELLFLAGS := --reuid=$(SUDO_UID) --regid=$(SUDO_GID) --clear-groups sh -c
AS_ROOT     := deps run test tests-check tests-all install uninstall
$(AS_ROOT): private SHELL := /bin/sh
$(AS_ROOT): private .SHELLFLAGS := -c
export LOGS_OWNER := $(SUDO_UID):$(SUDO_GID)
endif
endif

# One short line a step; `make V=1` shows the commands.
ifeq ($(V),)
Q   := @
say  = @printf '  %-5s %s\n' $(1) $(2);
else
say  =
endif

# Debian packages. `make deps` installs what is missing of them.
PKGS_BUILD := gcc make pkg-config libc6-dev libjansson-dev libinih-dev \
	liburing-dev libxml2-dev
PKGS_BPF   := clang bpftool libbpf-dev libelf-dev zlib1g-dev
PKGS_RUN   := gnuplot-nox qemu-system-common
PKGS_GUEST := qemu-system-x86 seabios busybox-static fio iperf e2fsprogs \
	iproute2 xz-utils zstd
PKGS_TEST  := libcmocka-dev python3 binutils man-db \
	libvirt0 libxml2-utils

VERSION := $(shell git describe --always --dirty --tags 2>/dev/null || echo 0.1)

override CFLAGS += -std=gnu11 -Wall -Wextra -Wno-unused-parameter \
	-Wstrict-prototypes -Wmissing-prototypes -Wno-missing-field-initializers \
	$(if $(findstring clang,$(CC)),-Wno-gnu-variable-sized-type-not-at-end, \
	-Wno-format-truncation) \
	-D_GNU_SOURCE -fno-strict-aliasing -iquote .
# What it is built for is what $(CC) makes: `x86_64-linux-gnu`.
TARGET  := $(subst -pc-,-,$(shell $(CC) -dumpmachine 2>/dev/null))
ARCH    := $(firstword $(subst -, ,$(TARGET)))
X86     := $(filter x86_64 i%86,$(ARCH))
SYSROOT := $(filter-out /,$(shell $(CC) -print-sysroot 2>/dev/null))

LIBS := jansson inih liburing libxml-2.0
HAVE := $(shell $(PKG_CONFIG) --exists $(LIBS) 2>/dev/null && echo yes)
override CFLAGS  += $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
override LDLIBS  += $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null) -lm -lpthread

# BPF is left out, with a clear line, where a tool for it is missing.
BPF_MISSING := $(strip \
	$(if $(shell command -v $(CLANG)),,clang) \
	$(if $(BPFTOOL),,bpftool) \
	$(if $(shell $(PKG_CONFIG) --exists libbpf 2>/dev/null && echo y),,libbpf-dev))
ifeq ($(BPF_MISSING),)
override CFLAGS += -DHAVE_BPF=1
override LDLIBS += $(shell $(PKG_CONFIG) --libs libbpf) -lelf -lz
BPF_ARCH := -D__TARGET_ARCH_$(if $(X86),x86,$(ARCH:aarch64=arm64))
BPF_INCLUDE := $(addprefix -idirafter ,$(SYSROOT)/usr/include/$(TARGET) \
		$(wildcard /usr/$(TARGET)/include))
BPF_SRC  := $(wildcard bpf/kernel/*.bpf.c)
BPF_SKEL := $(BPF_SRC:bpf/kernel/%.bpf.c=$(BUILD)/bpf/%.skel.h)
else
override CFLAGS += -DHAVE_BPF=0 -DBPF_MISSING='"$(BPF_MISSING)"'
BPF_SKEL :=
endif

DIRS     := lib devices bench bpf harness reports
TREE     := $(patsubst %/,%,$(filter $(addsuffix /%,$(DIRS)) $(addsuffix /,$(DIRS)),\
		$(wildcard */ */*/ */*/*/)))
# What runs in the guest is a program of its own.
GUEST_SRC := $(wildcard bench/linux/init/*.c)
KVM_SRC   := bench/kvm/kvm_guest.c
KVM_BIN   := $(BUILD)/guest/kvm.bin
GUEST_BIN := $(BUILD)/guest/init
EMBED     := -DGUEST_INIT='"$(GUEST_BIN)"'
ifneq ($(X86),)
EMBED     += -DKVM_GUEST='"$(KVM_BIN)"'
NOT_HERE  := bench/kvm/kvm_vm_none.c
else
KVM_BIN   :=
NOT_HERE  := bench/kvm/kvm_vm.c
endif
SRC      := $(filter-out %.bpf.c $(GUEST_SRC) $(KVM_SRC) $(NOT_HERE),\
		$(wildcard $(addsuffix /*.c,$(TREE))))
ifneq ($(BPF_MISSING),)
SRC      := $(filter-out bpf/%,$(SRC)) bpf/cmd_trace.c
endif
LIB_SRC  := $(filter lib/%,$(SRC))
OBJ      := $(SRC:%.c=$(BUILD)/%.o)
BIN      := $(BUILD)/vioperf

# Sanitizer builds live in folders of their own.
ASAN := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
TSAN := -O1 -g -fsanitize=thread -Wno-tsan

.PHONY: all run test check deps layers install uninstall clean help asan
all: $(BIN)

help:
	@echo "make            build $(BIN)"
	@echo "make run        install what is missing, build, run the default comparison (root);"
	@echo "                SCENARIO=FILE: another one; RUN_FLAGS='--blocks 2 ...'"
	@echo "make test       every test (root)"
	@echo "make check      the fast tests (no root)"
	@echo "make asan       build $(BUILD)/asan/vioperf, with sanitizers"
	@echo "make deps       install the Debian packages that are missing (root)"
	@echo "make install    to DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)"
	@echo "make uninstall  remove what make install put there"
	@echo "make layers     check which folder includes which"
	@echo "make clean      remove $(BUILD)"
	@echo "By hand: tests/fresh.sh (a bare Debian), tests/cross.sh (aarch64)"
	@echo "Variables: CC CLANG BPFTOOL PKG_CONFIG OPT CFLAGS LDFLAGS PREFIX DESTDIR; V=1 shows commands"

ifeq ($(HAVE),)
$(BIN): need-deps
.PHONY: need-deps
need-deps:
	@echo "missing build packages; run: sudo make deps" >&2; exit 1
else
$(BIN): $(OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(OPT) $(LDFLAGS) -o $@ $^ $(LDLIBS)
ifneq ($(BPF_MISSING),)
	@echo "note: built without tracing; missing: $(BPF_MISSING)"
endif
endif

# $(call stamp,FILE,TEXT): FILE changes when TEXT does, so what depends on it
# is made anew.
stamp = $(shell mkdir -p $(BUILD); printf '%s\n' '$(subst ','\'',$(2))' | \
	cmp -s - $(BUILD)/$(1) || \
	printf '%s\n' '$(subst ','\'',$(2))' > $(BUILD)/$(1))
$(call stamp,flags,$(CC) $(CFLAGS) $(OPT) $(LDFLAGS) $(LDLIBS))
$(call stamp,version,$(VERSION))

$(BUILD)/%.o: %.c $(BUILD)/flags | $(BPF_SKEL)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(OPT) -I$(BUILD)/bpf -MMD -MP -c -o $@ $<

$(GUEST_BIN): $(GUEST_SRC) bench/linux/guest_msg.h \
		$(wildcard bench/linux/init/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,GUEST,$@)
	$(Q)$(CC) $(filter-out -DHAVE_BPF% -DBPF_MISSING%,$(CFLAGS)) -O2 -s \
		-static -o $@ $(GUEST_SRC)

# The bare guest: 32 bits of x86, no libc, one flat binary.
$(BUILD)/guest/kvm.bin: $(KVM_SRC) bench/kvm/kvm_guest.lds \
		bench/kvm/kvm_guest.h lib/virtio/ring.h lib/virtio/ring_split.h \
		lib/util.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,GUEST,$@)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -O2 -iquote . -m32 -march=i686 -ffreestanding \
		-fno-pic -fno-stack-protector -fcf-protection=none \
		-fno-asynchronous-unwind-tables -mno-sse -mno-mmx -mno-80387 \
		-c -o $(BUILD)/guest/kvm.o $<
	$(Q)ld -m elf_i386 -nostdlib -T bench/kvm/kvm_guest.lds --oformat binary \
		-o $@ $(BUILD)/guest/kvm.o

$(BUILD)/bench/embedded.o $(BUILD)/asan/bench/embedded.o: private override \
	CFLAGS += $(EMBED)
$(BUILD)/bench/embedded.o $(BUILD)/asan/bench/embedded.o: $(GUEST_BIN) $(KVM_BIN)

# What only these files need to know.
VERSIONED := $(foreach b,$(BUILD) $(BUILD)/asan,\
		$(b)/harness/main.o $(b)/harness/run_json.o)
$(VERSIONED): private override CFLAGS += \
	-DVIOPERF_VERSION='"$(VERSION)"' -DVIOPERF_FLAGS='"$(OPT)"'
$(VERSIONED): $(BUILD)/version

$(BUILD)/bpf/%.bpf.o: bpf/kernel/%.bpf.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) -O2 -g -target bpf -iquote . $(BPF_ARCH) $(BPF_INCLUDE) -Wall -MMD -MP -c -o $@ $<

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< > $@.tmp && mv $@.tmp $@

.SECONDARY:

-include $(OBJ:.o=.d) $(BPF_SRC:bpf/kernel/%.c=$(BUILD)/bpf/%.d)

# The star rule: a folder includes lib/, itself and the folders above and below
# it. Paths are those of the checkout, but for a file in the same folder.
layers:
	@awk '/^#include "/ { split($$2, q, "\""); to = q[2]; from = FILENAME; \
		sub(/[^\/]*$$/, "", from); \
		if (to ~ /^\.\.\// || (sub(/[^\/]*$$/, "", to) && \
		    to !~ /^lib\// && index(from, to) != 1 && \
		    index(to, from) != 1)) { \
			print FILENAME ": " $$0; bad = 1 } } \
		END { exit bad }' $(wildcard $(addsuffix /*.[ch],$(TREE)))

deps:
	@sh harness/install-deps.sh $(PKGS_BUILD) $(PKGS_BPF) $(PKGS_RUN) $(PKGS_GUEST) \
		$(PKGS_TEST)

# Packages first, in a make of its own: what was probed above may change.
run: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(BIN) run $(SCENARIO) $(RUN_FLAGS)

test: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all tests-all

check: tests-check

include tests/tests.mk

# A program, its man pages, its scenarios, and what the man pages cite.
INTO      := $(DESTDIR)$(PREFIX)
SCENARIOS := $(wildcard harness/scenarios/*.ini)
MAN       := $(wildcard docs/*.1)
DOC       := $(wildcard docs/*.md docs/*.png) LICENSE
OWN_DIRS  := $(addprefix $(INTO)/share/,vioperf/scenarios vioperf doc/vioperf)

install: all
	install -d $(INTO)/bin $(INTO)/share/man/man1 $(OWN_DIRS)
	install -m 755 $(BIN) $(INTO)/bin/vioperf
	install -m 644 $(SCENARIOS) $(INTO)/share/vioperf/scenarios
	install -m 644 $(DOC) $(INTO)/share/doc/vioperf
	install -m 644 results/README.md $(INTO)/share/doc/vioperf/results.md
	for m in $(notdir $(MAN)); do \
		sed 's|/usr/local/share|$(PREFIX)/share|' docs/$$m \
			> $(INTO)/share/man/man1/$$m && \
		chmod 644 $(INTO)/share/man/man1/$$m || exit; done

uninstall:
	rm -f $(INTO)/bin/vioperf $(MAN:docs/%=$(INTO)/share/man/man1/%) \
		$(SCENARIOS:harness/%=$(INTO)/share/vioperf/%) \
		$(addprefix $(INTO)/share/doc/vioperf/,$(notdir $(DOC)) results.md)
	rmdir $(OWN_DIRS) 2>/dev/null || :

clean:
	rm -rf $(BUILD)
