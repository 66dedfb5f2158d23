"""geonnx:assessaccuracy and geonnx:compareimages inside QGIS: layers of all kinds, results, files, errors."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingException,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from .. import rasters

NAMES = ["water", "trees", "built-up"]
X0, DX, _, Y0, _, DY = rasters.NORTH_UP


def write_classes(path, values, names=NAMES):
    rasters.write_raster(path, values[np.newaxis].astype(np.uint8), nodata=255)
    dataset = gdal.Open(str(path), gdal.GA_Update)
    dataset.GetRasterBand(1).SetCategoryNames(names)
    del dataset
    return str(path)


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """Return two class rasters, the second with other numbers of the same names, and both as numbers of the first."""
    folder = tmp_path_factory.mktemp("maps")
    rng = np.random.default_rng(5)
    truth = (rasters.noise(1, 40, 50, "float64", 2)[0] * 3).astype(int)
    mapped = np.where(rng.random(truth.shape) < 0.25, rng.integers(0, 3, truth.shape), truth)
    a = write_classes(folder / "map.tif", mapped)
    b = write_classes(folder / "truth.tif", 2 - truth, NAMES[::-1])
    return a, b, mapped, truth


def memory_points(places, labels, crs="EPSG:32633"):
    layer = QgsVectorLayer(f"Point?crs={crs}", "samples", "memory")
    layer.dataProvider().addAttributes([QgsField("kind", QVariant.String)])
    layer.updateFields()
    for (row, column), label in zip(places, labels):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(X0 + (column + 0.5) * DX, Y0 + (row + 0.5) * DY)))
        feature.setAttributes([label])
        layer.dataProvider().addFeature(feature)
    return layer


def test_a_raster_as_reference(run, maps, out):
    a, b, mapped, truth = maps
    files = {"OUTPUT": str(out / "r.html"), "OUTPUT_CSV": str(out / "t.csv")}
    results = run("geonnx:assessaccuracy", INPUT=a, REFERENCE=b, **files)
    assert results["SAMPLES"] == 2000
    assert results["OVERALL_ACCURACY"] == pytest.approx(accuracy_score(truth.ravel(), mapped.ravel()))
    assert results["KAPPA"] == pytest.approx(cohen_kappa_score(truth.ravel(), mapped.ravel()))
    f1 = f1_score(truth.ravel(), mapped.ravel(), average=None)
    assert results["MACRO_F1"] == pytest.approx(f1.mean())
    assert results["MATRIX"]["classes"] == NAMES  # QGIS sorts the keys of PER_CLASS
    assert results["MATRIX"]["counts"][0][1] == ((mapped == 0) & (truth == 1)).sum()
    assert [results["PER_CLASS"][name]["f1"] for name in NAMES] == pytest.approx(f1)
    assert results["AREAS"] is None
    json.dumps(results, allow_nan=False)
    page = (out / "r.html").read_text(encoding="utf-8")
    assert "Accuracy of map.tif" in page
    assert f"{100 * results['OVERALL_ACCURACY']:.1f} %" in page
    assert "http" not in page
    with (out / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = {(row["section"], row["map_class"], row["reference_class"], row["figure"]): row["value"] for row in rows}
    assert float(cells["overall", "", "", "kappa"]) == results["KAPPA"]
    assert int(cells["matrix", "water", "trees", "samples"]) == ((mapped == 0) & (truth == 1)).sum()
    assert float(cells["class", "trees", "trees", "iou"]) == results["PER_CLASS"]["trees"]["iou"]


def test_points_of_a_memory_layer_give_areas(run, maps):
    a, _, mapped, truth = maps
    rng = np.random.default_rng(3)
    places = list(zip(rng.integers(0, 40, 120).tolist(), rng.integers(0, 50, 120).tolist()))
    layer = memory_points(places, [NAMES[truth[place]] for place in places])
    run.project.addMapLayer(layer)
    results = run("geonnx:assessaccuracy", INPUT=a, REFERENCE=layer.id(), FIELD="kind")
    assert "OUTPUT_CSV" not in results
    assert results["OVERALL_ACCURACY"] == pytest.approx(np.mean([mapped[p] == truth[p] for p in places]))
    areas = results["AREAS"]
    assert areas["total_ha"] == pytest.approx(20)
    # the definition: each stratum's share of the class, weighted by the stratum's area
    expected = sum((mapped == k).mean() * np.mean([truth[p] == 0 for p in places if mapped[p] == k]) for k in range(3))
    assert areas["per_class"]["water"]["area_ha"] == pytest.approx(20 * expected)
    assert areas["per_class"]["water"]["area_ha_margin95"] > 0
    json.dumps(results, allow_nan=False)


def test_the_crs_of_the_layer_counts(run, maps):
    a, _, mapped, _ = maps
    layer = memory_points([(3, 4)], ["trees"], crs="EPSG:32733")
    layer.setCrs(QgsRasterLayer(a).crs())
    run.project.addMapLayer(layer)
    results = run("geonnx:assessaccuracy", INPUT=a, REFERENCE=layer.id(), FIELD="kind", AREA_ESTIMATES="no")
    assert results["PER_CLASS"]["trees"]["support"] == 1
    assert results["PER_CLASS"]["trees"]["correct"] == int(mapped[3, 4] == 1)


def test_the_extent_in_another_crs_and_a_class_map(run, maps, tmp_path):
    a, _, mapped, truth = maps
    b = write_classes(tmp_path / "other.tif", truth, ["lake", "forest", "cloud"])
    results = run(
        "geonnx:assessaccuracy", INPUT=a, REFERENCE=b, CLASS_MAP="lake=water;forest=1;cloud=",
        EXTENT=f"{X0 + 100},{X0 + 300},{Y0 - 250},{Y0 - 50} [EPSG:32633]",
    )  # fmt: skip
    part = (slice(5, 25), slice(10, 30))
    known = truth[part] != 2
    assert results["SAMPLES"] == known.sum()
    assert results["OVERALL_ACCURACY"] == pytest.approx((mapped == truth)[part][known].mean())
    assert results["UNMATCHED"] == [{"name": "cloud", "samples": (~known).sum(), "fate": "left out by CLASS_MAP"}]


@pytest.mark.parametrize("change, message", [
    ({"FIELD": ""}, "FIELD is empty; say which field of"),
    ({"FIELD": "nothing"}, "FIELD is 'nothing'"),
    ({"REFERENCE": "/nowhere/points.gpkg"}, "REFERENCE is '/nowhere/points.gpkg', which can't be loaded"),
    ({"CLASS_MAP": "what"}, "CLASS_MAP holds 'what'"),
    ({"BAND": 3}, "BAND is 3"),
    ({"EXTENT": "1,2,3,4"}, "EXTENT lies at"),
])  # fmt: skip
def test_errors_are_one_sentence(run, maps, out, change, message):
    layer = memory_points([(3, 4)], ["trees"])
    run.project.addMapLayer(layer)
    parameters = {"INPUT": maps[0], "REFERENCE": layer.id(), "FIELD": "kind", "OUTPUT": str(out / "r.html"), **change}
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geonnx:assessaccuracy")
    _, succeeded = algorithm.run(parameters, run.context, run.feedback)
    assert not succeeded
    assert message in run.feedback.errors[-1]
    assert list(out.iterdir()) == []


def test_two_images(run, out):
    rng = np.random.default_rng(1)
    truth = rasters.noise(3, 40, 50, "float64") * 0.6 + 0.01
    image = np.clip(truth + rng.normal(0, 0.03, truth.shape), 0.001, None)
    stored, true_stored = (np.round(v * 10000).astype(np.uint16) for v in (image, truth))
    cloud = (rasters.noise(1, 40, 50, "float64", 7) > 0.5).astype(np.uint8)
    a = rasters.write_raster(out / "a.tif", stored, names=["B02", "B03", "B04"])
    b = rasters.write_raster(out / "b.tif", true_stored, names=["B02", "B03", "B04"])
    mask = rasters.write_raster(out / "m.tif", cloud)
    results = run(
        "geonnx:compareimages", INPUT=str(a), REFERENCE=str(b), MASK=str(mask), SCALE=0.0001,
        OUTPUT=str(out / "q.html"), OUTPUT_CSV=str(out / "q.csv"),
    )  # fmt: skip
    error = (stored.astype(float) - true_stored) / 10000
    rmse = np.sqrt((error**2).mean())
    assert results["RMSE"] == pytest.approx(rmse)
    assert results["PSNR"] == pytest.approx(20 * np.log10(1 / rmse))
    cloudy = results["PARTS"]["cloudy"]
    assert cloudy["mae"] == pytest.approx(np.abs(error[:, cloud[0] == 1]).mean())
    assert cloudy["pixels"] + results["PARTS"]["clear"]["pixels"] == results["PIXELS"] == 2000
    assert results["PARTS"]["whole"]["bands"]["B03"]["mae"] == pytest.approx(np.abs(error[1]).mean())
    json.dumps(results, allow_nan=False)
    assert "a.tif against b.tif" in (out / "q.html").read_text(encoding="utf-8")
    with (out / "q.csv").open(encoding="utf-8", newline="") as file:
        cells = {(row["part"], row["band"], row["figure"]): row["value"] for row in csv.DictReader(file)}
    assert float(cells["cloudy", "", "mae"]) == cloudy["mae"]


def test_numbers_of_unknown_scale_are_refused(run, out):
    a = rasters.write_raster(out / "a.tif", np.ones((1, 9, 9), np.uint16))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geonnx:compareimages")
    with pytest.raises(QgsProcessingException, match="does not say their scale"):
        algorithm.run({"INPUT": str(a), "REFERENCE": str(a)}, run.context, run.feedback, catchExceptions=False)
    assert run("geonnx:compareimages", INPUT=str(a), REFERENCE=str(a), SCALE=0.5)["PSNR"] is None
