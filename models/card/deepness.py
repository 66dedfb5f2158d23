"""Reader of the metadata that the QGIS plugin Deepness keeps inside of ONNX files.

Facts from its documentation and source (PUTvision/qgis-plugin-deepness): values are JSON strings; images are 0–255,
divided by 255, then standardised; ``tiles_overlap`` is the share of a tile that two neighbours have in common, so that
each side of a tile has half of it; ``seg_thresh`` sets lower values to 0 before the highest class is taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..runtime.signature import Signature
from . import tensors
from .classes import read_names
from .fields import number, whole
from .metadata import read_numbers, read_value
from .types import Activation, ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling

_TYPES = ("Segmentor", "Detector", "Regressor", "Recognition", "Superresolution")
_OWN_KEYS = (
    "class_names", "tiles_size", "tiles_overlap", "standardization_mean", "standardization_std", "seg_thresh",
    "seg_small_segment", "reg_output_scaling", "det_conf", "det_iou_thresh", "det_type", "det_remove_overlap",
)  # fmt: skip


def is_deepness(metadata: dict[str, str]) -> bool:
    """Return True when the metadata of an ONNX file are Deepness's."""
    return _model_type(metadata) in _TYPES or any(key in metadata for key in _OWN_KEYS)


def _model_type(metadata: dict[str, str]) -> str:
    return str(read_value(metadata, "model_type") or "").capitalize()


def read_deepness(onnx_path: Path, signature: Signature) -> ModelCard:
    """Build the card of a Deepness segmentation model.

    Raises ModelError for its other kinds of models, which are not run yet, and for malformed values.
    """
    metadata = signature.metadata
    problems: list[str] = []
    kind = _model_type(metadata)
    if kind and kind != "Segmentor":
        raise ModelError(
            f"{onnx_path.name} says that it is a Deepness {kind}; only its type Segmentor can be run so far: use a "
            "segmentation model."
        )
    if not kind:
        problems.append("The Deepness metadata do not name a model_type; it is taken as Segmentor.")
    image = tensors.image_input(tensors.only_input(signature, "Deepness's metadata"))
    scaling = _standardization(metadata, image.channels)
    image = tensors.image_input(signature.inputs[0], scaling=scaling)
    tile = _tile(metadata, image, problems)
    return ModelCard(
        name=onnx_path.stem,
        dialect="Deepness metadata",
        model_path=onnx_path,
        task="segment",
        inputs=(image,),
        outputs=_outputs(signature, image, problems),
        gsd_m=_gsd(metadata),
        tile_px=tile if image.size("H") is None else None,
        halo_px=_halo(metadata, image.size("H") or tile, problems),
        problems=tuple(problems),
    )


def _standardization(metadata: dict[str, str], channels: int | None) -> tuple[Scaling, ...]:
    means, deviations = (read_value(metadata, f"standardization_{name}") for name in ("mean", "std"))
    if means is None or deviations is None:
        return (Scaling("scale", value=255.0),)
    pairs = list(zip(read_numbers(means), read_numbers(deviations)))
    is_whole = len(pairs) == len(read_numbers(means)) == len(read_numbers(deviations)) > 0
    if not is_whole or any(not 0 < std < 1e6 or not -1e6 < mean < 1e6 for mean, std in pairs):
        raise ModelError(
            "The Deepness metadata standardization_mean and standardization_std should be lists of numbers of the same "
            f"length, deviations above 0; found {means!r:.80} and {deviations!r:.80}."
        )
    if channels is not None and len(pairs) not in (1, channels):
        raise ModelError(
            f"The Deepness metadata standardise {len(pairs)} bands; the model takes {channels}. Correct them."
        )
    # (value / 255 - mean) / std
    return tuple(Scaling("z-score", mean=mean * 255, stddev=std * 255) for mean, std in pairs)


def _tile(metadata: dict[str, str], image: InputSpec, problems: list[str]) -> int | None:
    said: dict[str, int] = {}
    for key in ("tile_size", "tiles_size"):
        value = read_value(metadata, key)
        if value is not None:
            said[key] = whole(value, key)
            if not 1 <= said[key] <= 16384:
                raise ModelError(f"The Deepness metadata {key} is {said[key]} px; expected 1 to 16384.")
    if len(set(said.values())) > 1:
        problems.append(
            f"The Deepness metadata say tile_size {said['tile_size']} and tiles_size {said['tiles_size']}; tile_size, "
            "which Deepness itself reads, is used."
        )
    tile = next(iter(said.values()), None)
    fixed = image.size("H")
    if tile is not None and fixed is not None and tile != fixed:
        problems.append(f"The Deepness metadata say tiles of {tile} px; the ONNX file takes {fixed} px, which is used.")
    return tile


def _halo(metadata: dict[str, str], tile: int | None, problems: list[str]) -> int | None:
    value = read_value(metadata, "tiles_overlap")
    if value is None:
        return None
    percent = number(value, "tiles_overlap")
    if not 0 <= percent < 100:
        raise ModelError(f"The Deepness metadata tiles_overlap is {percent:g} %; expected 0 to less than 100.")
    if tile is None:
        problems.append(f"The Deepness metadata say an overlap of {percent:g} % without a tile size; it is not used.")
        return None
    return int(tile * percent / 100) // 2


def _gsd(metadata: dict[str, str]) -> float | None:
    value = read_value(metadata, "resolution")
    if value is None:
        return None
    centimetres = number(value, "resolution")
    if not 0 < centimetres < 1e8:
        raise ModelError(f"The Deepness metadata resolution is {centimetres:g} cm a pixel; expected more than 0.")
    return centimetres / 100


def _outputs(signature: Signature, image: InputSpec, problems: list[str]) -> tuple[OutputSpec, ...]:
    threshold = _threshold(signature.metadata)
    heads = _class_names(signature.metadata)
    maps = [tensor for tensor in signature.outputs if len(tensor.shape) in (3, 4)] or list(signature.outputs[:1])
    outputs = []
    for place, tensor in enumerate(maps):
        classes = heads[place] if place < len(heads) else ()
        dims = tensors.output_dims(tensor, image)
        is_single = "K" not in dims or tensors.class_count(tensor, dims) == 1
        activation: Activation | None = "none" if is_single else None
        if not is_single and threshold is not None:
            problems.append(
                f"seg_thresh {threshold:g} makes Deepness give class 0 where every class of '{tensor.name}' stays "
                "below; here the class with the highest score is taken everywhere."
            )
        outputs.append(
            tensors.map_output(
                tensor,
                image,
                dims=dims,
                classes=classes,
                activation=activation,
                threshold=0.5 if threshold is None else threshold,
            )
        )
    if read_value(signature.metadata, "seg_small_segment"):
        problems.append("seg_small_segment (a median filter over the finished map) is not applied.")
    return tuple(outputs)


def _threshold(metadata: dict[str, str]) -> float | None:
    value = read_value(metadata, "seg_thresh")
    if value is None:
        return None
    threshold = number(value, "seg_thresh")
    if not 0 <= threshold <= 1:
        raise ModelError(f"The Deepness metadata seg_thresh is {threshold:g}; expected 0 to 1.")
    return threshold or None


def _class_names(metadata: dict[str, str]) -> list[tuple[ClassSpec, ...]]:
    """Return the classes of each output: a dictionary, or a list with one a head."""
    names: Any = read_value(metadata, "class_names")
    if names is None:
        names = read_value(metadata, "names")
    if names is None:
        return []
    heads = names if isinstance(names, list) and any(isinstance(item, dict) for item in names) else [names]
    return [read_names(head, "the Deepness metadata") for head in heads]
