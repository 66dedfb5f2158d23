"""Empty packages that stand for those of QGIS while pip works out what is missing.

pip with ``--target`` does not look at what is installed, and would bring a second numpy. It is therefore given a folder
of empty wheels, one for each package that QGIS has, with ``+qgis`` behind the version, and constraints that allow these
versions only. They are taken out of the result, so that what remains is exactly what QGIS lacks, and fits it.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from .plan import normal_name

_LOCAL = "+qgis"
_NEVER = ("numpy", "numpy.libs", "osgeo")
"""folders that must not remain in the result, whatever pip did"""


def write_stand_ins(work: Path, packages: Iterable[tuple[str, str]]) -> None:
    """Write the wheels and the constraints into a working folder; raises OSError."""
    folder = work / "stand-ins"
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, version in packages:
        write_empty_wheel(folder, name, version + _LOCAL)
        lines.append(f"{name}=={version}{_LOCAL}\n")
    (work / "constraints.txt").write_text("".join(lines), encoding="utf-8")


def write_empty_wheel(folder: Path, name: str, version: str) -> Path:
    """Write a wheel that holds nothing but its name and version."""
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{stem}.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: geonnx\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in files.items():
            archive.writestr(inner, text)
    return path


def remove_stand_ins(target: Path) -> list[str]:
    """Take what stands for QGIS's packages out of a folder that pip has filled; return the names of those taken out."""
    removed = []
    for path in sorted(target.iterdir()):
        if path.suffix != ".dist-info":
            continue
        name, _, version = path.stem.partition("-")
        if version.endswith(_LOCAL) or normal_name(name) in ("numpy", "gdal"):
            shutil.rmtree(path)
            removed.append(normal_name(name))
    for name in _NEVER:
        if (target / name).is_dir():
            shutil.rmtree(target / name)
    return removed


def _digest(text: str) -> str:
    raw = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    return f"sha256={raw}"
