"""Score the shipped files with bare onnxruntime: ``python -m s2_change.evaluate DATA OUT ZOO``.

Five kinds of figures, each with what it was measured on: labelled Landsat pairs (`train` tells how often they were
looked at), simulated change of the two cities kept aside, real change drawn by eye there (the threshold was chosen on
it), false alarms where nothing changed, and real Sentinel-2 pairs against differences of land cover. Writes
``figures.json`` beside this file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from common.calibrate import fit_temperature, reliability, softmax
from common.session import open_session
from osgeo import gdal
from scipy import ndimage
from sklearn.pipeline import Pipeline

from . import baselines, through_plugin
from .drawn import FACTORS as DRAWN_FACTORS
from .drawn import read_drawn
from .export import FORMS
from .landsat import Samples, read_samples
from .prepare import BANDS, FACTORS, FOUR_BANDS, HELD_OUT, LANDSAT_BANDS, MEAN, SPREAD, read_pairs
from .simulate import CHANGE, SURE
from .train import best_f1, check_set, standardise

FIGURES = Path(__file__).with_name("figures.json")
THRESHOLD = 0.5
TOA = "top-of-atmosphere reflectance"
LAND_COVER = "s2-landcover-4b.onnx"
"""the land-cover model for post-classification comparison, where the zoo has it"""
MULTIPLE = 8
"""what height and width are padded to"""
BOADELLA_BANDS = {
    "B02": 2, "B03": 3, "B04": 4, "B05": 5, "B06": 6, "B07": 7, "B08": 8, "B8A": 9, "B11": 11, "B12": 12,
}  # fmt: skip
BEST = "best threshold (from the labels)"
SQUARE_M = 600
"""of the chessboard that parts what a temperature is fitted on and what it is measured on"""
CLEAR_DATES = ("2020-06-21", "2020-09-14", "2021-07-16", "2021-07-21", "2022-03-08")
Detector = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""two dates (10, H, W), standardised, 0 where a band is missing → probability of change (H, W)"""


