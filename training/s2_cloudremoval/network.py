"""The network corrects a composite; it does not paint.

For every date that is to be restored:

1. A small U-Net says of every date how far each pixel shows the ground (its *visibility*).
2. From the pixels that two dates both show, a ridge regression predicts the restored date from the other one:
   differences of season, light and sensor in all bands at once. It is solved for every cell of 16 px, from its own
   pixels, those around it and the average of all: where a cell says little, its solution is drawn towards that of the
   whole image. It is solved exactly inside of the graph (Gauss-Jordan), is differentiable, and leaves its own error.
3. The predictions of all other dates are averaged, each weighted by visibility and the inverse of that error.
4. A second U-Net adds a small correction, the detail that the date itself shows through thin clouds and in shadows
   (both start at zero), and the variance, which starts at the regression's error. Where the date itself is clear, it
   stays as it is.

Dates are a set: any number, any order, each restored by the same weights. A pixel whose bands are all 0 holds no data.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from common.unet import UNet
from torch import nn
from torch.nn import functional

BANDS = 10
LEARNED = 8
"""features of a pixel that the regression gets beside its bands"""
FEATURES = 1 + BANDS + LEARNED
DETAILS = 16
"""mixtures of bands whose detail under thin clouds and shadows is brought back, each by its own gain"""
FINE = 4
"""px: the regression sees one pixel of so many in each direction; averages would not tell how uncertain single ones
are, by noise and by shifts between the dates; what is filled from the surroundings comes from averages over so many"""
CELL = 16
"""px: it is solved once for so many"""
BLOCK = 8
"""px: its solution, interpolated between cells, is applied to so many at once"""
FAINT = 0.3
"""visibility below which a pixel is not used"""
SURE = 0.6
"""trust below which a pixel is not spread over its surroundings: rims of clouds would be"""
_SMALL = 1e-6


class CloudRemover(nn.Module):
    """(B, T, 10, H, W) reflectance → the same dates without clouds, and the logarithm of the variance.

    Height and width are multiples of 32.
    """

    told = 0.0
    """added to the logits of visibility of dates with masked pixels: where somebody masked clouds, the remainder is
    rather clear; set after the training"""

    def __init__(self, mean: Sequence[float], whitening: Sequence[Sequence[float]]) -> None:
        """Make the layers; *mean* (10) and *whitening* (10, 10) make uncorrelated values of deviation 1 of spectra."""
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).reshape(BANDS, 1, 1))
        self.register_buffer("whitening", torch.tensor(whitening, dtype=torch.float32))
        self.look = nn.Sequential(
            nn.Conv2d(3 * BANDS + 1, 24, 3, stride=2, padding=1), nn.ReLU(), UNet(24, 24, (24, 32, 48, 64))
        )
        self.visible = nn.Conv2d(24, 1, 1)
        self.learned = nn.Sequential(nn.Conv2d(BANDS, 24, 1), nn.ReLU(), nn.Conv2d(24, LEARNED, 1), nn.Tanh())
        self.ridge = nn.Parameter(torch.cat([torch.tensor([-4.0]), torch.full((FEATURES - 1,), -2.0)]))
        self.reach = nn.Parameter(torch.zeros(3))
        self.prior = nn.Parameter(torch.full((BANDS,), -7.5))
        self.trust = nn.Parameter(torch.tensor([1.0, 0.0]))
        self.narrow = nn.Sequential(nn.Conv2d(2 * BANDS + 4, 24, 3, stride=2, padding=1), nn.ReLU(),
                                    UNet(24, 24, (24, 32, 48, 64)))  # fmt: skip
        self.mixed = nn.Sequential(nn.Conv2d(24 + 2 * BANDS + 4, 40, 1), nn.ReLU(), nn.Conv2d(40, 32, 1), nn.ReLU())
        self.last = nn.Conv2d(32, 2 * BANDS + 1, 1)
        self.faded = nn.Conv2d(BANDS, DETAILS, 1, bias=False)
        self.gain = nn.Conv2d(24, DETAILS, 1)
        self.bring = nn.Conv2d(DETAILS, BANDS, 1, bias=False)
        for starts_at_zero in (self.last.weight, self.last.bias, self.bring.weight):
            nn.init.zeros_(starts_at_zero)

    def forward(self, series: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return every date restored, and its log variance."""
        clear, log_variance, _, _ = self.restore(series)
        return clear, log_variance

    def restore(
        self, series: torch.Tensor, target: int | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return restored dates (B, Q, 10, H, W) and log variance, all or only one; logits of visibility (B, T, H, W).

        The last one is the composite before it is corrected (B, Q, 10, H, W).
        """
        batch, dates = series.shape[:2]
        present = (series.amax(2) > 0).to(series.dtype)
        logit = self.look_at(series, present) + self.told * (1 - present).amax((2, 3), keepdim=True)
        # what is hardly seen does not count at all: through thin cloud it would look like a bright ground
        visible = (torch.sigmoid(logit) - FAINT).clamp(min=0) / (1 - FAINT) * present
        features = self.describe(series.flatten(0, 1)).unflatten(0, (batch, dates))
        # which date each restored one is: dates are counted by a sum, so that the graph takes any number of them
        count = torch.cumsum(torch.ones_like(series[0, :, 0, 0, 0]), 0)
        chosen = slice(None) if target is None else slice(target, target + 1)
        other = (count[chosen, None] != count[None]).to(series.dtype)
        own, own_visible, own_logit = series[:, chosen], visible[:, chosen], logit[:, chosen]
        with torch.autocast(series.device.type, enabled=False):
            mixture, error, spread, shown = self.predict(
                series.float(), features.float(), visible.float(), own.float(), own_visible.float(), other.float()
            )
        wanted = own.shape[1]
        hints = torch.stack([own_visible, shown, _log_mean(error), _log_mean(spread)], 2)
        seen = torch.cat([_bend(mixture), _bend(own), hints], 2).flatten(0, 1)
        low = functional.interpolate(self.narrow(seen), scale_factor=2.0, mode="bilinear", align_corners=False)
        found = self.last(self.mixed(torch.cat([low, seen], 1)))
        detail = self.bring(self.gain(low) * self.faded(10 * self.detail(own, present[:, chosen]).flatten(0, 1)))
        found = torch.cat([found[:, :BANDS] + detail, found[:, BANDS:]], 1).float().unflatten(0, (batch, wanted))
        correction, doubt, gate = found[:, :, :BANDS], found[:, :, BANDS : 2 * BANDS], found[:, :, 2 * BANDS :]
        keep = torch.sigmoid(1.5 * own_logit.float() + gate[:, :, 0]) * present[:, chosen].float()
        keep = keep.unsqueeze(2)
        clear = keep * own + (1 - keep) * (mixture + 0.1 * correction)
        variance = (1 - keep) * (error + spread) + 1e-5
        return clear, torch.log(variance) + doubt, logit, mixture

    def detail(self, images: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return how pixels (B, Q, 10, H, W) differ from those around: what thin clouds and shadows let through."""
        held = present.unsqueeze(2)
        sums = _blur(_average(torch.cat([images * held, held], 2).flatten(0, 1), FINE), 1)
        around = functional.interpolate(
            sums[:, :BANDS] / (sums[:, BANDS:] + _SMALL), scale_factor=float(FINE), mode="bilinear", align_corners=False
        )
        return (images - around.unflatten(0, images.shape[:2])) * held

    def look_at(self, series: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return logits of visibility (B, T, H, W), from each date, the darkest value of all dates and their mean.

        The mean counts up to 0.05 above the darkest: beside a thick cloud of another date, clear ground is no shadow.
        """
        batch, dates, _, _, _ = series.shape
        held = present.unsqueeze(2)
        darkest = (series + 2 * (1 - held)).amin(1, keepdim=True)
        mean = (series * held).sum(1, keepdim=True) / (held.sum(1, keepdim=True) + _SMALL)
        mean = torch.minimum(mean, darkest + 0.05)
        own = _bend(series)
        seen = torch.cat([own, own - _bend(darkest), own - _bend(mean), held], 2).flatten(0, 1)
        logit = functional.interpolate(
            self.visible(self.look(seen)), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        return logit[:, 0].unflatten(0, (batch, dates)).float()

    def describe(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features (B, FEATURES, H, W) of pixels: 1, uncorrelated bands, and what is learned."""
        white = functional.conv2d(images - self.mean, self.whitening[:, :, None, None]).clamp(-6, 6)
        return torch.cat([torch.ones_like(white[:, :1]), white, self.learned(white)], 1)

    def predict(
        self, series: torch.Tensor, features: torch.Tensor, visible: torch.Tensor, own: torch.Tensor,
        own_visible: torch.Tensor, other: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
        """Return the composite (B, Q, 10, H, W), its error from the regressions, their spread, and what is shown.

        ``other`` (Q, T) is 0 where a date would explain itself. The errors are variances (B, Q, 10, H, W), what is
        shown is the sum of the visibilities of the other dates (B, Q, H, W), at most 1.
        """
        weights, error = self.regress(series, features, visible, own, own_visible)
        guess = series.unsqueeze(1) + self.apply_blocks(features, weights, series)
        error = functional.interpolate(
            error.flatten(0, 2), scale_factor=float(CELL), mode="bilinear", align_corners=False
        ).unflatten(0, (series.shape[0], own.shape[1], series.shape[1]))
        sure = torch.exp(-torch.log(error).mean(3) * self.trust[0].abs())
        counts = other[None, :, :, None, None] * visible.unsqueeze(1)
        shown = counts.sum(2).clamp(max=1)
        share = (counts**2 * sure).unsqueeze(3)
        total = share.sum(2)
        mixture = (share * guess).sum(2) / (total + _SMALL)
        kept = own_visible.unsqueeze(2)
        known = kept * own + (1 - kept) * mixture
        filled, doubt = self.fill(known, 1 - (1 - own_visible) * (1 - shown))
        # a fill from the surroundings counts as much as a pixel that is hardly seen
        least = (
            1e-3 * torch.exp(self.trust[1]) * torch.exp(-torch.log(doubt).mean(2, keepdim=True) * self.trust[0].abs())
        )
        mixture = ((share * guess).sum(2) + least * filled) / (total + least)
        expected = ((share * error).sum(2) + least * doubt) / (total + least)
        spread = (share * (guess - mixture.unsqueeze(2)) ** 2).sum(2) + least * (filled - mixture) ** 2
        return mixture, expected, spread / (total + least), shown

    def regress(
        self, series: torch.Tensor, features: torch.Tensor, visible: torch.Tensor, own: torch.Tensor,
        own_visible: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
        """Return weights (B, Q, T, FEATURES, 10, h, w) from features to differences, and the error (B, Q, T, 10, h, w).

        One solution a cell of 16 px, from pixels that both dates show.
        """
        batch, dates, _, height, width = series.shape
        wanted = own.shape[1]
        both = own_visible.unsqueeze(2) * visible.unsqueeze(1)
        # sizes come from the input itself: the ONNX exporter takes those of tensors in between for fixed ones
        size = (batch, height // CELL, width // CELL)
        weight = _cells(_sample(both).unsqueeze(3).flatten(1, 2) ** 4, *size).unflatten(1, (wanted, dates))
        given = _cells(_sample(features), *size)
        known = [_cells(_sample(image), *size) for image in (series, own)]
        difference = known[1].unsqueeze(2) - known[0].unsqueeze(1)
        # (B, Q, T, h, w, pixels of a cell, FEATURES + 10)
        given = given.unsqueeze(1)
        left = (given * weight).transpose(-1, -2)
        grams = torch.matmul(left, given)
        targets = torch.matmul(left, difference)
        squares = (weight * difference**2).sum(-2)
        number = weight.sum(-2)
        sums = torch.cat([grams.flatten(-2), targets.flatten(-2), squares, number], -1)
        sums = self.around(sums.permute(0, 1, 2, 5, 3, 4).flatten(0, 2)).unflatten(0, (batch, wanted, dates))
        sums = sums.permute(0, 1, 2, 4, 5, 3)
        size = FEATURES * FEATURES
        grams = sums[..., :size].unflatten(-1, (FEATURES, FEATURES))
        targets = sums[..., size : size + FEATURES * BANDS].unflatten(-1, (FEATURES, BANDS))
        squares, number = sums[..., -BANDS - 1 : -1], sums[..., -1:]
        ridge = torch.eye(FEATURES, device=grams.device) * (torch.exp(self.ridge) + 1e-3)
        solved = _solve(grams + ridge, targets)
        left_over = squares + (solved * (torch.matmul(grams, solved) - 2 * targets)).sum(-2)
        prior = torch.exp(self.prior)
        error = (left_over.clamp(min=0) + prior) / (number + 1) + 1e-6
        return solved.permute(0, 1, 2, 5, 6, 3, 4), error.permute(0, 1, 2, 5, 3, 4)

    def around(self, sums: torch.Tensor) -> torch.Tensor:
        """Return sums (B, N, h, w) over each cell itself, what is near, far, and all.

        So a solution is drawn towards that of the surroundings where the cell itself tells little.
        """
        near = _blur(sums, 1)
        wide = _blur(near, 3)
        everywhere = sums.mean((2, 3), keepdim=True)
        share = torch.exp(self.reach)
        return sums + share[0] * near + share[1] * wide + share[2] * everywhere

    def apply_blocks(self, features: torch.Tensor, weights: torch.Tensor, series: torch.Tensor) -> torch.Tensor:
        """Return differences (B, Q, T, 10, H, W): the features of each pixel times the weights of its place."""
        batch, dates, _, height, width = series.shape
        fine = functional.interpolate(
            weights.flatten(3, 4).flatten(0, 2), scale_factor=float(CELL // BLOCK), mode="bilinear", align_corners=False
        )
        rows, columns = height // BLOCK, width // BLOCK
        fine = fine.reshape(batch, -1, dates, FEATURES, BANDS, rows, columns).permute(0, 1, 2, 5, 6, 3, 4)
        blocks = features.reshape(batch, dates, FEATURES, rows, BLOCK, columns, BLOCK).permute(0, 1, 3, 5, 4, 6, 2)
        blocks = blocks.reshape(batch, 1, dates, rows, columns, BLOCK * BLOCK, FEATURES)
        found = torch.matmul(blocks, fine)
        found = found.reshape(batch, -1, dates, rows, columns, BLOCK, BLOCK, BANDS).permute(0, 1, 2, 7, 3, 5, 4, 6)
        return found.reshape(batch, -1, dates, BANDS, height, width)

    def fill(self, known: torch.Tensor, trust: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and variance (B, Q, 10, H, W) of what is known around each pixel, near or else farther away.

        ``trust`` (B, Q, H, W), 0 to 1, says how far each pixel of ``known`` is.
        """
        weight = ((trust.unsqueeze(2) - SURE) / (1 - SURE)).clamp(min=0) ** 4
        sums = torch.cat([known * weight, known**2 * weight, weight], 2).flatten(0, 1)
        fine = _average(sums, FINE)
        cells = _average(fine, CELL // FINE)
        near = _blur(cells, 1)
        far = near + 0.05 * _blur(near, 3) + 1e-3 * cells.mean((2, 3), keepdim=True)
        far = functional.interpolate(far, scale_factor=float(CELL // FINE), mode="bilinear", align_corners=False)
        sums = 0.3 * fine + _blur(fine, 1) + 0.03 * _blur(fine, 3) + 1e-3 * far
        number = sums[:, -1:] + _SMALL
        usual = self.mean.reshape(1, BANDS, 1, 1)
        mean = (sums[:, :BANDS] + _SMALL * usual) / number
        square = (sums[:, BANDS : 2 * BANDS] + _SMALL * (usual**2 + 0.01)) / number
        both = torch.cat([mean, (square - mean**2).clamp(min=0) + 1e-4], 1)
        both = functional.interpolate(both, scale_factor=float(FINE), mode="bilinear", align_corners=False)
        both = both.unflatten(0, known.shape[:2])
        return both[:, :, :BANDS], both[:, :, BANDS:]


def _bend(reflectance: torch.Tensor) -> torch.Tensor:
    """Return reflectance as numbers about 0 for the U-Nets; bright ones count less."""
    return 3 * torch.sqrt(reflectance.clamp(0, 1.5) + 0.01) - 1.2


def _log_mean(variance: torch.Tensor) -> torch.Tensor:
    """Return the deviation of (B, Q, 10, H, W) over all bands as one number, the logarithm of its mean variance."""
    return 0.3 * (torch.log(variance.mean(2) + 1e-6) + 8)


def _average(planes: torch.Tensor, size: int) -> torch.Tensor:
    return functional.avg_pool2d(planes, size)


def _sample(planes: torch.Tensor) -> torch.Tensor:
    """Return one pixel of each square of FINE."""
    return planes[..., FINE // 2 :: FINE, FINE // 2 :: FINE]


def _blur(planes: torch.Tensor, radius: int) -> torch.Tensor:
    """Return the planes averaged twice over squares; outside of them is nothing."""
    for _ in range(2):
        planes = functional.avg_pool2d(planes, 2 * radius + 1, stride=1, padding=radius)
    return planes


def _cells(planes: torch.Tensor, batch: int, rows: int, columns: int) -> torch.Tensor:
    """Return (B, M, N, 4 · rows, 4 · columns) fine pixels as (B, M, rows, columns, 16, N): those of each cell."""
    side = CELL // FINE
    number = planes.shape[2]
    planes = planes.reshape(batch, -1, number, rows, side, columns, side).permute(0, 1, 3, 5, 4, 6, 2)
    return planes.reshape(batch, -1, rows, columns, side * side, number)


def _solve(matrix: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return matrix⁻¹ · right for many symmetric positive definite matrices (…, N, N), by Gauss-Jordan elimination."""
    size = matrix.shape[-1]
    table = torch.cat([matrix, right], -1)
    unit = torch.eye(size, dtype=table.dtype, device=table.device)
    for step in range(size):
        row = table[..., step : step + 1, :] / table[..., step : step + 1, step : step + 1]
        table = table - (table[..., :, step : step + 1] - unit[:, step : step + 1]) * row
    return table[..., size:]
