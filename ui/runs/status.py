"""How a run stands, in a few words."""

from __future__ import annotations

from ...processing.base import translate
from .run import CANCELLED, FAILED, FINISHED, RUNNING, WAITING, Run


def state_text(run: Run) -> str:
    """Return the state as a word."""
    if run.is_cancelling and not run.is_over:
        return translate("Cancelling…")
    return {
        WAITING: translate("Waiting"),
        RUNNING: translate("Running"),
        FINISHED: translate("Finished"),
        FAILED: translate("Failed"),
        CANCELLED: translate("Cancelled"),
    }[run.state]


def progress_text(run: Run) -> str:
    """Return how far a run is, or how it ended."""
    if run.state == WAITING:
        return translate("starts after the one before it")
    if run.state == FAILED:
        return run.message
    if run.state == CANCELLED:
        return translate("nothing was written to the map")
    parts = []
    if run.state == FINISHED:
        parts.append(translate("in {}").format(duration_text(run.seconds)))
    elif run.progress >= 1:
        parts.append(translate("finishing the results"))
    elif run.tiles_total:
        parts.append(translate("{:,} of {:,} tiles").format(run.tiles_done, run.tiles_total))
    if run.tiles_per_second:
        parts.append(translate("{} tiles/s").format(f"{run.tiles_per_second:.3g}"))
    if run.state == RUNNING and run.seconds_left is not None:
        parts.append(translate("{} left").format(duration_text(run.seconds_left)))
    if not parts:
        parts.append(translate("opening the model and the rasters"))
    return " · ".join(parts)


def status_text(run: Run) -> str:
    """Return the line below the title: the state, unless the bar shows it, and how far the run is."""
    if run.state == RUNNING and not run.is_cancelling:
        return progress_text(run)
    return f"{state_text(run)} · {progress_text(run)}"


def duration_text(seconds: float) -> str:
    """Return a duration as people say it."""
    if seconds < 60:
        return translate("{:.0f} s").format(max(seconds, 1))
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return translate("{} min {} s").format(minutes, rest)
    hours, minutes = divmod(minutes, 60)
    return translate("{} h {} min").format(hours, minutes)
