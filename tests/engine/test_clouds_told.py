"""Known clouds told to a model: what it is fed under masks, seen through networks that show it, against numpy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import CloudInputs, CloudSettings, Feedback, RunOptions, RunSettings, load_model, remove_clouds
from geonnx.models.card.types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling
from geonnx.models.card.write import make_item
from geonnx.models.errors import Cancelled, ModelError, SettingsError
from geonnx.models.inspect import describe_model, render_html
from geonnx.models.model import Model, file_sha256
from numpy.typing import NDArray
from onnx import TensorProto, helper
from osgeo import gdal
from scipy.ndimage import distance_transform_edt

from ..rasters import read_raster, write_raster
from ..tiny_models import save
from .test_clouds import BANDS, DAYS, HEIGHT, WIDTH, Listener, Network, blobs, image, output, run, scenes, write_mask

TOLD = {"masked_clouds": True}


def mean_of_shown(folder: Path, *, spec: InputSpec | None = None, dates: int = 3, **more: Any) -> Network:
    """Return a network that gives the mean of the dates that are not 0, band by band; 0 where all are."""
    spec = spec or image("BTCHW", dates=dates)
    parts = [f"d{number}" for number in range(dates)]
    stacked = [
        helper.make_node("Unsqueeze", ["image", "time"], ["stacked"]),
        helper.make_node("Split", ["stacked"], parts, axis=2),
        helper.make_node("Concat", parts, ["series"], axis=1),
    ]
    nodes = [
        *([helper.make_node("Identity", ["image"], ["series"])] if "T" in spec.dims else stacked),
        helper.make_node("Cast", ["series"], ["shown"], to=TensorProto.BOOL),
        helper.make_node("Cast", ["shown"], ["ones"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["series", "time"], ["total"], keepdims=0),
        helper.make_node("ReduceSum", ["ones", "time"], ["count"], keepdims=0),
        helper.make_node("Max", ["count", "one"], ["least"]),
        helper.make_node("Div", ["total", "least"], ["clear"]),
    ]
    weights: dict[str, NDArray[Any]] = {"time": np.array([1], np.int64), "one": np.array(1, np.float32)}
    return Network(folder, [spec], nodes, [output()], weights=weights, more={**TOLD, **more})


def told_mean(values: list[NDArray[Any]], hidden: list[NDArray[np.bool_]]) -> NDArray[Any]:
    shown = np.stack([~mask for mask in hidden])[:, np.newaxis]
    total = (np.stack(values).astype(np.float64) * shown).sum(axis=0)
    return np.rint((total / np.maximum(shown.sum(axis=0), 1)).astype(np.float32))


def clouds_of(folder: Path, count: int = 3, share: float = 0.4) -> tuple[list[NDArray[np.bool_]], tuple[str, ...]]:
    clouds = [blobs(seed, share=share) for seed in range(count)]
    return clouds, tuple(write_mask(folder / f"m{number}.tif", cloudy) for number, cloudy in enumerate(clouds))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("tile", [64, 200])
def test_the_model_gets_no_data_under_masks(tmp_path: Path, keep: bool, fold: bool, tile: int) -> None:
    paths, values = scenes(tmp_path)
    values = [np.maximum(array, 1) for array in values]
    for path, array in zip(paths, values):
        write_raster(Path(path), array, names=list(BANDS))
    clouds, masks = clouds_of(tmp_path)
    grown = [distance_transform_edt(~cloudy) <= 2 for cloudy in clouds]
    order = (1, 0, 2)
    inputs = CloudInputs(tuple(paths[n] for n in order), cloud_masks=tuple(masks[n] for n in order))
    settings = RunSettings(tile_size=tile, options=RunOptions(fold=fold))
    how = CloudSettings(target=0, keep_clear=keep, feather_px=0, grow_px=2)
    heard = Listener()
    report = remove_clouds(
        mean_of_shown(tmp_path).model(), inputs, str(tmp_path / "out.tif"), settings, how, feedback=heard.feedback()
    )
    wanted = told_mean(values, grown)
    if keep:
        wanted = np.where(grown[1], wanted, values[1])
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif"), wanted)
    everywhere = np.logical_and.reduce(grown)
    assert 0 < everywhere.mean() < 0.5
    assert report.lost_share == pytest.approx(everywhere.mean())
    told = f"{everywhere.mean():.1%} of the pixels are cloudy on every date that shows them; the model fills them"
    assert [text for text in heard.warnings if text.startswith(told)]
    assert not [text for text in heard.logs if "outside of the model's graph" in text]


def test_a_model_that_does_not_ask_for_it_sees_the_clouds(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    clouds, masks = clouds_of(tmp_path)
    got = run(
        mean_of_shown(tmp_path, masked_clouds=False), CloudInputs(tuple(paths), cloud_masks=masks), tmp_path,
        CloudSettings(feather_px=0),
    )  # fmt: skip
    whole = told_mean([np.maximum(array, 1) for array in values], [np.zeros_like(clouds[0])] * 3)
    assert (np.abs(got.astype(int) - whole)[:, clouds[2]] <= 1).all()


def test_a_date_in_another_crs(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    elsewhere = str(tmp_path / f"warped_{DAYS[1]}.tif")
    gdal.Warp(elsewhere, paths[1], dstSRS="EPSG:4326", resampleAlg="near")
    got = run(mean_of_shown(tmp_path), CloudInputs((paths[0], elsewhere, paths[2])), tmp_path, CloudSettings(target=0))
    whole = told_mean([np.maximum(array, 1) for array in values], [np.zeros(values[0].shape[1:], bool)] * 3)
    assert got.shape == whole.shape
    assert np.corrcoef(got[:, 9:-9, 9:-9].ravel(), whole[:, 9:-9, 9:-9].ravel())[0, 1] > 0.8


@pytest.mark.parametrize("hides", [True, False])
def test_the_user_says_whether_clouds_are_hidden(tmp_path: Path, hides: bool) -> None:
    """Against the card, which says the opposite."""
    paths, values = scenes(tmp_path)
    clouds, masks = clouds_of(tmp_path)
    got = run(
        mean_of_shown(tmp_path, masked_clouds=not hides), CloudInputs(tuple(paths), cloud_masks=masks), tmp_path,
        CloudSettings(keep_clear=False), settings=RunSettings(options=RunOptions(hide_clouds=hides)),
    )  # fmt: skip
    hidden = clouds if hides else [np.zeros_like(cloudy) for cloudy in clouds]
    wanted = told_mean([np.maximum(array, 1) for array in values], hidden)
    assert (np.abs(got.astype(int) - wanted) <= 1).all()


def test_dates_stacked_on_the_bands_and_the_value_of_no_data(tmp_path: Path) -> None:
    """The fill of the card, after scaling, for all bands of a hidden date; the network gives back what it was fed."""
    paths, values = scenes(tmp_path, count=2)
    clouds, masks = clouds_of(tmp_path, 2)
    spec = InputSpec(
        "image", "BCHW", (None, 6, None, None), "float32", "series", tuple(map(BandSpec, BANDS)),
        scaling=(Scaling("scale", value=10),),
    )  # fmt: skip
    nodes = [helper.make_node("Slice", ["image", "start", "stop", "axis"], ["clear"])]
    weights = {name: np.array([number], np.int64) for name, number in (("start", 0), ("stop", 3), ("axis", 1))}
    network = Network(tmp_path, [spec], nodes, [output()], weights=weights, more={**TOLD, "fill": 77.0})
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    for fold in (True, False):
        settings = RunSettings(tile_size=64, options=RunOptions(fold=fold))
        got = run(network, inputs, tmp_path, CloudSettings(keep_clear=False), settings=settings)
        np.testing.assert_array_equal(got, np.where(clouds[0], 770, values[0]))
    got = run(
        mean_of_shown(tmp_path, dates=2, spec=InputSpec(
            "image", "BCHW", (None, 6, None, None), "float32", "series", tuple(map(BandSpec, BANDS))
        )), inputs, tmp_path, CloudSettings(keep_clear=False),
    )  # fmt: skip
    both = np.logical_and(*clouds)
    np.testing.assert_array_equal(got[:, clouds[0] & ~both], values[1][:, clouds[0] & ~both])


def test_gaps_stay_and_clouds_are_filled(tmp_path: Path) -> None:
    """Where no date has data there is none; under the target's cloud there is, also where the others have gaps."""
    paths, values = scenes(tmp_path, "int16", count=2)
    values = [np.maximum(array, 5) for array in values]
    values[1][:, 10:40, 20:60] = 0
    values[0][:, 30:70, 40:90] = 0
    for path, array in zip(paths, values):
        write_raster(Path(path), array, names=list(BANDS), nodata=0)
    clouds = [np.zeros((HEIGHT, WIDTH), bool) for _ in range(2)]
    clouds[1][50:80, 30:100] = True
    clouds[0][:20, :30] = True
    masks = tuple(write_mask(tmp_path / f"m{number}.tif", cloudy) for number, cloudy in enumerate(clouds))
    heard = Listener()
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    got = run(
        mean_of_shown(tmp_path, dates=2), inputs, tmp_path, CloudSettings(feather_px=0), feedback=heard.feedback()
    )
    gaps = [array[0] == 0 for array in values]
    fed = told_mean(values, [cloudy | gap for cloudy, gap in zip(clouds, gaps)])
    nowhere = np.logical_and(*gaps)
    wanted = np.where(clouds[1] | gaps[1], np.maximum(fed, 1), values[1])  # 0 means no data, so it becomes 1
    np.testing.assert_array_equal(got, np.where(nowhere, 0, wanted))
    unseen = ~nowhere & (gaps[0] | clouds[0]) & (gaps[1] | clouds[1])
    assert unseen.any()
    assert [text for text in heard.warnings if text.startswith(f"{unseen.mean():.1%} of the pixels are cloudy on ev")]
    alone = CloudInputs((paths[1],), cloud_masks=masks[1:])
    got = run(mean_of_shown(tmp_path, spec=image("BTCHW")), alone, tmp_path, CloudSettings(feather_px=0))
    np.testing.assert_array_equal(got, np.where(gaps[1], 0, np.where(clouds[1], 1, values[1])))


