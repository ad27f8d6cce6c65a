#!/usr/bin/env bash
# Every static check, each named as it runs; stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { echo "== $1"; shift; "$@"; }
step "format" .venv/bin/ruff format --check --quiet .
step "lint" .venv/bin/ruff check --quiet .
step "types" .venv/bin/mypy
step "documents, schemas, snapshots" .venv/bin/python -m pytest tests/test_docs.py tests/functions/test_contracts.py
echo "all checks passed"
