"""The figures of the results page: known areas, matrices and facts; and the page that is written."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal

from .. import rasters
from . import examples


def class_raster(path, values, **more):
    """Write class numbers, with names, colours and counts in an attribute table as our runs do."""
    from geonnx.models.card.types import ClassSpec
    from geonnx.models.raster import style

    with_counts = more.pop("with_counts", True)
    rasters.write_raster(path, np.array(values, np.uint8)[np.newaxis], nodata=255, **more)
    classes = [ClassSpec(value, name, color) for value, name, color in examples.LAND]
    dataset = gdal.Open(str(path), gdal.GA_Update)
    if with_counts:
        counts = {spec.value: int((np.array(values) == spec.value).sum()) for spec in classes}
        dataset.GetRasterBand(1).SetDefaultRAT(style.attribute_table(classes, counts))
    dataset.SetMetadata({"MODEL": "Land", "MODEL_LICENCE": "CC-BY-4.0", "INPUT": "scene.tif"}, "GEONNX")
    dataset.FlushCache()
    del dataset
    style.write_qml(str(path), style.class_raster_qml(classes))
    return str(path)


def ended(algorithm, **results):
    from geonnx.ui.runs.summary import Ended

    return Ended(algorithm, "A run", "land.onnx", results, 1.5)


VALUES = [[0, 0, 0, 1], [0, 0, 0, 255]]


@pytest.mark.parametrize("with_counts", [True, False])
def test_areas_are_hectares_of_the_pixels(tmp_path, with_counts):
    from geonnx.ui.runs.summary import read_summary

    path = class_raster(tmp_path / "classes.tif", VALUES, with_counts=with_counts)
    summary = read_summary(ended("geonnx:segment", OUTPUT=path, TILES=12, SECONDS=2.0, PROVIDER="CPUExecutionProvider"))
    # 6 and 1 pixels of 10 m × 10 m; nodata does not count
    assert [(bar.name, bar.color) for bar in summary.bars] == [("open land", "#d8b365"), ("forest & hedge", "#1b7837")]
    assert [bar.value for bar in summary.bars] == pytest.approx([0.06, 0.01])
    assert [bar.share for bar in summary.bars] == pytest.approx([6 / 7, 1 / 7])
    assert summary.missing == ("water",)
    facts = dict(summary.facts)
    assert facts["Model"] == "Land"
    assert facts["Licence of the model"] == "CC-BY-4.0"
    assert facts["Ran on"] == "CPU"
    assert facts["Time"] == "2.0 s"
    assert facts["Tiles"] == "12"


def test_areas_in_degrees_are_measured_on_the_ellipsoid(tmp_path):
    from geonnx.ui.runs.summary import class_areas_ha

    path = class_raster(tmp_path / "degrees.tif", VALUES, geotransform=rasters.DEGREES, epsg=4326)
    areas = class_areas_ha(path)
    # at 46.9° N a degree is 76.1 km by 111.2 km
    pixel_ha = 0.00011 * 76.17e3 * 0.00009 * 111.17e3 / 1e4
    assert areas[0] == pytest.approx(6 * pixel_ha, rel=2e-3)


def test_matrix_is_that_of_the_statistics(tmp_path):
    from geonnx.models.change.transitions import Areas, write_statistics
    from geonnx.ui.runs.summary import read_matrix

    matrix = np.array([[5.0, 1.5], [0.0, 7.25]])
    path = str(tmp_path / "areas.csv")
    write_statistics(path, Areas(("forest", "town, old"), ("forest", "town, old"), matrix, 1.5), "Areas", {})
    read = read_matrix(path)
    assert read.before == read.after == ("forest", "town, old")
    assert read.cells_ha == ((5.0, 1.5), (0.0, 7.25))
    write_statistics(path, Areas(("no change", "change"), (), np.array([[1.0], [2.0]]), 2.0), "Areas", {})
    assert read_matrix(path) is None
    assert read_matrix("") is None
    assert read_matrix(str(tmp_path / "areas.html")) is None


def test_map_alone_knows_the_changes_but_not_what_stayed(tmp_path):
    from geonnx.ui.runs.summary import Bar, changes_matrix

    bars = [
        Bar("no change", "", 90, 0.9), Bar("forest → town", "", 4, 0.04), Bar("water → forest", "", 6, 0.06),
    ]  # fmt: skip
    matrix = changes_matrix(bars)
    assert (matrix.before, matrix.after) == (("forest", "water"), ("town", "forest"))
    assert matrix.cells_ha == ((4, None), (0.0, 6))
    assert changes_matrix(bars[:1]) is None


def test_clouds_and_scenes_have_bars_of_their_own():
    from geonnx.ui.runs.summary import Ended, read_summary

    clouds = read_summary(
        ended("geonnx:removeclouds", OUTPUT="gone.tif", CLOUDY_SHARE=0.25, KEPT_SHARE=0.75, TARGET_DATE="2021-06-26")
    )
    assert [(bar.name, bar.value) for bar in clouds.bars] == [
        ("kept as observed", 75.0), ("cloudy on the restored date", 25.0),
    ]  # fmt: skip
    assert (clouds.unit, clouds.missing) == ("%", ())
    assert clouds.facts[0] == ("Restored date", "2021-06-26")
    scenes = read_summary(
        Ended(
            "geonnx:classify", "t", "m", {"CLASS_COUNTS": {"town": 3, "lake": 1, "sea": 0}}, 1, (), {"lake": "#0000ff"}
        )
    )
    assert [(bar.name, bar.color, bar.value, bar.share) for bar in scenes.bars] == [
        ("town", "", 3.0, 0.75), ("lake", "#0000ff", 1.0, 0.25),
    ]  # fmt: skip
    assert scenes.missing == ("sea",)
    assert dict(scenes.facts)["Model"] == "m"


def test_vanished_result_is_a_sentence(tmp_path):
    from geonnx.models.errors import GeonnxError
    from geonnx.ui.runs.summary import read_summary

    with pytest.raises(GeonnxError, match=r"gone\.tif"):
        read_summary(ended("geonnx:segment", OUTPUT=str(tmp_path / "gone.tif")))


def test_page_holds_everything_and_no_markup_of_strangers(provider):
    from geonnx.ui.runs.report_page import summary_page
    from geonnx.ui.runs.summary import Bar, Matrix, Summary

    text = summary_page(
        Summary(
            "Scene <1>", "ha", (Bar("forest & <b>", "#1b7837", 1234.5, 0.75), Bar("water", "", 0.02, 0.0001)),
            ("rock",), Matrix(("a",), ("b",), ((2.5,),)), (("Model", "<script>"),), ("Look & see",),
        )
    )  # fmt: skip
    for part in ("Scene &lt;1&gt;", "forest &amp; &lt;b&gt;", "1,234.5 ha", "75.0%", "0.02 ha", "&lt; 0.1%", "rock",
                 "2.50", "&lt;script&gt;", "Look &amp; see", "#1b7837"):  # fmt: skip
        assert part in text, part
    assert "<script>" not in text


def test_uncertainty_is_drawn_from_light_to_dark(provider, tmp_path):
    from geonnx.ui.runs.ramp import style_uncertainty
    from qgis.core import QgsRasterLayer

    values = np.linspace(0, 100, 10_000, dtype=np.float32).reshape(1, 100, 100)
    layer = QgsRasterLayer(str(rasters.write_raster(tmp_path / "sd.tif", values)), "sd")
    style_uncertainty(layer)
    function = layer.renderer().shader().rasterShaderFunction()
    items = function.colorRampItemList()
    assert items[0].value == 0
    assert items[-1].value == pytest.approx(98, abs=2)
    assert items[0].color.lightness() > items[-1].color.lightness()
    flat = QgsRasterLayer(str(rasters.write_raster(tmp_path / "flat.tif", 0 * values)), "flat")
    style_uncertainty(flat)
    assert flat.renderer().shader().rasterShaderFunction().colorRampItemList()[-1].value == 1
