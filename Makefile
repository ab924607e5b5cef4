# Everything runs from a private environment in .venv, made on the first use (about a minute).
#   make demo     train digits in the engine, then keep training inside Lava with the same bits
#   make test     what a change must pass
# Needs a Python from 3.10 to 3.13, and takes the newest it finds (see scripts/venv.sh).

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Extras to install; `dl` (torch and lava-dl, some gigabytes) lets the tests load netx files.
EXTRAS ?= test,dev,search,nir
comma := ,
VENV ?= .venv
STAMP := $(VENV)/.stamp-$(subst $(comma),-,$(EXTRAS))
BIN := $(VENV)/bin
JOBS ?= 2
DEMO_FLAGS ?=
TEST_FLAGS ?=
BENCH_FLAGS ?=

.PHONY: help .venv demo test test-slow lint format docs bench constraints clean

help: ## this list
	@awk -F ':.*## ' '/^[.a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: $(STAMP) ## the environment, with exact versions (PYTHON=/path/to/python3.12)

# A rule for one file, so that a run with nothing to do costs nothing.
$(STAMP): pyproject.toml constraints.txt scripts/venv.sh scripts/pythons.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" EXTRAS="$(EXTRAS)" bash scripts/venv.sh
	@touch $@

demo: $(STAMP) ## learn handwritten digits, then continue in Lava (DEMO_FLAGS=--quick)
	$(BIN)/lava-intsnn demo $(DEMO_FLAGS)

test: $(STAMP) ## ruff and the tests (TEST_FLAGS="-k name")
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n $(JOBS) $(TEST_FLAGS)

test-slow: $(STAMP) ## long tests, property tests with all their examples (TEST_FLAGS="--budget 30")
	$(BIN)/python -m pytest -n $(JOBS) -m "slow or hypothesis" --hypothesis-profile=full $(TEST_FLAGS)

lint: $(STAMP) ## ruff, mypy and the rooms (imports only point down)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: ## the documentation site, in site/; a warning is an error
	@$(MAKE) --no-print-directory EXTRAS=$(EXTRAS),docs .venv
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(STAMP) ## speed of training, and of Lava (peers are compared when the extra `bench` is there)
	$(BIN)/python benchmarks/training_throughput.py $(BENCH_FLAGS)
	$(BIN)/python benchmarks/lava_throughput.py $(BENCH_FLAGS)

constraints: $(STAMP) ## newest versions that go together, of all extras
	bash scripts/constraints.sh

clean: ## remove the environments and all that was built
	rm -rf .venv .venv-* .tools build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
