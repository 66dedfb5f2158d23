"""Cloud removal from end to end: tiny networks with known answers, composites, seams, every kind of raster."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import (
    CloudInputs,
    CloudOutputs,
    CloudSettings,
    Feedback,
    RunOptions,
    RunSettings,
    SegmentOutputs,
    load_model,
    remove_clouds,
    segment,
)
from geonnx.models.card.types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling
from geonnx.models.card.write import make_item
from geonnx.models.errors import Cancelled, GeonnxError, ModelError, OutputError, SettingsError
from geonnx.models.model import Model, file_sha256
from geonnx.models.raster.source import describe_raster, spatial_reference
from numpy.typing import NDArray
from onnx import TensorProto, helper
from osgeo import gdal, osr
from scipy.ndimage import distance_transform_edt

from .. import products
from ..rasters import DEGREES, NORTH_UP, ROTATED, SOUTH_UP, crs_wkt, noise, read_raster, write_raster
from ..tiny_models import save

HEIGHT, WIDTH = 90, 131
BANDS = ("B02", "B03", "B04")
DAYS = ("2020-01-05", "2020-02-10", "2020-06-01")


@dataclass
class Listener:
    """Keeps what a run says."""

    logs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def feedback(self) -> Feedback:
        return Feedback(log=self.logs.append, warn=self.warnings.append)


@dataclass
class Network:
    """A graph with its card."""

    folder: Path
    inputs: list[InputSpec]
    nodes: list[Any]
    outputs: list[OutputSpec]
    weights: dict[str, NDArray[Any]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    name: str = "cloudless"

    def model(self) -> Model:
        def shape(spec: Any, kind: str) -> list[Any]:
            return [size or f"{kind}{axis}" for axis, size in enumerate(spec.shape)]

        path = save(
            self.folder / f"{self.name}.onnx",
            self.nodes,
            inputs=[(spec.name, spec.dtype, shape(spec, "i")) for spec in self.inputs],
            outputs=[(spec.name, spec.dtype, shape(spec, f"o{number}")) for number, spec in enumerate(self.outputs)],
            weights=self.weights,
        )
        card = ModelCard(self.name, "test", path, "clouds", tuple(self.inputs), tuple(self.outputs), **self.more)
        return Model(card, file_sha256(path))


def image(dims: str, *, bands: int = 3, dates: int | None = None, named: bool = True, **more: Any) -> InputSpec:
    sizes = {"C": bands, "T": dates}
    names = tuple(BandSpec(name) for name in BANDS[:bands]) if named else ()
    role = more.pop("role", "series" if "T" in dims else "image")
    return InputSpec("image", dims, tuple(sizes.get(dim) for dim in dims), "float32", role, names, **more)


def output(dims: str = "BCHW", role: Any = "image", name: str = "clear", **more: Any) -> OutputSpec:
    return OutputSpec(name, dims, (None,) * len(dims), "float32", role=role, **more)


def plus(folder: Path, amount: float = 100.0, *, spec: InputSpec | None = None, **more: Any) -> Network:
    """Return a network that adds a number to the image."""
    nodes = [helper.make_node("Add", ["image", "amount"], ["clear"])]
    weights = {"amount": np.array(amount, np.float32)}
    spec = spec or image("BCHW")
    return Network(folder, [spec], nodes, [output(spec.dims)], weights=weights, **more)


def series(folder: Path, dims: str, weights: list[float], *, out: dict[str, Any] | None = None, **more: Any) -> Network:
    """Return a network that gives the weighted sum of the dates: weights 0 and 1 pick one of them."""
    count = len(weights)
    axis, rest = dims.index("T"), dims.replace("T", "")
    shape = [1] * len(dims)
    shape[axis] = count
    nodes = [
        helper.make_node("Mul", ["image", "w"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "axis"], ["sum"], keepdims=0),
        helper.make_node("Transpose", ["sum"], ["clear"], perm=[rest.index(dim) for dim in "BCHW"]),
    ]
    constants = {"w": np.array(weights, np.float32).reshape(shape), "axis": np.array([axis], np.int64)}
    return Network(folder, [image(dims, dates=count)], nodes, [output(**(out or {}))], weights=constants, more=more)


def scenes(
    folder: Path, dtype: str = "uint16", count: int = 3, *, shape: tuple[int, int] = (HEIGHT, WIDTH), **more: Any
) -> tuple[list[str], list[NDArray[Any]]]:
    """Write dates with names; return paths and values, oldest first."""
    values = [noise(3, *shape, dtype, seed=seed) for seed in range(count)]
    names = more.pop("names", list(BANDS))
    paths = [str(write_raster(folder / f"s_{day}.tif", array, names=names, **more)) for day, array in zip(DAYS, values)]
    return paths, values


def blobs(seed: int = 1, shape: tuple[int, int] = (HEIGHT, WIDTH), share: float = 0.3) -> NDArray[np.bool_]:
    smooth = noise(1, *shape, "float32", seed=seed + 50)[0]
    return smooth > np.quantile(smooth, 1 - share)


def write_mask(path: Path, cloudy: NDArray[np.bool_], **more: Any) -> str:
    return str(write_raster(path, cloudy[np.newaxis].astype(np.uint8), **more))


def run(model: Any, inputs: Any, folder: Path, clouds: CloudSettings | None = None, **more: Any) -> NDArray[Any]:
    """Remove clouds; return the image."""
    settings = more.pop("settings", RunSettings(tile_size=64))
    model = model.model() if isinstance(model, Network) else model
    remove_clouds(model, inputs, str(folder / "out.tif"), settings, clouds, **more)
    return read_raster(folder / "out.tif")


# ---- one date


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "uint32", "float32", "float64"])
@pytest.mark.parametrize("dims", ["BCHW", "BHWC", "CHW"])
def test_one_date_in_the_type_of_the_image(tmp_path: Path, dtype: str, dims: str) -> None:
    values = noise(3, HEIGHT, WIDTH, dtype, seed=2)
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    spec = image(dims)
    nodes = [helper.make_node("Add", ["image", "amount"], ["sum" if dims == "CHW" else "clear"])]
    weights = {"amount": np.array(3, np.float32)}
    if dims == "CHW":
        nodes.append(helper.make_node("Unsqueeze", ["sum", "first"], ["clear"]))
        weights["first"] = np.array([0], np.int64)
    network = Network(tmp_path, [spec], nodes, [output("BHWC" if dims == "BHWC" else "BCHW")], weights=weights)
    got = run(network, [str(path)], tmp_path)
    assert got.dtype == dtype
    wanted = values.astype(np.float64) + 3
    if not dtype.startswith("float"):
        wanted = np.minimum(wanted, np.iinfo(dtype).max)
    np.testing.assert_allclose(got, wanted, rtol=1e-6)
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    assert [dataset.GetRasterBand(n).GetDescription() for n in (1, 2, 3)] == list(BANDS)
    assert dataset.GetRasterBand(1).GetNoDataValue() is None
    assert dataset.GetGeoTransform() == NORTH_UP


def test_scaling_is_undone_with_scale_offset_nodata(tmp_path: Path) -> None:
    """Reflectance = DN × 0.0001 − 0.1 in the file, z-scores in the network, which it doubles."""
    values = noise(3, HEIGHT, WIDTH, "int16", seed=2) + 1500
    values[:, 10:20, 30:50] = -9999
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS), nodata=-9999)
    dataset = gdal.Open(str(path), gdal.GA_Update)
    for number in (1, 2, 3):
        dataset.GetRasterBand(number).SetScale(0.0001)
        dataset.GetRasterBand(number).SetOffset(-0.1)
    dataset = None
    steps = tuple(Scaling("z-score", mean=m, stddev=s) for m, s in ((0.1, 0.2), (0.3, 0.1), (0.2, 0.4)))
    spec = image("BCHW", scaling=steps, reflectance=True)
    nodes = [helper.make_node("Mul", ["image", "two"], ["clear"])]
    network = Network(tmp_path, [spec], nodes, [output()], weights={"two": np.array(2, np.float32)})
    got = run(network, [str(path)], tmp_path)
    physical = values * 0.0001 - 0.1
    means, sigmas = (np.array([getattr(step, name) for step in steps]).reshape(3, 1, 1) for name in ("mean", "stddev"))
    wanted = np.rint((2 * (physical - means) / sigmas * sigmas + means + 0.1) / 0.0001)
    hole = values[0] == -9999
    np.testing.assert_array_equal(got[:, hole], -9999)
    inside = np.clip(wanted, -32768, 32767)[:, ~hole]
    assert (np.abs(got[:, ~hole] - inside) <= 1).all()
    assert (got[:, ~hole] == inside).mean() > 0.99
    assert not (got[:, ~hole] == -9999).any()
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    for number in (1, 2, 3):
        band = dataset.GetRasterBand(number)
        assert (band.GetScale(), band.GetOffset(), band.GetNoDataValue()) == (0.0001, -0.1, -9999)


def test_the_output_has_a_scaling_of_its_own(tmp_path: Path) -> None:
    """Input divided by 10000, output in 0–1 of 0–2000: 0.5 means 1000."""
    values = noise(3, 40, 50, "uint16")
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    spec = image("BCHW", scaling=(Scaling("scale", value=10000.0),))
    nodes = [helper.make_node("Mul", ["image", "factor"], ["clear"])]
    own = output(scaling=(Scaling("min-max", minimum=0.0, maximum=2000.0),))
    network = Network(tmp_path, [spec], nodes, [own], weights={"factor": np.array(5, np.float32)})
    np.testing.assert_allclose(run(network, [str(path)], tmp_path), values, atol=1)


def test_bands_that_the_model_gives(tmp_path: Path) -> None:
    """The card says that the image has two of the bands, in another order."""
    values = noise(3, 40, 50, "uint16")
    path = write_raster(tmp_path / "in.tif", values[[2, 0, 1]], names=["B04", "B02", "B03"])
    nodes = [helper.make_node("Gather", ["image", "pick"], ["clear"], axis=1)]
    weights = {"pick": np.array([2, 0], np.int64)}
    network = Network(tmp_path, [image("BCHW")], nodes, [output(bands=("B04", "B02"))], weights=weights)
    np.testing.assert_array_equal(run(network, [str(path)], tmp_path), values[[2, 0]])
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    assert [dataset.GetRasterBand(n).GetDescription() for n in (1, 2)] == ["B04", "B02"]
    network.outputs = [output()]
    with pytest.raises(ModelError, match=r"gives an image of 2 band\(s\) for an input of 3, and nothing says which"):
        run(network, [str(path)], tmp_path)
    network.outputs = [output(bands=("B04", "B08"))]
    with pytest.raises(ModelError, match="correct geonnx:bands"):
        run(network, [str(path)], tmp_path)


# ---- keep clear


@pytest.mark.parametrize("feather", [0, 1, 6])
@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32", "int32"])
@pytest.mark.parametrize("tile", [64, 200])
def test_clear_pixels_stay_and_the_seam_fades(tmp_path: Path, feather: int, dtype: str, tile: int) -> None:
    values = noise(3, HEIGHT, WIDTH, dtype, seed=3)
    if dtype == "int32":
        values += 2**30  # more digits than a float of 32 bits has
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    cloudy = blobs()
    mask = write_mask(tmp_path / "mask.tif", cloudy)
    inputs = CloudInputs((str(path),), cloud_masks=(mask,))
    got = run(plus(tmp_path), inputs, tmp_path, CloudSettings(feather_px=feather), settings=RunSettings(tile_size=tile))
    distance = distance_transform_edt(~cloudy)
    far = distance > feather
    assert far.any() and got.dtype == dtype
    np.testing.assert_array_equal(got[:, far], values[:, far])
    restored = (values.astype(np.float32) + np.float32(100)).astype(np.float64)
    np.testing.assert_allclose(got[:, cloudy], restored[:, cloudy], rtol=1e-6)
    seam = ~far & ~cloudy
    assert seam.any() == (feather > 0)
    weight = distance / (feather + 1)
    wanted = weight * values + (1 - weight) * restored
    tolerance = 1e-3 if dtype == "float32" else 1
    np.testing.assert_allclose(got[:, seam], wanted[:, seam], atol=tolerance, rtol=1e-6 if dtype == "int32" else 0)


def test_grown_clouds(tmp_path: Path) -> None:
    values = noise(3, HEIGHT, WIDTH, "uint16")
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    cloudy = blobs(share=0.05)
    inputs = CloudInputs((str(path),), cloud_masks=(write_mask(tmp_path / "mask.tif", cloudy),))
    got = run(plus(tmp_path), inputs, tmp_path, CloudSettings(feather_px=0, grow_px=4))
    distance = distance_transform_edt(~cloudy)
    np.testing.assert_array_equal(got, np.where(distance <= 4, values + 100, values))


def test_without_masks_the_image_is_the_models(tmp_path: Path) -> None:
    values = noise(3, 40, 50, "uint16")
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    heard = Listener()
    got = run(plus(tmp_path), [str(path)], tmp_path, feedback=heard.feedback())
    np.testing.assert_array_equal(got, values + 100)
    assert [text for text in heard.warnings if "Nothing says where the clouds of" in text]


def test_keep_clear_off(tmp_path: Path) -> None:
    values = noise(3, 40, 50, "uint16")
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    inputs = CloudInputs((str(path),), cloud_masks=(write_mask(tmp_path / "mask.tif", blobs(shape=(40, 50))),))
    heard = Listener()
    got = run(plus(tmp_path), inputs, tmp_path, CloudSettings(keep_clear=False), feedback=heard.feedback())
    np.testing.assert_array_equal(got, values + 100)
    assert not heard.warnings


def test_holes_are_filled_by_a_series_and_left_by_one_date(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path, "int16", nodata=0)
    values = [np.maximum(array, 1) for array in values]
    values[2][:, 30:60, 40:80] = 0
    values[1][:, 50:60, 40:50] = 0
    values[0][:, 55:70, 40:50] = 0
    for path, array in zip(paths, values):
        write_raster(Path(path), array, names=list(BANDS), nodata=0)
    masks = tuple(write_mask(tmp_path / f"m{number}.tif", np.zeros((HEIGHT, WIDTH), bool)) for number in range(3))
    network = series(tmp_path, "BTCHW", [0, 1, 0])
    got = run(network, CloudInputs(tuple(paths), cloud_masks=masks), tmp_path, CloudSettings(feather_px=0))
    seen = values[2][0] != 0
    np.testing.assert_array_equal(got[:, seen], values[2][:, seen])
    nowhere = ~seen & (values[1][0] == 0) & (values[0][0] == 0)
    assert nowhere.sum() == 50
    np.testing.assert_array_equal(got[:, nowhere], 0)
    # where the first date alone has data, the network gets the fill of the second: 0, stored as the number next to it
    only_first = ~seen & (values[1][0] == 0) & (values[0][0] != 0)
    np.testing.assert_array_equal(got[:, only_first], 1)
    rest = ~seen & (values[1][0] != 0)
    np.testing.assert_array_equal(got[:, rest], values[1][:, rest])
    one = run(plus(tmp_path), CloudInputs((paths[2],), cloud_masks=masks[2:]), tmp_path, CloudSettings(feather_px=0))
    np.testing.assert_array_equal(one, values[2])


# ---- several dates


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
@pytest.mark.parametrize("dims", ["BTCHW", "BCTHW", "BTHWC", "TCHW"])
def test_every_layout_and_order_of_dates(tmp_path: Path, dims: str, order: tuple[int, ...]) -> None:
    paths, values = scenes(tmp_path)
    shuffled = [paths[place] for place in order]
    if dims == "TCHW":
        nodes = [
            helper.make_node("Mul", ["image", "w"], ["weighted"]),
            helper.make_node("ReduceSum", ["weighted", "axis"], ["clear"], keepdims=1),
        ]
        constants = {"w": np.array([0.25, 0.5, 0.125], np.float32).reshape(3, 1, 1, 1), "axis": np.array([0], np.int64)}
        network = Network(tmp_path, [image(dims, dates=3)], nodes, [output()], weights=constants)
    else:
        network = series(tmp_path, dims, [0.25, 0.5, 0.125])
    got = run(network, shuffled, tmp_path)
    wanted = 0.25 * values[0] + 0.5 * values[1] + 0.125 * values[2]
    np.testing.assert_array_equal(got, np.rint(wanted))


def test_dates_stacked_on_the_bands(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    spec = InputSpec("image", "BCHW", (None, 9, None, None), "float32", "series", tuple(map(BandSpec, BANDS)))
    nodes = [helper.make_node("Gather", ["image", "pick"], ["clear"], axis=1)]
    network = Network(tmp_path, [spec], nodes, [output()], weights={"pick": np.array([3, 4, 5], np.int64)})
    np.testing.assert_array_equal(run(network, paths[::-1], tmp_path), values[1])


@pytest.mark.parametrize("dims", ["BTCHW", "BCTHW"])
@pytest.mark.parametrize("target", [-1, 0, 1, 2])
def test_sequence_to_sequence(tmp_path: Path, dims: str, target: int) -> None:
    """The network gives all dates back, plus 100; TARGET counts the inputs as they are given."""
    paths, values = scenes(tmp_path)
    order = (1, 2, 0)
    spec = image(dims, dates=3)
    nodes = [helper.make_node("Add", ["image", "amount"], ["clear"])]
    network = Network(tmp_path, [spec], nodes, [output(dims)], weights={"amount": np.array(100, np.float32)})
    model = network.model()
    report = remove_clouds(
        model, [paths[n] for n in order], str(tmp_path / "out.tif"), RunSettings(tile_size=64), CloudSettings(target)
    )
    wanted = 2 if target < 0 else order[target]
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif"), values[wanted] + 100)
    assert report.target == DAYS[wanted]
    assert report.dates == DAYS
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    assert dataset.GetMetadataItem("ACQUISITION_DATE") == DAYS[wanted]
    assert dataset.GetMetadataItem("TARGET_DATE", "GEONNX") == DAYS[wanted]
    assert dataset.GetMetadataItem("DATES", "GEONNX") == ",".join(DAYS)


def test_target_and_its_mask_follow_the_order_given(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    clouds = [blobs(seed) for seed in range(3)]
    order = (2, 0, 1)
    masks = tuple(write_mask(tmp_path / f"mask_{n}.tif", clouds[n]) for n in order)
    inputs = CloudInputs(tuple(paths[n] for n in order), cloud_masks=masks)
    got = run(series(tmp_path, "BTCHW", [1, 0, 0]), inputs, tmp_path, CloudSettings(target=2, feather_px=0))
    np.testing.assert_array_equal(got, np.where(clouds[1], values[0], values[1]))


def test_masks_are_matched_by_the_dates_in_their_names(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    clouds = [blobs(seed) for seed in range(3)]
    masks = tuple(write_mask(tmp_path / f"mask_{DAYS[n]}.tif", clouds[n]) for n in (1, 2))
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    got = run(series(tmp_path, "BTCHW", [1, 0, 0]), inputs, tmp_path, CloudSettings(target=1, feather_px=0))
    np.testing.assert_array_equal(got, np.where(clouds[1], values[0], values[1]))
    undated = write_mask(tmp_path / "mask.tif", clouds[0])
    with pytest.raises(SettingsError, match=r"CLOUD_MASKS has 1 raster\(s\) for 3 date\(s\): give one for each"):
        run(series(tmp_path, "BTCHW", [1, 0, 0]), CloudInputs(tuple(paths), cloud_masks=(undated,)), tmp_path)


@pytest.mark.parametrize(
    ("names", "is_refused"),
    [
        (("no data", "water", "forest"), True),
        (("clear", "masked"), True),
        (("0", "1", "2"), False),
        (("class 0", "class 1"), False),
        (("clear",), False),
        (("clear", "cloud"), False),
    ],
)
@pytest.mark.parametrize("has_model", [True, False])
def test_class_rasters_without_clouds_are_no_masks(
    tmp_path: Path, names: tuple[str, ...], is_refused: bool, has_model: bool
) -> None:
    """A land-cover map has classes, and none of them hides the ground; names that say nothing are those of any mask."""
    paths, values = scenes(tmp_path, count=2)
    clouds = [blobs(seed) for seed in range(2)]
    masks = tuple(write_mask(tmp_path / f"mask_{n}.tif", cloudy) for n, cloudy in enumerate(clouds))
    for mask in masks:
        dataset = gdal.Open(mask, gdal.GA_Update)
        dataset.GetRasterBand(1).SetCategoryNames(list(names))
        dataset = None
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    model, target = series(tmp_path, "BTCHW", [1, 0]) if has_model else None, CloudSettings(target=1, feather_px=0)
    if not is_refused:
        got = run(model, inputs, tmp_path, target)
        filled = clouds[1] if has_model else clouds[1] & ~clouds[0]
        np.testing.assert_array_equal(got, np.where(filled, values[0], values[1]))
        return
    with pytest.raises(SettingsError) as caught:
        run(model, inputs, tmp_path, target)
    assert str(caught.value) == (
        "CLOUD_MASKS should say where the clouds are; found mask_0.tif, a class raster in which no class is named "
        f"after clouds or shadows ({', '.join(names[1:])}): give a mask in which all but 0 is cloudy, or one with "
        "classes named cloud, shadow, cirrus or haze."
    )
    assert not (tmp_path / "out.tif").exists()


def test_dates_are_chosen_where_there_are_too_many(tmp_path: Path) -> None:
    """The model takes two; the target gets the other that is nearest, unless that one is cloudy."""
    paths, values = scenes(tmp_path)
    network = series(tmp_path, "BTCHW", [1, 0])
    heard = Listener()
    got = run(network, paths, tmp_path, CloudSettings(target=1), feedback=heard.feedback())
    np.testing.assert_array_equal(got, values[0])
    assert [text for text in heard.logs if "from 2 date(s) of 3 given, chosen by distance" in text]
    full = np.ones((HEIGHT, WIDTH), bool)
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", full if n == 0 else ~full) for n in range(3))
    network = series(tmp_path, "BTCHW", [0, 1])
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    got = run(network, inputs, tmp_path, CloudSettings(target=1, keep_clear=False))
    np.testing.assert_array_equal(got, values[2])
    with pytest.raises(SettingsError, match="takes 4 dates at a time; 3 given: add 1 more to INPUTS"):
        run(series(tmp_path, "BTCHW", [1, 0, 0, 0]), paths, tmp_path)


def test_the_date_that_the_model_restores(tmp_path: Path) -> None:
    """A card may say that the image is the middle one of three."""
    paths, values = scenes(tmp_path)
    network = series(tmp_path, "BTCHW", [0, 1, 0], out={"date": 1})
    report = remove_clouds(network.model(), paths, str(tmp_path / "out.tif"), RunSettings(tile_size=64))
    assert report.target == DAYS[1]
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif"), values[1])
    with pytest.raises(SettingsError, match="restores number 2 of 3 dates, so it needs 1 later than the one"):
        run(network, paths, tmp_path, CloudSettings(target=2))
    last = series(tmp_path, "BTCHW", [0, 1], out={"date": -1})
    assert remove_clouds(last.model(), paths, str(tmp_path / "o.tif"), None, CloudSettings(target=1)).dates == DAYS[:2]


def test_undated_rasters_are_in_the_order_of_time(tmp_path: Path) -> None:
    values = [noise(3, 30, 40, "uint16", seed=seed) for seed in range(3)]
    paths = [str(write_raster(tmp_path / f"{n}.tif", array, names=list(BANDS))) for n, array in zip("cab", values)]
    heard = Listener()
    got = run(series(tmp_path, "BTCHW", [0, 1, 0]), paths, tmp_path, feedback=heard.feedback())
    np.testing.assert_array_equal(got, values[1])
    assert [text for text in heard.logs if "their order is taken to be that of time" in text]


def test_one_date_of_several_for_a_single_date_model(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    heard = Listener()
    got = run(plus(tmp_path), paths, tmp_path, CloudSettings(target=1), feedback=heard.feedback())
    np.testing.assert_array_equal(got, values[1] + 100)
    assert [text for text in heard.warnings if "takes one date, so only 2020-02-10 of 3 is used" in text]


def test_dates_on_another_grid(tmp_path: Path) -> None:
    """The result has the grid of the date to restore, also when it is not the first."""
    paths, values = scenes(tmp_path, count=2)
    shifted = (500050.0, 10.0, 0.0, 5199970.0, 0.0, -10.0)
    target = noise(3, 70, 100, "uint16", seed=8)
    paths.append(str(write_raster(tmp_path / "s_2020-06-01.tif", target, names=list(BANDS), geotransform=shifted)))
    got = run(series(tmp_path, "BTCHW", [1, 0, 0]), paths, tmp_path)
    np.testing.assert_array_equal(got, values[0][:, 3:73, 5:105])
    assert gdal.Open(str(tmp_path / "out.tif")).GetGeoTransform() == shifted


# ---- radar


def radar_network(folder: Path, *, unit: Any, dims: str = "BCHW", dates: int | None = None) -> Network:
    """Return a network whose image is the first radar band, three times, of the last date."""
    bands = (BandSpec("VV"), BandSpec("VH"))
    sizes = {"C": 2, "T": dates}
    sar = InputSpec("s1", dims, tuple(sizes.get(dim) for dim in dims), "float32", "sar", bands, radar_unit=unit)
    nodes = []
    source = "s1"
    if "T" in dims:
        nodes.append(helper.make_node("Gather", ["s1", "last"], ["date"], axis=dims.index("T")))
        source = "date"
    nodes += [
        helper.make_node("Gather", [source, "first"], ["vv"], axis=1),
        helper.make_node("Mul", ["image", "zero"], ["nothing"]),
    ]
    weights: dict[str, NDArray[Any]] = {
        "first": np.array([0], np.int64), "zero": np.array(0, np.float32), "last": np.array((dates or 1) - 1, np.int64),
    }  # fmt: skip
    if "T" in dims:
        weights["t"] = np.array([1], np.int64)
        nodes.append(helper.make_node("ReduceSum", ["nothing", "t"], ["flat"], keepdims=0))
    else:
        nodes.append(helper.make_node("Identity", ["nothing"], ["flat"]))
    nodes.append(helper.make_node("Add", ["flat", "vv"], ["clear"]))
    if "T" not in dims:
        del weights["last"]
    return Network(folder, [image(dims, dates=dates), sar], nodes, [output()], weights=weights)


@pytest.mark.parametrize("wanted", ["db", "power"])
@pytest.mark.parametrize("held", ["db", "power"])
def test_radar_in_the_unit_that_the_model_wants(tmp_path: Path, held: str, wanted: str) -> None:
    values = noise(3, 40, 50, "float32")
    power = noise(2, 40, 50, "float32", seed=5) * 0.2 + 0.01
    stored = (power if held == "power" else 10 * np.log10(power)).astype(np.float32)
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    sar = write_raster(tmp_path / "s1.tif", stored, names=["VV", "VH"])
    heard = Listener()
    inputs = CloudInputs((str(path),), sar=(str(sar),))
    got = run(radar_network(tmp_path, unit=wanted), inputs, tmp_path, feedback=heard.feedback())
    truth = power[0] if wanted == "power" else 10 * np.log10(power[0])
    np.testing.assert_allclose(got, np.stack([truth] * 3), rtol=1e-5)
    assert [text for text in heard.logs if text.startswith("Radar of s1.tif:")]
    # the user knows better
    other: Any = "power" if held == "db" else "db"
    options = RunSettings(tile_size=64, options=RunOptions(sar=other))
    wrong = run(radar_network(tmp_path, unit=wanted), inputs, tmp_path, settings=options)
    assert not np.allclose(wrong, np.stack([truth] * 3), rtol=0.1)


@pytest.mark.parametrize("dated", [True, False])
def test_radar_with_a_time_axis(tmp_path: Path, dated: bool) -> None:
    """Radar goes with the optical image of the nearest day, or at the same place of the list."""
    paths, _ = scenes(tmp_path, "float32")
    radar = [noise(2, HEIGHT, WIDTH, "float32", seed=20 + n) for n in range(3)]
    names = [
        f"s1_{day}.tif" if dated else f"s1_{n}.tif" for n, day in enumerate(("2020-01-02", "2020-02-14", "2020-05-29"))
    ]
    files = [str(write_raster(tmp_path / name, array, names=["VV", "VH"])) for name, array in zip(names, radar)]
    order = (1, 2, 0)
    optical = tuple(paths[n] for n in order)
    sar = tuple(files[n] for n in ((0, 1, 2) if dated else order))
    got = run(radar_network(tmp_path, unit="", dims="BTCHW", dates=3), CloudInputs(optical, sar=sar), tmp_path)
    np.testing.assert_array_equal(got, np.stack([radar[2][0]] * 3))


def test_radar_of_the_nearest_day_for_one_date(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path, "float32")
    radar = [noise(2, HEIGHT, WIDTH, "float32", seed=20 + n) for n in range(2)]
    files = tuple(
        str(write_raster(tmp_path / f"s1_{day}.tif", array, names=["VV", "VH"]))
        for day, array in zip(("2020-05-01", "2020-01-20"), radar)
    )
    got = run(radar_network(tmp_path, unit=""), CloudInputs((paths[1],), sar=files), tmp_path)
    np.testing.assert_array_equal(got, np.stack([radar[1][0]] * 3))


@pytest.mark.parametrize("split", [False, True])
def test_radar_and_optical_bands_in_one_input(tmp_path: Path, split: bool) -> None:
    """Two radar bands before three optical ones; each date's image is its optical part plus its VV."""
    values = noise(3, 40, 50, "float32")
    power = noise(2, 40, 50, "float32", seed=5) + 0.01
    path = write_raster(tmp_path / "in_2020-01-01.tif", values, names=list(BANDS))
    if split:  # a file for each polarisation, as products come
        files = [
            write_raster(tmp_path / f"S1A_20200102_{name}.tif", power[n : n + 1]) for n, name in enumerate(("VH", "VV"))
        ]
        power = power[::-1]
    else:
        files = [write_raster(tmp_path / "s1.tif", power, names=["VV", "VH"])]
    bands = tuple(BandSpec(name) for name in ("VV", "VH", *BANDS))
    spec = InputSpec("image", "BCHW", (None, 5, None, None), "float32", "image", bands, radar_unit="db")
    nodes = [
        helper.make_node("Gather", ["image", "optical"], ["colours"], axis=1),
        helper.make_node("Gather", ["image", "first"], ["vv"], axis=1),
        helper.make_node("Add", ["colours", "vv"], ["clear"]),
    ]
    weights = {"optical": np.array([2, 3, 4], np.int64), "first": np.array([0], np.int64)}
    network = Network(tmp_path, [spec], nodes, [output()], weights=weights)
    got = run(network, CloudInputs((str(path),), sar=tuple(map(str, files))), tmp_path)
    np.testing.assert_allclose(got, values + 10 * np.log10(power[0]), rtol=1e-5, atol=1e-5)
    with pytest.raises(SettingsError, match=r"wants radar too \(VV, VH\): give the images as SAR"):
        run(network, [str(path)], tmp_path)


