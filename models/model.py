"""A model that can be run: its card, verified against its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .card.read import read_card
from .card.types import ModelCard
from .errors import ModelError


@dataclass(frozen=True)
class Model:
    """A card and the SHA-256 of the file that it describes."""

    card: ModelCard
    sha256: str


def load_model(path: str | Path) -> Model:
    """Return the model in *path* (an ``.onnx`` file, or the ``.json`` that describes one), checked but not yet loaded.

    Raises ModelError when it can't be found, read or understood, or when its checksum is not the card's.
    """
    card = read_card(path)
    sha256 = file_sha256(card.model_path)
    if card.checksum is not None and card.checksum != sha256:
        raise ModelError(
            f"{card.model_path.name} is not the file that its card describes: expected SHA-256 {card.checksum[:12]}…, "
            f"found {sha256[:12]}…. Get the model again, or correct the card's file:checksum if you changed the model."
        )
    return Model(card, sha256)


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
