"""Which band of a raster a model's band is: every rule on rasters made for it, and on real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models.card.types import BandSpec, InputSpec
from geonnx.models.errors import RasterError
from geonnx.models.raster.bands import choose_bands
from geonnx.models.raster.sensors import COMMON_RANGES, ETM, MSI, OLI, PLANETSCOPE_4, PLANETSCOPE_8, TM
from geonnx.models.raster.source import RasterInfo, describe_raster
from osgeo import gdal

from ..rasters import noise, write_raster

SIX = ("blue", "green", "red", "nir", "swir16", "swir22")


def image(*bands: str | BandSpec) -> InputSpec:
    specs = tuple(band if isinstance(band, BandSpec) else BandSpec(band) for band in bands)
    return InputSpec("image", "BCHW", (None, len(bands), None, None), "float32", bands=specs)


def raster(
    folder: Path,
    names: list[str],
    file: str = "scene.tif",
    metadata: dict[str, str] | None = None,
    bands: list[dict[str, str]] | None = None,
    domain: str = "",
) -> RasterInfo:
    """Write a raster of so many bands, with metadata of the dataset and of each band."""
    path = folder / file
    write_raster(path, noise(len(names), 4, 4, "uint16"), names=names)
    dataset = gdal.OpenEx(str(path), gdal.OF_UPDATE)
    if metadata:
        dataset.SetMetadata(metadata)
    for number, items in enumerate(bands or [], start=1):
        dataset.GetRasterBand(number).SetMetadata(items, domain)
    dataset.FlushCache()
    del dataset
    return describe_raster(str(path))


@pytest.mark.parametrize("sensor", [MSI, TM, ETM, OLI, PLANETSCOPE_4, PLANETSCOPE_8], ids=lambda sensor: sensor.name)
def test_tables_agree_with_the_ranges_of_their_common_names(sensor: Any) -> None:
    for band in sensor.bands:
        low, high = COMMON_RANGES[band.common_name]
        assert low <= band.wavelength_um <= high, band
        assert 0 < band.fwhm_um < 0.4 * band.wavelength_um or band.common_name == "pan"


@pytest.mark.parametrize(
    ("file", "bands", "expected"),
    [
        ("LC08_L2SP_010065_20220129_20220131_02_T1_stack.tif", [1, 2, 3, 4, 5, 6, 7], (2, 3, 4, 5, 6, 7)),
        ("LC80100652022029LGN00.tif", [1, 2, 3, 4, 5, 6, 7], (2, 3, 4, 5, 6, 7)),
        ("LT05_L2SP_010067_19860424_20200918_02_T2.tif", [1, 2, 3, 4, 5, 6, 7], (1, 2, 3, 4, 5, 7)),
        ("LE07_L1TP_021030_20100109_20200911_02_T1.tif", [1, 2, 3, 4, 5, 6, 7, 8], (1, 2, 3, 4, 5, 7)),
        ("LT51200382002193BJC00_stack.tif", [1, 2, 3, 4, 5, 6, 7], (1, 2, 3, 4, 5, 7)),
        ("HLS.L30.T32TNR.2020001T102432.v2.0.tif", ["01", "02", "03", "04", "05", "06", "07"], (2, 3, 4, 5, 6, 7)),
        ("S2A_MSIL2A_20200101_stack.tif", [2, 3, 4, 8, 11, 12], (1, 2, 3, 4, 5, 6)),
        ("any.tif", [2, 3, 4, 8, "8A", 11, 12], (1, 2, 3, 4, 6, 7)),
    ],
)
def test_the_same_numbers_mean_other_colours(tmp_path: Path, file: str, bands: list[Any], expected: Any) -> None:
    info = raster(tmp_path, [f"B{band}" for band in bands], file)
    choice = choose_bands(image(*SIX), info, "")
    assert choice.numbers == expected
    assert [match.name for match in choice.matches] == list(SIX)
    assert all("common name" in match.how for match in choice.matches)


@pytest.mark.parametrize(
    "metadata",
    [
        {"SPACECRAFT_ID": "LANDSAT_8"},
        {"SATELLITEID": "LANDSAT_9"},
        {"sensor_type": "Landsat OLI"},
        {"SENSOR_ID": "OLI_TIRS"},
    ],
    ids=str,
)
def test_metadata_tells_the_sensor(tmp_path: Path, metadata: dict[str, str]) -> None:
    info = raster(tmp_path, ["SR_B2", "SR_B3", "SR_B4", "SR_B5"], metadata=metadata)
    assert choose_bands(image("nir", "red"), info, "").numbers == (4, 3)
    assert choose_bands(image("B5", "B4"), info, "").numbers == (4, 3)


def test_bare_numbers_are_not_guessed(tmp_path: Path) -> None:
    info = raster(tmp_path, ["B2", "B3", "B4", "B5"])
    for bands in (("red", "nir"), ("B05", "B04"), (BandSpec("near", "nir"),)):
        with pytest.raises(RasterError, match=r"nothing says which sensor it is.*with BANDS"):
            choose_bands(image(*bands), info, "")
    # the very same word is a name like any other
    assert choose_bands(image("B5", "B3"), info, "").numbers == (4, 2)


def test_a_name_that_means_another_colour_is_not_taken(tmp_path: Path) -> None:
    tm = raster(tmp_path, ["B1", "B2", "B3", "B4", "B5", "B7"], "LT05_L2SP_010067_19860424_20200918_02_T2.tif")
    # Sentinel-2's B04 and B4 are red; Landsat 5's B4 is near infrared
    assert choose_bands(image("B04", "B08"), tm, "").numbers == (3, 4)
    assert choose_bands(image(BandSpec("B4", "red")), tm, "").numbers == (3,)
    assert choose_bands(image(BandSpec("B4")), tm, "").numbers == (4,)
    with pytest.raises(RasterError, match=r"needs the band B05; .* has 1 \(B1\)"):
        choose_bands(image("B04", "B05"), tm, "")


@pytest.mark.parametrize(
    ("domain", "items"),
    [
        ("IMAGERY", [{"CENTRAL_WAVELENGTH_UM": str(um), "FWHM_UM": "0.03"} for um in (0.49, 0.66, 0.84)]),
        ("", [{"wavelength": str(nm), "wavelength_units": "Nanometers"} for nm in (490, 660, 840)]),
        ("", [{"wavelength": str(nm)} for nm in (490, 660, 840)]),
        ("", [{"WAVELENGTH": str(nm), "WAVELENGTH_UNIT": "nm", "BANDWIDTH": "30"} for nm in (490, 660, 840)]),
        ("ENVI", [{"wavelength": str(um), "wavelength_units": "Micrometers"} for um in (0.49, 0.66, 0.84)]),
    ],
)
def test_wavelengths(tmp_path: Path, domain: str, items: list[dict[str, str]]) -> None:
    info = raster(tmp_path, ["one", "two", "three"], bands=items, domain=domain)
    assert [round(band.wavelength_um or 0, 4) for band in info.bands] == [0.49, 0.66, 0.84]
    choice = choose_bands(image(BandSpec("x", wavelength_um=0.665), BandSpec("y", wavelength_um=0.835)), info, "")
    assert choice.numbers == (2, 3)
    assert choice.matches[0].how == "wavelength 0.66 µm"
    assert choose_bands(image("nir", "red", "blue"), info, "").numbers == (3, 2, 1)
    with pytest.raises(RasterError, match=r"needs the band z; scene\.tif has 1 \(one\), 2 \(two\), 3 \(three\)"):
        choose_bands(image("red", BandSpec("z", wavelength_um=0.70)), info, "")


def test_narrow_bands_ties_and_taken_bands(tmp_path: Path) -> None:
    centres = [0.64, 0.65, 0.66, 0.67]
    items = [{"CENTRAL_WAVELENGTH_UM": str(um), "FWHM_UM": "0.01"} for um in centres]
    info = raster(tmp_path, ["a", "b", "c", "d"], bands=items, domain="IMAGERY")
    near = image(BandSpec("one", wavelength_um=0.652), BandSpec("two", wavelength_um=0.667))
    assert choose_bands(near, info, "").numbers == (2, 4)
    with pytest.raises(RasterError, match=r"one lies equally near to band 2 \(b\) or band 3 \(c\)"):
        choose_bands(image(BandSpec("one", wavelength_um=0.655)), info, "")
    with pytest.raises(RasterError, match=r"needs the band two;.*two is nearest to band 2 \(b\), which another"):
        choose_bands(image(BandSpec("one", wavelength_um=0.651), BandSpec("two", wavelength_um=0.653)), info, "")
    # by name, a band may be taken twice
    assert choose_bands(image("b", "b"), info, "").numbers == (2, 2)


def test_common_names_that_two_bands_have(tmp_path: Path) -> None:
    info = raster(tmp_path, ["B05", "B06", "B07", "B04"])
    with pytest.raises(RasterError, match="rededge could be band 1"):
        choose_bands(image("rededge", "red"), info, "")
    assert choose_bands(image("rededge1", "red edge 3"), info, "").numbers == (1, 3)
    assert choose_bands(image("rededge071"), raster(tmp_path, ["red", "rededge"], "p.tif"), "").numbers == (2,)


def test_planet(tmp_path: Path) -> None:
    names = ["coastal_blue", "blue", "green_i", "green", "yellow", "red", "rededge", "nir"]
    info = raster(tmp_path, names, "20220412_3B_AnalyticMS_SR_8b.tif")
    assert info.sensor is PLANETSCOPE_8
    assert choose_bands(image("coastal", "blue", "green", "red", "nir08"), info, "").numbers == (1, 2, 4, 6, 8)
    assert choose_bands(image("B02", "B03", "B04", "B05", "B8A"), info, "").numbers == (2, 4, 6, 7, 8)


def test_requested_bands(tmp_path: Path) -> None:
    info = raster(tmp_path, ["B02", "B03", "B04", "B08"])
    choice = choose_bands(image("red", "nir", "blue"), info, "3, nir, b2")
    assert choice.numbers == (3, 4, 1)
    assert [(match.name, match.number, match.how) for match in choice.matches] == [
        ("red", 3, "BANDS"), ("nir", 4, "BANDS"), ("blue", 1, "BANDS"),
    ]  # fmt: skip


def test_names_that_only_count_are_no_names(tmp_path: Path) -> None:
    info = raster(tmp_path, ["Band 1", "Band 2", "Band 3"])
    choice = choose_bands(image("red", "green", "blue"), info, "")
    assert (choice.numbers, choice.is_assumed) == ((1, 2, 3), True)
    assert choose_bands(image("band 3", "band 1"), info, "").numbers == (3, 1)


def test_colours_of_bands(tmp_path: Path) -> None:
    write_raster(tmp_path / "rgb.tif", noise(3, 4, 4), options=["PHOTOMETRIC=RGB"])
    info = describe_raster(str(tmp_path / "rgb.tif"))
    assert choose_bands(image("blue", "red"), info, "").numbers == (3, 1)


def test_a_file_of_one_band_has_the_name_in_its_own(tmp_path: Path) -> None:
    write_raster(tmp_path / "T32TPS_20240830T100559_B8A_20m.tif", noise(1, 4, 4, "uint16"))
    (band,) = describe_raster(str(tmp_path / "T32TPS_20240830T100559_B8A_20m.tif")).bands
    assert (band.name, band.common_name, band.wavelength_um) == ("B8A", "nir08", 0.8647)


def test_real_envi_headers(shared_data: Path) -> None:
    folder = shared_data / "landsat_cd_taizhou_nanjing"
    for path in (folder / "Nanjing" / "LT51200382002193BJC00_Nanjing", folder / "Taizhou" / "2003TM"):
        info = describe_raster(str(path))
        assert choose_bands(image(*SIX), info, "").numbers == (1, 2, 3, 4, 5, 6)
        assert choose_bands(image(BandSpec("s", wavelength_um=1.66), BandSpec("r", "red")), info, "").numbers == (5, 3)


def test_real_named_layers(shared_data: Path) -> None:
    info = describe_raster(str(shared_data / "leipzig_s2_points" / "leipzig_raster.tif"))
    names = [band.name for band in info.bands]
    choice = choose_bands(image("B04", "nir08" if "b8a" in names else "B03", "blue"), info, "")
    assert choice.numbers[0] == names.index("b04") + 1
    assert choice.numbers[2] == names.index("b02") + 1


def test_real_rasters_without_names(shared_data: Path) -> None:
    info = describe_raster(str(shared_data / "eurosat_ms_small" / "Forest" / "Forest_1.tif"))
    assert choose_bands(image(*(f"b{n}" for n in range(13))), info, "").is_assumed
    with pytest.raises(RasterError, match="has 13: 1, 2, 3"):
        choose_bands(image("red", "green", "blue"), info, "")
    assert np.all([not band.name for band in info.bands])
