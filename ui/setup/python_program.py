"""Where the Python program of a QGIS lies: inside QGIS, ``sys.executable`` is often QGIS itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath, PurePosixPath, PureWindowsPath

_PYTHON = re.compile(r"python[\d.]*(?:\.exe)?", re.IGNORECASE)


def python_candidates(
    platform: str, executable: str, prefixes: Iterable[str], version: tuple[int, int]
) -> tuple[str, ...]:
    """Return the paths at which Python may lie, most likely first.

    *platform*, *executable* and *prefixes* are those of ``sys``, *version* is that of the Python that runs in QGIS.
    """
    kind = PureWindowsPath if platform == "win32" else PurePosixPath
    own = kind(executable) if executable else None
    found: list[PurePath] = [own] if own is not None and _PYTHON.fullmatch(own.name) else []
    numbered, major = "python{}.{}".format(*version), f"python{version[0]}"
    names = ("python3.exe", "python.exe") if platform == "win32" else (numbered, major)
    folders: list[PurePath] = []
    if own is not None:
        folders.append(own.parent)
        if platform == "darwin":
            # QGIS.app/Contents/MacOS/QGIS
            folders += [own.parent / "bin", own.parent.parent / "Frameworks" / "bin"]
            framework = own.parent.parent / "Frameworks" / "Python.framework" / "Versions"
            folders.append(framework / "{}.{}".format(*version) / "bin")
    for prefix in prefixes:
        folders.append(kind(prefix) if platform == "win32" else kind(prefix) / "bin")
    found += [folder / name for folder in folders for name in names]
    return tuple(dict.fromkeys(str(path) for path in found))
