# Ingång: make, make demo, make check, make install. See CONTRIBUTING.md.
# Variables: PREFIX, DESTDIR, SYSCONFDIR, CC, BUILD (folder of all that is made), V=1 (show the commands), WERROR=1, SAN=1 (ASan and UBSan).

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
BUILD      ?= build
JOBS       ?= $(shell nproc 2>/dev/null || echo 1)
Q          := $(if $(V),,@)
say         = @$(if $(V),:,echo '  $(1)')

FLOORS := base mail topic config store desk wire reader
PKGS   := gmime-3.0 jansson libpcre2-8 libutf8proc gumbo libconfig sqlite3 libcurl gnutls libseccomp

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wpointer-arith -Wwrite-strings \
        -Wvla -Wundef -Wcast-qual $(if $(WERROR),-Werror)
HARD := -fstack-protector-strong -fstack-clash-protection -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
,    := ,
SANF := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

CFLAGS   ?= -O2 -g
CPPFLAGS += -Iinclude -D_GNU_SOURCE -DINGANG_SYSCONFDIR='"$(SYSCONFDIR)/ingang"' -DINGANG_DATADIR='"$(PREFIX)/share/ingang"'
ALL_C     = -std=c11 $(WARN) $(HARD) $(SANF) $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g')
ALL_LD    = -pie -Wl,-z,relro,-z,now $(SANF)
LIBS      = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -letpan -lm

