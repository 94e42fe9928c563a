# Every target sets up what it needs: a fresh machine wants Python 3.11 or later and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# One more than there are cores: journeys wait for programs as much as they compute. More than eight gain little.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, (os.cpu_count() or 1) + 1))')

# Every screen of the console, as Chromium showed it to the tests at two widths: for people to look at, and for CI to keep.
SCREENSHOTS ?= $(CURDIR)/build/screenshots

# Container images often set it; the tests start this program hundreds of times, and would compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test tests check lint types histories bench run docs lock clean

help:  ## what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up $(VENV): a minute or two, this once…"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY)  ## make .venv with the pinned dependencies

demo: $(READY)  ## start a server, play the service's story, stay up (ONCE=1: stop after the story)
	@$(BIN)/vaguemestre demo $(if $(ONCE),--once)

run: $(READY)  ## serve from ./var (made on first use)
	@test -f var/vaguemestre.toml || $(BIN)/vaguemestre init var
	@$(BIN)/vaguemestre serve --config var/vaguemestre.toml

check: lint types  ## lint, types, import contracts

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy
	$(BIN)/lint-imports

# What lint finds is said at once. Types are one process and a minute long: they are read while the tests run.
test: lint  ## everything: check, and all the tests
	@$(MAKE) --no-print-directory --jobs=2 types tests

tests: $(READY)
	VAGUEMESTRE_SCREENSHOTS=$(SCREENSHOTS) $(BIN)/pytest -n $(WORKERS) --dist worksteal

# Of each of the two ways in which a citizen may write.
HISTORIES ?= 2500
histories: $(READY)  ## thousands of random histories against the policy told a second time (some 20 minutes)
	VAGUEMESTRE_HISTORIES=$(HISTORIES) $(BIN)/pytest -n $(WORKERS) tests/model

bench: $(READY)  ## the figures of docs/performance.md, measured here and now
	$(BIN)/python -m benchmarks

docs: $(READY)  ## write the generated pages again (rules, settings, operations)
	$(BIN)/python -m vaguemestre.cli.docs docs

COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock: $(READY)  ## pin the dependencies again (needs uv)
	$(COMPILE) --group dev -o requirements.lock
	$(COMPILE) --group image -c requirements.lock -o requirements.image.lock

clean:  ## forget .venv and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
