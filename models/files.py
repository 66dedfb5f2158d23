"""Files and folders: questions that never fail, since what users and cards write as a path may be none; safe moves."""

from __future__ import annotations

import shutil
from pathlib import Path


def is_file(path: Path) -> bool:
    """Return True when there is a plain file; False for any text that can't be a path, where pathlib may raise."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Return True when there is anything; False for any text that can't be a path, where pathlib may raise."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def replace_folder(staging: Path, target: Path) -> None:
    """Let the finished folder take the place of an older one, which comes back when that fails.

    Raises OSError.
    """
    older = target.with_name(f".{target.name}.old")
    if older.exists():
        shutil.rmtree(older)
    had_older = target.exists()
    if had_older:
        target.rename(older)
    try:
        staging.rename(target)
    except OSError:
        if had_older:
            older.rename(target)
        raise
    shutil.rmtree(older, ignore_errors=True)
