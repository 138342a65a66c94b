# SPDX-License-Identifier: MIT
# Everything builds, tests and lints from here; one level, no recursion.
#   make            build/mailscope (MODE=release|debug|asan|tsan|fuzz|clang)
#   make run        install what is missing, build, start
#   make test       install what the tests need, run all of them
# More: make help. V=1 shows the commands.

VERSION := 0.1.0
MODE ?= release
MODES := release debug asan tsan fuzz clang
PREFIX ?= /usr/local
SECONDS ?= 60
PYTHON ?= python3
MAKEFLAGS += --no-builtin-rules
CORES := $(shell nproc 2>/dev/null || echo 2)
ifeq (,$(findstring -j,$(MAKEFLAGS)))
MAKEFLAGS += -j$(CORES)
endif
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @echo "  $(1)"
endif
ifeq (,$(filter $(MODE),$(MODES)))
$(error MODE=$(MODE) is not one of: $(MODES))
endif

# --- what there is ------------------------------------------------------------

SOURCES := $(filter-out server/main.c,$(foreach r,server inbox webui, \
             $(wildcard $(r)/*.c $(r)/*/*.c)))
UNIT := $(wildcard tests/unit/*_test.c)
FUZZ := $(wildcard tests/fuzz/*_fuzz.c)
BENCH := $(wildcard tests/bench/*.c)
BENCH_KIT := $(wildcard tests/bench/kit/*.c)
SUPPORT := $(wildcard tests/support/*.c)
TESTDATA := $(wildcard tests/dialogues/*.smtp tests/messages/*)
PAGE := $(wildcard webui/app/*.json webui/app/*.mjs webui/app/*.html \
          webui/app/src/* webui/app/src/*/* webui/app/src/*/*/* \
          webui/app/public/*)
PACKAGES := libuv openssl libmicrohttpd gmime-3.0 jansson sqlite3 libcurl \
            libpcre2-8 inih libidn

# --- Debian packages; `make deps` asks for nothing that is there already ------

DEPS := build-essential pkg-config python3 libuv1-dev libssl-dev \
        libmicrohttpd-dev libgmime-3.0-dev libjansson-dev libsqlite3-dev \
        libcurl4-openssl-dev libpcre2-dev libinih-dev libidn-dev libcrypt-dev \
        zlib1g-dev
DEPS_TEST := libcmocka-dev openssl strace procps iproute2 ca-certificates git
# Clients that we did not write and languages of the recipes. A test skips what
# is not there, so one missing package stops nobody.
DEPS_CLIENTS := curl swaks msmtp git-email libmailtools-perl libnet-ssleay-perl \
        libio-socket-ssl-perl libauthen-sasl-perl libdigest-hmac-perl tshark \
        chromium fonts-dejavu-core fonts-noto-color-emoji php-cli \
        libphp-phpmailer ruby ruby-mail ruby-minitest python3-pytest python3-jsonschema golang-go \
        default-jdk-headless libmail-java postfix libesmtp-dev s-nail jq lintian man-db \
        dpkg-dev fakeroot xz-utils mmdebstrap podman runc slirp4netns \
        bash-completion zsh fish nginx docker-compose poppler-utils
DEPS_LINT := clang clang-format clang-tidy cppcheck libclang-rt-14-dev musl-tools
# A release archive carries the page built, and .commit.
NODE := $(if $(wildcard .commit)$(shell command -v npm 2>/dev/null),,nodejs npm)

# --- how each mode compiles ---------------------------------------------------

MACHINE := $(shell uname -m)
WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Werror
# Goes to build/cflags, with what pkg-config says: a change there builds anew.
COMMON := -std=c17 -D_GNU_SOURCE -I. -g -fno-omit-frame-pointer \
          -fPIE -ffile-prefix-map=$(CURDIR)=. $(WARN)
HARDEN := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
          -fstack-clash-protection \
          $(if $(filter x86_64,$(MACHINE)),-fcf-protection=full)
# musl gives a thread the stack that the program asks for here, else 128 KiB.
LINK := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed \
        -Wl,-z,stack-size=8388608
ASAN := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all

CC_release := $(if $(filter default,$(origin CC)),gcc,$(CC))
CC_debug := $(CC_release)
CC_asan := $(CC_release)
CC_tsan := $(CC_release)
CC_clang := clang
CC_fuzz := clang
# gcc empties a struct with `rep stos`, which takes longer to begin than vectors
# take to do it. For compilers that know the words.
VECTORS := -mmemset-strategy=vector_loop:1024:noalign,libcall:-1:noalign \
           -mmemcpy-strategy=vector_loop:512:noalign,libcall:-1:noalign
VECTORS := $(shell $(CC_release) $(VECTORS) -E -x c /dev/null >/dev/null 2>&1 && \
             echo "$(VECTORS)")
CFLAGS_release := $(HARDEN) $(VECTORS)
CFLAGS_debug := -O0 -ggdb3
CFLAGS_asan := $(ASAN)
CFLAGS_tsan := -O1 -fsanitize=thread
CFLAGS_clang := $(HARDEN)
CFLAGS_fuzz := $(ASAN) -fsanitize=fuzzer-no-link
LDFLAGS_release := $(LINK)
LDFLAGS_debug := $(LINK)
LDFLAGS_asan := -pie $(ASAN)
LDFLAGS_tsan := -pie -fsanitize=thread
LDFLAGS_clang := $(LINK)
LDFLAGS_fuzz := -pie $(ASAN)

.PHONY: all program run test test-image test-clang lint fuzz bench soak install deb dist \
        image screenshots deps deps-test deps-lint tests fuzzers clean help FORCE
.DELETE_ON_ERROR:
.SECONDARY:
all: program

# The asked mode is always the one that build/mailscope is.
program: $(if $(wildcard server/main.c),build/$(MODE)/mailscope,build/$(MODE)/objects.a)
	@[ "$$(readlink build/mailscope)" = $(MODE)/mailscope ] || \
	    ln -sfn $(MODE)/mailscope build/mailscope

# --- goals that need something installed say so; plain `make` never installs --

ifneq (,$(filter run test test-clang lint fuzz bench soak deb dist screenshots,$(MAKECMDGOALS)))
NEEDS := deps
endif
ifneq (,$(filter test test-clang lint fuzz bench soak screenshots,$(MAKECMDGOALS)))
NEEDS += deps-test
endif
ifneq (,$(filter test-clang lint fuzz,$(MAKECMDGOALS)))
NEEDS += deps-lint
endif

build/cflags: FORCE | $(NEEDS)
	@mkdir -p build
	@pkg-config --print-errors --exists $(PACKAGES) || \
	    { echo "mailscope: a library is missing: run \`make deps\`" >&2; exit 1; }
	@echo "$$(pkg-config --libs $(PACKAGES)) -lcrypt -lpthread -lm" >build/libs.new
	@echo "$(COMMON) $$(pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g')" >$@.new
	@for f in build/libs $@; do \
	    if cmp -s $$f.new $$f; then rm $$f.new; else mv $$f.new $$f; fi; done

build/libs: build/cflags ;

build/version.h: FORCE | build/cflags
	@commit=$$(cat .commit 2>/dev/null || \
	    git rev-parse --short=12 HEAD 2>/dev/null || echo unknown); \
	 { echo "/* Written by make. */"; \
	   echo "#define MAILSCOPE_VERSION \"$(VERSION)\""; \
	   echo "#define MAILSCOPE_COMMIT \"$$commit\""; \
	   printf '#define MAILSCOPE_LIBRARIES "'; \
	   for p in $(PACKAGES); do printf '%s %s\\n' $$p $$(pkg-config --modversion $$p); done; \
	   echo '"'; } >$@.new; \
	 if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# The page: esbuild writes webui/app/dist, embed.py turns it into build/page.
