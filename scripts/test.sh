#!/usr/bin/env bash
# Runs the test suite part by part, goes on after a failure, and prints each part's time.
#   scripts/test.sh            every part, with the ten voice scenes of the suite at most
#   scripts/test.sh relay e2e  these parts alone
# What failed while the host took the machine away runs once more: real time that was not given proves nothing.
# `relay` runs in its compiled form where there is one; `interpreted` is what runs through compiled modules once more,
# through their Python. `relay`, `e2e` and `interpreted` wait for real time most of the while, so the first runs beside
# the other two, at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=$(mktemp -d)
beside=""
leave() { if [ -n "$beside" ]; then kill "$beside" $(pgrep -P "$beside") 2>/dev/null; fi; rm -rf "$logs"; }
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

compile_relay() {
  # A machine that calls itself CI must have a C compiler; elsewhere the suite goes on without the compiled form.
  local status=0
  .venv/bin/python scripts/compile_relay.py || status=$?
  if [ $status = 3 ] && [ "${CI:-}" = true ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    apt-get install -y -qq gcc libc6-dev
    # Only Debian's own Python has its headers in a package.
    apt-get install -y -qq "$(.venv/bin/python -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])')" || true
    status=0
    .venv/bin/python scripts/compile_relay.py || status=$?
  fi
  [ $status = 0 ] || { [ $status = 3 ] && [ "${CI:-}" != true ]; }
}

interpreted() {
  local paths=(tests/relay/test_{call_properties,bridge,bad_input,recording_clock,watch_engines}.py) module
  for module in relay/*.pxd; do
    module=tests/relay/test_$(basename "$module" .pxd).py
    if [ -e "$module" ] && [[ " ${paths[*]} " != *" $module "* ]]; then paths+=("$module"); fi
  done
  .venv/bin/python -X interpreted -m pytest "${paths[@]}" "$@"
}

tests() {
  local part=$1
  shift
  set -- -o cache_dir=".pytest_cache/$part" "$@"
  case $part in
    interpreted) interpreted "$@" ;;
    project) .venv/bin/python -m pytest tests/test_*.py "$@" ;;
    *) .venv/bin/python -m pytest "tests/$part" "$@" ;;
  esac
}

# Hundredths of a second that the processors had work and were not run by the host so far; 0 where nothing tells.
stolen() { awk '/^cpu /{print $9; exit}' /proc/stat 2>/dev/null || echo 0; }

run() {
  local started stolen_before=$(stolen) percent
  started=$(date +%s)
  if [ "$1" = compile ]; then
    compile_relay || touch "$logs/$1.failed"
  elif ! tests "$1"; then
    percent=$(( ($(stolen) - stolen_before) / ($(date +%s) - started + 1) ))
    if [ $percent -ge 3 ]; then
      echo "== $1: the host took $percent % of a processor meanwhile; what failed runs once more"
      tests "$1" --last-failed --last-failed-no-failures none || touch "$logs/$1.failed"
    else
      touch "$logs/$1.failed"
    fi
  fi
  printf '%-11s %4d s\n' "$1" $(( $(date +%s) - started )) > "$logs/$1.time"
}

get_emulators
if [ $# -gt 0 ]; then
  parts=("$@")
else
  parts=(compile project audio contract functions speech local bench relay e2e interpreted)
fi
for part in "${parts[@]}"; do
  echo "== $part"
  case $part in
    relay)
      for other in e2e interpreted; do
        if [[ " ${parts[*]} " == *" $other "* ]]; then run $other > "$logs/$other.log" 2>&1; fi
      done &
      beside=$!
      run relay ;;
    e2e | interpreted)
      if [ -n "$beside" ]; then wait "$beside"; cat "$logs/$part.log"; else run "$part"; fi ;;
    *) run "$part" ;;
  esac
done

echo
failed=()
for part in "${parts[@]}"; do
  cat "$logs/$part.time"
  if [ -e "$logs/$part.failed" ]; then failed+=("$part"); fi
done
if [ ${#failed[@]} -gt 0 ]; then echo "failed: ${failed[*]}"; exit 1; fi
echo "all parts passed"
