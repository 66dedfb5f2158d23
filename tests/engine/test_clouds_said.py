"""What cloud removal refuses before it works, and what it says of what it does not know."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from geonnx.models import CloudInputs, CloudSettings, RunOptions, RunSettings, load_model, remove_clouds
from geonnx.models.errors import RasterError, SettingsError

from ..rasters import noise, write_raster
from .test_clouds import DAYS, HEIGHT, WIDTH, Listener, blobs, plus, run, scenes, write_mask
from .test_clouds_told import cloud_finder, clouds_of, mean_of_shown


@pytest.mark.parametrize("by_model", [True, False])
def test_polygons_elsewhere_are_said_before_any_work(tmp_path: Path, by_model: bool) -> None:
    paths, _ = scenes(tmp_path)
    ring = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    far = tmp_path / "far.geojson"
    far.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    heard, inputs = Listener(), CloudInputs(tuple(paths), cloud_model=cloud_finder(tmp_path))
    network = mean_of_shown(tmp_path) if by_model else None
    with pytest.raises(RasterError, match="No polygon of MASK meets the raster"):
        run(network, inputs, tmp_path, settings=RunSettings(mask_path=str(far)), feedback=heard.feedback())
    assert not [text for text in heard.logs if "finder" in text]


def test_one_date_without_a_model_is_refused_before_any_work(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path, count=1)
    heard = Listener()
    with pytest.raises(SettingsError, match="give more than one raster as INPUTS"):
        run(None, CloudInputs(tuple(paths), cloud_model=cloud_finder(tmp_path)), tmp_path, feedback=heard.feedback())
    assert not heard.logs


def test_options_that_say_nothing_of_the_run(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path)
    _, masks = clouds_of(tmp_path)
    known, unknown = CloudInputs(tuple(paths), cloud_masks=masks), CloudInputs(tuple(paths))
    network = mean_of_shown(tmp_path)
    for model, inputs, options, said in (
        (
            None,
            known,
            RunOptions(hide_clouds=True),
            "hide_clouds, which says whether a model is shown .* without MODEL",
        ),
        (None, known, RunOptions(hide_clouds=False), "hide_clouds, .* without MODEL leave it out"),
        (network, unknown, RunOptions(hide_clouds=True), "hide_clouds is true, and nothing says where the clouds are"),
        (network, known, RunOptions(cloud_bands="1,2,3"), "has cloud_bands, .* of a CLOUD_MODEL; none is given"),
        (None, known, RunOptions(cloud_bands="1,2,3"), "has cloud_bands, .* of a CLOUD_MODEL; none is given"),
    ):
        with pytest.raises(SettingsError, match=said):
            run(model, inputs, tmp_path, settings=RunSettings(tile_size=64, options=options))
    run(network, unknown, tmp_path, settings=RunSettings(tile_size=64, options=RunOptions(hide_clouds=False)))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(("told", "masked", "is_known"), [(True, 3, True), (True, 1, False), (False, 3, False)])
def test_what_is_lost_is_told_where_it_is_known(
    tmp_path: Path, keep: bool, told: bool, masked: int, is_known: bool
) -> None:
    """The clouds of two dates do not meet those of the third: nothing is lost."""
    paths, _ = scenes(tmp_path)
    cloudy = blobs()
    masks = [write_mask(tmp_path / f"m_{day}.tif", cloudy & (day == DAYS[2])) for day in DAYS]
    inputs = CloudInputs(tuple(paths), cloud_masks=tuple(masks[3 - masked :]))
    model = mean_of_shown(tmp_path, masked_clouds=told).model()
    report = remove_clouds(model, inputs, str(tmp_path / "o.tif"), clouds=CloudSettings(keep_clear=keep))
    assert report.lost_share == (0 if is_known else None)
    assert report.cloudy_share == pytest.approx(cloudy.mean(), abs=0.01)
    assert (report.kept_share > 0) == keep
    report = remove_clouds(None, inputs, str(tmp_path / "o.tif"), clouds=CloudSettings(keep_clear=keep))
    assert report.lost_share == (0 if masked == 3 else None)


def test_a_model_of_one_date_does_not_know_what_is_lost(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path, count=1)
    inputs = CloudInputs(tuple(paths), cloud_masks=(write_mask(tmp_path / "m.tif", blobs()),))
    assert remove_clouds(plus(tmp_path).model(), inputs, str(tmp_path / "o.tif")).lost_share is None


def test_warnings_of_the_cloud_model_name_the_date(tmp_path: Path) -> None:
    """Noise is unlike all that the bundled model was trained on."""
    names = ["B02", "B03", "B04", "B08", "B11", "B12"]
    paths = [write_raster(tmp_path / f"s_{day}.tif", noise(6, 80, 90, "uint16"), names=names) for day in DAYS[:2]]
    heard, inputs = Listener(), CloudInputs(tuple(map(str, paths)), cloud_model=load_model("s2-cloudmask"))
    run(None, inputs, tmp_path, CloudSettings(target=1), feedback=heard.feedback())
    (unlike,) = [text for text in heard.warnings if "looks unlike what" in text]
    assert unlike.startswith(f"{DAYS[0]}: 100% of the image") and unlike.endswith(f"(The same for {DAYS[1]}.)")


@pytest.mark.parametrize("method", ["nearest", "median", "regression"])
def test_clouds_that_nobody_knows_without_a_model(tmp_path: Path, method: str) -> None:
    paths, values = scenes(tmp_path)
    heard = Listener()
    with pytest.raises(SettingsError, match=f"Nothing says where the clouds of {DAYS[2]} are: give CLOUD_MASKS"):
        run(None, paths, tmp_path, CloudSettings(method=method), feedback=heard.feedback())
    assert not heard.warnings
    gap = np.zeros((HEIGHT, WIDTH), bool)
    gap[10:30, 20:50] = True
    write_raster(Path(paths[2]), np.where(gap, 0, np.maximum(values[2], 1)), names=["B02", "B03", "B04"], nodata=0)
    got = run(None, paths, tmp_path, CloudSettings(method=method, keep_clear=False), feedback=heard.feedback())
    said = f"Nothing says where the clouds of {', '.join(DAYS)} are: all of it is taken to be clear"
    if method != "median":
        said += f", so only the gaps of {DAYS[2]} are filled"
        np.testing.assert_array_equal(got[:, ~gap], np.maximum(values[2], 1)[:, ~gap])
    assert (got[:, gap] > 0).all()
    assert heard.warnings == [f"{said}."]
