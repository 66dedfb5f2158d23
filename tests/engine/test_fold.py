"""Scaling and classes inside the model's graph: pixel for pixel what numpy makes of the network's scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from geonnx.models import Feedback, RunOptions, RunSettings, SegmentOutputs, load_model, products, segment
from geonnx.models.errors import ModelError
from geonnx.models.folding import fold, wrap
from geonnx.models.folding.cache import cache_folder
from onnx import helper, numpy_helper

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import identity, one_logit, save, unet, write_mlm

NAMES = ("classes", "probabilities", "confidence", "entropy")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))


def both_ways(
    model: Path, raster: Path, folder: Path, names: tuple[str, ...] = NAMES, *, options: Any = None, **settings: Any
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Run plain and folded; see that the second was folded; return both results of each product."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for is_folded in (False, True):
        said: list[str] = []
        outputs = SegmentOutputs(**{name: str(folder / f"{name}{is_folded}.tif") for name in names})
        run_settings = RunSettings(options=RunOptions(fold=is_folded, **(options or {})), **settings)
        segment(load_model(model), str(raster), outputs, run_settings, feedback=Feedback(log=said.append))
        assert not [text for text in said if "outside of the model's graph" in text]
        for name in names:
            found[name].append(read_raster(folder / f"{name}{is_folded}.tif"))
    assert list(cache_folder().glob("*.graph"))
    return {name: (values[0], values[1]) for name, values in found.items()}


def check(found: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    for name, (plain, folded) in found.items():
        assert plain.shape == folded.shape and plain.dtype == folded.dtype
        if name == "classes":
            assert (plain != folded).mean() <= 1e-4
        elif plain.dtype == np.uint8:
            assert ((plain == 255) == (folded == 255)).all()
            assert np.abs(plain.astype(int) - folded).max() <= 1
        else:
            assert np.allclose(plain, folded, atol=1e-5, equal_nan=True)


SCALINGS = {
    "none": None,
    "scale": [{"type": "scale", "value": 255}],
    "z-score": [{"type": "z-score", "mean": mean, "stddev": spread} for mean, spread in ((90, 40), (110, 35), (99, 3))],
    "min-max of some": [{"type": "min-max", "minimum": 10, "maximum": 200}, None, {"type": "offset", "value": 7}],
    "clip": [{"type": "clip", "minimum": 40, "maximum": 180}],
}


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64"])
def test_scalings_and_types(tmp_path: Path, scaling: str, dtype: str) -> None:
    model = unet(tmp_path / "m.onnx", classes=4, levels=1)
    write_mlm(model, bands=[], channels=3, classes=[(number, f"c{number}") for number in range(4)],
              scaling=SCALINGS[scaling], activation="softmax")  # fmt: skip
    values = (noise(3, 150, 131, "float32") * 250).astype(dtype)
    values[:, 40:60, 30:90] = 0
    raster = write_raster(tmp_path / "a.tif", values, nodata=0)
    found = both_ways(model, raster, tmp_path, tile_size=64, overlap=8)
    check(found)
    assert (found["classes"][1][0, 40:60, 30:90] == 255).all()
    assert len(np.unique(found["classes"][1])) > 2


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "none"])
@pytest.mark.parametrize("names", [("classes",), ("classes", "confidence"), NAMES])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_activations_and_products(tmp_path: Path, activation: str, names: tuple[str, ...], merge: str) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    write_mlm(model, bands=[], channels=3, classes=[(2, "a"), (7, "b"), (9, "c")], activation=activation)
    values = noise(3, 70, 91, "float32")
    values = values / values.sum(axis=0) if activation == "none" else (values - 0.5) * 9
    raster = write_raster(tmp_path / "a.tif", values)
    found = both_ways(model, raster, tmp_path, names, tile_size=32, overlap=4, merge=merge)
    check(found)
    assert set(np.unique(found["classes"][1])) <= {2, 7, 9}


@pytest.mark.parametrize("squeeze", [False, True])
@pytest.mark.parametrize("threshold", [0.5, 0.8])
def test_one_logit(tmp_path: Path, squeeze: bool, threshold: float) -> None:
    model = one_logit(tmp_path / "m.onnx", squeeze=squeeze)
    raster = write_raster(tmp_path / "a.tif", (noise(1, 70, 91, "float32") - 0.5) * 9)
    found = both_ways(model, raster, tmp_path, tile_size=32, options={"threshold": threshold})
    check(found)
    assert set(np.unique(found["classes"][1])) == {0, 1}


def test_what_the_network_can_not_answer_is_nodata(tmp_path: Path) -> None:
    """NaN out of the network, not out of the raster: the square root of negative values."""
    path, shape = tmp_path / "m.onnx", ["n", 2, "h", "w"]
    save(path, [helper.make_node("Sqrt", ["image"], ["map"])],
         inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)])  # fmt: skip
    values = noise(2, 50, 60, "float32") - 0.5
    found = both_ways(path, write_raster(tmp_path / "a.tif", values), tmp_path, tile_size=32)
    check(found)
    assert ((found["classes"][1][0] == 255) == (values < 0).any(axis=0)).all()


@pytest.mark.parametrize("count", [2, 40, 300])
def test_many_classes(tmp_path: Path, count: int) -> None:
    model = identity(tmp_path / "m.onnx", bands=count)
    write_mlm(model, bands=[], channels=count, classes=[(n, f"c{n}") for n in range(count)], activation="softmax")
    raster = write_raster(tmp_path / "a.tif", noise(count, 40, 50, "float32") * 5)
    found = both_ways(model, raster, tmp_path, tile_size=32)
    check(found)
    assert found["classes"][1].dtype == (np.uint16 if count == 300 else np.uint8)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 300), (64, 64)])
@pytest.mark.parametrize("batch", [0, 3])
def test_sizes_extents_and_batches(tmp_path: Path, height: int, width: int, batch: int) -> None:
    model = unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, height, width))
    corners = ((500000.0, 5199980.0), (500000.0 + 7 * width, 5200000.0)) if width > 1 else None
    check(both_ways(model, raster, tmp_path, tile_size=32, overlap=4, batch_size=batch, extent=corners))


def test_temperature_and_flips(tmp_path: Path) -> None:
    model = unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True)
    card = model.with_suffix(".json")
    card.write_text(card.read_text().replace('"result"', '"geonnx:temperature": 2.5, "result"'))
    values = noise(3, 60, 80, "uint16")
    values[:, 20:30, 5:50] = 9
    raster = write_raster(tmp_path / "a.tif", values, nodata=9)
    check(both_ways(model, raster, tmp_path, tile_size=32))
    names = ("classes", "confidence", "disagreement")
    for found in both_ways(model, raster, tmp_path, names, tile_size=32, options={"tta": "rotations"}).values():
        assert np.abs(found[0].astype(int) - found[1]).max() <= 1


def test_the_last_result_is_the_models_alone(tmp_path: Path) -> None:
    """What is folded is not kept: outputs that nobody asks for are not in the graph any more."""
    path, shape = tmp_path / "m.onnx", ["n", 3, "h", "w"]
    nodes = [helper.make_node("Relu", ["image"], ["map"]), helper.make_node("Erf", ["image"], ["unwanted"])]
    save(path, nodes, inputs=[("image", "float32", shape)],
         outputs=[("map", "float32", shape), ("unwanted", "float32", shape)])  # fmt: skip
    both_ways(path, write_raster(tmp_path / "a.tif", noise(3, 40, 50)), tmp_path, ("classes",))
    (kept,) = cache_folder().glob("*.graph")
    graph = onnx.load_model_from_string(kept.read_bytes()[32:]).graph
    operators = {node.op_type for node in graph.node}
    assert "Erf" not in operators and "Softmax" not in operators and "Exp" not in operators
    assert {"Relu", "ArgMax", "Cast", "Slice"} <= operators
    assert [item.name for item in graph.output] == ["geonnx_result"]


def said_by(model: Path, raster: Path, folder: Path) -> list[str]:
    said: list[str] = []
    segment(load_model(model), str(raster), str(folder / "c.tif"), feedback=Feedback(log=said.append))
    return [text for text in said if "outside of the model's graph" in text]


def test_models_that_can_not_be_wrapped_run_all_the_same(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "a.tif", noise(3, 40, 50))
    old = identity(tmp_path / "old.onnx", bands=3)
    proto = onnx.load(old)
    proto.opset_import[0].version = 9
    onnx.save(proto, old)
    (text,) = said_by(old, raster, tmp_path)
    assert "opset 9, and 10 is needed" in text
    plain = read_raster(tmp_path / "c.tif")
    proto.opset_import[0].version = 11
    onnx.save(proto, tmp_path / "new.onnx")
    assert not said_by(tmp_path / "new.onnx", raster, tmp_path)
    assert (read_raster(tmp_path / "c.tif") == plain).all()


def test_weights_in_another_file(tmp_path: Path) -> None:
    path, shape = tmp_path / "m.onnx", ["n", 3, "h", "w"]
    save(path, [helper.make_node("Mul", ["image", "weight"], ["map"])], inputs=[("image", "float32", shape)],
         outputs=[("map", "float32", shape)], weights={"weight": np.ones((1, 3, 1, 1), np.float32)})  # fmt: skip
    proto = onnx.load(path)
    onnx.save(proto, path, save_as_external_data=True, location="m.bin", size_threshold=0)
    (text,) = said_by(path, write_raster(tmp_path / "a.tif", noise(3, 40, 50)), tmp_path)
    assert "weights lie in files of their own" in text


def test_a_graph_that_differs_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, 90, 90))
    segment(load_model(model), str(raster), str(tmp_path / "right.tif"), RunSettings(options=RunOptions(fold=False)))

    def spoil(prepared: Any, behind: Any) -> bytes:
        proto = onnx.load_model_from_string(build(prepared, behind))
        for tensor in proto.graph.initializer:
            if tensor.name == "down0a.w":
                tensor.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(tensor), tensor.name))
        return bytes(proto.SerializeToString())

    build = wrap.build_graph
    monkeypatch.setattr(wrap, "build_graph", spoil)
    (text,) = said_by(model, raster, tmp_path)
    assert "would differ" in text
    assert (read_raster(tmp_path / "c.tif") == read_raster(tmp_path / "right.tif")).all()
    assert not list(cache_folder().glob("*.graph"))


def test_graphs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, 90, 90))
    assert not said_by(model, raster, tmp_path)
    first = read_raster(tmp_path / "c.tif")

    def fail(*_: Any) -> bytes:
        raise ModelError("it was built again")

    with monkeypatch.context() as patch:
        patch.setattr(wrap, "build_graph", fail)
        assert not said_by(model, raster, tmp_path)
        assert (read_raster(tmp_path / "c.tif") == first).all()
    (kept,) = cache_folder().glob("*.graph")
    kept.write_bytes(kept.read_bytes()[:-9])  # cut off by a full disk
    assert not said_by(model, raster, tmp_path)
    assert len(kept.read_bytes()) > 9
    changed = onnx.load(model)
    changed.graph.initializer[1].CopyFrom(
        numpy_helper.from_array(-numpy_helper.to_array(changed.graph.initializer[1]), changed.graph.initializer[1].name)
    )
    onnx.save(changed, model)  # another model of the same name
    assert not said_by(model, raster, tmp_path)
    assert len(list(cache_folder().glob("*.graph"))) == 2


def test_a_cache_that_can_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "file" / "cache"))
    model = unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True)
    assert not said_by(model, write_raster(tmp_path / "a.tif", noise(3, 50, 50)), tmp_path)
    assert products.fold is fold.fold