def test_radar_that_nobody_wants(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path, count=1)
    with pytest.raises(SettingsError, match=r"given as SAR, and cloudless takes none: leave SAR empty"):
        run(plus(tmp_path), CloudInputs(tuple(paths), sar=(paths[0],)), tmp_path)
    network = radar_network(tmp_path, unit="")
    with pytest.raises(SettingsError, match=r"wants 1 raster\(s\) as its input 's1' \(sar\); 0 given"):
        run(network, paths, tmp_path)


# ---- uncertainty


def uncertain(folder: Path, role: str, *, bands: int = 3) -> Network:
    """Return a network that gives the image, and a variance of 0.01 · band number (of scaled values)."""
    spec = image("BCHW", scaling=tuple(Scaling("z-score", mean=m, stddev=s) for m, s in ((5, 1000), (7, 500), (0, 10))))
    variance = np.arange(1, bands + 1, dtype=np.float32).reshape(1, bands, 1, 1) * 0.01
    constant = np.log(variance) if role == "logvariance" else variance
    nodes = [
        helper.make_node("Identity", ["image"], ["clear"]),
        helper.make_node("Mul", ["image", "zero"], ["nothing"]),
        helper.make_node("Slice", ["nothing", "from", "to", "axis"], ["part"]),
        helper.make_node("Add", ["part", "constant"], ["spread"]),
    ]
    weights = {
        "zero": np.array(0, np.float32), "constant": constant.astype(np.float32), "from": np.array([0], np.int64),
        "to": np.array([bands], np.int64), "axis": np.array([1], np.int64),
    }  # fmt: skip
    return Network(folder, [spec], nodes, [output(), output(role=role, name="spread")], weights=weights)


