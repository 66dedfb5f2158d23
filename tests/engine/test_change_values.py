"""Do the values of two dates compare: the warning, histogram matching, and the pages of statistics."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import ChangeOutputs, ChangeSettings, Feedback, detect_change, load_model
from geonnx.models.card.types import ClassSpec
from geonnx.models.change.coding import FromTo, binary_classes, means_no_change
from geonnx.models.change.match import matching_lookup
from geonnx.models.change.radiometry import FAR, compare_values, explain_gaps
from geonnx.models.change.transitions import class_areas, measure_values, pair_areas, write_statistics
from geonnx.models.errors import ModelError, SettingsError
from osgeo import gdal
from scipy.stats import wasserstein_distance
from skimage.exposure import match_histograms

from .. import change_models
from ..rasters import DEGREES, noise, read_raster, write_raster


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_matching_is_that_of_scikit_image(dtype: str) -> None:
    values, reference = noise(1, 61, 53, dtype, 1)[0], noise(1, 70, 40, dtype, 2)[0]
    reference = reference // 3 + 40 if dtype != "float32" else reference**2 + 1
    mine = matching_lookup(values.ravel().astype("f4"), reference.ravel().astype("f4")).apply(values)
    assert np.allclose(mine, match_histograms(values.astype(float), reference.astype(float)), atol=1e-3)


def test_matching_of_many_values_keeps_to_a_bearable_number_of_knots() -> None:
    rng = np.random.default_rng(1)
    values, reference = rng.gamma(2, 10, 300_000).astype("f4"), rng.normal(500, 80, 200_000).astype("f4")
    lookup = matching_lookup(values, reference)
    assert len(lookup.stored) <= 4098 and (np.diff(lookup.stored) > 0).all() and (np.diff(lookup.replaced) >= 0).all()
    found = lookup.apply(values)
    wanted = match_histograms(values.astype(float), reference.astype(float))
    assert np.abs(found - wanted)[(values > 1) & (values < 60)].max() < 0.5
    assert np.isnan(lookup.apply(np.array([np.nan]))).all()


@pytest.mark.parametrize("kind", ["uint8 to uint16", "float32 with NaN", "other grid"])
def test_a_run_with_matched_histograms(tmp_path: Path, kind: str) -> None:
    """AFTER has other units: with matching the map is as if scikit-image had matched it first; nodata stays."""
    before = noise(2, 100, 90, "uint16", 1) + 1000
    after = noise(2, 100, 90, "uint8" if kind != "float32 with NaN" else "float32", 2)
    nodata: float = 0
    if kind == "float32 with NaN":
        nodata = float("nan")
        after[:, 20:30, 5:40] = np.nan
    else:
        after[:, 20:30, 5:40] = 0
    holes = np.isnan(after) | (after == 0)
    write_raster(tmp_path / "before.tif", before)
    place = {"geotransform": (500050.0, 10.0, 0.0, 5199950.0, 0.0, -10.0)} if kind == "other grid" else {}
    write_raster(tmp_path / "after.tif", after, nodata=nodata, **place)
    model = load_model(change_models.difference(tmp_path / "model.onnx"))
    outputs = ChangeOutputs(str(tmp_path / "c.tif"))
    names = str(tmp_path / "before.tif"), str(tmp_path / "after.tif")
    if kind == "other grid":
        before, after = before[:, 5:, 5:], after[:, :-5, :-5]
        holes = holes[:, :-5, :-5]
    valid = ~holes.any(axis=0)
    detect_change(model, *names, outputs, change=ChangeSettings(match_histograms=True))
    matched = np.stack(
        [match_histograms(one[valid].astype(float), two[valid].astype(float)) for one, two in zip(after, before)]
    )
    expected = (matched - before[:, valid]).sum(axis=0) >= 0
    changed = read_raster(tmp_path / "c.tif")[0]
    if kind == "other grid":
        assert (changed[:5] == 255).all() and (changed[:, :5] == 255).all()
        changed = changed[5:, 5:]
    assert np.array_equal(changed == 255, ~valid)
    assert (changed[valid] != expected).mean() < 2e-3
    detect_change(model, *names, outputs)
    assert (read_raster(tmp_path / "c.tif") != 1).all()  # without it, bytes never reach 1000


def test_matching_without_common_pixels(tmp_path: Path) -> None:
    for name, part in (("before", slice(0, 30)), ("after", slice(30, 60))):
        values = np.zeros((2, 60, 50), np.uint8)
        values[:, part] = 7
        write_raster(tmp_path / f"{name}.tif", values, nodata=0)
    model = load_model(change_models.difference(tmp_path / "model.onnx"))
    names = [str(tmp_path / f"{name}.tif") for name in ("before", "after", "c")]
    with pytest.raises(SettingsError, match="MATCH_HISTOGRAMS needs pixels with data on both dates; 0 were found"):
        detect_change(model, *names, change=ChangeSettings(match_histograms=True))
    said: list[str] = []
    report = detect_change(model, *names, feedback=Feedback(warn=said.append))
    assert report.areas.total_ha == 0 and any("No pixel has data on both dates" in text for text in said)


def test_distance_is_wasserstein_over_the_spread() -> None:
    rng = np.random.default_rng(5)
    one, other = rng.normal(100, 20, 50_000), rng.normal(160, 25, 40_000)
    (gap,) = compare_values(["red"], [one], [other])
    spread = max(np.subtract(*np.quantile(side, (0.95, 0.05))) for side in (one, other))
    # the outermost 2 % on each side are left out there
    assert gap.distance == pytest.approx(wasserstein_distance(one, other) / spread, rel=0.02)
    assert "red: median 100" in explain_gaps([gap]) and gap.is_far
    (same,) = compare_values(["red"], [one], [one + rng.normal(0, 5, one.shape)])
    assert not same.is_far and explain_gaps([same]) == ""


def test_real_change_is_no_warning() -> None:
    rng = np.random.default_rng(5)
    one = rng.gamma(4, 200, 100_000)
    other = one * 1.1 + rng.normal(0, 40, one.shape)
    other[:10_000] = 9000  # a tenth of the scene was built over with something very bright
    (gap,) = compare_values(["red"], [one], [other])
    assert not gap.is_far


def test_real_pairs_compare_and_wrong_units_do_not(shared_data: Path) -> None:
    good, wrong = [], []
    for city in sorted((shared_data / "oscd").iterdir()):
        pairs = []
        for band in ("B02", "B03", "B04", "B08", "B11", "B12"):
            names = [next((city / date).glob(f"*_{band}.tif")) for date in "12"]
            values = [gdal.Open(str(name)).ReadAsArray().astype("f4") for name in names]
            height, width = (min(plane.shape[axis] for plane in values) for axis in (0, 1))
            pairs.append([plane[:height, :width].ravel() for plane in values])
        good.append(max(gap.distance for gap in compare_values("ABCDEF", *zip(*pairs))))
        wrong.append(max(gap.distance for gap in compare_values("A", [pairs[0][0]], [pairs[0][1] / 10000])))
    assert len(good) == 9
    assert max(good) < 0.6 * FAR
    assert min(wrong) > 1.8 * FAR


def test_warning_in_a_run(tmp_path: Path) -> None:
    values = noise(2, 90, 80, "uint16", 1)
    write_raster(tmp_path / "before.tif", values)
    write_raster(tmp_path / "after.tif", (values / 10000).astype("f4"))
    said: list[str] = []
    detect_change(
        load_model(change_models.difference(tmp_path / "model.onnx")),
        *(str(tmp_path / f"{name}.tif") for name in ("before", "after", "c")),
        feedback=Feedback(warn=said.append),
    )
    (warning,) = [text for text in said if "far apart" in text]
    assert "band 1 and 1 other band: median" in warning and "MATCH_HISTOGRAMS" in warning
    assert "convert one before the run" in warning


@pytest.mark.parametrize(("before", "after"), [(10000, 1), (1, 10000), (1, 1), (10000, 10000)])
def test_options_are_not_advised_for_one_of_two_dates(tmp_path: Path, before: int, after: int) -> None:
    """OPTIONS hold for both, so what mends one date would spoil the other."""
    model = change_models.difference(tmp_path / "model.onnx")
    item = json.loads(model.with_suffix(".json").read_text())
    for entry in item["properties"]["mlm:input"]:
        entry["value_scaling"] = [{"type": "scale", "value": 10000}]
    model.with_suffix(".json").write_text(json.dumps(item))
    for name, unit in (("before", before), ("after", after)):
        values = 0.05 + 0.4 * noise(2, 90, 80, "float32")
        write_raster(tmp_path / f"{name}.tif", (values * unit).astype("f4"))
    said: list[str] = []
    paths = [str(tmp_path / f"{name}.tif") for name in ("before", "after", "c")]
    detect_change(load_model(model), *paths, feedback=Feedback(warn=said.append))
    found = [text for text in said if "the map will be wrong" in text]
    if before == after == 10000:
        assert not found
    elif before == after:
        assert len(found) == 1 and 'say OPTIONS={"scale": 10000}. (The same for after.tif.)' in found[0]
    else:
        off, right = ("after.tif", "before.tif") if after == 1 else ("before.tif", "after.tif")
        assert len(found) == 1 and found[0].startswith(f"{off}, band 1")
        assert "gdal_translate -ot Float32 -scale 0 1 0 10000" in found[0]
        assert found[0].endswith(f'OPTIONS={{"scale": …}} would change {right} too.')


FOREST, TOWN = ClassSpec(10, "forest", "#00ff00"), ClassSpec(4, "town", "#ff0000")
WATER = ClassSpec(7, "water", "#0000ff")


def test_numbering_depends_on_the_lists_alone() -> None:
    coding = FromTo((FOREST, TOWN), (TOWN, WATER, FOREST))
    assert coding.codes().tolist() == [[1, 2, 0], [0, 5, 6]]
    assert coding.pair(0) is None and coding.pair(2) == (FOREST, WATER)
    assert [(spec.value, spec.name) for spec in coding.classes([6, 1])] == [
        (0, "no change"), (1, "forest → town"), (6, "town → forest"),
    ]  # fmt: skip
    assert coding.stays().tolist() == [2, 0]
    assert coding.dtype == "uint8"
    many = tuple(ClassSpec(n, f"c{n}", "#123456") for n in range(16))
    assert FromTo(many, many).dtype == "uint16"
    with pytest.raises(ModelError, match="more changes than a change raster can number"):
        FromTo(many * 20, many * 20)


def test_classes_that_mean_no_change() -> None:
    """Semantic change sets (SECOND, Landsat-SCD) have such a class on both dates."""
    same = ClassSpec(0, "No change", "#ffffff")
    assert FromTo((same, FOREST), (same, TOWN)).codes().tolist() == [[0, 0], [0, 4]]
    assert all(map(means_no_change, ("unchanged", "non-change", "No_Change", "NoChange")))
    assert not any(map(means_no_change, ("change", "background", "no building")))
    assert binary_classes((FOREST, same)) == (same, FOREST)
    assert binary_classes((TOWN,))[1] == TOWN


def test_areas_by_value_of_every_row(tmp_path: Path) -> None:
    from geonnx.models.raster.area import pixel_areas_m2
    from geonnx.models.raster.source import describe_raster

    values = np.random.default_rng(1).integers(0, 5, (1, 80, 60)).astype(np.uint8)
    path = write_raster(tmp_path / "v.tif", values, geotransform=DEGREES, epsg=4326, nodata=3)
    rows = pixel_areas_m2(describe_raster(str(path)).grid, 0, 80)
    expected = {value: float((rows * (values[0] == value)).sum()) for value in (0, 1, 2, 4)}
    assert measure_values(str(path)) == pytest.approx(expected, rel=1e-12)


def test_statistics_tell_the_same_on_both_pages(tmp_path: Path) -> None:
    coding = FromTo((FOREST, TOWN), (FOREST, TOWN))
    areas = pair_areas({1: 50_000.0, 2: 25_000.0, 4: 125_000.0}, {0: 175_000.0, 2: 25_000.0}, coding)
    assert areas.changed_ha == 2.5 and areas.changed_share == pytest.approx(0.125)
    write_statistics(str(tmp_path / "a.csv"), areas, "Areas", {})
    rows = list(csv.reader((tmp_path / "a.csv").open(encoding="utf-8-sig", newline="")))
    assert rows == [
        ["from \\ to (ha)", "forest", "town", "total before"],
        ["forest", "5.000000", "2.500000", "7.500000"],
        ["town", "0.000000", "12.500000", "12.500000"],
        ["total after", "5.000000", "15.000000", "20.000000"],
    ]
    write_statistics(str(tmp_path / "a.html"), areas, "Areas <b>", {"Before": "a&b.tif"})
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert all(f">{text}</td>" in page for text in ("2.50", "20.00", "12.50%", "5.00", "15.00", "–"))
    assert "Areas &lt;b&gt;" in page and "a&amp;b.tif" in page
    assert page.count("background:rgba(") == 2  # forest that stayed, town that stayed
    write_statistics(str(tmp_path / "b.csv"), class_areas({1: 2.5e4, 0: 7.5e4}, binary_classes(()), 0), "", {})
    assert (tmp_path / "b.csv").read_text(encoding="utf-8-sig").splitlines()[1:] == [
        "no change,7.500000,0.750000", "change,2.500000,0.250000", "total,10.000000,1.000000",
    ]  # fmt: skip


def test_empty_statistics(tmp_path: Path) -> None:
    nothing: Any = class_areas({}, binary_classes(()), 0)
    assert nothing.changed_share == 0
    for name in ("a.csv", "a.html"):
        write_statistics(str(tmp_path / name), nothing, "Nothing", {})
    assert "nan" not in (tmp_path / "a.csv").read_text(encoding="utf-8").lower()
