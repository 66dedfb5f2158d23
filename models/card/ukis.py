"""Reader of the JSON that the package ukis-csmask keeps beside its cloud models (version 1.0)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..runtime.signature import Signature
from . import tensors
from .fields import number, text
from .types import BandSpec, ClassSpec, ModelCard, Scaling

_CLASSES = (
    ClassSpec(0, "clear", "#dddddd", "neither cloud nor cloud shadow"),
    ClassSpec(1, "cloud", "#e66100"),
    ClassSpec(2, "cloud shadow", "#5d3a9b"),
)
# the package moves its tiles by 204 of 256 px
_HALO_PX = 26


def is_ukis(data: dict[str, Any]) -> bool:
    """Return True when the JSON object has the form that ukis-csmask uses."""
    part = data.get("data")
    return isinstance(part, dict) and "dataset_statistics" in part and "in_channels" in part


def read_ukis(data: dict[str, Any], card_path: Path, onnx_path: Path, signature: Signature) -> ModelCard:
    """Build the card. Input: reflectance 0–1, standardised a band; output: logits of clear, cloud and cloud shadow.

    Raises ModelError when the JSON is malformed or contradicts the ONNX file.
    """
    statistics = data["data"]["dataset_statistics"]
    try:
        bands = tuple(BandSpec(str(name), common_name=str(name)) for name in statistics["band_names"])
        means, deviations = statistics["img"]
        scaling = tuple(
            Scaling("z-score", mean=number(mean, "mean"), stddev=number(deviation, "standard deviation"))
            for mean, deviation in zip(means, deviations)
        )
    except (KeyError, TypeError, ValueError):
        raise ModelError(
            f"{card_path.name} looks like a ukis-csmask description, but its dataset_statistics are incomplete: "
            "expected band_names and img = [means, standard deviations]."
        ) from None
    if any(step.stddev == 0 for step in scaling):
        raise ModelError(f"{card_path.name} has a standard deviation of 0; correct its dataset_statistics.")
    image = tensors.image_input(signature.inputs[0], bands=bands, scaling=scaling, reflectance=True)
    count = data["data"].get("classes")
    if count != len(_CLASSES):
        raise ModelError(f"{card_path.name} lists {count!r} classes; a ukis-csmask model has {len(_CLASSES)}.")
    output = tensors.map_output(
        tensors.main_output(signature), image, dims="BKHW", classes=_CLASSES, activation="softmax"
    )
    about = data.get("model")
    version = text(about.get("version")) if isinstance(about, dict) else ""
    return ModelCard(
        name=f"ukis-csmask {version}".strip(),
        dialect="ukis-csmask",
        model_path=onnx_path,
        card_path=card_path,
        task="segment",
        inputs=(image,),
        outputs=(output,),
        halo_px=_HALO_PX,
        description="Cloud and cloud shadow on Sentinel-2 and Landsat, made for about 30 m pixels.",
        licence="Apache-2.0",
        version=version,
    )