@pytest.mark.parametrize("role", ["variance", "logvariance"])
@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_standard_deviation_in_the_units_of_the_image(tmp_path: Path, role: str, bands: int, merge: Any) -> None:
    values = noise(3, HEIGHT, WIDTH, "uint16")
    values[:, :5] = 0
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS), nodata=0)
    outputs = CloudOutputs(str(tmp_path / "out.tif"), str(tmp_path / "sd.tif"))
    settings = RunSettings(tile_size=64, merge=merge)
    remove_clouds(uncertain(tmp_path, role, bands=bands).model(), [str(path)], outputs, settings)
    got = read_raster(tmp_path / "sd.tif")
    variance = np.array([0.01, 0.02, 0.03] if bands == 3 else [0.01] * 3)
    wanted = np.sqrt(variance) * np.array([1000, 500, 10])
    hole = values[0] == 0
    assert got.dtype == np.float32
    assert np.isnan(got[:, hole]).all()
    np.testing.assert_allclose(got[:, ~hole], np.repeat(wanted[:, np.newaxis], (~hole).sum(), axis=1), rtol=1e-5)


def test_kept_pixels_are_certain(tmp_path: Path) -> None:
    values = noise(3, HEIGHT, WIDTH, "uint16")
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    cloudy = blobs()
    inputs = CloudInputs((str(path),), cloud_masks=(write_mask(tmp_path / "m.tif", cloudy),))
    outputs = CloudOutputs(str(tmp_path / "out.tif"), str(tmp_path / "sd.tif"))
    remove_clouds(
        uncertain(tmp_path, "variance").model(), inputs, outputs, RunSettings(tile_size=64), CloudSettings(feather_px=3)
    )
    got = read_raster(tmp_path / "sd.tif")
    distance = distance_transform_edt(~cloudy)
    weight = np.where(distance > 3, 1, distance / 4)
    wanted = (1 - weight) * np.sqrt(0.02) * 500
    np.testing.assert_allclose(got[1], wanted, rtol=1e-4, atol=1e-4)


