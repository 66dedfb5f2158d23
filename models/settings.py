"""How a run is done: the settings that users give, checked before any work starts."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from typing import Any, Literal

from .card.types import ModelCard, RadarUnit
from .errors import SettingsError
from .feedback import Feedback
from .raster.blend import Merge
from .words import perhaps_meant


@dataclass(frozen=True)
class RunOptions:
    """Rarely used settings; the keys of OPTIONS."""

    compress: str = "DEFLATE"
    """lossless compression of the results, as GDAL names it"""
    threads: int = 0
    """CPU threads of the network; 0: all cores"""
    scale: float | None = None
    """factor from stored pixel values to the values that the model's scaling expects"""
    offset: float | None = None
    """added after ``scale``"""
    sar: RadarUnit = ""
    """what radar rasters hold: ``db`` or ``power``; empty: as they say, or as their values look"""
    cloud_bands: str = ""
    """BANDS of the cloud model beside a model that removes clouds; empty: by name, as far as BANDS gives names"""
    hide_clouds: bool | None = None
    """feed known clouds to a model that removes clouds as pixels without data; None: where its card asks for it"""
    threshold: float | None = None
    """smallest probability that counts as the class, for one-score models; None: the card's"""
    probability_dtype: Literal["uint8", "float32"] = "uint8"
    overviews: bool = True
    grid: Literal["raster", "model"] = "raster"
    """pixels of the results where the raster was resampled for the model: the raster's own, or the model's"""
    tta: Literal["none", "flips", "rotations"] = "none"
    """test-time augmentation: each tile as it is and flipped (4 runs), or also turned (8 runs), averaged"""
    monte_carlo: int = 0
    """runs of each tile with models that draw numbers by chance (active dropout), averaged; 0: one"""
    resume: bool = False
    """keep finished blocks on the disk, so that the same call goes on after a crash"""
    fold: bool = True
    """scaling and the choice of the class as part of the model's graph"""
    half: bool = False
    """compute in float16 where that changes next to nothing"""
    int8: bool = True
    """take a bundled model's int8 form where the processor computes it faster"""
    shift_map: str = ""
    """GeoTIFF that gets how far each part of the image lies from the images that the model was trained on"""


@dataclass(frozen=True)
class RunSettings:
    """All that decides how a model is run over a raster."""

    bands: str = ""
    """band numbers or names in the model's order, separated by commas; empty: matched by name"""
    extent: tuple[tuple[float, float], ...] | None = None
    """corners of the part to process, in the raster's CRS; None: everything"""
    mask_path: str | None = None
    """polygon file; outside of its polygons the result is nodata"""
    mask_layer: str = ""
    """layer of that file; empty: the first"""
    tile_size: int = 0
    """edge of a tile, px; 0: the model's own"""
    overlap: int = -1
    """halo on each side of a tile, px; -1: the card's, else a sixteenth of the tile"""
    merge: Merge = "crop"
    batch_size: int = 0
    """tiles a run of the network; 0: chosen for the device"""
    device: str = "auto"
    options: RunOptions = RunOptions()

    @property
    def rasters(self) -> dict[str, str]:
        """Rasters that OPTIONS asks for: what they are called → path."""
        return {"shift map": self.options.shift_map} if self.options.shift_map else {}

    def __post_init__(self) -> None:
        """Raise SettingsError for values that no run could use."""
        if self.tile_size < 0 or self.tile_size > 16384:
            raise SettingsError(f"TILE_SIZE is {self.tile_size} px; expected 1 to 16384, or 0 for the model's own.")
        if self.batch_size < 0 or self.batch_size > 1024:
            raise SettingsError(f"BATCH_SIZE is {self.batch_size}; expected 1 to 1024, or 0 to have it chosen.")
        if self.overlap < -1:
            raise SettingsError(f"OVERLAP is {self.overlap} px; expected 0 or more, or -1 for the card's.")
        if self.merge not in ("crop", "blend"):
            raise SettingsError(f"MERGE is '{self.merge}'; expected crop or blend.")


