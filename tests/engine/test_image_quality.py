"""The figures of two images, against scikit-image and plain numpy on the whole images."""

from __future__ import annotations

import numpy as np
import pytest
from geonnx.models.assess.image_pair import ValueScale
from geonnx.models.assess.image_quality import compare_images
from geonnx.models.errors import Cancelled, RasterError, SettingsError
from geonnx.models.feedback import Feedback
from osgeo import gdal
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from .. import rasters


def expected_ssim(image, reference):
    """Return the SSIM of each band at every pixel of whole arrays (band, row, column), edges as NaN."""
    found = []
    for plane, other in zip(image, reference):
        _, full = structural_similarity(
            plane, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, full=True
        )
        edged = np.full_like(full, np.nan)
        edged[5:-5, 5:-5] = full[5:-5, 5:-5]
        found.append(edged)
    return np.array(found)


def expected_sam(image, reference, where=None):
    if where is not None:
        image, reference = image[:, where], reference[:, where]
    cosine = (image * reference).sum(0) / np.sqrt((image**2).sum(0) * (reference**2).sum(0))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()


def two_images(bands=3, height=70, width=90, seed=4):
    reference = rasters.noise(bands, height, width, "float64", seed) * 0.6 + 0.02
    image = np.clip(reference + np.random.default_rng(seed).normal(0, 0.04, reference.shape), 0.001, None)
    return image, reference


@pytest.mark.parametrize("size", [(70, 90), (11, 11), (13, 640), (530, 517), (1031, 21)])
def test_all_figures_of_whole_images(tmp_path, size):
    image, reference = two_images(3, *size)
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    found = compare_images(str(a), str(b))
    error = image - reference
    assert found.whole.pixels == size[0] * size[1]
    assert found.whole.rmse == pytest.approx(np.sqrt((error**2).mean()), rel=1e-12)
    assert found.whole.mae == pytest.approx(np.abs(error).mean(), rel=1e-12)
    assert found.whole.psnr_db == pytest.approx(peak_signal_noise_ratio(reference, image, data_range=1), rel=1e-12)
    assert found.whole.sam_deg == pytest.approx(expected_sam(image, reference), rel=1e-9)
    ssim = structural_similarity(
        image, reference, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=0
    )
    assert found.whole.ssim == pytest.approx(ssim, rel=1e-10)
    per_band = np.nanmean(expected_ssim(image, reference), axis=(1, 2))
    assert [band.ssim for band in found.parts[0].bands] == pytest.approx(per_band, rel=1e-10)
    assert [band.rmse for band in found.parts[0].bands] == pytest.approx(np.sqrt((error**2).mean((1, 2))), rel=1e-12)
    assert found.cloudy is None
    assert found.clear is None


def test_the_cloudy_and_the_clear_part(tmp_path):
    image, reference = two_images(4, 540, 530)
    mask = (rasters.noise(1, 540, 530, "float64", 9) > 0.55).astype(np.uint8) * 3
    unknown = np.zeros(mask.shape, bool)
    unknown[:, 100:120, 50:70] = True
    mask[unknown] = 255
    files = {"a": image, "b": reference}
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in files.items())
    clouds = rasters.write_raster(tmp_path / "mask.tif", mask, nodata=255)
    found = compare_images(str(a), str(b), str(clouds))
    ssim = expected_ssim(image, reference)
    parts = {"cloudy": (mask == 3)[0], "clear": (mask == 0)[0]}
    for name, where in parts.items():
        figures = getattr(found, name)
        error = (image - reference)[:, where]
        assert 1000 < figures.pixels == where.sum()
        assert figures.rmse == pytest.approx(np.sqrt((error**2).mean()), rel=1e-12)
        assert figures.sam_deg == pytest.approx(expected_sam(image, reference, where), rel=1e-9)
        assert figures.ssim == pytest.approx(np.nanmean(ssim[:, where], axis=1).mean(), rel=1e-10)
    assert found.whole.pixels == found.cloudy.pixels + found.clear.pixels + 400


