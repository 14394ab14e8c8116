# Shopfloor: the words to say. `make` alone lists them.

VENV := .venv
BIN := $(VENV)/bin
REQUIREMENTS := infra/requirements
READY := $(VENV)/.ready
PYTHON ?= $(shell sh infra/setup/find_python.sh)

.DEFAULT_GOAL := help
.PHONY: help setup page demo test check bench bench-large accuracy outside fire fire-edge report-gate up format lock schemas golden clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with hash-locked packages, Kafka's jars and the system's programs
	@echo "Set up. Next: make demo, or $(BIN)/shopfloor --help"

demo: $(READY) ## Play the demo store through the whole line; ONCE=1 ends by itself
	@$(BIN)/shopfloor demo $(if $(ONCE),--once)

test: $(READY) ## Run every test; servers are started by the tests; WORKERS=2 shares them out
	@$(BIN)/python -m pytest $(if $(WORKERS),--numprocesses $(WORKERS) --dist loadfile) $(PYTEST)

check: $(READY) ## Lint, types, import rules, freshness of schemas and locks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m infra.freshness

bench: $(READY) ## Measure this machine; rewrites docs/benchmarks.md
	@$(BIN)/shopfloor bench

bench-large: $(READY) ## Measure a history of 10 million events: 25 GB of disk, half an hour
	@$(BIN)/shopfloor bench --only growth

accuracy: $(READY) ## Run every accuracy check; rewrites docs/accuracy.md
	@$(BIN)/python -m infra.accuracy

outside: $(READY) ## Run the suites of foreign programs: Go's transparency log, an RTSP server, graphql-http, tritonclient; a missing tool is a skip
	@$(BIN)/python -m infra.outside

fire: $(READY) ## Kill and cut everything at random while facts flow, then compare the books; SEED=1 MINUTES=5
	@$(BIN)/python -m infra.fire $(or $(SEED),1) $(or $(MINUTES),5) $(or $(DRIVER),faust)

fire-edge: $(READY) ## Kill worker, bridge, Redis with its log's tail, and Kafka in any order; SEED=1 SEEDS=20
	@$(BIN)/python -m infra.fire.edge $(or $(SEED),1) $(or $(SEEDS),20)

report-gate: $(READY) ## Write a thousand reports about invented stores and judge each; SEED=1
	@$(BIN)/python -m infra.report_gate $(or $(SEED),1)

up: $(READY) ## Run everything with embedded services; LAYOUT=my.toml names the store
	@$(BIN)/shopfloor up $(if $(LAYOUT),--layout $(LAYOUT))

page: $(READY) ## Build the web page again; needs Node 20 or later
	@cd graphql_api/dashboard/web && npm ci --ignore-scripts && npm run build
	@$(BIN)/python -m infra.built_page

format: $(READY) ## Format the code and mend what the linter can
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

schemas: $(READY) ## Write the generated schemas again
	@$(BIN)/python -m infra.freshness --write

golden: $(READY) ## Write a golden record for each fact whose sample in tests/builders/samples.py is new
	@$(BIN)/python -m tests.builders.golden

lock: $(READY) ## Resolve the packages again and write the hash-locked lists
	@sh infra/setup/lock.sh $(BIN)/uv

clean: ## Remove the environment and the embedded services' data
	@rm -rf $(VENV) .venv-peers .venv-clients .shopfloor

$(READY): pyproject.toml $(REQUIREMENTS)/bootstrap.txt $(REQUIREMENTS)/development.txt infra/local/jgo.lock.toml
	@sh infra/setup/setup.sh "$(PYTHON)" $(VENV) $(REQUIREMENTS)
	@touch $(READY)
