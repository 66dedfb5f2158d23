"""Other forms of a bundled model for some devices: the same network in int8, where that is faster and as right.

A card lists them as ``geonnx:forms`` (docs/cards.md). What the card says of the model, it says of all forms: they have
the same inputs and outputs, and what they lose was measured when they were made.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from .card.fields import number, objects, read_json_object, text
from .catalog.entries import BUNDLED
from .catalog.index_item import read_sha256
from .cluster.address import is_cluster
from .errors import ModelError
from .feedback import Feedback
from .model import Model, file_sha256
from .runtime.devices import CPU, parse_devices
from .runtime.session import import_onnxruntime
from .settings import RunSettings

_INT8_UNITS = ("AVX512VNNI", "AVX512_CLX", "ASIMDDP")
"""what numpy calls instructions that multiply and add bytes; without them int8 is no faster, or overflows"""


@dataclass(frozen=True)
class Form:
    """A file that computes what the model computes, otherwise."""

    file: str
    """its name, in the folder of the card"""
    sha256: str
    precision: str
    """``int8``"""
    devices: tuple[str, ...]
    """``cpu``"""
    loss: float
    """percentage points of the model's main figure"""


def pick_form(model: Model, settings: RunSettings, feedback: Feedback) -> Model:
    """Return the form of a model that suits the device of a run; the model itself where none does.

    A form that is not the file that the card describes is passed over with a warning. Raises ModelError when the card
    is malformed, DeviceError when the device can't be.
    """
    card_path = model.card.card_path
    options = settings.options
    if not options.int8 or options.half or card_path is None or card_path.parent.resolve() != BUNDLED.resolve():
        return model
    forms = [form for form in read_forms(card_path) if form.precision == "int8" and "cpu" in form.devices]
    if not forms or not runs_on_cpu(settings.device) or not has_int8_units():
        return model
    form = forms[0]
    path = card_path.with_name(form.file)
    try:
        found = file_sha256(path)
    except ModelError as error:
        feedback.warn(f"The model runs in float32: {error}")
        return model
    if found != form.sha256:
        feedback.warn(
            f"The model runs in float32: {form.file} is not the file that its card describes (expected SHA-256 "
            f"{form.sha256[:12]}…, found {found[:12]}…)."
        )
        return model
    feedback.log(
        f"{form.file} runs: the same network in int8, which this processor computes faster (it loses "
        f'{max(form.loss, 0):g} points, says the card); OPTIONS {{"int8": false}} takes float32.'
    )
    return Model(replace(model.card, model_path=path, checksum=form.sha256), form.sha256)


def read_forms(card_path: Path) -> tuple[Form, ...]:
    """Return the forms that a card lists; raise ModelError when one is malformed or lies elsewhere."""
    properties = read_json_object(card_path).get("properties")
    listed = properties.get("geonnx:forms") if isinstance(properties, dict) else None
    return tuple(
        _read_form(entry, f"geonnx:forms[{place}] of {card_path.name}")
        for place, entry in enumerate(objects(listed or [], "geonnx:forms"))
    )


def _read_form(entry: dict[str, Any], what: str) -> Form:
    name, sha256 = text(entry.get("href")).removeprefix("./"), read_sha256(entry.get("sha256"))
    devices = entry.get("devices")
    if Path(name).name != name or Path(name).suffix != ".onnx" or not sha256 or not isinstance(devices, list):
        raise ModelError(
            f"The {what} should have href (an .onnx file beside the card), sha256 and devices: make the card again."
        )
    loss = number(entry.get("loss"), f"loss in {what}")
    return Form(name, sha256, text(entry.get("precision")), tuple(map(text, devices)), loss)


def runs_on_cpu(device: str) -> bool:
    """Return True when a run on *device* computes on the processors of this machine, as far as is known beforehand.

    Raises DeviceError as `parse_devices` does.
    """
    if is_cluster(device):
        return False
    requests = parse_devices(device, import_onnxruntime().get_available_providers())
    return all(request.providers[:1] == (CPU,) for request in requests)


def has_int8_units() -> bool:
    """Return True when the processor multiplies and adds bytes in one go: VNNI of Intel and AMD, dot product of ARM."""
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):  # of numpy 2, of numpy 1
        with suppress(ImportError):
            features = getattr(import_module(name), "__cpu_features__", {})
            return any(features.get(unit) for unit in _INT8_UNITS)
    return False
