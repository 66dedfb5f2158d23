"""The part of the inspection report that tells how good a model is, where it fails and what it learned from."""

from __future__ import annotations

from html import escape
from itertools import groupby

from .card.quality import ClassAccuracy, ClassTable, Figure, OtherForm, Quality, ReliabilityCurve, TrainingSet
from .card.types import ModelCard, TrainingFeatures
from .page import table


def render_quality(quality: Quality, card: ModelCard) -> list[str]:
    """Return the sections as HTML, without those of which the card says nothing."""
    temperature = next((spec.temperature for spec in card.outputs if spec.temperature != 1), 1.0)
    good = [
        f"<p>{escape(_sentence(quality.accuracy))}</p>" if quality.accuracy else "",
        _figures(quality.figures) if quality.figures else "",
        _classes(quality.class_accuracy) if quality.class_accuracy else "",
        _reliability(quality.reliability, temperature) if quality.reliability else "",
        *map(_form, quality.forms),
    ]
    features = [spec.training_features for spec in card.inputs if spec.training_features is not None]
    learned = [_list(map(_training_set, quality.training_sets)), *map(_features, features)]
    return [
        *_section("How good it is", good),
        *_section("Where it fails", [_list(map(escape, quality.failures))]),
        *_section("What it learned from", learned),
    ]


def _section(title: str, parts: list[str]) -> list[str]:
    return [f"<h2>{title}</h2>", *parts] if any(parts) else []


def _list(items: map[str]) -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else ""


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}."


def _figures(figures: tuple[Figure, ...]) -> str:
    """Return a table; what several figures in a row were measured on, which may be long, stands beside them once."""
    rows = []
    for measured_on, group in groupby(figures, key=lambda item: item.measured_on):
        cells = [(f'<td class="wrap">{escape(item.what)}</td>', escape(_value(item))) for item in group]
        rows += [(*cells[0], f'<td rowspan="{len(cells)}">{escape(measured_on)}</td>'), *cells[1:]]
    return table(("What", "Figure", "Measured on"), rows, texts=3)


def _value(item: Figure) -> str:
    gap = "" if item.unit in ("", "°") else " "
    return f"{item.value:,g}{gap}{item.unit}"


def _classes(found: ClassTable) -> str:
    lead = f", on: {escape(found.measured_on)}" if found.measured_on else ""
    head = ("Class", "Found of what there is", "Right of what is said", "Count")
    return f"<p>Each class{lead}</p>" + table(head, [_class_row(item) for item in found.classes])


def _class_row(item: ClassAccuracy) -> tuple[str, ...]:
    count = "–" if item.count is None else f"{item.count:,}"
    return (escape(item.name), _percent(item.producers_accuracy), _percent(item.users_accuracy), count)


def _reliability(curve: ReliabilityCurve, temperature: float) -> str:
    """Return what the curve says in a sentence, and the curve as a table."""
    lead = f", on: {escape(curve.measured_on)}" if curve.measured_on else ""
    parts = []
    if curve.error is not None:
        parts.append(f" Expected calibration error {_percent(curve.error)}")
        if curve.error_before is not None:
            parts.append(f", {_percent(curve.error_before)} without the temperature")
        parts.append(".")
    if temperature != 1:
        parts.append(f" Scores are divided by a temperature of {temperature:.4g}.")
    rows = [(_percent(item.confidence), _percent(item.accuracy), f"{item.count:,}") for item in curve.bins]
    told = f"<p>How often it is right, by how sure it is{lead}.{''.join(parts)}</p>"
    return told + (table(("Confidence", "Right", "Count"), rows, texts=0) if rows else "")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _form(form: OtherForm) -> str:
    """Return what is said of another form of the model, as a paragraph."""
    parts = [f"<code>{escape(form.href)}</code> is the same"]
    if form.precision:
        parts.append(f" in {escape(form.precision)}")
    if form.devices:
        parts.append(f" for {escape(', '.join(form.devices))}")
    if form.times_faster is not None:
        parts.append(f", {form.times_faster:g} × as fast")
    if form.loss is not None:
        parts.append(f", with {form.loss:g} points lost" if form.loss > 0 else ", with nothing lost")
    if form.measured_on:
        parts.append(f", measured on: {escape(form.measured_on.rstrip('.'))}")
    return f"<p>{''.join(parts)}.</p>"


def _training_set(item: TrainingSet) -> str:
    licence = f" (licence: {escape(item.licence)})" if item.licence else ""
    texts = "".join(f" {escape(_sentence(text))}" for text in (item.citation, item.attribution) if text)
    # the address itself is what one reads: a link can't claim to lead elsewhere
    link = f' <a href="{escape(item.href)}" rel="noreferrer">{escape(item.href)}</a>' if item.href else ""
    return f"<b>{escape(item.name)}</b>{licence}.{texts}{link}"


def _features(features: TrainingFeatures) -> str:
    return (
        f"<p>The description holds statistics of {features.count:,} windows of {features.window_px} × "
        f"{features.window_px} px of the training images: a run says how unlike them its raster is.</p>"
    )
