"""What an assessment found, put together from the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..card.colors import default_color
from ..raster.class_styles import ClassStyle
from ..raster.source import RasterInfo
from .area_estimates import M2_PER_HA, AreaEstimates, estimate_areas
from .class_match import ClassMatch, ReferenceClass
from .confusion import Agreement, measure_agreement
from .figures import hectares
from .reference import Reference
from .tally import Tally


@dataclass(frozen=True)
class AssessedClass:
    """One class of the assessment."""

    name: str
    color: str
    values: tuple[int, ...]
    """its values in the map; empty for a class that only the reference has"""
    mapped_pixels: int
    mapped_m2: float


@dataclass(frozen=True)
class UnmatchedClass:
    """A class of the reference that is none of the map, or that CLASS_MAP leaves out."""

    name: str
    samples: int
    fate: str
    """``left out``, ``left out by CLASS_MAP`` or ``counted as errors``"""


@dataclass(frozen=True)
class AccuracyReport:
    """All that an assessment found."""

    map_name: str
    reference_name: str
    reference_kind: str
    """``raster``, ``polygons`` or ``points``"""
    classes: tuple[AssessedClass, ...]
    matrix: NDArray[np.int64]
    """samples: rows are classes of the map, columns those of the reference"""
    agreement: Agreement
    areas: AreaEstimates | None
    left_out: Mapping[str, int]
    """samples that were not used, by reason"""
    unmatched: tuple[UnmatchedClass, ...]
    notes: tuple[str, ...]


def make_report(
    info: RasterInfo,
    truth: Reference,
    match: ClassMatch,
    codes: Mapping[int, ReferenceClass],
    tally: Tally,
    styles: Mapping[int, ClassStyle],
    left_out: Mapping[str, int],
    area_estimates: str,
) -> AccuracyReport:
    """Return the figures of the counted pairs; *codes* are the reference's classes that occur."""
    size = len(match.classes)
    matrix = np.zeros((size, size), np.int64)
    samples: dict[int, int] = {}
    for (value, code), number in tally.pairs.items():
        samples[code] = samples.get(code, 0) + number
        if code in match.reference_places:
            matrix[match.map_places[value], match.reference_places[code]] += number
    classes = [
        AssessedClass(
            item.name,
            next((styles[v].color for v in item.values if v in styles and styles[v].color), default_color(place)),
            item.values,
            sum(tally.pixels.get(value, 0) for value in item.values),
            sum(tally.areas_m2.get(value, 0.0) for value in item.values),
        )
        for place, item in enumerate(match.classes)
    ]
    # names that the file lists and neither side uses say nothing here
    kept = [
        place
        for place, item in enumerate(classes)
        if item.mapped_pixels or matrix[place].any() or matrix[:, place].any()
    ]
    classes, matrix = [classes[place] for place in kept], matrix[np.ix_(kept, kept)]
    is_wanted = area_estimates == "yes" or (area_estimates == "auto" and truth.kind == "points")
    areas = estimate_areas(matrix, np.array([item.mapped_m2 for item in classes])) if is_wanted else None
    unmatched = _unmatched(match, codes, samples)
    return AccuracyReport(
        map_name=info.name,
        reference_name=truth.name,
        reference_kind=truth.kind,
        classes=tuple(classes),
        matrix=matrix,
        agreement=measure_agreement(matrix),
        areas=areas,
        left_out=left_out,
        unmatched=unmatched,
        notes=(*truth.notes, *_class_notes(unmatched, match.unused), *_area_notes(areas, classes, truth.kind)),
    )


def _unmatched(
    match: ClassMatch, codes: Mapping[int, ReferenceClass], samples: Mapping[int, int]
) -> tuple[UnmatchedClass, ...]:
    found = []
    for code in (*match.unmatched, *match.dropped):
        fate = "left out by CLASS_MAP" if code in match.dropped else "left out"
        fate = "counted as errors" if code in match.reference_places else fate
        found.append(UnmatchedClass(codes[code].label, samples.get(code, 0), fate))
    return tuple(found)


def _class_notes(unmatched: tuple[UnmatchedClass, ...], unused: tuple[str, ...]) -> list[str]:
    notes = [f"CLASS_MAP names '{name}', which no sample of the reference is." for name in unused]
    return notes + [
        f"The map has no class '{item.name}' of the reference: its {item.samples} samples are {item.fate}."
        for item in unmatched
        if item.fate != "left out by CLASS_MAP"
    ]


def _area_notes(areas: AreaEstimates | None, classes: list[AssessedClass], kind: str) -> list[str]:
    if areas is None:
        return []
    notes = []
    if kind != "points":
        notes.append(
            f"Area estimates are for random samples; pixels of a reference of the kind '{kind}' lie in clusters: their "
            "confidence intervals are far too narrow here, and the estimates may be biased."
        )
    if areas.unsampled:
        listed = ", ".join(
            f"{classes[p].name} ({hectares(classes[p].mapped_m2 / M2_PER_HA)} ha)" for p in areas.unsampled
        )
        notes.append(f"No sample lies in the mapped area of {listed}: the area estimates are of the rest of the map.")
    if areas.undersampled:
        listed = ", ".join(classes[place].name for place in areas.undersampled)
        notes.append(f"Only one sample lies in the mapped area of {listed}: there are no confidence intervals.")
    return notes
