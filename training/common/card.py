"""The card of a trained model: a STAC MLM item that says what it is for, how good it is, and where it fails.

A model's ``card.py`` holds its `Facts` and calls `write_card`, which does the remainder: shapes and types come from
the ONNX file, hash and size too, the text from the plugin's own writer (``geonnx.models.card.write``), and what it
wrote is read back by the plugin's own reader, without a difference and without a question left open.

    from common.card import Facts, Figure, TrainingSet, sentinel2, write_card
    from geonnx.models.card.types import ClassSpec, InputSpec, OutputSpec, Scaling

    facts = Facts(
        id="s2-landcover", name="Land cover, Sentinel-2", task="segment", description="…",
        inputs=(
            InputSpec("image", "BCHW", (), "", bands=sentinel2("B02", "B03"), scaling=(Scaling("scale", value=1e4),)),
        ),
        outputs=(OutputSpec("scores", "BKHW", (), "", classes=(ClassSpec(0, "Water", "#419bdf"), …),
                            activation="softmax", temperature=1.3),),
        …
    )
    write_card(zoo / "s2-landcover.onnx", facts)

Inputs and outputs are the plugin's own descriptions, with ``shape`` and ``dtype`` left empty; ``training_features`` of
an input are those of ``geonnx.models.likeness.fit``. Numbers come out of ``figures.json``, never out of the head.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import onnx
from geonnx.models.card.read import read_card
from geonnx.models.card.types import BandSpec, InputSpec, ModelCard, OutputSpec, Task
from geonnx.models.card.write import differing_fields, item_text, make_item
from geonnx.models.runtime.signature import Signature, TensorInfo, read_signature

COPERNICUS = "Contains modified Copernicus Sentinel data"
"""the attribution that the licence of Sentinel data asks for; the years follow"""
_SENTINEL2 = {
    "B01": ("coastal", 0.443), "B02": ("blue", 0.493), "B03": ("green", 0.560), "B04": ("red", 0.665),
    "B05": ("rededge071", 0.704), "B06": ("rededge075", 0.741), "B07": ("rededge078", 0.783), "B08": ("nir", 0.833),
    "B8A": ("nir08", 0.865), "B09": ("nir09", 0.945), "B10": ("cirrus", 1.374), "B11": ("swir16", 1.614),
    "B12": ("swir22", 2.202),
}  # fmt: skip


@dataclass(frozen=True)
class TrainingSet:
    """Data that a model learned from."""

    name: str
    citation: str
    licence: str
    attribution: str
    """the sentence that its licence asks for, or that is fair"""
    href: str = ""
    """where it is published"""


@dataclass(frozen=True)
class Figure:
    """One measured number, never without the words on what it was measured."""

    key: str
    """short and stable, letters, digits and ``_``: by it tests find the figure"""
    what: str
    """``overall accuracy``, ``IoU of clouds``, ``PSNR``"""
    value: float
    unit: str
    """``%``, ``dB``, ``°``, ``× faster``; empty for shares from 0 to 1 and scores"""
    measured_on: str
    """which data, how many of what, and whether they were seen in training"""


@dataclass(frozen=True)
class ClassFigures:
    """How right one class is."""

    name: str
    """as in the output's classes"""
    producers_accuracy: float
    """recall: share of what truly is the class that the map says so, 0–1"""
    users_accuracy: float
    """precision: share of what the map calls the class that truly is it, 0–1"""
    count: int
    """how many truly are it: chips or pixels"""


@dataclass(frozen=True)
class ClassTable:
    """How right each class is."""

    measured_on: str
    rows: tuple[ClassFigures, ...]


@dataclass(frozen=True)
class Curve:
    """The reliability curve (see ``common.calibrate``), measured with the temperature applied."""

    measured_on: str
    confidence: tuple[float, ...]
    """mean probability of the chosen class in each bin, 0–1"""
    accuracy: tuple[float, ...]
    """share that was right in each bin, 0–1"""
    count: tuple[int, ...]
    error: float
    """expected calibration error, 0–1"""
    error_before: float | None = None
    """the same without the temperature; the temperature itself is the output's ``temperature``"""


