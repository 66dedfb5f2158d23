"""Every layout of inputs and outputs that models in this field have: a tiny network each, with a known answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RasterInputs, RunOptions, RunSettings, SegmentOutputs, products, segment
from geonnx.models.card.types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec
from geonnx.models.errors import ModelError, SettingsError
from geonnx.models.folding.fold import fold
from geonnx.models.model import Model, file_sha256
from numpy.typing import NDArray
from onnx import TensorProto, helper
from osgeo import gdal, osr

from ..rasters import NORTH_UP, UTM, crs_wkt, noise, read_raster, write_raster
from ..tiny_models import save

HEIGHT, WIDTH = 90, 131


def classes(count: int) -> tuple[ClassSpec, ...]:
    return tuple(ClassSpec(index, f"c{index}", "#123456") for index in range(count))


def image(name: str, dims: str, *, bands: int = 3, dates: int = 1, dtype: str = "float32", **more: Any) -> InputSpec:
    sizes = {"C": bands, "T": dates}
    shape = tuple(sizes.get(dim) for dim in dims)
    return InputSpec(name, dims, shape, dtype, **more)


def numbers(name: str, dims: str, shape: tuple[int | None, ...], role: Any, **more: Any) -> InputSpec:
    return InputSpec(name, dims, shape, "float32", role=role, **more)


def graph_shape(spec: InputSpec) -> list[Any]:
    return [size or f"d{axis}" for axis, size in enumerate(spec.shape)]


@dataclass
class Network:
    """A graph with its card."""

    folder: Path
    inputs: list[InputSpec]
    nodes: list[Any]
    output_dims: str = "BKHW"
    output_type: str = "float32"
    output_rank: int = 4
    count: int = 3
    weights: dict[str, NDArray[Any]] = field(default_factory=dict)
    activation: Any = "none"
    more: dict[str, Any] = field(default_factory=dict)

    def model(self) -> Model:
        path = save(
            self.folder / "model.onnx",
            self.nodes,
            inputs=[(spec.name, spec.dtype, graph_shape(spec)) for spec in self.inputs],
            outputs=[("map", self.output_type, [f"o{axis}" for axis in range(self.output_rank)])],
            weights=self.weights,
        )
        output = OutputSpec(
            "map",
            self.output_dims,
            (None,) * self.output_rank,
            self.output_type,
            classes=classes(self.count),
            activation=self.activation,
            holds_numbers=not self.output_type.startswith("float"),
        )
        card = ModelCard("tiny", "test", path, "segment", tuple(self.inputs), (output,), **self.more)
        return Model(card, file_sha256(path))


def run(network: Network, inputs: Any, **settings: Any) -> NDArray[Any]:
    """Return the float32 scores that a run writes (band, row, column)."""
    outputs = SegmentOutputs(str(network.folder / "c.tif"), probabilities=str(network.folder / "p.tif"))
    options = RunOptions(probability_dtype="float32", **settings.pop("options", {}))
    settings = {"tile_size": 64, **settings}
    if isinstance(inputs, Path):
        inputs = str(inputs)
    segment(network.model(), inputs, outputs, RunSettings(options=options, **settings))
    return read_raster(network.folder / "p.tif")


@pytest.fixture(autouse=True, params=["in the graph", "in numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run every test with scaling and classes in the model's graph, and without; see that it is really so."""

    def watched(plan: Any, task: Any, feedback: Any) -> Any:
        if request.param == "in numpy":
            return plan, task
        folded, inner = fold(plan, task, feedback)
        is_cut_up = plan.prepared.is_table and plan.prepared.fixed_rows is not None
        assert folded is not plan or is_cut_up, "nothing was folded"
        return folded, inner

    monkeypatch.setattr(products, "fold", watched)
    return str(request.param)


def transpose(source: str, target: str, order: list[int]) -> Any:
    return helper.make_node("Transpose", [source], [target], perm=order)


