"""Compares the image of a run with the training images, window by window, while the run reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..card.types import TrainingFeatures
from ..errors import Cancelled, RasterError, SettingsError
from ..feedback import Feedback
from ..feeds import ImageFeed, ImageSource
from ..load import Pixels, WindowReader
from ..prepare import Prepared
from ..raster.grid import Window
from ..raster.mask import PolygonMask
from ..scaling import write_plane
from .distance import distances
from .explain import explain, explain_order
from .features import FEWEST_SHARE, measure_window
from .lattice import Lattice, Place, Sample

_WARN_SHARE = 0.1
"""of the windows beyond the limit; the training places themselves have 1 %"""
WARN_WINDOWS = 2
"""beyond the limit, or all where there are fewer: with 1 % each, chance alone gives a tenth of an image and so many in
less than one image of 60 (worst: 2 of 19 windows), but one window of nine in one image of 12"""
_UNSEEN = -1.0


def is_unlike(beyond: int, windows: int) -> bool:
    """Return True where more of an image's *windows* lie *beyond* the limit than chance gives."""
    return beyond > _WARN_SHARE * windows and beyond >= min(WARN_WINDOWS, windows)


@dataclass(frozen=True)
class Likeness:
    """How far an image lies from what the model was trained on."""

    windows: int
    """that were compared"""
    beyond: int
    """of them, those that lie beyond the limit which 99 % of windows of unseen training places keep"""
    lattice: Lattice
    distances: NDArray[np.float32] | None
    """(row, column) of the lattice, in limits, NaN where nothing was compared; None unless all windows were"""
    warning: str = ""
    """where more lie beyond than chance gives, or the bands look as if they were in another order"""

    @property
    def share(self) -> float:
        """Return the share of windows beyond the limit, 0 to 1."""
        return self.beyond / self.windows

    @property
    def is_unlike(self) -> bool:
        """Return True where more windows lie beyond the limit than chance gives."""
        return is_unlike(self.beyond, self.windows)

    def items(self) -> dict[str, str]:
        """Return what a result says of it in its metadata."""
        return {"UNLIKE_SHARE": f"{self.share:.4f}", "UNLIKE_WINDOWS": str(self.windows)}


@dataclass
class _Looks:
    """What windows of one date of one input look like."""

    feed: ImageFeed
    source: ImageSource
    training: TrainingFeatures
    measured: list[NDArray[np.float64]] = field(default_factory=list)
    """of windows on the sampled places, to explain what is odd about them"""
    beyond: int = 0
    """of them, those beyond the limit"""

    def ask(self, why: Callable[..., str]) -> str:
        """Return what *why*, a function of `explain`, says of the windows."""
        names = self.feed.spec.band_names[: self.feed.bands] or [f"band {n + 1}" for n in range(self.feed.bands)]
        return why(np.stack(self.measured), self.training, names, [each.factor for each in self.source.transforms])


