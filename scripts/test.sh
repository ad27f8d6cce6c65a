#!/usr/bin/env bash
# Runs the test suite part by part, goes on after a failure, and prints each part's time.
#   scripts/test.sh            every part, with the ten voice scenes of the suite at most
#   scripts/test.sh relay e2e  these parts alone
set -uo pipefail
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then parts=("$@"); else parts=(project audio contract functions relay speech local bench e2e); fi
failed=() summary=""
for part in "${parts[@]}"; do
  if [ "$part" = project ]; then paths=(tests/test_*.py); else paths=("tests/$part"); fi
  echo "== $part"
  started=$(date +%s)
  .venv/bin/python -m pytest "${paths[@]}" || failed+=("$part")
  summary+=$(printf '%-10s %4d s' "$part" $(( $(date +%s) - started )))$'\n'
done
printf '\n%s' "$summary"
if [ ${#failed[@]} -gt 0 ]; then echo "failed: ${failed[*]}"; exit 1; fi
echo "all parts passed"