def test_law_of_total_variance(tmp_path: Path) -> None:
    """A ramp along the columns added to the image: its four flips differ by a spread that is known."""
    size = 32
    values = np.full((3, size, size), 100, np.float32)
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    ramp = np.arange(size, dtype=np.float32).reshape(1, 1, 1, size)
    spec = InputSpec("image", "BCHW", (None, 3, size, size), "float32", "image", tuple(map(BandSpec, BANDS)))
    nodes = [
        helper.make_node("Add", ["image", "ramp"], ["clear"]),
        helper.make_node("Mul", ["image", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "four"], ["spread"]),
    ]
    weights = {"ramp": ramp, "zero": np.array(0, np.float32), "four": np.array(4, np.float32)}
    network = Network(tmp_path, [spec], nodes, [output(), output(role="variance", name="spread")], weights=weights)
    outputs = CloudOutputs(str(tmp_path / "out.tif"), str(tmp_path / "sd.tif"))
    settings = RunSettings(overlap=0, options=RunOptions(tta="flips"))
    remove_clouds(network.model(), [str(path)], outputs, settings)
    column = np.arange(size)
    means = np.stack([column, size - 1 - column])
    wanted = np.sqrt(4 + means.var(axis=0))
    np.testing.assert_allclose(read_raster(tmp_path / "sd.tif")[0], np.tile(wanted, (size, 1)), rtol=1e-5)
    np.testing.assert_allclose(read_raster(tmp_path / "out.tif"), 100 + (size - 1) / 2, rtol=1e-6)
    network.outputs = [output()]
    network.nodes = network.nodes[:1]
    network.weights = {"ramp": ramp}
    remove_clouds(network.model(), [str(path)], outputs, settings)
    np.testing.assert_allclose(
        read_raster(tmp_path / "sd.tif")[0], np.tile(means.std(axis=0), (size, 1)), rtol=1e-5, atol=1e-5
    )
    with pytest.raises(SettingsError, match="gives no variance, so there is no UNCERTAINTY"):
        remove_clouds(network.model(), [str(path)], outputs, RunSettings(overlap=0))


