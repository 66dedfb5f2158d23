"""An accuracy assessment as one tidy table (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from .accuracy_report import describe_accuracy
from .assessment import AccuracyReport

_Row = tuple[str, str, str, str, Any]


def accuracy_csv(report: AccuracyReport) -> str:
    """Return the assessment with the columns section, map_class, reference_class, figure, value; undefined: empty."""
    facts = describe_accuracy(report)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("section", "map_class", "reference_class", "figure", "value"))
    for rows in (_overall(facts), _classes(facts), _matrix(**facts["matrix"]), _areas(facts), _left_out(facts)):
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return file.getvalue()


def _overall(facts: dict[str, Any]) -> Iterable[_Row]:
    for name in ("samples", "overall_accuracy", "kappa"):
        yield "overall", "", "", name, facts[name]
    for kind in ("macro", "weighted"):
        for name, value in facts[kind].items():
            yield "overall", "", "", f"{kind}_{name}", value


def _classes(facts: dict[str, Any]) -> Iterable[_Row]:
    for name, figures in facts["per_class"].items():
        for figure, value in figures.items():
            if figure != "values":
                yield "class", name, name, figure, value


def _matrix(classes: list[str], counts: list[list[int]]) -> Iterable[_Row]:
    for name, row in zip(classes, counts):
        for other, count in zip(classes, row):
            yield "matrix", name, other, "samples", count


def _areas(facts: dict[str, Any]) -> Iterable[_Row]:
    areas = facts["areas"] or {"per_class": {}}
    for figure, value in areas.items():
        if not isinstance(value, (dict, list)):
            yield "area", "", "", figure, value
    for name, figures in areas["per_class"].items():
        for figure, value in figures.items():
            yield "area", name, name, figure, value


def _left_out(facts: dict[str, Any]) -> Iterable[_Row]:
    for reason, samples in facts["left_out"].items():
        yield "left out", "", "", reason, samples
    for item in facts["unmatched"]:
        yield item["fate"], "", item["name"], "samples", item["samples"]