def open_model(path: Path, bands: tuple[str, ...]) -> Detector:
    """Return what the model finds on whole images, mirrored at the edges to a multiple of 8."""
    session = open_session(path)
    places = [BANDS.index(band) for band in bands]

    def detect(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        height, width = before.shape[1:]
        pad = ((0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE))
        dates = [np.pad(date[places], pad, mode="symmetric")[None].astype(np.float32) for date in (before, after)]
        logits = session.run(None, dict(zip(("before", "after"), dates)))[0][0, 0, :height, :width]
        return 1 / (1 + np.exp(-logits.astype(np.float64)))

    return detect


def score(found: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return F1, precision and recall of change, and overall accuracy."""
    hit, false, missed = int((found & truth).sum()), int((found & ~truth).sum()), int((~found & truth).sum())
    return {
        "f1": round(2 * hit / max(1, 2 * hit + false + missed), 4),
        "precision": round(hit / max(1, hit + false), 4),
        "recall": round(hit / max(1, hit + missed), 4),
        "overall_accuracy": round(float((found == truth).mean()), 4),
    }


def placed(bands: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return standardised reflectance (10, H, W) of some bands (C, H, W), 0 for those missing."""
    full = np.broadcast_to(MEAN[:, None, None], (len(BANDS), *bands.shape[1:])).copy()
    full[[BANDS.index(name) for name in names]] = bands
    return standardise(full)


def own_statistics(bands: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return values (C, H, W) of any unit, standardised by the image's own mean and spread, as `placed`."""
    chosen = [BANDS.index(name) for name in names]
    values = bands.astype(np.float32)
    values = (values - values.mean((1, 2), keepdims=True)) / values.std((1, 2), keepdims=True)
    return placed(values * SPREAD[chosen, None, None] + MEAN[chosen, None, None], names)


def on_samples(
    samples: Samples, models: dict[str, Detector], classifiers: dict[tuple[str, ...], Pipeline], zoo: Path
) -> dict[str, object]:
    """Return the scores of every way on a labelled pair; classifiers of land cover by the bands they take."""
    known, truth = samples.known, samples.changed[samples.known]
    four = [LANDSAT_BANDS.index(band) for band in FOUR_BANDS]
    ways: dict[str, object] = {}
    inputs = {
        TOA: [placed(date, LANDSAT_BANDS) for date in samples.reflectance],
        "digital numbers, standardised by each image": [own_statistics(date, LANDSAT_BANDS) for date in samples.stored],
    }
    for name, detect in models.items():
        for kind, (before, after) in inputs.items():
            probability = detect(before, after)
            ways[f"{name}, {kind}"] = score((probability >= THRESHOLD)[known], truth)
            best = best_f1(probability[known], truth)[1]
            ways[f"{name}, {kind}, {BEST}"] = score((probability >= best)[known], truth)
            if kind == TOA:
                swapped = detect(after, before)
                ways[f"{name}, largest change of the probability when the dates are swapped"] = round(
                    float(np.abs(swapped - probability).max()), 5
                )
    for name, stored, bands in (
        ("6 bands", samples.stored, LANDSAT_BANDS), ("4 bands", samples.stored[:, four], FOUR_BANDS),
    ):  # fmt: skip
        length = baselines.change_vectors(*stored)
        ways[f"change vectors, {name}, Otsu's threshold"] = score(length[known] >= baselines.otsu(length), truth)
        best = best_f1(length[known], truth)[1]
        ways[f"change vectors, {name}, {BEST}"] = score(length[known] >= best, truth)
        ways[f"PCA and k-means, {name}"] = score(baselines.pca_kmeans(length)[known], truth)
        reflectance = samples.reflectance if len(bands) == len(LANDSAT_BANDS) else samples.reflectance[:, four]
        changed, probability = baselines.post_classification(classifiers[bands], *reflectance)
        ways[f"post-classification comparison, pixel classifier, {name}"] = score(changed[known], truth)
        best = best_f1(probability[known], truth)[1]
        ways[f"post-classification comparison, pixel classifier, {name}, {BEST}"] = score(
            probability[known] >= best, truth
        )
    if (zoo / LAND_COVER).with_suffix(".json").exists():
        for threshold in (None, 0.5, 0.7, 0.9):
            ways[f"post-classification comparison, s2-landcover-4b, THRESHOLD={threshold or ''}"] = score(
                through_plugin.detect(zoo / LAND_COVER, samples, threshold)[known], truth
            )
    fine = [ndimage.zoom(date, (1, 3, 3), order=1, grid_mode=True, mode="nearest") for date in inputs[TOA]]
    for name, detect in models.items():
        found = detect(*fine)[1::3, 1::3] >= THRESHOLD
        ways[f"{name}, {TOA}, resampled to 10 m"] = score(found[known], truth)
    return {"changed_share": round(float(truth.mean()), 4), "pixels": len(truth), "ways": ways}


def on_simulated(models: dict[str, Detector], out: Path) -> dict[str, object]:
    """Return the scores on simulated pairs of the cities kept aside, at three pixel sizes."""
    ways: dict[str, object] = {}
    for factor in FACTORS:
        before, after, labels = check_set(out, factor)
        known = labels >= 0
        truth = labels[known] == 1
        size = f"{factor * 10} m"
        ways[f"changed share, {size}"] = round(float(truth.mean()), 4)
        for name, detect in models.items():
            probability = np.stack([detect(one, two) for one, two in zip(before, after)])
            ways[f"{name}, {size}"] = score(probability[known] >= THRESHOLD, truth)
        lengths = np.sqrt(((after - before) ** 2).sum(1))[known]
        best = best_f1(lengths, truth)[1]
        ways[f"change vectors, 10 bands, {size}, {BEST}"] = score(lengths >= best, truth)
    return ways


def on_drawn(models: dict[str, Detector], out: Path) -> tuple[dict[str, object], dict[str, object]]:
    """Return the scores on change drawn by eye in the cities kept aside, at two pixel sizes, and reliability curves.

    The threshold was chosen on these. The temperature is fitted on the black squares of a chessboard, the curve is that
    of the white ones.
    """
    ways: dict[str, object] = {}
    parts: dict[str, tuple[list[np.ndarray], list[np.ndarray]]] = {name: ([], []) for name in models}
    truths: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for factor in DRAWN_FACTORS:
        drawn = [(pair, labels, labels >= 0) for pair, labels in read_drawn(out, factor)]
        truth = np.concatenate([labels[known] == 1 for _, labels, known in drawn])
        size = f"{factor * 10} m"
        ways[f"pixels, {size}"] = len(truth)
        ways[f"changed share, {size}"] = round(float(truth.mean()), 4)
        for _, labels, known in drawn:
            white = chessboard(labels.shape, SQUARE_M // (10 * factor))
            for half in range(2):
                truths[half].append(labels[known & (white == half)] == 1)
        for name, detect in models.items():
            found = []
            for pair, labels, known in drawn:
                probability = detect(*standardise(pair.reflectance))
                white = chessboard(labels.shape, SQUARE_M // (10 * factor))
                for half in range(2):
                    parts[name][half].append(probability[known & (white == half)])
                found.append(probability[known])
            ways[f"{name}, {size}"] = score(np.concatenate(found) >= THRESHOLD, truth)
        for name, bands in (("10 bands", BANDS), ("6 bands", LANDSAT_BANDS), ("4 bands", FOUR_BANDS)):
            places = [BANDS.index(band) for band in bands]
            lengths = np.concatenate(
                [baselines.change_vectors(*pair.reflectance[:, places])[known] for pair, _, known in drawn]
            )
            best = best_f1(lengths, truth)[1]
            ways[f"change vectors, {name}, {size}, {BEST}"] = score(lengths >= best, truth)
    return ways, {
        name: curve_of(*(map(np.concatenate, halves)), *map(np.concatenate, truths)) for name, halves in parts.items()
    }


def chessboard(shape: tuple[int, ...], side: int) -> np.ndarray:
    """Return 0 and 1 (H, W) in squares of SIDE pixels."""
    rows, columns = np.indices(shape) // side
    return (rows + columns) % 2


def curve_of(fitting: np.ndarray, testing: np.ndarray, truth: np.ndarray, held: np.ndarray) -> dict[str, object]:
    """Return temperature and reliability of probabilities (N,): fitted with TRUTH, measured on the other half."""

    def logits(probability: np.ndarray) -> np.ndarray:
        one = np.clip(probability, 1e-7, 1 - 1e-7)
        return np.stack([np.zeros_like(one), np.log(one / (1 - one))], 1)

    temperature = round(fit_temperature(logits(fitting)[::4], truth[::4].astype(int)), 3)
    raw, curve = (reliability(softmax(logits(testing) / t), held.astype(int)) for t in (1.0, temperature))
    return {
        "temperature": temperature,
        "error": round(curve.error, 4),
        "error_before": round(raw.error, 4),
        "confidence": [round(value, 4) for value in curve.confidence],
        "accuracy": [round(value, 4) for value in curve.accuracy],
        "count": curve.count,
    }


def boadella(data: Path, date: str) -> np.ndarray:
    """Return reflectance (10, H, W) of a date of the reservoir, L2A."""
    raster = gdal.Open(str(data / "boadella" / f"Boadella_{date}.tif"))
    bands = [raster.GetRasterBand(BOADELLA_BANDS[band]).ReadAsArray() for band in BANDS]
    return np.stack(bands).astype(np.float32) / 10000


def water(reflectance: np.ndarray) -> np.ndarray:
    """Return where (H, W) there is water: MNDWI above 0 (Xu 2006)."""
    green, infrared = reflectance[BANDS.index("B03")], reflectance[BANDS.index("B11")]
    return green > infrared


def on_series(models: dict[str, Detector], data: Path) -> dict[str, object]:
    """Return false alarms on land, and how much of the water that came or went is found, at a reservoir in Spain."""
    dates = [boadella(data, date) for date in CLEAR_DATES]
    wet = np.stack([ndimage.binary_opening(water(date), np.ones((3, 3))) for date in dates])
    land = ~ndimage.binary_dilation(wet.any(0), iterations=5)
    ways: dict[str, object] = {}
    for name, detect in {**models, "change vectors, 10 bands, Otsu's threshold": change_vector_detector}.items():
        alarms, hits, moved, soon = [], 0, 0, 0.0
        for one in range(len(dates)):
            for two in range(one + 1, len(dates)):
                changed = detect(standardise(dates[one]), standardise(dates[two])) >= THRESHOLD
                alarms.append(float(changed[land].mean()))
                shore = ndimage.binary_opening(wet[one] != wet[two], np.ones((3, 3)))
                hits, moved = hits + int(changed[shore].sum()), moved + int(shore.sum())
                if CLEAR_DATES[one : two + 1] == ("2021-07-16", "2021-07-21"):
                    soon = alarms[-1]
        ways[name] = {
            "false_alarms_on_land": round(float(np.mean(alarms)), 4),
            "false_alarms_worst_pair": round(max(alarms), 4),
            "false_alarms_five_days_apart": round(soon, 4),
            "water_change_found": round(hits / max(moved, 1), 4),
        }
    return {"pairs": len(alarms), "land_pixels": int(land.sum()), "water_change_pixels": moved, "ways": ways}


def change_vector_detector(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return 1 where the change vector of the image is beyond Otsu's threshold, else 0."""
    length = baselines.change_vectors(before, after)
    return (length >= baselines.otsu(length)).astype(float)


def on_real_pairs(models: dict[str, Detector], classifier: Pipeline, out: Path, *, held_out: bool) -> dict[str, object]:
    """Return how far real pairs agree with the teacher, where it is sure at both dates: a teacher's opinion."""
    pairs = read_pairs(out, 1, held_out=held_out)
    detectors = {
        **models,
        "post-classification comparison, pixel classifier": lambda one, two: baselines.post_classification(
            classifier, *(date * SPREAD[:, None, None] + MEAN[:, None, None] for date in (one, two))
        )[0].astype(float),
        "change vectors, 10 bands, Otsu's threshold": change_vector_detector,
    }  # fmt: skip
    ways: dict[str, object] = {}
    for name, detect in detectors.items():
        found, truths, shares = [], [], {}
        for pair in pairs:
            changed = detect(*standardise(pair.reflectance)) >= THRESHOLD
            sure = (pair.confidence >= SURE).all(0) & (pair.classes < 9).all(0)
            verdict = np.where(pair.classes[0] == pair.classes[1], 0, CHANGE[pair.classes[0], pair.classes[1]])
            moved = ndimage.binary_opening((verdict == 1) & sure, np.ones((3, 3)))
            used = sure & ((pair.classes[0] == pair.classes[1]) | moved)
            found.append(changed[used])
            truths.append(moved[used])
            shares[pair.city] = round(float(changed.mean()), 4)
        one, truth = np.concatenate(found), np.concatenate(truths)
        ways[name] = {
            **score(one, truth),
            "called_change_where_the_class_stayed": round(float(one[~truth].mean()), 4),
            "share_called_change": shares,
        }
    return {"changed_share": round(float(truth.mean()), 4), "pixels": len(truth), "ways": ways}


def main() -> None:
    """Measure and write."""
    data, out, zoo = map(Path, sys.argv[1:4])
    gdal.PushErrorHandler("CPLQuietErrorHandler")  # the imagery has odd TIFF tags
    models = {name: open_model(zoo / f"{name}.onnx", bands) for name, bands in FORMS.items()}
    coarse = read_pairs(out, 3, held_out=False)
    classifiers = {
        bands: baselines.land_cover_of([*coarse, *read_pairs(out, 3, held_out=True)], bands)
        for bands in (LANDSAT_BANDS, FOUR_BANDS)
    }
    of_training = baselines.land_cover_of(coarse, BANDS)
    drawn, curves = on_drawn(models, out)
    figures = {
        "threshold": THRESHOLD,
        "held_out_cities": HELD_OUT,
        **{
            f"landsat_{samples.name.lower()}": on_samples(samples, models, classifiers, zoo)
            for samples in read_samples(data)
        },
        "drawn_held_out": drawn,
        "simulated_held_out": on_simulated(models, out),
        "boadella": on_series(models, data),
        "real_pairs_held_out": on_real_pairs(models, of_training, out, held_out=True),
        "real_pairs_of_training_cities": on_real_pairs(models, of_training, out, held_out=False),
        "reliability": curves,
    }
    FIGURES.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(figures, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
