"""Cloud removal: one or more dates of a place in, the image of one of them without clouds out."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from osgeo import osr

from ..clouds.composite import CompositeReader, Method, composite_bands, composite_pixel_bytes
from ..clouds.find_masks import given_masks, model_mask, quality_mask
from ..clouds.keep_clear import Composer, Tally
from ..clouds.masks import CloudMask
from ..clouds.network import image_feed, image_output, make_mapper, restored_places, variance_output
from ..clouds.radar_dates import open_radar, radar_inputs, with_radar_bands
from ..clouds.stored import StoredFormat, stored_format
from ..clouds.timeline import Timeline, choose_moments, choose_target, open_moments
from ..clouds.write import ScratchReader, Writing, write_composed
from ..destinations import check_destinations
from ..errors import RasterError, SettingsError
from ..feedback import Feedback
from ..inputs import Raster, RasterInputs, dates_taken, image_input
from ..model import Model
from ..plan import make_plan
from ..products import make_report, write_products
from ..provenance import describe_run, describe_software
from ..raster.blocks import edge_for
from ..raster.cache import block_cache
from ..raster.gdal_errors import gdal_errors
from ..raster.grid import Window
from ..raster.mask import PolygonMask
from ..raster.sink import BLOCK_PX, build_overviews, check_compression
from ..raster.source import RasterInfo, open_dataset, same_crs, spatial_reference
from ..raster.staging import Staging, staging
from ..run import RunReport
from ..settings import RunSettings, changed_options

_WINDOW_BYTES = 64 << 20
_MOST_FEATHER_PX = 512


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
    """without a model: ``nearest`` clear date, or the ``median`` of all clear dates"""
    feather_px: int = 8
    """width of the seam around clouds in which the observation fades in"""
    grow_px: int = 0
    """how much farther clouds reach than their masks say"""

    def __post_init__(self) -> None:
        """Raise SettingsError for values that no run could use."""
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
    """of all pixels, those that stayed exactly as they were observed"""
    lost_share: float | None
    """of all pixels, cloudy ones for which nothing was found: as observed, or without data"""


def remove_clouds(
    model: Model | None,
    inputs: CloudInputs | Sequence[Raster],
    outputs: CloudOutputs | str,
    settings: RunSettings | None = None,
    clouds: CloudSettings | None = None,
    *,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> CloudReport:
    """Write the image of one date as it would be without clouds.

    With a *model*, its image of that date; without one, a composite of the clear pixels of all dates. *crs_wkt* is used
    instead of the first raster's own CRS, and the extent of the settings is in that CRS. The result has grid, type,
    scale, offset, nodata value and band names of the restored date, cut to the extent. Raises a GeonnxError with one
    clear sentence; nothing is left behind then.
    """
    started = time.monotonic()
    given = inputs if isinstance(inputs, CloudInputs) else CloudInputs(tuple(inputs))
    wanted = CloudOutputs(outputs) if isinstance(outputs, str) else outputs
    run = _Run(
        given, wanted, settings or RunSettings(), clouds or CloudSettings(), feedback or Feedback(), started, crs_wkt
    )
    check_destinations(wanted.rasters(), {}, given.paths)
    check_compression(run.settings.options.compress)
    with staging() as stage:
        report = _fill_from_dates(run, stage) if model is None else _fill_by_model(run, model, stage)
    run.feedback.progress(1.0)
    return report


@dataclass(frozen=True)
class _Run:
    inputs: CloudInputs
    outputs: CloudOutputs
    settings: RunSettings
    clouds: CloudSettings
    feedback: Feedback
    started: float
    crs_wkt: str | None

    def scratch(self, stage: Staging) -> Path:
        """Return a folder for what is needed on the way; it goes when the run ends."""
        stage.path_for(self.outputs.image)
        folder = Path(stage.scratch_for(self.outputs.image)).with_suffix(".d")
        folder.mkdir(exist_ok=True)
        return folder


def _fill_by_model(run: _Run, model: Model, stage: Staging) -> CloudReport:
    card, feedback = model.card, run.feedback
    output, variance = image_output(card), variance_output(card)
    spec = image_input(card)
    count = dates_taken(spec)
    moments = open_moments(run.inputs.images, spec, run.settings.bands, run.crs_wkt)
    timeline = choose_target(moments, run.clouds.target, output.date, count)
    if spec.role != "series":
        if len(moments) > 1:
            feedback.warn(f"{card.name} takes one date, so only {timeline.target.label} of {len(moments)} is used.")
        timeline = timeline.only((timeline.target,))
    timeline = _with_known_masks(run, timeline)
    timeline = choose_moments(timeline, count, output.date, card.name)
    _say_dates(run, timeline, len(moments) if spec.role == "series" else 1)
    radar = open_radar(run.inputs.sar)
    fed = with_radar_bands(timeline, radar, spec, len(moments), card.name)
    radar_spec = card.input_with_role("sar")
    if radar and radar_spec is None and fed is timeline:
        raise SettingsError(f"{len(radar)} raster(s) were given as SAR, and {card.name} takes none: leave SAR empty.")
    rasters = RasterInputs(
        tuple(moment.raster for moment in fed.moments),
        sar=() if radar_spec is None else radar_inputs(radar, radar_spec, timeline, len(moments)),
    )
    scratch = run.scratch(stage)
    timeline = _with_target_mask(run, timeline, scratch)
    keeps = _keeps_clear(run, timeline)
    settings = _on_target(run, timeline)
    plan = make_plan(
        model,
        rasters,
        replace(settings, options=replace(settings.options, overviews=False, compress="NONE")) if keeps else settings,
        outputs=(output, variance) if variance and run.outputs.uncertainty else (output,),
        feedback=feedback,
    )
    feed = image_feed(plan)
    position = timeline.position if len(feed.sources) > 1 else 0
    source = feed.sources[position]
    places = restored_places(output, feed.spec, feed.bands, plan.layouts[0].channels, card.name)
    form = _form(run, timeline, fed.target.raster, [source.bands.numbers[place] for place in places])
    mapper = make_mapper(plan, form, places, position, wants_deviation=bool(run.outputs.uncertainty))
    products = run.outputs.rasters()
    if not keeps:
        seen, _ = write_products(plan, mapper, products, stage, feedback)
        mask = timeline.target.mask
        share = None if mask is None else mask.cloudy_share()
        return CloudReport(make_report(plan, seen, run.started), *_dates(timeline), share, 0.0, None)
    with staging() as inner:
        raw = {name: str(scratch / f"{name}.tif") for name in products}
        seen, _ = write_products(plan, mapper, raw, inner, replace(feedback, progress=feedback.part(0.1, 0.8)))
    numbers = tuple(band.number for band in form.bands)
    composer = _composer(run, timeline, form, numbers, keeps=True)
    part = plan.prepared.wanted
    restorer = ScratchReader(raw["image"], raw.get("uncertainty"), part)
    metadata = {**describe_run(plan.prepared), **_provenance(run, timeline)}
    pixel_bytes = 64 * len(form.bands)
    with block_cache(_cache_bytes([timeline.target.raster], BLOCK_PX)):
        _write(run, timeline, composer, restorer, part, metadata, pixel_bytes, stage)
    return _report(make_report(plan, seen, run.started), timeline, composer.tally)


def _fill_from_dates(run: _Run, stage: Staging) -> CloudReport:
    if run.outputs.uncertainty:
        raise SettingsError("UNCERTAINTY is what a model says of its image; without MODEL leave it empty.")
    if run.inputs.sar:
        raise SettingsError("SAR is for models that take radar; without MODEL leave it empty.")
    moments = open_moments(run.inputs.images, None, run.settings.bands, run.crs_wkt)
    timeline = choose_target(moments, run.clouds.target, None, None)
    timeline = _with_all_masks(run, _with_known_masks(run, timeline), run.scratch(stage))
    if run.clouds.keep_clear and timeline.target.mask is None:
        raise SettingsError(
            f"Nothing says where the clouds of {timeline.target.label} are: give CLOUD_MASKS, a CLOUD_MODEL, or the "
            "product with its quality band (SCL, QA_PIXEL). With METHOD=median and KEEP_CLEAR=false the median of all "
            "dates is taken without knowing."
        )
    _say_dates(run, timeline, len(moments))
    bands = composite_bands(timeline, run.settings.bands)
    numbers = bands[timeline.position]
    form = _form(run, timeline, timeline.target.raster, numbers)
    composer = _composer(run, timeline, form, numbers, keeps=run.clouds.keep_clear)
    restorer = CompositeReader(timeline, bands, run.clouds.method, run.clouds.grow_px)
    settings, grid = _on_target(run, timeline), timeline.target.raster.grid
    part = grid.window if settings.extent is None else grid.window_of(list(settings.extent))
    pixel_bytes = composite_pixel_bytes(timeline, bands)
    metadata = {**describe_software(), **_provenance(run, timeline), "METHOD": run.clouds.method,
                "OPTIONS": json.dumps(changed_options(settings.options)),
                "INPUT": ",".join(moment.raster.name for moment in timeline.moments)}  # fmt: skip
    with block_cache(_cache_bytes([moment.raster for moment in timeline.moments], BLOCK_PX)):
        windows = _write(run, timeline, composer, restorer, part, metadata, pixel_bytes, stage)
    seconds = time.monotonic() - run.started
    figures = RunReport(windows, seconds, part.width * part.height / 1e6 / seconds, "", "")
    report = _report(figures, timeline, composer.tally)
    if composer.tally.lost:
        run.feedback.warn(
            f"{composer.tally.lost / max(1, composer.tally.pixels):.1%} of the pixels are cloudy on every date that "
            "shows them; they are left as they were observed. More dates would help."
        )
    return report


def _write(
    run: _Run, timeline: Timeline, composer: Composer, restorer: CompositeReader | ScratchReader, part: Window,
    metadata: dict[str, str], pixel_bytes: int, stage: Staging,
) -> int:  # fmt: skip
    """Write the results of a second pass, with overviews; return the number of windows."""
    grid, settings = timeline.target.raster.grid, run.settings
    polygons = PolygonMask(settings.mask_path, settings.mask_layer, grid) if settings.mask_path else None
    products = run.outputs.rasters()
    staged = {name: stage.path_for(path) for name, path in products.items()}
    form = composer.form
    specs = {"image": form.image_spec(), "uncertainty": form.uncertainty_spec()}
    writing = Writing(
        grid, part, staged, specs, metadata, check_compression(settings.options.compress),
        edge_for(pixel_bytes, _WINDOW_BYTES),
    )  # fmt: skip
    feedback = replace(run.feedback, progress=run.feedback.part(0.8, 0.98))
    windows = write_composed(writing, composer, restorer, polygons, feedback)
    for name, path in staged.items() if settings.options.overviews else ():
        build_overviews(path, "AVERAGE", Path(products[name]).name)
    return windows


def _with_known_masks(run: _Run, timeline: Timeline) -> Timeline:
    """Return the timeline with the masks that are there already: the user's, else the quality bands of products."""
    masks: list[CloudMask | None] = [None] * len(timeline.moments)
    if run.inputs.cloud_masks:
        masks = given_masks(timeline, run.inputs.cloud_masks)
    grid = timeline.target.raster.grid
    if run.inputs.cloud_model is None:
        masks = [mask or quality_mask(moment.source, grid) for mask, moment in zip(masks, timeline.moments)]
    return timeline.with_masks(masks)