def test_nodata_is_left_out(tmp_path):
    image, reference = two_images(2, 60, 80)
    stored, other = (np.round(v * 10000).astype(np.int16) for v in (image, reference))
    stored[0, 30, 40] = -999
    other[1, 5, 70:75] = -999
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v, nodata=-999) for n, v in (("a", stored), ("b", other)))
    found = compare_images(str(a), str(b), scale=ValueScale(1e-4))
    valid = np.ones((60, 80), bool)
    valid[30, 40] = valid[5, 70:75] = False
    x, y = stored * 1e-4, other * 1e-4
    assert found.whole.pixels == valid.sum() == 60 * 80 - 6
    assert found.pixels == 60 * 80
    assert found.whole.rmse == pytest.approx(np.sqrt(((x - y)[:, valid] ** 2).mean()), rel=1e-9)
    whole_window = np.zeros_like(valid)
    for row in range(5, 55):
        for column in range(5, 75):
            whole_window[row, column] = valid[row - 5 : row + 6, column - 5 : column + 6].all()
    assert found.whole.ssim_pixels == whole_window.sum() < 50 * 70
    assert found.whole.ssim == pytest.approx(expected_ssim(x, y)[:, whole_window].mean(), rel=1e-9)


def test_nan_is_no_data(tmp_path):
    image, reference = two_images(2, 40, 40)
    image[1, 7, 9] = np.nan
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    found = compare_images(str(a), str(b))
    assert found.whole.pixels == 1599
    assert found.whole.rmse == pytest.approx(np.sqrt(np.nanmean((image - reference)[:, ~np.isnan(image[1])] ** 2)))
    assert np.isfinite(found.whole.ssim)


def test_equal_images(tmp_path):
    image, _ = two_images(3, 30, 30)
    path = str(rasters.write_raster(tmp_path / "a.tif", image))
    found = compare_images(path, path).whole
    assert (found.rmse, found.mae, found.psnr_db, found.sam_deg) == (0, 0, None, 0)
    assert found.ssim == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("size", [(1, 1), (10, 40)])
def test_smaller_than_the_window_of_ssim(tmp_path, size):
    image, reference = two_images(2, *size)
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    found = compare_images(str(a), str(b)).whole
    assert found.ssim is None
    assert found.ssim_pixels == 0
    assert found.rmse == pytest.approx(np.sqrt(((image - reference) ** 2).mean()))


def test_one_band_has_no_angle(tmp_path):
    image, reference = two_images(1, 20, 20)
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    assert compare_images(str(a), str(b)).whole.sam_deg is None


def test_pixels_of_zeros_have_no_angle(tmp_path):
    image, reference = two_images(3, 20, 20)
    image[:, 3, 4] = 0
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    found = compare_images(str(a), str(b)).whole
    where = image.any(axis=0)
    assert found.sam_pixels == 399
    assert found.sam_deg == pytest.approx(expected_sam(image, reference, where))


def test_scale_and_offset_of_the_files(tmp_path):
    image, reference = two_images(2, 24, 26)
    a = rasters.write_raster(tmp_path / "a.tif", np.round(image * 10000 + 1000).astype(np.uint16))
    b = rasters.write_raster(tmp_path / "b.tif", reference)
    dataset = gdal.Open(str(a), gdal.GA_Update)
    for number in (1, 2):
        dataset.GetRasterBand(number).SetScale(1e-4)
        dataset.GetRasterBand(number).SetOffset(-0.1)
    del dataset
    expected = np.sqrt(((np.round(image * 10000) / 10000 - reference) ** 2).mean())
    assert compare_images(str(a), str(b)).whole.rmse == pytest.approx(expected)
    given = compare_images(str(a), str(b), scale=ValueScale(1e-4, -0.1), reference_scale=ValueScale(1.0))
    assert given.whole.rmse == pytest.approx(expected)


def test_bands_are_matched_by_name(tmp_path):
    image, reference = two_images(3, 20, 20)
    a = rasters.write_raster(tmp_path / "a.tif", image, names=["B02", "B03", "B04"])
    b = rasters.write_raster(tmp_path / "b.tif", reference[::-1], names=["B04", "B03", "B02"])
    found = compare_images(str(a), str(b))
    assert found.bands == ("B02", "B03", "B04")
    assert found.whole.rmse == pytest.approx(np.sqrt(((image - reference) ** 2).mean()))
    one = compare_images(str(a), str(b), bands="B04,B02")
    assert one.bands == ("B04", "B02")
    assert one.whole.rmse == pytest.approx(np.sqrt(((image - reference)[[0, 2]] ** 2).mean()))


