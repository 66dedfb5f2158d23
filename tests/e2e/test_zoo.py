"""Every bundled model on real data through ``qgis_process``: the figures that its card says come out again.

The card holds a figure for exactly the part that is run here (``training/common/check.py`` and each model's
``evaluate.py`` measured it with bare onnxruntime).
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .. import rasters

ROOT = Path(__file__).resolve().parents[2]
ZOO = ROOT / "models" / "zoo"
MODELS = sorted(path.stem for path in ZOO.glob("*.onnx") if not path.stem.endswith(".int8"))
POINT = 1.0
"""percentage points by which a figure may differ: tiles have mirrored edges where bare onnxruntime has none"""
DECIBEL = 0.5
"""by which a PSNR may differ, for the same reason, and since pixels are stored as whole numbers"""
CHIP_PX, COLUMNS, EVERY = 64, 24, 9
CLOUD, LANDSAT_CLOUD = "cloud", 4


def read_card(model: str) -> dict[str, Any]:
    return json.loads((ZOO / f"{model}.json").read_text(encoding="utf-8"))["properties"]


def figure(model: str, key: str) -> float:
    found = [item for item in read_card(model)["geonnx:figures"] if item["key"] == key]
    assert found, f"the card of {model} has no figure '{key}': run python -m common.check in training/"
    return float(found[0]["value"])


def run(qgis_process: Callable[..., Any], algorithm: str, **parameters: Any) -> dict[str, Any]:
    done = qgis_process(algorithm, **parameters)
    assert done.code == 0, done.stdout + done.stderr
    return done.results


@pytest.fixture(scope="module")
def scene_module() -> Any:
    """Return ``training/common/check.py``, which cuts the crop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "training"))
        import common.check

        yield common.check


@pytest.mark.skipif(not MODELS, reason="this version brings no models")
def test_every_bundled_model_is_listed_and_runs_by_its_id(qgis_process, tmp_path) -> None:
    listed = run(qgis_process, "geonnx:listmodels", OUTPUT=tmp_path / "models.html")
    bundled = [entry["id"] for entry in listed["MODELS"] if entry["source"] == "bundled"]
    assert sorted(bundled) == MODELS
    for entry in listed["MODELS"]:
        if entry["source"] == "bundled":
            assert entry["name"] and entry["licence"] and entry["task"] and entry["description"]


@pytest.mark.skipif("eurosat-rgb" not in MODELS, reason="this version does not bring eurosat-rgb")
def test_eurosat_chips(qgis_process, shared_data, tmp_path) -> None:
    """Chips of the validation part, side by side in one raster: as many are right as the card says."""
    pictures = pytest.importorskip("PIL.Image", reason="Pillow is not installed (pip install pillow)")
    with (shared_data / "eurosat_rgb_trainval.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"][::EVERY]
    lines = -(-len(rows) // COLUMNS)
    mosaic = np.zeros((3, lines * CHIP_PX, COLUMNS * CHIP_PX), np.uint8)
    with zipfile.ZipFile(shared_data / "eurosat_rgb_trainval.zip") as archive:
        for number, row in enumerate(rows):
            line, column = divmod(number, COLUMNS)
            chip = np.asarray(pictures.open(io.BytesIO(archive.read(row["file"]))).convert("RGB")).transpose(2, 0, 1)
            mosaic[:, line * CHIP_PX : (line + 1) * CHIP_PX, column * CHIP_PX : (column + 1) * CHIP_PX] = chip
    raster = rasters.write_raster(tmp_path / "chips.tif", mosaic, names=["red", "green", "blue"])
    names = sorted({row["class"] for row in rows})
    truth = np.array([names.index(row["class"]) for row in rows])
    # the int8 form, which the processor may take by itself, tips a few of 600 chips, and loses less on all
    for options, tolerance in (('{"int8": false}', 0.01), ("", 1.0)):
        chips = tmp_path / f"classes_{tolerance}.tif"
        run(
            qgis_process, "geonnx:classify", INPUT=raster, MODEL="eurosat-rgb", OUTPUT=tmp_path / f"{tolerance}.gpkg",
            OUTPUT_RASTER=chips, OPTIONS=options,
        )  # fmt: skip
        found = rasters.read_raster(chips)[0].ravel()[: len(rows)]
        assert 100 * np.mean(found == truth) == pytest.approx(figure("eurosat-rgb", "check"), abs=tolerance)


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model.startswith(("s2-landcover", "s2-change"))] or ["none"]
)
def test_a_crop_of_a_real_scene(qgis_process, shared_data, scene_module, tmp_path, model) -> None:
    if model == "none":
        pytest.skip("this version brings neither s2-landcover nor s2-change")
    is_change = model.startswith("s2-change")
    crops = [scene_module.read_crop(shared_data, date) for date in ((1, 2) if is_change else (1,))]
    files = [
        rasters.write_raster(tmp_path / f"date_{number}.tif", crop.stored, nodata=0, names=list(scene_module.BANDS))
        for number, crop in enumerate(crops, 1)
    ]
    out = tmp_path / "out.tif"
    if is_change:
        run(qgis_process, "geonnx:detectchange", BEFORE=files[0], AFTER=files[1], MODEL=model, OUTPUT=out)
    else:
        run(qgis_process, "geonnx:segment", INPUT=files[0], MODEL=model, OUTPUT=out)
    found = rasters.read_raster(out)[0]
    measured = scene_module.score(found, None if is_change else crops[0].classes)
    assert measured == pytest.approx(figure(model, "check"), abs=POINT)


