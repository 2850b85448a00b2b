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
	@$(BIN)/python -m pytest

check: $(READY)  ## lint, types, import layers, unit tests; under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/unit

ui: $(READY)     ## the asset graph and the runs in Dagster, on this machine only
	@mkdir -p .state/dagster
	@DAGSTER_HOME=$(CURDIR) $(BIN)/dagster dev --host 127.0.0.1 --port 3000

lock: $(READY)   ## make the lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet $(LOCKING) pyproject.toml --group dev --output-file requirements.lock

drift: $(READY)  ## is everything that is generated up to date?
	@cp requirements.lock .venv/requirements.lock
	@$(BIN)/uv pip compile --quiet $(LOCKING) pyproject.toml --group dev --output-file .venv/requirements.lock
	@diff -u requirements.lock .venv/requirements.lock || { echo 'requirements.lock is not what pyproject.toml asks for: run make lock'; exit 1; }
	@$(BIN)/python -m expectations.handbook --check
	@$(BIN)/python -m expectations.gx_polars.coverage --check
	@$(BIN)/python -m docs.pictures --check

docs: $(READY)   ## generate docs/rules/, the table in docs/gx-polars.md, the pictures in docs/img/method/
	@$(BIN)/python -m expectations.handbook
	@$(BIN)/python -m expectations.gx_polars.coverage
	@$(BIN)/python -m docs.pictures

clean:           ## remove the environment and what can be rebuilt (keeps published/ and the archive)
	@rm -rf .venv .state/tables .state/refreshed .state/dagster .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

# Valid for every platform and Python version we support; hashes, but no addresses.
LOCKING := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras

# pip compiles to bytecode, which halves the start-up time of what is installed.
$(READY): requirements.lock
	@echo "Making the environment in .venv (once; takes about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit("voorkant needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
