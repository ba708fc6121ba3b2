# One command each. Written for GNU make 3.81 and later (the one that macOS brings).

SHELL = /bin/sh

# Set on the command line (make run PORT=9000). Plain "=", so that a HOST that the shell happens to
# export does not open the app to the network.
HOST = 127.0.0.1
PORT = 8501
CONFIG =
BENCH =
ARGS =

PYTHON_OF_PROJECT = .venv/bin/python

.PHONY: help run test test-quick check bench train setup clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: ## Start the app on http://127.0.0.1:8501 (other place: make run HOST=0.0.0.0 PORT=9000)
	@sh scripts/setup.sh app
	@sh scripts/serve.sh "$(HOST)" "$(PORT)"

test: ## Run all tests, those in a real browser too (some: make test ARGS="tests/content -x")
	@sh scripts/setup.sh dev
	@sh scripts/test.sh $(ARGS)

test-quick: ## Run the quick tests of every room: no browser, no PostgreSQL, nothing slow
	@sh scripts/setup.sh dev
	@QUICK=1 sh scripts/test.sh $(ARGS)

check: ## Check format, lint, imports and types
	@sh scripts/setup.sh dev
	$(PYTHON_OF_PROJECT) -m ruff format --check .
	$(PYTHON_OF_PROJECT) -m ruff check .
	.venv/bin/lint-imports --no-logo
	$(PYTHON_OF_PROJECT) -m mypy

bench: ## Measure, and print ratios against the naive way (one: make bench BENCH=perception)
	@sh scripts/setup.sh dev
	$(PYTHON_OF_PROJECT) -m bench $(BENCH) $(ARGS)

train: ## Train a model from FER-2013 (another: make train CONFIG=cnn ARGS="--resume")
	@sh scripts/setup.sh train
	$(PYTHON_OF_PROJECT) -m train fit $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

setup: ## Install what development needs, and start nothing
	@sh scripts/setup.sh dev

clean: ## Remove the virtual environment and caches; database, models and runs stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis artifacts
