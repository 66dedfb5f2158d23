"""What the manager does to files; everything here is called in the background."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QFile

from ...models.catalog.adding import ChangedModelError, TakenIdError, add_model
from ...models.catalog.entries import CatalogEntry, list_models
from ...models.catalog.index import default_index
from ...models.catalog.removal import Removal, Removed, plan_removal, remove_model
from ...models.catalog.trust import ChangedFileError
from ...models.errors import ModelError
from ...models.files import is_file
from ...models.runtime.signature import TensorInfo, read_signature
from ...processing.base import translate
from ..library.facts import ModelFacts, read_facts
from ..library.words import size_text
from .shelf import Network, Offers, ShelfItem, merge, read_offers

_MOST_FILES_NAMED = 6


@dataclass(frozen=True)
class Added:
    """What became of a file that was to be added: an entry, or a question."""

    path: str
    entry: CatalogEntry | None = None
    changed: str = ""
    """it is there with other content: this says so"""
    taken: str = ""
    """its id is another's: this says whose"""
    suggested: str = ""
    """an id that is free"""
    inputs: tuple[TensorInfo, ...] = ()
    """nothing says what these inputs are"""
    problem: str = ""
    """why that has to be known"""


@dataclass(frozen=True)
class Shelf:
    """All that is listed."""

    items: tuple[ShelfItem, ...]
    offers: Offers


def read_shelf(folder: Path, offers: Offers) -> Shelf:
    """Return the models on this computer together with what catalogues offered."""
    return Shelf(merge(list_models(folder), offers), offers)


def look_for_offers(folder: Path, addresses: Sequence[str], network: Network) -> Shelf:
    """Return the models on this computer and those that the catalogues offer now."""
    usual = default_index()
    named = dict.fromkeys([*([usual] if usual else []), *addresses])
    if not named:
        return read_shelf(
            folder,
            Offers(problems=(translate("No catalogue is named: add its address in Settings ▸ Options ▸ GeONNX."),)),
        )
    return read_shelf(folder, read_offers(named, network))


def add_file(path: str, folder: Path, *, model_id: str = "", accept_changed: bool = False) -> Added:
    """Copy a model into the models folder, or say what has to be asked first."""
    try:
        return Added(path, add_model(path, folder, model_id=model_id, accept_changed=accept_changed))
    except ChangedModelError as error:
        return Added(path, changed=_without_parameter(str(error)))
    except TakenIdError as error:
        return Added(path, taken=_without_parameter(str(error)), suggested=free_id(model_id or Path(path).stem, folder))
    except ModelError as error:
        inputs = _unknown_inputs(Path(path))
        if not inputs:
            raise
        return Added(path, inputs=inputs, problem=str(error))


def _unknown_inputs(path: Path) -> tuple[TensorInfo, ...]:
    """Return the inputs of a sound model that nothing describes and that can't be guessed; else nothing."""
    if path.suffix.lower() != ".onnx" or is_file(path.with_suffix(".json")):
        return ()
    try:
        inputs = read_signature(path).inputs
    except ModelError:
        return ()
    return inputs if len(inputs) > 1 or len(inputs[0].shape) not in (2, 4) else ()


def copy_to_edit(entry: CatalogEntry, folder: Path) -> CatalogEntry:
    """Copy a model that came from elsewhere, so that its description can be changed."""
    return add_model(str(entry.path), folder, model_id=free_id(f"{entry.id}-copy", folder), is_copy=True)


def read_or_changed(model: str) -> ModelFacts | ChangedFileError:
    """Return what is known of a model, or that its file changed behind the user's back."""
    try:
        return read_facts(model)
    except ChangedFileError as error:
        return error


def agree(entry: CatalogEntry, folder: Path) -> CatalogEntry:
    """Agree with a model that changed."""
    return add_model(str(entry.path), folder, accept_changed=True)


def change_question(entry: CatalogEntry, problem: str) -> str:
    """Return what to ask before a changed model is agreed with."""
    said = problem.split(". If you changed it", 1)[0]
    return translate("{}.\n\nA model is a program that runs on this computer. Use {} as it is now?").format(
        said, entry.name
    )


def free_id(wanted: str, folder: Path) -> str:
    """Return an id that nobody has: the wanted one, or that with a number."""
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted).strip("-._") or "model"
    taken = {entry.id for entry in list_models(folder)}
    number, found = 1, base
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def plan(entry: CatalogEntry, folder: Path) -> Removal:
    """Return what the removal of a model takes away."""
    return plan_removal(entry, folder)


def remove(removal: Removal) -> Removed:
    """Remove a model, to the wastebasket where there is one."""
    return remove_model(removal, to_trash)


def to_trash(path: Path) -> bool:
    """Move a file to the wastebasket; return False where Qt can't."""
    move: Any = getattr(QFile, "moveToTrash", None)  # from Qt 5.15 on
    if move is None:
        return False
    answer = move(str(path))
    return bool(answer[0] if isinstance(answer, tuple) else answer)


def removal_question(removal: Removal) -> str:
    """Return what to ask before a model is removed."""
    named = _listed(removal.files)
    text = translate("Remove {} from this computer?").format(removal.entry.name)
    text += "\n\n" + f"{named} ({size_text(removal.size_bytes)})"
    if removal.shared:
        text += "\n\n" + translate("Other models need these too, so they stay: {}").format(_listed(removal.shared))
    return text + "\n\n" + translate("It goes to the wastebasket where there is one; else it is deleted.")


def _listed(paths: Iterable[Path]) -> str:
    names = [path.name for path in paths]
    more = translate(" and {} more").format(len(names) - _MOST_FILES_NAMED) if len(names) > _MOST_FILES_NAMED else ""
    return ", ".join(names[:_MOST_FILES_NAMED]) + more


def _without_parameter(message: str) -> str:
    """Return the engine's sentence without its hint at a parameter, in whose place the window asks."""
    return message.replace(" Set ACCEPT_CHANGED if you trust it.", "").replace(": give another ID.", ".")
