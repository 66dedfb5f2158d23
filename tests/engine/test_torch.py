"""A PyTorch network on whole numpy arrays and through `segment`: the same probabilities, for every type and scaling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunOptions, RunSettings, SegmentOutputs, load_model, segment

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import write_mlm

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install torch)")
BANDS, CLASSES, REACH = 4, 5, 24


def make_unet() -> Any:
    """Return a U-Net (Ronneberger et al. 2015) of two levels with batch normalisation, weights by chance."""
    from torch import nn

    class Block(nn.Sequential):
        def __init__(self, inputs: int, outputs: int) -> None:
            layers: list[nn.Module] = []
            for width in (inputs, outputs):
                layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
            super().__init__(*layers)

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down1, self.down2, self.middle = Block(BANDS, 8), Block(8, 16), Block(16, 32)
            self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
            self.up2, self.up1, self.head = Block(48, 16), Block(24, 8), nn.Conv2d(8, CLASSES, 1)

        def forward(self, image: Any) -> Any:
            first = self.down1(image)
            second = self.down2(self.pool(first))
            deep = self.middle(self.pool(second))
            second = self.up2(torch.cat([self.up(deep), second], dim=1))
            return self.head(self.up1(torch.cat([self.up(second), first], dim=1)))

    torch.manual_seed(3)
    network = UNet()
    with torch.no_grad():  # statistics as after training, instead of 0 and 1
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean.normal_(0, 0.3)
                layer.running_var.uniform_(0.5, 1.5)
    return network.eval()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    network = make_unet()
    path = tmp_path_factory.mktemp("torch") / "unet.onnx"
    axes = {0: "n", 2: "h", 3: "w"}
    torch.onnx.export(
        network,
        torch.zeros(1, BANDS, 64, 64),
        str(path),
        input_names=["image"],
        output_names=["classes"],
        dynamic_axes={"image": axes, "classes": axes},
        dynamo=False,
    )
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
