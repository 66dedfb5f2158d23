"""U-TAE, for classes from a series with dates; and with the heads of UnCRtainTS, for a cloud-free image.

Garnot, Landrieu (2021), Panoptic Segmentation of Satellite Image Time Series with Convolutional Temporal Attention
Networks, ICCV: an encoder over each date (group normalisation), attention over time at the lowest resolution (L-TAE,
one learnt query a head, position encoding from dates), the same attention, enlarged, for the features of finer levels,
and a decoder. Ebel, Garnot, Schmitt, Wegner, Zhu (2023), UnCRtainTS: Uncertainty Quantification for Cloud Removal in
Optical Satellite Time Series, CVPRW: radar of each date beside its bands, mean by a sigmoid, variance by softplus.
Two levels instead of four and narrow. Group normalisation sees the whole tile, however large.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx

HEADS, KEY = 4, 4
LEAST_VARIANCE = 1e-4


def convolution(inputs: int, outputs: int, norm: Any, stride: int = 1) -> Any:
    """Return a convolution (4 × 4 where it halves the size) with normalisation and ReLU, reflecting at the edges."""
    kernel = 4 if stride == 2 else 3
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, 1, padding_mode="reflect"), norm(outputs), nn.ReLU()
    )


def group_norm(width: int) -> Any:
    return nn.GroupNorm(4, width)


class Down(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.halve = convolution(inputs, inputs, group_norm, stride=2)
        self.widen = convolution(inputs, outputs, group_norm)
        self.refine = convolution(outputs, outputs, group_norm)

    def forward(self, image: Any) -> Any:
        wide = self.widen(self.halve(image))
        return wide + self.refine(wide)


class Up(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.enlarge = nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.BatchNorm2d(outputs), nn.ReLU())
        self.skip = nn.Sequential(nn.Conv2d(outputs, outputs, 1), nn.BatchNorm2d(outputs), nn.ReLU())
        self.join = convolution(2 * outputs, outputs, nn.BatchNorm2d)
        self.refine = convolution(outputs, outputs, nn.BatchNorm2d)

    def forward(self, deep: Any, skip: Any) -> Any:
        joined = self.join(torch.cat([self.enlarge(deep), self.skip(skip)], dim=1))
        return joined + self.refine(joined)


class PositionEncoding(nn.Module):
    """Days since the first date as sines and cosines of growing period (Vaswani et al. 2017, with T = 1000)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        power = 2 * (torch.arange(width) // 2).float() / width
        self.register_buffer("period", torch.pow(torch.tensor(1000.0), power))
        self.register_buffer("is_even", (torch.arange(width) % 2 == 0).float())

    def forward(self, days: Any) -> Any:
        angle = days[:, :, None] / self.period
        return torch.sin(angle) * self.is_even + torch.cos(angle) * (1 - self.is_even)


class Ltae(nn.Module):
    """Lightweight temporal attention of every pixel: (B T C h w, B T) → features (B C h w), weights (H B T h w)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(HEADS, width)
        self.position = PositionEncoding(width // HEADS)
        self.query = nn.Parameter(torch.randn(HEADS, KEY))
        self.key = nn.Linear(width, HEADS * KEY)
        self.mix = nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU())
        nn.init.normal_(self.key.weight, 0, 0.5)  # attention that prefers some dates, as after training

    def forward(self, features: Any, days: Any) -> tuple[Any, Any]:
        batch, dates, width, height, columns = features.shape
        series = features.permute(0, 3, 4, 1, 2).reshape(-1, dates, width)
        series = self.norm(series.transpose(1, 2)).transpose(1, 2)
        place = self.position(days).repeat(1, 1, HEADS)
        series = series + place[:, None, None].expand(-1, height, columns, -1, -1).reshape(-1, dates, width)
        keys = self.key(series).reshape(-1, dates, HEADS, KEY)
        weights = torch.softmax((keys * self.query).sum(dim=-1) / KEY**0.5, dim=1)  # pixel, date, head
        values = series.reshape(-1, dates, HEADS, width // HEADS)
        seen = self.mix((weights[..., None] * values).sum(dim=1).reshape(-1, width))
        seen = seen.reshape(batch, height, columns, width).permute(0, 3, 1, 2)
        return seen, weights.reshape(batch, height, columns, dates, HEADS).permute(4, 0, 3, 1, 2)


def attend(features: Any, weights: Any) -> Any:
    """Return the sum over dates of features (B T C H W), each group of channels weighted by its head (H B T h w)."""
    batch, dates, width, height, columns = features.shape
    small = weights.reshape(-1, dates, weights.shape[3], weights.shape[4])
    large = nn.functional.interpolate(small, (height, columns), mode="bilinear", align_corners=False)
    large = large.reshape(HEADS, batch, dates, 1, height, columns)
    groups = features.reshape(batch, dates, HEADS, width // HEADS, height, columns).permute(2, 0, 1, 3, 4, 5)
    return (groups * large).sum(dim=2).permute(1, 0, 2, 3, 4).reshape(batch, width, height, columns)


class Utae(nn.Module):
    def __init__(self, bands: int, radar: int, width: int = 8) -> None:
        super().__init__()
        self.bands = bands
        self.enter = nn.Sequential(convolution(bands + radar, width, group_norm), convolution(width, width, group_norm))
        self.downs = nn.ModuleList([Down(width, width), Down(width, 2 * width)])
        self.attention = Ltae(2 * width)
        self.ups = nn.ModuleList([Up(2 * width, width), Up(width, width)])

    def features(self, series: Any, *others: Any) -> Any:
        """Return features of the full size from the series, the radar where the network has it, and the days."""
        *radar, days = others
        stacked = torch.cat([series, *radar], dim=2)
        batch, dates = stacked.shape[:2]
        features = [self.enter(stacked.flatten(0, 1))]
        for down in self.downs:
            features.append(down(features[-1]))
        levels = [level.reshape(batch, dates, *level.shape[1:]) for level in features]
        deep, weights = self.attention(levels[-1], days)
        for up, level in zip(self.ups, levels[-2::-1]):
            deep = up(deep, attend(level, weights))
        return deep


class Classes(Utae):
    """U-TAE as it was published: land cover from a series."""

    def __init__(self, bands: int, classes: int, width: int = 8) -> None:
        super().__init__(bands, 0, width)
        self.head = nn.Conv2d(width, classes, 3, padding=1)

    def forward(self, series: Any, days: Any) -> Any:
        return self.head(self.features(series, days))


class ClearImage(Utae):
    """With the heads of UnCRtainTS."""

    def __init__(self, bands: int, radar: int, width: int = 8) -> None:
        super().__init__(bands, radar, width)
        self.head = nn.Conv2d(width, 2 * bands, 3, padding=1)

    def forward(self, series: Any, *others: Any) -> tuple[Any, Any]:
        scores = self.head(self.features(series, *others))
        return torch.sigmoid(scores[:, : self.bands]), nn.functional.softplus(scores[:, self.bands :]) + LEAST_VARIANCE


def export(
    path: Path, bands: Sequence[str], scaling: Any, *, radar_scaling: Any = None, radar: Sequence[str] = ()
) -> Any:
    """Write it: ``series`` (B T C H W), ``sar`` (B T 2 H W) with *radar*, ``days`` (B T) → ``mean`` and ``variance``.

    Any number of dates, any batch, height and width in multiples of 4.
    """
    count, extra = len(bands), len(radar)
    days = torch.tensor([[0.0, 5.0, 30.0]])
    examples = [torch.zeros(1, 3, count, 32, 32), days]
    inputs = {"series": "BTCHW", "days": "BT"}
    entries = [
        describe_input("series", "BTCHW", [-1, -1, count, -1, -1], bands=bands, value_scaling=scaling, role="series"),
        describe_input("days", "BT", [-1, -1], role="dates", unit="days"),
    ]
    if radar:
        examples.insert(1, torch.zeros(1, 3, extra, 32, 32))
        inputs = {"series": "BTCHW", "sar": "BTCHW", "days": "BT"}
        entries.insert(
            1,
            describe_input(
                "sar",
                "BTCHW",
                [-1, -1, extra, -1, -1],
                bands=radar,
                value_scaling=radar_scaling,
                role="sar",
                radar="db",
            ),
        )
    network = settled(lambda: ClearImage(count, extra), examples, seed=51)
    write_onnx(network, path, examples, inputs, {"mean": "BCHW", "variance": "BCHW"}, dynamic="BTHW")
    shape = [-1, count, -1, -1]
    write_card(
        path,
        "clouds",
        entries,
        [
            describe_output("mean", "BCHW", shape, role="image"),
            describe_output("variance", "BCHW", shape, role="variance"),
        ],
    )
    return network


def export_classes(path: Path, bands: Sequence[str], classes: Sequence[str], scaling: Any) -> Any:
    """Write the network: ``series`` (B T C H W), ``days`` (B T) → ``classes`` (B K H W, logits)."""
    count, kinds = len(bands), len(classes)
    examples = [torch.zeros(1, 3, count, 32, 32), torch.tensor([[0.0, 5.0, 30.0]])]
    network = settled(lambda: Classes(count, kinds), examples, seed=52)
    inputs = {"series": "BTCHW", "days": "BT"}
    write_onnx(network, path, examples, inputs, {"classes": "BKHW"}, dynamic="BTHW")
    write_card(
        path,
        "segment",
        [
            describe_input(
                "series", "BTCHW", [-1, -1, count, -1, -1], bands=bands, value_scaling=scaling, role="series"
            ),
            describe_input("days", "BT", [-1, -1], role="dates", unit="days"),
        ],
        [describe_output("classes", "BKHW", [-1, kinds, -1, -1], classes=classes, activation="softmax")],
    )
    return network
