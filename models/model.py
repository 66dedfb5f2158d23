"""A model that can be run: its card, verified against its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .card.limits import check_limits
from .card.read import read_card
from .card.types import ModelCard
from .catalog.entries import models_folder, resolve_model
from .catalog.trust import check_unchanged, is_inside
from .errors import ModelError
from .runtime.safety import external_files
from .runtime.signature import read_proto


@dataclass(frozen=True)
class Model:
    """A card and the SHA-256 of the file that it describes."""

    card: ModelCard
    sha256: str


def load_model(path: str | Path, folder: Path | None = None) -> Model:
    """Return the model that *path* names, checked but not yet loaded.

    *path* is an ``.onnx`` file, the description of one, or the id of a model in the catalogue, whose models folder is
    *folder* (see `models_folder`). Raises ModelError when the model can't be found, read or understood, when its
    checksum is not the card's, or when it lies in the models folder and changed since it was added.
    """
    resolved = resolve_model(path, folder)
    model = read_model(resolved)
    given = Path(str(resolved).strip()).expanduser()
    home = models_folder(folder)
    if home is not None and is_inside(home, given):
        check_unchanged(home, model_files(given, model))
    return model


def read_model(path: str | Path, *, accept_changed: bool = False) -> Model:
    """Return the model in a file, without a look at the catalogue; raises ModelError as `load_model` does.

    With *accept_changed* the checksum that the card holds does not count.
    """
    card = read_card(path)
    check_limits(card)
    sha256 = file_sha256(card.model_path)
    if card.checksum not in (None, sha256) and not accept_changed:
        raise ModelError(
            f"{card.model_path.name} is not the file that its card describes: expected SHA-256 "
            f"{str(card.checksum)[:12]}…, found {sha256[:12]}…. Get the model again; if you changed it, describe it "
            "anew (describemodel with OVERWRITE), or agree with ACCEPT_CHANGED of addmodel if it is in the catalogue."
        )
    return Model(card, sha256)


def model_files(given: Path, model: Model) -> dict[Path, str]:
    """Return the files that decide what a model computes, with their SHA-256; *given* is what names the model.

    An Esri package is one file; else it is the ONNX file and those that hold its weights.
    """
    path = model.card.model_path
    if given.suffix.lower() == ".dlpk":
        return {given: file_sha256(given)}
    others = [path.parent / name for name in external_files(read_proto(path))]
    return {path: model.sha256, **{other: file_sha256(other) for other in others}}


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hexadecimal; raise ModelError when it can't be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror}.") from None
    return digest.hexdigest()
