"""An accuracy assessment for people (HTML) and for programs (plain data)."""

from __future__ import annotations

from html import escape
from typing import Any

from ..page import chip, headline, notes, page, pairs, table
from .area_estimates import AreaEstimates, Estimate
from .assessment import AccuracyReport
from .confusion import MeanAgreement
from .figures import hectares, hectares_within, number, percent, percent_within

_FIGURES = ("users_accuracy", "producers_accuracy", "f1", "iou")
_KINDS = {"raster": "every pixel of a raster", "polygons": "all pixels in polygons", "points": "points"}
_RANDOM = (
    "Each class of the map is a stratum and weighs as much as its mapped area (Olofsson et al. 2014, Remote Sensing of "
    "Environment 148:42–57); ± is half the 95 % confidence interval. Right for a random sample of the map, simple or "
    "stratified by its classes; samples chosen by hand or for convenience give estimates that may be far off."
)
_READING = (
    ("User's accuracy", "of what the map calls the class, the share that is it (precision)"),
    ("Producer's accuracy", "of what is the class, the share that the map calls so (recall)"),
    ("F1", "harmonic mean of the two"),
    ("IoU", "samples that are the class in both, of those that are it in either"),
    ("Kappa", "agreement beyond what chance would give (Cohen)"),
    ("Macro mean", "every class counts the same; classes without a value are left out"),
    ("Weighted mean", "classes count by their reference samples"),
)


def describe_accuracy(report: AccuracyReport) -> dict[str, Any]:
    """Return the assessment as plain data that JSON can hold; None stands for what is undefined."""
    found = report.agreement
    return {
        "samples": found.samples,
        "overall_accuracy": found.overall_accuracy,
        "kappa": found.kappa,
        "macro_f1": found.macro.f1,
        "miou": found.macro.iou,
        "macro": _mean(found.macro),
        "weighted": _mean(found.weighted),
        "per_class": {
            item.name: {
                "values": list(item.values),
                "support": figures.support,
                "mapped": figures.mapped,
                "correct": figures.correct,
                **{name: getattr(figures, name) for name in _FIGURES},
            }
            for item, figures in zip(report.classes, found.classes)
        },
        "matrix": {"classes": [item.name for item in report.classes], "counts": report.matrix.tolist()},
        "areas": _areas(report, report.areas) if report.areas else None,
        "left_out": {reason: int(samples) for reason, samples in report.left_out.items()},
        "unmatched": [{"name": item.name, "samples": item.samples, "fate": item.fate} for item in report.unmatched],
        "notes": list(report.notes),
    }


def _mean(mean: MeanAgreement) -> dict[str, float | None]:
    return {name: getattr(mean, name) for name in _FIGURES}


def _areas(report: AccuracyReport, areas: AreaEstimates) -> dict[str, Any]:
    return {
        "total_ha": areas.total_ha,
        **_within("overall_accuracy", areas.overall_accuracy),
        "per_class": {
            item.name: {
                "mapped_ha": found.mapped_ha,
                **_within("area_ha", found.area_ha),
                **_within("users_accuracy", found.users_accuracy),
                **_within("producers_accuracy", found.producers_accuracy),
            }
            for item, found in zip(report.classes, areas.classes)
        },
        "unsampled": [report.classes[place].name for place in areas.unsampled],
    }


def _within(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {
        name: estimate.value,
        f"{name}_standard_error": estimate.standard_error,
        f"{name}_margin95": estimate.margin95,
    }


def accuracy_page(report: AccuracyReport) -> str:
    """Return the assessment as one HTML page without outside parts."""
    found = report.agreement
    figures = {
        "Overall accuracy": percent(found.overall_accuracy),
        "Kappa": number(found.kappa, 3),
        "Macro F1": percent(found.macro.f1),
        "Mean IoU": percent(found.macro.iou),
    }
    against = f"{report.reference_name} ({_KINDS[report.reference_kind]})"
    return page(
        f"Accuracy of {report.map_name}",
        (
            f'<p class="quiet">Against {escape(against)}: {found.samples:,} samples.</p>',
            notes(report.notes),
            headline(figures),
            "<h2>Classes</h2>",
            _class_table(report),
            "<h2>Confusion matrix</h2>",
            '<p class="quiet">Samples: rows are what the map says, columns what the reference says.</p>',
            _matrix_table(report),
            _area_section(report, report.areas) if report.areas else "",
            _left_out_section(report),
            "<h2>How to read it</h2>",
            pairs(_READING),
        ),
    )


def _class_table(report: AccuracyReport) -> str:
    head = ("Class", "Reference samples", "Mapped samples", "User's accuracy", "Producer's accuracy", "F1", "IoU")
    rows = [
        (
            chip(item.color) + escape(item.name),
            f"{found.support:,}",
            f"{found.mapped:,}",
            *(percent(getattr(found, name)) for name in _FIGURES),
        )
        for item, found in zip(report.classes, report.agreement.classes)
    ]
    means = [
        (title, "", "", *(percent(getattr(mean, name)) for name in _FIGURES))
        for title, mean in (("Macro mean", report.agreement.macro), ("Weighted mean", report.agreement.weighted))
    ]
    return table(head, (*rows, *means), sums=2)


def _matrix_table(report: AccuracyReport) -> str:
    head = ("", *(escape(item.name) for item in report.classes), "Sum")
    rows = []
    for place, item in enumerate(report.classes):
        counts = report.matrix[place]
        total = int(counts.sum())
        cells = (_shaded(int(count), total, other == place) for other, count in enumerate(counts))
        rows.append((chip(item.color) + escape(item.name), *cells, f"{total:,}"))
    sums = ("Sum", *(f"{int(count):,}" for count in report.matrix.sum(axis=0)), f"{int(report.matrix.sum()):,}")
    return table(head, (*rows, sums), sums=1)


def _shaded(count: int, total: int, is_correct: bool) -> str:
    """Return a cell whose shade is its share of the row: what is right in green, what is wrong in orange."""
    share = count / total if total else 0.0
    color = "40,150,80" if is_correct else "220,110,0"
    return f'<td class="n" style="background:rgba({color},{0.75 * share:.2f})">{count:,}</td>'


def _area_section(report: AccuracyReport, areas: AreaEstimates) -> str:
    head = ("Class", "Mapped (ha)", "Estimated area (ha)", "User's accuracy", "Producer's accuracy")
    rows = [
        (
            chip(item.color) + escape(item.name),
            hectares(found.mapped_ha) + (" (no sample)" if place in areas.unsampled else ""),
            hectares_within(found.area_ha),
            percent_within(found.users_accuracy),
            percent_within(found.producers_accuracy),
        )
        for place, (item, found) in enumerate(zip(report.classes, areas.classes))
    ]
    overall = f"Overall accuracy, by area: {percent_within(areas.overall_accuracy)}"
    total = (
        "Sum" if not areas.unsampled else "Sum of the classes with samples",
        hectares(areas.total_ha),
        hectares(areas.total_ha),
        "",
        "",
    )
    return (
        f'<h2>Areas that the sample tells</h2><p class="quiet">{escape(_RANDOM)}</p>'
        f"<p><b>{escape(overall)}</b></p>{table(head, (*rows, total), sums=1)}"
    )


def _left_out_section(report: AccuracyReport) -> str:
    rows = [(escape(reason), f"{samples:,}") for reason, samples in report.left_out.items()]
    rows += [(escape(f"reference class '{item.name}': {item.fate}"), f"{item.samples:,}") for item in report.unmatched]
    return f"<h2>What was not compared as it is</h2>{table(('Reason', 'Samples'), rows)}" if rows else ""
