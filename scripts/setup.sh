#!/usr/bin/env bash
# Makes .venv and installs the pinned, hashed requirements into it; does nothing when they are already there.
#   scripts/setup.sh run     what the system needs to run
#   scripts/setup.sh dev     that, and what the tests and checks need
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${1:-run}
case $profile in
  run) files=(functions relay speech local) ;;
  dev) files=(dev) ;;
  *) echo "usage: scripts/setup.sh run|dev" >&2; exit 2 ;;
esac

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  # Functions and images run 3.13, so it comes first; a version manager may hold it without putting it on the PATH.
  local candidate
  for candidate in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 python3.12 python3.11 python3 python; do
    if command -v "$candidate" >/dev/null 2>&1 && usable "$candidate"; then echo "$candidate"; return; fi
  done
}

make_venv() {
  local python=$1
  if "$python" -m venv .venv >/dev/null 2>&1; then return; fi
  # Debian ships Python without its venv module.
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "nightdesk: Python's venv module is missing, installing it with apt"
    apt-get update -qq && apt-get install -y -qq "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >/dev/null
    rm -rf .venv
    "$python" -m venv .venv && return
  fi
  rm -rf .venv
  echo "nightdesk: '$python -m venv' failed. On Debian and Ubuntu: sudo apt install python3-venv. Then try again." >&2
  exit 1
}

if ! [ -x .venv/bin/python ] || ! usable .venv/bin/python; then
  python=$(find_python)
  if [ -z "$python" ]; then
    echo "nightdesk: needs Python 3.11 or newer on the PATH, and found none. Install one (3.13 is best) and try again." >&2
    exit 1
  fi
  echo "nightdesk: making .venv with $("$python" --version)"
  rm -rf .venv
  make_venv "$python"
fi

arguments=()
for file in "${files[@]}"; do arguments+=(-r "requirements/$file.txt"); done
wanted=$(for file in "${files[@]}"; do cat "requirements/$file.txt"; done | cksum)
stamp=.venv/.installed-$profile
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

echo "nightdesk: installing the pinned packages ($profile: ${files[*]}); once, about a minute on a good line"
started=$(date +%s)
quiet=(); [ -t 1 ] || quiet=(-q)
if ! .venv/bin/python -m pip install --disable-pip-version-check --require-hashes "${quiet[@]}" "${arguments[@]}"; then
  echo "nightdesk: the installation failed; the lines above say why. 'make setup' tries again." >&2
  exit 1
fi
echo "$wanted" > "$stamp"
if [ "$profile" = dev ]; then
  # dev holds everything that run does, at the same pins.
  for file in functions relay speech local; do cat "requirements/$file.txt"; done | cksum > .venv/.installed-run
fi
echo "nightdesk: installed in $(( $(date +%s) - started )) s"
