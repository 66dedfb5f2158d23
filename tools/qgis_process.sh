#!/usr/bin/env bash
# Runs the qgis_process that works: the wrapper of Debian's QGIS 3.22 fails, the program behind it does not.
# QGIS_PROCESS names another one.
set -euo pipefail
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
if [ -z "${QGIS_PROCESS:-}" ]; then
    QGIS_PROCESS=$(command -v qgis_process.bin || command -v qgis_process) \
        || { echo "qgis_process was not found: run 'make setup' or set QGIS_PROCESS" >&2; exit 127; }
fi
exec "$QGIS_PROCESS" "$@"