@dataclass(frozen=True)
class Facts:
    """All that the card says and the ONNX file does not."""

    id: str
    name: str
    task: Task
    description: str
    """what it is for, what it takes and gives, in two to five sentences"""
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    gsd_m: float | None
    """pixel size of the training data, metres; None: of several, so that rasters are not resampled"""
    halo_px: int
    accuracy: str
    """the one sentence that the panel shows: the main figures, and on what they were measured"""
    figures: tuple[Figure, ...]
    failures: tuple[str, ...]
    """where it is known to fail, a sentence each"""
    data: tuple[TrainingSet, ...]
    architecture: str
    """``U-Net``, ``residual network``"""
    hyperparameters: Mapping[str, Any]
    """how it was trained: epochs, rates, seed"""
    tile_px: int | None = None
    """edge of the training tiles, for models that take any size"""
    classes: ClassTable | None = None
    reliability: Curve | None = None
    citation: str = ""
    """of the method, where there is a publication; the data have citations of their own"""
    licence: str = "GPL-2.0-or-later"
    """of the weights, an SPDX id"""
    version: str = "1.0.0"
    fill: float = 0.0
    gsd_range_m: tuple[float, float] | None = None
    """smallest and largest pixel size of the training, metres, of a model without one size; a run warns beyond"""
    masked_clouds: bool = False
    """of a model that removes clouds: it is to get pixels under known clouds as pixels without data"""
    rank: int = 0
    """place in lists among the models of its task, smaller first; the first is the one that windows begin with"""
    target: str = ""
    """what of training/Makefile makes it, where that is not the id"""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """more properties of the item, for what is the model's own; names begin with ``geonnx:``"""

    @property
    def command(self) -> str:
        """What makes the model."""
        return f"make -C training {self.target or self.id}"


def sentinel2(*names: str) -> tuple[BandSpec, ...]:
    """Return bands of Sentinel-2 by name (``B02`` … ``B8A`` … ``B12``), with common names and wavelengths."""
    return tuple(BandSpec(name, *_SENTINEL2[name]) for name in names)


def write_card(onnx_path: Path, facts: Facts) -> Path:
    """Write ``<id>.json`` beside the ONNX file and return its path.

    The same facts and file give the same text: the date stays while the file's hash does, and so do the figure of
    ``common.check`` and the forms of ``common.int8``. Raises ValueError when a fact is missing or would not be read
    back as it was said.
    """
    if onnx_path.stem != facts.id:
        raise ValueError(f"{onnx_path.name} is not the file of {facts.id}")
    _check(facts)
    signature = read_signature(onnx_path)
    card = _make_card(onnx_path, facts, signature)
    content = onnx_path.read_bytes()
    path = onnx_path.with_suffix(".json")
    sha256 = hashlib.sha256(content).hexdigest()
    item = make_item(card, path, sha256=sha256, size=len(content))
    older = _older(path, sha256)
    item["properties"] |= _properties(facts, onnx_path) | {"created": older.get("created", _today())}
    checks = [figure for figure in older.get("geonnx:figures", ()) if figure["key"] == "check"]
    if not any(figure.key == "check" for figure in facts.figures):
        item["properties"]["geonnx:figures"] += checks
    if "geonnx:forms" in older:
        item["properties"]["geonnx:forms"] = older["geonnx:forms"]
    item["links"] += [
        {"rel": "derived_from", "href": source.href, "title": source.name} for source in facts.data if source.href
    ]
    path.write_text(item_text(item), encoding="utf-8")
    read_back = read_card(onnx_path)
    if lost := differing_fields(card, read_back):
        raise ValueError(f"{path.name} would not be read back as it was said: {', '.join(lost)}")
    if read_back.problems:
        raise ValueError(f"{path.name} leaves something open: {' '.join(read_back.problems)}")
    return path


