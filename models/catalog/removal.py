"""Removing a model from the models folder: its files, and never anything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..card.esri import emd_model_path
from ..card.fields import read_json_object
from ..card.read import read_card
from ..errors import GeonnxError, ModelError, OutputError
from ..files import exists, is_file
from ..runtime.external import external_path
from ..runtime.safety import external_files
from ..runtime.signature import read_proto
from .entries import DOWNLOADED, CatalogEntry, list_models
from .index import FILE_ROLE
from .index_item import item_assets
from .trust import is_inside, read_trust, trust_files

_SIDECARS = (".json", ".onnx.json", ".emd")


@dataclass(frozen=True)
class Removal:
    """What the removal of a model would take away."""

    entry: CatalogEntry
    folder: Path
    """the models folder"""
    files: tuple[Path, ...]
    """what belongs to this model alone, the model file first"""
    shared: tuple[Path, ...] = ()
    """what another model needs too, and what therefore stays"""
    size_bytes: int = 0


@dataclass(frozen=True)
class Removed:
    """What a removal did."""

    files: tuple[Path, ...]
    is_in_trash: bool
    """True when all of it can be had back from the wastebasket"""


def plan_removal(entry: CatalogEntry, folder: Path) -> Removal:
    """Return which files would go with a model; nothing is touched yet.

    Raises ModelError for models that are not in the models folder, which is all that may be removed.
    """
    if entry.path is None:
        raise ModelError(f"{entry.id} is not on this computer; there is nothing to remove.")
    path = _plain(entry.path)
    if entry.source == "bundled" or not is_inside(folder, path) or not _is_really_inside(folder, path.parent):
        raise ModelError(
            f"{entry.id} lies in {path.parent}, outside of the models folder {folder}; only models in that folder are "
            "removed."
        )
    if not exists(path) and not path.is_symlink():
        raise ModelError(f"{path} is not there any more.")
    mine = _belongings(path) | (_downloaded(path, folder) if entry.source == "downloaded" else set())
    mine = {file for file in mine if is_inside(folder, file) and _is_really_inside(folder, file.parent)}
    needed = _needed_by_others(path, mine, folder)
    files = [path, *sorted(mine - needed - {path})]
    return Removal(entry, folder, tuple(files), tuple(sorted(mine & needed)), sum(_size(file) for file in files))


def remove_model(removal: Removal, trash: Callable[[Path], bool] = lambda _path: False) -> Removed:
    """Remove the files of a plan, and the folders that are empty then.

    *trash* moves a file to the wastebasket and returns False where it can't; then the file is deleted. Raises
    OutputError when one can't be removed; the model file goes first, so that no half of a model stays in use.
    """
    in_trash = True
    for path in removal.files:
        try:
            if not _throw_away(path, trash):
                in_trash = False
        except OSError as error:
            raise OutputError(
                f"{path} can't be removed: {error.strerror or error}. Is it open in another program, or may you not "
                "change that folder?"
            ) from None
    _remove_empty_folders(removal)
    with suppress(OutputError):  # a list that can't be written keeps entries of files that are gone, which is harmless
        trust_files(removal.folder, {})
    return Removed(removal.files, in_trash)


def _throw_away(path: Path, trash: Callable[[Path], bool]) -> bool:
    if not exists(path) and not path.is_symlink():
        return True
    # what a link points to is not ours, and some systems would throw away just that
    if not path.is_symlink() and trash(path):
        return True
    path.unlink(missing_ok=True)
    return False


def _remove_empty_folders(removal: Removal) -> None:
    top = removal.folder.resolve()
    kept = {top, top / DOWNLOADED}
    for start in {path.parent for path in removal.files}:
        place = start
        while place.resolve() not in kept and is_inside(removal.folder, place):
            try:
                place.rmdir()  # refuses a folder that holds anything
            except OSError:
                break
            place = place.parent


def _is_really_inside(folder: Path, place: Path) -> bool:
    """Return True when a folder is the models folder or below it, also when links are followed."""
    try:
        top, real = folder.resolve(), place.resolve()
    except (OSError, RuntimeError):  # RuntimeError: a circle of links
        return False
    return real == top or top in real.parents


def _belongings(path: Path) -> set[Path]:
    """Return the files of one model: itself, descriptions of it, and its weights."""
    files = {path, *(beside for suffix in _SIDECARS if _describes(beside := path.with_suffix(suffix), path))}
    if path.suffix.lower() != ".onnx":
        return {_plain(file) for file in files}
    with suppress(GeonnxError):
        files |= set(_weights(path))
    with suppress(GeonnxError):
        card = read_card(path).card_path
        if card is not None and card.parent == path.parent and _describes_one(card):
            files.add(card)
    return {_plain(file) for file in files}


def _describes(sidecar: Path, model: Path) -> bool:
    """Return True when a file of the model's name is a description of this very model."""
    if not is_file(sidecar) or sidecar == model:
        return False
    if sidecar.suffix.lower() != ".emd":
        return True
    try:
        return emd_model_path(read_json_object(sidecar), sidecar).resolve() == model.resolve()
    except (GeonnxError, OSError):
        return False


def _describes_one(card: Path) -> bool:
    """Return True for the description of one model; a collection may describe others too, and stays."""
    return card.suffix.lower() != ".json" or read_json_object(card).get("type") != "Collection"


def _weights(path: Path) -> list[Path]:
    """Return the files that hold weights of an ONNX file; raise ModelError when it can't be read."""
    found = []
    for location in external_files(read_proto(path)):
        with suppress(GeonnxError):  # a path that leaves the folder
            file = external_path(location, path)
            if is_file(file):
                found.append(file)
    return found


def _downloaded(path: Path, folder: Path) -> set[Path]:
    """Return the other files that came with a download: those that were entered then, and those of its item."""
    home = next((place for place in path.parents if place.parent == folder / DOWNLOADED), None)
    if home is None:
        return set()
    found = set()
    with suppress(GeonnxError):
        found = {folder / key for key in read_trust(folder) if home in (folder / key).parents}
    with suppress(GeonnxError):
        item = read_json_object(path.with_suffix(".json"))
        found |= {home / str(asset.get("href", "")) for asset in item_assets(item, FILE_ROLE).values()}
    return {_plain(file) for file in found if is_file(file) and home in _plain(file).parents}


def _needed_by_others(path: Path, mine: set[Path], folder: Path) -> set[Path]:
    """Return the files that other models in the folder need; where one can't be read, all that it may need."""
    needed: set[Path] = set()
    for other in list_models(folder):
        if other.path is None or other.source == "bundled" or _plain(other.path) == _plain(path):
            continue
        if not any(other.path.parent in file.parents for file in mine):
            continue  # weights and descriptions lie in the folder of a model or below it
        needed |= _belongings(other.path)
        if other.path.suffix.lower() == ".onnx" and other.path.parent == path.parent:
            try:
                _weights(other.path)
            except GeonnxError:
                needed |= {file for file in mine if not file.name.startswith(f"{path.stem}.")}
    return needed


def _plain(path: Path) -> Path:
    # links stay as they are, ".." goes
    return Path(os.path.abspath(path))  # noqa: PTH100


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
