"""Folders of Python packages in the user's profile: which one is in use, and the way back to the one before.

An installation fills a fresh folder, ``geonnx/packages/<name>``, and a small file says which folder is used. Writing
that file is the whole switch: it happens at once or not at all, also where Windows keeps libraries of the former folder
open. Without the file it is ``geonnx/site-packages``, which is filled by hand (or by ``make install``).

Standard library only, since it is asked before anything else is loaded.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

BY_HAND = "site-packages"
_PACKAGES = "packages"
_STATE = "packages.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


@dataclass(frozen=True)
class Switches:
    """What the small file says."""

    current: str = ""
    """name of the folder in use; empty: the one that is filled by hand"""
    former: str | None = None
    """what was in use before (empty: the one that is filled by hand); None: there is no way back"""


def read_switches(home: Path) -> Switches:
    """Return which folders below *home* (``geonnx`` in the profile) are in use; a broken file counts as none."""
    try:
        data = json.loads((home / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Switches()
    if not isinstance(data, dict):
        return Switches()
    current, former = data.get("current", ""), data.get("former")
    return Switches(
        current=current if _is_name(current) else "",
        former=former if former == "" or _is_name(former) else None,
    )


def folder_in_use(home: Path) -> Path | None:
    """Return the folder of packages below *home*; None where there is none."""
    current = read_switches(home).current
    for folder in ([packages_folder(home, current)] if current else []) + [home / BY_HAND]:
        if folder.is_dir():
            return folder
    return None


def packages_folder(home: Path, name: str) -> Path:
    """Return the folder of an installation; an empty name means the one that is filled by hand."""
    return home / _PACKAGES / name if name else home / BY_HAND


def switch_to(home: Path, name: str) -> None:
    """Use another folder from now on; the one in use becomes the way back.

    Raises OSError when the file can't be written, and then nothing has changed.
    """
    _write(home, Switches(current=name, former=read_switches(home).current))


def switch_back(home: Path) -> Path | None:
    """Use the former folder again and return it, None where it was none; the one in use stays on the disk.

    Raises OSError when the file can't be written, and then nothing has changed.
    """
    former = read_switches(home).former
    _write(home, Switches(current=former or "", former=None))
    return folder_in_use(home)


def remove_unused(home: Path) -> None:
    """Delete installations that are neither in use nor the way back; what is still open stays until the next time."""
    switches = read_switches(home)
    kept = {switches.current, switches.former}
    folder = home / _PACKAGES
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _write(home: Path, switches: Switches) -> None:
    home.mkdir(parents=True, exist_ok=True)
    part = home / f"{_STATE}.{os.getpid()}.part"
    part.write_text(json.dumps(asdict(switches)), encoding="utf-8")
    part.replace(home / _STATE)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and _NAME.fullmatch(text) is not None