def _check(facts: Facts) -> None:
    """Refuse what is missing or can't be: a card without failures or sources is not finished."""
    texts = {"description": facts.description, "accuracy": facts.accuracy, "architecture": facts.architecture}
    missing = [name for name, text in texts.items() if not text.strip()]
    missing += [name for name in ("figures", "failures", "data") if not getattr(facts, name)]
    missing += [
        f"{source.name}: {name}" for source in facts.data for name in ("citation", "licence", "attribution")
        if not getattr(source, name)
    ]  # fmt: skip
    missing += [f"figure {figure.key}: measured_on" for figure in facts.figures if not figure.measured_on]
    if missing:
        raise ValueError(f"{facts.id}: the facts lack {', '.join(missing)}")
    keys = [figure.key for figure in facts.figures]
    if len(set(keys)) < len(keys) or not all(math.isfinite(figure.value) for figure in facts.figures):
        raise ValueError(f"{facts.id}: figures need keys of their own and finite values, found {keys}")
    known = {item.name for spec in facts.outputs for item in spec.classes}
    named = [row.name for row in facts.classes.rows] if facts.classes else []
    if set(named) - known:
        raise ValueError(f"{facts.id}: the class table names {sorted(set(named) - known)}, which no output has")


def _make_card(onnx_path: Path, facts: Facts, signature: Signature) -> ModelCard:
    return ModelCard(
        name=facts.name,
        dialect="",
        model_path=onnx_path,
        task=facts.task,
        inputs=tuple(_fitted(spec, signature.inputs) for spec in facts.inputs),
        outputs=tuple(_fitted(spec, signature.outputs) for spec in facts.outputs),
        gsd_m=facts.gsd_m,
        gsd_range_m=facts.gsd_range_m,
        tile_px=facts.tile_px,
        halo_px=facts.halo_px,
        fill=facts.fill,
        masked_clouds=facts.masked_clouds,
        description=facts.description,
        licence=facts.licence,
        citation=facts.citation,
        training_data="; ".join(source.name for source in facts.data),
        version=facts.version,
    )


def _fitted(spec: Any, tensors: Sequence[TensorInfo]) -> Any:
    """Return an input or output with the shape and type of the tensor that has its name."""
    tensor = next((tensor for tensor in tensors if tensor.name == spec.name), None)
    if tensor is None:
        raise ValueError(f"The ONNX file has no '{spec.name}', only {', '.join(tensor.name for tensor in tensors)}")
    return replace(spec, shape=tensor.shape, dtype=tensor.dtype)


def _properties(facts: Facts, onnx_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        "mlm:architecture": facts.architecture,
        "mlm:total_parameters": count_parameters(onnx_path),
        "mlm:pretrained": True,
        "mlm:pretrained_source": "; ".join(source.name for source in facts.data),
        "mlm:hyperparameters": dict(facts.hyperparameters),
        "providers": [{"name": "GeONNX", "roles": ["producer"], "description": f"Trained by {facts.command}"}],
        "geonnx:accuracy": facts.accuracy,
        "geonnx:figures": [asdict(item) for item in facts.figures],
        "geonnx:failures": list(facts.failures),
        "geonnx:training_sets": [{key: text for key, text in asdict(source).items() if text} for source in facts.data],
        "geonnx:rank": facts.rank,
        "geonnx:made_with": facts.command,
    }
    if facts.classes:
        rows = [asdict(row) for row in facts.classes.rows]
        found["geonnx:class_accuracy"] = {"measured_on": facts.classes.measured_on, "classes": rows}
    if facts.reliability:
        curve = asdict(facts.reliability)
        for name in ("confidence", "accuracy"):
            curve[name] = [round(value, 4) for value in curve[name]]
        found["geonnx:reliability"] = {key: value for key, value in curve.items() if value is not None}
    return found | dict(facts.extra)


def count_parameters(onnx_path: Path) -> int:
    """Return how many numbers an ONNX file holds as weights."""
    graph = onnx.load(str(onnx_path)).graph
    return sum(math.prod(tensor.dims) for tensor in graph.initializer)


def _older(path: Path, sha256: str) -> dict[str, Any]:
    """Return the properties of the card that is there, if it is of the same file; else nothing."""
    if not path.exists():
        return {}
    item = json.loads(path.read_text(encoding="utf-8"))
    is_same = item["assets"]["model"].get("file:checksum") == f"1220{sha256}"
    return dict(item["properties"]) if is_same else {}


def _today() -> str:
    return f"{datetime.datetime.now(datetime.timezone.utc).date().isoformat()}T00:00:00Z"
