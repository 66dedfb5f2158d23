"""Half precision: what is converted, what it costs, and when it is not taken."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from geonnx.models import Feedback, RunOptions, RunSettings, SegmentOutputs, classify, load_model, segment
from geonnx.models.card.types import OutputSpec
from geonnx.models.errors import ModelError
from geonnx.models.half_loss import HalfLoss
from geonnx.models.precision import _compare, spread_over
from geonnx.models.runtime.half import to_half
from onnx import TensorProto, helper, numpy_helper
from osgeo import gdal

from ..rasters import noise, read_raster, write_raster
from ..scene_models import write_card
from ..tiny_models import identity, save, unet, write_mlm

RNG = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))


def answer(model: Any, tensors: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Return what onnxruntime alone makes of a model, a path or the bytes of one."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    source = model if isinstance(model, bytes) else str(model)
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return session.run(None, tensors)  # type: ignore[no-any-return]


def element_types(content: bytes) -> dict[str, int]:
    """Return the type of every value of a model, as ONNX itself infers it."""
    proto = onnx.shape_inference.infer_shapes(onnx.load_model_from_string(content), strict_mode=True)
    infos = (*proto.graph.input, *proto.graph.value_info, *proto.graph.output)
    return {info.name: info.type.tensor_type.elem_type for info in infos}


def conv(
    path: Path, nodes: list[Any], out: list[Any], weights: dict[str, Any] | None = None, dtype: str = "float32"
) -> Path:
    """Write a convolution, ``y``, and what comes behind it."""
    kernel = RNG.normal(0, 0.3, (4, 3, 3, 3)).astype(np.float32)
    first = helper.make_node("Conv", ["image", "kernel"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    return save(
        path, [first, *nodes], inputs=[("image", "float32", ["n", 3, "h", "w"])], outputs=[("map", dtype, out)],
        weights={"kernel": kernel, **(weights or {})},
    )  # fmt: skip


BEHIND = {
    "residual": ([("Relu", ["y"], ["r"], {}), ("Add", ["r", "y"], ["map"], {})], ["n", 4, "h", "w"], {}),
    "kept in float32": ([("Softmax", ["y"], ["map"], {"axis": 1})], ["n", 4, "h", "w"], {}),
    "used in both": (
        [("Softmax", ["y"], ["s"], {"axis": 1}), ("Relu", ["y"], ["r"], {}), ("Mul", ["r", "s"], ["map"], {})],
        ["n", 4, "h", "w"], {},
    ),
    "sizes computed": (
        [("Shape", ["y"], ["size"], {}), ("Slice", ["size", "two", "four"], ["sides"], {}),
         ("Mul", ["sides", "twos"], ["larger"], {}), ("Slice", ["size", "zero", "two"], ["front"], {}),
         ("Concat", ["front", "larger"], ["target"], {"axis": 0}), ("Resize", ["y", "", "", "target"], ["big"], {}),
         ("MaxPool", ["big"], ["map"], {"kernel_shape": [2, 2], "strides": [2, 2]})],
        ["n", 4, "h", "w"],
        {"zero": np.array([0]), "two": np.array([2]), "four": np.array([4]), "twos": np.array([2, 2])},
    ),
    "clip, pad, where": (
        [("Clip", ["y", "low", "high"], ["c"], {}), ("Pad", ["c", "pads", "fill"], ["p"], {}),
         ("Slice", ["p", "starts", "ends", "axes"], ["q"], {}), ("Greater", ["q", "low"], ["is"], {}),
         ("Where", ["is", "q", "y"], ["map"], {})],
        ["n", 4, "h", "w"],
        {"low": np.float32(-0.5), "high": np.float32(0.5), "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]),
         "fill": np.float32(0.25), "starts": np.array([1, 1]), "ends": np.array([-1, -1]), "axes": np.array([2, 3])},
    ),
    "split and gather": (
        [("Split", ["y"], ["a", "b"], {"axis": 1}),
         ("Concat", ["b", "a"], ["m"], {"axis": 1}), ("Gather", ["m", "order"], ["map"], {"axis": 1})],
        ["n", 4, "h", "w"], {"order": np.array([3, 1, 0, 2])},
    ),
    "weights too large": ([("Mul", ["y", "million"], ["map"], {})], ["n", 4, "h", "w"], {"million": np.float32(1e6)}),
}  # fmt: skip


@pytest.mark.parametrize("name", BEHIND)
def test_a_converted_graph_is_valid_and_gives_nearly_the_same(tmp_path: Path, name: str) -> None:
    nodes, out, weights = BEHIND[name]
    path = conv(
        tmp_path / "m.onnx", [helper.make_node(kind, *ends, **more) for kind, *ends, more in nodes], out, weights
    )
    content = to_half(path)
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    types = element_types(content)
    assert types["image"] == types["map"] == TensorProto.FLOAT
    assert TensorProto.FLOAT16 in types.values()
    assert b"kernel.float16" in content
    kept = {tensor.name for tensor in onnx.load_model_from_string(content).graph.initializer}
    assert "kernel" not in kept
    image = RNG.random((2, 3, 12, 10), np.float32)
    (exact,), (rough,) = answer(path, {"image": image}), answer(content, {"image": image})
    assert exact.shape == rough.shape and exact.dtype == rough.dtype
    assert np.allclose(exact, rough, rtol=5e-3, atol=5e-3 * np.abs(exact).max())
    assert not np.array_equal(exact, rough)


def test_against_onnxruntimes_own_converter(tmp_path: Path) -> None:
    float16 = pytest.importorskip("onnxruntime.transformers.float16")
    path = unet(tmp_path / "m.onnx", classes=5, levels=3)
    image = RNG.random((1, 3, 64, 64), np.float32)
    (exact,) = answer(path, {"image": image})
    (ours,) = answer(to_half(path), {"image": image})
    theirs = float16.convert_float_to_float16(onnx.load(str(path)), keep_io_types=True)
    (other,) = answer(theirs.SerializeToString(), {"image": image})
    largest = np.abs(exact).max()
    assert 0 < np.abs(ours - exact).max() < 0.01 * largest
    assert np.abs(ours - exact).max() <= 2 * np.abs(other - exact).max()


def test_branches_read_what_lies_outside_of_them(tmp_path: Path) -> None:
    """A graph inside of an If keeps reading float32, whatever made the value."""
    branch = [
        helper.make_graph(
            [helper.make_node(kind, ["y"], [f"{kind}_out"])], kind, [],
            [helper.make_tensor_value_info(f"{kind}_out", TensorProto.FLOAT, ["n", 4, "h", "w"])],
        )
        for kind in ("Neg", "Exp")
    ]  # fmt: skip
    nodes = [
        helper.make_node("ReduceMax", ["image"], ["top"], keepdims=0),
        helper.make_node("Greater", ["top", "zero"], ["is"]),
        helper.make_node("If", ["is"], ["map"], then_branch=branch[0], else_branch=branch[1]),
    ]
    path = conv(tmp_path / "m.onnx", nodes, ["n", 4, "h", "w"], {"zero": np.float32(0)})
    content = to_half(path)
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    for image in (RNG.random((1, 3, 8, 8), np.float32), -RNG.random((1, 3, 8, 8), np.float32)):
        (exact,), (rough,) = answer(path, {"image": image}), answer(content, {"image": image})
        assert np.allclose(exact, rough, rtol=1e-2, atol=1e-2) and not np.array_equal(exact, rough)


def test_what_can_not_be_converted(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing heavy"):
        to_half(identity(tmp_path / "i.onnx"))
    proto = onnx.load(str(conv(tmp_path / "m.onnx", [helper.make_node("Relu", ["y"], ["map"])], ["n", 4, "h", "w"])))
    onnx.save(proto, str(tmp_path / "e.onnx"), save_as_external_data=True, location="e.bin", size_threshold=0)
    with pytest.raises(ModelError, match="files of their own"):
        to_half(tmp_path / "e.onnx")


def test_weights_that_old_files_list_as_inputs_stay(tmp_path: Path) -> None:
    path = conv(tmp_path / "m.onnx", [helper.make_node("Relu", ["y"], ["map"])], ["n", 4, "h", "w"])
    proto = onnx.load(str(path))
    proto.graph.input.append(helper.make_tensor_value_info("kernel", TensorProto.FLOAT, [4, 3, 3, 3]))
    onnx.save(proto, str(path))
    image = RNG.random((1, 3, 8, 8), np.float32)
    assert np.allclose(answer(to_half(path), {"image": image})[0], answer(path, {"image": image})[0], atol=1e-2)


def run(model: Path, raster: Path, out: Path, **more: Any) -> tuple[list[str], list[str], dict[str, str]]:
    """Segment in half precision; return what was logged and warned, and what the file says of its making."""
    said: list[str] = []
    warned: list[str] = []
    segment(
        load_model(model),
        str(raster),
        SegmentOutputs(str(out), probabilities=str(out.with_name("p.tif"))),
        RunSettings(tile_size=64, options=RunOptions(half=True, **more)),
        feedback=Feedback(log=said.append, warn=warned.append),
    )
    return said, warned, gdal.Open(str(out)).GetMetadata("GEONNX")


@pytest.mark.parametrize("fold", [True, False])
def test_a_run_in_half_precision(tmp_path: Path, fold: bool) -> None:
    model = unet(tmp_path / "m.onnx", classes=4, levels=2, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, 200, 300))
    said, warned, facts = run(model, raster, tmp_path / "h.tif", fold=fold)
    assert [text for text in said if text.startswith("Half precision: 0.")]
    assert not [text for text in said if "outside of the model's graph" in text]
    assert not [text for text in warned if "float32" in text and "stays" in text]
    loss = json.loads(facts["HALF"])
    assert set(loss) == {"tiles", "classes", "probability", "value", "overflows"} and loss["tiles"] == 4
    assert 0 < loss["probability"] < 0.05 and json.loads(facts["OPTIONS"])["half"] is True
    outputs = SegmentOutputs(str(tmp_path / "f.tif"), probabilities=str(tmp_path / "q.tif"))
    segment(load_model(model), str(raster), outputs, RunSettings(tile_size=64))
    half, full = (read_raster(tmp_path / name) for name in ("h.tif", "f.tif"))
    assert (half != full).mean() <= 0.005
    assert np.abs(read_raster(tmp_path / "p.tif").astype(int) - read_raster(tmp_path / "q.tif")).max() <= 250 * 0.05


def shaky(path: Path, factor: float) -> Path:
    """Scores that differ by less than float16 can tell: classes change where half precision is used."""
    first = RNG.normal(0, 1, (8, 3, 1, 1)).astype(np.float32)
    second = np.linalg.pinv(first[:, :, 0, 0]).astype(np.float32)[:, :, np.newaxis, np.newaxis] * np.float32(factor)
    nodes = [
        helper.make_node("Conv", ["image", "first"], ["a"]),
        helper.make_node("Conv", ["a", "second"], ["map"]),
    ]
    shape = ["n", 3, "h", "w"]
    save(path, nodes, inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)],
         weights={"first": first, "second": second})  # fmt: skip
    write_mlm(path, bands=[], channels=3, classes=[(0, "a"), (1, "b"), (2, "c")], activation="softmax")
    return path


def test_too_much_loss_is_refused(tmp_path: Path) -> None:
    model = shaky(tmp_path / "m.onnx", 1.0)
    raster = write_raster(tmp_path / "a.tif", 1000 + noise(3, 100, 120, "float32"))
    _, warned, facts = run(model, raster, tmp_path / "h.tif")
    (text,) = [text for text in warned if "stays in float32" in text]
    assert "of the pixels change their class" in text and "HALF" not in facts
    segment(load_model(model), str(raster), str(tmp_path / "f.tif"), RunSettings(tile_size=64))
    assert (read_raster(tmp_path / "h.tif") == read_raster(tmp_path / "f.tif")).all()


def test_nothing_to_convert_and_nothing_to_measure(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "a.tif", noise(3, 70, 80, "float32"))
    _, warned, facts = run(identity(tmp_path / "i.onnx", bands=3), raster, tmp_path / "h.tif")
    assert [text for text in warned if "nothing heavy in it computes in float32" in text] and "HALF" not in facts
    empty = write_raster(tmp_path / "e.tif", np.zeros((3, 70, 80), np.uint8), nodata=0)
    _, warned, _ = run(unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True), empty, tmp_path / "n.tif")
    assert [text for text in warned if "no tile holds data" in text]


def test_scenes_in_half_precision(tmp_path: Path) -> None:
    kernel = RNG.normal(0, 1, (5, 3, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["y"]),
        helper.make_node("GlobalAveragePool", ["y"], ["z"]),
        helper.make_node("Flatten", ["z"], ["scores"]),
    ]
    path = save(tmp_path / "m.onnx", nodes, inputs=[("image", "float32", ["n", 3, 32, 32])],
                outputs=[("scores", "float32", ["n", 5])], weights={"kernel": kernel})  # fmt: skip
    write_card(path, [f"c{n}" for n in range(5)])
    raster = write_raster(tmp_path / "a.tif", noise(3, 128, 96, "float32"))
    said: list[str] = []
    classify(load_model(path), str(raster), str(tmp_path / "c.gpkg"), RunSettings(options=RunOptions(half=True)),
             feedback=Feedback(log=said.append))  # fmt: skip
    assert [text for text in said if text.startswith("Half precision: ")]


def test_the_measure_itself() -> None:
    assert HalfLoss(4, 0.004, 0.04, 0.01).is_small
    for bad in (HalfLoss(4, classes=0.006), HalfLoss(4, probability=0.06), HalfLoss(4, value=0.03)):
        assert not bad.is_small
    assert not HalfLoss(1, overflows=True).is_small and "too large" in str(HalfLoss(1, overflows=True))
    assert "1.250% of the pixels" in str(HalfLoss(4, classes=0.0125))
    json.dumps(asdict(HalfLoss(4)), allow_nan=False)
    assert spread_over(1) == [0] and spread_over(3) == [0, 1, 2]
    many = spread_over(10**6)
    assert len(many) == 16 and many[0] == 0 and many[-1] == 10**6 - 1


def test_the_loss_of_one_tile() -> None:
    """Computed by hand: three classes in two pixels; one score; an image; numbers that are too large."""
    classes = OutputSpec("o", "", (), "float32", activation="none")
    exact = np.array([[0.6, 0.3], [0.3, 0.4], [0.1, 0.3]], np.float32)[:, np.newaxis]
    rough = np.array([[0.6, 0.41], [0.3, 0.4], [0.1, 0.19]], np.float32)[:, np.newaxis]
    loss = _compare(classes, exact, rough, None)
    assert (loss.classes, loss.value) == (0.5, 0) and loss.probability == pytest.approx(0.11, abs=1e-6)
    score = OutputSpec("o", "", (), "float32", threshold=0.7)
    logits = np.array([[0.0, 2.0, 0.8, 0.9]], np.float32)  # 0.5, 0.88, 0.69, 0.71
    shifted = logits + np.float32(0.05)
    assert _compare(score, logits, shifted, None).classes == 0.25
    assert _compare(score, logits, shifted, 0.5).classes == 0
    image = OutputSpec("o", "", (), "float32", role="image")
    values = np.array([[0.0, 100.0, 300.0, np.nan]], np.float32)
    assert _compare(image, values, values + np.float32([0, 3, 0, 0]), None).value == pytest.approx(0.01)
    assert _compare(image, values, np.float32([[0, 100, np.inf, 7]]), None).overflows
    numbers = np.array([[1, 2, 3, 4]])
    assert _compare(classes, numbers, np.array([[1, 2, 3, 5]]), None).classes == 0.25


def test_types_of_numbers_stay(tmp_path: Path) -> None:
    """A model in float16 already has nothing to convert."""
    proto = onnx.load(str(conv(tmp_path / "m.onnx", [helper.make_node("Relu", ["y"], ["map"])], ["n", 4, "h", "w"])))
    for info in (*proto.graph.input, *proto.graph.output):
        info.type.tensor_type.elem_type = TensorProto.FLOAT16
    kernel = numpy_helper.to_array(proto.graph.initializer[0]).astype(np.float16)
    proto.graph.initializer[0].CopyFrom(numpy_helper.from_array(kernel, "kernel"))
    onnx.save(proto, str(tmp_path / "h.onnx"))
    with pytest.raises(ModelError, match="nothing heavy"):
        to_half(tmp_path / "h.onnx")
