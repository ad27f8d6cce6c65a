# The commands of the project; `make help` lists them. Everything runs in .venv, which the first command makes.
PYTHON := .venv/bin/python
LOCK := .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-scenes check compile bench bench-peers lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## install what the system needs to run, into .venv
	@scripts/setup.sh run

setup-dev:
	@scripts/setup.sh dev

run: setup ## start the whole system here, place one call with real audio, keep serving (Ctrl-C stops it)
	@$(PYTHON) -m local up --call

test: setup-dev ## run the test suite, real calls included
	@scripts/test.sh

test-scenes: setup-dev ## run every voice scene
	@$(PYTHON) -m local scenes

check: setup-dev ## format, lint, types, documents, schemas
	@scripts/check.sh

compile: setup-dev ## compile the modules of the relay through which audio passes; takes a C compiler
	@$(PYTHON) scripts/compile_relay.py

bench: setup-dev ## measure our relay beside its peers: a table and a chart
	@$(PYTHON) scripts/compile_relay.py || [ $$? = 3 ]
	@$(PYTHON) -m bench relay

bench-peers: setup-dev ## install the relays that bench compares ours with, each in its own environment
	@scripts/bench_peers.sh

lock: setup-dev ## compile requirements/*.in into pinned files with hashes
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	for part in functions relay speech local tracing compile; do \
	  $(LOCK) -c requirements/dev.txt requirements/$$part.in -o requirements/$$part.txt; done