@pytest.mark.skipif("s2-cloudremoval" not in MODELS, reason="this version does not bring s2-cloudremoval")
def test_a_cloud_is_taken_away(qgis_process, shared_data, scene_module, tmp_path) -> None:
    """A disc as bright as cloud on one of three real dates: what comes in its place is what the network gives."""
    dates = scene_module.read_clouded(shared_data)
    files = [
        rasters.write_raster(tmp_path / f"scene_2020-06-{day}.tif", stored, nodata=0, names=list(scene_module.BANDS))
        for day, stored in zip((10, 20, 30), dates.stored)
    ]
    out = tmp_path / "clear.tif"
    run(
        qgis_process, "geonnx:removeclouds", INPUTS=files, TARGET=scene_module.CLOUD_TARGET, MODEL="s2-cloudremoval",
        KEEP_CLEAR=False, OUTPUT=out,
    )  # fmt: skip
    names = read_card("s2-cloudremoval")["mlm:input"][0]["bands"]
    restored = rasters.read_raster(out).astype(np.float64)
    assert dates.psnr(restored, names) == pytest.approx(figure("s2-cloudremoval", "check"), abs=DECIBEL)


@pytest.mark.parametrize("model", [model for model in MODELS if model.startswith("s2-cloudmask")] or ["none"])
def test_clouds_of_landsat(qgis_process, shared_data, tmp_path, model) -> None:
    """An image of another sensor with a reference mask, which the model has not seen."""
    if model == "none":
        pytest.skip("this version does not bring s2-cloudmask")
    stored = np.load(shared_data / "ukis_landsat5" / "landsat5.npz")
    image = next(stored[key] for key in stored.files if stored[key].ndim == 3 and stored[key].shape[-1] == 6)
    mask = next(stored[key] for key in stored.files if stored[key].squeeze().shape == image.shape[:2]).squeeze()
    raster = rasters.write_raster(
        tmp_path / "landsat.tif", np.rint(image.transpose(2, 0, 1) * 10000).clip(1, 65535).astype(np.uint16),
        geotransform=(500000.0, 30.0, 0.0, 5200000.0, 0.0, -30.0),
        names=["blue", "green", "red", "nir", "swir16", "swir22"],
    )  # fmt: skip
    out = tmp_path / "mask.tif"
    run(qgis_process, "geonnx:segment", INPUT=raster, MODEL=model, OUTPUT=out)
    classes = read_card(model)["mlm:output"][0]["classification:classes"]
    value = next(item["value"] for item in classes if item["name"].lower() == CLOUD)
    found, true = rasters.read_raster(out)[0] == value, mask == LANDSAT_CLOUD
    iou = (found & true).sum() / (found | true).sum()
    assert iou == pytest.approx(figure(model, "landsat5_cloud_iou"), abs=POINT / 100)


@pytest.mark.skipif(not MODELS, reason="this version brings no models")
def test_the_report_says_how_good_a_model_is(qgis_process, tmp_path) -> None:
    """Lists and objects of the card arrive in the JSON result as such; the report shows where the model fails."""
    model, report = MODELS[0], tmp_path / "report.html"
    said, done = read_card(model), qgis_process("geonnx:inspectmodel", MODEL=model, OUTPUT=report)
    assert done.code == 0, done.stderr
    for name in ("accuracy", "figures", "reliability", "failures", "training_sets"):
        assert done.results[name.upper()] == said[f"geonnx:{name}"]
    assert "<h2>Where it fails</h2>" in report.read_text(encoding="utf-8")


@pytest.mark.skipif(not MODELS, reason="this version brings no models")
def test_a_bundled_model_that_was_tampered_with_is_refused(qgis_process, tmp_path) -> None:
    """The card's SHA-256 is compared before the model runs; nothing is asked of any server."""
    model = MODELS[0]
    for suffix in (".onnx", ".json"):
        (tmp_path / f"{model}{suffix}").write_bytes((ZOO / f"{model}{suffix}").read_bytes())
    with (tmp_path / f"{model}.onnx").open("r+b") as file:
        file.seek(-100, 2)
        byte = file.read(1)
        file.seek(-100, 2)
        file.write(bytes([byte[0] ^ 1]))
    done = qgis_process("geonnx:inspectmodel", MODEL=tmp_path / f"{model}.onnx", OUTPUT=tmp_path / "report.html")
    assert done.code == 1 or "SHA-256" in done.stdout + done.stderr + (tmp_path / "report.html").read_text()
