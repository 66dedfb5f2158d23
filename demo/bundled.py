"""Which models the demonstration shows: those that come with GeONNX, and for tasks that lack one today's stand-ins.

Stand-ins are the trained cloud model of another package, and two classifiers made of published spectra.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common import CLOUD_OPTIONS, ROOT

import models

ZOO = ROOT / "models" / "zoo"
LAND_COVER, SCENES, CLOUD_MASK, CLOUD_REMOVAL, CHANGE = (
    "s2-landcover", "eurosat-rgb", "s2-cloudmask", "s2-cloudremoval", "s2-change",
)  # fmt: skip
# for rasters of the user, those that need the most bands first
SEGMENTING = (LAND_COVER, f"{LAND_COVER}-4b")
# the bytes of EuroSAT are reflectance 0 to 0.275, the files hold reflectance × 10000
SCENES_OPTIONS = '{"scale": 0.0927}'
# what the classes of Dynamic World, which say what land is used for, are called by the scenes
DYNAMIC_WORLD = {
    "Water": ("water", "shallows"),
    "Trees": ("forest", "hedge"),
    "Grass": ("meadow",),
    "Crops": ("wheat", "maize", "rape", "stubble", "soil"),
    "Built area": ("road", "roofs", "halls", "gardens"),
}


@dataclass(frozen=True)
class Chosen:
    """A model of a step."""

    model: str
    """what goes into MODEL: an id or a path"""
    label: str
    """what it is called on maps"""
    options: str | None = None
    """OPTIONS"""
    is_bundled: bool = False
    kind: str = "a trained network"
    """said in the note under the maps"""


def is_there(model_id: str) -> bool:
    """Tell whether a model comes with this version."""
    return all((ZOO / f"{model_id}{suffix}").exists() for suffix in (".onnx", ".json"))


def bundled(model_id: str, options: str | None = None) -> Chosen | None:
    """Return a bundled model; None where this version does not bring it."""
    return Chosen(model_id, model_id, options, is_bundled=True) if is_there(model_id) else None


def cloud_mask(stand_in: Path) -> Chosen:
    """Return the model that finds clouds; *stand_in* is the description of one of another package."""
    return bundled(CLOUD_MASK) or Chosen(str(stand_in), "ukis-csmask", CLOUD_OPTIONS)


def land_cover(stand_in: Path) -> Chosen:
    """Return the model that maps land cover."""
    return bundled(LAND_COVER) or Chosen(str(stand_in), stand_in.name, kind="a classifier made of published spectra")


def scene_classes(stand_in: Path) -> Chosen:
    """Return the model that classifies chips."""
    return bundled(SCENES, SCENES_OPTIONS) or Chosen(
        str(stand_in), stand_in.name, kind="a classifier made of published spectra"
    )


def change(cover: Chosen) -> Chosen:
    """Return the model that detects change: *cover*, on both dates, where there is none for it."""
    return bundled(CHANGE) or cover


def true_covers() -> tuple[models.LandCover, ...]:
    """Return the classes of the land cover model, each with the covers of the scenes that truly are it."""
    if not is_there(LAND_COVER):
        return models.CLASSES
    card = json.loads((ZOO / f"{LAND_COVER}.json").read_text(encoding="utf-8"))
    classes = card["properties"]["mlm:output"][0]["classification:classes"]
    return tuple(
        models.LandCover(item["value"], item["name"], item["color_hint"], DYNAMIC_WORLD.get(item["name"], ()))
        for item in classes
    )


def method_note(used: Sequence[tuple[str, Chosen]]) -> str:
    """Return a sentence on what is a trained network and what is not; *used* are tasks and their models."""
    parts = [f"{task}: {model.label}, {model.kind}" for task, model in used]
    return "; ".join(parts).capitalize() + "."
