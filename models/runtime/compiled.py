"""Where the compilers of devices (TensorRT, CoreML, OpenVINO) keep what they make of a network, which takes minutes."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from ..user_cache import user_cache

_MOST_NETWORKS = 32
_NAME_LENGTH = 32


def compiled_folder(identity: bytes, *, half: bool) -> Path | None:
    """Make and return the folder of a network, known by its content or by what stands for it; None where it can't be.

    Compilers find their files by the names in a graph, not by its weights: hence a folder for each network. Those that
    were not used for longest go.
    """
    name = hashlib.sha256(identity + (b"half" if half else b"")).hexdigest()[:_NAME_LENGTH]
    folder = user_cache() / "compiled" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        others = [path for path in folder.parent.iterdir() if path.is_dir() and len(path.name) == _NAME_LENGTH]
        for old in sorted(others, key=lambda path: path.stat().st_mtime)[:-_MOST_NETWORKS]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return None
    return folder