def _with_all_masks(run: _Run, timeline: Timeline, scratch: Path) -> Timeline:
    """Return the timeline with masks by the cloud model for all dates that have none yet; say what is known."""
    masks = [moment.mask for moment in timeline.moments]
    model, grid = run.inputs.cloud_model, timeline.target.raster.grid
    for number, moment in enumerate(timeline.moments):
        if model is not None and masks[number] is None:
            image = run.inputs.images[moment.place]
            quiet = replace(run.feedback, progress=lambda _share: None)
            masks[number] = model_mask(model, moment, image, scratch, run.settings, grid, quiet)
            run.feedback.progress(0.7 * (number + 1) / len(masks))
    _say_masks(run, timeline.with_masks(masks))
    return timeline.with_masks(masks)


def _with_target_mask(run: _Run, timeline: Timeline, scratch: Path) -> Timeline:
    """Return the timeline with a mask by the cloud model for the target, where clear pixels are kept."""
    if run.inputs.cloud_model is None or not run.clouds.keep_clear:
        return timeline
    only = _with_all_masks(run, timeline.only((timeline.target,)), scratch)
    masks = [only.target.mask if m.place == timeline.target.place else m.mask for m in timeline.moments]
    return timeline.with_masks(masks)


def _say_masks(run: _Run, timeline: Timeline) -> None:
    for moment in timeline.moments:
        if moment.mask is not None:
            run.feedback.log(f"Clouds of {moment.label}: {moment.mask.source}, {moment.mask.rule.how}.")
    unknown = [moment.label for moment in timeline.moments if moment.mask is None]
    if unknown and len(timeline.moments) > 1:
        run.feedback.warn(f"Nothing says where the clouds of {', '.join(unknown)} are: all of it is taken to be clear.")


