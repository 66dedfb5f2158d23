"""The dates of a place: opened, put in the order of time, brought to the grid of the one to restore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..card.types import BandSpec, InputSpec
from ..errors import GeonnxError, SettingsError
from ..inputs import Raster, open_scene, spec_of_date
from ..raster.align import align_raster
from ..raster.bands import choose_bands
from ..raster.dates import acquisition_date
from ..raster.source import BandInfo, RasterInfo
from .masks import CloudMask

_LEAST_CLEAR = 0.01


@dataclass(frozen=True)
class Moment:
    """One date: its raster on the common grid, and its clouds where they are known."""

    raster: RasterInfo
    source: RasterInfo
    """the same on its own grid"""
    place: int
    """position in the list of inputs, from 0"""
    day: date | None
    for_cloud_model: Raster
    """what a cloud model is run on: the input as it was given, with names for its bands where BANDS gives some"""
    mask: CloudMask | None = None

    @property
    def label(self) -> str:
        """The date as 2021-06-26; the raster's name where nothing says it."""
        return self.raster.name if self.day is None else self.day.isoformat()


@dataclass(frozen=True)
class Timeline:
    """All dates, oldest first where all say when they were taken, else as they were given."""

    moments: tuple[Moment, ...]
    target: Moment
    """the date to restore; its grid is that of all"""

    @property
    def position(self) -> int:
        """Place of the target among the moments."""
        return next(number for number, moment in enumerate(self.moments) if moment.place == self.target.place)

    @property
    def knows_clouds(self) -> bool:
        """True when every date has a mask."""
        return all(moment.mask is not None for moment in self.moments)

    def distance(self, moment: Moment) -> float:
        """Return how far a date is from the target: days, or places in the list where dates are not known."""
        if any(other.day is None for other in self.moments) or moment.day is None or self.target.day is None:
            places = [other.place for other in self.moments]
            return float(abs(places.index(moment.place) - places.index(self.target.place)))
        return float(abs((moment.day - self.target.day).days))

    def nearest_first(self) -> tuple[Moment, ...]:
        """Return the dates, the target first, then by distance in time; the earlier of two as far."""
        return tuple(
            sorted(self.moments, key=lambda moment: (moment.place != self.target.place, self.distance(moment)))
        )

    def with_masks(self, masks: Sequence[CloudMask | None]) -> Timeline:
        """Return the same with a mask, or none, for each moment."""
        moments = tuple(replace(moment, mask=mask) for moment, mask in zip(self.moments, masks))
        return Timeline(moments, moments[self.position])

    def only(self, moments: Sequence[Moment]) -> Timeline:
        """Return the same with some of the moments, the target among them."""
        kept = {moment.place for moment in moments}
        return Timeline(tuple(moment for moment in self.moments if moment.place in kept), self.target)


def open_moments(
    images: Sequence[Raster], spec: InputSpec | None, requested: str, crs_wkt: str | None
) -> tuple[Moment, ...]:
    """Open the rasters of all dates, each on its own grid, and put them in the order of time where that is known.

    *spec* is the model's image input, which decides whether a band file is opened with its whole scene; *requested* is
    BANDS. *crs_wkt* is used instead of the first raster's own CRS. Raises RasterError when a raster can't be used.
    """
    moments = []
    for place, image in enumerate(images):
        raster = open_scene(image, spec, requested, crs_wkt if place == 0 else None)
        day = acquisition_date(raster)
        raster = replace(raster, acquired=day)
        moments.append(Moment(raster, raster, place, day, _with_names(raster, spec, requested) or image))
    if all(moment.day is not None for moment in moments):
        moments.sort(key=lambda moment: moment.day or date.min)
    return tuple(moments)


