# Chappe: everything starts here. `make help` lists what there is.
# On a bare Debian or Ubuntu: sudo apt-get install -y make git python3 python3-venv

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# More arguments for pytest, for instance: make test ARGS="tests/unit -k phones"
ARGS ?=
# One benchmark by name, for instance: make bench BENCH=plan
BENCH ?=
TEST_PROCESSES ?= 3 # most tests wait for processes and services: one more than a small machine has cores

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check bench chaos services services-stop format lock schemas clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

demo: $(VENV)/.runtime $(VENV)/.chappe ## set everything up and run a whole campaign, nothing else needed
	$(BIN)/chappe demo

test: $(VENV)/.dev $(VENV)/.chappe ## run all tests on real RabbitMQ and PostgreSQL, then the coverage floors
	rm -f .coverage .coverage.*
	$(BIN)/python -m ops.services run -- \
	  $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --cov --cov-report= $(ARGS)
ifeq ($(strip $(ARGS)),)
	$(BIN)/coverage report --include='policy/*' --fail-under=100 --precision=2
	$(BIN)/coverage report --omit='policy/*' --fail-under=90 --precision=2
endif

check: $(VENV)/.dev $(VENV)/.chappe ## format, lint, types, import rings, dependencies, dead code, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/python -m ops.schemas --check
	$(BIN)/python -m ops.cli.docs --check
	$(BIN)/python -m ops.policy_pages --check
	$(BIN)/python -m ops.dashboards --check
	$(BIN)/python -m ops.deploy topology --check
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/hadolint Dockerfile
	$(BIN)/python -m pytest -q tests/architecture

bench: $(VENV)/.dev $(VENV)/.chappe ## measure on real services, one JSON object per line (BENCH=name for one)
	@$(BIN)/python -m ops.services run -- $(BIN)/python -m ops.bench $(BENCH)

chaos: $(VENV)/.dev $(VENV)/.chappe ## faults on real processes, one JSON object per line
	@$(BIN)/python -m ops.chaos

services: ## start real RabbitMQ and PostgreSQL on free ports and print their URLs
	@$(PYTHON) -m ops.services start

services-stop: ## stop them; nothing is left running
	@$(PYTHON) -m ops.services stop

format: $(VENV)/.dev ## write the format, and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: $(VENV)/.dev $(VENV)/.chappe ## write the generated files (schemas, pages, dashboards, alerts)
	$(BIN)/python -m ops.schemas
	$(BIN)/python -m ops.cli.docs
	$(BIN)/python -m ops.policy_pages
	$(BIN)/python -m ops.dashboards
	$(BIN)/python -m ops.deploy topology

# The index that packages come from is the reader's choice: it is never written to these files.
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal \
	--python-version 3.11 --custom-compile-command "make lock" pyproject.toml --group build

lock: $(VENV)/.dev ## write the locked requirement files from pyproject.toml (UPGRADE=--upgrade)
	$(LOCK) $(UPGRADE) --output-file requirements.txt
	$(LOCK) $(UPGRADE) --group dev --constraint requirements.txt --output-file requirements-dev.txt
	! grep -nE 'https?://|index-url|find-links' requirements.txt requirements-dev.txt

clean: services-stop ## remove the environment, the caches and whatever the tests left
	rm -rf $(VENV) .services .coverage .coverage.* .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. Each stamp is older than what it was made from only if that has changed.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Chappe needs Python 3.11 or newer, and $(PYTHON) is older or missing." \
	    "Install one (sudo apt-get install -y python3), or name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments." \
	    "Install what lacks: sudo apt-get install -y python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

# Chappe itself, editable; whichever of the two sets is there holds the build backend.
$(VENV)/.chappe: pyproject.toml | $(BIN)/python
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
