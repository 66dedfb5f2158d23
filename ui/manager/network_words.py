"""Inputs and outputs of a network, in words."""

from __future__ import annotations

from ...models.card.types import InputSpec, OutputSpec
from ...processing.base import translate
from ..library.words import band_text

_MOST_BANDS = 12


def input_role(spec: InputSpec) -> str:
    """Return what an input is for."""
    return {
        "image": translate("the image"),
        "before": translate("the earlier image"),
        "after": translate("the later image"),
        "before+after": translate("both images, one behind the other"),
        "series": translate("images of several dates"),
        "sar": translate("radar"),
        "dates": translate("when the images were taken"),
        "latlon": translate("where the image lies"),
        "gsd": translate("how large a pixel is"),
        "wavelengths": translate("the wavelength of each band"),
    }.get(spec.role, spec.role)


def output_role(spec: OutputSpec) -> str:
    """Return what an output holds."""
    if spec.role in ("classes", "before_classes", "after_classes", "change"):
        return _class_role(spec)
    return {
        "image": translate("the restored image"),
        "variance": translate("how uncertain each pixel is"),
        "logvariance": translate("how uncertain each pixel is (as a logarithm)"),
        "scores": translate("scores"),
    }.get(spec.role, spec.role)


def _class_role(spec: OutputSpec) -> str:
    when = {
        "before_classes": translate(" before"),
        "after_classes": translate(" after"),
        "change": translate(" of change"),
    }.get(spec.role, "")
    if spec.holds_numbers:
        return translate("class numbers{}").format(when)
    kind = {
        "none": translate("probabilities{}"),
        "softmax": translate("scores{}, made probabilities by softmax"),
        "sigmoid": translate("scores{}, made probabilities by sigmoid"),
    }.get(spec.activation or "", translate("scores{}; whether they are probabilities is not said"))
    return kind.format(when)


def size_words(spec: InputSpec | OutputSpec) -> str:
    """Return the size of a tensor without the language of tensors."""
    if not spec.dims or len(spec.dims) != len(spec.shape):
        return translate("of a size that only a run can tell")
    sizes = dict(zip(spec.dims, spec.shape))
    parts = []
    if "T" in sizes:
        parts.append(_count(sizes["T"], translate("{} dates"), translate("any number of dates")))
    if "C" in sizes:
        parts.append(_count(sizes["C"], translate("{} bands"), translate("any number of bands")))
    if "K" in sizes:
        parts.append(_count(sizes["K"], translate("{} values for each place"), translate("several values")))
    if "H" in sizes and "W" in sizes:
        height, width = sizes["H"], sizes["W"]
        is_open = height is None or width is None
        parts.append(translate("any size") if is_open else translate("{} × {} pixels").format(width, height))
    elif "N" in sizes:
        parts.append(translate("pixel by pixel"))
    return ", ".join(parts) or translate("one number")


def _count(size: int | None, some: str, any_number: str) -> str:
    return any_number if size is None else some.format(size)


def input_details(spec: InputSpec) -> str:
    """Return the bands of an input; empty where it has none or names none."""
    names = [band_text(band) for band in spec.bands]
    if not names:
        return ""
    more = f", … ({len(names)})" if len(names) > _MOST_BANDS else ""
    return translate("Bands: {}").format(", ".join(names[:_MOST_BANDS]) + more)


def output_details(spec: OutputSpec) -> str:
    """Return the classes of an output; empty where it has none."""
    names = [item.name for item in spec.classes]
    if not names:
        return ""
    more = f", … ({len(names)})" if len(names) > _MOST_BANDS else ""
    return translate("Classes: {}").format(", ".join(names[:_MOST_BANDS]) + more)
