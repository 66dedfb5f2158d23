"""A comparison of images for people (HTML), for tables (CSV) and for programs (plain data)."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from html import escape
from typing import Any

from ..page import headline, notes, page, pairs, table
from .figures import NONE, number
from .image_quality import ImageComparison, QualityFigures

_FIGURES = ("psnr_db", "ssim", "sam_deg", "rmse", "mae")
_HEAD = ("PSNR (dB)", "SSIM", "SAM (°)", "RMSE", "MAE", "Pixels")
_TITLES = {"whole": "Whole image", "cloudy": "Cloudy part", "clear": "Clear part"}
_READING = (
    ("Values", "reflectance from 0 to 1"),
    ("RMSE, MAE", "over all bands and pixels together: root of the mean square, and mean size, of the errors"),
    ("PSNR", "20 · log10(1 / RMSE); more is better"),
    ("SSIM", "structural similarity, Gaussian window of 11 × 11 px (σ 1.5), mean over the pixels whose whole window "
             "lies in the image and holds data, then over the bands; 1 is equal"),
    ("SAM", "mean angle between the spectra of a pixel, in degrees; 0 is equal. Pixels of zeros have none"),
    ("Pixels", "those that hold data in every band of both images"),
)  # fmt: skip


def describe_quality(found: ImageComparison) -> dict[str, Any]:
    """Return the comparison as plain data that JSON can hold; None stands for what is undefined or infinite."""
    return {
        "bands": list(found.bands),
        "pixels": found.pixels,
        "parts": {
            part.name: {**asdict(part.figures), "bands": {
                name: {key: getattr(band, key) for key in _FIGURES if key != "sam_deg"}
                for name, band in zip(found.bands, part.bands)
            }}
            for part in found.parts
        },
        "notes": list(found.notes),
    }  # fmt: skip


def quality_csv(found: ImageComparison) -> str:
    """Return the comparison as one tidy table: part, band (empty: all), figure, value."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("part", "band", "figure", "value"))
    for part in found.parts:
        for name, figures in (("", part.figures), *zip(found.bands, part.bands)):
            for key, value in asdict(figures).items():
                if not (name and key.startswith("sam_")):
                    writer.writerow((part.name, name, key, "" if value is None else value))
    return file.getvalue()


def quality_page(found: ImageComparison) -> str:
    """Return the comparison as one HTML page without outside parts."""
    shown = next((part.figures for part in found.parts if part.name == "cloudy"), found.whole)
    title = _TITLES["whole"] if shown is found.whole else _TITLES["cloudy"]
    figures = dict(zip(_HEAD[:4], _cells(shown)))
    rows = [(_TITLES[part.name], *_cells(part.figures)) for part in found.parts]
    bands = []
    for part in found.parts:
        each = [(escape(name), *_without_angle(_cells(band))) for name, band in zip(found.bands, part.bands)]
        head = ("Band", *_without_angle(_HEAD))
        bands.append(f"<h2>Bands: {_TITLES[part.name].lower()}</h2>{table(head, each)}")
    return page(
        f"{found.image} against {found.reference}",
        (
            f'<p class="quiet">{title}; {found.whole.pixels:,} of {found.pixels:,} pixels could be compared.</p>',
            notes(found.notes),
            headline(figures),
            "<h2>All bands</h2>",
            table(("Part", *_HEAD), rows),
            *bands,
            "<h2>How to read it</h2>",
            pairs(_READING),
        ),
    )


def _without_angle(cells: tuple[str, ...]) -> tuple[str, ...]:
    return cells[:2] + cells[3:]


def _cells(figures: QualityFigures) -> tuple[str, ...]:
    psnr = "∞" if figures.rmse == 0 else number(figures.psnr_db, 2)
    return (
        psnr,
        number(figures.ssim),
        number(figures.sam_deg, 2),
        number(figures.rmse, 5),
        number(figures.mae, 5),
        f"{figures.pixels:,}" if figures.pixels else NONE,
    )
