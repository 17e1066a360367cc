# Every target first sees to it that .venv is as the lock file says; that costs nothing when it is.

PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= .data
TESTS ?= tests

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
COMPILE := $(VENV)-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-emit-options

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-all screens chromium check format bench lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: $(INSTALLED) ## Make .venv from the lock file, and nothing more

$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
		"cxprofiles needs Python 3.11 or newer: say PYTHON=/path/to/one.")'
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: setup ## Start everything on real records and a real client, and show what it finds out
	@$(BIN)/python manage.py demo $(if $(filter file,$(origin PORT)),,--port $(PORT)) --data-dir $(DATA_DIR) $(ARGS)

up: setup ## Start the whole service (PORT, DATA_DIR)
	@$(BIN)/python manage.py up --port $(PORT) --data-dir $(DATA_DIR) $(ARGS)

test: setup chromium ## Run the tests (TESTS=path for some)
	$(BIN)/pytest -m "not slow" -n 2 --dist loadgroup $(TESTS) $(ARGS)

test-all: setup chromium ## Run the tests, the slow ones too
	$(BIN)/pytest -n 2 --dist loadgroup $(TESTS) $(ARGS)

screens: setup chromium ## Take the pictures in docs/screens anew
	CXPROFILES_SCREENS=1 $(BIN)/pytest -n 2 tests/screens $(ARGS)

chromium: ## Install Chromium for the browser tests, where it can be had
	@tests/e2e/install-chromium

check: setup ## Format, lint, types, layers, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: setup ## Bring the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Measure, and print each figure beside its bar
	$(BIN)/python -m tests.benchmarks $(ARGS)

lock: ## Write the lock files anew from requirements*.in
	@test -x $(VENV)-lock/bin/pip-compile || { $(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet pip-tools; }
	CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) $(ARGS) --output-file requirements.txt requirements.in
	CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) $(ARGS) --constraint requirements.txt --output-file requirements-dev.txt requirements-dev.in

clean: ## Remove what the other targets made; the data folder stays
	rm -rf $(VENV) $(VENV)-lock .data-test* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
