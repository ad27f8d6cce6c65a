#!/usr/bin/env bash
# Runs the test suite part by part, goes on after a failure, and prints each part's time.
#   scripts/test.sh            every part, with the ten voice scenes of the suite at most
#   scripts/test.sh relay e2e  these parts alone
# `relay` and `e2e` both wait for real time most of the while, so they run beside each other, at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=$(mktemp -d)
beside=""
leave() { if [ -n "$beside" ]; then pkill -P "$beside"; fi; rm -rf "$logs"; }
trap leave EXIT

get_emulators() {
  # A machine that calls itself CI must have Google's emulators and Java; elsewhere the tests that need them are skipped.
  if [ "${CI:-}" != true ] || .venv/bin/python -m local.emulator 2>/dev/null; then return; fi
  echo "== emulators"
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    apt-get install -y -qq default-jre-headless google-cloud-cli-firestore-emulator google-cloud-cli-pubsub-emulator
  elif command -v gcloud >/dev/null; then
    gcloud components install --quiet cloud-firestore-emulator pubsub-emulator
  fi
  .venv/bin/python -m local.emulator || true
}

run() {
  if [ "$1" = project ]; then paths=(tests/test_*.py); else paths=("tests/$1"); fi
  started=$(date +%s)
  .venv/bin/python -m pytest "${paths[@]}" || touch "$logs/$1.failed"
  printf '%-10s %4d s\n' "$1" $(( $(date +%s) - started )) > "$logs/$1.time"
}

get_emulators
if [ $# -gt 0 ]; then parts=("$@"); else parts=(project audio contract functions speech local bench relay e2e); fi
for part in "${parts[@]}"; do
  if [ "$part" = relay ] && [[ " ${parts[*]} " == *" e2e "* ]]; then
    echo "== relay, with e2e beside it"
    run e2e > "$logs/e2e.log" 2>&1 &
    beside=$!
    run relay
  elif [ "$part" = e2e ] && [ -n "$beside" ]; then
    echo "== e2e"
    wait "$beside"
    cat "$logs/e2e.log"
  else
    echo "== $part"
    run "$part"
  fi
done

echo
failed=()
for part in "${parts[@]}"; do
  cat "$logs/$part.time"
  if [ -e "$logs/$part.failed" ]; then failed+=("$part"); fi
done
if [ ${#failed[@]} -gt 0 ]; then echo "failed: ${failed[*]}"; exit 1; fi
echo "all parts passed"
