# Everything needs Python 3.11 or newer, make and git, nothing else; `make fixtures` and `make stress` also use the
# producers that .ci/run installs (LibreOffice, Chromium, fonts) and say so where they are missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT := out
N ?= 500
FAULTS ?= 2000
HEADINGS ?= 200
KILLS ?= 200
DOCUMENTS ?= 50000
SEED ?=
JOBS ?= logical

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long lint stress accuracy faults traps headings bench chaos scale fixtures docs divisions panel clean

help:
	@echo "make setup      .venv with the package, its extra ocr, its tests and their pinned versions"
	@echo "make demo       extract fixtures/documents to $(OUT)/demo and print what came out"
	@echo "make test       the test suite"
	@echo "make test-long  what is more of the same than the test suite has time for"
	@echo "make lint       ruff (rules and format) and mypy --strict"
	@echo "make accuracy   fixtures and pinned seeds against the floors on file"
	@echo "make stress     N=$(N) fresh random documents (SEED=n for the same ones again)"
	@echo "make faults     FAULTS=$(FAULTS) faults planted between reader and parser"
	@echo "make traps      switch off the handling of each trap and see what gets worse"
	@echo "make headings   HEADINGS=$(HEADINGS) fresh reports over all manners of numbering, their sections and metadata"
	@echo "make panel      the panel over 200 agencies and 10 years of all forms against the truth"
	@echo "make bench      speed and memory"
	@echo "make chaos      kill a run KILLS=$(KILLS) times at random moments, let it finish, compare the tables"
	@echo "make scale      plan, skip, add to and publish a folder of DOCUMENTS=$(DOCUMENTS) small reports"
	@echo "make fixtures   write fixtures/documents anew"
	@echo "make docs       write the generated pages of docs/ anew"
	@echo "make divisions  fetch the packages that the table of divisions is made from and write it anew"
	@echo "make clean      remove $(OUT)/ and the caches (not .venv)"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,ocr]"
	@touch $(STAMP)

# Without LibreOffice some documents fail and say so (exit code 1): the rest is shown.
demo: $(STAMP)
	$(BIN)/gov-extract extract fixtures/documents -o $(OUT)/demo || [ $$? -eq 1 ]
	$(BIN)/python -m tests.tools.demo $(OUT)/demo

test: $(STAMP)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile

test-long: $(STAMP)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m long

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

stress: $(STAMP)
	$(BIN)/python -m tests.measure.stress --n $(N) $(if $(SEED),--seed $(SEED))

accuracy: $(STAMP)
	$(BIN)/python -m tests.measure.accuracy

faults: $(STAMP)
	$(BIN)/python -m tests.measure.faults --n $(FAULTS) $(if $(SEED),--seed $(SEED))

traps: $(STAMP)
	$(BIN)/python -m tests.measure.traps

headings: $(STAMP)
	$(BIN)/python -m tests.measure.headings --n $(HEADINGS) $(if $(SEED),--seed $(SEED))

panel: $(STAMP)
	PANEL_AGENCIES=200 PANEL_YEARS=10 $(BIN)/python -m pytest -q tests/test_panel.py

bench: $(STAMP)
	$(BIN)/python -m tests.measure.bench

chaos: $(STAMP)
	$(BIN)/python -m tests.measure.chaos --kills $(KILLS) $(if $(SEED),--seed $(SEED))

scale: $(STAMP)
	$(BIN)/python -m tests.measure.scale --n $(DOCUMENTS)

fixtures: $(STAMP)
	$(BIN)/python -m fixtures.generator

docs: $(STAMP)
	$(BIN)/python -m tests.tools.docs

divisions: $(STAMP)
	$(BIN)/python -m tests.tools.divisions

clean:
	rm -rf $(OUT) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
