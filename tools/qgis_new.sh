#!/usr/bin/env bash
# Runs the tests in a newer QGIS (3.44 with Python 3.14, GDAL 3.13 and numpy 2): a newer Debian in a folder.
# Usage: tools/qgis_new.sh [COMMAND…]     in a copy of the checkout there; default: the make targets of all tests
#        tools/qgis_new.sh --setup        only makes the folder, which takes minutes and about 4 GB, once
# Settings: QGIS_NEW_SUITE (forky), QGIS_NEW_ROOT (build/qgis-new/root), QGIS_NEW_MIRROR (the one that apt here uses)
# Needs root or sudo. What it mounts is seen by itself only and gone when it ends.
set -euo pipefail
cd "$(dirname "$0")/.."

SUITE=${QGIS_NEW_SUITE:-forky}
ROOT=${QGIS_NEW_ROOT:-build/qgis-new/root}
PACKAGES=(qgis python3-qgis python3-gdal python3-numpy gdal-bin python3-venv python3-pip make xvfb xauth proj-bin
    fonts-dejavu-core ca-certificates git qttools5-dev-tools)
HERE=/work/geonnx # the copy of the checkout, inside
DATA=${GEONNX_SHARED_DATA:-../shared/data}

say() { printf 'qgis-new: %s\n' "$*"; }
fail() { printf 'qgis-new: %s\n' "$*" >&2; exit 1; }

if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "needs root or sudo"
    exec sudo --preserve-env "$0" "$@"
fi

# The Debian archive that apt of this machine is set to.
mirror() {
    local files=(/etc/apt/sources.list /etc/apt/sources.list.d/*) found=
    found=$(cat "${files[@]}" 2>/dev/null | awk '
        /^URIs:/ { for (i = 2; i <= NF; i++) print $i }
        /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) print $i }' | grep -E '/debian/?$' | head -n 1) || true
    printf '%s' "${QGIS_NEW_MIRROR:-$found}"
}

inside() {
    # its own mount namespace: /proc and /dev can't be left behind, nor be deleted through the folder
    # shellcheck disable=SC2016  # expanded by the shell inside
    unshare --mount --fork bash -c '
        set -e
        root=$1; shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/run"
        if [ -n "$DATA_FROM" ]; then mount --bind -o ro "$DATA_FROM" "$root/work/shared/data"; fi
        exec chroot "$root" "$@"' bash "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive "${pip_settings[@]}" "$@"
}

# How pip here reaches its index holds inside too (certificates, time limits, index), but no folder of this machine.
pip_settings=()
while IFS='=' read -r name value; do
    case $name in PIP_CERT | PIP_DEFAULT_TIMEOUT | PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_PROXY | *_proxy | *_PROXY)
        pip_settings+=("$name=$value") ;;
    esac
done < <(env)
for key in global.index-url global.cert global.proxy; do
    value=$("${PYTHON:-/usr/bin/python3}" -m pip config get "$key" 2>/dev/null) || continue
    name=${key#global.} name=PIP_${name^^}
    pip_settings+=("${name//-/_}=$value")
done

copy_settings() {
    mkdir -p "$ROOT/etc/ssl/certs" "$ROOT/work/shared/data"
    cp -L /etc/resolv.conf /etc/hosts "$ROOT/etc/"
    if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
        cp -L /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/"
    fi
}

make_root() {
    local stamp wanted archive
    stamp=$ROOT/.geonnx-packages
    wanted="$SUITE ${PACKAGES[*]}"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        say "$ROOT is there"
        return
    fi
    archive=$(mirror)
    [ -n "$archive" ] || fail "no Debian archive in /etc/apt/sources.list*: set QGIS_NEW_MIRROR"
    if [ ! -x "$ROOT/usr/bin/apt-get" ]; then
        if ! command -v debootstrap >/dev/null; then
            apt-get update -q
            DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap
        fi
        say "Debian $SUITE into $ROOT"
        rm -rf "$ROOT"
        mkdir -p "$ROOT"
        # sid's script: an older debootstrap does not know newer suites
        debootstrap --variant=minbase "$SUITE" "$ROOT" "$archive" /usr/share/debootstrap/scripts/sid >"$ROOT.log" 2>&1 \
            || { tail -n 20 "$ROOT.log" >&2; fail "debootstrap failed, see $ROOT.log"; }
    fi
    printf 'deb %s %s main\n' "$archive" "$SUITE" >"$ROOT/etc/apt/sources.list"
    # an archive that is kept at a day in the past
    printf 'Acquire::Check-Valid-Until "false";\nAcquire::Check-Date "false";\n' >"$ROOT/etc/apt/apt.conf.d/99kept"
    copy_settings
    say "QGIS into $ROOT"
    DATA_FROM='' inside apt-get update -q
    DATA_FROM='' inside apt-get install -y -q --no-install-recommends "${PACKAGES[@]}" >>"$ROOT.log" 2>&1 \
        || { tail -n 20 "$ROOT.log" >&2; fail "apt-get failed, see $ROOT.log"; }
    DATA_FROM='' inside apt-get clean
    printf '%s' "$wanted" >"$stamp"
}

# The working tree as it is, without what git ignores; the environment and build/ in there are kept.
copy_checkout() {
    local there=$ROOT$HERE
    mkdir -p "$there"
    find "$there" -mindepth 1 -maxdepth 1 ! -name .venv ! -name build -exec rm -rf {} +
    git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard \
        | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done \
        | tar -c --null -T - | tar -x -C "$there" --no-same-owner
}

make_root
copy_settings
if [ "${1:-}" = --setup ]; then
    exit 0
fi
copy_checkout
DATA_FROM=
if [ -d "$DATA" ]; then DATA_FROM=$(cd "$DATA" && pwd); fi
export DATA_FROM
[ $# -gt 0 ] || set -- make --keep-going test-engine test-algs test-e2e test-ui
# torch and what builds on it have no small package for that Python: tests that need them are skipped
# a number of its own for the screen: those of this machine are seen inside, but not that they are taken
inside SCREEN='xvfb-run -a -n 300 -s "-screen 0 1600x1200x24"' GEONNX_SHARED_DATA="${DATA_FROM:+/work/shared/data}" REQUIREMENTS=requirements-new.txt \
    PYTEST_ARGS="${PYTEST_ARGS:-}" /bin/sh -c 'cd "$0" && exec "$@"' "$HERE" "$@"