def test_seven_dates_of_variance(tmp_path: Path) -> None:
    """Image and variance with a time axis: both are taken at the date to restore."""
    paths, values = scenes(tmp_path)
    nodes = [
        helper.make_node("Identity", ["image"], ["clear"]),
        helper.make_node("Mul", ["image", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "constant"], ["spread"]),
    ]
    constant = np.array([1, 4, 9], np.float32).reshape(1, 3, 1, 1, 1)
    network = Network(
        tmp_path, [image("BTCHW", dates=3)], nodes, [output("BTCHW"), output("BTCHW", "variance", "spread")],
        weights={"zero": np.array(0, np.float32), "constant": constant},
    )  # fmt: skip
    outputs = CloudOutputs(str(tmp_path / "out.tif"), str(tmp_path / "sd.tif"))
    remove_clouds(network.model(), paths, outputs, RunSettings(tile_size=64), CloudSettings(target=1))
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif"), values[1])
    np.testing.assert_allclose(read_raster(tmp_path / "sd.tif"), 2)


# ---- without a model


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("method", ["median", "nearest"])
@pytest.mark.parametrize("keep", [True, False])
def test_composite_is_that_of_numpy(tmp_path: Path, dtype: str, method: Any, keep: bool) -> None:
    paths, values = scenes(tmp_path, dtype, shape=(600, 530))
    clouds = np.stack([blobs(seed, (600, 530), 0.5) for seed in range(3)])
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", cloudy) for n, cloudy in enumerate(clouds))
    order = (1, 0, 2)
    inputs = CloudInputs(tuple(paths[n] for n in order), cloud_masks=tuple(masks[n] for n in order))
    settings = CloudSettings(target=0, method=method, feather_px=0, keep_clear=keep)
    report = remove_clouds(None, inputs, str(tmp_path / "out.tif"), None, settings)
    got = read_raster(tmp_path / "out.tif")
    stack = np.where(clouds[:, np.newaxis], np.nan, np.stack(values).astype(np.float64))
    nowhere = clouds.all(axis=0)
    if method == "median":
        filled = np.nanmedian(np.where(nowhere, 0, stack), axis=0)
        filled = filled if dtype == "float32" else np.rint(filled)
    else:  # 36 days before, 112 days after
        filled = np.where(clouds[1], np.where(clouds[0], stack[2], stack[0]), stack[1])
    wanted = np.where(nowhere, values[1], filled)
    if keep:
        wanted = np.where(clouds[1], wanted, values[1])
    np.testing.assert_array_equal(got, wanted.astype(dtype))
    assert report.target == DAYS[1]
    assert report.cloudy_share == pytest.approx(clouds[1].mean())
    assert report.lost_share == pytest.approx(nowhere.mean())
    kept = ~clouds[1] if keep else np.zeros_like(nowhere)
    assert report.kept_share == pytest.approx(kept.mean())
    settings = CloudSettings(target=0, method=method, feather_px=0, keep_clear=keep, lost="nodata")
    report = remove_clouds(None, inputs, str(tmp_path / "out.tif"), None, settings)
    assert report.lost_share == pytest.approx(nowhere.mean())
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    nodata = dataset.GetRasterBand(1).GetNoDataValue()
    empty = read_raster(tmp_path / "out.tif")[0]
    assert (np.isnan(empty) if np.isnan(nodata) else empty == nodata)[nowhere].all()
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif")[:, ~nowhere], got[:, ~nowhere])


