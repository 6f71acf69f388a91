# make demo    the quickstart notebook in JupyterLab          make bench   benchmarks
# make test    everything CI runs                             make lint    style and types, Python and TypeScript
# make build   wheel and sdist in dist/                       make format  rewrites to the style
# make clean   built files, caches                            make distclean  also .venv*, node_modules
#
# Needs Python >= 3.11 with venv; Node.js, a browser and all packages are found or installed. Everything is
# installed in .venv (and .venv-ipykernel6, an older kernel for the tests); stamps in .venv/.stamps make
# the second run quick.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test bench docs lint format build clean distclean setup chromium check-python check-js vitest

# The first interpreter that is new enough; only looked for when the environment is made.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
# Exactly this one, and first: any other request for torch brings gigabytes of CUDA libraries along.
TORCH ?= torch==2.13.0

PY := .venv/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check
PY6 := .venv-ipykernel6/bin/python
STAMPS := .venv/.stamps
NODE := sh tools/with_node.sh
STEP := sh tools/step.sh
STATIC := jupyter_explain/static/widget.js
NODE_MODULES := js/node_modules/.package-lock.json
JS_SOURCES := $(shell find js/src -type f 2>/dev/null) $(wildcard js/*.json js/*.mjs js/*.ts)
# Steps side by side, each one's output in one piece where this make can (GNU make 4).
PARALLEL := $(MAKE) -s -j4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# Idle OpenMP threads sleep: spinning ones slow every other process on a small machine down.
THREADS := OMP_WAIT_POLICY=passive OMP_NUM_THREADS=2
export MPLBACKEND = Agg
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The Makefile builds the front end by itself (rule below); pip need not.
export JX_SKIP_FRONTEND = 1

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

demo:
	@$(PARALLEL) $(STAMPS)/demo $(STATIC)
	@env -u MPLBACKEND OMP_WAIT_POLICY=passive $(PY) tools/demo.py examples/quickstart.ipynb

test: setup
	@$(PARALLEL) check-python check-js vitest
	@JX_CHROMIUM="$$(sh tools/chromium.sh)" $(THREADS) $(PY) -m pytest $(PYTEST_ARGS)

bench:
	@$(PARALLEL) $(STAMPS)/dev $(STATIC)
	@JX_CHROMIUM="$$(sh tools/chromium.sh)" $(THREADS) $(PY) benchmarks/run.py $(BENCH_ARGS)

docs: $(STAMPS)/dev
	@$(PY) tools/docs.py $(DOCS_ARGS)

lint:
	@$(PARALLEL) $(STAMPS)/dev $(NODE_MODULES)
	@$(PARALLEL) check-python check-js

format: $(STAMPS)/dev $(NODE_MODULES)
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .
	@$(NODE) sh -c 'cd js && npx biome check --write .'

build: $(STAMPS)/dev $(STATIC)
	@rm -rf dist
	@$(STEP) "wheel and sdist" $(PY) -m build
	@ls -l dist

clean:
	rm -rf dist build artifacts jupyter_explain/static
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis js/coverage
	find . -name __pycache__ -type d -not -path './.venv*' -not -path './js/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv .venv-ipykernel6 js/node_modules

# --- checks -----------------------------------------------------------------------------------------------

check-python:
	@$(STEP) "ruff" $(PY) -m ruff check --quiet .
	@$(STEP) "ruff format" $(PY) -m ruff format --quiet --check .
	@$(STEP) "mypy" $(PY) -m mypy

check-js:
	@$(STEP) "biome, tsc" $(NODE) npm --prefix js run check

vitest:
	@$(STEP) "vitest" $(NODE) npm --prefix js run test

# --- environments -----------------------------------------------------------------------------------------

setup:
	@$(PARALLEL) $(STAMPS)/dev $(STAMPS)/ipykernel6 $(STATIC) chromium

chromium:
	@$(STEP) "Chromium" sh tools/chromium.sh

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "jupyter_explain needs Python >= 3.11; make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(STEP) "Python environment" sh -c '"$$0" -m venv .venv && $(PIP) --upgrade "pip>=25.1"' "$(PYTHON)"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/torch: $(STAMPS)/venv
	@$(STEP) "$(TORCH)" $(PIP) "$(TORCH)"
	@touch $@

$(STAMPS)/demo: pyproject.toml $(STAMPS)/torch
	@$(STEP) "jupyter_explain, JupyterLab" $(PIP) -e ".[torch,sklearn,image]" --group demo
	@touch $@

$(STAMPS)/dev: pyproject.toml $(STAMPS)/demo
	@$(STEP) "test and lint tools" $(PIP) --group dev
	@touch $@

# Most hubs still run ipykernel 6, whose threads and message queues work otherwise: an environment of its own.
$(STAMPS)/ipykernel6: pyproject.toml | $(STAMPS)/venv
	@test -x $(PY6) || $(PY) -m venv .venv-ipykernel6
	@$(STEP) "ipykernel 6 environment" $(PY6) -m pip install -qq -e . "ipykernel<7"
	@$(PY6) -m ipykernel install --prefix .venv --name jx-ipykernel6 --display-name "ipykernel 6" >/dev/null 2>&1
	@touch $@

# --- front end --------------------------------------------------------------------------------------------

$(NODE_MODULES): js/package.json js/package-lock.json | $(STAMPS)/venv
	@$(STEP) "front-end packages" $(NODE) npm --prefix js ci --no-audit --no-fund
	@touch $@

$(STATIC): $(NODE_MODULES) $(JS_SOURCES)
	@$(STEP) "front end" $(NODE) npm --prefix js run build
	@touch jupyter_explain/static/*