def _say_dates(run: _Run, timeline: Timeline, given: int) -> None:
    labels = [moment.label for moment in timeline.moments]
    if any(moment.day is None for moment in timeline.moments) and len(labels) > 1:
        run.feedback.log("Nothing says when all rasters were taken; their order is taken to be that of time.")
    chosen = f" of {given} given, chosen by distance in time and clear share" if len(labels) < given else ""
    run.feedback.log(f"Restoring {timeline.target.label} from {len(labels)} date(s){chosen}: {', '.join(labels)}.")


def _keeps_clear(run: _Run, timeline: Timeline) -> bool:
    mask = timeline.target.mask
    if not run.clouds.keep_clear:
        return False
    if mask is None:
        run.feedback.warn(
            f"Nothing says where the clouds of {timeline.target.label} are, so all pixels are the model's: give "
            "CLOUD_MASKS or a CLOUD_MODEL to keep what was observed without clouds."
        )
        return False
    if run.settings.options.grid == "model":
        raise SettingsError(
            "OPTIONS: grid is model, and KEEP_CLEAR keeps pixels of the raster; leave grid out, or say "
            "KEEP_CLEAR=false."
        )
    run.feedback.log(f"Clouds of {timeline.target.label}: {mask.source}, {mask.rule.how}.")
    return True