def test_composite_fades_at_the_seam_whatever_the_windows(tmp_path: Path) -> None:
    """Clouds beside the edges of windows (512 px): the seam is that of the whole image, and so is that of a part."""
    paths, values = scenes(tmp_path, "float32", count=2, shape=(600, 560))
    cloudy = np.zeros((600, 560), bool)
    cloudy[500:508, 100:140] = True
    cloudy[300:340, 515:520] = True
    cloudy[514, 509] = True
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", mask) for n, mask in enumerate((cloudy & False, cloudy)))
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    settings = CloudSettings(feather_px=9, grow_px=2)
    whole = run(None, inputs, tmp_path, settings)
    distance = distance_transform_edt(~(distance_transform_edt(~cloudy) <= 2))
    weight = np.where(distance > 9, 1, distance / 10)
    np.testing.assert_allclose(whole, weight * values[1] + (1 - weight) * values[0], rtol=1e-5)
    extent = ((500100.0, 5199900.0), (505300.0, 5199900.0), (505300.0, 5194200.0), (500100.0, 5194200.0))
    part = run(None, inputs, tmp_path, settings, settings=RunSettings(extent=extent))
    np.testing.assert_array_equal(part, whole[:, 10:580, 10:530])


def test_dates_of_other_baselines_are_brought_to_the_targets_numbers(tmp_path: Path) -> None:
    """Reflectance 0.2 is 2000, or 3000 with the offset of baseline 04.00: the composite is in the target's numbers."""
    paths = []
    for day, number, offset in ((DAYS[0], 2000, 0.0), (DAYS[1], 3000, -0.1)):
        path = write_raster(tmp_path / f"s_{day}.tif", np.full((3, 20, 20), number, np.uint16), names=list(BANDS))
        dataset = gdal.Open(str(path), gdal.GA_Update)
        for band in (1, 2, 3):
            dataset.GetRasterBand(band).SetScale(0.0001)
            dataset.GetRasterBand(band).SetOffset(offset)
        dataset = None
        paths.append(str(path))
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", np.full((20, 20), n == 1)) for n in range(2))
    got = run(None, CloudInputs(tuple(paths), cloud_masks=masks), tmp_path)
    np.testing.assert_array_equal(got, 3000)


@pytest.mark.parametrize("geotransform", [NORTH_UP, SOUTH_UP, ROTATED, DEGREES])
def test_every_grid(tmp_path: Path, geotransform: tuple[float, ...]) -> None:
    epsg = 4326 if geotransform == DEGREES else 32633
    paths, values = scenes(tmp_path, geotransform=geotransform, epsg=epsg)
    clouds = [blobs(seed) for seed in range(3)]
    masks = tuple(
        write_mask(tmp_path / f"m{n}.tif", c, geotransform=geotransform, epsg=epsg) for n, c in enumerate(clouds)
    )
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    settings = CloudSettings(feather_px=0)
    got = run(None, inputs, tmp_path, settings)
    filled = np.where(clouds[1], np.where(clouds[0], values[2], values[0]), values[1])
    np.testing.assert_array_equal(got, np.where(clouds[2], filled, values[2]))
    assert gdal.Open(str(tmp_path / "out.tif")).GetGeoTransform() == pytest.approx(geotransform)
    got = run(series(tmp_path, "BTCHW", [1, 0, 0]), inputs, tmp_path, settings)
    np.testing.assert_array_equal(got, np.where(clouds[2], values[0], values[2]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (3, 2)])
def test_tiny_rasters(tmp_path: Path, shape: tuple[int, int]) -> None:
    paths, values = scenes(tmp_path, shape=shape)
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", np.full(shape, n == 2)) for n in range(3))
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    np.testing.assert_array_equal(run(None, inputs, tmp_path), values[1])
    network = series(tmp_path, "BTCHW", [1, 0, 0])
    np.testing.assert_array_equal(run(network, inputs, tmp_path, settings=RunSettings(tile_size=16)), values[0])


def test_no_data_anywhere(tmp_path: Path) -> None:
    values = np.full((3, 30, 40), -1, np.int16)
    paths = [str(write_raster(tmp_path / f"s_{day}.tif", values, names=list(BANDS), nodata=-1)) for day in DAYS]
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", np.zeros((30, 40), bool)) for n in range(3))
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    np.testing.assert_array_equal(run(None, inputs, tmp_path), values)
    np.testing.assert_array_equal(run(series(tmp_path, "BTCHW", [1, 0, 0]), inputs, tmp_path), values)


