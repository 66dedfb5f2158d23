"""The two dates of a comparison: opened, brought onto each other, their values compared and perhaps matched."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SettingsError
from ..feedback import Feedback
from ..inputs import Raster, choose_model_bands, open_scene, spec_of_date
from ..raster.align import align_raster
from ..raster.bands import describe_band
from ..raster.grid import Window
from ..raster.source import RasterInfo
from ..scaling import stored_to_physical
from ..settings import RunSettings
from .coregister import WARN_PX, Shift, correct_shift, measure_shift
from .match import match_bands
from .radiometry import FEWEST_PIXELS, compare_values, explain_gaps, sample_pair
from .two_dates import TwoDates
from .windows import shared_area

_WORTH_CORRECTING_PX = 0.1


@dataclass(frozen=True)
class ChangeSettings:
    """What decides how two dates are compared, beside the settings of every run."""

    threshold: float | None = None
    """smallest probability of change, 0 to 1; None: the card's for one score, else the likeliest classes decide"""
    coregister: bool = False
    """move AFTER by the shift that was measured for the whole scene"""
    match_histograms: bool = False
    """give AFTER the distribution of values that BEFORE has, band by band"""

    def __post_init__(self) -> None:
        """Raise SettingsError for a threshold that is no probability."""
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise SettingsError(f"THRESHOLD is {self.threshold:g}; expected a probability from 0 to 1.")


@dataclass(frozen=True)
class Scenes:
    """Both dates, ready to be fed to a model."""

    before: RasterInfo
    after: RasterInfo
    shift: Shift | None
    """of AFTER as it came; None when it can't be measured"""
    remaining: Shift | None
    """what is left of it after it was corrected; None when nothing was"""


def open_scenes(
    pair: TwoDates,
    before: Raster,
    after: Raster,
    settings: RunSettings,
    change: ChangeSettings,
    *,
    crs_wkts: tuple[str | None, str | None],
    feedback: Feedback,
) -> Scenes:
    """Open both dates, check how they lie on each other and whether their values compare, and mend what is asked for.

    *crs_wkts* are used instead of the rasters' own CRS. Raises RasterError when one can't be used or they lie in
    different places, SettingsError when BANDS does not fit.
    """
    first = open_scene(before, pair.before, settings.bands, crs_wkts[0])
    second = open_scene(after, pair.after, settings.bands, crs_wkts[1])
    part = first.grid.window if settings.extent is None else first.grid.window_of(list(settings.extent))
    shift = measure_shift(first, second, part)
    remaining = None
    if _reports(shift, change, feedback) and shift is not None:
        second = correct_shift(first, second, shift)
        remaining = measure_shift(first, second, part)
        left = "not measurable" if remaining is None else remaining.describe()
        feedback.log(f"AFTER was moved onto BEFORE; what remains is {left}.")
    return Scenes(first, _compare(pair, first, second, part, settings, change, feedback), shift, remaining)


def _reports(shift: Shift | None, change: ChangeSettings, feedback: Feedback) -> bool:
    """Say how the dates lie on each other; return True when the shift is to be corrected."""
    if shift is None:
        say = feedback.warn if change.coregister else feedback.log
        say(
            "Whether AFTER lies exactly on BEFORE can't be measured: no window has data and clear structure in both, "
            "or the windows contradict each other. Nothing was moved."
        )
        return False
    spread = shift.spread or 0.0
    is_whole = spread <= max(shift.length, _WORTH_CORRECTING_PX)
    if change.coregister and is_whole:
        feedback.log(f"AFTER is shifted against BEFORE by {shift.describe()}.")
        return shift.length > _WORTH_CORRECTING_PX
    if shift.length <= WARN_PX and (is_whole or spread <= WARN_PX):
        feedback.log(f"AFTER lies on BEFORE within {shift.length:.2f} px: {shift.describe()}.")
        return False
    advice = (
        "COREGISTER moves AFTER by that much."
        if is_whole
        else "The shift differs from place to place, so that moving the whole scene does not mend it: orthorectify "
        "both dates with the same terrain model."
    )
    feedback.warn(f"AFTER is shifted against BEFORE by {shift.describe()}. Edges will be taken for change. {advice}")
    return False


def _compare(
    pair: TwoDates,
    before: RasterInfo,
    after: RasterInfo,
    part: Window,
    settings: RunSettings,
    change: ChangeSettings,
    feedback: Feedback,
) -> RasterInfo:
    """Warn where the values of both dates are far apart; return AFTER, its values matched if that is wanted."""
    specs = spec_of_date(pair.before), spec_of_date(pair.after)
    numbers = (
        choose_model_bands(pair.model.card, specs[0], before, settings.bands).numbers,
        choose_model_bands(pair.model.card, specs[1], after, settings.bands).numbers,
    )
    aligned = align_raster(after, before.grid)
    area = shared_area(before.grid, after.grid).intersection(part)
    samples = sample_pair(before, aligned, numbers, area)
    if change.match_histograms:
        if samples[0].shape[1] < FEWEST_PIXELS:
            raise SettingsError(
                f"MATCH_HISTOGRAMS needs pixels with data on both dates; {samples[0].shape[1]} were found in the "
                "windows looked at. Leave it out, or choose an EXTENT where both dates have data."
            )
        feedback.log("The values of AFTER are matched to those of BEFORE, band by band.")
        return match_bands(before, after, numbers, samples)
    options = settings.options
    scaled = []
    for spec, raster, chosen, values in zip(specs, (before, after), numbers, samples):
        formulas = [
            stored_to_physical(spec, raster.bands[number - 1], options.scale, options.offset) for number in chosen
        ]
        scaled.append([plane * scale + offset for plane, (scale, offset) in zip(values, formulas)])
    names = [describe_band(before.bands[number - 1]) for number in numbers[0]]
    warning = explain_gaps(compare_values(names, *scaled))
    if warning:
        feedback.warn(warning)
    return after
