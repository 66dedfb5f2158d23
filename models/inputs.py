"""The rasters of a run, by what they are to the model; and the input tensors that they fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Union

import numpy as np
from numpy.typing import NDArray
from osgeo import osr

from .card.read import read_card
from .card.types import InputSpec, ModelCard
from .catalog.entries import bundled_sisters
from .errors import GeonnxError, ModelError, RasterError, SettingsError
from .feeds import ImageFeed, ImageSource, ValueFeed
from .radar import radar_transforms
from .raster.align import align_raster, is_beyond, needs_resampling, pixel_size_m, resample_raster
from .raster.bands import BandChoice, choose_bands
from .raster.dates import acquisition_date, require_date
from .raster.grid import Grid, Window
from .raster.products import open_raster, open_siblings
from .raster.source import RasterInfo, spatial_reference
from .runtime.session import run_dtype
from .scaling import band_transforms
from .settings import RunSettings

Feed = Union[ImageFeed, ValueFeed]
Raster = Union[str, RasterInfo]
"""anything that GDAL opens, or a raster that was opened and perhaps corrected already"""

_HOW_TO_GIVE = {
    "series": ", the first raster counted with those of SERIES.",
    "sar": ": give radar rasters as SAR.",
    "after": ": give the later date as AFTER.",
}
_IMAGE_DIMS = ("BCHW", "BHWC", "CHW", "HWC", "BTCHW", "BCTHW", "BTHWC", "TCHW", "NC", "NTC", "NCT")


@dataclass(frozen=True)
class RasterInputs:
    """Rasters by role. The first image is the one whose grid the result has."""

    image: tuple[Raster, ...]
    """one image, or all dates of a time series in any order; the earlier date for change models"""
    after: tuple[Raster, ...] = ()
    """the later date, for change models"""
    sar: tuple[Raster, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The names of the rasters that are given by name."""
        return tuple(raster for raster in (*self.image, *self.after, *self.sar) if isinstance(raster, str))


@dataclass(frozen=True)
class OpenRasters:
    """The rasters of a run, described and brought to one grid."""

    native: RasterInfo
    """the first raster before any resampling"""
    image: tuple[RasterInfo, ...]
    """as given; the first has the grid of the run"""
    series: tuple[RasterInfo, ...]
    """the same, oldest first"""
    after: tuple[RasterInfo, ...]
    sar: tuple[RasterInfo, ...]
    note: str = ""
    """what is odd about the dates of a series; empty: nothing"""

    def of_role(self, spec: InputSpec, card: ModelCard) -> tuple[RasterInfo, ...]:
        """Return the rasters for an image input, oldest first; raise SettingsError when they were not given."""
        found = {
            "image": self.image[:1],
            "before": self.image[:1],
            "after": self.after[:1],
            "before+after": (*self.image[:1], *self.after[:1]),
            "series": self.series,
            "sar": self.sar,
        }.get(spec.role, ())
        dates = dates_taken(spec)
        needed = 2 if spec.role == "before+after" else (dates or 1)
        if len(found) < needed or (spec.role in ("series", "sar") and dates not in (None, len(found))):
            raise SettingsError(
                f"{card.name} wants {needed} raster(s) as its input '{spec.name}' ({spec.role}); {len(found)} given"
                + _HOW_TO_GIVE.get(spec.role, ".")
            )
        return found


def open_inputs(inputs: RasterInputs, card: ModelCard, settings: RunSettings, crs_wkt: str | None) -> OpenRasters:
    """Describe all rasters and bring them to the grid of the first, resampled to the model's pixel size if it has one.

    A raster that lacks bands which the model names is looked at together with the other band files of its scene.
    *crs_wkt* is used instead of the first raster's own CRS.
    Raises RasterError or SettingsError when one can't be used.
    """
    spec = image_input(card)
    first = native = open_scene(inputs.image[0], spec, settings.bands, crs_wkt)
    if card.gsd_m is not None and needs_resampling(first.grid, card.gsd_m):
        first = resample_raster(first, card.gsd_m)

    def others(rasters: tuple[Raster, ...], wanted: InputSpec | None) -> tuple[RasterInfo, ...]:
        return tuple(align_raster(open_scene(raster, wanted, "", None), first.grid) for raster in rasters)

    images = (first, *others(inputs.image[1:], spec))
    series, note = _in_time_order(images)
    sar, sar_note = _in_time_order(others(inputs.sar, card.input_with_role("sar")))
    return OpenRasters(
        native=native,
        image=images,
        series=series,
        after=others(inputs.after, spec),
        sar=sar,
        note=note or sar_note,
    )


