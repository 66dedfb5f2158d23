"""Reader of STAC MLM items (Machine Learning Model extension, 1.0 to 1.5) beside an ONNX file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from ..errors import ModelError
from ..runtime.signature import Signature
from . import tensors
from .colors import default_color, parse_color
from .fields import number, objects, text, whole
from .types import Activation, BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Role, Scaling, ScalingType, Task

_DIMS = {
    "batch": "B", "bands": "C", "band": "C", "channel": "C", "channels": "C", "time": "T", "height": "H", "width": "W",
    "class": "K", "classes": "K", "y": "H", "x": "W", "h": "H", "w": "W",
}  # fmt: skip
_TASKS: dict[str, Task] = {
    "semantic-segmentation": "segment", "segmentation": "segment", "classification": "classify",
    "scene-classification": "classify",
}  # fmt: skip
_SCALING_FIELDS: dict[str, tuple[str, ...]] = {
    "min-max": ("minimum", "maximum"), "z-score": ("mean", "stddev"), "clip": ("minimum", "maximum"),
    "clip-min": ("minimum",), "clip-max": ("maximum",), "offset": ("value",), "scale": ("value",),
}  # fmt: skip
_LARGEST_CLASS = 65534
"""65535 is the nodata value of uint16 class rasters"""
_CLASS_KEYS = ("classification:classes", "classification_classes", "classes")


def is_mlm(data: dict[str, Any]) -> bool:
    """Return True when the JSON object is a STAC item with the MLM extension."""
    properties = data.get("properties")
    return isinstance(properties, dict) and any(str(key).startswith("mlm:") for key in properties)


def model_path(data: dict[str, Any], card_path: Path) -> Path:
    """Return the local ONNX file that the item describes: the ``mlm:model`` asset, else the file of the same name.

    Raises ModelError when neither is there.
    """
    same_name = card_path.with_suffix(".onnx")
    asset = _model_asset(data)
    href = text(asset.get("href")) if asset else ""
    if href and "://" not in href:
        local = card_path.parent / href
        if local.is_file():
            return local
    if same_name.is_file():
        return same_name
    raise ModelError(
        f"{card_path.name} describes a model at '{href or 'no address'}', which is not on this computer: "
        f"put the ONNX file beside the description as {same_name.name}."
    )


def read_mlm(data: dict[str, Any], card_path: Path, onnx_path: Path, signature: Signature) -> ModelCard:
    """Build the card from an MLM item; *signature* is what the ONNX file itself says.

    Raises ModelError when a part of it is malformed, contradicts the ONNX file, or would need code to be executed.
    """
    properties = data["properties"]
    problems: list[str] = []
    inputs = tuple(
        _read_input(entry, position, signature, problems)
        for position, entry in enumerate(objects(properties.get("mlm:input"), "mlm:input"))
    )
    if not inputs:
        raise ModelError(f"{card_path.name} describes no input (mlm:input is empty); add the model's bands and shape.")
    outputs = tuple(
        _read_output(entry, position, signature, inputs[0], problems)
        for position, entry in enumerate(objects(properties.get("mlm:output"), "mlm:output"))
    )
    if not outputs:
        raise ModelError(f"{card_path.name} describes no output (mlm:output is empty); add the model's classes.")
    asset = _model_asset(data) or {}
    return ModelCard(
        name=text(properties.get("mlm:name")) or onnx_path.stem,
        dialect=_dialect(data),
        model_path=onnx_path,
        card_path=card_path,
        task=_task(properties, problems),
        inputs=inputs,
        outputs=outputs,
        gsd_m=_optional_number(properties, "geonnx:gsd_m"),
        halo_px=_optional_whole(properties, "geonnx:halo_px"),
        fill=_optional_number(properties, "geonnx:fill") or 0.0,
        description=text(properties.get("description")),
        licence=text(properties.get("license")) or text(data.get("license")),
        citation=text(properties.get("sci:citation")),
        version=text(properties.get("version")),
        checksum=_sha256(asset.get("file:checksum"), problems),
        problems=tuple(problems),
    )


def _dialect(data: dict[str, Any]) -> str:
    for extension in data.get("stac_extensions") or ():
        match = re.search(r"/mlm/v(\d+\.\d+(?:\.\d+)?)/", str(extension))
        if match:
            return f"STAC MLM {match.group(1)}"
    return "STAC MLM"


def _model_asset(data: dict[str, Any]) -> dict[str, Any] | None:
    assets = data.get("assets")
    if not isinstance(assets, dict):
        return None
    for asset in assets.values():
        roles = asset.get("roles") if isinstance(asset, dict) else None
        if isinstance(roles, list) and "mlm:model" in roles:
            return asset
    return None


def _task(properties: dict[str, Any], problems: list[str]) -> Task:
    own = properties.get("geonnx:task")
    if own is not None:
        if own not in get_args(Task):
            raise ModelError(f"The card's geonnx:task is {own!r}; expected one of {', '.join(get_args(Task))}.")
        return own  # type: ignore[no-any-return]
    named = properties.get("mlm:tasks")
    for name in named if isinstance(named, list) else ():
        if isinstance(name, str) and name in _TASKS:
            return _TASKS[name]
    problems.append(f"mlm:tasks is {named!r}, none of which is a task of this tool; taken as segmentation.")
    return "segment"


def _dims(order: object, what: str) -> str | None:
    if order is None:
        return None
    if not isinstance(order, list) or not all(str(name).lower() in _DIMS for name in order):
        raise ModelError(f"The card's dim_order of {what} is {order!r}; expected names such as {', '.join(_DIMS)}.")
    return "".join(_DIMS[str(name).lower()] for name in order)


def _read_input(entry: dict[str, Any], position: int, signature: Signature, problems: list[str]) -> InputSpec:
    what = f"mlm:input[{position}]"
    structure = entry.get("input")
    structure = structure if isinstance(structure, dict) else {}
    tensor = tensors.find_tensor(signature.inputs, text(entry.get("name")), position, "input")
    if entry.get("pre_processing_function"):
        problems.append(
            f"{what} names a pre_processing_function, which is never executed; only value_scaling is applied."
        )
    if structure.get("data_type") not in (None, tensor.dtype):
        problems.append(f"{what} says {structure['data_type']}; the ONNX file takes {tensor.dtype}, which is used.")
    return tensors.image_input(
        tensor,
        dims=_dims(structure.get("dim_order"), what),
        role=_role(entry, what),
        bands=_bands(entry.get("bands"), what),
        scaling=_scalings(entry, what),
    )


def _role(entry: dict[str, Any], what: str) -> Role:
    role = entry.get("geonnx:role", "image")
    if role not in get_args(Role):
        raise ModelError(f"The card's geonnx:role of {what} is {role!r}; expected one of {', '.join(get_args(Role))}.")
    return role  # type: ignore[no-any-return]


def _bands(bands: object, what: str) -> tuple[BandSpec, ...]:
    if not bands:
        return ()
    if not isinstance(bands, list):
        raise ModelError(f"The card's bands of {what} should be a list; found {bands!r:.80}.")
    return tuple(BandSpec(_band_name(band, what)) for band in bands)


def _band_name(band: object, what: str) -> str:
    name = band.get("name") if isinstance(band, dict) else band
    if isinstance(band, dict) and band.get("expression"):
        raise ModelError(
            f"The card's band '{name}' of {what} is made by an expression, which is never executed: compute that band "
            "beforehand, store it in the raster and name it in the card without expression."
        )
    if not isinstance(name, str) or not name:
        raise ModelError(f"The card's bands of {what} should be names; found {band!r:.80}.")
    return name


def _scalings(entry: dict[str, Any], what: str) -> tuple[Scaling | None, ...]:
    listed = entry.get("value_scaling")
    if listed is None:
        if entry.get("norm_type"):
            raise ModelError(
                f"The card's {what} scales values in the form of MLM before 1.3 (norm_type, statistics): "
                "write it as value_scaling."
            )
        return ()
    if not isinstance(listed, list):
        listed = [listed]
    return tuple(_scaling(item, f"value_scaling of {what}") for item in listed)


def _scaling(item: object, what: str) -> Scaling | None:
    if item is None:
        return None
    kind: Any = item.get("type") if isinstance(item, dict) else item
    if not isinstance(item, dict) or kind not in get_args(ScalingType):
        hint = "; expressions are never executed" if kind == "processing" else ""
        raise ModelError(
            f"The card's {what} has the type {kind!r}{hint}; expected one of {', '.join(_SCALING_FIELDS)}."
        )
    values = {name: number(item.get(name), f"{what}, {kind}, {name}") for name in _SCALING_FIELDS[kind]}
    if kind == "min-max" and values["minimum"] == values["maximum"]:
        raise ModelError(f"The card's {what} has a minimum equal to its maximum, {values['minimum']:g}.")
    if values.get("stddev") == 0 or (kind == "scale" and values["value"] == 0):
        raise ModelError(f"The card's {what} divides by zero; correct the card.")
    return Scaling(kind, **values)


def _read_output(
    entry: dict[str, Any], position: int, signature: Signature, image: InputSpec, problems: list[str]
) -> OutputSpec:
    what = f"mlm:output[{position}]"
    result = entry.get("result")
    result = result if isinstance(result, dict) else {}
    tensor = tensors.find_tensor(signature.outputs, text(entry.get("name")), position, "output")
    dims = _dims(result.get("dim_order"), what)
    if dims is not None:
        dims = dims.replace("C", "K")  # a score output's "channel" axis is its class axis
        if len(dims) != len(tensor.shape):
            problems.append(
                f"{what} gives {len(dims)} dimensions; the ONNX file has {len(tensor.shape)}: the file is followed."
            )
            dims = None
    if entry.get("post_processing_function"):
        problems.append(f"{what} names a post_processing_function, which is never executed.")
    activation = entry.get("geonnx:activation")
    if activation is not None and activation not in get_args(Activation):
        raise ModelError(
            f"The card's geonnx:activation of {what} is {activation!r}; expected {', '.join(get_args(Activation))}."
        )
    spec = tensors.map_output(
        tensor,
        image,
        dims=dims,
        classes=_classes(entry, what),
        activation=activation,
        threshold=number(entry.get("geonnx:threshold", 0.5), f"geonnx:threshold of {what}"),
    )
    if activation and tensors.activation_made(tensor) and activation != "none":
        problems.append(
            f"{what} asks for {activation}, but the ONNX file already ends in {tensor.made_by}, so it is left out."
        )
    return spec


def _classes(entry: dict[str, Any], what: str) -> tuple[ClassSpec, ...]:
    listed = next((entry[key] for key in _CLASS_KEYS if entry.get(key)), None)
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ModelError(f"The card's classes of {what} should be a list; found {listed!r:.80}.")
    classes = [_class(item, index, what) for index, item in enumerate(listed)]
    values = [spec.value for spec in classes]
    if len(set(values)) != len(values):
        raise ModelError(f"The card's classes of {what} use a value twice: {sorted(values)}. Give each its own.")
    if sorted(values) == list(range(len(values))):
        # MLM lists classes in any order; when the values are 0…K-1 they are the channel numbers
        classes.sort(key=lambda spec: spec.value)
    return tuple(classes)


def _class(item: object, index: int, what: str) -> ClassSpec:
    fields = item if isinstance(item, dict) else {"name": str(item)}
    value = whole(fields.get("value", index), f"class value of {what}")
    if not 0 <= value <= _LARGEST_CLASS:
        raise ModelError(f"The card's class value {value} of {what} is outside 0 to {_LARGEST_CLASS}.")
    name = text(fields.get("name")) or text(fields.get("title")) or f"class {value}"
    color = parse_color(fields.get("color_hint") or fields.get("color-hint")) or default_color(value)
    return ClassSpec(value, name, color, text(fields.get("description")))


def _optional_number(properties: dict[str, Any], key: str) -> float | None:
    return None if properties.get(key) is None else number(properties[key], key)


def _optional_whole(properties: dict[str, Any], key: str) -> int | None:
    return None if properties.get(key) is None else whole(properties[key], key)


def _sha256(checksum: object, problems: list[str]) -> str | None:
    """Return the SHA-256 of a STAC ``file:checksum`` (a multihash: 12 20 and 32 bytes in hexadecimal)."""
    if checksum is None:
        return None
    match = re.fullmatch(r"(?:1220)?([0-9a-f]{64})", str(checksum).lower())
    if match:
        return match.group(1)
    problems.append(f"file:checksum {str(checksum)[:20]}… is no SHA-256 and can't be verified.")
    return None