class Meter:
    """Takes windows as they are read. `watch` belongs to one thread, `finish` comes after it."""

    def __init__(self, prepared: Prepared, *, wants_all: bool, reads_missing: bool = True) -> None:
        """Compare windows of *prepared*, some of whose inputs have statistics: all windows, or enough for a share.

        Windows that `watch` never sees are read by `finish`, unless not *reads_missing*.
        """
        self._prepared = prepared
        self._looks = [
            [_Looks(feed, source, feed.spec.training_features) for source in feed.sources]
            if feed.spec.training_features is not None
            else []
            for feed in prepared.images
        ]
        sizes = [looks.training.window_px for dates in self._looks for looks in dates]
        self.lattice = Lattice(prepared.target, sizes[0])
        self._reads_missing = reads_missing
        self._inside = _inside_of_mask(prepared, self.lattice)
        count = self.lattice.rows * self.lattice.columns if self._inside is None else int(self._inside.sum())
        self._sample = Sample.of(self.lattice, count) if reads_missing else Sample(self.lattice, 1)
        self._found: dict[Place, float] = {}
        """distances of the sample, NaN where nothing can be compared"""
        self._map = np.full((self.lattice.rows, self.lattice.columns), _UNSEEN, np.float32) if wants_all else None

    def watch(self, core: Window, reader: WindowReader) -> None:
        """Compare the windows in the middle of *core*, pixels that were just read by *reader*.

        Their blocks are in GDAL's cache, so reading them again costs nothing.
        """
        for place in self.lattice.centred_in(core):
            if self._is_wanted(place):
                self._take(place, reader)

    def finish(self, feedback: Feedback) -> Likeness | None:
        """Return what was found, after comparing windows that were not seen; None when there is no window with data.

        Those are, of a run that goes on after a crash, what was done before, and of a cluster all. Raises Cancelled.
        """
        if self._reads_missing:
            self._take_missing(feedback)
        # the same windows with a map of all and without one
        found = np.array(list(self._found.values()))
        found = found[np.isfinite(found)]
        if not found.size:
            if self._map is None:  # who asks for a map is warned that there is none
                feedback.log(f"The image is not compared with the training images: {self._why_none()}.")
            return None
        if self._map is not None:
            self._map[self._map == _UNSEEN] = np.nan
        likeness = Likeness(found.size, int((found > 1).sum()), self.lattice, self._map)
        return replace(likeness, warning=self._warning(likeness) if likeness.is_unlike else self._wrong_order())

    def _why_none(self) -> str:
        (width, height), size, target = self.lattice.largest, self.lattice.window_px, self.lattice.target
        if width * height < FEWEST_SHARE * size**2:
            return f"its {target.width} × {target.height} px do not hold even half of a window of {size} × {size} px"
        return f"no window of {width} × {height} px has data in half of its pixels or more"

    def _take_missing(self, feedback: Feedback) -> None:
        reader: WindowReader | None = None
        for place in self._sample.places() if self._map is None else self.lattice.places():
            if not self._is_wanted(place):
                continue
            if feedback.cancelled():
                raise Cancelled
            reader = reader or WindowReader(self._prepared)
            self._take(place, reader)

    def _is_wanted(self, place: Place) -> bool:
        """Return True for a window that is to be compared and was not yet."""
        column, row = place
        if self._inside is not None and not self._inside[row, column]:
            return False
        if self._map is not None:
            return bool(self._map[row, column] == _UNSEEN)
        return place in self._sample and place not in self._found

    def _take(self, place: Place, reader: WindowReader) -> None:
        """Compare a window; NaN stands for one that can't be."""
        window, keeps = self.lattice.window(place), place in self._sample
        distance = float("nan")
        if window.width * window.height >= FEWEST_SHARE * self.lattice.window_px**2:
            pixels, _ = reader.read(window)
            found = [self._compare(dates, image, keeps) for dates, image in zip(self._looks, pixels) if dates]
            distance = max((value for value in found if value is not None), default=distance)
        if keeps:
            self._found[place] = distance
        if self._map is not None:
            self._map[place[1], place[0]] = distance

    def _compare(self, dates: list[_Looks], image: Pixels, keeps: bool) -> float | None:
        """Return the distance of a window of one input: of a series that of its best date, of a pair the larger."""
        found = []
        for looks, stored, shown in zip(dates, image.values, image.shown):
            measured = measure_window(_scaled(looks.source, stored, shown), shown)
            if measured is None or len(measured) != len(looks.training.mean):
                continue
            distance = float(distances(measured, looks.training))
            found.append(distance)
            if keeps:
                looks.measured.append(measured)
                looks.beyond += distance > 1
        if not found:
            return None
        return min(found) if dates[0].feed.spec.role == "series" else max(found)

    def _warning(self, likeness: Likeness) -> str:
        every = self._compared()
        worst = max(every, key=lambda looks: looks.beyond / len(looks.measured))
        most = f", most in {worst.source.raster.name}" if len(every) > 1 else ""
        width, height = self.lattice.largest
        size = f"{width} × {height}" if width != height else f"{width}"
        return (
            f"{likeness.share:.0%} of the image looks unlike what {self._prepared.model.card.name} was trained on "
            f"({likeness.beyond} of {likeness.windows} windows of {size} px that were "
            f"compared{most}): expect more errors. {worst.ask(explain)}"
        )

    def _wrong_order(self) -> str:
        """Return a warning where bands are in another order, though each by itself has values within the limit."""
        for looks in self._compared():
            if len(looks.measured) >= WARN_WINDOWS and (found := looks.ask(explain_order)):
                return (
                    f"The bands of {looks.source.raster.name} look as if they were in another order than those that "
                    f"{self._prepared.model.card.name} was trained on ({found}): check BANDS."
                )
        return ""

    def _compared(self) -> list[_Looks]:
        return [looks for dates in self._looks for looks in dates if looks.measured]


def _scaled(source: ImageSource, stored: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """Return what the network sees of a window (C, H, W), 0 where there is no data."""
    values = np.empty(stored.shape, np.float32)
    for view, plane, transform in zip(values, stored, source.transforms):
        write_plane(view, plane, transform, valid, 0.0)
    return values


def _inside_of_mask(prepared: Prepared, lattice: Lattice) -> NDArray[np.bool_] | None:
    """Return which windows have their middle inside of MASK (row, column); None without a mask: all."""
    settings = prepared.settings
    if not settings.mask_path:
        return None
    grid = lattice.grid(prepared.raster.grid)
    try:
        inside = PolygonMask(settings.mask_path, settings.mask_layer, grid).covers(grid.window)
    except RasterError:  # the run itself says what is wrong with the mask
        inside = None
    return np.zeros((grid.height, grid.width), bool) if inside is None else inside


def open_meter(prepared: Prepared, feedback: Feedback, *, reads_missing: bool = True) -> Meter | None:
    """Return what compares the image of a run with the training; None when the card has no statistics of it.

    Raises SettingsError when OPTIONS asks for a map of it then.
    """
    wants_map, card = bool(prepared.settings.options.shift_map), prepared.model.card
    usable = False
    for feed in prepared.images:
        training = feed.spec.training_features
        if training is None:
            continue
        if len(training.unit) == feed.bands:
            usable = True
        else:
            feedback.warn(
                f"The card of {card.name} has statistics of {len(training.unit)} bands for '{feed.spec.name}', which "
                f"takes {feed.bands}: the image is not compared with the training."
            )
    if not usable:
        if wants_map:
            raise SettingsError(
                f"OPTIONS asks for shift_map, and the card of {card.name} has no statistics of its training images "
                "(geonnx:training_features) to compare with: leave shift_map out, or use a model whose card has them."
            )
        return None
    return Meter(prepared, wants_all=wants_map, reads_missing=reads_missing)
