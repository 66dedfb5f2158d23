"""Score both forms with bare onnxruntime: ``python -m s2_landcover.evaluate DATA OUT ZOO`` writes ``figures.json``.

Agreement with the teacher is measured on cities that the network has not seen, each by the network of its own fold,
exported as the shipped one is. The shipped files, which have seen all nine, are measured on people's labels elsewhere.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common.calibrate import fit_temperature, reliability, softmax
from common.scenes import CLASSES, NO_CLASS, cities
from common.session import Session, open_session
from osgeo import gdal, ogr

from .export import FORMS, write_forms
from .network import BANDS, FOUR, STEP_PX
from .prepare import CERTAIN, FAULT_RULE, Sample, load_samples
from .train import train_network

gdal.UseExceptions()
ogr.UseExceptions()

FIGURES = Path(__file__).with_name("figures.json")
SURE = 0.5
"""from this confidence on the teacher is taken to be sure"""
SAMPLED = 20000
"""pixels of a scene for the temperature and the reliability curve"""
SEED = 20261

POINT_CLASSES = {"forest": ("Trees",), "urban": ("Built area",), "water": ("Water",), "pasture": ("Grass", "Crops")}
"""kind of a Leipzig point → classes that are right for it; the teacher's "Crops" are planted areas, mown meadows too"""
PATCH_CLASSES = {1: "Crops", 2: "Trees", 3: "Grass", 4: "Shrub and scrub", 8: "Built area"}
"""Slovenian land use → class; 0 is no label"""
PATCH_CLEAR = (2, 3, 4)
"""dates of REFERENCE_SCENES without cloud: 2015-09-09, 2015-08-30, 2015-07-11, by their NDVI the same place and days as
the patch (the difference is 0)"""
CLEAR_DAYS = ("2020-06-21", "2020-09-14", "2021-07-16", "2021-07-21", "2022-03-08")
"""of the images of the reservoir: those without clouds"""
_SENTINEL2 = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")


@dataclass(frozen=True)
class Scored:
    """A scene left out, and what a form says about it."""

    sample: Sample
    predicted: np.ndarray
    """(H, W) uint8"""
    logits: np.ndarray
    """(N, 9) float32 of some pixels that have a class"""
    labels: np.ndarray
    """(N,) the teacher's class there"""


def scores(session: Session, bands: np.ndarray) -> np.ndarray:
    """Return scores (9, H, W) of reflectance (bands, H, W); the edge is mirrored to a size that the network takes."""
    _, height, width = bands.shape
    padded = np.pad(bands, ((0, 0), (0, -height % STEP_PX), (0, -width % STEP_PX)), mode="reflect")
    return session.run(None, {"image": padded[None].astype(np.float32)})[0][0, :, :height, :width]


def score_folds(out: Path, samples: Sequence[Sample], places: Sequence[str]) -> dict[str, list[Scored]]:
    """Return form → what it says about each scene of each city, which it has not seen."""
    found: dict[str, list[Scored]] = {name: [] for name in FORMS}
    for city in places:
        folder = out / "folds" / city
        write_forms(train_network(out, city), folder)
        for name, bands in FORMS.items():
            session = open_session(folder / f"{name}.onnx")
            chosen = [BANDS.index(band) for band in bands]
            for sample in (sample for sample in samples if sample.city == city):
                result = scores(session, sample.reflectance[chosen])
                known = np.flatnonzero(sample.target.ravel() != NO_CLASS)
                some = np.random.default_rng(SEED).choice(known, min(SAMPLED, len(known)), replace=False)
                found[name].append(
                    Scored(
                        sample, result.argmax(axis=0).astype(np.uint8), result.reshape(len(CLASSES), -1)[:, some].T,
                        sample.target.ravel()[some].astype(int),
                    )
                )  # fmt: skip
    return found


