"""Reader of the metadata that Ultralytics writes into ONNX files: ``str()`` of Python values, read as literals.

Its images are red, green, blue, 0–255, divided by 255.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from ..runtime.signature import Signature
from . import tensors
from .classes import read_names
from .metadata import read_numbers, read_value
from .types import InputSpec, ModelCard, Scaling, Task

_TASKS: dict[str, Task] = {"classify": "classify", "semantic": "segment"}
_REFUSED = {
    "detect": "object detection", "segment": "instance segmentation (objects with masks, no map of classes)",
    "pose": "key points", "obb": "detection of rotated objects",
}  # fmt: skip


def is_ultralytics(metadata: dict[str, str]) -> bool:
    """Return True when the metadata of an ONNX file are Ultralytics's."""
    return "task" in metadata and any(key in metadata for key in ("stride", "imgsz", "names"))


def read_ultralytics(onnx_path: Path, signature: Signature) -> ModelCard:
    """Build the card of an Ultralytics classification or semantic segmentation model.

    Raises ModelError for its other tasks, which are not run yet, and for malformed values.
    """
    metadata = signature.metadata
    named = str(read_value(metadata, "task"))
    if named not in _TASKS:
        raise ModelError(
            f"{onnx_path.name} is an Ultralytics model for {_REFUSED.get(named, repr(named[:80]))}; only its tasks "
            f"{' and '.join(_TASKS)} can be run so far."
        )
    problems: list[str] = []
    image = tensors.image_input(
        tensors.only_input(signature, "Ultralytics's metadata"), scaling=(Scaling("scale", value=255.0),)
    )
    names = read_value(metadata, "names")
    classes = read_names(names, "the Ultralytics metadata") if names is not None else ()
    task = _TASKS[named]
    tensor = tensors.main_output(signature) if task == "segment" else signature.outputs[0]
    return ModelCard(
        name=onnx_path.stem,
        dialect="Ultralytics metadata",
        model_path=onnx_path,
        task=task,
        inputs=(image,),
        outputs=(tensors.map_output(tensor, image, classes=classes),),
        tile_px=_tile(metadata, image, problems),
        description=_text(metadata, "description"),
        licence=_text(metadata, "license"),
        version=_text(metadata, "version"),
        problems=tuple(problems),
    )


def _text(metadata: dict[str, str], key: str) -> str:
    return metadata.get(key, "").strip()[:2000]


def _tile(metadata: dict[str, str], image: InputSpec, problems: list[str]) -> int | None:
    """Return the tile of a model that takes any size; note where ``imgsz`` contradicts a fixed one."""
    sizes = read_numbers(read_value(metadata, "imgsz"))
    sizes = sizes * 2 if len(sizes) == 1 else sizes
    fixed = [image.size("H"), image.size("W")]
    if len(sizes) != 2 or not all(1 <= size <= 16384 for size in sizes):
        return None
    if None not in fixed:
        if [int(size) for size in sizes] != fixed:
            problems.append(
                f"The Ultralytics metadata say imgsz {sizes[0]:g} × {sizes[1]:g}; the ONNX file takes {fixed[0]} × "
                f"{fixed[1]} px, which is used."
            )
        return None
    return int(sizes[0]) if sizes[0] == sizes[1] else None
