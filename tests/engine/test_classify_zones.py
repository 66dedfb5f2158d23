"""`classify` for the polygons of a layer: chips around their centres, or averaged by area, against geopandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geonnx.models import ChipSettings, Feedback, RunOptions, RunSettings, classify, load_model
from geonnx.models.errors import RasterError, SettingsError
from osgeo import gdal, ogr
from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry import box as rectangle

from ..rasters import NORTH_UP, ROTATED, SOUTH_UP, UTM, crs_wkt, noise, write_raster
from ..scene_models import mean_of_bands, softmax, write_card

NAMES = ["open land", "forest", "water"]
FIELDS = ["p_open_land", "p_forest", "p_water"]
SIZE = 16


def probabilities(values: np.ndarray, x: int, y: int) -> np.ndarray:
    return softmax(values[:, y : y + SIZE, x : x + SIZE].astype(np.float64).mean(axis=(1, 2)))


def to_map(transform: tuple[float, ...], shape: Any) -> Any:
    """Bring a shape in pixels to the map."""
    x0, dx, rx, y0, ry, dy = transform
    return affinity.affine_transform(shape, [dx, rx, ry, dy, x0, y0])


@pytest.fixture
def scene(tmp_path: Path) -> tuple[Path, Path, np.ndarray]:
    values = ((noise(3, 100, 140, "float32") - 0.5) * 12).astype(np.float32)
    raster = write_raster(tmp_path / "scene.tif", values)
    return write_card(mean_of_bands(tmp_path / "mean.onnx", size=SIZE), NAMES), raster, values


SHAPES = {
    "small": rectangle(3, 3, 7, 9),
    "one cell": rectangle(16, 16, 32, 32),
    "many cells": Point(60, 50).buffer(30),
    "two parts": MultiPolygon([rectangle(5, 60, 9, 64), rectangle(100, 10, 130, 20)]),
    "hole": Polygon(rectangle(80, 40, 139, 99).exterior, [rectangle(90, 50, 120, 80).exterior.coords]),
    "over the edge": rectangle(130, 80, 200, 160),
    "outside": rectangle(300, 300, 340, 340),
}


def zone_table(transform: tuple[float, ...], epsg: int = UTM) -> Any:
    table = gpd.GeoDataFrame(
        {"name": list(SHAPES), "class": range(7), "id64": np.arange(7, dtype=np.int64) + 2**40, "share": 0.25},
        geometry=[to_map(transform, shape) for shape in SHAPES.values()],
        crs=UTM,
    )
    return table.to_crs(epsg)


def run(model: Path, raster: Path, out: Path, chips: ChipSettings, **extra: Any) -> Any:
    report = classify(load_model(model), str(raster), str(out), extra.pop("settings", None), chips, **extra)
    return report, gpd.read_file(out, layer=out.stem)


@pytest.mark.parametrize("epsg", [UTM, 4326, 3857])
def test_averaged_by_area(scene: Any, tmp_path: Path, epsg: int) -> None:
    model, raster, values = scene
    zones = zone_table(NORTH_UP, epsg)
    zones.to_file(tmp_path / "zones.gpkg")
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zone_mode="average")
    said: list[str] = []
    report, table = run(model, raster, tmp_path / "out.gpkg", chips, feedback=Feedback(warn=said.append))

    cells = gpd.GeoDataFrame(
        [
            {"x": min(x, 140 - SIZE), "y": min(y, 100 - SIZE),
             "geometry": to_map(NORTH_UP, rectangle(x, y, min(x + SIZE, 140), min(y + SIZE, 100)))}
            for y in range(0, 100, SIZE) for x in range(0, 140, SIZE)
        ],
        crs=UTM,
    )  # fmt: skip
    parts = gpd.overlay(zones.to_crs(UTM)[["name", "geometry"]], cells, how="intersection")
    parts["area"] = parts.area
    parts = parts[parts["area"] > 0.01]  # what only the rounding of coordinates makes
    assert table.crs.to_epsg() == epsg
    assert list(table["name"]) == list(SHAPES)
    for row in table.to_dict("records"):
        mine = parts[parts["name"] == row["name"]]
        assert row["chips"] == len(mine)
        if row["name"] == "outside":
            assert row["class"] is None and np.isnan(row["class_id"]) and np.isnan(row["p_water"])
            continue
        each = np.array([probabilities(values, x, y) for x, y in zip(mine["x"], mine["y"])])
        wanted = np.average(each, axis=0, weights=mine["area"])
        np.testing.assert_allclose([row[name] for name in FIELDS], wanted, atol=1e-5)
        assert row["class"] == NAMES[wanted.argmax()]
    assert (report.zones, report.zones_without_class, sum(report.class_counts.values())) == (7, 1, 6)
    assert any(line.startswith("1 of 7 zones of zones.gpkg do not meet the raster") for line in said)
    # weights matter: without them the result would be another
    many = parts[parts["name"] == "many cells"]
    plain = np.mean([probabilities(values, x, y) for x, y in zip(many["x"], many["y"])], axis=0)
    assert np.abs(plain - table.set_index("name").loc["many cells", FIELDS].to_numpy(float)).max() > 1e-3


@pytest.mark.parametrize("transform", [NORTH_UP, SOUTH_UP, ROTATED])
@pytest.mark.parametrize("mode", ["centre", "average"])
def test_any_geotransform(tmp_path: Path, transform: tuple[float, ...], mode: Any) -> None:
    values = noise(3, 100, 140, "float32") * 5
    raster = write_raster(tmp_path / "scene.tif", values, geotransform=transform)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=SIZE), NAMES)
    zones = zone_table(transform)
    zones.iloc[:4].to_file(tmp_path / "zones.gpkg")
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zone_mode=mode)
    _, table = run(model, raster, tmp_path / "out.gpkg", chips)
    for (_, shape), row in zip(SHAPES.items(), table.to_dict("records")):
        if mode == "centre":
            x, y = (int(np.ceil(c - SIZE / 2 - 0.5 - 1e-6)) for c in shape.centroid.coords[0])
            wanted = probabilities(values, max(0, min(x, 140 - SIZE)), max(0, min(y, 100 - SIZE)))
        else:
            weights, each = [], []
            for y in range(0, 100, SIZE):
                for x in range(0, 140, SIZE):
                    area = shape.intersection(rectangle(x, y, min(x + SIZE, 140), min(y + SIZE, 100))).area
                    if area > 0:
                        weights.append(area)
                        each.append(probabilities(values, min(x, 140 - SIZE), min(y, 100 - SIZE)))
            wanted = np.average(each, axis=0, weights=weights)
        np.testing.assert_allclose([row[name] for name in FIELDS], wanted, atol=2e-4)


def test_around_the_centre(scene: Any, tmp_path: Path) -> None:
    model, raster, values = scene
    zones = zone_table(NORTH_UP, 4326)
    zones.to_file(tmp_path / "zones.gpkg")
    said: list[str] = []
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"))
    feedback = Feedback(log=said.append, warn=said.append)
    report, table = run(model, raster, tmp_path / "out.gpkg", chips, feedback=feedback)
    assert report.tiles == 5
    assert (report.zones, report.zones_without_class) == (7, 2)  # that over the edge has its centre outside
    assert any("2 of 7 zones of zones.gpkg have their centre outside of the raster" in line for line in said)
    assert list(table["chips"]) == [1, 1, 1, 1, 1, 0, 0]
    assert list(table["class"].isna()) == [False] * 5 + [True] * 2
    # the centroid of "one cell" is the corner of four pixels, its chip the cell, whatever degrees did to it
    np.testing.assert_allclose(table.iloc[1][FIELDS].to_numpy(float), probabilities(values, 16, 16), atol=1e-5)
    # that of "small" is moved inside
    np.testing.assert_allclose(table.iloc[0][FIELDS].to_numpy(float), probabilities(values, 0, 0), atol=1e-5)


def test_attributes_and_shapes_are_kept(scene: Any, tmp_path: Path) -> None:
    model, raster, _ = scene
    zones = zone_table(NORTH_UP, 4326)
    zones["day"] = pd.to_datetime("2021-06-26")
    zones["moment"] = pd.to_datetime("2021-06-26T10:11:12")
    zones["Class_ID"] = ["a", None, "c", "d", "e", "f", "g"]
    zones["Fläche (m²)"] = 1.5
    zones.to_file(tmp_path / "zones.gpkg")
    said: list[str] = []
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), top_k=1, probabilities="none")
    _, table = run(model, raster, tmp_path / "out.gpkg", chips, feedback=Feedback(log=said.append))
    assert list(table.columns) == [
        "name", "class_zone", "id64", "share", "day", "moment", "Class_ID_zone", "Fläche (m²)", "chips", "class_id",
        "class", "confidence", "entropy", "geometry",
    ]  # fmt: skip
    given = gpd.read_file(tmp_path / "zones.gpkg")
    for before, after in (("name", "name"), ("class", "class_zone"), ("id64", "id64"), ("share", "share"),
                          ("day", "day"), ("moment", "moment"), ("Class_ID", "Class_ID_zone"),
                          ("Fläche (m²)", "Fläche (m²)")):  # fmt: skip
        pd.testing.assert_series_equal(given[before], table[after], check_names=False)
    assert table.geometry.geom_equals(given.geometry).all()
    assert any("class → class_zone, Class_ID → Class_ID_zone" in line for line in said)
    assert 'label="no class"' in (tmp_path / "out.qml").read_text()


@pytest.mark.parametrize("suffix", ["shp", "shz"])
def test_names_of_an_earlier_shapefile_give_way(scene: Any, tmp_path: Path, suffix: str) -> None:
    """A result as ZONES of the next: `confidence` was the old one, since `confidence_zone` was cut to the same name."""
    model, raster, values = scene
    ours = ["class_id", "class", "confidence", "top2_class", "top2_confi", "top3_class", "top3_confi", "entropy",
            "p_open_lan", "p_forest", "p_water"]  # fmt: skip
    _, table = run(model, raster, tmp_path / "first.shp", ChipSettings())
    assert list(table.columns) == [*ours, "geometry"]
    other = write_raster(tmp_path / "other.tif", values[::-1] / 2)
    said: list[str] = []
    for number, path in enumerate(("first.shp", f"second.{suffix}")):
        chips = ChipSettings(zones_path=str(tmp_path / path), zone_mode="average")
        out = tmp_path / (f"second.{suffix}", "third.shp")[number]
        old, (_, new) = table, run(model, other, out, chips, feedback=Feedback(log=said.append))
        plain = tmp_path / f"plain{number}.gpkg"
        _, wanted = run(model, other, plain, chips)
        shortened = dict(zip(wanted.columns[-len(ours) - 1 : -1], ours))
        assert list(new.columns)[-len(ours) - 2 : -1] == ["chips", *ours][-len(ours) - 1 :]
        for full, short in shortened.items():
            assert list(new[short]) == list(wanted[full]) or np.allclose(new[short], wanted[full], atol=1e-6)
        assert all(len(name) <= 10 for name in new.columns)
        np.testing.assert_allclose(new["confiden_z" if number == 0 else "confid_z_2"], old["confidence"], atol=1e-6)
        table = new
    assert any("confidence → confiden_z" in line and "top2_confi → top2_con_z" in line for line in said)


def test_odd_features(scene: Any, tmp_path: Path) -> None:
    """No geometry, a point, an invalid polygon, one with Z, and one without area: every one is in the result."""
    model, raster, values = scene
    bow = Polygon([(500000, 5200000), (500160, 5199840), (500160, 5200000), (500000, 5199840)])
    high = Polygon([(x, y, 7.0) for x, y in rectangle(500160, 5199680, 500320, 5199840).exterior.coords])
    path = tmp_path / "zones.gpkg"
    dataset = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    from geonnx.models.raster.source import spatial_reference

    layer = dataset.CreateLayer("first", spatial_reference(crs_wkt(UTM)), ogr.wkbUnknown)
    layer.CreateField(ogr.FieldDefn("number", ogr.OFTInteger))
    for number, shape in enumerate([None, Point(500100, 5199900), bow, high]):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("number", number)
        if shape is not None:
            feature.SetGeometry(ogr.CreateGeometryFromWkb(shape.wkb))
        layer.CreateFeature(feature)
    del feature, layer, dataset
    for mode in ("centre", "average"):
        chips = ChipSettings(zones_path=str(path), zone_mode=mode)  # type: ignore[arg-type]
        report, table = run(model, raster, tmp_path / f"{mode}.gpkg", chips)
        assert list(table["number"]) == [0, 1, 2, 3]
        assert list(table["class"].isna()) == [True, True, False, False]
        assert (report.zones, report.zones_without_class) == (4, 2)
        np.testing.assert_allclose(table.iloc[2][FIELDS].to_numpy(float), probabilities(values, 0, 0), atol=1e-5)
        np.testing.assert_allclose(table.iloc[3][FIELDS].to_numpy(float), probabilities(values, 16, 16), atol=1e-5)


def test_zones_without_data(scene: Any, tmp_path: Path) -> None:
    model, _, values = scene
    values = values.copy()
    values[:, :50] = -99
    raster = write_raster(tmp_path / "half.tif", values, nodata=-99)
    zones = zone_table(NORTH_UP)
    zones.to_file(tmp_path / "zones.gpkg")
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zone_mode="average")
    report, table = run(model, raster, tmp_path / "out.gpkg", chips)
    table = table.set_index("name")
    assert table.loc["small", "chips"] == 0 and pd.isna(table.loc["small", "class"])
    assert 0 < table.loc["many cells", "chips"] < 20 and not pd.isna(table.loc["many cells", "class"])
    assert report.chips_skipped > 0


def test_zones_with_extent_and_mask(scene: Any, tmp_path: Path) -> None:
    model, raster, _ = scene
    zones = zone_table(NORTH_UP)
    zones.to_file(tmp_path / "zones.gpkg")
    west = tuple((500000.0 + x * 10, 5200000.0 - y * 10) for x, y in ((0, 0), (48, 0), (48, 100), (0, 100)))
    settings = RunSettings(extent=west)
    for mode, classed in (
        ("centre", ["small", "one cell"]),
        ("average", ["small", "one cell", "many cells", "two parts"]),
    ):
        chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zone_mode=mode)  # type: ignore[arg-type]
        _, table = run(model, raster, tmp_path / f"{mode}.gpkg", chips, settings=settings)
        assert list(table.loc[table["class"].notna(), "name"]) == classed
    zones.iloc[[1]].to_file(tmp_path / "mask.gpkg")
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zone_mode="average")
    settings = RunSettings(mask_path=str(tmp_path / "mask.gpkg"))
    _, table = run(model, raster, tmp_path / "masked.gpkg", chips, settings=settings)
    assert list(table.loc[table["class"].notna(), "name"]) == ["one cell"]


def test_disagreement_is_averaged_too(scene: Any, tmp_path: Path) -> None:
    model, raster, _ = scene
    zone_table(NORTH_UP).to_file(tmp_path / "zones.gpkg")
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zone_mode="average")
    settings = RunSettings(options=RunOptions(tta="flips"))
    _, table = run(model, raster, tmp_path / "out.gpkg", chips, settings=settings)
    assert table["disagreement"][:6].max() < 1e-6  # a mean does not change when it is flipped
    assert pd.isna(table["disagreement"][6])


def test_formats_of_zones(scene: Any, tmp_path: Path) -> None:
    model, raster, _ = scene
    zones = zone_table(NORTH_UP, 4326)
    found = []
    for suffix in ("shp", "geojson", "fgb", "gpkg"):
        zones.to_file(tmp_path / f"zones.{suffix}")
        chips = ChipSettings(zones_path=str(tmp_path / f"zones.{suffix}"), zone_mode="average", top_k=1)
        classify(load_model(model), str(raster), str(tmp_path / f"out.{suffix}"), None, chips)
        table = gpd.read_file(tmp_path / f"out.{suffix}").sort_values("name")
        assert len(table) == 7
        found.append(table["confidence"].dropna().to_numpy())
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-5)


def test_a_layer_of_several(scene: Any, tmp_path: Path) -> None:
    model, raster, _ = scene
    zones = zone_table(NORTH_UP)
    zones.iloc[:2].to_file(tmp_path / "zones.gpkg", layer="first")
    zones.iloc[2:].to_file(tmp_path / "zones.gpkg", layer="second")
    chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zones_layer="second")
    assert run(model, raster, tmp_path / "out.gpkg", chips)[0].zones == 5


def test_zones_that_can_not_be_used(scene: Any, tmp_path: Path) -> None:
    model, raster, _ = scene
    points = gpd.GeoDataFrame(geometry=[Point(500000, 5200000)], crs=UTM)
    points.to_file(tmp_path / "points.gpkg")
    lost = gpd.GeoDataFrame(geometry=[rectangle(0, 0, 1, 1)])
    lost.to_file(tmp_path / "lost.shp")
    lost.to_file(tmp_path / "lost.gpkg")  # which says "Undefined geographic SRS"
    far = gpd.GeoDataFrame(geometry=[rectangle(10, 10, 11, 11)], crs=4326)
    far.to_file(tmp_path / "far.gpkg")
    beside = gpd.GeoDataFrame(geometry=[rectangle(499000, 5199000, 500001, 5200000)], crs=UTM)
    beside.to_file(tmp_path / "beside.gpkg")
    out = tmp_path / "out"
    out.mkdir()
    for name, said in (
        ("points.gpkg", "ZONES should hold polygons; points.gpkg holds none"),
        ("lost.shp", "lost.shp of ZONES has no coordinate reference system"),
        ("lost.gpkg", "lost.gpkg of ZONES has no coordinate reference system"),
        ("far.gpkg", "No polygon of ZONES meets the raster"),
        ("missing.gpkg", "missing.gpkg can't be opened as one"),
        ("beside.gpkg", "No zone has its centre in the raster"),
    ):
        with pytest.raises(RasterError, match=said):
            run(model, raster, out / "out.gpkg", ChipSettings(zones_path=str(tmp_path / name)))
    numbers = mean_of_bands(tmp_path / "numbers.onnx", size=SIZE, end="ArgMax")
    zone_table(NORTH_UP).to_file(tmp_path / "zones.gpkg")
    with pytest.raises(SettingsError, match="use ZONE_MODE=centre"):
        chips = ChipSettings(zones_path=str(tmp_path / "zones.gpkg"), zone_mode="average")
        run(numbers, raster, out / "out.gpkg", chips)
    assert not list(out.iterdir())


def test_zones_are_not_replaced(scene: Any, tmp_path: Path) -> None:
    from geonnx.models.errors import OutputError

    model, raster, _ = scene
    zone_table(NORTH_UP).to_file(tmp_path / "zones.gpkg")
    with pytest.raises(OutputError, match="is the input itself"):
        run(model, raster, tmp_path / "zones.gpkg", ChipSettings(zones_path=str(tmp_path / "zones.gpkg")))