def _with_names(raster: RasterInfo, spec: InputSpec | None, requested: str) -> RasterInfo | None:
    """Return the raster with the names of the model's bands where BANDS says which they are and they have none.

    None where that names nothing.
    """
    if spec is None or not spec.bands or not requested.strip():
        return None
    one_date = spec_of_date(spec)
    try:
        numbers = choose_bands(one_date, raster, requested).numbers
    except GeonnxError:  # with radar that is still to be joined, say; what is wrong is told when the model gets it
        return None
    known = dict(zip(reversed(numbers), reversed(one_date.bands)))
    if all(raster.bands[number - 1].has_own_name for number in known):
        return None
    return replace(raster, bands=tuple(_named(band, known.get(band.number)) for band in raster.bands))


def _named(band: BandInfo, spec: BandSpec | None) -> BandInfo:
    if spec is None or band.has_own_name:
        return band
    return replace(band, name=spec.name, common_name=spec.common_name, wavelength_um=spec.wavelength_um)


def choose_target(moments: Sequence[Moment], target: int, own_date: int | None, count: int | None) -> Timeline:
    """Return the dates on the grid of the one to restore.

    *target* is its position in the list of inputs, from 0; -1: the latest, or the latest that the model can restore
    where it restores date *own_date* of *count* (both as the card says). Raises SettingsError when there is no such
    date, RasterError when another date lies elsewhere.
    """
    if not moments:
        raise SettingsError("INPUTS is empty: give the rasters of one or more dates.")
    if not -1 <= target < len(moments):
        raise SettingsError(
            f"TARGET is {target}; {len(moments)} raster(s) are given: expected 0 to {len(moments) - 1}, or -1 for the "
            "model's own date, else the latest."
        )
    if target >= 0:
        chosen = next(moment for moment in moments if moment.place == target)
    else:
        length = min(count or len(moments), len(moments))
        later = 0 if own_date is None else length - 1 - own_date % length
        chosen = moments[len(moments) - 1 - later]
    grid = chosen.raster.grid
    aligned = tuple(replace(moment, raster=align_raster(moment.raster, grid)) for moment in moments)
    return Timeline(aligned, next(moment for moment in aligned if moment.place == chosen.place))


def choose_moments(timeline: Timeline, count: int | None, own_date: int | None, model_name: str) -> Timeline:
    """Return the target with the other dates that the model gets.

    It takes *count* dates (None: any number) and restores number *own_date* of them, from 0 or from -1 backwards
    (None: any). A date is the better, the nearer in time and the clearer it is: cost = (distance + 1) / clear share,
    which is 1 where its clouds are not known. Raises SettingsError when there are too few dates.
    """
    given = len(timeline.moments)
    if count is not None and given < count:
        raise SettingsError(
            f"{model_name} takes {count} dates at a time; {given} given: add {count - given} more to INPUTS (cloudy "
            "ones help too)."
        )
    place = timeline.position
    before, after = timeline.moments[:place], timeline.moments[place + 1 :]
    if own_date is None:
        if count is None or given == count:
            return timeline
        ranked = sorted((*before, *after), key=lambda moment: _cost(timeline, moment))
        return timeline.only((timeline.target, *ranked[: count - 1]))
    if count is None:
        count = {-1: place + 1, 0: given - place}.get(own_date, given)
    earlier = own_date % count
    for part, wanted, word in ((before, earlier, "earlier"), (after, count - 1 - earlier, "later")):
        if len(part) < wanted:
            raise SettingsError(
                f"{model_name} restores number {earlier + 1} of {count} dates, so it needs {wanted} {word} than the "
                f"one that TARGET names ({timeline.target.label}); {len(part)} given. Give more dates, or choose "
                "another TARGET."
            )
    kept = [timeline.target]
    for part, wanted in ((before, earlier), (after, count - 1 - earlier)):
        kept += sorted(part, key=lambda moment: _cost(timeline, moment))[:wanted]
    return timeline.only(kept)


def _cost(timeline: Timeline, moment: Moment) -> float:
    cloudy = 0.0 if moment.mask is None else moment.mask.cloudy_share()
    return (timeline.distance(moment) + 1) / max(1 - cloudy, _LEAST_CLEAR)
