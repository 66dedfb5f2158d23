"""The clouds of all dates of a run, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import SettingsError
from .find_masks import given_masks, model_mask, quality_mask
from .masks import CloudMask
from .request import Request
from .timeline import Timeline

MASKS_SHARE = 0.7
"""of a run without a model, for finding the clouds of all dates by a cloud model"""


def with_known_masks(request: Request, timeline: Timeline) -> Timeline:
    """Return the timeline with the masks that are there already: the user's, else the quality bands of products."""
    masks: list[CloudMask | None] = [None] * len(timeline.moments)
    if request.inputs.cloud_masks:
        masks = given_masks(timeline, request.inputs.cloud_masks)
    grid = timeline.target.raster.grid
    if request.inputs.cloud_model is None:
        masks = [mask or quality_mask(moment.source, grid) for mask, moment in zip(masks, timeline.moments)]
    return timeline.with_masks(masks)


def with_all_masks(request: Request, timeline: Timeline, scratch: Path) -> Timeline:
    """Return the timeline with masks by the cloud model for all dates that have none yet; say what is known."""
    masks = [moment.mask for moment in timeline.moments]
    model, grid = request.inputs.cloud_model, timeline.target.raster.grid
    for number, moment in enumerate(timeline.moments):
        if model is not None and masks[number] is None:
            image = request.inputs.images[moment.place]
            quiet = replace(request.feedback, progress=lambda _share: None)
            masks[number] = model_mask(model, moment, image, scratch, request.settings, grid, quiet)
            request.feedback.progress(MASKS_SHARE * (number + 1) / len(masks))
    _say_masks(request, timeline.with_masks(masks))
    return timeline.with_masks(masks)


def with_target_mask(request: Request, timeline: Timeline, scratch: Path) -> Timeline:
    """Return the timeline with a mask by the cloud model for the target, where it has none; say what is known."""
    model, target = request.inputs.cloud_model, timeline.target
    mask = target.mask
    if mask is None and model is not None:
        quiet = replace(request.feedback, progress=lambda _share: None)
        image, grid = request.inputs.images[target.place], target.raster.grid
        mask = model_mask(model, target, image, scratch, request.settings, grid, quiet)
    if mask is not None:
        request.feedback.log(f"Clouds of {target.label}: {mask.source}, {mask.rule.how}.")
    return timeline.with_masks([mask if m.place == target.place else m.mask for m in timeline.moments])


def _say_masks(request: Request, timeline: Timeline) -> None:
    for moment in timeline.moments:
        if moment.mask is not None:
            request.feedback.log(f"Clouds of {moment.label}: {moment.mask.source}, {moment.mask.rule.how}.")
    unknown = [moment.label for moment in timeline.moments if moment.mask is None]
    if unknown and len(timeline.moments) > 1:
        request.feedback.warn(
            f"Nothing says where the clouds of {', '.join(unknown)} are: all of it is taken to be clear."
        )


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
