#!/usr/bin/env bash
# Type-checks models/ as geonnx.models, whatever the clone's folder is called.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/typecheck
ln -sfn "$PWD" build/typecheck/geonnx
MYPYPATH=build/typecheck exec "${VENV:-.venv}/bin/mypy" -p geonnx.models
