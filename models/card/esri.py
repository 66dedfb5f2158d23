"""Reader of Esri model definitions (``.emd``) whose framework is ONNX.

Facts from Esri's documentation (raster-deep-learning): ``ExtractBands`` counts from 0 or names bands; ``DataRange`` is
the range onto which ArcGIS stretches the input; ``ModelPadding`` is a margin in pixels; ``ImageClassification`` means
the classification of pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..files import is_file
from ..runtime.signature import Signature, TensorInfo
from . import tensors
from .classes import make_class, ordered
from .colors import default_color
from .fields import number, objects, text, whole
from .metadata import read_numbers
from .types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling, Task

_TASKS: dict[str, Task] = {
    "imageclassification": "segment", "pixelclassification": "segment", "objectclassification": "classify",
    "changedetection": "change",
}  # fmt: skip
_MOST_BANDS = 65536


def is_emd(data: dict[str, Any]) -> bool:
    """Return True when the JSON object is an Esri model definition."""
    return "Framework" in data and "ModelType" in data


def emd_model_path(data: dict[str, Any], emd_path: Path) -> Path:
    """Return the ONNX file that a definition names, beside it; raise ModelError when there is none."""
    check_framework(data, emd_path.name)
    named = text(data.get("ModelFile")).replace("\\", "/")
    is_relative = bool(named) and not named.startswith("/") and ":" not in named
    choices = [emd_path.parent / named] if is_relative else []
    if named:
        choices.append(emd_path.parent / named.rsplit("/", 1)[-1])
    for path in (*choices, emd_path.with_suffix(".onnx")):
        try:
            if path.suffix.lower() == ".onnx" and is_file(path):
                return path
        except (OSError, ValueError):
            continue
    raise ModelError(
        f"{emd_path.name} describes the model file '{named or 'without a name'}', which is not there: put the ONNX "
        f"file beside it as {emd_path.stem}.onnx."
    )


def check_framework(data: dict[str, Any], name: str) -> None:
    """Raise ModelError when the model of a definition is not in ONNX format."""
    framework = text(data.get("Framework"))
    if framework.lower() != "onnx":
        raise ModelError(
            f"{name} is a model for the framework '{framework[:80] or 'without a name'}'; only ONNX can be run: export "
            "the network to ONNX and describe it by a STAC MLM item ('Describe model')."
        )


def read_emd(data: dict[str, Any], card_path: Path, onnx_path: Path, signature: Signature) -> ModelCard:
    """Build the card; raise ModelError for other frameworks and tasks, and for what contradicts the ONNX file."""
    check_framework(data, card_path.name)
    kind = text(data.get("ModelType"))
    task = _TASKS.get(kind.lower())
    if task is None:
        raise ModelError(
            f"{card_path.name} is an Esri model of the type '{kind[:80]}'; expected ImageClassification or "
            "ObjectClassification: other types can't be run so far."
        )
    problems: list[str] = []
    if data.get("InferenceFunction"):
        problems.append(
            f"{card_path.name} names the Python function {data['InferenceFunction']!r:.80}, which is never executed: "
            "what it does to values before or after the network is missing here."
        )
    tensor = tensors.only_input(signature, "an Esri model definition")
    bands = _bands(data.get("ExtractBands"))
    plain = tensors.image_input(tensor, bands=bands)
    image = tensors.image_input(tensor, bands=bands, scaling=_scaling(data, plain, problems))
    output = _output(data, signature, image, task, problems)
    sizes = _cell_sizes(data, problems)
    is_one_size = bool(sizes) and sizes[-1] <= 1.05 * sizes[0]
    return ModelCard(
        name=text(data.get("ModelName")) or onnx_path.stem,
        dialect="Esri model definition",
        model_path=onnx_path,
        card_path=card_path,
        task=task,
        inputs=(image,),
        outputs=(output,),
        gsd_m=sizes[0] if is_one_size else None,
        gsd_range_m=(sizes[0], sizes[-1]) if sizes and not is_one_size else None,
        tile_px=_tile(data, image, problems),
        halo_px=_halo(data, image, output),
        description=text(data.get("Description")),
        version=str(data["Version"])[:80] if isinstance(data.get("Version"), (str, int, float)) else "",
        problems=tuple(problems),
    )


def _bands(listed: object) -> tuple[BandSpec, ...]:
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ModelError(f"ExtractBands should be a list of numbers from 0, or of names; found {listed!r:.80}.")
    return tuple(_band(item) for item in listed)


def _band(item: object) -> BandSpec:
    if isinstance(item, str) and item.strip():
        return BandSpec(item.strip())
    index = whole(item, "ExtractBands")
    if not 0 <= index < _MOST_BANDS:
        raise ModelError(f"ExtractBands holds {index}; expected numbers from 0.")
    return BandSpec(f"Band_{index + 1}", number=index + 1)


def _scaling(data: dict[str, Any], image: InputSpec, problems: list[str]) -> tuple[Scaling | None, ...]:
    statistics = data.get("NormalizationStats")
    if isinstance(statistics, dict):
        steps = _statistics(statistics)
        if steps:
            channels = image.channels
            return steps if channels is None or len(steps) in (1, channels) else _wrong_count(len(steps), channels)
        problems.append("NormalizationStats hold no usable mean and standard deviation and are not applied.")
    limits = read_numbers(data.get("DataRange")) if data.get("DataRange") is not None else []
    if len(limits) == 2 and limits[0] < limits[1] and all(abs(limit) < 1e9 for limit in limits):
        return _data_range(limits[0], limits[1], problems)
    problems.append("The Esri model definition does not say how values are scaled; they are fed as they are stored.")
    return ()


def _wrong_count(found: int, expected: int) -> tuple[Scaling, ...]:
    raise ModelError(f"NormalizationStats describe {found} bands; the model takes {expected}. Correct the definition.")


def _statistics(statistics: dict[str, Any]) -> tuple[Scaling, ...]:
    """Return the z-score of raw values: ArcGIS maps minimum–maximum to 0–1 and standardises that."""
    names = ("band_min_values", "band_max_values", "scaled_mean_values", "scaled_std_values")
    low, high, mean, deviation = (read_numbers(statistics.get(name)) for name in names)
    if not (low and len(low) == len(high) == len(mean) == len(deviation)):
        mean, deviation = (read_numbers(statistics.get(f"band_{name}_values")) for name in ("mean", "std"))
        low, high = [0.0] * len(mean), [1.0] * len(mean)
    if not mean or len(mean) != len(deviation):
        return ()
    steps = [(a + m * (b - a), s * (b - a)) for a, b, m, s in zip(low, high, mean, deviation)]
    if any(not 0 < spread < 1e12 or not abs(middle) < 1e12 for middle, spread in steps):
        return ()
    return tuple(Scaling("z-score", mean=middle, stddev=spread) for middle, spread in steps)


def _data_range(low: float, high: float, problems: list[str]) -> tuple[Scaling | None, ...]:
    if (low, high) == (0, 255):
        return ()
    problems.append(
        f"ArcGIS stretches each raster's own range to the DataRange {low:g} to {high:g}; here 8-bit values 0–255 are "
        "mapped to it. Give the model another scaling with 'Describe model' if it is meant for other images."
    )
    if low == 0:
        return (Scaling("scale", value=255 / high),)
    factor = 255 / (high - low)
    return (Scaling("z-score", mean=-low * factor, stddev=factor),)


def _output(
    data: dict[str, Any], signature: Signature, image: InputSpec, task: Task, problems: list[str]
) -> OutputSpec:
    tensor = tensors.main_output(signature) if task != "classify" else signature.outputs[0]
    classes = _with_background(_classes(data.get("Classes")), tensor, image, problems)
    threshold = data.get("Threshold")
    return tensors.map_output(
        tensor,
        image,
        role="change" if task == "change" else "classes",
        classes=classes,
        threshold=0.5 if threshold is None else number(threshold, "Threshold"),
    )


def _classes(listed: object) -> tuple[ClassSpec, ...]:
    if listed is None:
        return ()
    return ordered(
        make_class(
            whole(item.get("Value", index), "class Value"),
            str(item.get("Name") or ""),
            item.get("Color"),
            what="Classes",
        )
        for index, item in enumerate(objects(listed, "Classes"))
    )


def _with_background(
    classes: tuple[ClassSpec, ...], tensor: TensorInfo, image: InputSpec, problems: list[str]
) -> tuple[ClassSpec, ...]:
    """Add the background that ArcGIS leaves out of its lists: the first score of a model with one more than classes."""
    dims = tensors.output_dims(tensor, image)
    count = tensors.class_count(tensor, dims)
    if not classes or count != len(classes) + 1 or any(spec.value == 0 for spec in classes):
        return classes
    problems.append(
        f"The model has {count} class scores for {len(classes)} classes; the first is taken as background, value 0."
    )
    return (ClassSpec(0, "background", default_color(0)), *classes)


def _cell_sizes(data: dict[str, Any], problems: list[str]) -> list[float]:
    """Return the sizes of a pixel in metres that the definition names, the smallest first."""
    sizes = [_cell_size(data.get(key), problems) for key in ("MinCellSize", "CellSize", "MaxCellSize")]
    return sorted(size for size in sizes if size is not None)


def _cell_size(value: object, problems: list[str]) -> float | None:
    if isinstance(value, dict):
        reference = value.get("spatialReference")
        code = reference.get("latestWkid", reference.get("wkid")) if isinstance(reference, dict) else None
        if isinstance(code, int) and 4000 <= code < 5000:  # EPSG's geographic systems: degrees
            problems.append("The Esri model definition gives its cell size in degrees; it is not used.")
            return None
        value = value.get("x")
    sizes = read_numbers(value) if value is not None else []
    return sizes[0] if len(sizes) == 1 and 0 < sizes[0] <= 1e6 else None


def _tile(data: dict[str, Any], image: InputSpec, problems: list[str]) -> int | None:
    said = [None if data.get(key) is None else whole(data[key], key) for key in ("ImageHeight", "ImageWidth")]
    fixed = [image.size("H"), image.size("W")]
    if None not in fixed:
        if None not in said and said != fixed:
            problems.append(
                f"The Esri model definition says {said[1]} × {said[0]} px; the ONNX file takes {fixed[1]} × "
                f"{fixed[0]}, which is used."
            )
        return None
    height = said[0]
    return height if height is not None and height == said[1] and 1 <= height <= 16384 else None


def _halo(data: dict[str, Any], image: InputSpec, output: OutputSpec) -> int | None:
    value = data.get("ModelPadding", data.get("Padding"))
    if value is None:
        return None
    padding = whole(value, "ModelPadding")
    if not 0 <= padding <= 8192:
        raise ModelError(f"ModelPadding is {padding} px; expected 0 to 8192.")
    sizes = image.size("H"), output.shape[output.dims.index("H")] if "H" in output.dims else None
    leaves_margin = None not in sizes and sizes[0] != sizes[1]
    return 0 if leaves_margin else padding  # a network that gives a smaller map needs no further overlap
