"""The synthetic scene: what other tests and the demonstration rely on."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal


@pytest.fixture(scope="module")
def scene(scenes):
    return scenes.draw_scene(420, 360)


def test_same_seed_same_scene(scenes, scene):
    assert np.array_equal(scenes.draw_scene(420, 360).integers(), scene.integers())
    assert not np.array_equal(scenes.draw_scene(420, 360, seed=5).integers(), scene.integers())


def test_nodata_is_zero_where_there_is_nothing_and_nowhere_else(scene):
    numbers = scene.integers()
    assert not scene.valid.all() and scene.valid.mean() > 0.9
    assert np.array_equal((numbers == 0).all(axis=0), ~scene.valid)
    assert (numbers[:, scene.valid] > 0).all()


def test_clouds_are_bright_and_shadows_dark(scenes, scene):
    blue, near_infrared = (scene.reflectance[scenes.BANDS.index(name)] for name in ("B02", "B08"))
    thick = scene.valid & (scene.cloud > 0.9)
    sunny = scene.valid & (scene.cloud < 0.01) & (scene.shadow < 0.01)
    shaded = scene.valid & (scene.cloud < 0.01) & (scene.shadow > 0.9)
    assert min(thick.sum(), sunny.sum(), shaded.sum()) > 500
    assert blue[thick].mean() > 3 * blue[sunny].mean()
    assert near_infrared[shaded].mean() < 0.5 * near_infrared[sunny].mean()


def test_without_clouds_there_are_none(scenes):
    clear = scenes.draw_scene(200, 160, clouds=False)
    assert not clear.cloud.any() and not clear.shadow.any()
    assert clear.reflectance[0].max() < 0.4


def test_file_is_a_tiled_geotiff_with_named_bands(scenes, scene, tmp_path):
    dataset = gdal.Open(str(scenes.write_scene(tmp_path / "scene.tif", scene)))
    assert [dataset.GetRasterBand(i).GetDescription() for i in range(1, 14)] == list(scenes.BANDS)
    assert dataset.GetGeoTransform() == (456_780.0, 10.0, 0.0, 5_412_340.0, 0.0, -10.0)
    assert dataset.GetRasterBand(1).GetNoDataValue() == 0
    assert dataset.GetRasterBand(1).GetBlockSize() == [512, 512]
    assert np.array_equal(dataset.ReadAsArray(), scene.integers())


@pytest.fixture(scope="module")
def series(scenes):
    return scenes.draw_series(width=420, height=360)


def test_bands_of_water_vapour_hide_the_ground_but_not_high_clouds(scenes, scene):
    vapour, cirrus = (scene.reflectance[scenes.BANDS.index(name)] for name in ("B09", "B10"))
    near_infrared = scene.clear[scenes.BANDS.index("B8A")]
    sunny = scene.valid & (scene.cloud < 0.01) & (scene.shadow < 0.01)
    assert np.corrcoef(vapour[sunny], near_infrared[sunny])[0, 1] > 0.95
    assert np.median(vapour[sunny]) < 0.5 * np.median(near_infrared[sunny])
    assert np.median(cirrus[sunny]) < 0.005 < np.median(cirrus[scene.valid & (scene.cloud > 0.9)])


def test_true_cover_is_that_of_the_spectra(scenes, scene):
    clear = scene.clear - np.float32(scenes.PATH_REFLECTANCE)[:, None, None]
    for cover in ("water", "forest", "soil"):
        pixels = clear[:, scene.valid & (scene.cover == scenes.COVERS.index(cover))]
        # borders are mixed and brightness varies, so the median: it has the shape of the spectrum
        middle, wanted = np.median(pixels, axis=1), np.array(scenes.SPECTRA[cover]) * scenes.TRANSMISSION
        assert middle @ wanted / np.linalg.norm(middle) / np.linalg.norm(wanted) > 0.99, cover


def test_without_its_clouds_a_scene_is_the_same_where_it_was_clear(scene):
    bare = scene.without_clouds()
    sunny = scene.valid & (scene.cloud < 1e-6) & (scene.shadow < 1e-6)
    assert sunny.mean() > 0.3 and not bare.cloud.any() and not bare.shadow.any()
    assert np.abs(bare.reflectance - scene.reflectance)[:, sunny].max() < 1e-4
    assert np.abs(bare.reflectance - scene.reflectance)[0, scene.valid & (scene.cloud > 0.9)].min() > 0.1


def test_dates_of_a_series_show_the_same_land_under_other_skies(scenes, series):
    days = [visit.day for visit in scenes.SERIES if not visit.changed]
    first = series[days[0]]
    for day in days[1:]:
        assert np.array_equal(series[day].cover, first.cover)
        hidden, before = series[day].cloud > 0.3, first.cloud > 0.3
        assert np.mean(hidden & before) < 0.5 * min(hidden.mean(), before.mean())
        difference = np.abs(series[day].clear - first.clear)[:, first.valid]
        assert 0.001 < difference.mean() < 0.02  # weather and noise, no other land


def test_changes_are_few_whole_patches_of_the_kinds_that_were_promised(scenes, series):
    before, after = (series[visit.day] for visit in (scenes.SERIES[1], scenes.SERIES[-1]))
    assert not after.cloud.any()
    changed = (before.cover != after.cover) & before.valid
    assert 0.01 < changed.mean() < 0.10
    was, now = ([scenes.COVERS[place] for place in scene.cover[changed]] for scene in (before, after))
    kinds = set(zip(was, now))
    assert ("forest", "soil") in kinds
    for built in ("water", "halls", "roofs"):
        assert any(new == built for _, new in kinds), built
    differs = np.abs(after.clear - before.clear).max(axis=0)
    assert np.median(differs[changed]) > 3 * np.median(differs[before.valid & ~changed])


def test_same_seed_same_series_whatever_dates_are_asked_for(scenes, series):
    last = scenes.SERIES[-1]
    alone = scenes.draw_series((last,), width=420, height=360)
    assert np.array_equal(alone[last.day].integers(), series[last.day].integers())


def test_series_is_written_with_its_dates_in_the_names(scenes, series, tmp_path):
    visits = scenes.SERIES[:1]
    (path,) = scenes.make_series(tmp_path, visits, 420, 360).values()
    assert path.name == "scene_2024-06-08.tif"
    assert np.array_equal(gdal.Open(str(path)).ReadAsArray(), series[visits[0].day].integers())