def test_all_dates_cloudy(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    full = np.ones((HEIGHT, WIDTH), bool)
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", full) for n in range(3))
    heard = Listener()
    got = run(None, CloudInputs(tuple(paths), cloud_masks=masks), tmp_path, feedback=heard.feedback())
    np.testing.assert_array_equal(got, values[2])
    assert [text for text in heard.warnings if "(100.0%) are cloudy on every date" in text]


def test_median_without_knowing_where_clouds_are(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    with pytest.raises(SettingsError, match="Nothing says where the clouds of 2020-06-01 are: give CLOUD_MASKS"):
        run(None, paths, tmp_path)
    got = run(None, paths, tmp_path, CloudSettings(method="median", keep_clear=False))
    np.testing.assert_array_equal(got, np.median(np.stack(values), axis=0))


def test_polygons_and_extent(tmp_path: Path) -> None:
    paths, values = scenes(tmp_path)
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", np.full((HEIGHT, WIDTH), n == 2)) for n in range(3))
    ring = [[500200, 5199800], [500900, 5199800], [500900, 5199300], [500200, 5199300], [500200, 5199800]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    polygon = tmp_path / "area.geojson"
    polygon.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    extent = ((500000.0, 5200000.0), (500600.0, 5200000.0), (500600.0, 5199500.0), (500000.0, 5199500.0))
    settings = RunSettings(tile_size=64, mask_path=str(polygon), extent=extent)
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    wanted = np.zeros((3, 50, 60), np.uint16)
    wanted[:, 20:, 20:] = np.maximum(values[1][:, 20:50, 20:60], 1)
    np.testing.assert_array_equal(run(None, inputs, tmp_path, settings=settings), wanted)
    assert gdal.Open(str(tmp_path / "out.tif")).GetRasterBand(1).GetNoDataValue() == 0
    wanted[:, 20:, 20:] = np.maximum(values[0][:, 20:50, 20:60], 1)
    got = run(series(tmp_path, "BTCHW", [1, 0, 0]), inputs, tmp_path, settings=settings)
    np.testing.assert_array_equal(got, wanted)


def test_some_bands_without_a_model(tmp_path: Path) -> None:
    """BANDS names bands of the target; other dates give those of the same name, wherever they are."""
    paths, values = scenes(tmp_path, count=2)
    write_raster(Path(paths[0]), values[0][[1, 2, 0]], names=["B03", "B04", "B02"])
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", np.full((HEIGHT, WIDTH), n == 1)) for n in range(2))
    inputs = CloudInputs(tuple(paths), cloud_masks=masks)
    np.testing.assert_array_equal(run(None, inputs, tmp_path), values[0])
    got = run(None, inputs, tmp_path, settings=RunSettings(bands="red, B02"))
    np.testing.assert_array_equal(got, values[0][[2, 0]])


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_gaps_without_a_nodata_value(tmp_path: Path, dtype: str) -> None:
    """Bytes with an alpha band get 0 as nodata, floats with NaN keep NaN; both only where no date has data."""
    paths, values = scenes(tmp_path, dtype, count=2, shape=(40, 50))
    gaps = [np.zeros((40, 50), bool) for _ in range(2)]
    gaps[0][5:15, 10:30] = True
    gaps[1][10:20, 20:40] = True
    for path, array, gap in zip(paths, values, gaps):
        array[:, 0, :5] = 0
        if dtype == "uint8":
            alpha = np.where(gap, 0, 255).astype(np.uint8)
            write_raster(
                Path(path), np.concatenate([array, alpha[np.newaxis]]), names=[*BANDS, "a"], options=["ALPHA=YES"]
            )
        else:
            write_raster(Path(path), np.where(gap, np.float32(np.nan), array), names=list(BANDS))
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", np.zeros((40, 50), bool)) for n in range(2))
    got = run(None, CloudInputs(tuple(paths), cloud_masks=masks), tmp_path, CloudSettings(feather_px=0))
    wanted = np.where(gaps[1], values[0], values[1]).astype(dtype)
    nowhere = gaps[0] & gaps[1]
    assert nowhere.any() and got.shape == (3, 40, 50)
    if dtype == "uint8":
        np.testing.assert_array_equal(got[:, ~nowhere], np.maximum(wanted, 1)[:, ~nowhere])
        np.testing.assert_array_equal(got[:, nowhere], 0)
    else:
        np.testing.assert_array_equal(got[:, ~nowhere], wanted[:, ~nowhere])
        assert np.isnan(got[:, nowhere]).all()


def test_numbers_that_are_none(tmp_path: Path) -> None:
    """A network that gives NaN: an error where nothing can say so, no data else."""
    values = noise(3, 40, 50, "uint16") + 1
    values[:, 5:9, 5:9] = 20000
    for nodata in (None, 0):
        path = write_raster(tmp_path / "in.tif", values, names=list(BANDS), nodata=nodata)
        nodes = [
            helper.make_node("Sub", ["limit", "image"], ["room"]),
            helper.make_node("Sqrt", ["room"], ["root"]),
            helper.make_node("Mul", ["root", "zero"], ["nothing"]),
            helper.make_node("Add", ["image", "nothing"], ["clear"]),
        ]
        weights = {"limit": np.array(15000, np.float32), "zero": np.array(0, np.float32)}
        network = Network(tmp_path, [image("BCHW")], nodes, [output()], weights=weights)
        if nodata is None:
            with pytest.raises(ModelError, match=r"gave no number \(NaN\) for some pixels"):
                run(network, [str(path)], tmp_path)
        else:
            wanted = np.where(values[0] == 20000, 0, values)
            np.testing.assert_array_equal(run(network, [str(path)], tmp_path), wanted)


@pytest.mark.parametrize("is_model", [True, False])
def test_cancelled_runs_leave_nothing(tmp_path: Path, is_model: bool) -> None:
    paths, _ = scenes(tmp_path, shape=(600, 530))
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", blobs(n, (600, 530))) for n in range(3))
    model = series(tmp_path, "BTCHW", [1, 0, 0]).model() if is_model else None
    before = sorted(tmp_path.iterdir())
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    out = str(tmp_path / "out.tif")
    with pytest.raises(Cancelled):
        remove_clouds(model, CloudInputs(tuple(paths), cloud_masks=masks), out, feedback=Feedback(cancelled=cancelled))
    assert sorted(tmp_path.iterdir()) == before


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path, shape=(600, 530))
    masks = tuple(write_mask(tmp_path / f"m{n}.tif", blobs(n, (600, 530))) for n in range(3))
    for model in (None, series(tmp_path, "BTCHW", [1, 0, 0]).model()):
        seen: list[float] = []
        inputs = CloudInputs(tuple(paths), cloud_masks=masks)
        remove_clouds(
            model, inputs, str(tmp_path / "out.tif"), RunSettings(tile_size=128), feedback=Feedback(seen.append)
        )
        assert seen == sorted(seen)
        assert seen[-1] == 1


# ---- where clouds are known from


def test_quality_band_of_a_sentinel2_product(tmp_path: Path) -> None:
    """The SCL of the product, 20 m, decides on the 10 m pixels; the result keeps what numbers mean."""
    root = products.sentinel2(tmp_path)
    spec = image("BCHW")
    out = tmp_path / "out.tif"
    report = remove_clouds(
        plus(tmp_path, spec=spec).model(), [str(root)], str(out), RunSettings(tile_size=64), CloudSettings(feather_px=0)
    )
    scl = products.band_values("SCL", 20).repeat(2, 0).repeat(2, 1)
    cloudy = np.isin(scl, (0, 1, 3, 8, 9, 10))
    values = np.stack([products.band_values(name, 10) for name in BANDS])
    np.testing.assert_array_equal(read_raster(out), np.where(cloudy, values + 100, values))
    assert report.target == "2024-08-30"
    assert report.cloudy_share == pytest.approx(cloudy.mean())
    dataset = gdal.Open(str(out))
    band = dataset.GetRasterBand(1)
    assert (band.GetScale(), band.GetOffset(), band.GetNoDataValue()) == (0.0001, -0.1, 0)
    assert band.GetMetadataItem("HARMONIZING_OFFSET", "GEONNX") == "-1000.0"


def test_result_of_a_product_feeds_the_next_step_like_the_product(tmp_path: Path) -> None:
    """Stored numbers of baseline 04.00 mean 1000 less to a model; those of the result do too."""
    root = products.sentinel2(tmp_path)
    out = tmp_path / "clear.tif"
    remove_clouds(plus(tmp_path, 0.0).model(), [str(root)], str(out), RunSettings(tile_size=64))
    path = save(
        tmp_path / "pass.onnx", [helper.make_node("Identity", ["image"], ["map"])],
        inputs=[("image", "float32", ["n", 3, "h", "w"])], outputs=[("map", "float32", ["n", 3, "h", "w"])],
    )  # fmt: skip
    classes = tuple(ClassSpec(n, name, "#112233") for n, name in enumerate(BANDS))
    spec = OutputSpec("map", "BKHW", (None, 3, None, None), "float32", classes=classes, activation="none")
    model = Model(ModelCard("pass", "test", path, "segment", (image("BCHW"),), (spec,)), file_sha256(path))
    options = RunSettings(options=RunOptions(probability_dtype="float32"))
    found = []
    for number, source in enumerate((root, out)):
        outputs = SegmentOutputs(str(tmp_path / f"c{number}.tif"), probabilities=str(tmp_path / f"p{number}.tif"))
        segment(model, str(source), outputs, options)
        found.append(read_raster(tmp_path / f"p{number}.tif"))
    np.testing.assert_array_equal(found[0], found[1])
    values = np.stack([products.band_values(name, 10) for name in BANDS])
    np.testing.assert_array_equal(found[0], values.astype(np.float32) - 1000)


@pytest.mark.parametrize("names", [("clear", "cloud", "shadow"), ("water", "thin cirrus", "not a cloud")])
def test_cloud_model(tmp_path: Path, names: tuple[str, ...]) -> None:
    """A cloud model calls everything above 0.5 of the first band class 1, in a composite of two dates."""
    values = [noise(3, 40, 50, "float32", seed=seed) for seed in range(2)]
    paths = [str(write_raster(tmp_path / f"s_{d}.tif", v, names=list(BANDS))) for d, v in zip(DAYS, values)]
    path = save(
        tmp_path / "clouds.onnx",
        [
            helper.make_node("Gather", ["image", "first"], ["band"], axis=1),
            helper.make_node("Greater", ["band", "half"], ["over"]),
            helper.make_node("Cast", ["over"], ["numbers"], to=TensorProto.INT64),
            helper.make_node("Squeeze", ["numbers", "axis"], ["map"]),
        ],
        inputs=[("image", "float32", ["n", 3, "h", "w"])],
        outputs=[("map", "int64", ["n", "h", "w"])],
        weights={"first": np.array([0], np.int64), "half": np.array(0.5, np.float32), "axis": np.array([1], np.int64)},
    )
    classes = tuple(ClassSpec(n, name, "#112233") for n, name in enumerate(names))
    spec = OutputSpec("map", "BHW", (None,) * 3, "int64", classes=classes, holds_numbers=True)
    model = Model(ModelCard("finder", "test", path, "segment", (image("BCHW"),), (spec,)), file_sha256(path))
    settings = CloudSettings(feather_px=0)
    inputs = CloudInputs(tuple(paths), cloud_model=model)
    cloudy = [array[0] > 0.5 for array in values]
    got = run(None, inputs, tmp_path, settings)
    np.testing.assert_array_equal(got, np.where(cloudy[1] & ~cloudy[0], values[0], values[1]))
    got = run(plus(tmp_path), inputs, tmp_path, CloudSettings(feather_px=0, target=0))
    np.testing.assert_array_equal(got, np.where(cloudy[0], values[0] + np.float32(100), values[0]))
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".geonnx")]
    blind = Model(
        ModelCard("land", "test", path, "segment", (image("BCHW"),), (OutputSpec(
            "map", "BHW", (None,) * 3, "int64", classes=(ClassSpec(0, "forest", "#000000"),), holds_numbers=True),)),
        file_sha256(path),
    )  # fmt: skip
    with pytest.raises(ModelError, match=r"land has no class of clouds or shadows \(its classes: forest\)"):
        run(None, CloudInputs(tuple(paths), cloud_model=blind), tmp_path)