@pytest.mark.parametrize("hidden", [(0,), (0, 1, 2)])
def test_dates_that_are_masked_as_a_whole_are_not_there(tmp_path: Path, hidden: tuple[int, ...]) -> None:
    paths, values = scenes(tmp_path, nodata=60000)
    clouds = [np.full((HEIGHT, WIDTH), number in hidden) for number in range(3)]
    masks = tuple(write_mask(tmp_path / f"m{number}.tif", cloudy) for number, cloudy in enumerate(clouds))
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    got = run(mean_of_shown(tmp_path), inputs, tmp_path, CloudSettings(keep_clear=False))
    wanted = told_mean([np.maximum(array, 0) for array in values], clouds)
    assert (np.abs(got - wanted)[:, np.stack(values).min(axis=(0, 1)) > 0] <= 1).all()


def test_polygons_and_extent_bound_the_share(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path, count=2)
    cloudy = np.zeros((HEIGHT, WIDTH), bool)
    cloudy[:, :30] = True
    masks = tuple(write_mask(tmp_path / f"m{number}.tif", cloudy) for number in range(2))
    ring = [[500200, 5199800], [500400, 5199800], [500400, 5199500], [500200, 5199500], [500200, 5199800]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    polygon = tmp_path / "area.geojson"
    polygon.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    extent = ((500100.0, 5199900.0), (500500.0, 5199900.0), (500500.0, 5199300.0), (500100.0, 5199300.0))
    inputs, model = CloudInputs(tuple(paths), cloud_masks=masks), mean_of_shown(tmp_path, dates=2).model()
    for settings, share in ((RunSettings(extent=extent), 0.5), (RunSettings(mask_path=str(polygon)), 0.5)):
        report = remove_clouds(model, inputs, str(tmp_path / "out.tif"), settings, CloudSettings(feather_px=0))
        assert report.lost_share == pytest.approx(share)


def test_dates_and_masks_on_other_grids(tmp_path: Path) -> None:
    """A date of 20 m with its mask, and a model of 20 m: no bright pixel of a cloud comes through anywhere."""
    fine = np.full((3, 80, 120), 1000, np.uint16)
    coarse = np.full((3, 40, 60), 1000, np.uint16)
    clouds = [np.zeros((80, 120), bool), np.zeros((40, 60), bool)]
    clouds[0][13:38, 21:66] = True
    clouds[1][25:35, 40:55] = True
    fine[:, clouds[0]] = coarse[:, clouds[1]] = 9000
    wide = (500000.0, 20.0, 0.0, 5200000.0, 0.0, -20.0)
    paths, masks = [], []
    for day, values, cloudy, where in zip(DAYS, (fine, coarse), clouds, ({}, {"geotransform": wide})):
        paths.append(str(write_raster(tmp_path / f"s_{day}.tif", values, names=list(BANDS), **where)))
        masks.append(write_mask(tmp_path / f"mask_{day}.tif", cloudy, **where))
    inputs = CloudInputs(tuple(paths), cloud_masks=tuple(masks))
    for gsd in (None, 20.0):
        network = mean_of_shown(tmp_path, dates=2, gsd_m=gsd)
        for target, grow in ((0, 2), (1, 1)):  # bilinear resampling of dates carries a cloud a pixel farther
            how = CloudSettings(target=target, feather_px=0, grow_px=grow)
            got = run(network, inputs, tmp_path, how)
            kept = distance_transform_edt(~clouds[target]) > grow
            assert set(np.unique(got[:, ~kept])) == {1000}, (gsd, target)


def cloud_finder(folder: Path) -> Model:
    """Return a segmentation model that calls everything above 5000 of the first band a cloud."""
    path = save(
        folder / "clouds.onnx",
        [
            helper.make_node("Gather", ["image", "first"], ["band"], axis=1),
            helper.make_node("Greater", ["band", "limit"], ["over"]),
            helper.make_node("Cast", ["over"], ["numbers"], to=TensorProto.INT64),
            helper.make_node("Squeeze", ["numbers", "axis"], ["map"]),
        ],
        inputs=[("image", "float32", ["n", 3, "h", "w"])],
        outputs=[("map", "int64", ["n", "h", "w"])],
        weights={
            "first": np.array([0], np.int64),
            "limit": np.array(5000, np.float32),
            "axis": np.array([1], np.int64),
        },
    )
    classes = (ClassSpec(0, "clear", "#000000"), ClassSpec(1, "cloud", "#ffffff"))
    spec = OutputSpec("map", "BHW", (None,) * 3, "int64", classes=classes, holds_numbers=True)
    return Model(ModelCard("finder", "test", path, "segment", (image("BCHW"),), (spec,)), file_sha256(path))


@pytest.mark.parametrize("keep", [True, False])
def test_a_cloud_model_is_run_on_every_date(tmp_path: Path, keep: bool) -> None:
    paths, values = scenes(tmp_path)
    values = [np.maximum(array, 1) for array in values]
    for path, array in zip(paths, values):
        write_raster(Path(path), array, names=list(BANDS))
    given = blobs(7)
    masks = (write_mask(tmp_path / f"mask_{DAYS[0]}.tif", given),)
    inputs = CloudInputs(tuple(paths), cloud_masks=masks, cloud_model=cloud_finder(tmp_path))
    heard, shares = Listener(), []
    feedback = Feedback(shares.append, heard.logs.append, heard.warnings.append)
    how = CloudSettings(keep_clear=keep, feather_px=0)
    got = run(mean_of_shown(tmp_path), inputs, tmp_path, how, feedback=feedback)
    hidden = [given, values[1][0] > 5000, values[2][0] > 5000]
    wanted = told_mean(values, hidden)
    np.testing.assert_array_equal(got, np.where(hidden[2], wanted, values[2]) if keep else wanted)
    assert sum(text.startswith("Clouds of ") and "by finder" in text for text in heard.logs) == 2
    assert any("The clouds of 3 date(s) are fed to the model as pixels without data" in text for text in heard.logs)
    assert shares == sorted(shares) and shares[-1] == 1
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".geonnx")]


