"""What is known of a model, for people (HTML) and programs (plain data)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from .card.quality import quality_json, read_quality
from .card.tensors import describe_shape
from .card.types import ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling
from .inspect_quality import render_quality
from .model import Model
from .page import chip, notes, page, pairs, table


def describe_model(model: Model) -> dict[str, Any]:
    """Return the model as plain data that JSON can hold."""
    card = model.card
    return {
        "name": card.name,
        "task": card.task,
        "dialect": card.dialect,
        "version": card.version,
        "description": card.description,
        "licence": card.licence,
        "citation": card.citation,
        "training_data": card.training_data,
        "model_file": str(card.model_path),
        "card_file": str(card.card_path) if card.card_path else "",
        "size_mb": round(card.model_path.stat().st_size / 1e6, 3),
        "sha256": model.sha256,
        "gsd_m": card.gsd_m,
        "gsd_range_m": list(card.gsd_range_m or ()),
        "tile_px": card.tile_px,
        "halo_px": card.halo_px,
        "fill": card.fill,
        "masked_clouds": card.masked_clouds,
        "inputs": [_describe_input(spec) for spec in card.inputs],
        "outputs": [_describe_output(spec) for spec in card.outputs],
        "bands": [name for spec in card.inputs for name in spec.band_names],
        "classes": [_describe_class(item) for spec in card.outputs for item in spec.classes],
        "scaling": [_describe_scaling(step) for spec in card.inputs for step in spec.scaling],
        **quality_json(read_quality(card.card_path)),
        "problems": list(card.problems),
    }


def _describe_input(spec: InputSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "role": spec.role,
        "dims": spec.dims,
        "shape": list(spec.shape),
        "dtype": spec.dtype,
        "bands": list(spec.band_names),
        "values": "reflectance 0-1" if spec.reflectance else "as stored",
        "resize": spec.resize,
        "unit": spec.unit,
        "training_features": spec.training_features is not None,
    }


def _describe_output(spec: OutputSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "role": spec.role,
        "dims": spec.dims,
        "shape": list(spec.shape),
        "dtype": spec.dtype,
        "holds": "class numbers" if spec.holds_numbers else "scores",
        "activation": spec.activation,
        "threshold": spec.threshold,
        "temperature": spec.temperature,
    }


def _describe_class(spec: ClassSpec) -> dict[str, Any]:
    return {"value": spec.value, "name": spec.name, "color": spec.color, "description": spec.description}


def _describe_scaling(step: Scaling | None) -> dict[str, Any] | None:
    if step is None:
        return None
    values = {name: getattr(step, name) for name in ("minimum", "maximum", "mean", "stddev", "value")}
    return {"type": step.type, **{name: value for name, value in values.items() if value is not None}}


def render_html(model: Model) -> str:
    """Return the inspection report as one HTML page without outside parts."""
    card = model.card
    sections = [
        f'<p class="quiet">{escape(card.description)}</p>' if card.description else "",
        notes(card.problems),
        "<h2>Model</h2>",
        pairs(_facts(model)),
        *render_quality(read_quality(card.card_path), card),
        "<h2>Inputs</h2>",
        _table(("Name", "Role", "Axes", "Shape", "Type", "Values"), (_input_row(spec) for spec in card.inputs)),
        *(_bands(spec) for spec in card.inputs if spec.bands or spec.scaling),
        "<h2>Outputs</h2>",
        _table(("Name", "Role", "Axes", "Shape", "Type", "Holds"), (_output_row(spec) for spec in card.outputs)),
        *(_classes(spec) for spec in card.outputs if spec.classes),
    ]
    return page(card.name, sections)


def _facts(model: Model) -> list[tuple[str, str]]:
    card = model.card
    facts = [
        ("Task", card.task),
        ("Described by", card.dialect + (f", {card.card_path.name}" if card.card_path else "")),
        ("Version", card.version),
        ("Licence", card.licence),
        ("Citation", card.citation),
        ("Training data", card.training_data),
        ("Pixel size", _pixel_size(card)),
        ("Overlap", f"{card.halo_px} px on each side of a tile" if card.halo_px is not None else ""),
        ("Known clouds", "fed as pixels without data" if card.masked_clouds else ""),
        ("File", f"{card.model_path} ({_size_text(card.model_path.stat().st_size)})"),
        ("SHA-256", model.sha256),
    ]
    return [(name, value) for name, value in facts if value]


def _pixel_size(card: ModelCard) -> str:
    sizes = f"{card.gsd_m:g} m" if card.gsd_m else ""
    if card.gsd_range_m is None:
        return sizes
    trained = f"{card.gsd_range_m[0]:g} to {card.gsd_range_m[1]:g} m"
    return f"{sizes}, trained on {trained}" if sizes else trained


def _size_text(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return table(head, rows, texts=len(head))


def _input_row(spec: InputSpec) -> tuple[str, ...]:
    values = "reflectance 0–1, then scaled" if spec.reflectance else "as stored in the raster"
    if spec.scaling and not spec.reflectance:
        values += ", then scaled"
    return (
        f"<code>{escape(spec.name)}</code>",
        escape(spec.role),
        " ".join(spec.dims),
        describe_shape(spec.shape),
        escape(spec.dtype),
        values,
    )


def _output_row(spec: OutputSpec) -> tuple[str, ...]:
    if spec.holds_numbers:
        holds = "class numbers"
    elif spec.activation is None:
        holds = "scores; whether they are probabilities is not known"
    else:
        holds = "probabilities" if spec.activation == "none" else f"scores; {spec.activation} gives probabilities"
    return (
        f"<code>{escape(spec.name)}</code>",
        escape(spec.role),
        " ".join(spec.dims) or "not known before a run",
        describe_shape(spec.shape),
        escape(spec.dtype),
        holds,
    )


def _bands(spec: InputSpec) -> str:
    count = max(len(spec.bands), len(spec.scaling))
    rows = []
    for index in range(count):
        name = escape(spec.bands[index].name) if index < len(spec.bands) else ""
        step = spec.scaling[index if len(spec.scaling) > 1 else 0] if spec.scaling else None
        rows.append((str(index + 1), name, escape(_scaling_text(step))))
    return f"<h2>Bands of {escape(spec.name)}, in the model's order</h2>" + _table(("", "Band", "Scaling"), rows)


def _scaling_text(step: Scaling | None) -> str:
    described = _describe_scaling(step)
    if described is None:
        return "none"
    kind = described.pop("type")
    return f"{kind}: " + ", ".join(f"{name} {value:g}" for name, value in described.items())


def _classes(spec: OutputSpec) -> str:
    rows = [
        (
            chip(item.color),
            str(item.value),
            escape(item.name),
            escape(item.description),
        )
        for item in spec.classes
    ]
    return f"<h2>Classes of {escape(spec.name)}</h2>" + _table(("", "Value", "Name", "Description"), rows)
