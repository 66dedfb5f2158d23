"""What an input is for, where the card does not say it: from names, axes and the task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ModelError
from .types import Role, Task

IMAGE_ROLES: tuple[Role, ...] = ("image", "before", "after", "before+after", "series", "sar")
_PAIRS = (
    ("before", "after"), ("pre", "post"), ("t1", "t2"), ("t0", "t1"), ("a", "b"), ("x1", "x2"), ("img1", "img2"),
    ("image1", "image2"), ("1", "2"),
)  # fmt: skip
_NUMBERS: tuple[tuple[Role, str], ...] = (
    ("latlon", r"lat|lon|coord|position|location"),
    ("wavelengths", r"wave|lambda"),
    ("gsd", r"gsd|resolution"),
    ("dates", r"date|doy|day|month|time"),
)
_RADAR_WORDS = {"sar", "s1", "radar", "sentinel1", "vv", "vh"}
_RADAR_BANDS = {"vv", "vh", "hh", "hv"}


@dataclass(frozen=True)
class InputHint:
    """What is known of one input before its role is."""

    names: tuple[str, ...]
    """its name in the card and that of its tensor"""
    dims: str
    """axes; empty where nothing says them"""
    rank: int
    role: Role | None = None
    bands: tuple[str, ...] = ()
    channels: int | None = None

    @property
    def is_flat(self) -> bool:
        """True for a tensor that is too small for an image: no height and width."""
        return self.rank < 3 or (bool(self.dims) and "H" not in self.dims)


def infer_roles(hints: Sequence[InputHint], task: Task, problems: list[str]) -> tuple[Role, ...]:
    """Return the role of each input; what was concluded from names is added to *problems*.

    Raises ModelError for an input that holds no image, when nothing tells what it is for.
    """
    images = [hint for hint in hints if hint.role in (None, *IMAGE_ROLES) and not hint.is_flat]
    roles: list[Role | None] = [hint.role or _clear_role(hint, hints, images, problems) for hint in hints]
    open_places = [place for place, role in enumerate(roles) if role is None]
    if len(open_places) == 2:
        pair = _find_pair(*(hints[place].names for place in open_places))
        if pair is not None:
            for place, role in zip(open_places, pair):
                roles[place] = role
    return tuple(role or _image_role(hint, task) for hint, role in zip(hints, roles))


def _clear_role(
    hint: InputHint, hints: Sequence[InputHint], images: Sequence[InputHint], problems: list[str]
) -> Role | None:
    """Return the role of an input that holds numbers or radar beside an image; None where it is an image."""
    if len(hints) == 1 or not images or (hint in images and len(images) == 1):
        return None
    name = hint.names[0]
    words = {word for text in hint.names for word in re.split(r"[^a-z0-9]+", text.lower())}
    if not hint.is_flat:
        bands = {band.lower() for band in hint.bands}
        return "sar" if words & _RADAR_WORDS or (bands and bands <= _RADAR_BANDS) else None
    for role, pattern in _NUMBERS:
        if any(re.search(pattern, word) for word in words):
            problems.append(f"The input '{name}' is taken as {role} from its name; say so with geonnx:role.")
            return role
    raise ModelError(
        f"The model's input '{name}' holds no image and nothing says what to fill it with: add geonnx:role to the card "
        "(dates, latlon, gsd or wavelengths)."
    )


def _find_pair(first: Sequence[str], second: Sequence[str]) -> tuple[Role, Role] | None:
    ones, others = _tokens(first), _tokens(second)
    for before, after in _PAIRS:
        if before in ones and after in others:
            return "before", "after"
        if after in ones and before in others:
            return "after", "before"
    return None


def _tokens(names: Sequence[str]) -> set[str]:
    """Return words of names: ``image_T1`` gives ``image``, ``t1`` and ``1``."""
    found = set()
    for name in names:
        words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
        found.update(words)
        found.update(match.group(1) for word in words if (match := re.fullmatch(r"[a-z]{2,}(\d)", word)))
        found.update(match.group(1) for word in words if (match := re.match(r"(before|after|pre|post)im", word)))
    return found


def _image_role(hint: InputHint, task: Task) -> Role:
    if "T" in hint.dims:
        return "series"
    if task == "change" and hint.bands and hint.channels == 2 * len(hint.bands):
        return "before+after"
    return "image"
