"""Adding models of the user to the models folder, and agreeing with those that changed there."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ..card.write import refresh_checksum
from ..errors import ModelError, OutputError
from ..files import is_file, replace_folder
from ..model import Model, model_files, read_model
from .entries import CatalogEntry, is_id, list_models, resolve_model
from .trust import is_inside, read_trust, trust_files, trust_key

_SIDECARS = (".json", ".onnx.json", ".emd")


class ChangedModelError(ModelError):
    """The model is there already with other content, and nobody has agreed to that yet."""


class TakenIdError(ModelError):
    """Another model has the id."""


def add_model(
    model: str, folder: Path, *, model_id: str = "", accept_changed: bool = False, is_copy: bool = False
) -> CatalogEntry:
    """Copy a model with its description and weights into the models folder, or agree with one that lies there.

    *model_id* names it in the catalogue; empty takes the name of the file. A model that is there already with other
    content is replaced, or agreed with, only when *accept_changed* is set. With *is_copy* one that lies in the folder
    is copied too. Raises ModelError when the model can't be used, TakenIdError when its id is another's,
    ChangedModelError when it changed; OutputError when it can't be copied.
    """
    given = Path(str(resolve_model(model, folder)).strip()).expanduser()
    loaded = read_model(given if str(model).strip() else "", accept_changed=accept_changed)
    if accept_changed and loaded.card.checksum not in (None, loaded.sha256) and loaded.card.card_path is not None:
        refresh_checksum(loaded.card.card_path, loaded.card.checksum or "", loaded.sha256)
    hashes = model_files(given, loaded)
    if is_inside(folder, given) and not is_copy:
        _refuse_changed(folder, hashes, accept_changed)
        trust_files(folder, hashes)
        return _entry_of(folder, hashes)
    name = model_id or re.sub(r"[^A-Za-z0-9._-]+", "-", given.stem).strip("-._")
    if not is_id(name):
        raise ModelError(
            f"The id '{name}' can't be used; expected letters, digits, dots, hyphens and underscores: give another ID."
        )
    target = folder / name
    taken = next((entry for entry in list_models(folder) if entry.id == name), None)
    if taken is not None and taken.path is not None and target not in taken.path.parents:
        raise TakenIdError(f"The id '{name}' belongs to {taken.path} already: give another ID.")
    files = _files(given, loaded, hashes)
    base = Path(os.path.commonpath([str(path.parent) for path in files]))
    new = {target / path.relative_to(base): sha256 for path, sha256 in _absolute(hashes).items()}
    if target.exists():
        _refuse_changed(folder, new, accept_changed)
    _copy(files, base, target)
    trust_files(folder, new)
    return _entry_of(folder, new)


def _refuse_changed(folder: Path, hashes: dict[Path, str], accept_changed: bool) -> None:
    known = read_trust(folder)
    for path, sha256 in hashes.items():
        before = known.get(trust_key(folder, path), sha256)
        if before != sha256 and not accept_changed:
            raise ChangedModelError(
                f"{path.name} is not the file that was added before: SHA-256 {before[:12]}… then, {sha256[:12]}… now. "
                "Set ACCEPT_CHANGED if you trust it."
            )


def _files(given: Path, loaded: Model, hashes: dict[Path, str]) -> list[Path]:
    """Return everything to copy: the model, its weights, and every description beside it."""
    files = {given, *hashes}
    if given.suffix.lower() != ".dlpk":
        path = loaded.card.model_path
        files |= {path.with_suffix(suffix) for suffix in _SIDECARS if is_file(path.with_suffix(suffix))}
        if loaded.card.card_path is not None:
            files.add(loaded.card.card_path)
    return sorted(_absolute(dict.fromkeys(files, "")))


def _absolute(paths: dict[Path, str]) -> dict[Path, str]:
    # links stay as they are, ".." goes
    return {Path(os.path.abspath(path)): value for path, value in paths.items()}  # noqa: PTH100


def _copy(files: list[Path], base: Path, target: Path) -> None:
    staging = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        for path in files:
            place = staging / path.relative_to(base)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        replace_folder(staging, target)
    except OSError as error:
        raise OutputError(f"The model can't be copied to {target}: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _entry_of(folder: Path, hashes: dict[Path, str]) -> CatalogEntry:
    paths = set(_absolute(hashes))
    for entry in list_models(folder):
        if entry.path is not None and paths & (_absolute({entry.path: ""}).keys() | _beside(entry.path)):
            return entry
    names = ", ".join(path.name for path in hashes)
    raise ModelError(f"{names} is too deep in {folder} to be listed: keep models at most three folders down.")


def _beside(path: Path) -> set[Path]:
    """Return the ONNX file that an .emd may stand for in the list."""
    return set(_absolute({path.with_suffix(".onnx"): ""})) if path.suffix.lower() == ".emd" else set()
