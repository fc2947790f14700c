# The two commands of the README are `make run` and `make test`; `make help` lists the others.
# Works with GNU make 3.81 (macOS) and later.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
RUN_LOCKS := requirements/build.txt requirements/run.txt
LOCK := pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links -p 3.11

# What a Python must be: 3.11 or later, and able to make a virtual environment with pip in it.
IS_NEW := import sys; sys.exit(sys.version_info < (3, 11))
IS_WHOLE := import ensurepip, venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-long check bench reset lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/run.stamp ## Make the virtual environment and install what `make run` needs

run: setup ## Start everything with demo data, play one request of each type, stay up until Ctrl-C
	@$(PY) -m portal.cli up

test: $(VENV)/dev.stamp ## Run all tests (PYTEST_ADDOPTS adds options)
	$(PY) -m pytest -n auto --maxprocesses 4 --ignore tests/faults
	$(PY) -m pytest tests/faults

test-long: $(VENV)/dev.stamp ## Run the long forms of the fault tests
	$(PY) -m pytest --long

check: $(VENV)/dev.stamp ## Lint, formatting, types, layers, and that all generated documents are fresh
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m portal.rule_book --check
	$(PY) -m portal.cli diagrams --check
	$(PY) -m portal.cli openapi --check
	$(PY) -m portal.page_texts --check

bench: $(VENV)/dev.stamp ## Measure, and write benchmarks/results/
	$(PY) -m benchmarks

reset: ## Wipe the demo's data in var/
	@test ! -d var || test ! -x $(PY) || $(PY) -m portal.data_lock var
	rm -rf var

lock: $(VENV)/run.stamp ## Compile the lock files from pyproject.toml; versions that still fit stay
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PIP) install uv
	$(PY) -m uv $(LOCK) pyproject.toml -o requirements/run.txt
	$(PY) -m uv $(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	$(PY) -m uv $(LOCK) requirements/build.in -c requirements/dev.txt -o requirements/build.txt

clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so an interrupted installation is taken up again; a changed lock makes it stale.
$(VENV)/run.stamp: $(RUN_LOCKS) pyproject.toml
	@$(PY) -c '$(IS_NEW)' 2>/dev/null || { $(FIND_PYTHON); "$$found" -m venv --clear $(VENV); }
	@echo "installing from the lock files"
	@for lock in $(RUN_LOCKS); do $(PIP) install --require-hashes -r "$$lock" || exit 1; done
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# Each candidate is run, not only looked up: a name on PATH may be an empty shim.
define FIND_PYTHON
found=; half=; \
for name in $(or $(PYTHON),python3.13 python3.12 python3.11 python3.14 python3 python); do \
	"$$name" -c '$(IS_NEW)' 2>/dev/null || continue; \
	"$$name" -c '$(IS_WHOLE)' 2>/dev/null && { found=$$name; break; }; \
	half=$${half:-$$name}; \
done; \
if test -z "$$found" && test -n "$$half"; then \
	echo "$$half cannot make virtual environments: install its venv package" \
		"(Debian, Ubuntu: apt-get install python3-venv) and try again" >&2; exit 1; \
elif test -z "$$found"; then \
	echo "Python 3.11 or later is needed$(if $(PYTHON), and $(PYTHON) is not one, and none is on PATH);" \
		"install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
fi
endef
