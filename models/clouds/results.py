"""The last pass of a run: form, place and metadata of its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from osgeo import osr

from ..errors import RasterError
from ..gaps import GapFinder
from ..raster.blocks import edge_for
from ..raster.cache import block_cache
from ..raster.gdal_errors import gdal_errors
from ..raster.grid import Grid, Window
from ..raster.mask import PolygonMask
from ..raster.sink import build_overviews, check_compression
from ..raster.source import RasterInfo, open_dataset, same_crs, spatial_reference
from ..raster.staging import Staging
from ..settings import RunSettings
from .keep_clear import Composer, Restorer
from .request import Request
from .stored import StoredFormat, stored_format
from .timeline import Moment, Timeline
from .write import Writing, write_composed

_WINDOW_BYTES = 64 << 20


def settings_on_target(request: Request, moments: Sequence[Moment], timeline: Timeline) -> RunSettings:
    """Return the settings with the extent in the CRS of the target; it is given in that of the first of all images.

    Raises RasterError when it can't be brought there.
    """
    first = next(moment for moment in moments if moment.place == 0)
    extent, target = request.settings.extent, timeline.target.raster.grid.crs_wkt
    given_wkt = request.crs_wkt or first.source.grid.crs_wkt
    if extent is None or same_crs(given_wkt, target):
        return request.settings
    transform = osr.CoordinateTransformation(spatial_reference(given_wkt), spatial_reference(target))
    with gdal_errors(RasterError, "EXTENT can't be brought to the CRS of the date to restore"):
        corners = tuple(transform.TransformPoint(x, y)[:2] for x, y in extent)
    return replace(request.settings, extent=corners)


def open_polygons(settings: RunSettings, grid: Grid) -> PolygonMask | None:
    """Return the polygons of MASK on a grid; None where none are given. Raises RasterError when they miss it."""
    return PolygonMask(settings.mask_path, settings.mask_layer, grid) if settings.mask_path else None


def result_form(request: Request, timeline: Timeline, raster: RasterInfo, numbers: Sequence[int]) -> StoredFormat:
    """Return how the bands *numbers* of the target's *raster* are stored in the result."""
    has_gaps = (
        request.settings.mask_path is not None
        or request.clouds.lost == "nodata"
        or any(_may_have_gaps(moment.raster) for moment in timeline.moments)
    )
    day = timeline.target.day
    form = stored_format(raster, numbers, has_gaps=has_gaps, acquired="" if day is None else day.isoformat())
    return replace(form, provenance=_describe(request, timeline))


def _may_have_gaps(raster: RasterInfo) -> bool:
    if any(band.nodata is not None or band.is_alpha for band in raster.bands):
        return True
    dataset = open_dataset(raster.path)
    all_valid = 0x01  # GMF_ALL_VALID
    return any(not dataset.GetRasterBand(band.number).GetMaskFlags() & all_valid for band in raster.bands)


def make_composer(
    request: Request,
    timeline: Timeline,
    form: StoredFormat,
    numbers: Sequence[int],
    *,
    keeps: bool,
    gaps: GapFinder | None = None,
) -> Composer:
    """Return what joins the observed target with what is restored; clear pixels stay where it *keeps* them.

    *gaps* looks at what is read of the target.
    """
    target, clouds = timeline.target, request.clouds
    feather = clouds.feather_px if keeps else 0
    has_deviation = bool(request.outputs.uncertainty)
    return Composer(
        target.raster,
        tuple(numbers),
        target.mask,
        keeps,
        form,
        growth_px=clouds.grow_px,
        feather_px=feather,
        has_deviation=has_deviation,
        drops_lost=clouds.lost == "nodata",
        gaps=gaps,
    )


def write_result(
    request: Request, timeline: Timeline, composer: Composer, restorer: Restorer, part: Window,
    metadata: Mapping[str, str], pixel_bytes: int, stage: Staging, begun: float,
) -> int:  # fmt: skip
    """Write the results of the last pass, with overviews; return the number of windows.

    *part* is what they cover of the target's grid, *pixel_bytes* the memory that a pixel of a window takes, *begun* the
    share of the run that is done already.
    """
    grid, settings = timeline.target.raster.grid, request.settings
    polygons = open_polygons(settings, grid)
    products = request.outputs.rasters()
    staged = {name: stage.path_for(path) for name, path in products.items()}
    form = composer.form
    specs = {"image": form.image_spec(), "uncertainty": form.uncertainty_spec()}
    writing = Writing(
        grid, part, staged, specs, metadata, check_compression(settings.options.compress),
        edge_for(pixel_bytes, _WINDOW_BYTES),
    )  # fmt: skip
    feedback = replace(request.feedback, progress=request.feedback.part(begun, 0.98))
    rasters = [moment.raster for moment in timeline.moments]
    with block_cache(pass_cache_bytes(rasters, writing.edge_px)):
        windows = write_composed(writing, composer, restorer, polygons, feedback)
    for name, path in staged.items() if settings.options.overviews else ():
        build_overviews(path, "AVERAGE", Path(products[name]).name)
    return windows


def _describe(request: Request, timeline: Timeline) -> dict[str, str]:
    """Return what the dates and the clouds were, for the metadata of the result."""
    mask, model = timeline.target.mask, request.inputs.cloud_model
    by_model = model.card.name if model is not None and request.clouds.keep_clear else ""
    described = {
        "DATES": ",".join(moment.label for moment in timeline.moments),
        "TARGET_DATE": timeline.target.label,
        "CLOUDS": by_model if mask is None else mask.source,
        "KEEP_CLEAR": str(request.clouds.keep_clear).lower(),
        "FEATHER": str(request.clouds.feather_px),
        "GROW": str(request.clouds.grow_px),
        "MASK": Path(request.settings.mask_path).name if request.settings.mask_path else "",
    }
    return {key: value for key, value in described.items() if value}


def pass_cache_bytes(rasters: Sequence[RasterInfo], rows: int) -> int:
    """Return the block cache for reading windows of so many rows of all rasters, which may be stored in strips."""
    total = 0
    for raster in rasters:
        for band in raster.bands:
            width, height = band.block
            lines = rows + 2 * height
            columns = raster.grid.width if width >= raster.grid.width else rows + 2 * width
            total += columns * lines * (8 if band.dtype == "float64" else 4)
    return total
