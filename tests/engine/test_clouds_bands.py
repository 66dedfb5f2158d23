"""Which bands a cloud model gets beside a model that removes clouds, where rasters have no band names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import (
    CloudInputs,
    CloudSettings,
    RunOptions,
    RunSettings,
    load_model,
    read_options,
    remove_clouds,
)
from geonnx.models.card.types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling
from geonnx.models.errors import RasterError, SettingsError
from geonnx.models.model import Model, file_sha256
from numpy.typing import NDArray
from onnx import TensorProto, helper

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import save
from .test_clouds import DAYS, Listener, Network, image, output, plus, run

NOW = CloudSettings(feather_px=0)


def finder(folder: Path, *bands: str, **more: Any) -> Model:
    """Return a cloud model that takes some bands, and calls everything above 5000 of the first of them a cloud."""
    path = save(
        folder / "finder.onnx",
        [
            helper.make_node("Gather", ["image", "first"], ["band"], axis=1),
            helper.make_node("Greater", ["band", "limit"], ["over"]),
            helper.make_node("Cast", ["over"], ["numbers"], to=TensorProto.INT64),
            helper.make_node("Squeeze", ["numbers", "axis"], ["map"]),
        ],
        inputs=[("image", "float32", ["n", len(bands), "h", "w"])],
        outputs=[("map", "int64", ["n", "h", "w"])],
        weights={"first": np.array([0]), "limit": np.array(5000, np.float32), "axis": np.array([1])},
    )
    taken = InputSpec(
        "image", "BCHW", (None, len(bands), None, None), "float32", bands=tuple(map(BandSpec, bands)), **more
    )
    classes = (ClassSpec(0, "clear", "#000000"), ClassSpec(1, "cloud", "#ffffff"))
    given = OutputSpec("map", "BHW", (None,) * 3, "int64", classes=classes, holds_numbers=True)
    return Model(ModelCard("finder", "test", path, "segment", (taken,), (given,)), file_sha256(path))


@pytest.fixture
def dates(tmp_path: Path) -> tuple[list[str], list[NDArray[Any]]]:
    """Write two dates of five bands without names; 4, 1 and 3 are B02, B03 and B04."""
    values = [noise(5, 40, 50, "uint16", seed=seed) for seed in range(2)]
    return [str(write_raster(tmp_path / f"s_{day}.tif", array)) for day, array in zip(DAYS, values)], values


def test_bands_name_them_for_the_cloud_model_too(tmp_path: Path, dates: Any) -> None:
    paths, values = dates
    inputs = CloudInputs((paths[0],), cloud_model=finder(tmp_path, "B04", "B02"))
    got = run(plus(tmp_path), inputs, tmp_path, NOW, settings=RunSettings(bands="4,1,3"))
    seen = values[0][[3, 0, 2]]
    np.testing.assert_array_equal(got, np.where(values[0][2] > 5000, seen + 100, seen))


def test_cloud_bands_say_it_where_bands_do_not(tmp_path: Path, dates: Any) -> None:
    paths, values = dates
    inputs = CloudInputs(tuple(paths), cloud_model=finder(tmp_path, "B11", "B02"))
    settings = RunSettings(bands="4,1", options=RunOptions(cloud_bands="5,4"))
    got = run(None, inputs, tmp_path, NOW, settings=settings)
    cloudy = [array[4] > 5000 for array in values]
    wanted = np.where(cloudy[1] & ~cloudy[0], values[0][[3, 0]], values[1][[3, 0]])
    np.testing.assert_array_equal(got, wanted)
    one = CloudInputs((paths[0],), cloud_model=inputs.cloud_model)
    settings = RunSettings(bands="4,1,3", options=RunOptions(cloud_bands="2,4"))
    seen = values[0][[3, 0, 2]]
    got = run(plus(tmp_path), one, tmp_path, NOW, settings=settings)
    np.testing.assert_array_equal(got, np.where(values[0][1] > 5000, seen + 100, seen))


def test_the_way_out_is_said(tmp_path: Path, dates: Any) -> None:
    paths, _ = dates
    inputs = CloudInputs((paths[0],), cloud_model=finder(tmp_path, "B11", "B02"))
    with pytest.raises(RasterError) as caught:
        run(plus(tmp_path), inputs, tmp_path, NOW, settings=RunSettings(bands="4,1,3"))
    assert str(caught.value) == (
        "finder finds clouds in the bands B11, B02, and nothing says which of s_2020-01-05.tif these are (it has "
        '1 (B03), 2, 3 (B04), 4 (B02), 5). Expected the bands B11, B02, in this order, as in OPTIONS={"cloud_bands": '
        '"B11,B02"} with the raster\'s own numbers in place of B11. BANDS says it only of those bands that MODEL takes '
        "too."
    )


@pytest.mark.parametrize(
    ("cloud_bands", "said"),
    [
        (
            "2",
            r"cloud_bands of OPTIONS names 1 bands; the model takes 2 \(B11, B02\)\. s_2020-01-05\.tif has the bands",
        ),
        ("2,9", "cloud_bands of OPTIONS asks for '9'; s_2020-01-05.tif has the bands 1, 2, 3, 4, 5"),
        ("2,red", "cloud_bands of OPTIONS asks for 'red'; s_2020-01-05.tif has the bands 1, 2, 3, 4, 5"),
        (
            "2,2",
            "gives band 2 of s_2020-01-05.tif more than once to finder, as B11 and B02. Expected the bands B11, B02",
        ),
    ],
)
def test_wrong_cloud_bands(tmp_path: Path, dates: Any, cloud_bands: str, said: str) -> None:
    paths, _ = dates
    inputs = CloudInputs(tuple(paths), cloud_model=finder(tmp_path, "B11", "B02"))
    settings = RunSettings(options=RunOptions(cloud_bands=cloud_bands))
    with pytest.raises(SettingsError, match=said) as caught:
        run(None, inputs, tmp_path, NOW, settings=settings)
    way = 'OPTIONS={"cloud_bands": "B11,B02"} with the raster\'s own numbers in place of B11, B02.'
    assert str(caught.value).endswith(f"Expected the bands B11, B02, in this order, as in {way}")


def test_the_example_has_the_names_of_the_raster(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "s.tif", noise(3, 40, 50, "uint16"), names=["red", "B11", "B02"])
    inputs = CloudInputs((str(path),) * 2, cloud_model=finder(tmp_path, "B11", "B04"))
    with pytest.raises(SettingsError) as caught:
        run(None, inputs, tmp_path, NOW, settings=RunSettings(options=RunOptions(cloud_bands="2")))
    assert str(caught.value).endswith('as in OPTIONS={"cloud_bands": "B11,red"}, or leave cloud_bands out.')
    for count, numbers in ((12, "11,4"), (13, "12,4")):
        write_raster(path, noise(count, 40, 50, "uint16"))
        with pytest.raises(RasterError, match=f'"{numbers}"}} where they lie as in Sentinel-2 products'):
            run(None, inputs, tmp_path, NOW)


def test_cloud_bands_as_a_list(tmp_path: Path, dates: Any) -> None:
    paths, values = dates
    heard = Listener()
    inputs = CloudInputs(tuple(paths), cloud_model=finder(tmp_path, "B11", "B02"))
    settings = RunSettings(options=read_options('{"cloud_bands": [5, "4"]}'))
    got = run(None, inputs, tmp_path, NOW, settings=settings, feedback=heard.feedback())
    hidden = (values[1][4] > 5000) & (values[0][4] <= 5000)
    np.testing.assert_array_equal(got, np.where(hidden, values[0], values[1]))
    assert len([text for text in heard.logs if text.endswith("bands 5, 4 as cloud_bands of OPTIONS says.")]) == 2
    with pytest.raises(SettingsError, match=r"cloud_bands should be text or a list of .*; found \[5, true\]"):
        read_options('{"cloud_bands": [5, true]}')


def test_a_band_twice_for_the_model_is_told(tmp_path: Path, dates: Any) -> None:
    """A grey image for a model of colours is all that some have."""
    paths, values = dates
    mask = str(write_raster(tmp_path / "mask.tif", np.ones((1, 40, 50), np.uint8)))
    heard = Listener()
    settings = RunSettings(bands="4,4,3")
    got = run(
        plus(tmp_path), CloudInputs((paths[0],), cloud_masks=(mask,)), tmp_path, NOW, settings=settings,
        feedback=heard.feedback(),
    )  # fmt: skip
    np.testing.assert_array_equal(got, values[0][[3, 3, 2]] + 100)
    said = "BANDS gives the model band 4 of s_2020-01-05.tif as B02 and B03: it sees the same in each"
    assert [text for text in heard.warnings if text.startswith(said)]


@pytest.mark.parametrize("named", [True, False])
def test_bands_that_another_date_lacks_are_said_before_any_work(tmp_path: Path, named: bool) -> None:
    names = (["B02", "B03", "B11"], ["B02", "B03"]) if named else ([], [])
    values = [noise(count, 40, 50, "uint16", seed=count) for count in (3, 2)]
    paths = tuple(
        str(write_raster(tmp_path / f"s_{day}.tif", array, names=own)) for day, array, own in zip(DAYS, values, names)
    )
    heard, inputs = Listener(), CloudInputs(paths, cloud_model=finder(tmp_path, "B02"))
    plain, regression = CloudSettings(target=0), CloudSettings(target=0, method="regression")
    settings = RunSettings("1,3" if named else "", options=RunOptions(cloud_bands="1"))
    lack = "lacks B11" if named else "has other bands, without names to tell which"
    with pytest.raises(RasterError, match=f"s_{DAYS[1]}.tif of {DAYS[1]} {lack} .it has .*, and s_{DAYS[0]}.tif is"):
        run(None, inputs, tmp_path, plain, settings=settings, feedback=heard.feedback())
    assert not heard.logs
    assert run(None, inputs, tmp_path, regression, settings=settings).shape == (2 if named else 3, 40, 50)
    # not when the first date is done
    wrong = RunSettings("1", options=RunOptions(cloud_bands="3"))
    with pytest.raises(SettingsError, match=f"asks for '3'; s_{DAYS[1]}.tif has the bands"):
        run(None, inputs, tmp_path, regression, settings=wrong, feedback=heard.feedback())
    assert not heard.logs


def test_bands_without_names_of_a_date_on_another_grid(tmp_path: Path, dates: Any) -> None:
    paths, values = dates
    moved = (500200.0, 10.0, 0.0, 5200000.0, 0.0, -10.0)
    write_raster(Path(paths[0]), values[0], geotransform=moved)
    masks = tuple(
        str(write_raster(tmp_path / f"m_{day}.tif", np.full((1, 40, 50), number, np.uint8)))
        for number, day in enumerate(DAYS[:2])
    )
    got = run(None, CloudInputs(tuple(paths), cloud_masks=masks), tmp_path, NOW, settings=RunSettings(bands="4,2"))
    np.testing.assert_array_equal(got[:, :, 20:], values[0][[3, 1], :, :30])


def test_bundled_models_on_bands_without_names(shared_data: Path, tmp_path: Path) -> None:
    """Sentinel-2 of a reservoir in 12 nameless bands: BANDS of one model tells the other where its bands are."""
    days = ("2021-06-26", "2021-07-16", "2021-07-21")
    paths = tuple(str(shared_data / "boadella" / f"Boadella_{day}.tif") for day in days)
    removal, mask = load_model("s2-cloudremoval"), load_model("s2-cloudmask")
    out = str(tmp_path / "clear.tif")
    report = remove_clouds(
        removal, CloudInputs(paths, cloud_model=mask), out, RunSettings(bands="2,3,4,5,6,7,8,9,11,12", tile_size=256),
        CloudSettings(target=0),
    )  # fmt: skip
    assert report.target == days[0] and report.cloudy_share is not None
    assert read_raster(Path(out)).shape[0] == 10


def test_what_is_wrong_with_every_date_is_said_once(tmp_path: Path) -> None:
    """Reflectance where reflectance × 10000 is wanted, on three dates: two models warn once each."""
    days = ("2020-01-05", "2020-02-10", "2020-06-01")
    values = [noise(3, 80, 90, "float32", seed=seed) for seed in range(3)]
    names = ["B02", "B03", "B04"]
    paths = tuple(str(write_raster(tmp_path / f"s_{day}.tif", array, names=names)) for day, array in zip(days, values))
    scaling = (Scaling("min-max", minimum=0, maximum=10000),)
    cloud_model = finder(tmp_path, "B04", scaling=scaling)
    mean = image("BTCHW", dates=3, scaling=scaling)
    nodes = [helper.make_node("ReduceMean", ["image"], ["clear"], axes=[1], keepdims=0)]
    network = Network(tmp_path, [mean], nodes, [output()], more={"masked_clouds": True})
    heard = Listener()
    run(network, CloudInputs(paths, cloud_model=cloud_model), tmp_path, feedback=heard.feedback())
    found = [text for text in heard.warnings if "the map will be wrong if this is not meant" in text]
    assert len(found) == 2
    for text in found:
        assert text.startswith("s_2020-01-05.tif, band") and text.endswith(
            " (The same for s_2020-02-10.tif, s_2020-06-01.tif.)"
        )
