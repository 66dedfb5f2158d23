"""What a card says, in words for people who have never seen one."""

from __future__ import annotations

from ...models.card.types import BandSpec, InputSpec, ModelCard
from ...models.inputs import dates_taken
from ...processing.base import translate
from .facts import ModelFacts

_MOST_BANDS_NAMED = 16


def task_name(task: str) -> str:
    """Return the short name of a task."""
    return {
        "segment": translate("Segmentation"),
        "classify": translate("Scene classification"),
        "change": translate("Change detection"),
        "clouds": translate("Cloud removal"),
    }.get(task, task)


def source_name(source: str) -> str:
    """Return the heading under which models of one origin are listed; empty: files elsewhere."""
    return {
        "bundled": translate("Included"),
        "downloaded": translate("Downloaded"),
        "user": translate("Your own"),
    }.get(source, translate("Other files"))


def makes(facts: ModelFacts) -> str:
    """Return what comes out of a model."""
    return {"clouds": _makes_image, "classify": _makes_labels, "change": _makes_change}.get(facts.task, _makes_map)(
        facts
    )


def _makes_image(_facts: ModelFacts) -> str:
    return translate("the image without clouds")


def _makes_change(_facts: ModelFacts) -> str:
    return translate("what changed between two dates, for each pixel")


def _makes_labels(facts: ModelFacts) -> str:
    count = len(facts.classes) or translate("several")
    if any(spec.multi_label for spec in facts.card.outputs):
        return translate("any of {} labels for each part of the image").format(count)
    return translate("one of {} classes for each part of the image").format(count)


def _makes_map(facts: ModelFacts) -> str:
    if not facts.classes:
        return translate("a class for each pixel; what the classes are called is not said")
    if len(facts.classes) == 1:
        return translate("yes or no for each pixel: {}").format(facts.classes[0].name)
    return translate("one of {} classes for each pixel").format(len(facts.classes))


def needs(facts: ModelFacts) -> str:
    """Return the rasters and bands that a model takes."""
    image = facts.image
    dates = _dates(image)
    parts = [translate("{}: {}").format(dates, bands_text(image)) if dates else bands_text(image)]
    radar = facts.card.input_with_role("sar")
    if radar is not None and radar is not image:
        parts.append(translate("radar: {}").format(bands_text(radar)))
    return "; ".join(parts)


def _dates(spec: InputSpec) -> str:
    if spec.role in ("before", "after", "before+after"):
        return translate("two dates, each")
    dates = dates_taken(spec)
    if spec.role == "series" and dates is None:
        return translate("several dates, each")
    if dates is not None and dates > 1:
        return translate("{} dates, each").format(dates)
    return ""


def bands_text(spec: InputSpec) -> str:
    """Return the bands of an input: how many, and their names where the card names them."""
    names = [band_text(band) for band in spec.bands]
    count = len(names) or spec.channels
    if count is None:
        return translate("any number of bands")
    number = translate("1 band") if count == 1 else translate("{} bands").format(count)
    if not names:
        return translate("{}, whose names are not said").format(number)
    shown = ", ".join(names[:_MOST_BANDS_NAMED]) + (", …" if len(names) > _MOST_BANDS_NAMED else "")
    return f"{number} ({shown})"


def band_text(band: BandSpec) -> str:
    """Return a band as people read it: its name, with the colour where the name does not say it."""
    has_more = band.common_name and band.common_name.lower() != band.name.lower()
    return f"{band.name} {band.common_name}" if has_more else band.name


def band_details(common_name: str, wavelength_um: float | None) -> str:
    """Return colour and wavelength of a band: ``red, 0.665 µm``; empty when neither is known."""
    parts = [common_name] if common_name else []
    if wavelength_um is not None:
        parts.append(translate("{:.4g} µm").format(wavelength_um))
    return ", ".join(parts)


def values_text(spec: InputSpec) -> str:
    """Return which values a model expects in the raster."""
    if spec.radar_unit:
        return translate("decibels") if spec.radar_unit == "db" else translate("linear power")
    if spec.reflectance:
        return translate("reflectance from 0 to 1, which stored numbers are turned into where the file says how")
    if any(step is not None for step in spec.scaling):
        return translate("as they are stored; the model's own scaling is applied")
    return translate("as they are stored; nothing says how they should be scaled")


def pixel_text(card: ModelCard) -> str:
    """Return the pixel size that a model was made for."""
    gsd_m = card.gsd_m
    if gsd_m is None and card.gsd_range_m is not None:
        return translate("{:g} to {:g} m").format(*card.gsd_range_m)
    if gsd_m is None:
        return translate("not said")
    return translate("{:g} m").format(gsd_m) if gsd_m >= 1 else translate("{:g} cm").format(gsd_m * 100)


def size_text(size_bytes: int | None) -> str:
    """Return the size of a file."""
    if size_bytes is None:
        return ""
    if size_bytes < 1e6:
        return translate("{:.0f} kB").format(max(1, size_bytes / 1e3))
    return translate("{:.1f} MB").format(size_bytes / 1e6)


def how_text(how: str) -> str:
    """Return how a band was matched; *how* is the engine's word for it."""
    fixed = {
        "name": translate("same name"),
        "order": translate("by position only"),
        "number": translate("numbered by the model"),
        "BANDS": translate("chosen by you"),
    }
    if how in fixed:
        return fixed[how]
    for start, said in (("common name ", translate("same colour: {}")), ("wavelength ", translate("nearest: {}"))):
        if how.startswith(start):
            return said.format(how[len(start) :])
    return how