def agreement(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return all figures of agreement with the teacher of one form."""
    places = sorted({item.sample.city for item in scored})
    by_city = {city: _of_pixels([item for item in scored if item.sample.city == city]) for city in places}
    mean = {key: round(float(np.mean([part[key] for part in by_city.values()])), 4) for key in by_city[places[0]]}
    confusion = np.zeros((len(CLASSES),) * 2, np.int64)
    for item in scored:
        known = item.sample.target != NO_CLASS
        np.add.at(confusion, (item.sample.target[known], item.predicted[known]), 1)
    return {
        "mean_over_cities": mean,
        "cities": by_city,
        "classes": per_class(confusion),
        "confusion": dict(zip(CLASSES, confusion.tolist())),
    }


def _of_pixels(scored: Sequence[Scored]) -> dict[str, float]:
    """Return shares of agreeing pixels of all dates of a city together."""
    parts = [
        (item.predicted, item.sample.target, item.sample.classes, item.sample.confidence / CERTAIN) for item in scored
    ]
    predicted, target, classes, confidence = (np.concatenate([part[i].ravel() for part in parts]) for i in range(4))
    right, known = predicted == target, target != NO_CLASS
    sure = known & (confidence >= SURE)
    shares = {
        "agreement": right[known].mean(),
        "agreement_with_faults": (predicted == classes)[classes != NO_CLASS].mean(),
        "agreement_weighted_by_confidence": np.average(right[known], weights=confidence[known]),
        "agreement_where_sure": right[sure].mean(),
        "share_where_sure": sure.sum() / known.sum(),
        "share_of_faults": 1 - known.sum() / (classes != NO_CLASS).sum(),
    }
    return {key: round(float(share), 4) for key, share in shares.items()}


def per_class(confusion: np.ndarray) -> dict[str, dict[str, float]]:
    """Return recall, precision and number of pixels of each class that there is, as the card names them."""
    table = {}
    for number, name in enumerate(CLASSES):
        if not confusion[number].sum():
            continue
        table[name] = {
            "producers_accuracy": round(float(confusion[number, number] / confusion[number].sum()), 4),
            "users_accuracy": round(float(confusion[number, number] / max(confusion[:, number].sum(), 1)), 4),
            "count": int(confusion[number].sum()),
        }
    return table


def calibration(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return the temperature, and the reliability curve of each city at a temperature fitted on the other cities."""
    logits, labels = (np.concatenate([getattr(item, name) for item in scored]) for name in ("logits", "labels"))
    places = np.concatenate([[item.sample.city] * len(item.labels) for item in scored])
    probabilities = np.empty_like(logits)
    for city in np.unique(places):
        here = places == city
        probabilities[here] = softmax(logits[here] / fit_temperature(logits[~here], labels[~here]))
    curve, before = reliability(probabilities, labels), reliability(softmax(logits), labels)
    return {
        "temperature": round(fit_temperature(logits, labels), 4),
        "calibration_error": round(curve.error, 4),
        "calibration_error_without_temperature": round(before.error, 4),
        "reliability": {"confidence": curve.confidence, "accuracy": curve.accuracy, "count": curve.count},
        "pixels": len(labels),
    }


def leipzig(data: Path, session: Session) -> dict[str, Any]:
    """Return how the 4-band form does on the labelled points of Leipzig; B05, B8A and B12 are not in that raster."""
    raster = gdal.Open(str(data / "leipzig_s2_points" / "leipzig_raster.tif"))
    order = [raster.GetRasterBand(number + 1).GetDescription().upper() for number in range(raster.RasterCount)]
    bands = raster.ReadAsArray()[[order.index(band) for band in FOUR]] / 10000
    predicted = scores(session, bands).argmax(axis=0)
    left, dx, _, top, _, dy = raster.GetGeoTransform()
    points = ogr.Open(str(data / "leipzig_s2_points" / "leipzig_points.gpkg"))
    rows: dict[str, dict[str, int]] = {kind: {} for kind in POINT_CLASSES}
    for feature in points.GetLayer(0):
        place = feature.GetGeometryRef()
        name = CLASSES[predicted[int((place.GetY() - top) / dy), int((place.GetX() - left) / dx)]]
        row = rows[feature.GetField("land_cover")]
        row[name] = row.get(name, 0) + 1
    right = sum(row.get(name, 0) for kind, row in rows.items() for name in POINT_CLASSES[kind])
    count = sum(sum(row.values()) for row in rows.values())
    return {"overall_accuracy": round(right / count, 4), "points": count, "predicted": rows}


def slovenia(data: Path, session: Session, bands: Sequence[str]) -> dict[str, Any]:
    """Return how a form does on the Slovenian land use of three clear days."""
    scenes = np.load(data / "eolearn" / "REFERENCE_SCENES.npy")
    use = np.load(data / "eolearn" / "patch" / "LULC.npy")[..., 0]
    chosen = [_SENTINEL2.index(band) for band in bands]
    labels = np.full(use.shape, NO_CLASS)
    for number, name in PATCH_CLASSES.items():
        labels[use == number] = CLASSES.index(name)
    known = labels != NO_CLASS
    confusion, by_date = np.zeros((len(CLASSES),) * 2, np.int64), []
    for date in PATCH_CLEAR:
        predicted = scores(session, scenes[date][..., chosen].transpose(2, 0, 1)).argmax(axis=0)
        by_date.append(round(float((predicted == labels)[known].mean()), 4))
        np.add.at(confusion, (labels[known], predicted[known]), 1)
    return {
        "overall_accuracy": round(float(np.trace(confusion) / confusion.sum()), 4),
        "by_date": by_date,
        "most_frequent_class": round(float(confusion.sum(axis=1).max() / confusion.sum()), 4),
        "pixels": int(known.sum()),
        "classes": per_class(confusion),
        "confusion": {CLASSES[i]: confusion[i].tolist() for i in range(len(CLASSES)) if confusion[i].sum()},
    }


def reservoir(data: Path, session: Session, bands: Sequence[str]) -> dict[str, Any]:
    """Return how water of a form agrees with (B03 − B11) / (B03 + B11) > 0 (Xu 2006) in surface reflectance (L2A).

    Five clear days at a reservoir in Spain; and what share of all pixels each class has there, among wooded hills.
    """
    order = [band for band in _SENTINEL2 if band != "B10"]
    both = said = wet = 0
    found = np.zeros(len(CLASSES), np.int64)
    for day in CLEAR_DAYS:
        values = gdal.Open(str(data / "boadella" / f"Boadella_{day}.tif")).ReadAsArray() / 10000
        green, shortwave = (values[order.index(band)] for band in ("B03", "B11"))
        predicted = scores(session, values[[order.index(band) for band in bands]]).argmax(axis=0)
        water, truly = predicted == CLASSES.index("Water"), green > shortwave
        both, said, wet = both + int((water & truly).sum()), said + int(water.sum()), wet + int(truly.sum())
        found += np.bincount(predicted.ravel(), minlength=len(CLASSES))
    return {
        "producers_accuracy_of_water": round(both / wet, 4),
        "users_accuracy_of_water": round(both / max(said, 1), 4),
        "intersection_over_union_of_water": round(both / (said + wet - both), 4),
        "shares": dict(zip(CLASSES, (found / found.sum()).round(4).tolist())),
    }


def main() -> None:
    """Measure and write."""
    data, out, zoo = map(Path, sys.argv[1:4])
    folds = score_folds(out, load_samples(out), cities(data))
    figures: dict[str, Mapping[str, Any] | str] = {"fault_rule": FAULT_RULE}
    for name, bands in FORMS.items():
        session = open_session(zoo / f"{name}.onnx")
        figures[name] = {
            "left_out_cities": agreement(folds[name]),
            "calibration": calibration(folds[name]),
            "slovenia": slovenia(data, session, bands),
            "reservoir_l2a": reservoir(data, session, bands),
            **({"leipzig": leipzig(data, session)} if bands == FOUR else {}),
        }
        print(name, figures[name])
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
