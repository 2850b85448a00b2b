# Two verbs to start with: `make run` and `make test`. The environment is made when it is missing.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

export DAGSTER_DISABLE_TELEMETRY := 1
export DAGSTER_DG_UPDATE_CHECK_ENABLED := 0
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help run test check ui lock drift docs clean

help:            ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(READY)    ## capture, build, check and publish everything, offline
	@$(BIN)/voorkant refresh

test: $(READY)   ## all tests
	@$(BIN)/python -m tests.support.validators.environments
	@$(BIN)/python -m pytest $(AT_ONCE)

check: $(READY)  ## lint, types, import layers, unit tests; under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q $(AT_ONCE) tests/unit

ui: $(READY)     ## the asset graph and the runs in Dagster, on this machine only
	@mkdir -p .state/dagster
	@DAGSTER_HOME=$(CURDIR) $(BIN)/dagster dev --host 127.0.0.1 --port 3000

lock: $(READY)   ## make the locks anew from pyproject.toml and tests/validators/*.in
	@$(call locked,.)

drift: $(READY)  ## is everything that is generated up to date?
	@rm -rf .venv/locks && mkdir -p .venv/locks/tests/validators
	@for lock in $(LOCKS); do cp $$lock .venv/locks/$$lock; done
	@$(call locked,.venv/locks)
	@for lock in $(LOCKS); do diff -u $$lock .venv/locks/$$lock || { echo "$$lock is not what was asked for: run make lock"; exit 1; }; done
	@$(BIN)/python -m pipelines.handbook --check

docs: $(READY)   ## generate docs/rules/, the table in docs/gx-polars.md, the pictures in docs/img/method/, docs/templates/
	@$(BIN)/python -m pipelines.handbook

clean:           ## remove the environment and what can be rebuilt (keeps published/ and the archive)
	@rm -rf .venv .state/environments .state/tables .state/refreshed .state/dagster .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

# A file of tests goes to one process as a whole, so what it shares is made once; in order of name, because the
# long files come first then. More processes would only make more refreshes.
AT_ONCE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Valid for every platform and Python version we support; hashes, but no addresses.
LOCKING := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras
VALIDATORS := $(wildcard tests/validators/*.in)
LOCKS := requirements.lock $(VALIDATORS:.in=.txt)
# Each lock, below the folder that is given.
locked = $(BIN)/uv pip compile --quiet $(LOCKING) pyproject.toml --group dev --output-file $(1)/requirements.lock \
	&& for each in $(VALIDATORS:.in=); do \
		$(BIN)/uv pip compile --quiet $(LOCKING) $$each.in --output-file $(1)/$$each.txt || exit 1; done

# pip compiles to bytecode, which halves the start-up time of what is installed.
$(READY): requirements.lock
	@echo "Making the environment in .venv (once; takes about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit("voorkant needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
