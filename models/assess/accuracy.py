"""How well a class map agrees with a reference, and what a sample tells of the areas of its classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import RasterError, SettingsError
from ..feedback import Feedback
from ..raster.area import pixel_areas_m2
from ..raster.class_styles import read_class_styles
from ..raster.grid import Window
from ..raster.products import open_raster
from ..raster.source import BandReader, RasterInfo
from .assessment import AccuracyReport, make_report
from .blocks import blocks
from .class_match import UNMATCHED, match_classes, read_class_map
from .reference import RasterReference, Reference, check_band, count, whole_numbers
from .tally import Tally
from .vector_reference import open_vector_reference

AREA_ESTIMATES = ("auto", "yes", "no")
_NO_DATA = "no data in the map"


@dataclass(frozen=True)
class RasterSource:
    """A reference raster; *crs_wkt* is used instead of its own CRS."""

    path: str
    band: int = 1
    crs_wkt: str | None = None


@dataclass(frozen=True)
class VectorSource:
    """A layer of polygons or points (empty: the first of the file) whose *field* holds the class."""

    path: str
    field: str
    layer: str = ""
    crs_wkt: str | None = None


def assess_accuracy(
    raster: str | RasterInfo,
    reference: RasterSource | VectorSource,
    *,
    band: int = 1,
    class_map: str = "",
    unmatched: str = "leave_out",
    area_estimates: str = "auto",
    extent: tuple[tuple[float, float], ...] | None = None,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> AccuracyReport:
    """Compare band *band* of a class raster with the truth.

    A reference raster counts at every pixel that holds data in both, by nearest neighbour; polygons at the pixels whose
    centre they hold; points at the pixel that holds them. Classes are matched as *class_map* (``forest=Trees;1=3``)
    says, else by name, else by number; *unmatched* says what becomes of those that the map does not have. Area
    estimates (``auto``: for points only) take the mapped areas from the whole raster, or from the *extent*, a polygon
    of map coordinates in the raster's CRS whose window is all that counts. *crs_wkt* is used instead of the raster's
    own CRS. Memory does not depend on the size of the rasters.

    Raises SettingsError or RasterError when the two can't be compared, Cancelled when the user stops.
    """
    feedback = feedback or Feedback()
    _check_choice("UNMATCHED", unmatched, UNMATCHED)
    _check_choice("AREA_ESTIMATES", area_estimates, AREA_ESTIMATES)
    rules = read_class_map(class_map)
    info = open_raster(raster, crs_wkt) if isinstance(raster, str) else raster
    check_band(info, band, "BAND")
    styles = read_class_styles(info.path, band)
    target = info.grid.window if extent is None else info.grid.window_of(list(extent))
    truth = _open_reference(reference, info, target)
    for note in truth.notes:
        feedback.log(note)
    tally, left_out = _count_all(info, band, truth, target, feedback)
    left_out = {**truth.left_out, **left_out}
    if not tally.pairs:
        raise RasterError(
            f"{info.name} and {truth.name} have no pixel where both hold a class, so there is nothing to compare: give "
            "a reference of the same place, or another EXTENT."
        )
    names = {value: styles[value].name if value in styles else "" for value in {*tally.pixels, *styles}}
    codes = truth.classes(sorted({code for _, code in tally.pairs}))
    match = match_classes(names, codes, rules, unmatched)
    report = make_report(info, truth, match, codes, tally, styles, left_out, area_estimates)
    for note in report.notes[len(truth.notes) :]:
        feedback.warn(note)
    return report


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SettingsError(f"{name} is '{value}'; expected one of {', '.join(choices)}.")


def _open_reference(reference: RasterSource | VectorSource, info: RasterInfo, target: Window) -> Reference:
    if isinstance(reference, RasterSource):
        return RasterReference(open_raster(reference.path, reference.crs_wkt), reference.band, info.grid)
    return open_vector_reference(reference.path, reference.layer, reference.field, info.grid, target, reference.crs_wkt)


def _count_all(
    info: RasterInfo, band: int, truth: Reference, target: Window, feedback: Feedback
) -> tuple[Tally, dict[str, int]]:
    reader, tally = BandReader(info, (band,)), Tally()
    left_out: dict[str, int] = {}
    for window in blocks(target, feedback):
        values, valid = reader.read(window)
        mapped = whole_numbers(values[0], valid, info.name).ravel()
        areas = np.broadcast_to(pixel_areas_m2(info.grid, window.y, window.bottom)[:, _columns(info, window)],
                                (window.height, window.width)).ravel()  # fmt: skip
        places, codes = truth.samples(window)
        if valid is None:
            tally.add_pixels(mapped, areas)
        else:
            is_valid = valid.ravel()
            tally.add_pixels(mapped[is_valid], areas[is_valid])
            has_map = is_valid[places]
            count(left_out, _NO_DATA, places.size - int(has_map.sum()))
            places, codes = places[has_map], codes[has_map]
        tally.add_pairs(mapped[places], codes)
    return tally, left_out


def _columns(info: RasterInfo, window: Window) -> slice:
    """Return the columns of a window among those that areas are given for: one for all, but on rotated degrees."""
    is_one = pixel_areas_m2(info.grid, window.y, window.y + 1).shape[1] == 1
    return slice(None) if is_one else slice(window.x, window.right)
