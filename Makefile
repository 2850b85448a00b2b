# Two verbs to start with: `make run` and `make test`. The environment is made when it is missing.
PYTHON ?= python3
BIN := .venv/bin
# What running needs, and what tests need besides.
READY := .venv/.ready
TESTS := .venv/.ready-tests

export DAGSTER_DISABLE_TELEMETRY := 1
export DAGSTER_DG_UPDATE_CHECK_ENABLED := 0
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help run test check prove prove-touched mutants lowest newest ui lock drift docs clean

help:            ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(READY)    ## capture, build, check and publish everything, offline
	@$(BIN)/voorkant refresh

test: $(TESTS)   ## all tests
	@$(BIN)/python -m tests.support.validators.environments
	@$(BIN)/python -m pytest $(AT_ONCE)

check: $(TESTS)  ## lint, types, import layers, declared dependencies, unit tests; under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry . --no-ansi
	@$(BIN)/python -m pytest -q $(AT_ONCE) tests/unit

prove: $(TESTS)  ## the slow proofs in full; prove-touched: those whose subject differs from main
	@$(BIN)/python -m tests.support.proof
	@$(BIN)/python -m tests.support.mutants

prove-touched: $(TESTS)
	@$(BIN)/python -m tests.support.proof --touched

mutants: $(TESTS) ## change guarded lines one at a time in a copy of the tree: their tests must fail
	@$(BIN)/python -m tests.support.mutants

lowest: $(TESTS) ## the unit tests with the lowest allowed direct dependencies
	@$(call tested-with,lowest-direct)

newest: $(TESTS) ## the unit tests with the newest allowed dependencies
	@$(call tested-with,highest)

# An environment of its own, without a lock: what may be installed now is the question.
tested-with = $(BIN)/python -m uv venv -q --clear .state/environments/$(1) \
	&& $(BIN)/python -m uv pip install -q --python .state/environments/$(1) --resolution $(1) \
		--build-constraint requirements-test.lock --group dev --editable . \
	&& .state/environments/$(1)/bin/python -m pytest -q $(AT_ONCE) tests/unit

ui: $(READY)     ## the asset graph and the runs in Dagster, on this machine only
	@mkdir -p .state/dagster
	@DAGSTER_HOME="$(CURDIR)" $(BIN)/dagster dev --host 127.0.0.1 --port 3000

lock: $(TESTS)   ## make the locks anew from pyproject.toml and tests/validators/*.in
	@$(call locked,.)

drift: $(TESTS)  ## is everything that is generated up to date?
	@rm -rf .venv/locks && mkdir -p .venv/locks/tests/validators
	@for lock in $(LOCKS); do cp $$lock .venv/locks/$$lock; done
	@$(call locked,.venv/locks)
	@for lock in $(LOCKS); do diff -u $$lock .venv/locks/$$lock || { echo "$$lock is not what was asked for: run make lock"; exit 1; }; done
	@$(BIN)/python -m pipelines.handbook --check

docs: $(TESTS)   ## generate docs/rules/, the table in docs/gx-polars.md, the pictures in docs/img/method/, docs/templates/
	@$(BIN)/python -m pipelines.handbook

clean:           ## remove the environment and what can be rebuilt (keeps published/ and the archive)
	@rm -rf .venv .state/environments .state/tables .state/refreshed .state/dagster .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

# A file of tests goes to one process as a whole, so what it shares is made once; in order of name, because the
# long files come first then. More processes would only make more refreshes.
AT_ONCE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Valid for every platform and Python version we support; hashes, but no addresses.
LOCKING := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras
VALIDATORS := $(wildcard tests/validators/*.in)
LOCKS := requirements-test.lock requirements.lock requirements-uv.lock $(VALIDATORS:.in=.txt)
# Each lock, below the folder that is given. The tests' lock comes first: the other two hold parts of it.
compiled = $(BIN)/python -m uv pip compile --quiet $(LOCKING)
locked = $(compiled) pyproject.toml --group dev --output-file $(1)/requirements-test.lock \
	&& $(compiled) pyproject.toml --group build --constraint $(1)/requirements-test.lock --output-file $(1)/requirements.lock \
	&& $(compiled) --group uv --constraint $(1)/requirements-test.lock --output-file $(1)/requirements-uv.lock \
	&& for each in $(VALIDATORS:.in=); do \
		$(compiled) $$each.in --output-file $(1)/$$each.txt || exit 1; done

$(READY): requirements.lock tools/environment.py
	@echo "Making the environment in .venv (once)"
	@$(PYTHON) tools/environment.py .venv requirements.lock --editable
	@touch $(READY)

$(TESTS): $(READY) requirements-test.lock
	@echo "Adding what tests need to .venv (once)"
	@$(BIN)/python tools/environment.py .venv requirements-test.lock --extend
	@touch $(TESTS)