def explain_pixels(card: ModelCard, raster: RasterInfo) -> str:
    """Return a sentence where pixels are of another size than any that the model was trained on; else nothing."""
    if card.gsd_range_m is None or not is_beyond(raster.grid, card.gsd_range_m):
        return ""
    width, height = pixel_size_m(raster.grid)
    low, high = card.gsd_range_m
    size = f"{width:.3g}" if abs(width - height) < 0.01 * width else f"{width:.3g} × {height:.3g}"
    return (
        f"The pixels of {raster.name} measure {size} m, and {card.name} was trained on "
        f"{low:g} to {high:g} m: expect more errors, or resample the raster."
    )


def dates_taken(spec: InputSpec) -> int | None:
    """Return how many dates an image input takes, on its time axis or stacked on its bands; None: any number."""
    if "T" in spec.dims:
        return spec.size("T")
    fixed, bands = spec.size("C"), len(spec.bands)
    if spec.role in ("series", "sar") and bands and fixed and fixed % bands == 0:
        return fixed // bands
    return None if spec.role == "series" else 1


def image_input(card: ModelCard) -> InputSpec:
    """Return the first input of a model that takes an image other than radar."""
    return next((item for item in card.inputs if item.dims in _IMAGE_DIMS and item.role != "sar"), card.inputs[0])


def _in_time_order(rasters: tuple[RasterInfo, ...]) -> tuple[tuple[RasterInfo, ...], str]:
    """Return the rasters oldest first where all say when they were taken, else as they are; and what is odd there."""
    if len(rasters) < 2:
        return rasters, ""  # no need to open the file again for its date
    dated = [(acquisition_date(raster), raster) for raster in rasters]
    undated = [raster.name for day, raster in dated if day is None]
    if len(undated) == len(rasters):
        return rasters, "Nothing says when the rasters were taken; they are taken to be in the order of time."
    if undated:
        return rasters, (
            f"Nothing says when {', '.join(undated)} was taken, so the rasters are taken to be in the order of time as "
            "they were given: put dates into the names, as in scene_2021-06-26.tif, to have them sorted."
        )
    days = [day for day, _ in dated]
    twice = sorted({str(day) for day in days if days.count(day) > 1})
    note = f"Several rasters are of the same day ({', '.join(twice)})." if twice else ""
    return tuple(raster for _, raster in sorted(dated, key=lambda pair: str(pair[0]))), note


def open_scene(raster: Raster, spec: InputSpec | None, requested: str, crs_wkt: str | None) -> RasterInfo:
    """Return a raster; with the other band files of its scene where it lacks bands that the input *spec* wants.

    *requested* is what BANDS says; *crs_wkt* is used instead of the raster's own CRS. Raises RasterError.
    """
    if isinstance(raster, RasterInfo):
        return raster
    raster = open_raster(raster, crs_wkt)
    if spec is None:
        return raster
    try:
        choose_bands(spec_of_date(spec), raster, requested)
    except GeonnxError:
        return open_siblings(raster) or raster
    return raster


def choose_model_bands(card: ModelCard, spec: InputSpec, raster: RasterInfo, requested: str) -> BandChoice:
    """Return the bands for one date of an input of a model; raises as `choose_bands` does.

    Where bands are missing, the error also names the bundled model of the same kind that takes those of the raster.
    """
    try:
        return choose_bands(spec, raster, requested)
    except RasterError as error:
        raise RasterError(f"{error}{_fitting_sister(card, raster)}") from None


def _fitting_sister(card: ModelCard, raster: RasterInfo) -> str:
    for path in bundled_sisters(card.model_path):
        try:
            sister = read_card(path)
            spec = spec_of_date(image_input(sister))
            is_assumed = choose_bands(spec, raster, "").is_assumed
        except GeonnxError:
            continue
        if not is_assumed and sister.task == card.task:
            return f" Or give {path.stem} as MODEL, which takes {', '.join(spec.band_names)}."
    return ""


def make_feeds(rasters: OpenRasters, card: ModelCard, settings: RunSettings) -> tuple[Feed, ...]:
    """Return what fills each input of the model, in the order of the card.

    Raises ModelError for an input that can't be filled, RasterError and SettingsError when bands or rasters lack.
    """
    feeds: list[Feed] = []
    requested = settings.bands
    for spec in card.inputs:
        if spec.role in ("dates", "latlon", "gsd", "wavelengths"):
            feeds.append(ValueFeed(spec, _values(spec, rasters, card), run_dtype(spec.dtype)))
            continue
        if spec.dims not in _IMAGE_DIMS:
            raise ModelError(
                f"{card.name} takes an input '{spec.name}' with the axes {' '.join(spec.dims) or 'unknown'}; expected "
                f"one of {', '.join(_IMAGE_DIMS)}."
            )
        bands = settings.bands if spec.role == "after" else requested  # both dates of a pair are of one kind
        feeds.append(_image_feed(spec, rasters.of_role(spec, card), bands, card, settings))
        requested = ""  # BANDS speaks of the first image
    _refuse_unused(rasters, card)
    return tuple(feeds)


