#!/usr/bin/env bash
# Links the plugin and the packages it needs into the user's QGIS profile, and enables it for qgis_process.
set -euo pipefail
cd "$(dirname "$0")/.."
ROOT=$PWD
VENV=${VENV:-.venv}

profile=$("$VENV/bin/python" tools/qgis_profile.py)
site_packages=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

link() {
    if [ -e "$2" ] && [ ! -L "$2" ]; then
        echo "install: $2 is in the way and is no link: move it away first" >&2
        exit 1
    fi
    mkdir -p "$(dirname "$2")"
    ln -sfn "$1" "$2"
    echo "install: $2 -> $1"
}

link "$ROOT" "$profile/python/plugins/geonnx"
link "$site_packages" "$profile/geonnx/site-packages"
# what was installed in QGIS's own window would be used in place of it
rm -f "$profile/geonnx/packages.json"
# fails where it is enabled already, so the list below decides
tools/qgis_process.sh plugins enable geonnx 2>/dev/null || true
if tools/qgis_process.sh list 2>/dev/null | grep -q 'geonnx:'; then
    echo "install: qgis_process lists the algorithms of GeONNX; in QGIS itself tick it in the plugin manager if it is not on"
else
    echo "install: qgis_process does not list the algorithms of GeONNX" >&2
    exit 1
fi
