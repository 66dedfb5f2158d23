"""Any model that can compare two dates, as a change model: its inputs by date, its outputs, its network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..card.roles import IMAGE_ROLES
from ..card.types import InputSpec, ModelCard, OutputSpec
from ..card.wrong_task import wrong_task
from ..errors import ModelError
from ..model import Model
from ..runtime.session import Session, open_session
from .outputs import change_outputs

_BEFORE, _AFTER = "before ", "after "
"""what begins the names of the inputs of a network that is run on each date"""


@dataclass(frozen=True)
class TwoDates:
    """A model whose inputs have the roles ``before``, ``after`` or ``before+after``."""

    model: Model
    outputs: tuple[OutputSpec, ...]
    open_network: Callable[..., Session]
    notes: tuple[str, ...] = ()
    """what was taken for granted, one sentence each"""
    is_comparison: bool = False
    """True when a segmentation model is run on each date"""

    @property
    def before(self) -> InputSpec:
        """The input that gets the first date."""
        return next(spec for spec in self.model.card.inputs if spec.role in ("before", "before+after"))

    @property
    def after(self) -> InputSpec:
        """The input that gets the second date; that of both where they go in together."""
        return next(spec for spec in reversed(self.model.card.inputs) if spec.role in ("after", "before+after"))


def as_two_dates(model: Model) -> TwoDates:
    """Return *model* as one that compares two dates; raise ModelError when it can't."""
    card = model.card
    if card.task == "change":
        notes: list[str] = []
        inputs = _dated(card, notes)
        changed = replace(model, card=replace(card, inputs=inputs))
        return TwoDates(changed, change_outputs(card), open_session, tuple(notes))
    if card.task == "segment":
        return _run_on_each(model)
    raise wrong_task(card, "for change, or for segmentation to be run on both dates")


def _dated(card: ModelCard, notes: list[str]) -> tuple[InputSpec, ...]:
    """Return the inputs of a change model with roles that say which date each gets."""
    roles = {spec.role for spec in card.inputs}
    if {"before", "after"} <= roles or "before+after" in roles:
        return card.inputs
    places = [place for place, spec in enumerate(card.inputs) if spec.role in IMAGE_ROLES and spec.role != "sar"]
    inputs = list(card.inputs)
    if len(places) == 2 and "series" not in roles:
        for place, role in zip(places, ("before", "after")):
            inputs[place] = replace(inputs[place], role="before" if role == "before" else "after")
        first, second = (card.inputs[place].name for place in places)
        notes.append(f"Nothing says which input is which date: '{first}' gets BEFORE and '{second}' gets AFTER.")
        return tuple(inputs)
    if len(places) == 1:
        spec = inputs[places[0]]
        if "T" in spec.dims and spec.size("T") in (None, 2):
            inputs[places[0]] = replace(spec, role="before+after")
            return tuple(inputs)
        channels = spec.size("C")
        if "T" not in spec.dims and channels is not None and channels % 2 == 0:
            inputs[places[0]] = replace(spec, role="before+after")
            notes.append(f"The {channels} bands of '{spec.name}' are taken to be those of BEFORE, then those of AFTER.")
            return tuple(inputs)
    found = ", ".join(f"{spec.name} ({spec.role}, {' '.join(spec.dims)})" for spec in card.inputs)
    raise ModelError(
        f"{card.name} should take two dates: as two inputs, on the channel axis or on a time axis of length 2; it "
        f"takes {found}. Say with geonnx:role in its card which input is before and which after."
    )


def _run_on_each(model: Model) -> TwoDates:
    """Return a segmentation model as one with two sets of classes: its network is run on each date."""
    card = model.card
    output = next((spec for spec in card.outputs if spec.role == "classes"), None)
    if output is None:
        raise ModelError(f"{card.name} has no output of classes; choose a change model or a segmentation model.")
    odd = [spec for spec in card.inputs if (spec.role in IMAGE_ROLES and spec.role != "image") or spec.role == "dates"]
    images = [spec for spec in card.inputs if spec.role == "image"]
    if odd or len(images) != 1:
        taken = ", ".join(f"{spec.name} ({spec.role})" for spec in card.inputs)
        raise ModelError(
            f"{card.name} takes {taken}; to be run on BEFORE and on AFTER, a segmentation model should take one image. "
            "Segment each date and compare the maps."
        )
    (image,) = images
    inputs = (
        replace(image, name=_BEFORE + image.name, role="before"),
        replace(image, name=_AFTER + image.name, role="after"),
        *(spec for spec in card.inputs if spec is not image),
    )
    outputs = (replace(output, role="before_classes"), replace(output, role="after_classes"))
    paired = replace(model, card=replace(card, inputs=inputs, outputs=outputs))
    notes: tuple[str, ...] = ()
    if card.card_path is None and card.dialect.startswith("bare"):
        notes = (
            f"Nothing says what {card.name} was made for: it is taken for a segmentation model and run on each date. "
            "If it compares two dates, say so by Describe model: TASK=change, ROLES=before+after or before,after.",
        )
    return TwoDates(paired, outputs, _open_pair, notes, is_comparison=True)


def _open_pair(model: Path | bytes, output_names: tuple[str, ...], **options: Any) -> Session:
    """Load the network as `open_session` does; it then takes the image of each date and gives the output of each."""
    session = open_session(model, output_names[:1], **options)
    return replace(session, handle=_Pair(session.handle), output_names=output_names)


@dataclass(frozen=True)
class _Pair:
    """Stands for onnxruntime's session: runs it on one date, then on the other."""

    network: Any

    def run(self, names: Sequence[str], tensors: Mapping[str, Any]) -> list[Any]:
        """Return the output before, then after."""
        found = []
        for own, other in ((_BEFORE, _AFTER), (_AFTER, _BEFORE)):
            mine = {name.removeprefix(own): tensor for name, tensor in tensors.items() if not name.startswith(other)}
            found += self.network.run([names[0]], mine)
        return found
