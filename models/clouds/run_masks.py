"""The clouds of all dates of a run, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import SettingsError
from ..said import once_for_all
from .find_masks import check_cloud_model, given_masks, model_mask, quality_mask
from .masks import CloudMask
from .request import Request
from .said import of_cloud_model
from .timeline import Moment, Timeline


def with_known_masks(request: Request, timeline: Timeline) -> Timeline:
    """Return the timeline with the masks that are there already: the user's, else the quality bands of products."""
    masks: list[CloudMask | None] = [None] * len(timeline.moments)
    if request.inputs.cloud_masks:
        masks = given_masks(timeline, request.inputs.cloud_masks)
    grid = timeline.target.raster.grid
    if request.inputs.cloud_model is None:
        masks = [mask or quality_mask(moment.source, grid) for mask, moment in zip(masks, timeline.moments)]
    return timeline.with_masks(masks)


def with_all_masks(request: Request, timeline: Timeline, scratch: Path, share: float) -> Timeline:
    """Return the timeline with masks by the cloud model for all dates that have none yet; say what is known.

    They are *share* of the run.
    """
    found = _with_model_masks(request, timeline, timeline.moments, scratch, share)
    _say_masks(request, found)
    return found


def warn_of_unknown(request: Request, timeline: Timeline, consequence: str) -> None:
    """Warn of the dates without a mask, and of the *consequence*."""
    unknown = [moment.label for moment in timeline.moments if moment.mask is None]
    if unknown and len(timeline.moments) > 1:
        request.feedback.warn(f"Nothing says where the clouds of {', '.join(unknown)} are: {consequence}.")


def with_target_mask(request: Request, timeline: Timeline, scratch: Path) -> Timeline:
    """Return the timeline with a mask by the cloud model for the target, where it has none; say what is known."""
    found = _with_model_masks(request, timeline, [timeline.target], scratch, 0.0)
    _say_masks(request, found.only([found.target]))
    return found


def _with_model_masks(
    request: Request, timeline: Timeline, wanted: Sequence[Moment], scratch: Path, share: float
) -> Timeline:
    model, settings = request.inputs.cloud_model, request.settings
    unknown = [moment for moment in wanted if moment.mask is None]
    if model is None or not unknown:
        return timeline
    check_cloud_model(model, unknown, settings)
    names_own_bands = bool(settings.options.cloud_bands.strip()) or not settings.bands.strip()
    masks, grid = {moment.place: moment.mask for moment in timeline.moments}, timeline.target.raster.grid
    names = [name for moment in unknown for name in (moment.raster.name, moment.label)]
    with once_for_all(request.feedback, names) as feedback:
        quiet = replace(feedback, progress=lambda _share: None)
        for number, moment in enumerate(unknown, start=1):
            said = of_cloud_model(quiet, moment, names_own_bands=names_own_bands)
            masks[moment.place] = model_mask(model, moment, scratch, settings, grid, said)
            feedback.progress(share * number / len(unknown))
    return timeline.with_masks([masks[moment.place] for moment in timeline.moments])


def _say_masks(request: Request, timeline: Timeline) -> None:
    for moment in timeline.moments:
        if moment.mask is not None:
            request.feedback.log(f"Clouds of {moment.label}: {moment.mask.source}, {moment.mask.rule.how}.")


def keeps_clear(request: Request, timeline: Timeline) -> bool:
    """Return True when observed clear pixels of the target stay; warn where that is wanted and clouds are not known.

    Raises SettingsError when the results have other pixels than the raster.
    """
    if not request.clouds.keep_clear:
        return False
    if timeline.target.mask is None and request.inputs.cloud_model is None:
        request.feedback.warn(
            f"Nothing says where the clouds of {timeline.target.label} are, so all pixels are the model's: give "
            "CLOUD_MASKS or a CLOUD_MODEL to keep what was observed without clouds."
        )
        return False
    if request.settings.options.grid == "model":
        raise SettingsError(
            "OPTIONS: grid is model, and KEEP_CLEAR keeps pixels of the raster; leave grid out, or say "
            "KEEP_CLEAR=false."
        )
    return True
