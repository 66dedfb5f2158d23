"""Which radar image goes with which date, and radar bands beside optical ones where a model wants them in one input."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ..card.types import InputSpec
from ..errors import SettingsError
from ..inputs import Raster, dates_taken
from ..radar import POLARISATIONS, is_radar_name, radar_places
from ..raster.align import align_raster
from ..raster.dates import acquisition_date
from ..raster.grid import Grid
from ..raster.join import join_rasters
from ..raster.products import open_raster
from ..raster.source import RasterInfo
from .timeline import Moment, Timeline

_POLARISATION = re.compile(rf"(?<![a-z0-9])({'|'.join(POLARISATIONS)})(?![a-z0-9])", re.IGNORECASE)


def open_radar(rasters: Sequence[Raster]) -> tuple[RasterInfo, ...]:
    """Open radar images, with dates; files of one polarisation each that differ only by it become one image.

    Raises RasterError when one can't be used.
    """
    groups: dict[str, RasterInfo] = {}
    for raster in rasters:
        opened = raster if isinstance(raster, RasterInfo) else open_raster(raster)
        opened = replace(opened, acquired=acquisition_date(opened))
        plain = re.sub(r"[_\-.]", " ", opened.name)
        key = _POLARISATION.sub("*", plain)
        if key == plain or len(opened.data_bands) != 1:
            key = f"{len(groups)} {plain}"
        known = groups.get(key)
        groups[key] = opened if known is None else join_rasters(known, align_raster(opened, known.grid))
    return tuple(groups.values())


def radar_inputs(
    radar: Sequence[RasterInfo], spec: InputSpec, timeline: Timeline, given: int
) -> tuple[RasterInfo, ...]:
    """Return the radar images for the input *spec*: one for each date where it takes several, else the target's.

    *given* is the number of optical dates that the user gave, of which the timeline may be a part.
    Raises SettingsError when nothing tells which radar image belongs to a date.
    """
    if not radar:
        return ()
    moments = (timeline.target,) if dates_taken(spec) == 1 else timeline.moments
    return tuple(_of_moment(radar, moment, given) for moment in moments)


def _of_moment(radar: Sequence[RasterInfo], moment: Moment, given: int) -> RasterInfo:
    """Return the radar image nearest in time; where dates are not known, the one at the same place of its list."""
    if len(radar) == 1:
        return radar[0]
    days = [image.acquired for image in radar]
    if moment.day is not None and None not in days:
        wanted: date = moment.day
        return min(radar, key=lambda image: abs(((image.acquired or wanted) - wanted).days))
    if len(radar) == given:
        return radar[moment.place]
    raise SettingsError(
        f"SAR has {len(radar)} rasters for {given} date(s), and nothing says which belong together: give one for each, "
        "in the order of INPUTS, or write the dates into the names of both, as in s1_2021-06-26.tif."
    )


def with_radar_bands(
    timeline: Timeline, radar: Sequence[RasterInfo], spec: InputSpec, given: int, model_name: str
) -> Timeline:
    """Return the timeline whose rasters have radar bands behind the optical ones, for an input that takes both.

    Raises SettingsError when the model wants radar bands and there are none.
    """
    places = radar_places(spec, len(spec.bands)) if spec.role != "sar" else ()
    moments = timeline.moments
    if not places or all(_has_radar(moment.raster) for moment in moments):
        return timeline
    names = [spec.bands[place].name for place in places]
    if not radar:
        raise SettingsError(f"{model_name} wants radar too ({', '.join(names)}): give the images as SAR.")
    joined = []
    for moment in moments:
        image = _named(_of_moment(radar, moment, given), names)
        joined.append(replace(moment, raster=join_rasters(moment.raster, _on(image, moment.raster.grid))))
    return Timeline(tuple(joined), joined[timeline.position])


def _on(image: RasterInfo, grid: Grid) -> RasterInfo:
    aligned = align_raster(image, grid)
    # an alpha band would hide optical pixels as well: where there is no radar, its values are 0
    return replace(aligned, bands=tuple(band for band in aligned.bands if not band.is_alpha))


def _has_radar(raster: RasterInfo) -> bool:
    return any(is_radar_name(band.name) for band in raster.bands)


def _named(image: RasterInfo, names: Sequence[str]) -> RasterInfo:
    """Return the image with the model's band names where its own say nothing and their number is right."""
    bands = image.data_bands
    if len(bands) != len(names) or any(band.has_own_name for band in bands):
        return image
    by_number = dict(zip((band.number for band in bands), names))
    return replace(
        image, bands=tuple(replace(band, name=by_number.get(band.number, band.name)) for band in image.bands)
    )
