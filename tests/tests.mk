# SPDX-License-Identifier: MIT
# How tests are built and run. A test exits 0 (passed), 77 (skipped, the last
# line it prints is the reason) or anything else (failed). Of a part that it
# leaves out it prints "skipped part: REASON" (skip_part.h).
#   tests/test_X.c    cmocka; linked with lib/ and with the objects of
#                     TEST_X_SRC; under ASan and UBSan, also under TSan when
#                     listed in TSAN_TESTS
#   tests/check_X.sh  fast script, no root    tests/e2e_X.sh  everything else

CHECKS     := $(sort $(wildcard tests/check_*.sh))
UNIT_SRC   := $(wildcard tests/test_*.c)
UNIT_BIN   := $(UNIT_SRC:tests/%.c=$(BUILD)/asan/%)
TSAN_TESTS := test_ring_threads
TSAN_BIN   := $(patsubst %,$(BUILD)/tsan/%,$(filter $(TSAN_TESTS),\
		$(UNIT_SRC:tests/%.c=%)))

# Everything but main(), once per sanitizer.
TESTED_SRC := $(filter-out harness/main.c,$(SRC))
ASAN_OBJ   := $(TESTED_SRC:%.c=$(BUILD)/asan/%.o)
TSAN_OBJ   := $(LIB_SRC:%.c=$(BUILD)/tsan/%.o)

$(BUILD)/asan/%.o: %.c $(BUILD)/flags | $(BPF_SKEL)
	@mkdir -p $(@D)
	$(call say,ASAN,$<)
	$(Q)$(CC) $(CFLAGS) $(ASAN) -I$(BUILD)/bpf -MMD -MP -c -o $@ $<

$(BUILD)/tsan/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,TSAN,$<)
	$(Q)$(CC) $(CFLAGS) $(TSAN) -MMD -MP -c -o $@ $<

$(BUILD)/asan/libtested.a: $(ASAN_OBJ)
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/tsan/libtested.a: $(TSAN_OBJ)
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/asan/test_%: $(BUILD)/asan/tests/test_%.o $(BUILD)/asan/libtested.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(ASAN) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tsan/test_%: $(BUILD)/tsan/tests/test_%.o $(BUILD)/tsan/libtested.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(TSAN) -o $@ $^ $(LDLIBS) -lcmocka

# The whole program under ASan, for the end-to-end tests of bad input.
$(BUILD)/asan/vioperf: $(BUILD)/asan/harness/main.o $(BUILD)/asan/libtested.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(ASAN) -o $@ $^ $(LDLIBS)
asan: $(BUILD)/asan/vioperf $(BUILD)/asan/inject

# Lets a step of a program fail; itself without sanitizers.
$(BUILD)/asan/inject: tests/inject.c lib/util.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(OPT) -o $@ $<

-include $(ASAN_OBJ:.o=.d) $(TSAN_OBJ:.o=.d) \
	$(UNIT_SRC:%.c=$(BUILD)/asan/%.d)

.PRECIOUS: $(BUILD)/asan/tests/%.o $(BUILD)/tsan/tests/%.o
.PHONY: tests-check tests-all tests-objects
tests-objects: $(UNIT_SRC:%.c=$(BUILD)/asan/%.o)
tests-check: all layers $(UNIT_BIN) $(TSAN_BIN)
	@VIOPERF=$(abspath $(BIN)) tests/run.sh $(BUILD)/tests \
		$(UNIT_BIN) $(TSAN_BIN) $(CHECKS)

tests-all: all layers $(UNIT_BIN) $(TSAN_BIN) asan
	@VIOPERF=$(abspath $(BIN)) VIOPERF_ASAN=$(abspath $(BUILD)/asan/vioperf) \
		tests/run.sh $(BUILD)/tests $(UNIT_BIN) $(TSAN_BIN) \
		$(CHECKS) $(sort $(wildcard tests/e2e_*.sh))
