# make demo    the explorer on a private nats-server with live sample traffic
# make test    everything: formatting, lint, types, import contract, tests
# make check   the first four only
# make bench   this client beside nats-py, ratios in one table (takes a few minutes)
# make dist    wheel and sdist in dist/, tried out in an environment of their own
# make screenshots   redraw what the README shows

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 6

# Compiled once, and not in each of the programs that tests start.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check collected unit bench dist screenshots install clean

# One at a time: two runs in a fresh checkout would spoil the environment for each other.
install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "natstui needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) scripts/locked.py .venv.lock $(MAKE) --silent $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	@touch $@

demo: install
	@$(BIN)/natstui demo

# Side by side: types are checked on one core only, and so is what is collected.
test: install
	@$(MAKE) --no-print-directory -j2 --output-sync=target check collected
	@$(MAKE) --no-print-directory unit

# What pytest makes of the tests is kept for all of its workers, which would do it at once.
collected: install
	@$(BIN)/python -m pytest --collect-only -q > /dev/null || true

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: install
	$(BIN)/python scripts/get_nats_server.py
	@# Data in a folder of this run's own: another run in this checkout must not mix with it.
	@# Native tracebacks: the others parse the sources anew, which CPython 3.11 sometimes fails to.
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && export COVERAGE_FILE="$$data/coverage" && \
	set -x && \
	$(BIN)/coverage run -m pytest -n $(WORKERS) --tb=native && \
	$(BIN)/coverage combine --quiet && \
	$(BIN)/coverage report && \
	$(BIN)/coverage report --include='natstui/client/protocol/*' --fail-under=100

bench: install
	$(BIN)/python -m bench

dist: install
	$(BIN)/python scripts/dist.py

screenshots: install
	$(BIN)/python scripts/screenshots.py
	$(BIN)/python scripts/live_screenshots.py
	$(BIN)/python scripts/recording.py

clean:
	rm -rf $(VENV) .venv.lock .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