@pytest.mark.parametrize("dims", ["BCHW", "BHWC", "CHW", "HWC"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "uint16", "int64", "float64"])
def test_one_image(tmp_path: Path, dims: str, dtype: str) -> None:
    values = noise(3, HEIGHT, WIDTH, "uint8")
    raster = write_raster(tmp_path / "in.tif", values)
    spec = image("image", dims, dtype=dtype)
    nodes = [helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT)]
    if "B" not in dims:
        nodes.append(helper.make_node("Unsqueeze", ["real", "first"], ["batch"]))
    else:
        nodes.append(helper.make_node("Identity", ["real"], ["batch"]))
    nodes.append(
        transpose("batch", "map", [0, 3, 1, 2])
        if dims.endswith("C")
        else helper.make_node("Identity", ["batch"], ["map"])
    )
    network = Network(tmp_path, [spec], nodes, weights={"first": np.array([0], np.int64)})
    np.testing.assert_array_equal(run(network, raster), values.astype(np.float32))


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dims", ["BTCHW", "BCTHW", "BTHWC"])
def test_time_series(tmp_path: Path, dims: str, batch: int) -> None:
    """Weights 1, 10, 100 for the dates make a date that is out of place visible."""
    dates = [noise(3, HEIGHT, WIDTH, "uint8", seed=seed) for seed in range(3)]
    names = ["s_20200101.tif", "s_20200401.tif", "s_20210301.tif"]
    rasters = tuple(str(write_raster(tmp_path / name, values)) for name, values in zip(names, dates))
    spec = image("series", dims, dates=3, role="series")
    axis, keep = dims.index("T"), [d for d in dims if d != "T"]
    shape = [1] * 5
    shape[axis] = 3
    order = [keep.index(dim) for dim in "BCHW"]
    nodes = [
        helper.make_node("Mul", ["series", "w"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "axis"], ["sum"], keepdims=0),
        transpose("sum", "map", order),
    ]
    weights = {"w": np.array([1, 10, 100], np.float32).reshape(shape), "axis": np.array([axis], np.int64)}
    network = Network(tmp_path, [spec], nodes, weights=weights)
    expected = sum(w * values.astype(np.float32) for w, values in zip((1, 10, 100), dates))
    got = run(network, RasterInputs(rasters), batch_size=batch)
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    with pytest.raises(SettingsError, match=r"wants 3 raster\(s\) as its input 'series' \(series\); 2 given"):
        run(network, RasterInputs(rasters[:2]))


