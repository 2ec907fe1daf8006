# One front door: each verb sets up what it needs, and CI calls the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: serve test docs lock clean help

help:            ## List the verbs.
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("ics-graph needs Python 3.11 or later, this is %d.%d: make PYTHON=python3.12 ..." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

serve: $(STAMP)  ## Run the service on the shipped graph: http://127.0.0.1:8000
	$(BIN)/ics-graph serve

test: $(STAMP)   ## All checks and tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/ics-graph validate
	$(BIN)/python -m pytest -m traced --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/python -m pytest -m "not traced" $(PYTEST_ARGS)
	$(BIN)/coverage report --include='ics_graph/temporal/*,ics_graph/governance/*,ics_graph/store/*' --fail-under=90

docs: $(STAMP)   ## Write the generated pages of docs/ anew.
	$(BIN)/python -m tests.support.documentation

lock: $(STAMP)   ## Renew requirements.lock from pyproject.toml.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --no-header \
	  --extra dev pyproject.toml requirements-build.in -o requirements.lock

clean:           ## Remove what was installed and built here.
	rm -rf $(VENV) build dist
