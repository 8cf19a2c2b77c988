# `make run` opens the viewer, `make test` checks everything. Both set the machine up first.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: help run window report test deny setup-test

# cargo-deny is built once per machine, unoptimised: that takes a third of the time, and the check
# itself stays a matter of seconds.
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/silhouette-tools
DENY := $(TOOLS)/bin/cargo-deny
DENY_VERSION := 0.20.2

# The bundled study, and where a machine without a display puts its pictures.
STUDY := assets/study
REPORT := report
SILHOUETTE := cargo run --locked --quiet --

help:
	@echo 'make run   builds Silhouette and opens the bundled study (without a display: writes pictures to $(REPORT)/)'
	@echo 'make test  formatting, lints, documentation, licences and all tests'

run:
	@assets/setup-debian.sh run
	@echo 'Building (the first time takes a while: see README.md, “Contributing”).'
	@cargo build --locked
	@if [ "$$(uname -s)" != Linux ] || [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; \
	then $(MAKE) --no-print-directory window; \
	else $(MAKE) --no-print-directory report; fi

window:
	@$(SILHOUETTE) $(STUDY)

# Same work as the window's, for machines without a display.
report:
	@echo 'There is no display here, so the bundled study is analysed into pictures instead.'
	@mkdir -p $(REPORT)
	@$(SILHOUETTE) analyze $(STUDY) --out $(REPORT)
	@for film in $(STUDY)/*.png; do \
	  name=$$(basename "$$film" .png); \
	  $(SILHOUETTE) render "$$film" --model squid --side-by-side --out "$(REPORT)/$$name.png"; \
	done
	@echo 'The pictures are in $(CURDIR)/$(REPORT):'
	@ls -1 $(REPORT)/*.png

test: setup-test deny
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
	cargo test --locked --doc
	cargo test --locked --lib --bins --tests

setup-test:
	@assets/setup-debian.sh test

deny: $(DENY)
	$(DENY) --log-level error check licenses bans sources

$(DENY): | setup-test
	env -u CARGO_TARGET_DIR cargo install --locked --debug --root $(TOOLS) cargo-deny --version $(DENY_VERSION)