_KINDS: dict[str, tuple[type, ...]] = {
    "compress": (str,), "sar": (str,), "cloud_bands": (str,), "hide_clouds": (bool,), "threads": (int,),
    "scale": (int, float), "offset": (int, float), "threshold": (int, float),
    "probability_dtype": (str,), "overviews": (bool,), "grid": (str,), "tta": (str,), "monte_carlo": (int,),
    "fold": (bool,), "resume": (bool,), "half": (bool,), "int8": (bool,),
    "shift_map": (str,),
}  # fmt: skip


def changed_options(options: RunOptions) -> dict[str, Any]:
    """Return the options that differ from the defaults, as OPTIONS has them."""
    defaults = RunOptions()
    pairs = ((field.name, getattr(options, field.name)) for field in fields(RunOptions))
    return {name: value for name, value in pairs if value != getattr(defaults, name)}


def warn_of_threshold(feedback: Feedback, card: ModelCard, name: str) -> None:
    """Warn that a threshold, given as *name*, is of no use with a model that gives one class of several."""
    feedback.warn(
        f"{card.name} gives one class of several, the likeliest, so {name} is not used: it is for models with one "
        "score, or with labels that do not exclude each other."
    )


def read_options(text: str) -> RunOptions:
    """Return the OPTIONS of a run from their JSON text; empty text gives the defaults.

    Raises SettingsError when it is no JSON object, a key is unknown or a value has the wrong type or range.
    """
    if not text.strip():
        return RunOptions()
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f'OPTIONS should be a JSON object such as {{"threads": 2}}; found {text!r} ({error}).'
        ) from None
    if not isinstance(values, dict):
        raise SettingsError(f'OPTIONS should be a JSON object such as {{"threads": 2}}; found {text!r}.')
    bands = values.get("cloud_bands")  # a list says what its items with commas between them say
    if isinstance(bands, list) and all(type(band) in (str, int) for band in bands):
        values["cloud_bands"] = ",".join(map(str, bands))
    known = sorted(field.name for field in fields(RunOptions))
    for key, value in values.items():
        if key not in known:
            raise SettingsError(f"OPTIONS has no '{key}'; known are {', '.join(known)}{perhaps_meant(key, known)}.")
        if not isinstance(value, _KINDS[key]) or (isinstance(value, bool) and bool not in _KINDS[key]):
            names = {(str,): "text", (int,): "a whole number", (int, float): "a number", (bool,): "true or false"}
            wanted = "text or a list of numbers and names" if key == "cloud_bands" else names[_KINDS[key]]
            raise SettingsError(f"OPTIONS: {key} should be {wanted}; found {json.dumps(value)}.")
    return _check(RunOptions(**values))


def _check(options: RunOptions) -> RunOptions:
    checks: list[tuple[bool, str, Any]] = [
        (options.scale is None or math.isfinite(options.scale), "scale should be a finite number", options.scale),
        (options.offset is None or math.isfinite(options.offset), "offset should be a finite number", options.offset),
        (0 <= options.threads <= 1024, "threads should be from 0 (all cores) to 1024", options.threads),
        (options.sar in ("", "db", "power"), "sar should be db or power", options.sar),
        (options.scale != 0, "scale should not be 0", options.scale),
        (
            options.threshold is None or 0 < options.threshold < 1,
            "threshold should lie between 0 and 1",
            options.threshold,
        ),
        (
            options.probability_dtype in ("uint8", "float32"),
            "probability_dtype should be uint8 or float32",
            options.probability_dtype,
        ),
        (options.grid in ("raster", "model"), "grid should be raster or model", options.grid),
        (options.tta in ("none", "flips", "rotations"), "tta should be none, flips or rotations", options.tta),
        (0 <= options.monte_carlo <= 1000, "monte_carlo should be from 0 to 1000 runs", options.monte_carlo),
    ]
    for holds, expected, found in checks:
        if not holds:
            raise SettingsError(f"OPTIONS: {expected}; found {found}.")
    return options
