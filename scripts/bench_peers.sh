#!/usr/bin/env bash
# Installs each relay that `make bench` compares ours with into an environment of its own under .local/bench; does
# nothing for those that are there already. Node's is installed where node and npm are.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=()
for file in bench/peers/*/requirements.txt; do
  name=$(basename "$(dirname "$file")")
  venv=.local/bench/venvs/$name
  if cmp -s "$file" "$venv/installed"; then echo "$name: installed"; continue; fi
  echo "$name: installing"
  rm -rf "$venv"
  if .venv/bin/python -m venv "$venv" && "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$file"; then
    cp "$file" "$venv/installed"
  else
    failed+=("$name")
  fi
done

if command -v node >/dev/null && command -v npm >/dev/null; then
  folder=.local/bench/node
  if cmp -s bench/peers/node/package.json "$folder/installed"; then
    echo "node: installed"
  else
    echo "node: installing"
    mkdir -p "$folder"
    cp bench/peers/node/package.json "$folder/package.json"
    if npm install --prefix "$folder" --silent --no-audit --no-fund --no-package-lock; then
      cp bench/peers/node/package.json "$folder/installed"
    else
      failed+=(node)
    fi
  fi
  [ -e "$folder/installed" ] && cp bench/peers/node/relay.mjs "$folder/relay.mjs"
else
  echo "node: not on this machine, left out"
fi

if [ ${#failed[@]} -gt 0 ]; then echo "not installed: ${failed[*]}; the table will say so" >&2; exit 1; fi