def test_clouds_that_nobody_knows_are_left_to_the_model(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path, count=2)
    heard = Listener()
    network = mean_of_shown(tmp_path, dates=2)
    run(network, paths, tmp_path, feedback=heard.feedback())
    assert len([text for text in heard.warnings if "Nothing says where the clouds" in text]) == 1
    mask = write_mask(tmp_path / f"mask_{DAYS[1]}.tif", blobs())
    heard = Listener()
    got = run(
        network, CloudInputs(tuple(paths), cloud_masks=(mask,)), tmp_path, CloudSettings(feather_px=0),
        feedback=heard.feedback(),
    )  # fmt: skip
    np.testing.assert_array_equal(got, np.where(blobs(), values[0], values[1]))
    said = f"Nothing says where the clouds of {DAYS[0]} are: the model has to find them by itself."
    assert [text for text in heard.warnings if "Nothing says where the clouds" in text] == [said]


@pytest.mark.parametrize("by_model", [True, False])
def test_a_run_goes_on_with_the_same_masks_only(tmp_path: Path, by_model: bool) -> None:
    paths, _ = scenes(tmp_path, shape=(1100, 600))
    clouds = [blobs(seed, (1100, 600)) for seed in range(3)]
    masks = tuple(write_mask(tmp_path / f"m{number}.tif", cloudy) for number, cloudy in enumerate(clouds))
    found: dict[str, Any] = {"cloud_model": cloud_finder(tmp_path)} if by_model else {"cloud_masks": masks}
    inputs, model = CloudInputs(tuple(paths), **found), mean_of_shown(tmp_path).model()
    settings = RunSettings(tile_size=256, options=RunOptions(resume=True))
    whole = run(model, inputs, tmp_path, settings=RunSettings(tile_size=256))
    (tmp_path / "out.tif").unlink()
    done = [0.0]
    stop = Feedback(progress=lambda share: done.__setitem__(0, share), cancelled=lambda: done[0] > 0.75)
    with pytest.raises(Cancelled):
        run(model, inputs, tmp_path, settings=settings, feedback=stop)
    other = CloudInputs(tuple(paths), cloud_masks=masks[::-1])
    with pytest.raises(SettingsError, match="was started with other cloud masks"):
        run(model, other, tmp_path, settings=settings)
    with pytest.raises(SettingsError, match="was started with other cloud masks"):
        run(model, inputs, tmp_path, CloudSettings(grow_px=1), settings=settings)
    heard = Listener()
    np.testing.assert_array_equal(run(model, inputs, tmp_path, settings=settings, feedback=heard.feedback()), whole)
    assert any("The run goes on where it stopped" in text for text in heard.logs)
    assert not list(tmp_path.glob(".geonnx*"))


