"""Nothing that a run reads is replaced by what it writes, and every result keeps its own style."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import Feedback, RasterInputs, RunOptions, RunSettings, SegmentOutputs, load_model, segment
from geonnx.models.destinations import check_destinations, check_report_destinations
from geonnx.models.errors import Cancelled, OutputError
from geonnx.models.raster.class_styles import read_class_styles
from geonnx.models.raster.polygon_file import find_vector_driver
from onnx import helper
from osgeo import gdal, ogr, osr

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import box, identity, save, unet, write_mlm


def square(path: Path, size: float = 900.0) -> Path:
    """Write a layer with one square over the upper left of the usual raster."""
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))

    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    layer = dataset.CreateLayer("square", reference, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    x, y = 500000.0, 5200000.0
    corners = ((x, y), (x + size, y), (x + size, y - size), (x, y - size), (x, y))
    feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON(({', '.join(f'{a} {b}' for a, b in corners)}))"))
    layer.CreateFeature(feature)
    return path


def test_the_mask_is_not_replaced(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "a.tif", noise(3, 60, 70))
    mask = square(tmp_path / "mask.gpkg")
    before = mask.read_bytes()
    outputs = SegmentOutputs(str(tmp_path / "c.tif"), polygons=str(mask))
    with pytest.raises(OutputError, match=r"mask\.gpkg is one of the files that the run reads"):
        segment(load_model(identity(tmp_path / "m.onnx", bands=3)), str(raster), outputs,
                RunSettings(mask_path=str(mask)))  # fmt: skip
    assert mask.read_bytes() == before


def test_an_input_behind_a_link_is_recognised(tmp_path: Path) -> None:
    real = write_raster(tmp_path / "real.tif", noise(3, 60, 70))
    link = tmp_path / "link.tif"
    link.symlink_to(real)
    before = real.read_bytes()
    model = load_model(identity(tmp_path / "m.onnx", bands=3))
    for source, target in ((link, real), (real, link)):
        with pytest.raises(OutputError, match="is the input itself"):
            segment(model, str(source), str(target))
    assert real.read_bytes() == before


def virtual(path: Path, *sources: Path) -> str:
    """Write a virtual raster of the bands of several."""
    options = gdal.BuildVRTOptions(separate=True)
    gdal.BuildVRT(str(path), [str(source) for source in sources], options=options).FlushCache()
    return str(path)


def test_sources_of_a_virtual_raster_stay(tmp_path: Path) -> None:
    """Also those of a virtual raster in a virtual raster, under another name of theirs, and overviews beside them."""
    bands = [write_raster(tmp_path / f"band{number}.tif", noise(1, 60, 70)) for number in range(3)]
    inner = virtual(tmp_path / "inner.vrt", bands[0], bands[1])
    outer = virtual(tmp_path / "outer.vrt", Path(inner), bands[2])
    link = tmp_path / "link.tif"
    link.symlink_to(bands[1])
    model = load_model(identity(tmp_path / "m.onnx", bands=3))
    before = [band.read_bytes() for band in bands]
    for output in (*bands, link):
        with pytest.raises(OutputError, match=r"would replace .*, which the input outer\.vrt is made of"):
            segment(model, outer, str(output))
        with pytest.raises(OutputError, match="which the input"):
            check_destinations({"image": str(output)}, {}, [], also=[outer])
    with pytest.raises(OutputError, match="which the input"):
        check_destinations({"image": str(bands[0])}, {}, [f"vrt://{bands[0]}?bands=1"])
    gdal.Open(inner).BuildOverviews("NEAREST", [2])
    assert (tmp_path / "inner.vrt.ovr").exists()
    with pytest.raises(OutputError, match=r"would replace inner\.vrt\.ovr"):
        check_destinations({}, {"statistics": f"{inner}.ovr"}, [outer])
    assert [band.read_bytes() for band in bands] == before
    check_destinations({"classes": str(tmp_path / "new.tif")}, {}, [outer])
    write_raster(tmp_path / "other.tif", noise(1, 60, 70))
    check_destinations({"classes": str(tmp_path / "other.tif")}, {}, [outer])


def test_a_virtual_raster_of_itself_and_of_memory(tmp_path: Path) -> None:
    band = write_raster(tmp_path / "band.tif", noise(1, 60, 70))
    path = Path(virtual(tmp_path / "loop.vrt", band))
    path.write_text(path.read_text().replace("band.tif", "loop.vrt"))
    check_destinations({"classes": str(band)}, {}, [str(path), str(tmp_path / "missing.tif"), "<VRTDataset>"])
    virtual(Path("/vsimem/geonnx_band.vrt"), band)
    try:
        with pytest.raises(OutputError, match=r"would replace band\.tif"):
            check_destinations({"classes": str(band)}, {}, ["/vsimem/geonnx_band.vrt"])
    finally:
        gdal.Unlink("/vsimem/geonnx_band.vrt")


@pytest.mark.parametrize(
    "names",
    [
        ("T33UXP_20210626T100031_B02.tif", "T33UXP_20210626T100031_B08.tif"),
        ("LC08_L2SP_190027_20210626_20210707_02_T1_SR_B2.TIF", "LC08_L2SP_190027_20210626_20210707_02_T1_QA_PIXEL.TIF"),
    ],
)
def test_other_bands_of_the_scene_stay(tmp_path: Path, names: tuple[str, str]) -> None:
    given, other = (write_raster(tmp_path / name, noise(1, 60, 70)) for name in names)
    with pytest.raises(OutputError, match=f"would replace {other.name}, which the input {given.name} is made of or"):
        check_destinations({"classes": str(other)}, {}, [str(given)])
    other.unlink()
    check_destinations({"classes": str(other)}, {}, [str(given)])


def test_a_raster_of_a_geopackage_stays(tmp_path: Path) -> None:
    source = write_raster(tmp_path / "a.tif", noise(3, 60, 70))
    path = str(tmp_path / "a.gpkg")
    gdal.Translate(path, str(source), format="GPKG", creationOptions=["RASTER_TABLE=image"])
    with pytest.raises(OutputError, match=r"would replace a\.gpkg, which the input"):
        check_destinations({}, {"polygons": path}, [f"GPKG:{path}:image"], vectors=["polygons"])


@pytest.mark.parametrize("extension", ["csv", "xlsx", "ods", "gpx", "dxf", "mbtiles", "map", "pdf"])
def test_formats_without_polygons_are_told_before_any_work(tmp_path: Path, extension: str) -> None:
    path = str(tmp_path / f"areas.{extension}")
    try:
        find_vector_driver(path)
    except OutputError:
        pytest.skip("this GDAL has no driver for it")
    with pytest.raises(OutputError, match=rf"areas\.{extension} is of a format .* that can't hold polygons with"):
        check_destinations({}, {"polygons": path}, [], vectors=["polygons"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("extension", ["gpkg", "shp", "fgb", "geojson", "geojsonl", "sqlite", "gml", "kml", "tab"])
def test_formats_of_polygons(tmp_path: Path, extension: str) -> None:
    check_destinations({}, {"polygons": str(tmp_path / f"a b.{extension}")}, [], vectors=["polygons"])


@pytest.mark.parametrize(
    ("page", "table", "message"),
    [
        ("in.tif", "", r"report should be a file ending in \.html; found 'in\.tif'"),
        ("", "in.geojson", r"table should be a file ending in \.csv"),
        ("in.html", "", r"in\.html is one of the inputs"),
        ("x.html", "y.CSV", ""),
        ("", "", ""),
    ],
)
def test_reports_replace_no_input(page: str, table: str, message: str) -> None:
    if message:
        with pytest.raises(OutputError, match=message):
            check_report_destinations(page, table, ["in.tif", "in.html"])
    else:
        check_report_destinations(page, table, ["in.tif", "in.html"])


def test_a_geopackage_may_be_called_like_the_input(tmp_path: Path) -> None:
    check_destinations({}, {"polygons": "scene.gpkg"}, ["scene.tif"], vectors=["polygons"])
    with pytest.raises(OutputError, match="style and statistics would be replaced"):
        check_destinations({}, {"polygons": "scene.geojson"}, ["scene.tif"], vectors=["polygons"])


@pytest.mark.parametrize("extension", ["gpkg", "shp"])
def test_polygons_with_the_name_of_the_raster(tmp_path: Path, extension: str) -> None:
    raster = write_raster(tmp_path / "a.tif", noise(3, 60, 70))
    warnings: list[str] = []
    outputs = SegmentOutputs(str(tmp_path / "same.tif"), polygons=str(tmp_path / f"same.{extension}"))
    model = load_model(identity(tmp_path / "m.onnx", bands=3))
    segment(model, str(raster), outputs, feedback=Feedback(warn=warnings.append))
    assert "<rasterrenderer" in (tmp_path / "same.qml").read_text()
    assert bool([text for text in warnings if "have no style" in text]) == (extension == "shp")
    if extension == "gpkg":
        dataset = ogr.Open(str(tmp_path / "same.gpkg"))
        assert "categorizedSymbol" in dataset.GetLayerByName("layer_styles").GetNextFeature()["styleQML"]


def test_class_names_stay_in_the_file(tmp_path: Path) -> None:
    """A class raster that was copied without what lies beside it still says its classes."""
    model = identity(tmp_path / "m.onnx", bands=3)
    write_mlm(model, bands=[], channels=3, classes=[(2, "Wald"), (7, "Wasser"), (9, "Stadt, Straße")])
    raster = write_raster(tmp_path / "a.tif", noise(3, 60, 70))
    segment(load_model(model), str(raster), str(tmp_path / "c.tif"))
    (tmp_path / "alone").mkdir()
    shutil.copy(tmp_path / "c.tif", tmp_path / "alone" / "c.tif")
    styles = read_class_styles(str(tmp_path / "alone" / "c.tif"))
    assert {value: style.name for value, style in styles.items()} == {2: "Wald", 7: "Wasser", 9: "Stadt, Straße"}
    assert styles == read_class_styles(str(tmp_path / "c.tif"))


@pytest.mark.parametrize(("height", "width"), [(15, 20), (1, 1)])
@pytest.mark.parametrize("overlap", [-1, 10])
def test_a_small_raster_and_a_halo_of_the_card(tmp_path: Path, height: int, width: int, overlap: int) -> None:
    model = box(tmp_path / "m.onnx", classes=3)
    write_mlm(model, bands=[], channels=3, classes=[(n, f"c{n}") for n in range(3)],
              properties={"geonnx:halo_px": 8, "geonnx:tile_px": 64})  # fmt: skip
    raster = write_raster(tmp_path / "a.tif", noise(3, height, width))
    segment(load_model(model), str(raster), str(tmp_path / "c.tif"), RunSettings(overlap=overlap))
    assert read_raster(tmp_path / "c.tif").shape == (1, height, width)


def series_model(path: Path) -> Path:
    """Write a network that gives the number of the brightest of three dates."""
    nodes = [helper.make_node("Squeeze", ["series", "axis"], ["map"])]
    save(path, nodes, inputs=[("series", "float32", ["n", 3, 1, "h", "w"])],
         outputs=[("map", "float32", ["n", 3, "h", "w"])], weights={"axis": np.array([2], np.int64)})  # fmt: skip
    write_mlm(path, bands=[], channels=1, classes=[(n, f"date {n}") for n in range(3)])
    card = json.loads(path.with_suffix(".json").read_text())
    entry = card["properties"]["mlm:input"][0]
    entry["name"] = "series"
    entry["input"] = {"shape": [-1, 3, 1, -1, -1], "dim_order": ["batch", "time", "bands", "height", "width"],
                      "data_type": "float32"}  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


def test_dates_that_are_not_known_are_told(tmp_path: Path) -> None:
    model = load_model(series_model(tmp_path / "m.onnx"))
    values = noise(1, 20, 30)

    def warnings(*names: str) -> list[str]:
        paths = tuple(str(write_raster(tmp_path / f"{name}.tif", values)) for name in names)
        said: list[str] = []
        segment(model, RasterInputs(paths), str(tmp_path / "o.tif"), feedback=Feedback(warn=said.append))
        return [text for text in said if "taken" in text or "same day" in text]

    assert warnings("s_2022-01-01", "s_2020-01-01", "s_2021-01-01") == []
    (said,) = warnings("s_2022-01-01", "nodate", "s_2021-01-01")
    assert "Nothing says when nodate.tif was taken" in said
    assert len(warnings("x", "y", "z")) == 1
    (said,) = warnings("s_2022-01-01", "t_2022-01-01", "s_2021-01-01")
    assert "same day (2022-01-01)" in said


def test_a_cancelled_run_says_what_is_kept(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "a.tif", noise(3, 300, 300))
    model = load_model(unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True))
    for options, message in (({}, "nothing was written"), ({"resume": True}, "the same call goes on from there")):
        done: list[float] = [0.0]

        def progress(value: float, done: list[Any] = done) -> None:
            done[0] = value

        feedback = Feedback(progress=progress, cancelled=lambda done=done: done[0] > 0.3)
        settings = RunSettings(tile_size=64, options=RunOptions(**options))
        with pytest.raises(Cancelled, match=message):
            segment(model, str(raster), str(tmp_path / "c.tif"), settings, feedback=feedback)