def test_series_with_dates_and_a_hole(tmp_path: Path) -> None:
    """The days since the first date multiply the sum of the dates; where one date has no data, fill stands in."""
    dates = [noise(2, HEIGHT, WIDTH, "uint8", seed=seed) + 1 for seed in range(2)]
    dates[1][:, 10:20, 10:20] = 0
    dates[0][:, 15:30, 10:20] = 0
    names = ["s_2020-01-01.tif", "s_2020-02-10.tif"]
    rasters = tuple(str(write_raster(tmp_path / n, v, nodata=0)) for n, v in zip(names, dates))[::-1]
    specs = [
        image("series", "BTCHW", bands=2, dates=2, role="series"),
        numbers("days", "BT", (None, None), "dates", unit="days"),
    ]
    nodes = [
        helper.make_node("ReduceSum", ["series", "time"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["days", "time"], ["total"], keepdims=1),
        helper.make_node("Unsqueeze", ["total", "tail"], ["wide"]),
        helper.make_node("Mul", ["sum", "wide"], ["map"]),
    ]
    weights = {"time": np.array([1], np.int64), "tail": np.array([2, 3], np.int64)}
    network = Network(tmp_path, specs, nodes, weights=weights, count=2, more={"fill": 5.0})
    got = run(network, RasterInputs(rasters))
    filled = [np.where((values == 0).any(axis=0), 5, values).astype(np.float32) for values in dates]
    expected = 40 * (filled[0] + filled[1])
    nowhere = np.zeros((HEIGHT, WIDTH), bool)
    nowhere[15:20, 10:20] = True
    np.testing.assert_allclose(got[:, ~nowhere], expected[:, ~nowhere], rtol=1e-6)
    assert np.isnan(got[:, nowhere]).all()


def test_day_of_year_from_names(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "T33_20201231T101010_x.tif", noise(1, HEIGHT, WIDTH, "uint8"))
    specs = [image("image", "BCHW", bands=1), numbers("doy", "B", (None,), "dates")]
    nodes = [
        helper.make_node("Mul", ["image", "zero"], ["none"]),
        helper.make_node("Unsqueeze", ["doy", "tail"], ["wide"]),
        helper.make_node("Add", ["none", "wide"], ["day"]),
        helper.make_node("Concat", ["day", "none"], ["map"], axis=1),
    ]
    weights = {"zero": np.zeros(1, np.float32), "tail": np.array([1, 2, 3], np.int64)}
    got = run(Network(tmp_path, specs, nodes, weights=weights, count=2), raster)
    assert (got[0] == 366).all()
    plain = write_raster(tmp_path / "undated.tif", noise(1, 20, 20, "uint8"))
    with pytest.raises(SettingsError, match=r"wants dates, and nothing says when undated\.tif was taken"):
        run(Network(tmp_path, specs, nodes, weights=weights, count=2), plain)


def test_rasters_that_no_input_takes(tmp_path: Path) -> None:
    raster = str(write_raster(tmp_path / "in.tif", noise(3, 20, 20)))
    network = Network(tmp_path, [image("image", "BCHW")], [helper.make_node("Identity", ["image"], ["map"])])
    for inputs, name in ((RasterInputs((raster, raster)), "SERIES"), (RasterInputs((raster,), sar=(raster,)), "SAR")):
        with pytest.raises(SettingsError, match=f"1 raster.s. were given as {name}, and tiny takes none"):
            run(network, inputs)


@pytest.mark.parametrize("kind", ["two inputs", "stacked", "stacked last", "time axis"])
def test_two_dates(tmp_path: Path, kind: str) -> None:
    before, after = noise(3, HEIGHT, WIDTH, "uint8", seed=1), noise(3, HEIGHT, WIDTH, "uint8", seed=2)
    after[:, 3, 4] = 0
    after[after == 0] = 1
    after[:, 3, 4] = 0
    paths = write_raster(tmp_path / "b.tif", before), write_raster(tmp_path / "a.tif", after, nodata=0)
    weights: dict[str, NDArray[Any]] = {"axis": np.array([1], np.int64)}
    if kind == "two inputs":
        specs = [image("x1", "BCHW", role="before"), image("x2", "BCHW", role="after")]
        nodes = [helper.make_node("Sub", ["x2", "x1"], ["map"])]
    elif kind.startswith("stacked"):
        dims = "BHWC" if kind.endswith("last") else "BCHW"
        specs = [image("x", dims, bands=6, role="before+after")]
        axis = dims.index("C")
        nodes = [helper.make_node("Split", ["x", "halves"], ["x1", "x2"], axis=axis)]
        weights["halves"] = np.array([3, 3], np.int64)
        nodes.append(helper.make_node("Sub", ["x2", "x1"], ["d"]))
        nodes.append(transpose("d", "map", [0, 3, 1, 2] if axis == 3 else [0, 1, 2, 3]))
    else:
        specs = [image("x", "BTCHW", dates=2, role="before+after")]
        nodes = [
            helper.make_node("Mul", ["x", "signs"], ["signed"]),
            helper.make_node("ReduceSum", ["signed", "axis"], ["map"], keepdims=0),
        ]
        weights["signs"] = np.array([-1, 1], np.float32).reshape(1, 2, 1, 1, 1)
    network = Network(tmp_path, specs, nodes, weights=weights)
    got = run(network, RasterInputs((str(paths[0]),), after=(str(paths[1]),)))
    expected = after.astype(np.float32) - before.astype(np.float32)
    assert np.isnan(got[:, 3, 4]).all()
    got[:, 3, 4] = expected[:, 3, 4]
    np.testing.assert_array_equal(got, expected)


def test_optical_and_radar_on_another_grid(tmp_path: Path) -> None:
    """The radar image has half the resolution, other values and another extent; it is aligned as it is read."""
    optical = noise(3, HEIGHT, WIDTH, "uint8")
    raster = write_raster(tmp_path / "o.tif", optical)
    ramp = np.tile(np.arange(200, dtype=np.float32), (150, 1))[np.newaxis]
    x0, _, _, y0, _, _ = NORTH_UP
    sar = write_raster(tmp_path / "sar.tif", ramp, geotransform=(x0 - 200, 20.0, 0.0, y0 + 100, 0.0, -20.0))
    specs = [image("optical", "BCHW"), image("sar", "BCHW", bands=1, role="sar")]
    nodes = [helper.make_node("Mul", ["optical", "zero"], ["none"]), helper.make_node("Add", ["none", "sar"], ["map"])]
    network = Network(tmp_path, specs, nodes, weights={"zero": np.zeros(1, np.float32)})
    got = run(network, RasterInputs((str(raster),), sar=(str(sar),)))
    # a linear ramp stays linear under bilinear resampling: value = position of the pixel centre in radar pixels - 0.5
    expected = (np.arange(WIDTH) * 10 + 5 + 200) / 20 - 0.5
    np.testing.assert_allclose(got[0], np.tile(expected, (HEIGHT, 1)), atol=1e-4)


def test_position_pixel_size_and_wavelengths(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(2, 64, 64, "uint8"))
    bands = (BandSpec("red", wavelength_um=0.665), BandSpec("nir", wavelength_um=0.842))
    specs = [
        image("image", "BCHW", bands=2),
        numbers("where", "BC", (None, 2), "latlon"),
        numbers("gsd", "", (), "gsd"),
        numbers("waves", "C", (None,), "wavelengths"),
    ]
    specs[0] = InputSpec("image", "BCHW", (None, 2, None, None), "float32", bands=bands)
    nodes = [
        helper.make_node("Mul", ["image", "zero"], ["none"]),
        helper.make_node("ReduceMax", ["none"], ["plane"], axes=[1], keepdims=1),
        helper.make_node("Unsqueeze", ["where", "tail"], ["place"]),
        helper.make_node("Unsqueeze", ["waves", "around"], ["bands"]),
        helper.make_node("Add", ["plane", "place"], ["a"]),
        helper.make_node("Add", ["plane", "gsd"], ["b"]),
        helper.make_node("Add", ["plane", "bands"], ["c"]),
        helper.make_node("Concat", ["a", "b", "c"], ["map"], axis=1),
    ]
    weights = {
        "zero": np.zeros(1, np.float32),
        "tail": np.array([2, 3], np.int64),
        "around": np.array([0, 2, 3], np.int64),
    }
    network = Network(tmp_path, specs, nodes, weights=weights, count=5)
    got = run(network, raster, bands="1,2")[:, 0, 0]
    source, target = osr.SpatialReference(), osr.SpatialReference()
    source.ImportFromEPSG(UTM)
    target.ImportFromEPSG(4326)
    latitude, longitude, _ = osr.CoordinateTransformation(source, target).TransformPoint(500320, 5199680)
    np.testing.assert_allclose(got, [latitude, longitude, 10, 0.665, 0.842], rtol=1e-6)


@pytest.mark.parametrize("kind", ["scores", "numbers"])
@pytest.mark.parametrize("fixed", [None, 1000])
@pytest.mark.parametrize("dims", ["NC", "NTC", "NCT"])
def test_pixel_tables(tmp_path: Path, kind: str, fixed: int | None, dims: str) -> None:
    dates = [noise(3, HEIGHT, WIDTH, "uint8", seed=seed) for seed in range(2 if "T" in dims else 1)]
    rasters = tuple(str(write_raster(tmp_path / f"d{i}.tif", values)) for i, values in enumerate(dates))
    sizes = {"N": fixed, "C": 3, "T": len(dates)}
    role = "series" if "T" in dims else "image"
    spec = InputSpec("x", dims, tuple(sizes[dim] for dim in dims), "float32", role=role)
    nodes = []
    source = "x"
    if "T" in dims:
        nodes.append(helper.make_node("ReduceSum", ["x", "time"], ["sum"], keepdims=0))
        source = "sum"
    expected = sum(values.astype(np.float32) for values in dates)
    weights = {"time": np.array([dims.find("T")], np.int64)}
    if kind == "scores":
        nodes.append(helper.make_node("Identity", [source], ["map"]))
        network = Network(tmp_path, [spec], nodes, "NK", output_rank=2, weights=weights)
        np.testing.assert_array_equal(run(network, RasterInputs(rasters)), expected)
        return
    nodes.append(helper.make_node("ArgMax", [source], ["map"], axis=1, keepdims=0))
    network = Network(tmp_path, [spec], nodes, "N", "int64", 1, weights=weights)
    segment(network.model(), RasterInputs(rasters), str(tmp_path / "c.tif"))
    np.testing.assert_array_equal(read_raster(tmp_path / "c.tif")[0], expected.argmax(axis=0))


def resize_node(scale: float) -> tuple[list[Any], dict[str, NDArray[Any]]]:
    if scale < 1:
        size = round(1 / scale)
        return [helper.make_node("AveragePool", ["image"], ["map"], kernel_shape=[size] * 2, strides=[size] * 2)], {}
    node = helper.make_node("Resize", ["image", "", "s"], ["map"], mode="nearest")
    return [node], {"s": np.array([1, 1, scale, scale], np.float32)}


@pytest.mark.parametrize("merge", ["crop", "blend"])
@pytest.mark.parametrize("scale", [0.25, 0.5, 2, 4])
def test_output_of_another_size(tmp_path: Path, scale: float, merge: Any) -> None:
    """A ramp survives averaging and bilinear enlargement unchanged away from the tile's edge."""
    ramp = np.stack([np.tile(np.arange(WIDTH), (HEIGHT, 1)), np.tile(np.arange(HEIGHT)[:, None], (1, WIDTH))])
    raster = write_raster(tmp_path / "in.tif", ramp.astype(np.float32))
    nodes, weights = resize_node(scale)
    network = Network(tmp_path, [image("image", "BCHW", bands=2)], nodes, weights=weights, count=2)
    got = run(network, raster, merge=merge, overlap=16)
    inner = np.s_[:, 4:-8, 4:-8]
    np.testing.assert_allclose(got[inner], ramp[inner], atol=1e-4)


@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_output_without_its_margin(tmp_path: Path, merge: Any) -> None:
    """A network without padding gives fewer pixels than it gets; every pixel of the raster still gets a result."""
    values = noise(2, HEIGHT, WIDTH, "float32")
    raster = write_raster(tmp_path / "in.tif", values)
    weight = np.zeros((2, 1, 7, 7), np.float32)
    weight[:, 0, 3, 3] = 1  # the middle pixel: with all offsets right, the input comes back
    nodes = [helper.make_node("Conv", ["image", "w"], ["map"], group=2, kernel_shape=[7, 7])]
    network = Network(tmp_path, [image("image", "BCHW", bands=2)], nodes, weights={"w": weight}, count=2)
    np.testing.assert_allclose(run(network, raster, merge=merge, overlap=5), values, rtol=1e-6)


def test_output_of_no_known_size(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 80, 80))
    nodes = [helper.make_node("Conv", ["image", "w"], ["map"], kernel_shape=[4, 3])]
    weights = {"w": np.ones((3, 3, 4, 3), np.float32)}
    network = Network(tmp_path, [image("image", "BCHW")], nodes, weights=weights)
    with pytest.raises(
        ModelError, match=r"output 'map' is \[1, 3, 61, 62\] for 1 tile\(s\) of 64 × 64 px; expected a map"
    ):
        run(network, raster)


