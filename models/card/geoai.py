"""Reader of the JSON that geoai (opengeos) writes beside its exported models: ``<model>.onnx.json``.

geoai divides 8-bit images by 255; other images it first stretches to 8 bits by their own percentiles.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..runtime.signature import Signature
from . import tensors
from .classes import read_names
from .fields import text, whole
from .types import InputSpec, ModelCard, Scaling, Task

_TASKS: dict[str, Task] = {
    "semantic-segmentation": "segment", "segmentation": "segment", "image-classification": "classify",
    "classification": "classify",
}  # fmt: skip


def is_geoai(data: dict[str, Any]) -> bool:
    """Return True when the JSON object has the form that geoai writes."""
    return "task" in data and any(key in data for key in ("input_channels", "id2label", "output_names", "num_labels"))


def read_geoai(data: dict[str, Any], card_path: Path, onnx_path: Path, signature: Signature) -> ModelCard:
    """Build the card; raise ModelError for tasks that are not run yet and for what contradicts the ONNX file."""
    task = _TASKS.get(str(data.get("task")))
    if task is None:
        raise ModelError(
            f"{card_path.name} describes a geoai model for {data.get('task')!r:.80}; expected one of "
            f"{', '.join(_TASKS)}: other tasks can't be run so far."
        )
    problems: list[str] = []
    image = tensors.image_input(tensors.only_input(signature, "geoai's JSON"), scaling=(Scaling("scale", value=255.0),))
    labels = data.get("id2label")
    classes = read_names(labels, card_path.name) if labels else ()
    tensor = _output(data, signature, task)
    count = data.get("num_labels")
    if classes and count is not None and whole(count, "num_labels") != len(classes):
        problems.append(f"{card_path.name} says num_labels {count}, but names {len(classes)} classes.")
    return ModelCard(
        name=text(data.get("model_name")).rsplit("/", 1)[-1] or onnx_path.stem,
        dialect="geoai",
        model_path=onnx_path,
        card_path=card_path,
        task=task,
        inputs=(image,),
        outputs=(tensors.map_output(tensor, image, classes=classes),),
        tile_px=_tile(data, image, problems),
        problems=tuple(problems),
    )


def _output(data: dict[str, Any], signature: Signature, task: Task) -> Any:
    names = data.get("output_names")
    for name in names if isinstance(names, list) else ():
        for tensor in signature.outputs:
            if tensor.name == name:
                return tensor
    return tensors.main_output(signature) if task == "segment" else signature.outputs[0]


def _tile(data: dict[str, Any], image: InputSpec, problems: list[str]) -> int | None:
    said = {
        dim: whole(data[key], key)
        for dim, key in (("C", "input_channels"), ("H", "input_height"), ("W", "input_width"))
        if data.get(key) is not None
    }
    for dim, value in said.items():
        fixed = image.size(dim)
        if fixed is not None and fixed != value:
            what = {"C": "bands", "H": "rows", "W": "columns"}[dim]
            problems.append(f"geoai's JSON says {value} {what}; the ONNX file takes {fixed}, which is used.")
    height = said.get("H")
    is_open = image.size("H") is None and image.size("W") is None
    return height if is_open and height == said.get("W") and height and 1 <= height <= 16384 else None
