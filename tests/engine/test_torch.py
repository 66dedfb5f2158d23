"""A U-Net in PyTorch on whole numpy arrays and through `segment`: the same probabilities for all types and scalings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunOptions, RunSettings, SegmentOutputs, load_model, segment

from ..architectures import unet
from ..architectures.exporting import torch
from ..rasters import noise, read_raster, write_raster
from ..tiny_models import write_mlm

BANDS, CLASSES, REACH = 4, 5, unet.REACH


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    network, path = unet.make(BANDS, CLASSES), tmp_path_factory.mktemp("torch") / "unet.onnx"
    unet.export(path, network, BANDS)
    return network, path


SCALINGS: dict[str, tuple[Any, Any]] = {
    "z-score": (
        lambda top: [{"type": "z-score", "mean": top * 0.3 + b, "stddev": top * 0.2 + b} for b in range(BANDS)],
        lambda x, top: np.stack([(x[b] - (top * 0.3 + b)) / (top * 0.2 + b) for b in range(BANDS)]),
    ),
    "min-max": (
        lambda top: [{"type": "min-max", "minimum": top * 0.1, "maximum": top * 0.9}],
        lambda x, top: (x - top * 0.1) / (top * 0.8),
    ),
    "clip": (
        lambda top: [{"type": "clip", "minimum": top * 0.2, "maximum": top * 0.2 + 2}],
        lambda x, top: np.clip(x, top * 0.2, top * 0.2 + 2),
    ),
}


@pytest.mark.parametrize("scaling", [*SCALINGS, "offset and scale"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_probabilities_are_pytorchs(exported: Any, tmp_path: Path, scaling: str, dtype: str, merge: Any) -> None:
    network, path = exported
    height, width = 180, 244
    values = noise(BANDS, height, width, dtype)
    raster = write_raster(tmp_path / "in.tif", values)
    top = float({"uint8": 255, "uint16": 10000, "float32": 1}[dtype])
    model = tmp_path / "unet.onnx"
    model.write_bytes(path.read_bytes())
    options: dict[str, Any] = {"probability_dtype": "float32"}
    physical = values.astype(np.float64)
    if scaling == "offset and scale":
        # stored → reflectance by the user's scale and offset, then the card's min-max in reflectance
        options |= {"scale": 1 / top, "offset": -0.1}
        entry: Any = [{"type": "min-max", "minimum": 0.05, "maximum": 0.65}]
        scaled = (physical / top - 0.1 - 0.05) / 0.6
    else:
        entry, scaled = SCALINGS[scaling][0](top), SCALINGS[scaling][1](physical, top)
    names = [(index, f"class {index}") for index in range(CLASSES)]
    write_mlm(model, bands=[], channels=BANDS, classes=names, scaling=entry, activation="softmax")
    segment(
        load_model(model),
        str(raster),
        SegmentOutputs(str(tmp_path / "c.tif"), probabilities=str(tmp_path / "p.tif")),
        RunSettings(tile_size=128, overlap=48, merge=merge, options=RunOptions(**options)),
    )
    with torch.no_grad():
        expected = torch.softmax(network(torch.from_numpy(scaled.astype(np.float32)[np.newaxis])), dim=1)[0].numpy()
    # away from the lower and right edge, where the last tiles are padded, by the network's reach
    inner = np.s_[:, : height - REACH, : width - REACH]
    np.testing.assert_allclose(read_raster(tmp_path / "p.tif")[inner], expected[inner], atol=1e-4)