def _refuse_unused(rasters: OpenRasters, card: ModelCard) -> None:
    """Raise SettingsError when rasters were given that no input of the model takes."""
    roles = {spec.role for spec in card.inputs}
    for given, name, takers in (
        (rasters.image[1:], "SERIES", {"series"}),
        (rasters.after, "AFTER", {"after", "before+after"}),
        (rasters.sar, "SAR", {"sar"}),
    ):
        if given and not roles & takers:
            raise SettingsError(
                f"{len(given)} raster(s) were given as {name}, and {card.name} takes none: leave {name} empty."
            )


def _image_feed(
    spec: InputSpec, rasters: tuple[RasterInfo, ...], requested: str, card: ModelCard, settings: RunSettings
) -> ImageFeed:
    sources = []
    for place, raster in enumerate(rasters):
        one_date = _one_date(spec, len(rasters), place)
        bands = choose_model_bands(card, one_date, raster, requested)
        chosen = [raster.bands[number - 1] for number in bands.numbers]
        transforms = band_transforms(one_date, chosen, scale=settings.options.scale, offset=settings.options.offset)
        transforms = radar_transforms(one_date, raster, chosen, transforms, settings.options.sar)
        sources.append(ImageSource(raster, bands, transforms))
    return ImageFeed(spec, tuple(sources), run_dtype(spec.dtype), card.fill)


def spec_of_date(spec: InputSpec) -> InputSpec:
    """Return what one date gives to an input, whether it stacks several, has an axis for them or takes one."""
    dates = 2 if spec.role == "before+after" else dates_taken(spec)
    return _one_date(spec, dates or 1)


def _one_date(spec: InputSpec, dates: int, place: int = 0) -> InputSpec:
    """Return what one of several dates gives to an input that stacks them on its band axis.

    *place* is its position among them, from 0: a card may scale every band of every date in its own way.
    """
    if spec.role not in ("before+after", "series", "sar") or "T" in spec.dims or dates < 2:
        return spec
    fixed = spec.size("C")
    if fixed is None:
        return spec
    if fixed % dates:
        raise SettingsError(
            f"The model takes {fixed} bands of all dates together as its input '{spec.name}'; {dates} rasters given, "
            "and they can't share them evenly: give another number of dates."
        )
    part = fixed // dates
    shape = tuple(part if dim == "C" else size for dim, size in zip(spec.dims, spec.shape))
    scaling = spec.scaling[place * part : (place + 1) * part] if len(spec.scaling) == fixed else spec.scaling
    return replace(spec, shape=shape, bands=spec.bands[:part], scaling=scaling)


def _values(spec: InputSpec, rasters: OpenRasters, card: ModelCard) -> Callable[[Window], NDArray[np.float64]]:
    """Return what gives the numbers of a tile for an input that holds no pixels; it can be sent to other machines."""
    if spec.role == "latlon":
        return partial(_position, rasters.image[0].grid)
    numbers = {"gsd": _gsd, "wavelengths": _wavelengths, "dates": _dates}[spec.role](spec, rasters, card)
    return partial(_same, numbers)


def _same(numbers: NDArray[np.float64], _window: Window) -> NDArray[np.float64]:
    return numbers


def _gsd(_spec: InputSpec, rasters: OpenRasters, _card: ModelCard) -> NDArray[np.float64]:
    width, height = pixel_size_m(rasters.image[0].grid)
    return np.array([(width * height) ** 0.5])


def _wavelengths(_spec: InputSpec, _rasters: OpenRasters, card: ModelCard) -> NDArray[np.float64]:
    image = next(spec for spec in card.inputs if spec.dims in _IMAGE_DIMS)
    found = [band.wavelength_um for band in image.bands]
    unknown = [band.name for band in image.bands if band.wavelength_um is None]
    if not found or unknown:
        raise ModelError(
            f"{card.name} wants the wavelengths of its bands, and its card does not say "
            + (f"those of {', '.join(unknown)}" if unknown else "which bands it takes")
            + ": add center_wavelength to the card's bands."
        )
    return np.array(found, np.float64)


def _dates(spec: InputSpec, rasters: OpenRasters, _card: ModelCard) -> NDArray[np.float64]:
    days = [require_date(raster) for raster in (*rasters.series, *rasters.after)]
    if spec.unit == "days":
        return np.array([(day - days[0]).days for day in days], np.float64)
    return np.array([day.timetuple().tm_yday for day in days], np.float64)


def _position(grid: Grid, window: Window) -> NDArray[np.float64]:
    """Return latitude and longitude (degrees, WGS 84) of a window's centre."""
    target = osr.SpatialReference()
    target.ImportFromEPSG(4326)
    target.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    transform = osr.CoordinateTransformation(spatial_reference(grid.crs_wkt), target)
    x0, dx, rx, y0, ry, dy = grid.geotransform
    column, row = window.x + window.width / 2, window.y + window.height / 2
    longitude, latitude, _ = transform.TransformPoint(x0 + column * dx + row * rx, y0 + column * ry + row * dy)
    return np.array([latitude, longitude])
