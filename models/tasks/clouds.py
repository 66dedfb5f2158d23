"""Cloud removal: one or more dates of a place in, the image of one of them without clouds out."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace

from ..clouds.compare_values import explain_units
from ..clouds.composite import CompositeReader, composite_bands, composite_pixel_bytes
from ..clouds.keep_clear import Tally
from ..clouds.network import image_feed, image_output, make_mapper, restored_places, variance_output
from ..clouds.radar_dates import open_radar, radar_inputs, with_radar_bands
from ..clouds.request import CloudInputs, CloudOutputs, CloudReport, CloudSettings, Request
from ..clouds.results import make_composer, result_form, settings_on_target, write_result
from ..clouds.run_masks import MASKS_SHARE, keeps_clear, with_all_masks, with_known_masks, with_target_mask
from ..clouds.timeline import Timeline, choose_moments, choose_target, open_moments
from ..clouds.write import ScratchReader
from ..destinations import check_destinations
from ..errors import SettingsError
from ..feedback import Feedback
from ..inputs import Raster, RasterInputs, dates_taken, image_input
from ..model import Model
from ..plan import make_plan
from ..products import make_report, write_products
from ..provenance import describe_run, describe_software
from ..raster.sink import check_compression
from ..raster.staging import Staging, staging
from ..run import RunReport
from ..settings import RunSettings, changed_options

_MODEL_SHARE = 0.8
"""of a run with a model, for the model"""
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
    with staging() as stage:
        report = _fill_from_dates(request, stage) if model is None else _fill_by_model(request, model, stage)
    request.feedback.progress(1.0)
    return report


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
    plan = make_plan(
        model,
        rasters,
        replace(settings, options=replace(settings.options, overviews=False, compress="NONE")) if keeps else settings,
        outputs=(output, variance) if variance and request.outputs.uncertainty else (output,),
        feedback=feedback,
    )
    feed = image_feed(plan)
    position = timeline.position if len(feed.sources) > 1 else 0
    source = feed.sources[position]
    places = restored_places(output, feed.spec, feed.bands, plan.layouts[0].channels, card.name)
    form = result_form(request, timeline, fed.target.raster, [source.bands.numbers[place] for place in places])
    mapper = make_mapper(plan, form, places, position, wants_deviation=bool(request.outputs.uncertainty))
    products, scratch = request.outputs.rasters(), request.scratch(stage)
    if not keeps:
        ran, _ = write_products(plan, mapper, products, stage, feedback)
        mask = timeline.target.mask
        share = None if mask is None else mask.cloudy_share()
        return CloudReport(make_report(plan, ran, request.started), *_dates(timeline), share, 0.0, None)
    timeline = with_target_mask(request, timeline, scratch)
    with staging() as inner:
        raw = {name: str(scratch / f"{name}.tif") for name in products}
        ran, _ = write_products(
            plan,
            mapper,
            raw,
            inner,
            replace(feedback, progress=feedback.part(0, _MODEL_SHARE)),
            resume_beside=products["image"],
            until=stage,
        )
    numbers = tuple(band.number for band in form.bands)
    composer = make_composer(request, timeline, form, numbers, keeps=True)
    part = plan.prepared.wanted
    restorer = ScratchReader(raw["image"], raw.get("uncertainty"), part)
    metadata = {**describe_run(plan.prepared), **ran.items}
    pixel_bytes = _COMPOSED_BYTES * len(form.bands)
    target_only = timeline.only((timeline.target,))
    write_result(request, target_only, composer, restorer, part, metadata, pixel_bytes, stage, _MODEL_SHARE)
    return _report(make_report(plan, ran, request.started), timeline, composer.tally)


def _fill_from_dates(request: Request, stage: Staging) -> CloudReport:
    if request.outputs.uncertainty:
        raise SettingsError("UNCERTAINTY is what a model says of its image; without MODEL leave it empty.")
    if request.inputs.sar:
        raise SettingsError("SAR is for models that take radar; without MODEL leave it empty.")
    if request.settings.options.shift_map:
        raise SettingsError(
            "OPTIONS asks for shift_map, which compares with the training of a model; without MODEL leave it out."
        )
    moments = open_moments(request.inputs.images, None, request.settings.bands, request.crs_wkt)
    timeline = choose_target(moments, request.clouds.target, None, None)
    timeline = with_all_masks(request, with_known_masks(request, timeline), request.scratch(stage))
    if request.clouds.keep_clear and timeline.target.mask is None:
        raise SettingsError(
            f"Nothing says where the clouds of {timeline.target.label} are: give CLOUD_MASKS, a CLOUD_MODEL, or the "
            "product with its quality band (SCL, QA_PIXEL). With METHOD=median and KEEP_CLEAR=false the median of all "
            "dates is taken without knowing."
        )
    if len(moments) < 2:
        raise SettingsError("Without MODEL clouds are filled from other dates: give more than one raster as INPUTS.")
    _say_dates(request, timeline, len(moments))
    bands = composite_bands(timeline, request.settings.bands)
    if warning := explain_units(timeline, bands):
        request.feedback.warn(warning)
    numbers = bands[timeline.position]
    form = result_form(request, timeline, timeline.target.raster, numbers)
    composer = make_composer(request, timeline, form, numbers, keeps=request.clouds.keep_clear)
    restorer = CompositeReader(
        timeline, bands, request.clouds.method, request.clouds.grow_px, with_target=not request.clouds.keep_clear
    )
    settings, grid = settings_on_target(request, moments, timeline), timeline.target.raster.grid
    part = grid.window if settings.extent is None else grid.window_of(list(settings.extent))
    pixel_bytes = composite_pixel_bytes(timeline, bands)
    metadata = {**describe_software(), "METHOD": request.clouds.method,
                "OPTIONS": json.dumps(changed_options(settings.options)),
                "INPUT": ",".join(moment.raster.name for moment in timeline.moments)}  # fmt: skip
    begun = 0.0 if request.inputs.cloud_model is None else MASKS_SHARE
    windows = write_result(request, timeline, composer, restorer, part, metadata, pixel_bytes, stage, begun)
    seconds = time.monotonic() - request.started
    figures = RunReport(windows, seconds, part.width * part.height / 1e6 / seconds, "", "", None)
    report = _report(figures, timeline, composer.tally)
    if lost := composer.tally.lost:
        share = lost / max(1, composer.tally.pixels)
        become = "without data" if composer.drops_lost else "left as they were observed"
        request.feedback.warn(
            f"{lost} pixels ({share:.1%}) are cloudy on every date that shows them; they are {become}. More dates "
            "would help."
        )
    return report


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
    return CloudReport(figures, *_dates(timeline), cloudy, tally.kept / pixels, tally.lost / pixels)