def _on_target(run: _Run, timeline: Timeline) -> RunSettings:
    """Return the settings with the extent in the CRS of the target; it is given in that of the first image."""
    first = next(moment for moment in timeline.moments if moment.place == min(m.place for m in timeline.moments))
    extent, target = run.settings.extent, timeline.target.raster.grid.crs_wkt
    given_wkt = run.crs_wkt or first.source.grid.crs_wkt
    if extent is None or same_crs(given_wkt, target):
        return run.settings
    transform = osr.CoordinateTransformation(spatial_reference(given_wkt), spatial_reference(target))
    with gdal_errors(RasterError, "EXTENT can't be brought to the CRS of the date to restore"):
        corners = tuple(transform.TransformPoint(x, y)[:2] for x, y in extent)
    return replace(run.settings, extent=corners)


def _form(run: _Run, timeline: Timeline, raster: RasterInfo, numbers: Sequence[int]) -> StoredFormat:
    has_gaps = run.settings.mask_path is not None or any(_may_have_gaps(m.raster) for m in timeline.moments)
    day = timeline.target.day
    return stored_format(raster, numbers, has_gaps=has_gaps, acquired="" if day is None else day.isoformat())


def _may_have_gaps(raster: RasterInfo) -> bool:
    if any(band.nodata is not None or band.is_alpha for band in raster.bands):
        return True
    dataset = open_dataset(raster.path)
    all_valid = 0x01  # GMF_ALL_VALID
    return any(not dataset.GetRasterBand(band.number).GetMaskFlags() & all_valid for band in raster.bands)


def _composer(run: _Run, timeline: Timeline, form: StoredFormat, numbers: Sequence[int], *, keeps: bool) -> Composer:
    target, clouds = timeline.target, run.clouds
    feather = clouds.feather_px if keeps else 0
    return Composer(target.raster, tuple(numbers), target.mask, keeps, form, clouds.grow_px, feather)


def _provenance(run: _Run, timeline: Timeline) -> dict[str, str]:
    mask = timeline.target.mask
    described = {
        "DATES": ",".join(moment.label for moment in timeline.moments),
        "TARGET_DATE": timeline.target.label,
        "CLOUDS": "" if mask is None else mask.source,
        "KEEP_CLEAR": str(run.clouds.keep_clear).lower(),
        "FEATHER": str(run.clouds.feather_px),
        "GROW": str(run.clouds.grow_px),
        "MASK": Path(run.settings.mask_path).name if run.settings.mask_path else "",
    }
    return {key: value for key, value in described.items() if value}


def _dates(timeline: Timeline) -> tuple[tuple[str, ...], str]:
    return tuple(moment.label for moment in timeline.moments), timeline.target.label


def _report(figures: RunReport, timeline: Timeline, tally: Tally) -> CloudReport:
    cloudy = None if timeline.target.mask is None else tally.cloudy / max(1, tally.observed)
    pixels = max(1, tally.pixels)
    return CloudReport(figures, *_dates(timeline), cloudy, tally.kept / pixels, tally.lost / pixels)


def _cache_bytes(rasters: Sequence[RasterInfo], rows: int) -> int:
    """Return the block cache for reading windows of all rasters, which may be stored in strips."""
    total = 0
    for raster in rasters:
        for band in raster.bands:
            width, height = band.block
            lines = rows + 2 * height
            columns = raster.grid.width if width >= raster.grid.width else rows + 2 * width
            total += columns * lines * (8 if band.dtype == "float64" else 4)
    return total
