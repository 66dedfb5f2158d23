"""Which files in the models folder the user agreed with: a model that changed since then is not run.

``trust.json`` in the models folder maps the path of each file, relative to the folder, to its SHA-256. Files are
entered when they are added or downloaded, else when they are used for the first time.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..card.fields import read_json_object
from ..errors import ModelError, OutputError
from ..files import exists

TRUST_FILE = "trust.json"


class ChangedFileError(ModelError):
    """A file in the models folder is not what the user agreed with."""


def is_inside(folder: Path, path: Path) -> bool:
    """Return True when a file lies in the folder or below it."""
    return bool(trust_key(folder, path))


def check_unchanged(folder: Path, files: Mapping[Path, str]) -> None:
    """Check files (path → SHA-256) that make up one model against what the user agreed with; enter new ones.

    Files outside of *folder* are not looked at. Raises ModelError when one changed, or when the list can't be read.
    """
    current = {trust_key(folder, path): sha256 for path, sha256 in files.items() if trust_key(folder, path)}
    if not current:
        return
    known = read_trust(folder)
    for key, sha256 in current.items():
        if known.get(key, sha256) != sha256:
            raise ChangedFileError(
                f"{key} changed since it was added: expected SHA-256 {known[key][:12]}…, found {sha256[:12]}…. If you "
                "changed it yourself, agree with geonnx:addmodel (Add model) and ACCEPT_CHANGED; else get it again."
            )
    if not current.keys() <= known.keys():
        # a folder that can't be written to (a shared one) still serves its models
        with suppress(OutputError):
            trust_files(folder, files)


def trust_files(folder: Path, files: Mapping[Path, str]) -> None:
    """Enter files (path → SHA-256) as the ones that the user agrees with; raise OutputError when that can't be kept."""
    try:
        known = read_trust(folder)
    except ModelError as error:
        raise OutputError(str(error)) from None
    known.update({trust_key(folder, path): sha256 for path, sha256 in files.items() if trust_key(folder, path)})
    _write(folder, {key: sha256 for key, sha256 in known.items() if exists(folder / key)})


def trusted_sha256(folder: Path, path: Path) -> str:
    """Return the SHA-256 with which a file was entered; empty when it was not, or the list can't be read."""
    try:
        return read_trust(folder).get(trust_key(folder, path), "")
    except ModelError:
        return ""


def read_trust(folder: Path) -> dict[str, str]:
    """Return the list, relative path → SHA-256; raise ModelError when it is there but can't be read."""
    path = folder / TRUST_FILE
    if not exists(path):
        return {}
    models: Any = read_json_object(path).get("models")
    if not isinstance(models, dict) or not all(isinstance(value, str) for value in models.values()):
        raise ModelError(
            f"{path} is damaged: expected the SHA-256 of each model. Delete it to agree with all models in "
            f"{folder} as they are."
        )
    return models


def trust_key(folder: Path, path: Path) -> str:
    """Return the path relative to the folder, with / between its parts; empty when it lies elsewhere."""
    # links are followed only up to the folder: the user may link to models that lie elsewhere
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(folder))  # noqa: PTH100
    parts = Path(relative).parts
    return "" if Path(relative).is_absolute() or ".." in parts else "/".join(parts)


def _write(folder: Path, models: dict[str, str]) -> None:
    text = json.dumps({"version": 1, "models": dict(sorted(models.items()))}, indent=1) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".trust-", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(folder / TRUST_FILE)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{folder / TRUST_FILE} can't be written: {error.strerror}.") from None
