"""Where the clouds of each date are known from: rasters of the user, the product's quality band, or a cloud model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..card.types import InputSpec
from ..errors import ModelError, RasterError, SettingsError
from ..feedback import Feedback
from ..inputs import Raster, RasterInputs, image_input, open_scene, spec_of_date
from ..model import Model
from ..raster.band_match import match_bands
from ..raster.bands import choose_bands
from ..raster.dates import acquisition_date
from ..raster.grid import Grid
from ..raster.products import open_raster, open_siblings
from ..raster.sensors import MSI
from ..raster.source import RasterInfo
from ..settings import RunOptions, RunSettings
from ..tasks.segment import segment
from .masks import CloudMask, class_names, class_rule, given_rule, is_cloudy_name, make_mask, quality_rule
from .said import name_cloud_bands
from .timeline import Moment, Timeline


def given_masks(timeline: Timeline, rasters: Sequence[Raster]) -> list[CloudMask | None]:
    """Return the user's masks for the moments of a timeline: by date where all say it, else in the order of the inputs.

    Classes named cloud, shadow or cirrus count in class rasters, scene classes in SCL, bits in QA_PIXEL; in any other
    mask all but 0. Raises SettingsError when masks and dates do not fit together, or a class raster has other classes.
    """
    opened = [_open(raster) for raster in rasters]
    days = [acquisition_date(raster) for raster in opened]
    grid = timeline.target.raster.grid
    moments = timeline.moments
    by_day = {day: raster for day, raster in zip(days, opened) if day is not None}
    dated = [moment.day for moment in moments]
    can_match = len(by_day) == len(opened) and None not in dated and len(set(dated)) == len(dated)
    if can_match and set(by_day) <= set(dated):
        return [None if moment.day not in by_day else _given(by_day[moment.day], grid) for moment in moments]
    if len(opened) != len(moments):
        raise SettingsError(
            f"CLOUD_MASKS has {len(opened)} raster(s) for {len(moments)} date(s): give one for each, in the order of "
            "INPUTS, or write the dates into the names of both, as in mask_2021-06-26.tif."
        )
    return [_given(opened[moment.place], grid) for moment in moments]


def _open(raster: Raster) -> RasterInfo:
    return raster if isinstance(raster, RasterInfo) else open_raster(raster)


def _given(raster: RasterInfo, grid: Grid) -> CloudMask:
    if len(raster.data_bands) > 1 and (quality := quality_mask(raster, grid)) is not None:
        return quality
    band = raster.data_bands[0]
    named = quality_rule(band.name) or quality_rule(Path(raster.name).stem)
    return make_mask(raster, band.number, grid, named or given_rule(raster), f"CLOUD_MASKS ({raster.name})")


def quality_mask(raster: RasterInfo, grid: Grid) -> CloudMask | None:
    """Return the mask in the quality band of a date; None when neither it nor the product it belongs to has one."""
    for candidate in (raster, _siblings(raster)):
        for band in () if candidate is None else candidate.bands:
            rule = quality_rule(band.name)
            if rule is not None and candidate is not None:
                return make_mask(candidate, band.number, grid, rule, f"{band.name} of {candidate.name}")
    return None


def _siblings(raster: RasterInfo) -> RasterInfo | None:
    try:
        return open_siblings(raster)
    except RasterError:  # band files that do not fit together have no common quality band either
        return None


def check_cloud_model(model: Model, moments: Sequence[Moment], settings: RunSettings) -> None:
    """Raise ModelError, SettingsError or RasterError when a cloud model can't be run on one of several dates.

    That is so when no class of it is a cloud or a shadow, when cloud_bands is wrong, or when nothing says which bands
    it wants.
    """
    output = next((spec for spec in model.card.outputs if spec.role == "classes"), None)
    names = [item.name for item in output.classes] if output else []
    if not any(is_cloudy_name(name) for name in names):
        raise ModelError(
            f"{model.card.name} has no class of clouds or shadows"
            + (f" (its classes: {', '.join(names)[:200]})" if names else "")
            + ": choose a cloud model as CLOUD_MODEL, with such names in its card."
        )
    for moment in moments:
        _check_bands(model, moment, settings.options.cloud_bands)


def model_mask(
    model: Model, moment: Moment, scratch: Path, settings: RunSettings, grid: Grid, feedback: Feedback
) -> CloudMask:
    """Return the mask that a cloud model makes of a date; its class raster is left in the folder *scratch*.

    Raises ModelError when its map has no class of clouds or shadows; see also `check_cloud_model`.
    """
    path = scratch / f"clouds_{moment.place}.tif"
    plain = RunSettings(
        bands=settings.options.cloud_bands,
        device=settings.device,
        batch_size=settings.batch_size,
        options=RunOptions(threads=settings.options.threads, overviews=False, scale=settings.options.scale,
                           offset=settings.options.offset),
    )  # fmt: skip
    feedback.log(f"Clouds of {moment.label} by {model.card.name}:")
    image, crs_wkt = moment.for_cloud_model, moment.source.grid.crs_wkt
    segment(model, RasterInputs((image,)), str(path), plain, crs_wkt=crs_wkt, feedback=feedback)
    rule = class_rule(class_names(str(path)))
    if rule is None:
        raise ModelError(f"The map of {model.card.name} has no class of clouds or shadows; correct its card.")
    made_by = hashlib.sha256(repr((model.sha256, model.card, plain)).encode()).hexdigest()
    return make_mask(open_raster(str(path)), 1, grid, rule, model.card.name, made_by)


def _check_bands(model: Model, moment: Moment, bands: str) -> None:
    """Raise SettingsError for wrong *bands* (cloud_bands), RasterError when nothing says which bands are wanted."""
    spec = spec_of_date(image_input(model.card))
    raster = open_scene(moment.for_cloud_model, spec, bands, moment.source.grid.crs_wkt)
    try:
        numbers = choose_bands(spec, raster, bands).numbers
    except (RasterError, SettingsError) as error:
        if bands.strip():
            raise SettingsError(f"{name_cloud_bands(str(error))} {_way_out(spec, raster)}") from None
        wanted = f"the bands {', '.join(spec.band_names)}" if spec.bands else f"{spec.channels} bands"
        raise RasterError(
            f"{model.card.name} finds clouds in {wanted}, and nothing says which of {raster.name} these are (it has "
            f"{raster.list_bands()}). {_way_out(spec, raster)} BANDS says it only of those bands that MODEL takes too."
        ) from None
    twice = next((number for number in numbers if numbers.count(number) > 1), 0) if bands.strip() else 0
    if twice:
        taken = spec.band_names or tuple(map(str, range(1, 1 + len(numbers))))
        alike = " and ".join(name for name, number in zip(taken, numbers) if number == twice)
        raise SettingsError(
            f"cloud_bands of OPTIONS gives band {twice} of {raster.name} more than once to {model.card.name}, as "
            f"{alike}. {_way_out(spec, raster)}"
        )


def _way_out(spec: InputSpec, raster: RasterInfo) -> str:
    """Return the sentence that shows how to name the bands of a raster that a cloud model takes."""
    if not spec.bands:
        counted = ",".join(map(str, range(1, 1 + (spec.channels or 1))))
        return f'Expected them in the model\'s order, as in OPTIONS={{"cloud_bands": "{counted}"}}.'
    own = {place: raster.bands[match.number - 1] for place, match in match_bands(spec.bands, raster).found.items()}
    names = [own[place].name or str(own[place].number) if place in own else name
             for place, name in enumerate(spec.band_names)]  # fmt: skip
    missing = ", ".join(name for place, name in enumerate(spec.band_names) if place not in own)
    end = f" with the raster's own numbers in place of {missing}" if missing else ", or leave cloud_bands out"
    if not own and (numbers := _sentinel2_numbers(spec, raster)):
        names, end = numbers, " where they lie as in Sentinel-2 products"
    example = f'OPTIONS={{"cloud_bands": "{",".join(names)}"}}'
    return f"Expected the bands {', '.join(spec.band_names)}, in this order, as in {example}{end}."


def _sentinel2_numbers(spec: InputSpec, raster: RasterInfo) -> list[str]:
    """Return the numbers of the model's bands in a raster of all bands of L1C or L2A; nothing for any other."""
    order = [band.name for band in MSI.bands if band.name != "B10" or len(raster.data_bands) == len(MSI.bands)]
    if len(order) != len(raster.data_bands) or not set(spec.band_names) <= set(order):
        return []
    return [str(order.index(name) + 1) for name in spec.band_names]
