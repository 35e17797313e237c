# Sets up a virtual environment of its own and runs everything in it; nothing relies on what the machine has installed
# beyond Python 3.11+, git, make and OpenSSH's client.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MITMPROXY := $(VENV)/mitmproxy/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench format lock schema rules mitmproxy clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

demo: $(READY) ## Run the main job on the embedded sandbox: no key, no network
	@$(BIN)/reconcile demo

test: $(READY) ## Run the tests
	$(BIN)/pytest -n auto -q $(TESTS)

soak: $(READY) ## Kill, interrupt and trouble an apply at every request; takes long
	RECONCILE_SOAK=1 $(BIN)/pytest -n $(or $(JOBS),auto) -q tests/faults

check: $(READY) ## Format, lint, types, layers, dependencies, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(MAKE) mitmproxy
	$(MAKE) test

bench: $(READY) ## Measure everything, about nine minutes: make bench JSON=figures.json writes JSON too
	$(BIN)/python -m tests.benchmarks $(if $(JSON),--json $(JSON)) $(if $(QUICK),--quick)

format: $(READY) ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: $(READY) ## Write schema/ anew from the models
	for name in services plan approvals result; do $(BIN)/reconcile schema $$name > schema/$$name.schema.json; done

rules: $(READY) ## Write docs/rules.md anew from the registry
	$(BIN)/reconcile rules --format markdown > docs/rules.md

mitmproxy: $(MITMPROXY) ## Install mitmproxy, which one test sends its requests through

COMPILE = $(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header
DEVELOPMENT := requirements/development.txt
lock: $(READY) ## Resolve all dependencies anew, with hashes
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv
	$(COMPILE) pyproject.toml --all-extras --group dev --output-file $(DEVELOPMENT)
	$(COMPILE) pyproject.toml --no-annotate --constraints $(DEVELOPMENT) --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --no-annotate --constraints $(DEVELOPMENT) --all-extras \
	  --output-file requirements/extras.txt
	$(COMPILE) requirements/mitmproxy.in --output-file requirements/mitmproxy.txt

clean: ## Remove what the targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

# In an environment of its own: it pins cryptography, h2 and others to versions that ours are beyond.
$(MITMPROXY): requirements/mitmproxy.txt
	$(PYTHON) -m venv $(VENV)/mitmproxy
	$(VENV)/mitmproxy/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(READY): pyproject.toml requirements/development.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "reconcile needs Python 3.11 or newer; say which with: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/development.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