@pytest.mark.parametrize("gsd", [20.0, 5.0, 13.0])
@pytest.mark.parametrize("grid", ["raster", "model"])
def test_pixel_size_of_the_model(tmp_path: Path, gsd: float, grid: str) -> None:
    """A linear ramp keeps its values wherever it is resampled."""
    x = np.tile(np.arange(WIDTH) * 10 + 5.0, (HEIGHT, 1))
    raster = write_raster(tmp_path / "in.tif", np.stack([x, x.max() - x]).astype(np.float32))
    nodes = [helper.make_node("Identity", ["image"], ["map"])]
    network = Network(tmp_path, [image("image", "BCHW", bands=2)], nodes, count=2, more={"gsd_m": gsd})
    got = run(network, raster, options={"grid": grid})
    result = gdal.Open(str(tmp_path / "p.tif"))
    if grid == "raster":
        assert result.GetGeoTransform() == NORTH_UP
        assert got.shape == (2, HEIGHT, WIDTH)
        np.testing.assert_allclose(got[0, :, 4:-4], x[:, 4:-4], atol=gsd / 2 + 1e-3)
        assert int(read_raster(tmp_path / "c.tif").size) == sum(
            count for count in np.unique(read_raster(tmp_path / "c.tif"), return_counts=True)[1]
        )
        return
    assert result.GetGeoTransform()[1] == pytest.approx(gsd, rel=0.02)
    positions = (np.arange(result.RasterXSize) + 0.5) * result.GetGeoTransform()[1]
    np.testing.assert_allclose(got[0, :, 4:-4], np.tile(positions, (result.RasterYSize, 1))[:, 4:-4], atol=0.6 * gsd)


