"""Alpha bands and the edges of warped rasters: where they say nothing, nobody takes zeros for data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geonnx.models import (
    CloudInputs,
    CloudSettings,
    Feedback,
    RunSettings,
    compare_images,
    load_model,
    remove_clouds,
    segment,
)
from geonnx.models.band_mapping import map_bands
from geonnx.models.errors import RasterError
from geonnx.models.raster.align import align_raster
from geonnx.models.raster.grid import Window
from geonnx.models.raster.source import BandReader, describe_raster
from osgeo import gdal

from ..rasters import NORTH_UP, noise, read_raster, write_raster
from ..tiny_models import identity

SHIFTED = (NORTH_UP[0] + 400.0, 10.0, 0.0, NORTH_UP[3], 0.0, -10.0)
"""40 px to the right"""


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 13])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_what_a_warped_raster_does_not_cover(tmp_path: Path, bands: int, dtype: str) -> None:
    first = describe_raster(str(write_raster(tmp_path / "a.tif", noise(bands, 50, 100, dtype))))
    shifted = write_raster(tmp_path / "b.tif", noise(bands, 50, 100, dtype) + 1, geotransform=SHIFTED)
    aligned = align_raster(describe_raster(str(shifted)), first.grid)
    for numbers in (tuple(range(1, bands + 1)), (bands,)):
        _, valid = BandReader(aligned, numbers).read(Window(0, 0, 100, 50))
        assert valid is not None
        assert not valid[:, :40].any() and valid[:, 41:].all()


def test_what_was_aligned_lies_where_it_was_aligned_to(tmp_path: Path) -> None:
    """From another CRS too: a second alignment would bring it elsewhere."""
    first = describe_raster(str(write_raster(tmp_path / "a.tif", noise(1, 50, 100, "uint16"))))
    write_raster(tmp_path / "b.tif", noise(1, 50, 100, "uint16"))
    gdal.Warp(str(tmp_path / "c.tif"), str(tmp_path / "b.tif"), dstSRS="EPSG:4326")
    aligned = align_raster(describe_raster(str(tmp_path / "c.tif")), first.grid)
    assert align_raster(aligned, first.grid) is aligned


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 6])
def test_an_alpha_band_in_the_file(tmp_path: Path, bands: int) -> None:
    """As ``gdalwarp -dstalpha`` leaves it, after any number of other bands."""
    values = np.concatenate([noise(bands, 40, 60, "uint16") + 1, np.full((1, 40, 60), 65535, np.uint16)])
    values[:, :10] = 0
    path = write_raster(tmp_path / "a.tif", values, options=["ALPHA=NO", "PHOTOMETRIC=MINISBLACK"])
    dataset = gdal.Open(str(path), gdal.GA_Update)
    dataset.GetRasterBand(bands + 1).SetColorInterpretation(gdal.GCI_AlphaBand)
    del dataset
    segment(load_model(identity(tmp_path / "m.onnx", bands=bands)), str(path), str(tmp_path / "c.tif"))
    found = read_raster(tmp_path / "c.tif")[0]
    assert (found[:10] == 255).all() and (found[10:] != 255).all()


@pytest.mark.parametrize("shown", ["everywhere", "in part"])
def test_transparency_is_no_band_of_a_model(tmp_path: Path, shown: str) -> None:
    values = noise(4, 60, 90, "uint8")
    values[3] = 255
    if shown == "in part":
        values[:, :, :20] = 0
    raster = str(write_raster(tmp_path / "rgba.tif", values, options=["PHOTOMETRIC=RGB", "ALPHA=YES"]))
    model = load_model(identity(tmp_path / "m.onnx", bands=4))
    with pytest.raises(RasterError, match=r"rgba.tif, band 4: that band is marked as transparency .* 0 or 255 through"):
        segment(model, raster, str(tmp_path / "c.tif"), RunSettings(bands="1,2,3,4"))
    assert not (tmp_path / "c.tif").exists()


def test_what_is_marked_as_transparency_and_varies_is_data(tmp_path: Path) -> None:
    """GDAL marks the fourth of four byte bands so, whatever it is."""
    values = noise(4, 60, 90, "uint8")
    raster = str(write_raster(tmp_path / "rgbn.tif", values, options=["PHOTOMETRIC=RGB", "ALPHA=YES"]))
    model = load_model(identity(tmp_path / "m.onnx", bands=4))
    warnings: list[str] = []
    told = Feedback(warn=warnings.append)
    segment(model, raster, str(tmp_path / "c.tif"), RunSettings(bands="4,3,2,1"), feedback=told)
    (said,) = [text for text in warnings if "transparency" in text]
    assert said.startswith("rgbn.tif, band 4: that band is marked as transparency (alpha), and its values vary")
    assert "gdal_edit.py -colorinterp_4 undefined rgbn.tif" in said
    np.testing.assert_array_equal(read_raster(tmp_path / "c.tif")[0], values[::-1].argmax(axis=0))
    rows = map_bands(model.card, raster, "4,3,2,1").rows
    assert [row.problem for row in rows] == ["Band 4 is marked as transparency (alpha).", "", "", ""]


def test_clouds_are_not_filled_from_beyond_the_edge(tmp_path: Path) -> None:
    values = noise(4, 50, 100, "uint16") + 1
    target = write_raster(tmp_path / "s_2021-07-21.tif", values)
    other = write_raster(tmp_path / "s_2021-07-16.tif", values, geotransform=SHIFTED)
    cloudy = np.zeros((1, 50, 100), np.uint8)
    cloudy[:, 20:30, 10:90] = 1
    masks = (
        str(write_raster(tmp_path / "m_2021-07-21.tif", cloudy)),
        str(write_raster(tmp_path / "m_2021-07-16.tif", np.zeros_like(cloudy), geotransform=SHIFTED)),
    )
    inputs = CloudInputs((str(target), str(other)), cloud_masks=masks)
    report = remove_clouds(None, inputs, str(tmp_path / "o.tif"), None, CloudSettings(target=0, feather_px=0))
    found = read_raster(tmp_path / "o.tif")
    assert (found > 0).all()
    assert (found[:, 20:30, 10:40] == values[:, 20:30, 10:40]).all()  # nothing there to fill it with
    assert report.lost_share == pytest.approx(300 / 5000)


@pytest.mark.parametrize("bands", [2, 4])
def test_images_are_compared_where_both_are(tmp_path: Path, bands: int) -> None:
    values = noise(bands, 50, 100, "float32")
    image = write_raster(tmp_path / "a.tif", values)
    reference = np.zeros_like(values)
    reference[:, :, :60] = values[:, :, 40:]
    shifted = write_raster(tmp_path / "b.tif", reference[:, :, :60], geotransform=SHIFTED)
    found = compare_images(str(image), str(shifted)).whole
    assert found.pixels == 50 * 60
    assert found.rmse == 0
