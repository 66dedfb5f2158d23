"""Which bands a cloud model gets beside a model that removes clouds, where rasters have no band names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import CloudInputs, CloudSettings, RunOptions, RunSettings, load_model, remove_clouds
from geonnx.models.card.types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling
from geonnx.models.errors import GeonnxError
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


@pytest.mark.parametrize(
    ("bands", "cloud_bands", "said"),
    [
        ("4,1,3", "", r"these are \(it has 1 \(B03\), 2, 3 \(B04\), .*\): name them in that order"),
        ("4,1,3", "2", "these are .*, nor does cloud_bands = '2': name them"),
        ("4,1,3", "2,9", "these are .*, nor does cloud_bands = '2,9': name them"),
    ],
)
def test_the_way_out_is_said(tmp_path: Path, dates: Any, bands: str, cloud_bands: str, said: str) -> None:
    paths, _ = dates
    inputs = CloudInputs((paths[0],), cloud_model=finder(tmp_path, "B11", "B02"))
    settings = RunSettings(bands=bands, options=RunOptions(cloud_bands=cloud_bands))
    with pytest.raises(GeonnxError, match=said) as caught:
        run(plus(tmp_path), inputs, tmp_path, NOW, settings=settings)
    assert str(caught.value).startswith("finder finds clouds in the bands B11, B02, and nothing says which of s_2020")
    assert 'OPTIONS={"cloud_bands": "1,2"}' in str(caught.value)


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
        assert text.startswith("s_2020-01-05.tif, band") and text.endswith(" (The same for 2 other dates.)")
