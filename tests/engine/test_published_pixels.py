"""Classifiers of single pixels through `segment`: TempCNN in PyTorch, and those of scikit-learn, on the same arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RasterInputs, RunOptions, RunSettings, SegmentOutputs, load_model, segment
from numpy.typing import NDArray

from ..rasters import noise, read_raster, write_raster

BANDS = ("B02", "B03", "B04", "B08")
NAMES = ["water", "crops", "forest"]
HEIGHT, WIDTH = 70, 93
SCALE = [{"type": "scale", "value": 10000}]


def write_dates(folder: Path, count: int) -> tuple[tuple[str, ...], NDArray[Any], NDArray[np.bool_]]:
    """Return paths in shuffled order, values (date, band, row, column) oldest first, and where no date has data."""
    values = np.stack([noise(len(BANDS), HEIGHT, WIDTH, "uint16", seed=date) + 1 for date in range(count)])
    values[:, :, 20:25, 30:50] = 0
    names = [f"S2_{2020 + date // 12}{date % 12 + 1:02d}15T101010_x.tif" for date in range(count)]
    paths = [str(write_raster(folder / name, date, nodata=0, names=list(BANDS))) for name, date in zip(names, values)]
    order = np.random.default_rng(count).permutation(count)
    return tuple(paths[place] for place in order), values, (values == 0).all(axis=(0, 1))


def table(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return (date, band, row, column) as a table (pixel, date, band)."""
    return values.reshape(*values.shape[:2], -1).transpose(2, 0, 1).astype(np.float32)


def probabilities(model: Path, paths: tuple[str, ...], folder: Path, **settings: Any) -> NDArray[Any]:
    outputs = SegmentOutputs(str(folder / "c.tif"), probabilities=str(folder / "p.tif"))
    options = RunOptions(probability_dtype="float32")
    segment(load_model(model), RasterInputs(paths), outputs, RunSettings(options=options, **settings))
    return read_raster(folder / "p.tif")


def check(found: NDArray[Any], expected: NDArray[Any], nowhere: NDArray[np.bool_], classes: Path) -> None:
    """Compare probabilities (class, row, column) with those of a table (pixel, class), and the map of classes."""
    planes = expected.T.reshape(-1, HEIGHT, WIDTH)
    assert planes.std(axis=(1, 2)).max() > 0.05, "probabilities that hardly vary show no mistake"
    assert np.isnan(found[:, nowhere]).all()
    np.testing.assert_allclose(found[:, ~nowhere], planes[:, ~nowhere], atol=1e-4)
    top = np.sort(planes, axis=0)
    clear = ~nowhere & (top[-1] - top[-2] > 1e-3)
    np.testing.assert_array_equal(read_raster(classes)[0][clear], planes.argmax(axis=0)[clear])


@pytest.mark.parametrize("dims", ["NTC", "NCT"])
@pytest.mark.parametrize("settings", [{}, {"tile_size": 32}], ids=["one tile", "tiles"])
def test_temporal_convolutions(tmp_path: Path, dims: str, settings: dict[str, Any]) -> None:
    from ..architectures import tempcnn
    from ..architectures.exporting import torch

    paths, values, nowhere = write_dates(tmp_path, 9)
    network = tempcnn.export(tmp_path / "tempcnn.onnx", BANDS, 9, NAMES, SCALE, dims=dims)
    rows = table(values) / np.float32(10000)
    with torch.no_grad():
        scores = network(torch.from_numpy(rows if dims == "NTC" else rows.transpose(0, 2, 1).copy()))
        expected = torch.softmax(scores, dim=1).numpy()
    found = probabilities(tmp_path / "tempcnn.onnx", paths, tmp_path, **settings)
    check(found, expected, nowhere, tmp_path / "c.tif")


