# Every target starts from nothing: it makes .venv first when that is missing or older than the requirements.
# PYTHON=/path/to/python3.12 chooses the interpreter.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP_FLAGS := -q --disable-pip-version-check --no-input
DIST := build/dist
CHECK := build/wheel-check
CHECK_BIN := $(CHECK)/venv/bin
CHECK_STAMP := $(CHECK)/venv/.installed

# What some tests need of the system; on other systems, or not as root, those tests are skipped and say why.
SYSTEM := chromium openjdk-17-jre-headless libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0

.PHONY: help install system run test check lint wheel-check bench bench-memory bench-steps bench-check spark clean

help: ## Say what the targets do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## Make .venv with everything needed, and the command .venv/bin/chartproof

system: ## As root on Debian: what the tests of PDF, browser and Spark need; without it they are skipped
	@mkdir -p build; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then \
		echo "Not root on Debian: the tests of PDF, browser and Spark may be skipped"; exit 0; \
	fi; \
	missing=(); \
	for one in $(SYSTEM); do \
		[[ "$$(dpkg-query -W -f '$${db:Status-Status}' "$$one" 2> /dev/null)" == installed ]] || missing+=("$$one"); \
	done; \
	(( $${#missing[@]} )) || exit 0; \
	echo "Installing $${missing[*]}"; \
	export DEBIAN_FRONTEND=noninteractive; \
	timeout 120 apt-get -qq update > build/system.log 2>&1 || true; \
	for one in "$${missing[@]}"; do \
		timeout 300 apt-get -qq install -y --no-install-recommends "$$one" >> build/system.log 2>&1 || \
			echo "$$one could not be installed (build/system.log); the tests that need it are skipped"; \
	done

run: $(STAMP) ## Score the charts of corpora/dev; writes to out/ and prints a summary
	@$(BIN)/chartproof batch corpora/dev -o out

test: $(STAMP) ## Run the tests
	@$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

check: lint wheel-check ## Lint, format, types, import layers, and the wheel outside the checkout

lint: $(STAMP)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(STAMP) ## Run the benchmarks; writes docs/performance.md (half an hour or so)
	@$(BIN)/python -m benchmarks

bench-memory: $(STAMP) ## Measure the memory over 50,000 notes (an hour or so); prints it
	@$(BIN)/python -m benchmarks --only memory --memory 50000

bench-steps: $(STAMP) ## Measure what each step of docs/performance.md bought (git history needed); prints the table
	@$(BIN)/python -m benchmarks.steps

bench-check: $(STAMP) ## Fail if reading notes became much slower against tokenising alone than recorded
	@$(BIN)/python -m benchmarks --check --repetitions 3

# Executors of their own on this machine, as on a cluster: the dev charts as one table of notes, through Spark and
# through the local engine, and the tables of both compared.
spark: $(STAMP) ## Run the Spark engine end to end (needs Java 17: apt-get install openjdk-17-jre-headless)
	@command -v java > /dev/null || { echo "There is no Java. On Debian: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	@$(BIN)/python -m benchmarks.batch compare --copies 1 --master 'local-cluster[2,1,1024]'

# The wheel goes into a venv that holds the runtime requirements alone, and scores a chart from a folder outside the
# checkout: what it reads then is what it ships.
wheel-check: $(STAMP) $(CHECK_STAMP) ## Build the wheel, install it elsewhere, score a chart with it
	@rm -rf $(DIST)
	@$(BIN)/python -m build --no-isolation --outdir $(DIST) . > $(CHECK)/build.log 2>&1 || { cat $(CHECK)/build.log; exit 1; }
	@$(CHECK_BIN)/python -m pip install $(PIP_FLAGS) --no-deps --force-reinstall $(DIST)/chartproof-*.whl
	@$(CHECK_BIN)/python -m pip check --disable-pip-version-check > $(CHECK)/pip-check.log || { cat $(CHECK)/pip-check.log; exit 1; }
	@top="$$PWD"; away="$$(mktemp -d)"; trap 'rm -rf "$$away"' EXIT; cd "$$away"; \
	env -u PYTHONPATH -u CHARTPROOF_PATTERNS -u CHARTPROOF_POLICIES \
		"$$top/$(CHECK_BIN)/chartproof" score "$$top/corpora/dev/D01" --format json > D01.json; \
	"$$top/$(CHECK_BIN)/python" -c "$$WHEEL_SAYS" D01.json "$$top/pipeline"

define WHEEL_SAYS
import json, pathlib, sys
import chartproof
source = pathlib.Path(chartproof.__file__).resolve()
if source.is_relative_to(sys.argv[2]):
    sys.exit(f"wheel-check: the checkout was imported, not the wheel: {source}")
answer = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
facts = answer.get("facts") or answer.get("case", {}).get("facts")
determinations = answer.get("determinations")
if not facts or not determinations:
    sys.exit("wheel-check: the installed wheel gave no facts or no determinations for D01")
print(f"wheel-check: the installed wheel scored D01: {len(facts)} facts, {len(determinations)} determinations")
endef
export WHEEL_SAYS

clean: ## Remove everything the other targets make
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find pipeline tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# `python3` goes before the others, but 3.11 and 3.12, where every compiled requirement has a wheel, go before 3.13,
# where one of them (quicksectx) is compiled, and those before versions the requirements were never tried with.
define FIND_PYTHON
find_python() { \
	local newest candidate; \
	for newest in 12 13 99; do \
		for candidate in $(if $(PYTHON),"$(PYTHON)",python3 python3.12 python3.11 python3.13 python3.14); do \
			if "$$candidate" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $$newest))" 2>/dev/null; then \
				echo "$$candidate"; return; \
			fi; \
		done; \
	done; \
	echo "chartproof needs Python 3.11, 3.12 or 3.13; none was found$(if $(PYTHON), at $(PYTHON))." >&2; \
	echo "Install one, or name it: make install PYTHON=/path/to/python3.12" >&2; \
	return 1; \
}; \
make_venv() { \
	"$$1" -m venv --clear "$$2" > /dev/null 2>&1 && "$$2/bin/python" -m pip --version > /dev/null 2>&1 || { \
		rm -rf "$$2"; \
		echo "$$1 cannot make a virtual environment. On Debian and Ubuntu install its venv package:" >&2; \
		echo "    apt-get install $$("$$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; \
		return 1; \
	}; \
}
endef

$(STAMP): pyproject.toml requirements.txt requirements-dev.txt
	@$(FIND_PYTHON); \
	if ! $(BIN)/python -m pip --version > /dev/null 2>&1; then \
		python="$$(find_python)"; echo "Making $(VENV) with $$("$$python" --version)"; make_venv "$$python" $(VENV); \
	fi
	@echo "Installing the requirements (a minute or two)"
	@$(BIN)/python -m pip install $(PIP_FLAGS) --require-hashes -r requirements-dev.txt || { \
		echo "The requirements could not be installed; pip says why above." >&2; \
		echo "On Python 3.13 and later a C compiler and Python's headers are needed (apt-get install gcc python3-dev); 3.11 and 3.12 need neither." >&2; \
		exit 1; \
	}
	@$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --no-build-isolation -e .
	@touch $@

$(CHECK_STAMP): requirements.txt | $(STAMP)
	@$(FIND_PYTHON); mkdir -p $(CHECK); make_venv $(BIN)/python $(CHECK)/venv
	@$(CHECK)/venv/bin/python -m pip install $(PIP_FLAGS) --require-hashes -r requirements.txt
	@touch $@
