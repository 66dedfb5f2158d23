"""What a cloud removal is asked to do, and what it says it did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ..errors import SettingsError
from ..feedback import Feedback
from ..inputs import Raster
from ..model import Model
from ..raster.staging import Staging
from ..run import RunReport
from ..settings import RunSettings
from .composite import Method

_MOST_FEATHER_PX = 512
Lost = Literal["keep", "nodata", "fill"]


@dataclass(frozen=True)
class CloudInputs:
    """The rasters of a place, in any order of dates."""

    images: tuple[Raster, ...]
    sar: tuple[Raster, ...] = ()
    """radar images, for models that take them"""
    cloud_masks: tuple[Raster, ...] = ()
    """where clouds are, one for each image, or for some of them by the dates in the names"""
    cloud_model: Model | None = None
    """a segmentation model that finds clouds, for dates without a mask"""

    @property
    def paths(self) -> tuple[str, ...]:
        """The names of the rasters that are given by name."""
        return tuple(raster for raster in (*self.images, *self.sar, *self.cloud_masks) if isinstance(raster, str))


@dataclass(frozen=True)
class CloudOutputs:
    """Where the results go, as GeoTIFF; None: not wanted."""

    image: str
    uncertainty: str | None = None
    """standard deviation of each value, in the numbers of the image"""

    def rasters(self) -> dict[str, str]:
        """Return product → path of the rasters that are wanted."""
        return {"image": self.image, **({"uncertainty": self.uncertainty} if self.uncertainty else {})}


@dataclass(frozen=True)
class CloudSettings:
    """What is special about removing clouds."""

    target: int = -1
    """which of the images to restore, from 0 in the order given; -1: the model's own date, else the latest"""
    keep_clear: bool = True
    """pixels observed without clouds stay as they are, where the clouds of the date are known"""
    method: Method = "nearest"
    """without a model: ``nearest`` clear date, ``median`` of all clear dates, or linear ``regression`` on them"""
    feather_px: int = 8
    """width of the seam around clouds in which the observation fades in"""
    lost: Lost = "keep"
    """pixels that are cloudy on every date: ``keep`` them as observed, ``nodata``, or ``fill`` them from around"""
    grow_px: int = 0
    """how much farther clouds reach than their masks say"""

    def __post_init__(self) -> None:
        """Raise SettingsError for values that no run could use."""
        if self.method not in get_args(Method):
            raise SettingsError(f"METHOD is '{self.method}'; expected one of {', '.join(get_args(Method))}.")
        if self.lost not in get_args(Lost):
            raise SettingsError(f"LOST_PIXELS is '{self.lost}'; expected one of {', '.join(get_args(Lost))}.")
        for name, value in (("FEATHER", self.feather_px), ("GROW", self.grow_px)):
            if not 0 <= value <= _MOST_FEATHER_PX:
                raise SettingsError(f"{name} is {value} px; expected 0 to {_MOST_FEATHER_PX}.")


@dataclass(frozen=True)
class CloudReport:
    """What a run did. Shares are of 1; None where clouds are not known."""

    run: RunReport
    dates: tuple[str, ...]
    """the dates that were used, oldest first, as 2021-06-26; names of rasters where nothing says their dates"""
    target: str
    """the one that was restored"""
    cloudy_share: float | None
    """of its pixels with data"""
    kept_share: float | None
    """of all pixels, those that *keep_clear* left exactly as they were observed; 0 without it"""
    lost_share: float | None
    """of all pixels, cloudy ones for which nothing was found; None also where the clouds of another date that was used
    are not known, or a model was not told them"""


@dataclass(frozen=True)
class Request:
    """All of it together."""

    inputs: CloudInputs
    outputs: CloudOutputs
    settings: RunSettings
    clouds: CloudSettings
    feedback: Feedback
    started: float
    """``time.monotonic()`` when it began"""
    crs_wkt: str | None
    """used instead of the first raster's own CRS"""

    def scratch(self, stage: Staging) -> Path:
        """Return a folder for what is needed on the way; it goes when the run ends."""
        stage.path_for(self.outputs.image)
        folder = Path(stage.scratch_for(self.outputs.image)).with_suffix(".d")
        folder.mkdir(exist_ok=True)
        return folder
