#!/usr/bin/env bash
# Installs what is missing, once: Debian packages, then a virtual environment that sees QGIS's own packages.
# Usage: tools/setup.sh [REQUIREMENTS]        default: requirements-dev.txt, all that tests and checks need
# Settings: PYTHON (the Python of QGIS), VENV (the environment's folder), REQUIREMENTS (in place of the default)
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-/usr/bin/python3}
VENV=${VENV:-.venv}
PACKAGES=(qgis python3-qgis python3-gdal python3-numpy gdal-bin python3-venv xvfb xauth fonts-dejavu-core
    qttools5-dev-tools)
REQUIREMENTS=${1:-${REQUIREMENTS:-requirements-dev.txt}}
STAMP=$VENV/.geonnx-$REQUIREMENTS

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "need root or sudo for: $*"
    fi
}

missing_packages() {
    local name
    for name in "${PACKAGES[@]}"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$name"
    done
}

install_packages() {
    if ! command -v apt-get >/dev/null; then
        "$PYTHON" -c 'import qgis.core, osgeo.gdal' 2>/dev/null \
            || fail "this is not a Debian system and $PYTHON cannot import qgis: install QGIS yourself, or set PYTHON"
        return
    fi
    local missing
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    say "installing Debian packages: $missing"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
    # shellcheck disable=SC2086  # a list of words on purpose
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}

system_numpy() { "$PYTHON" -c 'import numpy; print(numpy.__version__)'; }

# What the environment was made from; where this differs from the stamp, it is brought up to date.
fingerprint() {
    "$PYTHON" -VV
    system_numpy
    sha256sum requirements*.txt tools/setup.sh
}

make_environment() {
    if [ -x "$VENV/bin/python" ] && [ "$("$VENV/bin/python" -V)" != "$("$PYTHON" -V)" ]; then
        say "$VENV belongs to another Python: making it anew"
        rm -rf "$VENV"
    fi
    if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        say "making the environment $VENV from $PYTHON"
        "$PYTHON" -m venv --system-site-packages "$VENV"
    fi
}

# QGIS and its GDAL bindings are built for one numpy: everything is resolved against that one, no second may appear.
install_requirements() {
    local numpy constraints
    numpy=$(system_numpy)
    constraints=$(mktemp)
    printf 'numpy==%s\n' "$numpy" >"$constraints"
    if "$VENV/bin/python" -c 'import numpy, sys; sys.exit(not numpy.__file__.startswith(sys.prefix))'; then
        say "removing a second numpy from $VENV"
        "$VENV/bin/pip" uninstall -q -y numpy
    fi
    say "installing Python packages into $VENV, resolved against numpy $numpy of QGIS"
    "$VENV/bin/pip" install -q --disable-pip-version-check -c "$constraints" -r "$REQUIREMENTS"
    rm -f "$constraints"
    "$VENV/bin/python" - <<'PY'
import sys
import numpy, onnx, onnxruntime, osgeo.gdal, qgis.core
if numpy.__file__.startswith(sys.prefix):
    sys.exit(f"setup: a second numpy got into the environment: {numpy.__file__}")
print(f"setup: QGIS {qgis.core.Qgis.QGIS_VERSION}, GDAL {osgeo.gdal.__version__}, numpy {numpy.__version__}, "
      f"onnxruntime {onnxruntime.__version__}, onnx {onnx.__version__}")
PY
}

install_packages
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(fingerprint)" ]; then
    say "$VENV is up to date"
    exit 0
fi
make_environment
install_requirements
fingerprint >"$STAMP"
say "done"