lib_src  := $(sort $(foreach f,$(FLOORS),$(wildcard src/$(f)/*.c)))
own_obj  := $(lib_src:src/%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/builtin_templates.o
lib_obj  := $(own_obj) $(BUILD)/obj/starter.o
daemon_obj := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(sort $(wildcard src/daemon/*.c)))
ctl_obj  := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(sort $(wildcard src/ctl/*.c)))
unit_src := $(sort $(foreach f,$(FLOORS) daemon ctl,$(wildcard tests/$(f)/test_*.c)))
unit_bin := $(unit_src:tests/%.c=$(BUILD)/tests/%)

.PHONY: all lib programs units check check-built demo eval year bench bench-classify torture fuzz lint deps install uninstall clean
all: deps-note programs
programs: $(BUILD)/ingangd $(BUILD)/ingangctl
lib: $(BUILD)/libingang.a
units: $(unit_bin)

.PHONY: deps-note
deps-note:
	@scripts/deps build --check

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_C) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/builtin_templates.c: scripts/embed-templates $(wildcard etc/templates/* etc/templates/*/*.txt)
	@mkdir -p $(@D)
	$(Q)scripts/embed-templates etc/templates >$@.tmp && mv $@.tmp $@

$(BUILD)/obj/builtin_templates.o: $(BUILD)/builtin_templates.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_C) $(CFLAGS) -c -o $@ $<

# The model that an office begins with: an ingangctl without one learns it, and it goes into the library as it is.
$(BUILD)/learner: $(ctl_obj) $(own_obj) $(BUILD)/obj/no_starter.o
	$(Q)$(CC) $(CFLAGS) $(ALL_LD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/starter.model: $(BUILD)/learner etc/starter/mails.jsonl etc/ingang.conf etc/topics.conf
	$(call say,LEARN $@)
	$(Q)$< -c etc/ingang.conf learn --mails etc/starter/mails.jsonl --model $@ >/dev/null

$(BUILD)/obj/starter.o: $(BUILD)/starter.model
$(BUILD)/obj/starter.o $(BUILD)/obj/no_starter.o:
	@mkdir -p $(@D)
	@printf '.section .rodata\n.global starter_model, starter_model_end\n.balign 16\nstarter_model:\n%s\nstarter_model_end:\n.byte 0\n.section .note.GNU-stack,"",%%progbits\n' \
		'$(if $<,.incbin "$<")' >$(@:.o=.s)
	$(Q)$(CC) -c -o $@ $(@:.o=.s)

$(BUILD)/libingang.a: $(lib_obj)
	@rm -f $@
	$(call say,AR   $@)
	$(Q)$(AR) rcs $@ $(lib_obj)

$(BUILD)/ingangd: $(daemon_obj) $(BUILD)/libingang.a
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(ALL_LD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/ingangctl: $(ctl_obj) $(BUILD)/libingang.a
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(ALL_LD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%: tests/%.c $(BUILD)/libingang.a
	@mkdir -p $(@D)
	$(call say,TEST $<)
	$(Q)$(CC) $(CPPFLAGS) -Itests -DTESTS_DIR='"$(CURDIR)/tests"' $(ALL_C) $(CFLAGS) -MMD -MP $(ALL_LD) $(LDFLAGS) -o $@ $< $(filter %.o,$^) $(BUILD)/libingang.a $(LIBS) -lcmocka

# what the daemon is made of, but for its main
$(filter $(BUILD)/tests/daemon/%,$(unit_bin)): $(filter-out %/ingangd.o,$(daemon_obj))

# the daemon with a reader that does what a mail tells it to, for the tests of the sandbox
$(BUILD)/tests/ingangd-misbehaving: src/reader/reader.c tests/reader/misbehave.h $(daemon_obj) $(BUILD)/libingang.a
	@mkdir -p $(@D)
	$(call say,TEST $@)
	$(Q)$(CC) $(CPPFLAGS) -DINGANG_MISBEHAVING_READER -Itests $(ALL_C) $(CFLAGS) $(ALL_LD) $(LDFLAGS) -o $@ $< $(daemon_obj) $(BUILD)/libingang.a $(LIBS)

# --- what a user calls; each installs what it lacks and says so ---

deps:
	@scripts/deps build test

check:
	@scripts/deps build test
	@$(MAKE) -s --no-print-directory -j$(JOBS) check-built

check-built: programs units $(BUILD)/tests/ingangd-misbehaving $(BUILD)/tests/torture/power
	@BUILD=$(BUILD) tests/run

demo:
	@scripts/deps build demo
	@$(MAKE) -s --no-print-directory -j$(JOBS) programs
	@BUILD=$(BUILD) scripts/demo

eval: programs
	@BUILD=$(BUILD) tests/eval/run

# a year of an office, and docs/year.svg of it
year: programs $(BUILD)/tests/eval/year_office
	@BUILD=$(BUILD) tests/eval/year

bench:
	@scripts/deps build test bench
	@$(MAKE) -s --no-print-directory -j$(JOBS) programs $(BUILD)/tests/bench/bench_reader
	@BUILD=$(BUILD) tests/bench/run

bench-classify:
	@scripts/deps build bench
	@$(MAKE) -s --no-print-directory -j$(JOBS) programs $(BUILD)/tests/bench/bench_classify
	@BUILD=$(BUILD) tests/bench/classify

# everything that can go wrong around the daemon, at each instant: MINUTES (36), SEED (told, to repeat a run); make check plays a sample
torture:
	@scripts/deps build test
	@$(MAKE) -s --no-print-directory -j$(JOBS) programs $(BUILD)/tests/torture/power
	@BUILD=$(BUILD) tests/torture/torture.py --minutes $(or $(MINUTES),36) $(if $(SEED),--seed $(SEED))

# finds what no test thought of: SECONDS (60) for each target in tests/fuzz
fuzz:
	@scripts/deps build fuzz
	@BUILD=$(BUILD) tests/fuzz/run $(or $(SECONDS),60)

lint:
	@scripts/deps build test lint
	@scripts/lint

install: programs
	scripts/install '$(DESTDIR)' '$(PREFIX)' '$(SYSCONFDIR)' '$(UNITDIR)' '$(BUILD)'

uninstall:
	scripts/install --remove '$(DESTDIR)' '$(PREFIX)' '$(SYSCONFDIR)' '$(UNITDIR)' '$(BUILD)'

clean:
	rm -rf $(BUILD)

-include $(lib_obj:.o=.d) $(daemon_obj:.o=.d) $(ctl_obj:.o=.d) $(unit_bin:=.d) $(BUILD)/tests/torture/power.d
