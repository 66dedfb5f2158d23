"""Which band of a raster each band of a model gets, row by row, for people to look at and to correct.

A run decides by the same calls, so that the table and the map never disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .card.read import read_card
from .card.types import BandSpec, InputSpec, ModelCard
from .catalog.entries import resolve_model
from .errors import GeonnxError
from .feeds import ImageSource
from .inputs import choose_model_bands, explain_pixels, image_input, open_scene, spec_of_date
from .radar import radar_transforms
from .raster.align import needs_resampling, pixel_size_m
from .raster.band_match import match_bands
from .raster.bands import choose_bands, describe_band
from .raster.source import BandInfo, RasterInfo
from .scaling import band_transforms
from .settings import RunOptions
from .values import check_values


@dataclass(frozen=True)
class BandRow:
    """One band that a model takes, and what it gets."""

    place: int
    """in the model's order, from 1"""
    wanted: BandSpec
    """its name is empty where the card names no bands"""
    number: int | None
    """band of the raster, from 1; None: not found"""
    how: str
    """``name``, ``common name red``, ``wavelength 0.665 µm``, ``BANDS``, ``order``, ``number``; empty: not found"""
    problem: str = ""
    """why it was not found, where more is known than that nothing is like it; or what is odd about the choice"""


@dataclass(frozen=True)
class BandMapping:
    """All bands of a model, beside those of one raster."""

    rows: tuple[BandRow, ...]
    raster: str
    """name of the raster, or of the scene whose band files were put together; empty: none was given"""
    bands: tuple[BandInfo, ...]
    """what there is to choose from"""
    problems: tuple[str, ...] = ()
    """what keeps a run from starting"""
    notes: tuple[str, ...] = ()
    """what a run does with a raster that is not quite what the model was made for"""

    @property
    def is_complete(self) -> bool:
        """True when every band of the model has one of the raster."""
        return bool(self.rows) and all(row.number is not None for row in self.rows)


def map_bands(model: str | ModelCard, raster: str, requested: str = "", crs_wkt: str | None = None) -> BandMapping:
    """Return which band of *raster* each band of *model* gets; *requested* is what BANDS says.

    An empty *raster* gives what the model takes. What is wrong with the raster or with *requested* is among the
    problems. *crs_wkt* is used instead of the raster's own CRS. Raises ModelError when the model can't be read.
    """
    card = model if isinstance(model, ModelCard) else read_card(resolve_model(model))
    spec = image_input(card)
    try:
        one_date = spec_of_date(spec)
        if not raster:
            return BandMapping(_rows(one_date), "", ())
        info = open_scene(raster, spec, requested, crs_wkt)
    except GeonnxError as error:
        return BandMapping(_rows(spec), raster, (), (str(error),))
    return _map(card, one_date, info, requested)


def check_scaling(
    model: str | ModelCard,
    raster: str,
    requested: str = "",
    crs_wkt: str | None = None,
    options: RunOptions | None = None,
) -> str:
    """Return a warning when most values of a few sampled windows lie far outside what the model expects; else nothing.

    Reads pixels. Where the bands are not known or the raster can't be read, there is nothing to say here.
    Raises ModelError when the model can't be read.
    """
    card = model if isinstance(model, ModelCard) else read_card(resolve_model(model))
    options = options or RunOptions()
    try:
        spec = spec_of_date(image_input(card))
        info = open_scene(raster, image_input(card), requested, crs_wkt)
        choice = choose_bands(spec, info, requested)
        bands = [info.bands[number - 1] for number in choice.numbers]
        transforms = band_transforms(spec, bands, scale=options.scale, offset=options.offset)
        transforms = radar_transforms(spec, info, bands, transforms, options.sar)
        return check_values(spec, ImageSource(info, choice, transforms), options, info.grid.window)
    except GeonnxError:
        return ""  # `map_bands` says it


def _map(card: ModelCard, spec: InputSpec, raster: RasterInfo, requested: str) -> BandMapping:
    mapping = BandMapping((), raster.name, raster.data_bands, notes=_pixel_notes(card, raster))
    try:
        choice = choose_model_bands(card, spec, raster, requested)
    except GeonnxError as error:
        rows = _partly(spec, raster) if not requested.strip() else _rows(spec)
        return replace(mapping, rows=rows, problems=(str(error),))
    specs = spec.bands or (BandSpec(""),) * len(choice.numbers)
    rows = tuple(
        BandRow(place, wanted, number, choice.matches[place - 1].how if choice.matches else "order")
        for place, (wanted, number) in enumerate(zip(specs, choice.numbers), start=1)
    )
    if choice.is_assumed and spec.bands:
        note = (
            f"Nothing in {raster.name} says what its bands are: they are taken in the order of the file. Check that "
            "each row is right."
        )
        mapping = replace(mapping, notes=(note, *mapping.notes))
    return replace(mapping, rows=_mark_odd(rows, raster), bands=_offered(raster, choice.numbers))


def _rows(spec: InputSpec) -> tuple[BandRow, ...]:
    specs = spec.bands or (BandSpec(""),) * (spec.channels or 0)
    return tuple(BandRow(place, wanted, None, "") for place, wanted in enumerate(specs, start=1))


def _partly(spec: InputSpec, raster: RasterInfo) -> tuple[BandRow, ...]:
    """Return the rows of a raster that lacks bands: those that were found, and why the others were not."""
    if not spec.bands or any(band.number is not None for band in spec.bands):
        return _rows(spec)
    matching = match_bands(spec.bands, raster)
    rows = []
    for place, wanted in enumerate(spec.bands):
        match = matching.found.get(place)
        if match is not None:
            rows.append(BandRow(place + 1, wanted, match.number, match.how))
            continue
        reasons = [text for text in matching.reasons if text.startswith((f"{wanted.name} ", "band numbers "))]
        why = "; ".join(reasons)
        rows.append(BandRow(place + 1, wanted, None, "", f"{why[0].upper()}{why[1:]}." if why else ""))
    return tuple(rows)


def _mark_odd(rows: tuple[BandRow, ...], raster: RasterInfo) -> tuple[BandRow, ...]:
    """Return the rows with a remark on those that share a band of the raster, or get its transparency."""
    numbers = [row.number for row in rows]
    return tuple(
        row if row.number is None else replace(row, problem=_oddity(row.number, numbers, raster)) for row in rows
    )


def _oddity(number: int, numbers: list[int | None], raster: RasterInfo) -> str:
    band = raster.bands[number - 1]
    if numbers.count(number) > 1:
        return f"{describe_band(band).capitalize()} is used more than once."
    return f"{describe_band(band).capitalize()} is marked as transparency (alpha)." if band.is_alpha else ""


def _offered(raster: RasterInfo, chosen: tuple[int, ...]) -> tuple[BandInfo, ...]:
    """Return the bands to choose from: all that hold data, and those that were chosen all the same."""
    return tuple(band for band in raster.bands if not band.is_alpha or band.number in chosen)


def _pixel_notes(card: ModelCard, raster: RasterInfo) -> tuple[str, ...]:
    if card.gsd_m is None or not needs_resampling(raster.grid, card.gsd_m):
        return tuple(filter(None, (explain_pixels(card, raster),)))
    width, height = pixel_size_m(raster.grid)
    return (
        f"The pixels of {raster.name} measure {(width * height) ** 0.5:.3g} m, and the model was made for "
        f"{card.gsd_m:g} m: the raster is resampled for the model as it is read.",
    )
