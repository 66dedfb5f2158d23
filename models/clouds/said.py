"""What the run of a cloud model over a date says, as the user of a removal has to hear it."""

from __future__ import annotations

import re
from dataclasses import replace

from ..feedback import Feedback
from .timeline import Moment

_BANDS = re.compile(r"\bBANDS\b")


def of_cloud_model(feedback: Feedback, moment: Moment, *, names_own_bands: bool) -> Feedback:
    """Return a feedback for the run of a cloud model over a date: warnings that do not name the date begin with it.

    The cloud model *names_own_bands* where its bands are said by cloud_bands and not by BANDS.
    """

    def own(text: str) -> str:
        return name_cloud_bands(text) if names_own_bands else text

    def warn(text: str) -> None:
        is_named = moment.label in text or moment.raster.name in text
        feedback.warn(own(text) if is_named else f"{moment.label}: {own(text)}")

    return replace(feedback, log=lambda text: feedback.log(own(text)), warn=warn)


def name_cloud_bands(text: str) -> str:
    """Return what is said of BANDS of a segmentation model with the option that gives them to a cloud model."""
    return _BANDS.sub("cloud_bands of OPTIONS", text)
