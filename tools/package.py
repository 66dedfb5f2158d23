#!/usr/bin/env python3
"""Build ``build/geonnx.zip``, the plugin as the QGIS plugin store takes it.

Usage: ``tools/package.py [--list] [OUTPUT.zip]``. ``--list`` prints the shipped files and builds nothing.
The same tree gives the same bytes: sorted names, fixed dates and permissions.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "geonnx"
# A list of what goes in, so that nothing gets in by lying around in the root.
FILES = (
    # the plugin store's scan for secrets reads it: hashes of bundled models are none
    ".secrets.baseline",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "__init__.py",
    "metadata.txt",
    "plugin.py",
    "requirements.txt",
    "resources.qrc",
)
FOLDERS = ("docs", "models", "processing", "ui")
# pictures of windows are for those who read the pages on the web
LEFT_OUT_FOLDERS = ("docs/images",)
# .ts: what .qm files are made from
LEFT_OUT_SUFFIXES = {".pyc", ".pyo", ".orig", ".rej", ".tmp", ".part", ".ts"}
STORE_LIMIT = 25 * 1024 * 1024
EPOCH = (1980, 1, 1, 0, 0, 0)


def is_shipped(path: Path) -> bool:
    """Tell whether a file of a shipped folder goes into the zip: no caches, no dotfiles, no leftovers, no pictures."""
    parts = path.relative_to(ROOT).parts
    hidden = any(part.startswith(".") or part == "__pycache__" or part.endswith("~") for part in parts)
    left_out = any(path.is_relative_to(ROOT / folder) for folder in LEFT_OUT_FOLDERS)
    return path.is_file() and not hidden and not left_out and path.suffix not in LEFT_OUT_SUFFIXES


def shipped_files() -> Iterator[Path]:
    """Yield the files of the plugin, in the order of their names."""
    found = [ROOT / name for name in FILES]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if is_shipped(path)]
    yield from sorted(found, key=lambda path: path.relative_to(ROOT).as_posix())


def build(output: Path) -> int:
    """Write the zip and return its size in bytes."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_name(f".{output.name}.part")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in shipped_files():
            info = zipfile.ZipInfo(f"{PACKAGE}/{path.relative_to(ROOT).as_posix()}", EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            archive.writestr(info, path.read_bytes())
    temporary.replace(output)
    return output.stat().st_size


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Build the zip for the QGIS plugin store.")
    parser.add_argument("output", nargs="?", type=Path, default=ROOT / "build" / f"{PACKAGE}.zip")
    parser.add_argument("--list", action="store_true", help="print the shipped files, build nothing")
    arguments = parser.parse_args()
    if arguments.list:
        for path in shipped_files():
            print(path.relative_to(ROOT).as_posix())
        return 0
    size = build(arguments.output)
    print(f"package: {arguments.output} ({size / 1024:.0f} KB)")
    if size > STORE_LIMIT:
        print(f"package: the plugin store takes {STORE_LIMIT} bytes at most, this is {size}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
