"""U-TILISE, from a cloudy series to a clear one.

Stucker, Garnot, Schindler (2023), U-TILISE: A Sequence-to-Sequence Model for Cloud Removal in Optical Satellite Time
Series, IEEE TGRS 61.

The encoder of U-TAE over each date, self-attention between the dates of every pixel at the lowest resolution, the same
attention, enlarged, between the features of finer levels, and a decoder over each date: as many images out as in, each
added to its own input. Two levels and narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx
from .utae import HEADS, KEY, Down, PositionEncoding, Up, convolution, group_norm


class SelfAttention(nn.Module):
    """(B T C h w, B T) → features of the same shape and weights (B H T T h w), of each date on all dates."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.position = PositionEncoding(width)
        self.query, self.key = nn.Linear(width, HEADS * KEY), nn.Linear(width, HEADS * KEY)
        self.value, self.mix = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.normal_(self.query.weight, 0, 0.3)
        nn.init.normal_(self.key.weight, 0, 0.3)

    def forward(self, features: Any, days: Any) -> tuple[Any, Any]:
        batch, dates, width, height, columns = features.shape
        place = self.position(days)[:, None, None].expand(-1, height, columns, -1, -1)
        series = (features.permute(0, 3, 4, 1, 2) + place).reshape(-1, dates, width)

        def split(projected: Any) -> Any:
            return projected.reshape(projected.shape[0], dates, HEADS, -1).transpose(1, 2)

        query, key, value = split(self.query(series)), split(self.key(series)), split(self.value(series))
        weights = torch.softmax(query @ key.transpose(2, 3) / KEY**0.5, dim=-1)  # pixel, head, date, date
        mixed = series + self.mix((weights @ value).transpose(1, 2).reshape(-1, dates, width))
        mixed = mixed.reshape(batch, height, columns, dates, width).permute(0, 3, 4, 1, 2)
        weights = weights.reshape(batch, height, columns, HEADS, dates, dates).permute(0, 3, 4, 5, 1, 2)
        return mixed, weights


def attend(features: Any, weights: Any) -> Any:
    """Return features (B T C H W) mixed over dates by weights (B H T T h w), a head for each group of channels."""
    batch, dates, width, height, columns = features.shape
    small = weights.reshape(-1, dates * dates, weights.shape[4], weights.shape[5])
    large = nn.functional.interpolate(small, (height, columns), mode="bilinear", align_corners=False)
    large = large.reshape(batch, HEADS, dates, dates, 1, height, columns)
    groups = features.reshape(batch, dates, HEADS, width // HEADS, height, columns).transpose(1, 2)
    mixed = (large * groups[:, :, None]).sum(dim=3)  # batch, head, date, channel, row, column
    return mixed.transpose(1, 2).reshape(batch, dates, width, height, columns)


class Utilise(nn.Module):
    def __init__(self, bands: int, width: int = 8) -> None:
        super().__init__()
        self.enter = convolution(bands, width, group_norm)
        self.downs = nn.ModuleList([Down(width, width), Down(width, 2 * width)])
        self.attention = SelfAttention(2 * width)
        self.ups = nn.ModuleList([Up(2 * width, width), Up(width, width)])
        self.head = nn.Conv2d(width, bands, 3, padding=1)

    def forward(self, series: Any, days: Any) -> Any:
        batch, dates = series.shape[:2]
        features = [self.enter(series.flatten(0, 1))]
        for down in self.downs:
            features.append(down(features[-1]))
        levels = [level.reshape(batch, dates, *level.shape[1:]) for level in features]
        deep, weights = self.attention(levels[-1], days)
        image = deep.flatten(0, 1)
        for up, level in zip(self.ups, levels[-2::-1]):
            image = up(image, attend(level, weights).flatten(0, 1))
        return series + self.head(image).reshape(series.shape)


def export(path: Path, bands: Sequence[str], scaling: Any) -> Any:
    """Write the network: ``series`` (B T C H W), ``days`` (B T) → ``clear`` (B T C H W); H and W in multiples of 4."""
    count = len(bands)
    examples = [torch.zeros(1, 3, count, 32, 32), torch.tensor([[0.0, 5.0, 30.0]])]
    network = settled(lambda: Utilise(count), examples, seed=61)
    inputs = {"series": "BTCHW", "days": "BT"}
    write_onnx(network, path, examples, inputs, {"clear": "BTCHW"}, dynamic="BTHW")
    shape = [-1, -1, count, -1, -1]
    write_card(
        path,
        "clouds",
        [
            describe_input("series", "BTCHW", shape, bands=bands, value_scaling=scaling, role="series"),
            describe_input("days", "BT", [-1, -1], role="dates", unit="days"),
        ],
        [describe_output("clear", "BTCHW", shape, role="image")],
    )
    return network