def test_an_extent_is_the_image_cut_out(tmp_path):
    image, reference = two_images(2, 60, 60)
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    x, y = rasters.NORTH_UP[0] + 100, rasters.NORTH_UP[3] - 200
    corners = ((x, y), (x + 300, y), (x + 300, y - 350), (x, y - 350))
    found = compare_images(str(a), str(b), extent=corners)
    part = (slice(None), slice(20, 55), slice(10, 40))
    assert found.whole.pixels == found.pixels == 35 * 30
    assert found.whole.ssim == pytest.approx(np.nanmean(expected_ssim(image[part], reference[part])))


def test_a_reference_on_another_grid_is_resampled_with_a_warning(tmp_path):
    plane = np.add.outer(np.linspace(0.1, 0.5, 30), np.linspace(0, 0.3, 30))  # bilinear keeps planes
    fine = np.add.outer(np.interp(np.arange(60) / 2 - 0.25, range(30), np.linspace(0.1, 0.5, 30)),
                        np.interp(np.arange(60) / 2 - 0.25, range(30), np.linspace(0, 0.3, 30)))  # fmt: skip
    a = rasters.write_raster(tmp_path / "a.tif", np.stack([fine, fine]))
    x0, dx, _, y0, _, dy = rasters.NORTH_UP
    b = rasters.write_raster(tmp_path / "b.tif", np.stack([plane, plane]), geotransform=(x0, 2 * dx, 0, y0, 0, 2 * dy))
    said = []
    found = compare_images(str(a), str(b), feedback=Feedback(warn=said.append))
    assert found.whole.rmse < 2e-3
    assert any("resampled bilinearly" in text for text in said)
    assert found.notes == tuple(said)
    # a mask of the coarse grid takes whole pixels
    mask = np.zeros((1, 30, 30), np.uint8)
    mask[0, 3, 4] = 1
    clouds = rasters.write_raster(tmp_path / "m.tif", mask, geotransform=(x0, 2 * dx, 0, y0, 0, 2 * dy), nodata=0)
    assert compare_images(str(a), str(a), str(clouds)).cloudy.pixels == 4


def test_rotated_images_on_one_grid(tmp_path):
    image, reference = two_images(2, 20, 30)
    a, b = (
        rasters.write_raster(tmp_path / f"{n}.tif", v, geotransform=rasters.ROTATED)
        for n, v in (("a", image), ("b", reference))
    )
    assert compare_images(str(a), str(b)).whole.rmse == pytest.approx(np.sqrt(((image - reference) ** 2).mean()))


def test_what_a_mask_means(tmp_path):
    """Scene classes and classes with names mean what they say; of other masks all but 0 is cloudy."""
    image, reference = two_images(2, 20, 40)
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    values = np.repeat(np.array([0, 4, 5, 9], np.uint8), 10)[np.newaxis, np.newaxis].repeat(20, axis=1)
    for file, nodata, named, cloudy, clear, how in (
        ("m.tif", None, False, 600, 200, "all but 0 is cloudy"),
        ("m0.tif", 0, False, 600, 200, "all but 0 is cloudy"),
        ("T32TPS_20240830T100559_SCL_20m.tif", None, False, 400, 400, "scene classes 3, 8, 9, 10 (0, 1: no data)"),
        ("T33TPS_20240830T100559_SCL_20m.tif", 0, False, 200, 400, "scene classes 3, 8, 9, 10 (0, 1: no data)"),
        ("classes.tif", None, True, 400, 400, "5 cloud shadow, 9 cloud"),
    ):
        mask = rasters.write_raster(tmp_path / file, values, nodata=nodata)
        if named:
            dataset = gdal.Open(str(mask), gdal.GA_Update)
            dataset.GetRasterBand(1).SetCategoryNames(["", "", "", "", "clear", "cloud shadow", "", "", "", "cloud"])
            del dataset
        said = []
        found = compare_images(str(a), str(b), str(mask), feedback=Feedback(log=said.append))
        assert (found.cloudy.pixels, found.clear.pixels) == (cloudy, clear), file
        assert f"Mask {file}: {how}." in said