def test_the_card_says_that_a_model_takes_masked_clouds(tmp_path: Path) -> None:
    model = mean_of_shown(tmp_path).model()
    item = make_item(model.card, tmp_path / "cloudless.json", sha256=model.sha256, size=1)
    assert item["properties"]["geonnx:masked_clouds"] is True
    (tmp_path / "cloudless.json").write_text(json.dumps(item))
    read = load_model(tmp_path / "cloudless.onnx")
    assert read.card.masked_clouds and read.card.problems == ()
    assert describe_model(read)["masked_clouds"] is True and "Known clouds" in render_html(read)
    plain = mean_of_shown(tmp_path, masked_clouds=False).model()
    bare = make_item(plain.card, tmp_path / "cloudless.json", sha256=model.sha256, size=1)
    assert "geonnx:masked_clouds" not in bare["properties"]
    item["properties"]["geonnx:masked_clouds"] = "yes"
    (tmp_path / "cloudless.json").write_text(json.dumps(item))
    with pytest.raises(ModelError, match="geonnx:masked_clouds should be true or false; found 'yes'"):
        load_model(tmp_path / "cloudless.onnx")


def test_the_result_says_nothing_of_scratch_files(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path, count=2)
    inputs = CloudInputs(tuple(paths), cloud_model=cloud_finder(tmp_path))
    run(mean_of_shown(tmp_path, dates=2), inputs, tmp_path)
    said = gdal.Open(str(tmp_path / "out.tif")).GetMetadata("GEONNX")
    assert said["CLOUDS"] == "finder" and not any(".geonnx" in text for text in said.values())