# A release tarball carries dist, and then neither Node.js nor npm is needed.
ifneq (,$(wildcard webui/app/package.json))
webui/app/dist/index.html: $(PAGE) | $(NEEDS)
	$(call say,NPM     webui/app)
	$(Q)cd webui/app && { [ node_modules/.installed -nt package-lock.json ] || \
	    { npm ci --no-audit --no-fund --loglevel=error >/dev/null && touch node_modules/.installed; }; }
	$(Q)cd webui/app && npm run --silent build
	@touch $@
PAGE_DIST := webui/app/dist/index.html
endif
ifneq (,$(wildcard webui/embed.py))
build/page/page.c build/page/page.S &: webui/embed.py $(PAGE_DIST) | $(NEEDS)
	$(call say,EMBED   webui/app/dist)
	@mkdir -p build/page
	$(Q)$(PYTHON) webui/embed.py webui/app/dist build/page
PAGE_OBJECTS := page/page.c.o page/page.S.o
endif

define mode_rules
OBJECTS_$(1) := $$(SOURCES:%.c=build/$(1)/%.o) $$(PAGE_OBJECTS:%=build/$(1)/%)
TESTS_$(1) := $$(UNIT:tests/unit/%.c=build/$(1)/tests/%)

build/$(1)/%.o: %.c build/cflags
	$$(call say,CC      $$< ($(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) @build/cflags $$(CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<

build/$(1)/page/page.c.o: build/page/page.c build/cflags
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) @build/cflags $$(CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<

build/$(1)/page/page.S.o: build/page/page.S
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) -I. -c -o $$@ $$<

build/$(1)/server/options/version.o: build/version.h

build/$(1)/objects.a: $$(OBJECTS_$(1))
	$$(call say,AR      $$@)
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && ar qcs $$@ $$^

build/$(1)/mailscope: build/$(1)/server/main.o $$(OBJECTS_$(1)) build/libs
	$$(call say,LINK    $$@)
	$$(Q)$$(CC_$(1)) $$(LDFLAGS_$(1)) $$(if $$(filter fuzz,$(1)),-fsanitize=fuzzer-no-link) \
	    -o $$@ $$(filter %.o,$$^) @build/libs

build/$(1)/tests/%_test: build/$(1)/tests/unit/%_test.o \
    $$(SUPPORT:%.c=build/$(1)/%.o) build/$(1)/objects.a build/libs
	$$(call say,LINK    $$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(LDFLAGS_$(1)) -o $$@ $$(filter %.o %.a,$$^) @build/libs -lcmocka

build/$(1)/tests/%_replay: build/$(1)/tests/fuzz/%_fuzz.o \
    build/$(1)/tests/fuzz/replay.o build/$(1)/objects.a build/libs
	$$(call say,LINK    $$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(LDFLAGS_$(1)) -o $$@ $$(filter %.o %.a,$$^) @build/libs

build/$(1)/tests/%_fuzz: build/$(1)/tests/fuzz/%_fuzz.o build/$(1)/objects.a build/libs
	$$(call say,LINK    $$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(LDFLAGS_$(1)) -fsanitize=fuzzer -o $$@ $$(filter %.o %.a,$$^) @build/libs

build/$(1)/bench/%: build/$(1)/tests/bench/%.o \
    $$(BENCH_KIT:%.c=build/$(1)/%.o) build/$(1)/objects.a build/libs
	$$(call say,LINK    $$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(LDFLAGS_$(1)) -o $$@ $$(filter %.o %.a,$$^) @build/libs

-include $$(wildcard build/$(1)/*/*.d build/$(1)/*/*/*.d build/$(1)/*/*/*/*.d)
endef
$(foreach m,$(MODES),$(eval $(call mode_rules,$(m))))

# --- tests --------------------------------------------------------------------

# Only tests of the threads run under TSan as well: what they say in line one.
THREADED := $(shell grep -l 'threads: yes' $(UNIT) /dev/null 2>/dev/null)
REPLAYS := $(if $(wildcard tests/fuzz/replay.c),$(FUZZ:tests/fuzz/%_fuzz.c=build/asan/tests/%_replay))
tests: $(TESTS_$(MODE))
test-programs: $(TESTS_asan) build/release/bench/load build/release/bench/ceiling \
    $(REPLAYS) build/asan/mailscope build/tsan/mailscope \
    $(THREADED:tests/unit/%.c=build/tsan/tests/%)
fuzzers: $(FUZZ:tests/fuzz/%.c=build/fuzz/tests/%)

# What npm brings for the browser tests.
BROWSER := $(if $(wildcard tests/live/browser/package-lock.json),tests/live/browser/node_modules/.installed)
tests/live/browser/node_modules/.installed: tests/live/browser/package-lock.json | $(NEEDS)
	$(call say,NPM     tests/live/browser)
	$(Q)cd tests/live/browser && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

test: program test-programs $(BROWSER)
	@$(PYTHON) tests/run.py

test-image: program
	@$(PYTHON) tests/run.py --suite image

test-clang: $(TESTS_clang) build/clang/mailscope
	@$(PYTHON) tests/run.py --suite clang

lint: build/version.h build/cflags build/page/page.c
	@$(PYTHON) tests/run.py --suite lint

ifeq (,$(wildcard webui/embed.py))
build/page/page.c:
	@:
endif

fuzz: fuzzers
	@$(PYTHON) tests/run.py --suite fuzz --seconds $(SECONDS)

bench: program $(BENCH:tests/bench/%.c=build/$(MODE)/bench/%) \
    build/release/bench/load $(BROWSER)
	@$(PYTHON) tests/bench/run.py

soak: program build/release/bench/load
	@$(PYTHON) tests/soak/run.py

screenshots: program $(BROWSER)
	@cd tests/live/browser && node screenshots.mjs

run: program
	@build/mailscope

# --- what is installed --------------------------------------------------------

# $(1) packages, $(2) what to say when they cannot be installed from here. What
# comes for a test (nginx, Postfix) must not start as a service of the machine.
install = missing=$$(dpkg-query -W -f '$${Package} $${db:Status-Status}\n' $(1) 2>/dev/null | \
    awk -v want="$(strip $(1))" '$$2 == "installed" {have[$$1] = 1} \
        END {n = split(want, w, " "); for (i = 1; i <= n; i++) if (!(w[i] in have)) printf "%s ", w[i]}'); \
  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
  if [ -z "$$missing" ]; then :; \
  elif ! command -v apt-get >/dev/null; then echo "mailscope: no apt-get here; $(2): $$missing" >&2; \
  elif [ -n "$$sudo" ] && ! command -v sudo >/dev/null; then \
    echo "mailscope: neither root nor sudo here; $(2): $$missing" >&2; \
  else echo "  APT     $$missing"; policy=/usr/sbin/policy-rc.d; \
    [ -e $$policy ] || { trap "$$sudo rm -f $$policy" EXIT INT TERM; \
        printf '\#!/bin/sh\nexit 101\n' | $$sudo install -m755 /dev/stdin $$policy; }; \
    apt="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq"; \
    $$apt update >/dev/null; $$apt install -y --no-install-recommends $$missing >build/apt.log 2>&1

deps:
	@mkdir -p build
	@$(call install,$(DEPS) $(NODE),install what corresponds to) || \
	    { tail -n 5 build/apt.log >&2; exit 1; }; fi

deps-test: | deps
	@mkdir -p build
	@$(call install,$(DEPS_TEST),install what corresponds to) || \
	    { tail -n 5 build/apt.log >&2; exit 1; }; fi
	@$(call install,$(DEPS_CLIENTS),tests skip) || for one in $$missing; do \
	    $$apt install -y --no-install-recommends $$one >>build/apt.log 2>&1 || \
	    echo "  SKIP    $$one cannot be installed; its tests will be skipped"; done; fi

deps-lint: | deps
	@mkdir -p build
	@$(call install,$(DEPS_LINT),install what corresponds to) || \
	    { tail -n 5 build/apt.log >&2; exit 1; }; fi

# --- how it leaves the house: docker/README.md --------------------------------

UNITS := $(PREFIX)/lib/systemd/system
SHARE := $(DESTDIR)$(PREFIX)/share
# Where zsh looks below any prefix; packages of Debian have a place of their own.
ZSH ?= $(SHARE)/zsh/site-functions
install: program
	install -Dm755 build/mailscope $(DESTDIR)$(PREFIX)/bin/mailscope
	ln -sfn mailscope $(DESTDIR)$(PREFIX)/bin/mailscope-sendmail
	install -d $(SHARE)/man/man1 $(DESTDIR)$(UNITS) \
	    $(SHARE)/bash-completion/completions $(ZSH) \
	    $(SHARE)/fish/vendor_completions.d
	build/mailscope man | gzip -9n >$(SHARE)/man/man1/mailscope.1.gz
	ln -sfn mailscope.1.gz $(SHARE)/man/man1/mailscope-sendmail.1.gz
	build/mailscope completion bash >$(SHARE)/bash-completion/completions/mailscope
	build/mailscope completion zsh >$(ZSH)/_mailscope
	build/mailscope completion fish >$(SHARE)/fish/vendor_completions.d/mailscope.fish
	sed 's|@PREFIX@|$(PREFIX)|' docker/package/mailscope.service \
	    >$(DESTDIR)$(UNITS)/mailscope.service
	install -m644 docker/package/mailscope.socket $(DESTDIR)$(UNITS)/

deb: program
	@sh docker/package/deb.sh $(VERSION) $(CURDIR)/build

dist: program
	@sh docker/package/dist.sh $(VERSION) $(CURDIR)/build

# DOCKER=podman where that is what there is.
DOCKER ?= docker
image:
	$(DOCKER) build -f docker/Dockerfile -t mailscope --build-arg MAILSCOPE_COMMIT=$$( \
	    cat .commit 2>/dev/null || git rev-parse --short=12 HEAD 2>/dev/null || echo unknown) .

clean:
	rm -rf build webui/app/dist

help:
	@sed -n '2,6p' Makefile
	@echo "#   deps deps-test deps-lint tests lint fuzz bench soak clean"
	@echo "#   install deb dist image screenshots test-image test-clang"