# ---- what can't be


def test_settings_that_can_not_be(tmp_path: Path) -> None:
    paths, _ = scenes(tmp_path)
    network = plus(tmp_path)
    cases: list[tuple[Any, Any, Any, type[GeonnxError], str]] = [
        (network, [], CloudSettings(), SettingsError, "INPUTS is empty"),
        (network, paths, CloudSettings(target=3), SettingsError, r"TARGET is 3; 3 raster\(s\) are given"),
        (network, paths, CloudSettings(target=-2), SettingsError, "TARGET is -2"),
        (None, CloudInputs(tuple(paths), sar=(paths[0],)), CloudSettings(), SettingsError, "SAR is for models"),
    ]
    for model, inputs, clouds, error, message in cases:
        with pytest.raises(error, match=message):
            run(model, inputs, tmp_path, clouds)
    with pytest.raises(SettingsError, match="FEATHER is -1 px; expected 0 to 512"):
        CloudSettings(feather_px=-1)
    with pytest.raises(SettingsError, match="METHOD is 'mean'; expected one of nearest, median, regression"):
        CloudSettings(method="mean")  # type: ignore[arg-type]
    with pytest.raises(OutputError, match="is the input itself"):
        remove_clouds(network.model(), [paths[0]], paths[0])
    with pytest.raises(SettingsError, match="UNCERTAINTY is what a model says"):
        remove_clouds(None, paths, CloudOutputs(str(tmp_path / "o.tif"), str(tmp_path / "u.tif")))
    land = network.model()
    wrong = Model(ModelCard("land", "test", land.card.model_path, "segment", land.card.inputs, land.card.outputs), "")
    with pytest.raises(ModelError, match="is a model for the task 'segment'; expected one that removes clouds"):
        run(wrong, paths, tmp_path)
    assert not (tmp_path / "out.tif").exists()
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".geonnx")]


def test_model_pixels_and_kept_pixels_do_not_mix(tmp_path: Path) -> None:
    """A model of another pixel size: results come back on the raster's grid, where clear pixels stay exactly."""
    values = noise(3, HEIGHT, WIDTH, "uint16")
    path = write_raster(tmp_path / "in.tif", values, names=list(BANDS))
    cloudy = blobs()
    inputs = CloudInputs((str(path),), cloud_masks=(write_mask(tmp_path / "m.tif", cloudy),))
    network = plus(tmp_path, more={"gsd_m": 20.0})
    got = run(network, inputs, tmp_path, CloudSettings(feather_px=0))
    np.testing.assert_array_equal(got[:, ~cloudy], values[:, ~cloudy])
    assert (got[:, cloudy] != values[:, cloudy]).any()
    settings = RunSettings(options=RunOptions(grid="model"))
    with pytest.raises(SettingsError, match="grid is model, and KEEP_CLEAR keeps pixels of the raster"):
        run(network, inputs, tmp_path, settings=settings)
    small = run(network, inputs, tmp_path, CloudSettings(keep_clear=False), settings=settings)
    assert small.shape == (3, 45, 66)


def test_quality_band_of_a_landsat_product(tmp_path: Path) -> None:
    """Bits of QA_PIXEL decide; band files of a scene find it beside them; the result is still known as Landsat's."""
    root = products.landsat(tmp_path)
    path = next(root.glob("*_QA_PIXEL.TIF"))
    quality = read_raster(path)
    quality[0, 5:12, 8:20] = 22280  # cloud of high confidence
    quality[0, 20:25, 30:] = 23888  # shadow
    dataset = gdal.Open(str(path), gdal.GA_Update)
    dataset.GetRasterBand(1).WriteArray(quality[0])
    dataset = None
    bands = ("SR_B2", "SR_B3", "SR_B4")
    spec = InputSpec("image", "BCHW", (None, 3, None, None), "float32", "image", tuple(map(BandSpec, bands)))
    cloudy = quality[0] != 21824
    values = np.stack([read_raster(next(root.glob(f"*_{name}.TIF")))[0] for name in bands])
    for source in (root, next(root.glob("*_SR_B3.TIF"))):
        got = run(plus(tmp_path, spec=spec), [str(source)], tmp_path, CloudSettings(feather_px=0))
        np.testing.assert_array_equal(got, np.where(cloudy, values + 100, values))
    written = describe_raster(str(tmp_path / "out.tif"))
    assert written.sensor is not None and written.sensor.name == "Landsat OLI"
    assert [band.common_name for band in written.bands] == ["blue", "green", "red"]
    assert [(band.scale, band.offset) for band in written.bands] == [(2.75e-05, -0.2)] * 3


def test_extent_in_the_crs_of_the_first_image(tmp_path: Path) -> None:
    """The date to restore may be in another CRS than the first, in which the extent is given."""
    paths, _ = scenes(tmp_path, count=1)
    degrees = (14.9995, 0.0001, 0.0, 46.952, 0.0, -0.0001)
    target = noise(3, 120, 160, "uint16", seed=8)
    other = write_raster(tmp_path / "s_2020-06-01.tif", target, names=list(BANDS), geotransform=degrees, epsg=4326)
    extent = ((500200.0, 5199800.0), (500600.0, 5199800.0), (500600.0, 5199500.0), (500200.0, 5199500.0))
    run(plus(tmp_path), [*paths, str(other)], tmp_path, settings=RunSettings(extent=extent))
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    left, size, _, top, _, _ = dataset.GetGeoTransform()
    assert (left - degrees[0]) / size == pytest.approx(round((left - degrees[0]) / size))
    transform = osr.CoordinateTransformation(spatial_reference(crs_wkt(32633)), spatial_reference(crs_wkt(4326)))
    x, y, _ = transform.TransformPoint(500200.0, 5199800.0)
    assert abs(left - x) < 2 * size and abs(top - y) < 2 * size
    assert 0 < dataset.RasterXSize < 80


def test_what_a_card_says_is_read_and_written(tmp_path: Path) -> None:
    """Radar units, bands and date of the image survive the way through a description."""
    network = radar_network(tmp_path, unit="db", dims="BTCHW", dates=3)
    network.outputs = [output(bands=("B02", "B03", "B04"), date=-1)]
    model = network.model()
    item = make_item(model.card, tmp_path / "cloudless.json", sha256=model.sha256, size=1)
    (tmp_path / "cloudless.json").write_text(json.dumps(item))
    card = load_model(tmp_path / "cloudless.onnx").card
    assert card.inputs[1].radar_unit == "db"
    assert card.outputs[0].bands == ("B02", "B03", "B04")
    assert card.outputs[0].date == -1
    stacked = item["properties"]["mlm:input"][0]
    stacked |= {"geonnx:values": "reflectance", "geonnx:radar": "power"}
    (tmp_path / "cloudless.json").write_text(json.dumps(item))
    spec = load_model(tmp_path / "cloudless.onnx").card.inputs[0]
    assert (spec.reflectance, spec.radar_unit) == (True, "power")
    for place, wrong, message in (
        ("mlm:input", {"geonnx:radar": "amplitude"}, "geonnx:radar of .* expected db or power"),
        ("mlm:output", {"geonnx:date": "last"}, "geonnx:date of .* expected a whole number"),
        ("mlm:output", {"geonnx:bands": "B02"}, "geonnx:bands of .* should be a list of names"),
    ):
        broken = json.loads(json.dumps(item))
        broken["properties"][place][0] |= wrong
        (tmp_path / "cloudless.json").write_text(json.dumps(broken))
        with pytest.raises(ModelError, match=message):
            load_model(tmp_path / "cloudless.onnx")
