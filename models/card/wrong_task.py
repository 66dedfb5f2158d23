"""A model that was made for another task than the one it is used for."""

from __future__ import annotations

from ..errors import ModelError
from .types import ModelCard

_ALGORITHMS = {
    "classify": "Classify scenes",
    "segment": "Segment raster",
    "change": "Detect change",
    "clouds": "Remove clouds",
}


def wrong_task(card: ModelCard, expected: str) -> ModelError:
    """Return the error for a model of another task; *expected* ends the sentence "expected one …"."""
    return ModelError(
        f"{card.name} is a model for the task '{card.task}'; expected one {expected}: use "
        f"'{_ALGORITHMS[card.task]}' for it, or correct geonnx:task in its description."
    )
