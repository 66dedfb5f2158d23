"""Networks of published architectures: their files give PyTorch's numbers, also at sizes they were not exported at.

What the engine makes of the same files is compared in test_torch.py (U-Net), test_published_pixels.py,
test_published_scenes.py, test_published_change.py and test_published_clouds.py; through the algorithms in
tests/algs/test_published.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from geonnx.models import load_model
from numpy.typing import NDArray

from ..architectures import daudt, dsen2cr, lunet, resnet, sscd, tempcnn, utae, utilise
from ..architectures.exporting import torch
from ..architectures.images import BANDS, SCALE

NAMES = ["water", "crops", "forest"]
RADAR = ("VV", "VH")
HEADS = {
    "cover": {"classes": NAMES, "activation": "softmax"},
    "season": {"classes": ["winter", "summer"], "activation": "softmax"},
}
Export = Callable[[Path], Any]
# how each is written, and the shapes of its inputs here
NETWORKS: dict[str, tuple[Export, list[tuple[int, ...]]]] = {
    "FC-EF": (lambda path: daudt.export_fc_ef(path, BANDS, SCALE), [(2, 8, 96, 48)]),
    "FC-Siam-diff": (lambda path: daudt.export_fc_siam_diff(path, BANDS, SCALE), [(2, 4, 96, 48)] * 2),
    "L-UNet": (lambda path: lunet.export(path, BANDS, SCALE), [(2, 2, 4, 96, 48)]),
    "SSCD-l": (lambda path: sscd.export(path, BANDS, NAMES, SCALE), [(2, 4, 90, 51)] * 2),
    "ResNet": (lambda path: resnet.export(path, BANDS, SCALE, HEADS), [(3, 4, 80, 50)]),
    "TempCNN": (lambda path: tempcnn.export(path, BANDS, 9, NAMES, SCALE), [(100, 9, 4)]),
    "U-TAE of classes": (lambda path: utae.export_classes(path, BANDS, NAMES, SCALE), [(2, 4, 4, 48, 40), (2, 4)]),
    "U-TAE": (lambda path: utae.export(path, BANDS, SCALE), [(2, 4, 4, 48, 40), (2, 4)]),
    "U-TAE with radar": (
        lambda path: utae.export(path, BANDS, SCALE, radar=RADAR),
        [(1, 5, 4, 48, 40), (1, 5, 2, 48, 40), (1, 5)],
    ),
    "U-TILISE": (lambda path: utilise.export(path, BANDS, SCALE), [(2, 4, 4, 48, 40), (2, 4)]),
    "DSen2-CR": (
        lambda path: dsen2cr.export(path, BANDS, SCALE, RADAR, None),
        [(2, 4, 33, 47), (2, 2, 33, 47)],
    ),
}


def draw(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return reflectances, or days since the first date for a table of dates."""
    if len(shape) > 2:
        return rng.random(shape, np.float32)
    return np.cumsum(rng.integers(3, 20, shape), axis=1).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_is_the_network(tmp_path: Path, name: str) -> None:
    export, shapes = NETWORKS[name]
    network = export(tmp_path / "model.onnx")
    rng = np.random.default_rng(5)
    arrays = [draw(shape, rng) for shape in shapes]
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    found = session.run(None, dict(zip((item.name for item in session.get_inputs()), arrays)))
    with torch.no_grad():
        expected = network(*(torch.from_numpy(array) for array in arrays))
    expected = expected if isinstance(expected, tuple) else (expected,)
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-4)
        assert one.std() > 0.02, "an output that hardly varies shows no mistake"
    card = load_model(tmp_path / "model.onnx").card
    assert len(card.outputs) == len(found) == len(expected)
    assert card.problems == ()