def learnt(kind: str, columns: int) -> Any:
    """Return a classifier of scikit-learn, fitted to stored numbers whose classes overlap."""
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed (pip install skl2onnx)")
    from sklearn import ensemble, neural_network, pipeline, preprocessing

    rng = np.random.default_rng(3)
    rows = rng.integers(0, 10000, (600, columns)).astype(np.float32)
    score = rows.mean(axis=1) + rng.normal(0, 600, 600)
    labels = np.digitize(score, np.quantile(score, (1 / 3, 2 / 3)))
    makers: dict[str, Any] = {
        "random forest": lambda: ensemble.RandomForestClassifier(25, max_depth=8, random_state=0),
        "extra trees": lambda: ensemble.ExtraTreesClassifier(25, max_depth=8, random_state=0),
        "gradient boosting": lambda: ensemble.GradientBoostingClassifier(n_estimators=15, random_state=0),
        "histogram boosting": lambda: ensemble.HistGradientBoostingClassifier(max_iter=15, random_state=0),
        "perceptron": lambda: pipeline.make_pipeline(
            preprocessing.StandardScaler(),
            neural_network.MLPClassifier((16, 16), max_iter=200, tol=0.01, random_state=0),
        ),
    }
    return makers[kind]().fit(rows, labels)


def export_learnt(classifier: Any, path: Path, columns: int, dims: str, dates: int) -> None:
    """Write the classifier with its card; with T in *dims* the graph itself lays (pixel, date, band) flat."""
    import onnx
    from onnx import helper, numpy_helper
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    from ..architectures.exporting import describe_input, describe_output, write_card

    model = convert_sklearn(
        classifier,
        initial_types=[("pixels", FloatTensorType([None, columns]))],
        options={id(classifier): {"zipmap": False}},
    )
    shape = [-1, columns]
    if "T" in dims:
        graph = model.graph
        shape = [-1, dates, len(BANDS)]
        graph.input[0].CopyFrom(
            helper.make_tensor_value_info("pixels", onnx.TensorProto.FLOAT, [None, dates, len(BANDS)])
        )
        for node in graph.node:
            node.input[:] = ["flat" if name == "pixels" else name for name in node.input]
        graph.initializer.append(numpy_helper.from_array(np.array([-1, columns], np.int64), "two_axes"))
        graph.node.insert(0, helper.make_node("Reshape", ["pixels", "two_axes"], ["flat"]))
    onnx.save(model, str(path))
    write_card(
        path,
        "segment",
        [describe_input("pixels", dims, shape, bands=BANDS, role="series" if dates > 1 else "image")],
        [describe_output("probabilities", "NK", [-1, 3], classes=NAMES, activation="none")],
    )


KINDS = ["random forest", "extra trees", "gradient boosting", "histogram boosting", "perceptron"]


@pytest.fixture
def whole_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mend skl2onnx 1.20, which hands on booleans of histogram boosting that onnx 1.23 refuses."""
    trees = pytest.importorskip("skl2onnx.common.tree_ensemble", reason="skl2onnx is not installed")
    add_node = trees.add_node

    def add(*args: Any, nodes_missing_value_tracks_true: Any = 0, **more: Any) -> None:
        add_node(*args, nodes_missing_value_tracks_true=int(nodes_missing_value_tracks_true), **more)

    monkeypatch.setattr(trees, "add_node", add)


@pytest.mark.usefixtures("whole_numbers")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dims", "dates"), [("NC", 1), ("NC", 3), ("NTC", 3)])
def test_scikit_learn(tmp_path: Path, kind: str, dims: str, dates: int) -> None:
    """One date; three dates side by side in the row of a pixel; three dates on an axis of their own."""
    columns = dates * len(BANDS)
    classifier = learnt(kind, columns)
    export_learnt(classifier, tmp_path / "pixels.onnx", columns, dims, dates)
    paths, values, nowhere = write_dates(tmp_path, dates)
    expected = classifier.predict_proba(table(values).reshape(-1, columns))
    found = probabilities(tmp_path / "pixels.onnx", paths, tmp_path, tile_size=48)
    check(found, expected, nowhere, tmp_path / "c.tif")