def test_a_map_of_something_else_as_mask_is_said(tmp_path):
    """It may mark a part on purpose; so it is told what was taken for cloudy, and how much that is."""
    image, reference = two_images(2, 20, 40)
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    values = np.repeat(np.array([0, 1, 2, 2], np.uint8), 10)[np.newaxis, np.newaxis].repeat(20, axis=1)
    mask = rasters.write_raster(tmp_path / "map.tif", values)
    dataset = gdal.Open(str(mask), gdal.GA_Update)
    dataset.GetRasterBand(1).SetCategoryNames(["Water", "Trees", "Crops"])
    del dataset
    warnings = []
    found = compare_images(str(a), str(b), str(mask), feedback=Feedback(warn=warnings.append))
    assert (found.cloudy.pixels, found.clear.pixels) == (600, 200)
    (said,) = warnings
    assert said.startswith(
        "map.tif, given as MASK, is a class raster in which no class is named after clouds or shadow"
    )
    assert "(Trees, Crops): all its values but 0 (Water) were taken for cloudy, 75.0% of the pixels" in said
    assert said in found.notes


def test_an_empty_part_is_said(tmp_path):
    image, reference = two_images(2, 20, 20)
    a, b = (rasters.write_raster(tmp_path / f"{n}.tif", v) for n, v in (("a", image), ("b", reference)))
    clouds = rasters.write_raster(tmp_path / "m.tif", np.zeros((1, 20, 20), np.uint8))
    found = compare_images(str(a), str(b), str(clouds))
    assert found.cloudy.pixels == 0
    assert (found.cloudy.rmse, found.cloudy.psnr_db, found.cloudy.ssim, found.cloudy.sam_deg) == (None,) * 4
    assert found.clear == found.whole
    assert "The cloudy part holds no pixel." in found.notes


def refused(error, match, *paths, **settings):
    with pytest.raises(error, match=match):
        compare_images(*(str(path) for path in paths), **settings)


def test_bad_input_is_refused_in_one_sentence(tmp_path):
    image, reference = two_images(3, 20, 20)
    a = rasters.write_raster(tmp_path / "a.tif", image)
    numbers = rasters.write_raster(tmp_path / "n.tif", (image * 10000).astype(np.uint16))
    two = rasters.write_raster(tmp_path / "two.tif", reference[:2])
    empty = rasters.write_raster(tmp_path / "e.tif", np.full_like(image, -1), nodata=-1)
    refused(RasterError, r"band 1 of n.tif holds uint16 numbers .* REFERENCE_SCALE", a, numbers)
    refused(RasterError, r"a.tif has 3 bands .*two.tif has 2 .* BANDS", a, two)
    refused(RasterError, "no pixel where both hold data", a, empty)
    refused(SettingsError, "BANDS asks for '9'", a, a, bands="9")
    refused(SettingsError, "SCALE is 0", a, a, scale=ValueScale(0.0))
    refused(Cancelled, "cancelled", a, a, feedback=Feedback(cancelled=lambda: True))
    assert compare_images(str(a), str(two), bands="1,2").bands == ("band 1", "band 2")


def test_stored_numbers_taken_for_reflectance_are_questioned(tmp_path):
    image, _ = two_images(2, 20, 20)
    path = str(rasters.write_raster(tmp_path / "a.tif", (image * 10000).astype(np.float32)))
    assert "expected reflectance from 0 to 1" in compare_images(path, path).notes[0]
    assert compare_images(path, path, scale=ValueScale(1e-4)).notes == ()


def test_real_dates_of_sentinel_2(shared_data):
    first, second = (str(shared_data / "boadella" / f"Boadella_{day}.tif") for day in ("2020-06-21", "2021-07-16"))
    x, y = (rasters.read_raster(path) * 1e-4 for path in (first, second))
    found = compare_images(first, second, scale=ValueScale(1e-4))
    assert found.whole.pixels == x[0].size
    assert found.whole.rmse == pytest.approx(np.sqrt(((x - y) ** 2).mean()), rel=1e-9)
    ssim = structural_similarity(
        x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=0
    )
    assert found.whole.ssim == pytest.approx(ssim, rel=1e-9)
    assert found.whole.sam_deg == pytest.approx(expected_sam(x, y), rel=1e-9)
    assert found.notes == ()
