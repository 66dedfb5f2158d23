"""The entries of ``mlm:input`` and ``mlm:output``: what each tensor takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast, get_args

from ..errors import ModelError
from ..runtime.signature import Signature, TensorInfo
from . import tensors
from .band_definitions import merge, read_definition
from .classes import read_classes, read_threshold
from .fields import number, text
from .roles import IMAGE_ROLES, InputHint, infer_roles
from .training_features import read_training_features
from .types import (
    Activation,
    BandSpec,
    ClassSpec,
    InputSpec,
    OutputRole,
    OutputSpec,
    RadarUnit,
    Role,
    Scaling,
    Task,
)
from .value_scaling import read_legacy_scalings, read_scalings

DIM_NAMES = {
    "batch": "B", "bands": "C", "band": "C", "channel": "C", "channels": "C", "variables": "C", "variable": "C",
    "time": "T", "times": "T", "date": "T", "dates": "T", "height": "H", "width": "W", "class": "K", "classes": "K",
    "y": "H", "x": "W", "h": "H", "w": "W", "lat": "H", "lon": "W", "pixel": "N", "pixels": "N", "sample": "N",
    "samples": "N",
}  # fmt: skip
_CLASS_KEYS = ("classification:classes", "classification_classes", "classes")
_UNITS = ("", "day_of_year", "days")
_VALUES = ("stored", "reflectance", *get_args(RadarUnit)[1:])
_HOTTEST = 1000.0
# tiles are cut from the raster and padded at its edge anyway
_HARMLESS_RESIZE = ("crop", "pad")
_RESIZE_TYPES = (
    "crop", "pad", "interpolation-nearest", "interpolation-linear", "interpolation-cubic", "interpolation-area",
    "interpolation-lanczos4", "interpolation-max", "wrap-fill-outliers", "wrap-inverse-map",
)  # fmt: skip


def read_inputs(
    entries: Sequence[dict[str, Any]],
    signature: Signature,
    task: Task,
    definitions: dict[str, BandSpec],
    problems: list[str],
) -> tuple[InputSpec, ...]:
    """Return the described inputs; *definitions* are the bands that STAC describes by name.

    Raises ModelError when one is malformed, contradicts the ONNX file, or would need code to be executed.
    """
    found = []
    for position, entry in enumerate(entries):
        what = f"mlm:input[{position}]"
        tensor = tensors.find_tensor(signature.inputs, text(entry.get("name")), position, "input")
        found.append((entry, tensor, what, _bands(entry, what, definitions)))
    hints = [_hint(entry, tensor, what, bands, task) for entry, tensor, what, bands in found]
    roles = infer_roles(hints, task, problems)
    specs = tuple(_read_input(*parts, role, hint.dims, problems) for parts, role, hint in zip(found, roles, hints))
    described = {spec.name for spec in specs}
    for tensor in signature.inputs:
        if tensor.name not in described:
            problems.append(f"The ONNX file has an input '{tensor.name}' that the card does not describe.")
    return specs


def _structure(entry: dict[str, Any], key: str) -> dict[str, Any]:
    found = entry.get(key)
    if isinstance(found, list) and found:
        found = found[0]  # MLM 1.0 lists the structure
    return found if isinstance(found, dict) else {}


def _dims(order: object, what: str) -> str:
    if order is None:
        return ""
    names = [str(name).lower() for name in order] if isinstance(order, list) else []
    if not names or not all(name in DIM_NAMES for name in names):
        raise ModelError(
            f"The card's dim_order of {what} is {order!r:.120}; expected names such as batch, bands, time, height, "
            "width, class."
        )
    dims = "".join(DIM_NAMES[name] for name in names)
    if len(set(dims)) != len(dims):
        raise ModelError(f"The card's dim_order of {what} is {order!r:.120}, which names an axis twice; correct it.")
    return dims


def _as_table(dims: str) -> str:
    """Return ``NC`` for ``BC``, ``NTC`` for ``BTC``: without height and width, the batch of an image is its pixels."""
    return dims.replace("B", "N") if dims and not set("HW") & set(dims) and "N" not in dims else dims


def _hint(entry: dict[str, Any], tensor: TensorInfo, what: str, bands: tuple[BandSpec, ...], task: Task) -> InputHint:
    dims = _lenient_dims(_structure(entry, "input").get("dim_order")) or _guess_dims(tensor, len(bands), task)
    fits = len(dims) == len(tensor.shape)
    return InputHint(
        names=(text(entry.get("name")), tensor.name),
        dims=dims,
        rank=len(tensor.shape),
        role=_role(entry, what),
        bands=tuple(band.name for band in bands),
        channels=tensor.shape[dims.index("C")] if fits and "C" in dims else None,
    )


def _guess_dims(tensor: TensorInfo, bands: int, task: Task) -> str:
    """Return the axes of an image from its shape; empty for a tensor that is none, or may have several orders."""
    if len(tensor.shape) < 3:
        return ""
    if task == "change" and bands and bands not in tensor.shape and 2 * bands in tensor.shape:
        bands *= 2  # both dates on the channel axis
    try:
        return tensors.image_dims(tensor, bands or None)
    except ModelError:
        return ""


def _lenient_dims(order: object) -> str:
    names = [DIM_NAMES.get(str(name).lower(), "") for name in order] if isinstance(order, list) else []
    return "".join(names) if all(names) and len(set(names)) == len(names) else ""


def _read_input(
    entry: dict[str, Any],
    tensor: TensorInfo,
    what: str,
    bands: tuple[BandSpec, ...],
    role: Role,
    guessed: str,
    problems: list[str],
) -> InputSpec:
    structure = _structure(entry, "input")
    is_image = role in IMAGE_ROLES
    order = structure.get("dim_order")
    dims = (_as_table(_dims(order, what)) or guessed) if is_image else _lenient_dims(order)
    if entry.get("pre_processing_function"):
        problems.append(
            f"{what} names a pre_processing_function, which is never executed; only value_scaling is applied."
        )
    _check_tensor(structure, tensor, what, problems)
    unit, values = entry.get("geonnx:unit", ""), entry.get("geonnx:values", "stored")
    if unit not in _UNITS:
        raise ModelError(f"The card's geonnx:unit of {what} is {unit!r:.80}; expected day_of_year or days.")
    if values not in _VALUES:
        raise ModelError(f"The card's geonnx:values of {what} is {values!r:.80}; expected {' or '.join(_VALUES)}.")
    spec = tensors.image_input(
        tensor,
        dims=dims if is_image or len(dims) == len(tensor.shape) else None,
        role=role,
        bands=bands,
        scaling=_scalings(entry, what, problems),
        reflectance=values == "reflectance",
        radar_unit=_radar_unit(entry, values, what),
        resize=_resize(entry.get("resize_type"), what, problems),
        unit=unit,
    )
    return replace(spec, training_features=read_training_features(entry, spec, what, problems)) if is_image else spec


def _radar_unit(entry: dict[str, Any], values: str, what: str) -> RadarUnit:
    unit = entry.get("geonnx:radar", values if values in get_args(RadarUnit) else "")
    if unit not in get_args(RadarUnit):
        raise ModelError(f"The card's geonnx:radar of {what} is {unit!r:.80}; expected db or power.")
    return cast("RadarUnit", unit)


def _check_tensor(structure: dict[str, Any], tensor: TensorInfo, what: str, problems: list[str]) -> None:
    """Note where the card says another type or another fixed size than the ONNX file, which is followed."""
    said = structure.get("data_type")
    if said not in (None, tensor.dtype, "other"):
        problems.append(f"{what} says {said!r:.40}; the ONNX file has {tensor.dtype}, which is used.")
    shape = structure.get("shape")
    if not isinstance(shape, list) or len(shape) != len(tensor.shape):
        return
    wrong = [
        (given, real) for given, real in zip(shape, tensor.shape)
        if real is not None and isinstance(given, int) and given > 0 and given != real
    ]  # fmt: skip
    if wrong:
        problems.append(
            f"{what} says the shape {shape!r:.80}; the ONNX file has {tensors.describe_shape(tensor.shape)}, which is "
            "used."
        )


def said_tile_px(entry: dict[str, Any], spec: InputSpec) -> int | None:
    """Return the edge of square tiles that the card gives for a model that takes any size; None where it does not."""
    shape = _structure(entry, "input").get("shape")
    if not isinstance(shape, list) or len(shape) != len(spec.dims) or not set("HW") <= set(spec.dims):
        return None
    sizes = [shape[spec.dims.index(dim)] for dim in "HW"]
    is_open = spec.size("H") is None and spec.size("W") is None
    is_square = all(type(size) is int for size in sizes) and sizes[0] == sizes[1] and 0 < sizes[0] <= 16384
    return sizes[0] if is_open and is_square else None


def _resize(value: object, what: str, problems: list[str]) -> str:
    if value is None:
        return ""
    if value not in _RESIZE_TYPES:
        problems.append(f"{what} has the resize_type {value!r:.80}, which is no type of STAC MLM and is not applied.")
        return ""
    if value not in _HARMLESS_RESIZE:
        problems.append(
            f"{what} was trained with the resize_type '{value}'; tiles are cut from the raster at its own pixel size "
            "(or at geonnx:gsd_m), never stretched."
        )
    return str(value)


def _role(entry: dict[str, Any], what: str) -> Role | None:
    role = entry.get("geonnx:role")
    if role is not None and role not in get_args(Role):
        raise ModelError(
            f"The card's geonnx:role of {what} is {role!r:.80}; expected one of {', '.join(get_args(Role))}."
        )
    return cast("Role | None", role)


def _bands(entry: dict[str, Any], what: str, definitions: dict[str, BandSpec]) -> tuple[BandSpec, ...]:
    listed = entry.get("bands") or entry.get("variables") or ()
    if not isinstance(listed, (list, tuple)):
        raise ModelError(f"The card's bands of {what} should be a list; found {listed!r:.80}.")
    return tuple(_band(item, what, definitions) for item in listed)


def _band(item: object, what: str, definitions: dict[str, BandSpec]) -> BandSpec:
    name = item.get("name") if isinstance(item, dict) else item
    if isinstance(item, dict) and item.get("expression"):
        raise ModelError(
            f"The card's band {name!r:.80} of {what} is made by an expression, which is never executed: compute that "
            "band beforehand, store it in the raster and name it in the card without expression."
        )
    if not isinstance(name, str) or not name:
        raise ModelError(f"The card's bands of {what} should be names; found {item!r:.80}.")
    own = read_definition(item) if isinstance(item, dict) else BandSpec(name)
    return merge(own, definitions[name]) if name in definitions else own


def _scalings(entry: dict[str, Any], what: str, problems: list[str]) -> tuple[Scaling | None, ...]:
    if entry.get("value_scaling") is not None:
        return read_scalings(entry["value_scaling"], f"value_scaling of {what}")
    return read_legacy_scalings(entry, what, problems)


def read_outputs(
    entries: Sequence[dict[str, Any]], signature: Signature, image: InputSpec, task: Task, problems: list[str]
) -> tuple[OutputSpec, ...]:
    """Return the described outputs of a model whose main input is *image*; raise ModelError as `read_inputs` does."""
    return tuple(
        _read_output(entry, f"mlm:output[{position}]", position, signature, image, task, problems)
        for position, entry in enumerate(entries)
    )


def _read_output(
    entry: dict[str, Any],
    what: str,
    position: int,
    signature: Signature,
    image: InputSpec,
    task: Task,
    problems: list[str],
) -> OutputSpec:
    result = _structure(entry, "result")
    tensor = tensors.find_tensor(signature.outputs, text(entry.get("name")), position, "output")
    role = _output_role(entry, what, task)
    dims = _output_dims(result.get("dim_order"), what, role, image)
    if dims and len(dims) != len(tensor.shape):
        problems.append(
            f"{what} gives {len(dims)} dimensions; the ONNX file has {len(tensor.shape)}: the file is followed."
        )
        dims = ""
    _check_tensor(result, tensor, what, problems)
    if entry.get("post_processing_function"):
        problems.append(f"{what} names a post_processing_function, which is never executed.")
    activation = entry.get("geonnx:activation")
    if activation is not None and activation not in get_args(Activation):
        raise ModelError(
            f"The card's geonnx:activation of {what} is {activation!r:.80}; expected {', '.join(get_args(Activation))}."
        )
    classes = _classes(entry, what)
    if activation and tensors.activation_made(tensor) and activation != "none":
        problems.append(
            f"{what} asks for {activation}, but the ONNX file already ends in {tensor.made_by}, so it is left out."
        )
    return tensors.map_output(
        tensor,
        image,
        dims=dims or None,
        role=role,
        classes=classes,
        activation=activation,
        threshold=read_threshold(entry.get("geonnx:threshold", 0.5), what),
        temperature=_temperature(entry, what),
        multi_label=_is_multi_label(entry, what, task, tensor, len(classes)),
        scaling=read_scalings(entry.get("geonnx:scaling"), f"geonnx:scaling of {what}"),
        bands=_output_bands(entry, what),
        date=_output_date(entry, what),
    )


def _output_bands(entry: dict[str, Any], what: str) -> tuple[str, ...]:
    listed = entry.get("geonnx:bands") or ()
    if not isinstance(listed, (list, tuple)) or not all(isinstance(name, str) for name in listed):
        raise ModelError(f"The card's geonnx:bands of {what} should be a list of names; found {listed!r:.80}.")
    return tuple(listed)


def _output_date(entry: dict[str, Any], what: str) -> int | None:
    date = entry.get("geonnx:date")
    if date is not None and type(date) is not int:
        raise ModelError(
            f"The card's geonnx:date of {what} is {date!r:.80}; expected a whole number: 0 for the first date of the "
            "series, -1 for the last."
        )
    return date


def _temperature(entry: dict[str, Any], what: str) -> float:
    temperature = number(entry.get("geonnx:temperature", 1.0), f"geonnx:temperature of {what}")
    if not 0 < temperature <= _HOTTEST:
        raise ModelError(
            f"The card's geonnx:temperature of {what} is {temperature:g}; expected a number above 0, 1 for none."
        )
    return temperature


def _is_multi_label(entry: dict[str, Any], what: str, task: Task, tensor: TensorInfo, classes: int) -> bool:
    said = entry.get("geonnx:multi_label")
    if said is None:
        is_sigmoid = tensor.made_by == "Sigmoid" or entry.get("geonnx:activation") == "sigmoid"
        return task == "classify" and classes > 1 and is_sigmoid
    if not isinstance(said, bool):
        raise ModelError(f"The card's geonnx:multi_label of {what} is {said!r:.80}; expected true or false.")
    return said


def _output_role(entry: dict[str, Any], what: str, task: Task) -> OutputRole:
    usual: dict[Task, OutputRole] = {"change": "change", "clouds": "image"}
    role = entry.get("geonnx:role", usual.get(task, "classes"))
    if role not in get_args(OutputRole):
        raise ModelError(
            f"The card's geonnx:role of {what} is {role!r:.80}; expected one of {', '.join(get_args(OutputRole))}."
        )
    return cast("OutputRole", role)


def _output_dims(order: object, what: str, role: OutputRole, image: InputSpec) -> str:
    dims = _lenient_dims(order)
    if order is not None and not isinstance(order, list):
        _dims(order, what)
    if role in tensors.PICTURE_ROLES:
        return dims.replace("K", "C")
    dims = dims.replace("C", "K") if "K" not in dims else dims  # the "channel" axis of scores is their class axis
    return _as_table(dims) if "N" in image.dims else dims


def _classes(entry: dict[str, Any], what: str) -> tuple[ClassSpec, ...]:
    return read_classes(next((entry[key] for key in _CLASS_KEYS if entry.get(key)), None), what)
