"""Half precision on request: what it costs in accuracy is measured on tiles of the raster before it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.types import OutputSpec
from .errors import Cancelled, DeviceError, ModelError
from .feedback import Feedback
from .half_loss import MOST_CLASSES, MOST_PROBABILITY, MOST_VALUE, HalfLoss
from .load import WindowReader, fill_tensors
from .prepare import Prepared, try_network
from .raster.grid import Window
from .runtime.half import to_half
from .runtime.session import Session
from .tasks import scores as arithmetic

_TILES = 4
_LOOKS = 16
_CLASS_ROLES = ("classes", "change", "before_classes", "after_classes")
Unpack = Callable[[list[NDArray[Any]]], list[NDArray[Any]]]


def spread_over(count: int) -> list[int]:
    """Return the numbers of some of *count* tiles, evenly spread, on which the loss may be measured."""
    return list(dict.fromkeys(np.linspace(0, count - 1, min(count, _LOOKS)).astype(int).tolist()))


def use_half(
    prepared: Prepared,
    windows: Sequence[Window],
    batch: int,
    unpack: Unpack,
    open_network: Callable[..., Session],
    feedback: Feedback,
) -> Prepared:
    """Return a run whose network computes in float16, or *prepared* where that loses too much or can't be.

    Both networks see the first four of *windows* that hold data. *unpack* turns the outputs of a batch into one
    array (channel, …) each, for its first tile. Says what was measured, and warns when float32 stays.
    """
    if prepared.session.on_cpu:
        feedback.warn("OPTIONS half: processors compute in float32 all the same; half precision is for GPUs.")
    half: Session | None = None
    try:
        content = to_half(prepared.model.card.model_path)
        half = open_network(
            content,
            tuple(spec.name for spec in prepared.outputs),
            device=prepared.settings.device,
            threads=prepared.settings.options.threads,
            half=True,
        )
        in_half = replace(prepared, session=half)
        loss = _measure(prepared, in_half, windows, batch, unpack, feedback)
    except Cancelled:
        raise
    except (ModelError, DeviceError) as error:
        feedback.warn(f"The run stays in float32, since the model can't be converted to float16: {error}.")
        loss = None
    if loss is not None and loss.is_small:
        feedback.log(f"Half precision: {loss}.")
        prepared.session.release()
        return replace(in_half, half=content, half_loss=loss)
    if loss is not None:
        feedback.warn(
            f"The run stays in float32: with float16, {loss}; allowed are {MOST_CLASSES:.1%}, {MOST_PROBABILITY:g} and "
            f"{MOST_VALUE:.0%}."
        )
    if half is not None:
        half.release()
    return prepared


def _measure(
    plain: Prepared, half: Prepared, windows: Sequence[Window], batch: int, unpack: Unpack, feedback: Feedback
) -> HalfLoss:
    losses: list[HalfLoss] = []
    for tensors in islice(_with_data(plain, windows, batch), _TILES):
        exact, rough = (unpack(try_network(run, tensors, feedback)) for run in (plain, half))
        found = [
            _compare(spec, first, second, plain.settings.options.threshold)
            for spec, first, second in zip(plain.outputs, exact, rough)
        ]
        losses.append(replace(_worst(found), classes=max(loss.classes for loss in found)))
    if not losses:
        raise ModelError("no tile holds data on which the loss could be measured")
    return replace(_worst(losses), tiles=len(losses), classes=sum(loss.classes for loss in losses) / len(losses))


def _worst(losses: Sequence[HalfLoss]) -> HalfLoss:
    return HalfLoss(
        tiles=1,
        probability=max(loss.probability for loss in losses),
        value=max(loss.value for loss in losses),
        overflows=any(loss.overflows for loss in losses),
    )


def _with_data(prepared: Prepared, windows: Sequence[Window], batch: int) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield the tensors of windows that hold data."""
    reader = WindowReader(prepared)
    for window in windows:
        pixels, valid = reader.read(window)
        if valid is None or valid.any():
            yield fill_tensors(prepared, [window], [pixels], batch)


def _compare(spec: OutputSpec, exact: NDArray[Any], rough: NDArray[Any], threshold: float | None) -> HalfLoss:
    if exact.dtype.kind != "f":
        return HalfLoss(1, classes=float((exact != rough).mean()))
    both = np.isfinite(exact)
    if not np.isfinite(rough[both]).all():
        return HalfLoss(1, overflows=True)
    if spec.role not in _CLASS_ROLES:
        known = exact[both]
        extent = float(np.ptp(known)) if known.size else 0.0
        difference = float(np.abs(known - rough[both]).max(initial=0))
        return HalfLoss(1, value=difference / extent if extent else float(difference > 0))
    if spec.holds_numbers:
        return HalfLoss(1, classes=float((exact != rough).mean()))
    alone = len(exact) == 1 or spec.multi_label
    activation = spec.activation or ("sigmoid" if alone else "softmax")
    before, after = (arithmetic.probabilities(values, activation, spec.temperature) for values in (exact, rough))
    if alone:
        least = spec.threshold if threshold is None else threshold
        differs = (before >= least) != (after >= least)
    else:
        differs = arithmetic.best_class(before)[0] != arithmetic.best_class(after)[0]
    return HalfLoss(1, float(differs.mean()), float(np.nanmax(np.abs(before - after), initial=0)))
