# From a fresh checkout with Python 3.11 or newer and nothing else: make up, make test.

FOUND := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v $$p; break; }; done)
PYTHON := .venv/bin/python
READ := import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*p["dependencies"], *(p["optional-dependencies"]["dev"] if "dev" in sys.argv else []), sep="\n")
# What Python would otherwise do at the first start; it does it again for what changes.
COMPILE = $(PYTHON) -m compileall -q -j 0 config core itsm notify people processes backlog

.PHONY: up test test-long bench screenshots messages audit lint
.DEFAULT_GOAL := up

up: .venv/installed
	@exec env UP_WITH_PARENT=1 $(PYTHON) manage.py up

test: .venv/installed-dev
	@$(PYTHON) -m tests.browser.chromium
	@$(PYTHON) -m tests.faults.alertmanager
	@.ci/suite

test-long: .venv/installed-dev
	@$(PYTHON) -m tests.browser.chromium
	@$(PYTHON) -m tests.faults.alertmanager
	@LONG=1 .ci/suite

lint: .venv/installed-dev
	@LINT_ONLY=1 .ci/suite

bench: .venv/installed-dev
	@$(PYTHON) -m bench

screenshots: .venv/installed-dev
	@$(PYTHON) -m tests.browser.chromium
	@$(PYTHON) -m tests.browser.screenshots

# New texts of the sources go into locale/; docs/guide.md says how to translate them.
messages: .venv/installed
	@$(PYTHON) -m config.catalogue

audit: .venv/installed-dev
	@$(PYTHON) -m pip install --quiet pip-audit
	@$(PYTHON) -m pip_audit

.venv/bin/python:
	@test -n "$(FOUND)" || { echo "Beeline needs Python 3.11 or newer, and none was found." >&2; exit 1; }
	@echo "Making .venv with $(FOUND) …"
	@$(FOUND) -m venv .venv || { rm -rf .venv; exit 1; }

# pip is asked only when pyproject.toml or tests/clients.txt has changed.
.venv/installed: pyproject.toml | .venv/bin/python
	@echo "Installing what Beeline needs …"
	@$(PYTHON) -c '$(READ)' > .venv/requirements.txt
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r .venv/requirements.txt
	@$(COMPILE)
	@touch $@

.venv/installed-dev: pyproject.toml tests/clients.txt | .venv/bin/python
	@echo "Installing what Beeline and its tests need …"
	@$(PYTHON) -c '$(READ)' dev > .venv/requirements-dev.txt
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r .venv/requirements-dev.txt
	@rm -rf .venv/clients
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .venv/clients -r tests/clients.txt
	@$(COMPILE)
	@touch .venv/installed $@
