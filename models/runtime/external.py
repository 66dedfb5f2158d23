"""Weights that an ONNX file keeps in other files: which files those may be."""

from __future__ import annotations

import stat
from pathlib import Path, PureWindowsPath
from typing import Any

from ..errors import ModelError
from .sizes import shorten, weight_bytes


def is_external(tensor: Any) -> bool:
    """Return True when the values of a tensor (onnx.TensorProto) lie in another file."""
    return bool(tensor.data_location) or len(tensor.external_data) > 0


def check_external_tensor(tensor: Any, model_path: Path) -> None:
    """Check that the file of an external tensor is a plain one in the model's folder and long enough.

    Raises ModelError when its path leaves the folder, it is missing, or it is cut off.
    """
    facts = {entry.key: entry.value for entry in tensor.external_data}
    location = facts.get("location", "")
    file = external_path(location, model_path)
    size = _size(file, location, model_path)
    offset = _whole(facts.get("offset", "0"), "offset", tensor, model_path)
    needed = weight_bytes(tensor, model_path)
    length = _whole(facts["length"], "length", tensor, model_path) if "length" in facts else needed
    if length is None:
        length = 0
    if needed is not None and length != needed:
        raise ModelError(
            f"{model_path.name} says that the weights '{shorten(tensor.name)}' take {length} bytes of "
            f"{shorten(location)}; their shape needs {needed}. Export the model again."
        )
    if offset + length > size:
        raise ModelError(
            f"{shorten(location)} beside {model_path.name} is cut off: it has {size} bytes, the weights "
            f"'{shorten(tensor.name)}' end at {offset + length}. Copy or download it again."
        )


def external_path(location: str, model_path: Path) -> Path:
    """Return the file of an external-data location, which has to lie in the model's folder or below.

    Raises ModelError for absolute paths, for ``..``, and for links that lead out of the folder.
    """
    folder = model_path.parent
    # Windows reads both slashes, drives and network names; a file made to attack it must not pass elsewhere either
    windows = PureWindowsPath(location)
    is_outside = bool(windows.drive or windows.root) or ".." in windows.parts or "\0" in location
    file = folder / location.replace("\\", "/")
    try:
        is_outside = is_outside or folder.resolve() not in file.resolve().parents
    except (OSError, ValueError, RuntimeError):  # RuntimeError: a circle of links
        is_outside = True
    if is_outside or not location:
        raise ModelError(
            f"{model_path.name} keeps weights in '{shorten(location)}', which is outside of its folder and never "
            "opened: keep the files of a model together and export it with paths relative to its folder."
        )
    return file


def _size(file: Path, location: str, model_path: Path) -> int:
    try:
        facts = file.stat()
    except OSError:
        facts = None
    if facts is None or not stat.S_ISREG(facts.st_mode):
        raise ModelError(
            f"{model_path.name} keeps weights in {shorten(location)}, which is not there: put that file into the "
            f"folder {model_path.parent}."
        )
    return facts.st_size


def _whole(text: str, what: str, tensor: Any, model_path: Path) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ModelError(
            f"{model_path.name} gives '{shorten(text)}' as the {what} of the weights '{shorten(tensor.name)}' in their "
            "file; expected a whole number of bytes. Export the model again."
        )
    return int(text)
