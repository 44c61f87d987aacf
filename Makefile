# Everything a person or a machine runs here. Each target sets itself up in .venv; it needs Python 3.11 or newer,
# make, and the network for pip (and apt, for the browser tests, when run as root).

PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests notebooks
SPECS ?= ../shared/specs
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: help demo lab test test-all check bench catalogue page clean debian-packages

help:
	@cat <<'TEXT'
	make demo      1,000 messy rows to a failing API and back, then the tour notebook, executed
	make lab       JupyterLab, opened at the tour
	make test      all tests, but for the long soaks (make test-all runs those too)
	make check     ruff, strict typing, floors
	make bench     the benchmarks; writes benchmarks/RESULTS.md
	make page      writes notebooks/integrations.md from the integrations' files
	make catalogue the operations catalogue, compiled from the vendors' descriptions (SPECS=folder)
	make clean     remove what these targets made
	TEXT

# The tour is executed while the demo runs: most of both is waiting for the rate limit.
demo: .venv/.ready-lab
	@rm -rf build/tour && mkdir -p build/tour
	PENSTOCK_HOME='$(CURDIR)/build/tour/home' $(BIN)/python -m nbconvert --to notebook --execute \
	    --output-dir build/tour notebooks/01_batch.ipynb >build/tour/log 2>&1 &
	tour=$$!
	trap 'kill $$tour 2>/dev/null || true' EXIT
	$(BIN)/python -m penstock demo
	wait $$tour || { cat build/tour/log >&2; exit 1; }
	$(BIN)/python -m nbconvert --log-level=ERROR --to html --output-dir build/tour build/tour/01_batch.ipynb
	echo
	echo "The tour notebook, executed:  $(CURDIR)/build/tour/01_batch.ipynb"
	echo "the same as a page:           $(CURDIR)/build/tour/01_batch.html"
	echo "To run it yourself:           make lab"

lab: .venv/.ready-lab
	@$(BIN)/python -m penstock lab notebooks/00_welcome.ipynb $(if $(ARGS),-- $(ARGS))

# A test that hangs is ended by pytest-timeout; `timeout` ends a whole run that hangs.
PYTEST = timeout --foreground --signal=INT --kill-after=30 $(1) $(BIN)/python -m pytest \
    --nbval-lax --nbval-current-env --nbval-cell-timeout=120 $(TESTS) $(ARGS)

test test-all: DEBIAN = chromium nginx-light fonts-dejavu-core

test: .venv/.ready-test debian-packages
	@$(call PYTEST,1500) -m "not slow"

test-all: .venv/.ready-test debian-packages
	@$(call PYTEST,7200)

check: .venv/.ready-test
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_floors.py

bench: DEBIAN = nginx-light

bench: .venv/.ready-bench debian-packages
	@$(BIN)/python benchmarks/run.py $(ARGS)

# Names once given are kept: where a vendor has changed nothing, nothing changes here.
catalogue: .venv/.ready-test
	@$(BIN)/python -m penstock.catalog.compile '$(SPECS)'

page: .venv/.ready-test
	@$(BIN)/python tests/integrations/page.py

clean:
	@rm -rf .venv build dist .hypothesis .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. A stamp says that .venv holds the package with an extra, as pyproject.toml asks for it now.

.venv/.ready-%: pyproject.toml | .venv/bin/python
	@echo "Setting up .venv for '$*' …"
	$(BIN)/python -m pip install -qq --editable '.[$*]'
	touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	    echo "Python 3.11 or newer is needed and '$(PYTHON)' is not; name another one: make PYTHON=python3.12 …" >&2
	    exit 1
	}
	# Debian splits off what venv needs to put pip into a new environment.
	if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then
	    $(PYTHON) -m venv --clear .venv
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then
	    $(PYTHON) -m venv --clear --without-pip .venv
	    $(PYTHON) -m pip --python .venv/bin/python install -qq pip || { rm -rf .venv; exit 1; }
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
	    $(PYTHON) -m venv --clear .venv
	else
	    echo "'$(PYTHON)' cannot make a virtual environment with pip in it. On Debian and Ubuntu:" >&2
	    echo "    sudo apt install python3-venv" >&2
	    exit 1
	fi

debian-packages:
	@missing=()
	for package in $(DEBIAN); do
	    case $$package in
	        fonts-*) [ -d /usr/share/fonts/truetype/dejavu ] || missing+=($$package) ;;
	        *) command -v $${package%-light} >/dev/null || missing+=($$package) ;;
	    esac
	done
	[ $${#missing[@]} = 0 ] && exit 0
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	    echo "Installing $${missing[*]} …"
	    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	        apt-get install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null; then exit 0; fi
	fi
	echo "Not installed: $${missing[*]}. What needs them is skipped; to have it all: sudo apt install $${missing[*]}"
