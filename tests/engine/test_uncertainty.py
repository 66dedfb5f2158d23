"""Calibrated probabilities, and answers averaged over flips, turns and chance: against numpy on the whole image."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunOptions, RunSettings, SegmentOutputs, load_model, segment
from geonnx.models.augment import Variant, average
from geonnx.models.errors import GeonnxError, ModelError, SettingsError
from onnx import helper

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import argmax_numbers, identity, one_logit, save, write_mlm

CLASSES = [(0, "water"), (1, "land"), (2, "town")]


def lopsided(path: Path) -> Path:
    """Write a network that is not the same when flipped or turned: a 3 × 3 kernel of nine different weights."""
    weight = np.zeros((3, 3, 3, 3), np.float32)
    for band in range(3):
        weight[band, band] = np.arange(9).reshape(3, 3) / 9 - 0.3 * band
    node = helper.make_node("Conv", ["image", "weight"], ["map"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    shape = ["n", 3, "h", "w"]
    save(path, [node], inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)],
         weights={"weight": weight})  # fmt: skip
    write_mlm(path, bands=[], channels=3, classes=CLASSES, activation="softmax")
    return path


def convolve(image: np.ndarray) -> np.ndarray:
    """Do what `lopsided` does, in numpy."""
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    height, width = image.shape[1:]
    out = np.zeros_like(image)
    for band, row, column in itertools.product(range(3), range(3), range(3)):
        weight = np.float32((3 * row + column) / 9 - 0.3 * band)
        out[band] += weight * padded[band, row : row + height, column : column + width]
    return out


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)


def run(model: Path, raster: Path, folder: Path, **settings: Any) -> dict[str, np.ndarray]:
    options = RunOptions(probability_dtype="float32", **settings.pop("options", {}))
    names = ["classes", "probabilities", "confidence", "entropy"]
    if options.tta != "none" or options.monte_carlo > 1:
        names.append("disagreement")
    outputs = SegmentOutputs(**{name: str(folder / f"{name}.tif") for name in names})
    segment(load_model(model), str(raster), outputs, RunSettings(options=options, **settings))
    return {name: read_raster(folder / f"{name}.tif") for name in names}


def test_temperature_divides_logits(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    card = write_mlm(model, bands=[], channels=3, classes=CLASSES, activation="softmax")
    card.write_text(card.read_text().replace('"geonnx:activation"', '"geonnx:temperature": 2.5, "geonnx:activation"'))
    values = (noise(3, 37, 53, "float32") - 0.5) * 20
    found = run(model, write_raster(tmp_path / "a.tif", values), tmp_path)
    assert np.allclose(found["probabilities"], softmax(values / 2.5), atol=1e-6)
    assert (found["classes"][0] == values.argmax(axis=0)).all()  # calibration never changes the class


def test_temperature_of_one_logit(tmp_path: Path) -> None:
    model = one_logit(tmp_path / "m.onnx")
    card = write_mlm(model, bands=[], channels=1, classes=[(0, "no"), (1, "yes")])
    card.write_text(card.read_text().replace('"result"', '"geonnx:temperature": 3, "result"'))
    values = (noise(1, 20, 30, "float32") - 0.5) * 12
    found = run(model, write_raster(tmp_path / "a.tif", values), tmp_path)
    assert np.allclose(found["probabilities"][1], 1 / (1 + np.exp(-values[0] / 3)), atol=1e-6)


def test_temperature_of_probabilities_made_in_the_model(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    shape = ["n", 3, "h", "w"]
    node = helper.make_node("Softmax", ["image"], ["map"], axis=1)
    save(path, [node], inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)])
    card = write_mlm(path, bands=[], channels=3, classes=CLASSES)
    card.write_text(card.read_text().replace('"result"', '"geonnx:temperature": 2, "result"'))
    values = (noise(3, 20, 30, "float32") - 0.5) * 12
    found = run(path, write_raster(tmp_path / "a.tif", values), tmp_path)
    assert np.allclose(found["probabilities"], softmax(values / 2), atol=1e-5)


@pytest.mark.parametrize("temperature", ["0", "-1", '"hot"', "1e9"])
def test_temperature_out_of_range(tmp_path: Path, temperature: str) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    card = write_mlm(model, bands=[], channels=3, classes=CLASSES)
    card.write_text(card.read_text().replace('"result"', f'"geonnx:temperature": {temperature}, "result"'))
    with pytest.raises(ModelError, match="geonnx:temperature"):
        load_model(model)


@pytest.mark.parametrize(("tta", "count"), [("flips", 4), ("rotations", 8)])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_variants_are_averaged(tmp_path: Path, tta: str, count: int, merge: str) -> None:
    values = (noise(3, 96, 96, "float32") - 0.5) * 4
    found = run(
        lopsided(tmp_path / "m.onnx"), write_raster(tmp_path / "a.tif", values), tmp_path,
        options={"tta": tta}, tile_size=32, overlap=4, merge=merge,
    )  # fmt: skip
    answers = []
    for turns, flips in itertools.product(range(2 if tta == "rotations" else 1), range(4)):
        image = values.swapaxes(1, 2) if turns else values
        axes = [axis for axis, bit in ((1, 1), (2, 2)) if flips & bit]
        answer = np.flip(softmax(convolve(np.flip(image, axes))), axes)
        answers.append(answer.swapaxes(1, 2) if turns else answer)
    assert len(answers) == count
    mean, spread = np.mean(answers, axis=0), np.std(answers, axis=0)
    inner = (slice(None), slice(1, -1), slice(1, -1))  # at the last row a tile sees the mirrored raster, not zeros
    assert np.allclose(found["probabilities"][inner], mean[inner], atol=1e-5)
    best = mean.argmax(axis=0)
    sure = np.sort(mean, axis=0)[-1] - np.sort(mean, axis=0)[-2] > 1e-4
    assert (found["classes"][0] == best)[sure][1:-1].mean() > 0.999
    wanted = np.take_along_axis(spread, best[np.newaxis], axis=0)
    where = np.broadcast_to(sure, wanted.shape)[inner]
    assert np.allclose(found["disagreement"][inner][where], wanted[inner][where], atol=1e-5)
    entropy = -(mean * np.log(mean)).sum(axis=0) / math.log(3)
    assert np.allclose(found["entropy"][0][1:-1, 1:-1], entropy[1:-1, 1:-1], atol=1e-5)


def test_a_network_that_does_not_care_agrees_with_itself(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    write_mlm(model, bands=[], channels=3, classes=CLASSES, activation="softmax")
    values = noise(3, 45, 61, "float32") * 5
    values[:, 10:20, 10:20] = np.nan
    found = run(model, write_raster(tmp_path / "a.tif", values), tmp_path, options={"tta": "rotations"}, tile_size=32)
    seen = ~np.isnan(values[0])
    assert np.allclose(found["probabilities"][:, seen], softmax(values)[:, seen], atol=1e-6)
    assert (found["disagreement"][0][seen] == 0).all()
    assert np.isnan(found["disagreement"][0][~seen]).all()


def dropout(path: Path, *, is_active: bool) -> Path:
    """Write identity behind dropout of a half: twice the value or nothing."""
    shape = ["n", 3, "h", "w"]
    nodes = [
        helper.make_node("Dropout", ["image", "ratio", "training"], ["dropped"], seed=5),
        helper.make_node("Identity", ["dropped"], ["map"]),
    ]
    save(path, nodes, inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)],
         weights={"ratio": np.float32(0.5), "training": np.bool_(is_active)})  # fmt: skip
    write_mlm(path, bands=[], channels=3, classes=CLASSES, activation="softmax")
    return path


def test_monte_carlo_dropout(tmp_path: Path) -> None:
    values = np.broadcast_to(np.array([2.0, 0.5, 0.1], np.float32)[:, None, None], (3, 40, 40)).copy()
    found = run(
        dropout(tmp_path / "m.onnx", is_active=True), write_raster(tmp_path / "a.tif", values), tmp_path,
        options={"monte_carlo": 64},
    )  # fmt: skip
    # the expectation over the eight outcomes of dropping three values
    outcomes = np.array(list(itertools.product((0.0, 2.0), repeat=3))) * [2.0, 0.5, 0.1]
    wanted = softmax(outcomes.T).mean(axis=1)
    assert np.allclose(found["probabilities"].mean(axis=(1, 2)), wanted, atol=0.01)
    assert np.allclose(found["disagreement"].mean(), softmax(outcomes.T)[0].std(), atol=0.02)


def test_monte_carlo_needs_chance(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "a.tif", noise(3, 20, 20, "float32"))
    for model in (dropout(tmp_path / "off.onnx", is_active=False), lopsided(tmp_path / "plain.onnx")):
        with pytest.raises(SettingsError, match="draws no random numbers"):
            run(model, raster, tmp_path, options={"monte_carlo": 8})


def test_what_cannot_be_averaged_is_refused(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "a.tif", noise(3, 20, 20, "float32"))
    numbers = argmax_numbers(tmp_path / "numbers.onnx")
    with pytest.raises(SettingsError, match="can't be averaged: use OPTIONS without tta"):
        segment(load_model(numbers), str(raster), str(tmp_path / "o.tif"), RunSettings(options=RunOptions(tta="flips")))
    with pytest.raises(SettingsError, match="DISAGREEMENT is that of several runs"):
        segment(
            load_model(lopsided(tmp_path / "m.onnx")),
            str(raster),
            SegmentOutputs(str(tmp_path / "o.tif"), disagreement=str(tmp_path / "d.tif")),
        )
    assert not (tmp_path / "o.tif").exists()


def test_tiles_that_are_not_square_cannot_be_turned(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    shape = [1, 3, 32, 48]
    node = helper.make_node("Identity", ["image"], ["map"])
    save(path, [node], inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)])
    raster = write_raster(tmp_path / "a.tif", noise(3, 50, 70, "float32"))
    with pytest.raises(GeonnxError, match="turning needs square ones"):
        run(path, raster, tmp_path, options={"tta": "rotations"})
    assert run(path, raster, tmp_path, options={"tta": "flips"})["classes"].shape == (1, 50, 70)


def test_every_variant_is_undone() -> None:
    array = np.arange(2 * 5 * 5 * 3).reshape(2, 5, 5, 3)
    seen = set()
    for flags in itertools.product((False, True), repeat=3):
        variant = Variant(*flags)
        for dims in ("BHWC", "BWHC"):
            assert (variant.undo(variant.apply(array, dims), dims) == array).all()
        seen.add(variant.apply(array, "BHWC").tobytes())
    assert len(seen) == 8
    assert Variant(True, True, True).apply(np.arange(4), "C").tolist() == [0, 1, 2, 3]


def test_mean_and_spread() -> None:
    parts = np.random.default_rng(3).normal(1000, 0.01, (9, 4, 5)).astype(np.float32)
    mean, spread = average(iter(parts))
    assert np.allclose(mean, parts.astype(np.float64).mean(axis=0), rtol=1e-6)
    assert np.allclose(spread, parts.astype(np.float64).std(axis=0), rtol=0.02)
