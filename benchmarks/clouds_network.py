"""Trains a small cloud removal network for a few minutes, to see the whole way from PyTorch to `remove_clouds` at work.

``.venv/bin/python benchmarks/clouds_network.py build/two_dates.onnx --minutes 8`` trains on the six OSCD cities that
lie on one grid and that `clouds_baseline.py` does not score, with the same simulated clouds, and writes model and card.
A sequence-to-sequence network: two dates in, both restored out, with the logarithm of the variance. Each pixel is mixed
from what its date shows, what the other date shows (corrected), and a guess; a U-Net (Ronneberger et al. 2015) says
how. Uncertainty by the Gaussian likelihood (Kendall and Gal 2017), as UnCRtainTS does (Ebel et al. 2023).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import clouds_baseline as baseline
import numpy as np
import torch
from torch import nn

HELD_OUT = ("montpellier", "rio")
MISALIGNED = ("saclay_e",)
PATCH_PX = 64
BATCH = 6
BANDS = len(baseline.OSCD_BANDS)


def block(channels_in: int, channels_out: int) -> nn.Sequential:
    """Return two 3 × 3 convolutions."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1), nn.ReLU(),
        nn.Conv2d(channels_out, channels_out, 3, padding=1), nn.ReLU(),
    )  # fmt: skip


class TwoDates(nn.Module):
    """B T C H W in (T = 2, reflectance), restored B T C H W and log variance out."""

    def __init__(self, width: int = 12) -> None:
        """Make the layers; *width* is the number of channels at full resolution, doubled at each of three levels."""
        super().__init__()
        sizes = [width, 2 * width, 4 * width, 4 * width]
        self.down = nn.ModuleList(block(a, b) for a, b in zip([2 * BANDS, *sizes[:-1]], sizes))
        self.up = nn.ModuleList(
            block(a + b, b) for a, b in ((sizes[3], sizes[2]), (sizes[2], sizes[1]), (sizes[1], width))
        )
        self.head = nn.Conv2d(width, 3 + 3 * BANDS, 1)

    def one(self, own: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the restored *own* date and its log variance, B C H W."""
        value = torch.cat([own, other], 1)
        skips = []
        for number, layer in enumerate(self.down):
            value = layer(value if number == 0 else nn.functional.max_pool2d(value, 2))
            skips.append(value)
        for layer, skip in zip(self.up, skips[-2::-1]):
            value = layer(torch.cat([nn.functional.interpolate(value, scale_factor=2.0, mode="nearest"), skip], 1))
        value = self.head(value)
        weight = torch.softmax(value[:, :3], 1)
        corrected, guess, log_variance = value[:, 3:].split(BANDS, 1)
        mean = weight[:, :1] * own + weight[:, 1:2] * (other + corrected) + weight[:, 2:] * guess
        return mean, log_variance - 6

    def forward(self, series: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return both dates restored, and their log variances."""
        first, second = series[:, 0], series[:, 1]
        pairs = [self.one(first, second), self.one(second, first)]
        return torch.stack([mean for mean, _ in pairs], 1), torch.stack([spread for _, spread in pairs], 1)


def make_batch(places: list[baseline.Place], rng: np.random.Generator) -> tuple[torch.Tensor, ...]:
    """Return cloudy series, clear truth and masks (B T 1 H W) of random patches."""
    found: list[list[np.ndarray]] = [[], [], []]
    for _ in range(BATCH):
        dates = list(places[rng.integers(len(places))].dates.values())
        height, width = (min(date.shape[axis] for date in dates) for axis in (1, 2))
        row, column = rng.integers(height - PATCH_PX), rng.integers(width - PATCH_PX)
        turn, flip = rng.integers(4), rng.integers(2)
        patches = [date[:, row : row + PATCH_PX, column : column + PATCH_PX] for date in dates]
        patches = [np.rot90(patch[:, :: 1 - 2 * flip], turn, (1, 2)) for patch in patches]
        if rng.random() < 0.5:
            patches.reverse()
        pairs = [baseline.add_clouds(np.ascontiguousarray(patch), rng, rng.uniform(0.1, 0.7)) for patch in patches]
        found[0].append(np.stack([cloudy for cloudy, _ in pairs]))
        found[1].append(np.stack(patches))
        found[2].append(np.stack([mask[np.newaxis] for _, mask in pairs]))
    return tuple(torch.from_numpy(np.stack(part).astype(np.float32)) for part in found)


def train(places: list[baseline.Place], minutes: float) -> TwoDates:
    """Return a trained network."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    network = TwoDates()
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    started, step = time.monotonic(), 0
    while (share := (time.monotonic() - started) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * 0.5 * (1 + np.cos(np.pi * share))
        cloudy, truth, mask = make_batch(places, rng)
        mean, log_variance = network(cloudy)
        error = (mean - truth).abs() * (0.3 + mask)
        likelihood = 0.5 * (log_variance + (mean.detach() - truth) ** 2 * torch.exp(-log_variance))
        loss = error.mean() + 0.01 * likelihood.mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(f"{step}: {error.mean().item():.4f}", flush=True)
    return network.eval()


def export(network: TwoDates, path: Path) -> None:
    """Write the network as ONNX, with its card."""
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch", 3: "height", 4: "width"} for name in ("series", "clear", "logvar")}
    torch.onnx.export(
        network, (torch.zeros(1, 2, BANDS, PATCH_PX, PATCH_PX),), str(path), input_names=["series"],
        output_names=["clear", "logvar"], dynamic_axes=axes, opset_version=17, dynamo=False,
    )  # fmt: skip
    order = ["batch", "time", "bands", "height", "width"]
    structure = {"shape": [-1, 2, BANDS, -1, -1], "dim_order": order, "data_type": "float32"}
    result = {**structure, "dim_order": ["batch", "time", "channel", "height", "width"]}
    item = {
        "type": "Feature", "stac_version": "1.1.0", "id": path.stem, "geometry": None, "links": [],
        "stac_extensions": ["https://stac-extensions.github.io/mlm/v1.5.2/schema.json"],
        "properties": {
            "datetime": None, "mlm:name": path.stem, "mlm:architecture": "U-Net", "mlm:tasks": ["generative"],
            "mlm:framework": "ONNX", "geonnx:task": "clouds", "geonnx:tile_px": 256, "geonnx:halo_px": 32,
            "mlm:input": [{"name": "series", "bands": baseline.OSCD_BANDS, "input": structure,
                           "value_scaling": [{"type": "scale", "value": 10000}]}],
            "mlm:output": [
                {"name": "clear", "tasks": ["generative"], "result": result, "geonnx:role": "image"},
                {"name": "logvar", "tasks": ["generative"], "result": result, "geonnx:role": "logvariance"},
            ],
        },
        "assets": {"model": {"href": path.name, "type": "application/octet-stream; framework=onnx",
                             "roles": ["mlm:model"], "mlm:artifact_type": "onnx"}},
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(item, indent=1))


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=5)
    arguments = parser.parse_args()
    data = baseline.find_data()
    cities = [
        city.name
        for city in sorted((data / "oscd").iterdir())
        if city.is_dir() and city.name not in HELD_OUT + MISALIGNED
    ]
    export(train([baseline.oscd(data, city) for city in cities], arguments.minutes), arguments.output)


if __name__ == "__main__":
    main()
