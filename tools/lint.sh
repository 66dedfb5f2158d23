#!/usr/bin/env bash
# Every check that runs no code: style, types, security, secrets. Runs them all, fails if one fails.
set -uo pipefail
cd "$(dirname "$0")/.."
BIN=${VENV:-.venv}/bin
failed=()

check() {
    printf 'lint: %s\n' "$1"
    shift
    "$@" || failed+=("$1")
}

mapfile -t shipped < <("$BIN/python" tools/package.py --list)
mapfile -t shipped_python < <(printf '%s\n' "${shipped[@]}" | grep '\.py$')
# SVG drawings and licence texts hold no secrets; model files and compiled translations are binary; the hashes in cards
# are looked at by tools/zoo.py, which lists them for the plugin store
mapfile -t shipped_text < <(printf '%s\n' "${shipped[@]}" \
    | grep -vE '\.(onnx|svg|png|qm)$|^LICENSE$|^\.secrets\.baseline$|^models/zoo/.*\.json$')

check "ruff check" "$BIN/ruff" check --quiet .
check "ruff format" "$BIN/ruff" format --check --quiet .
check "mypy models" tools/typecheck.sh
# without a configuration file, as the plugin store runs it
check "bandit, shipped code" "$BIN/bandit" --quiet "${shipped_python[@]}"
check "cards, docs/zoo.md" "$BIN/python" tools/zoo.py --check
check "secrets, shipped files" "$BIN/detect-secrets-hook" "${shipped_text[@]}"

if [ ${#failed[@]} -gt 0 ]; then
    printf 'lint: failed: %s\n' "${failed[*]}" >&2
    exit 1
fi
echo "lint: all clean"
