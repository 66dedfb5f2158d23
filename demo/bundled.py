"""The models that come with GeONNX, as the demonstration uses them: docs/zoo.md says how good each is."""

from __future__ import annotations

import json
from dataclasses import dataclass

from common import ROOT

CLOUD_MODEL, CLOUD_REMOVAL_MODEL = "s2-cloudmask", "s2-cloudremoval"
COVER_MODEL, SCENE_MODEL, CHANGE_MODEL = "s2-landcover", "eurosat-rgb", "s2-change"
# for rasters of the user, those that need the most bands first
SEGMENTING = (COVER_MODEL, f"{COVER_MODEL}-4b")
# the bytes of EuroSAT are reflectance 0 to 0.275, the files hold reflectance × 10000
SCENE_OPTIONS = '{"scale": 0.0927}'
COVER_CARD = ROOT / "models" / "zoo" / f"{COVER_MODEL}.json"
# the covers of the scenes that truly are a class of the model of land cover; the other classes do not occur
TRUE_COVERS = {
    "Water": ("water", "shallows"),
    "Trees": ("forest", "hedge"),
    "Grass": ("meadow",),
    "Crops": ("wheat", "maize", "rape", "stubble", "soil"),
    "Built area": ("road", "roofs", "halls", "gardens"),
}
NOTES = (
    f"Models that ran, all trained networks that come with GeONNX: {CLOUD_MODEL} (clouds), {CLOUD_REMOVAL_MODEL} "
    f"(their removal), {COVER_MODEL} (land cover), {SCENE_MODEL} (chips), {CHANGE_MODEL} (change).",
    "They were trained on images of real places, and this one is drawn: to them its meadows look like crops, mixed "
    "chips like highways. docs/zoo.md says how right they are on real images.",
)


@dataclass(frozen=True)
class LandCover:
    """A class of the model of land cover."""

    value: int
    name: str
    color: str
    """red, green and blue as six hexadecimal digits"""
    covers: tuple[str, ...]
    """the covers of the scenes that truly are this class"""


def land_covers() -> tuple[LandCover, ...]:
    """Return the classes of the model of land cover."""
    card = json.loads(COVER_CARD.read_text(encoding="utf-8"))
    classes = card["properties"]["mlm:output"][0]["classification:classes"]
    return tuple(
        LandCover(item["value"], item["name"], item["color_hint"], TRUE_COVERS.get(item["name"], ()))
        for item in classes
    )
