"""Networks of published architectures: the exported file gives PyTorch's numbers, at sizes it was not exported at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from geonnx.models import load_model

from ..architectures import daudt, resnet, sscd, tempcnn, utae, utilise
from ..architectures.exporting import torch

BANDS = ("B02", "B03", "B04", "B08")
SCALE = [{"type": "scale", "value": 10000}]


def heads() -> dict[str, Any]:
    return {
        "zone": {"classes": [f"zone {k}" for k in range(6)], "activation": "softmax"},
        "use": {"classes": [f"use {k}" for k in range(3)], "activation": "softmax"},
    }


EXPORTERS: dict[str, tuple[Any, list[tuple[int, ...]]]] = {
    "fc-ef": (lambda path: daudt.export_fc_ef(path, BANDS, SCALE), [(2, 8, 96, 48)]),
    "fc-siam-diff": (lambda path: daudt.export_fc_siam_diff(path, BANDS, SCALE), [(2, 4, 96, 48)] * 2),
    "sscd": (lambda path: sscd.export(path, BANDS, ["a", "b", "c"], SCALE), [(2, 4, 90, 51)] * 2),
    "resnet": (lambda path: resnet.export(path, BANDS, SCALE, heads()), [(3, 4, 80, 50)]),
    "tempcnn": (lambda path: tempcnn.export(path, BANDS, 9, ["a", "b", "c"], SCALE), [(100, 9, 4)]),
    "u-tae": (lambda path: utae.export(path, BANDS, SCALE), [(2, 4, 4, 48, 40), (2, 4)]),
    "u-tae, radar": (
        lambda path: utae.export(path, BANDS, SCALE, radar=("VV", "VH")),
        [(1, 5, 4, 48, 40), (1, 5, 2, 48, 40), (1, 5)],
    ),
    "u-tilise": (lambda path: utilise.export(path, BANDS, SCALE), [(2, 4, 4, 48, 40), (2, 4)]),
}


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_file_is_the_network(tmp_path: Path, name: str) -> None:
    export, shapes = EXPORTERS[name]
    path = tmp_path / "model.onnx"
    network = export(path)
    rng = np.random.default_rng(5)
    arrays = [
        rng.random(shape, np.float32)
        if len(shape) > 2
        else np.tile(np.cumsum(rng.integers(3, 20, shape[1:])), (shape[0], 1)).astype(np.float32)
        for shape in shapes
    ]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, dict(zip([item.name for item in session.get_inputs()], arrays)))
    with torch.no_grad():
        expected = network(*(torch.from_numpy(array) for array in arrays))
    expected = expected if isinstance(expected, tuple) else (expected,)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        print(name, one.shape, float(one.min()), float(one.max()), float(one.std()))
        np.testing.assert_allclose(one, other.numpy(), atol=2e-5)
        assert one.std() > 0.02, "an output that hardly varies shows no mistake"
    card = load_model(path).card
    print(card.problems)
    assert not card.problems