def test_pixel_size_in_degrees(tmp_path: Path) -> None:
    """Metres at the raster's latitude: compared with distances on the ellipsoid by pyproj."""
    from geonnx.models.raster.align import pixel_size_m
    from geonnx.models.raster.source import describe_raster
    from pyproj import Geod

    transform = (14.5, 0.0003, 0.0, 60.2, 0.0, -0.0002)
    raster = write_raster(tmp_path / "d.tif", noise(1, 100, 100), geotransform=transform, epsg=4326)
    width, height = pixel_size_m(describe_raster(str(raster)).grid)
    geod = Geod(ellps="WGS84")
    latitude = 60.2 - 0.0002 * 50
    assert width == pytest.approx(geod.inv(14.5, latitude, 14.5003, latitude)[2], rel=1e-6)
    assert height == pytest.approx(geod.inv(14.5, latitude - 0.0001, 14.5, latitude + 0.0001)[2], rel=1e-6)
    assert not math.isclose(width, height, rel_tol=0.1)


def test_extent_on_a_resampled_grid(tmp_path: Path) -> None:
    values = noise(2, HEIGHT, WIDTH, "float32")
    raster = write_raster(tmp_path / "in.tif", values)
    nodes = [helper.make_node("Identity", ["image"], ["map"])]
    network = Network(tmp_path, [image("image", "BCHW", bands=2)], nodes, count=2, more={"gsd_m": 30.0})
    run(network, raster, extent=((500205.0, 5199700.0), (500800.0, 5199395.0)))
    result = gdal.Open(str(tmp_path / "c.tif"))
    assert result.GetGeoTransform() == (500200.0, 10.0, 0.0, 5199700.0, 0.0, -10.0)
    assert (result.RasterXSize, result.RasterYSize) == (60, 31)
    assert set(np.unique(result.ReadAsArray())) <= {0, 1}
    assert crs_wkt(UTM)[:20] == result.GetProjection()[:20]
