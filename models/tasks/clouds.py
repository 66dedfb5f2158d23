"""Cloud removal: one or more dates of a place in, the image of one of them without clouds out."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace

from ..clouds.filling import check_bands, open_composite
from ..clouds.hidden import hide_clouds, unseen_share
from ..clouds.keep_clear import Tally
from ..clouds.network import (
    ImageMapper,
    image_feed,
    image_output,
    make_mapper,
    restored_places,
    variance_output,
)
from ..clouds.radar_dates import open_radar, radar_inputs, with_radar_bands
from ..clouds.request import CloudInputs, CloudOutputs, CloudReport, CloudSettings, Request
from ..clouds.results import (
    make_composer,
    open_polygons,
    pass_cache_bytes,
    result_form,
    settings_on_target,
    write_result,
)
from ..clouds.run_masks import keeps_clear, warn_of_unknown, with_all_masks, with_known_masks, with_target_mask
from ..clouds.timeline import Timeline, choose_moments, choose_target, open_moments
from ..clouds.write import ScratchReader
from ..destinations import check_destinations
from ..errors import SettingsError
from ..feedback import Feedback
from ..inputs import Raster, RasterInputs, dates_taken, image_input
from ..model import Model
from ..plan import Plan, make_plan
from ..products import Ran, make_report, write_products
from ..provenance import describe_run, describe_software
from ..raster.cache import block_cache
from ..raster.sink import BLOCK_PX, check_compression
from ..raster.staging import Staging, staging
from ..run import RunReport
from ..settings import RunSettings, changed_options

_MASKS_SHARE = 0.7
"""of a run without a model, for finding the clouds of all dates by a cloud model"""
_MASKS_SHARE_BESIDE_MODEL = 0.2
"""the same of a run whose model is told the clouds of all dates"""
_MODEL_SHARE = 0.8
"""of what is left of a run with a model, for the model"""
_COMPOSED_BYTES = 64
"""memory for a band of a pixel while the observed and the restored image are joined"""


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
    request = Request(
        given, wanted, settings or RunSettings(), clouds or CloudSettings(), feedback or Feedback(), started, crs_wkt
    )
    rasters = {**wanted.rasters(), **request.settings.rasters}
    check_destinations(rasters, {}, given.paths, also=[request.settings.mask_path])
    check_compression(request.settings.options.compress)
    _refuse_unused_options(request, has_model=model is not None)
    with staging() as stage:
        report = _fill_from_dates(request, stage) if model is None else _fill_by_model(request, model, stage)
    request.feedback.progress(1.0)
    return report


def _refuse_unused_options(request: Request, *, has_model: bool) -> None:
    """Raise SettingsError for options about clouds that this run has no use for."""
    options = request.settings.options
    if options.cloud_bands.strip() and request.inputs.cloud_model is None:
        raise SettingsError(
            "OPTIONS has cloud_bands, which names the bands of a CLOUD_MODEL; none is given: give one, or leave it out."
        )
    if options.threshold is not None:
        raise SettingsError(
            "OPTIONS has threshold, which says from which probability on a class counts; here is none: leave it out."
        )
    if has_model:
        return
    if options.sar:
        raise SettingsError("OPTIONS has sar, which says what radar for a model holds; without MODEL leave it out.")
    if options.hide_clouds is not None:
        raise SettingsError(
            "OPTIONS has hide_clouds, which says whether a model is shown known clouds; without MODEL leave it out."
        )
    if options.shift_map:
        raise SettingsError(
            "OPTIONS asks for shift_map, which compares with the training of a model; without MODEL leave it out."
        )
    if options.tta != "none" or options.monte_carlo:
        name = "monte_carlo" if options.monte_carlo else "tta"
        raise SettingsError(
            f"OPTIONS has {name}, which runs MODEL several times on each tile and averages; without MODEL leave it out."
        )


def _fill_by_model(request: Request, model: Model, stage: Staging) -> CloudReport:
    card, feedback = model.card, request.feedback
    output, variance = image_output(card), variance_output(card)
    spec = image_input(card)
    count = dates_taken(spec)
    moments = open_moments(request.inputs.images, spec, request.settings.bands, request.crs_wkt)
    timeline = choose_target(moments, request.clouds.target, output.date, count)
    if spec.role != "series":
        if len(moments) > 1:
            feedback.warn(f"{card.name} takes one date, so only {timeline.target.label} of {len(moments)} is used.")
        timeline = timeline.only((timeline.target,))
    timeline = with_known_masks(request, timeline)
    hides = request.settings.options.hide_clouds
    if hides and request.inputs.cloud_model is None and not any(moment.mask for moment in timeline.moments):
        raise SettingsError(
            "OPTIONS: hide_clouds is true, and nothing says where the clouds are: give CLOUD_MASKS, a CLOUD_MODEL, or "
            "products with their quality band (SCL, QA_PIXEL), or leave it out."
        )
    timeline = choose_moments(timeline, count, output.date, card.name)
    _say_dates(request, timeline, len(moments) if spec.role == "series" else 1)
    radar = open_radar(request.inputs.sar)
    fed = with_radar_bands(timeline, radar, spec, len(moments), card.name)
    radar_spec = card.input_with_role("sar")
    if radar and radar_spec is None and fed is timeline:
        raise SettingsError(f"{len(radar)} raster(s) were given as SAR, and {card.name} takes none: leave SAR empty.")
    rasters = RasterInputs(
        tuple(moment.raster for moment in fed.moments),
        sar=() if radar_spec is None else radar_inputs(radar, radar_spec, timeline, len(moments)),
    )
    keeps = keeps_clear(request, timeline)
    settings = settings_on_target(request, moments, timeline)
    open_polygons(settings, timeline.target.raster.grid)  # before the masks, which may take long
    on_the_way = replace(settings, options=replace(settings.options, overviews=False, compress="NONE"))
    plan = make_plan(
        model,
        rasters,
        on_the_way if keeps else settings,
        outputs=(output, variance) if variance and request.outputs.uncertainty else (output,),
        feedback=feedback,
    )
    feed = image_feed(plan)
    position = timeline.position if len(feed.sources) > 1 else 0
    source = feed.sources[position]
    places = restored_places(output, feed.spec, feed.bands, plan.layouts[0].channels, card.name)
    form = result_form(request, timeline, fed.target.raster, [source.bands.numbers[place] for place in places])
    mapper = make_mapper(plan, form, places, position, wants_deviation=bool(request.outputs.uncertainty))
    scratch = request.scratch(stage)
    begun, unseen = 0.0, None
    if card.masked_clouds if hides is None else hides:
        begun = 0.0 if request.inputs.cloud_model is None else _MASKS_SHARE_BESIDE_MODEL
        timeline = with_all_masks(request, timeline, scratch, begun)
        plan, unseen = _told(request, plan, timeline)
    elif keeps:
        timeline = with_target_mask(request, timeline, scratch)
    if not keeps:
        rest = replace(feedback, progress=feedback.part(begun, 1.0))
        products = request.outputs.rasters()
        ran, _ = write_products(plan, mapper, products, stage, rest, gaps_told=_gaps_told(timeline))
        mask = timeline.target.mask
        share = None if mask is None else mask.cloudy_share()
        return CloudReport(make_report(plan, ran, request.started), *_dates(timeline), share, 0.0, unseen)
    ran, tally = _join(request, plan, mapper, timeline, stage, begun)
    report = _report(make_report(plan, ran, request.started), timeline, tally)
    # what a model that is not told the clouds makes of those that every date has, nobody knows
    lost = None if report.lost_share is None or unseen is None else report.lost_share + unseen
    return replace(report, lost_share=lost)


def _join(
    request: Request, plan: Plan, mapper: ImageMapper, timeline: Timeline, stage: Staging, begun: float
) -> tuple[Ran, Tally]:
    """Run the model over the plan, and write its image where clouds are and the observed one elsewhere.

    *begun* is the share of the run that is done already.
    """
    feedback, form = request.feedback, mapper.form
    products, scratch = request.outputs.rasters(), request.scratch(stage)
    until = begun + (1 - begun) * _MODEL_SHARE
    with staging() as inner:
        raw = {name: str(scratch / f"{name}.tif") for name in products}
        ran, _ = write_products(
            plan,
            mapper,
            raw,
            inner,
            replace(feedback, progress=feedback.part(begun, until)),
            resume_beside=products["image"],
            until=stage,
            gaps_told=_gaps_told(timeline),
        )
    numbers = tuple(band.number for band in form.bands)
    composer = make_composer(request, timeline, form, numbers, keeps=True)
    part = plan.prepared.wanted
    restorer = ScratchReader(raw["image"], raw.get("uncertainty"), part)
    metadata = {**describe_run(plan.prepared), **ran.items}
    pixel_bytes = _COMPOSED_BYTES * len(form.bands)
    target_only = timeline.only((timeline.target,))
    write_result(request, target_only, composer, restorer, part, metadata, pixel_bytes, stage, until)
    return ran, composer.tally


def _told(request: Request, plan: Plan, timeline: Timeline) -> tuple[Plan, float | None]:
    """Return the plan with known clouds hidden from the network, and the share of pixels that it sees on no date.

    None where the clouds of a date are not known.
    """
    known = [moment for moment in timeline.moments if moment.mask is not None]
    if not known:
        return plan, None
    warn_of_unknown(request, timeline, "the model has to find them by itself")
    plan = hide_clouds(plan, timeline, request.clouds.grow_px)
    request.feedback.log(f"The clouds of {len(known)} date(s) are fed to the model as pixels without data.")
    rasters = [raster for source in image_feed(plan).sources for raster in source.rasters]
    with block_cache(pass_cache_bytes(rasters, BLOCK_PX)):
        unseen = unseen_share(plan.prepared, request.feedback)
    if unseen:
        request.feedback.warn(
            f"{unseen:.1%} of the pixels are cloudy on every date that shows them; the model fills them from what is "
            "around. More dates would help."
        )
    return plan, unseen if timeline.knows_clouds else None


def _fill_from_dates(request: Request, stage: Staging) -> CloudReport:
    if request.outputs.uncertainty:
        raise SettingsError("UNCERTAINTY is what a model says of its image; without MODEL leave it empty.")
    if request.inputs.sar:
        raise SettingsError("SAR is for models that take radar; without MODEL leave it empty.")
    moments = open_moments(request.inputs.images, None, request.settings.bands, request.crs_wkt)
    timeline = choose_target(moments, request.clouds.target, None, None)
    if len(moments) < 2:
        raise SettingsError("Without MODEL clouds are filled from other dates: give more than one raster as INPUTS.")
    settings, grid = settings_on_target(request, moments, timeline), timeline.target.raster.grid
    part = grid.window if settings.extent is None else grid.window_of(list(settings.extent))
    open_polygons(settings, grid)
    check_bands(request, timeline)
    timeline = with_known_masks(request, timeline)
    if request.clouds.keep_clear and timeline.target.mask is None and request.inputs.cloud_model is None:
        raise SettingsError(
            f"Nothing says where the clouds of {timeline.target.label} are: give CLOUD_MASKS, a CLOUD_MODEL, or the "
            "product with its quality band (SCL, QA_PIXEL). With METHOD=median and KEEP_CLEAR=false the median of all "
            "dates is taken without knowing."
        )
    begun = 0.0 if request.inputs.cloud_model is None else _MASKS_SHARE
    timeline = with_all_masks(request, timeline, request.scratch(stage), begun)
    only_gaps = timeline.target.mask is None and request.clouds.method != "median"
    gaps = f", so only the gaps of {timeline.target.label} are filled" if only_gaps else ""
    warn_of_unknown(request, timeline, f"all of it is taken to be clear{gaps}")
    _say_dates(request, timeline, len(moments))
    composite = open_composite(request, timeline, part, begun)
    numbers = composite.numbers
    form = result_form(request, timeline, timeline.target.raster, numbers)
    keeps = request.clouds.keep_clear
    composer = make_composer(request, timeline, form, numbers, keeps=keeps, gaps=composite.gaps)
    metadata = {**describe_software(), "METHOD": request.clouds.method, "LOST_PIXELS": request.clouds.lost,
                "OPTIONS": json.dumps(changed_options(settings.options)),
                "INPUT": ",".join(moment.raster.name for moment in timeline.moments)}  # fmt: skip
    windows = write_result(
        request, timeline, composer, composite.restorer, part, metadata, composite.pixel_bytes, stage, composite.begun
    )
    seconds = time.monotonic() - request.started
    figures = RunReport(windows, seconds, part.width * part.height / 1e6 / seconds, "", "", None)
    report = _report(figures, timeline, composer.tally)
    for empty in composite.gaps.warnings(_gaps_told(timeline)):
        request.feedback.warn(empty)
    if lost := composer.tally.lost:
        share = lost / max(1, composer.tally.pixels)
        kept = "filled from what is around them" if composite.fills_lost else "left as they were observed"
        become = "without data" if composer.drops_lost else kept
        request.feedback.warn(
            f"{lost} pixels ({share:.1%}) are cloudy on every date that shows them; they are {become}. More dates "
            "would help."
        )
    return report


def _gaps_told(timeline: Timeline) -> list[str]:
    """Return the names of the rasters that a cloud model ran over: it has warned of their gaps."""
    return [moment.raster.name for moment in timeline.moments if moment.mask is not None and moment.mask.made_by]


def _say_dates(request: Request, timeline: Timeline, given: int) -> None:
    labels = [moment.label for moment in timeline.moments]
    if any(moment.day is None for moment in timeline.moments) and len(labels) > 1:
        request.feedback.log("Nothing says when all rasters were taken; their order is taken to be that of time.")
    chosen = f" of {given} given, chosen by distance in time and clear share" if len(labels) < given else ""
    request.feedback.log(f"Restoring {timeline.target.label} from {len(labels)} date(s){chosen}: {', '.join(labels)}.")


def _dates(timeline: Timeline) -> tuple[tuple[str, ...], str]:
    return tuple(moment.label for moment in timeline.moments), timeline.target.label


def _report(figures: RunReport, timeline: Timeline, tally: Tally) -> CloudReport:
    cloudy = None if timeline.target.mask is None else tally.cloudy / max(1, tally.observed)
    pixels = max(1, tally.pixels)
    lost = tally.lost / pixels if timeline.knows_clouds else None
    return CloudReport(figures, *_dates(timeline), cloudy, tally.kept / pixels, lost)
