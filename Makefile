# Everything a developer or a first-time user needs. Each target first sets up what it uses, on a fresh Debian too.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
PEERS := benchmarks/.venv
PHP_WASM := .cache/php-wasm
BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check --quiet
# For `make test TESTS=tests/credit`, `make replay FILE=orders.csv OPTIONS="--limit 5000"` and the like.
TESTS ?= tests
OPTIONS ?=

.PHONY: help run test check format bench bench-reminders replay replay-receivables bridge recordings openapi lock clean

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

run: $(VENV)/.installed ## Start service and worker on an embedded database, with a demo merchant
	@$(BIN)/encours run $(OPTIONS)

test: check $(PHP_WASM)/.installed | php node chromium ## Format, lint and type checks, then every test
	@$(BIN)/python -m pytest -n 2 $(TESTS) $(OPTIONS)

check: $(VENV)/.installed-dev ## Format, lint and type checks only
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/.installed-dev ## Format the code and repair what the linter can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev $(PEERS)/.installed ## Measure speed against bare floors, pgbench and a peer
	@$(BIN)/python -m benchmarks $(OPTIONS)

bench-reminders: $(VENV)/.installed-dev ## Measure how fast reminders are found, queued and sent
	@$(BIN)/python -m benchmarks.reminders $(OPTIONS)

replay: $(VENV)/.installed ## Drive a fresh service with a real order history: make replay FILE=orders.csv
	@test -n "$(FILE)" || { echo "Say which file: make replay FILE=orders.csv" >&2; exit 2; }
	@$(BIN)/encours replay --start $(OPTIONS) "$(FILE)"

replay-receivables: $(VENV)/.installed ## Dun a real history of invoices: make replay-receivables FILE=receivables.csv
	@test -n "$(FILE)" || { echo "Say which file: make replay-receivables FILE=receivables.csv" >&2; exit 2; }
	@$(BIN)/encours replay-receivables $(OPTIONS) "$(FILE)"

bridge: | python ## Build the PrestaShop module as dist/encours-<version>.zip
	@$(PYTHON) prestashop_bridge/build.py dist

recordings: $(VENV)/.installed-dev ## Write anew what the module and the service say to each other
	@ENCOURS_RECORD=1 $(BIN)/python -m pytest -q tests/bridge/test_recorded.py

openapi: $(VENV)/.installed ## Write openapi.yaml from the routes
	@$(BIN)/encours openapi --output openapi.yaml

clean: ## Remove environments and caches; .data, the embedded database, stays
	rm -rf $(VENV) $(PEERS) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -not -path './node_modules/*' -prune -exec rm -rf {} +

# Hashes let any mirror serve the packages, so a lock names none.
LOCK = .cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

lock: .cache/uv/bin/uv ## Choose versions anew and write the locks (UPGRADE=--upgrade takes newer ones)
	$(LOCK) $(UPGRADE) pyproject.toml --output-file requirements.lock
	$(LOCK) $(UPGRADE) pyproject.toml --extra dev --constraints requirements.lock --output-file requirements-dev.lock
	$(LOCK) $(UPGRADE) benchmarks/requirements.in --output-file benchmarks/requirements.lock

.cache/uv/bin/uv: | python
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python $(PIP) install uv

# The project is installed in place: the stamp files say which lock an environment was made from.
$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the service into $(VENV) ..."
	@$(BIN)/python $(PIP) install --require-hashes --requirement requirements.lock
	@$(BIN)/python $(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the development tools into $(VENV) ..."
	@$(BIN)/python $(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(PEERS)/.installed: benchmarks/requirements.lock | $(PEERS)/bin/python
	@echo "Installing the peers into $(PEERS) ..."
	@$(PEERS)/bin/python $(PIP) install --require-hashes --requirement benchmarks/requirements.lock
	@touch $@

$(VENV)/bin/python $(PEERS)/bin/python: | python
	@$(PYTHON) -m venv $(@D:/bin=)

# Debian ships Python without what makes environments.
.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory python-venv

.PHONY: python-venv
python-venv:
	@$(call debian,python3-venv)

# The module is tested under the PHP that Debian ships, and under others that come as WebAssembly. The samples in the guide
# for integrators are run as they are printed.
.PHONY: php node npm chromium
php:
	@command -v php >/dev/null && command -v phpunit >/dev/null && command -v phpcs >/dev/null \
		&& php -r 'exit((int) (bool) array_diff(["curl", "mbstring", "pdo_sqlite", "xml"], get_loaded_extensions()));' \
		|| { $(call debian,php-cli php-curl php-mbstring php-sqlite3 php-xml phpunit php-codesniffer); }
node:
	@command -v node >/dev/null || { $(call debian,nodejs); }
# What people see is looked at in a real browser.
chromium:
	@test -n "$${CHROMIUM:-}" || command -v chromium >/dev/null || { $(call debian,chromium); }
npm: node
	@command -v npm >/dev/null || { $(call debian,npm); }

$(PHP_WASM)/.installed: prestashop_bridge/tests/wasm/package-lock.json prestashop_bridge/tests/wasm/package.json | npm
	@echo "Installing other versions of PHP into $(PHP_WASM) ..."
	@mkdir -p $(PHP_WASM)
	@cp prestashop_bridge/tests/wasm/package-lock.json prestashop_bridge/tests/wasm/package.json prestashop_bridge/tests/wasm/.npmrc $(PHP_WASM)
	@cd $(PHP_WASM) && npm ci --no-progress --loglevel=error
	@touch $@

# Installs a Debian package when allowed to, else says which one is missing.
define debian
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1); \
else \
	echo "Missing: $(1). Install it first: sudo apt-get install $(1)" >&2; exit 1; \
fi
endef
