"""The field ``geonnx:training_features`` of an input: statistics of the images that the model was trained on."""

from __future__ import annotations

from typing import Any

from ..errors import ModelError
from .fields import number, whole
from .types import InputSpec, TrainingFeatures

KEY = "geonnx:training_features"
_VERSION = 1
_LARGEST_WINDOW_PX = 1024
_MOST_BANDS = 64


def read_training_features(
    entry: dict[str, Any], spec: InputSpec, what: str, problems: list[str]
) -> TrainingFeatures | None:
    """Return the statistics of an entry of ``mlm:input``; None where it has none, or of a kind that is not known here.

    Raises ModelError when they are malformed or do not fit the bands of *spec*.
    """
    found = entry.get(KEY)
    if found is None:
        return None
    name = f"{KEY} of {what}"
    if not isinstance(found, dict):
        raise ModelError(f"The card's {name} should be an object; found {found!r:.80}. Correct the card, or remove it.")
    if found.get("version") != _VERSION:
        problems.append(
            f"{name} are of version {found.get('version')!r:.20}, and {_VERSION} is known here: images are not "
            "compared with those of the training."
        )
        return None
    unit = _numbers(found, "unit", name, None)
    bands = len(unit)
    size = 4 * bands - 1
    features = TrainingFeatures(
        window_px=whole(found.get("window_px"), f"window_px in {name}"),
        unit=unit,
        dark=_numbers(found, "dark", name, bands),
        mean=_numbers(found, "mean", name, size),
        whitening=_numbers(found, "whitening", name, size * (size + 1) // 2),
        limit=number(found.get("limit"), f"limit in {name}"),
        count=whole(found.get("count"), f"count in {name}"),
    )
    diagonal = [features.whitening[row * (row + 3) // 2] for row in range(size)]
    for expected, holds in (
        (f"window_px from 2 to {_LARGEST_WINDOW_PX}", 2 <= features.window_px <= _LARGEST_WINDOW_PX),
        ("a limit above 0", features.limit > 0),
        ("units above 0", min(unit) > 0),
        ("a diagonal of whitening above 0", min(diagonal) > 0),
        (f"the bands of the input, {len(spec.bands)}", not spec.bands or len(spec.bands) % bands == 0),
    ):
        if not holds:
            raise ModelError(f"The card's {name} should have {expected}: make it again, or remove it from the card.")
    return features


def _numbers(found: dict[str, Any], key: str, name: str, count: int | None) -> tuple[float, ...]:
    """Return a list of *count* finite numbers; of 1 to `_MOST_BANDS` where *count* is None."""
    values = found.get(key)
    fits = (count,) if count is not None else range(1, _MOST_BANDS + 1)
    if not isinstance(values, list) or len(values) not in fits:
        wanted = f"{count} numbers" if count is not None else "a number for each band"
        has = f"{len(values)} numbers" if isinstance(values, list) else f"{values!r:.40}"
        raise ModelError(
            f"The card's {name} should have {wanted} as {key}; found {has}: make it again, or remove it from the card."
        )
    return tuple(number(value, f"{key} in {name}") for value in values)


def training_features_json(features: TrainingFeatures) -> dict[str, Any]:
    """Return the value of the field."""
    return {
        "version": _VERSION,
        "window_px": features.window_px,
        "count": features.count,
        "limit": features.limit,
        "unit": list(features.unit),
        "dark": list(features.dark),
        "mean": list(features.mean),
        "whitening": list(features.whitening),
    }
