"""Structural similarity (SSIM), pixel by pixel.

Wang, Bovik, Sheikh and Simoncelli (2004), IEEE Transactions on Image Processing 13(4):600-612, with their Gaussian
window: 11 × 11 px, standard deviation 1.5 px, K1 = 0.01, K2 = 0.03. The same as scikit-image's
``structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RADIUS_PX = 5
_SIGMA_PX = 1.5
_K1, _K2 = 0.01, 0.03


def _weights() -> NDArray[np.float64]:
    places = np.arange(-RADIUS_PX, RADIUS_PX + 1)
    bell: NDArray[np.float64] = np.exp(-0.5 * (places / _SIGMA_PX) ** 2)
    return bell / bell.sum()


_WEIGHTS = _weights()


def local_ssim(first: NDArray[np.float64], second: NDArray[np.float64], data_range: float = 1.0) -> NDArray[np.float64]:
    """Return the SSIM at every pixel whose whole window lies inside: two (rows, columns) give (rows-10, columns-10).

    Empty where the images are smaller than the window. Values must be finite; *data_range* is their largest possible
    difference.
    """
    mean_1, mean_2 = _blur(first), _blur(second)
    products = mean_1 * mean_2
    squares = mean_1**2 + mean_2**2
    covariance = _blur(first * second) - products
    variances = _blur(first**2 + second**2) - squares
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    return (2 * products + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))


def whole_windows(valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return at which pixels the whole window is valid; shapes as of `local_ssim`."""
    return _all_in_rows(_all_in_rows(valid).T).T


def _all_in_rows(valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    height = max(0, valid.shape[0] - 2 * RADIUS_PX)
    result = np.ones((height, *valid.shape[1:]), np.bool_)
    for step in range(2 * RADIUS_PX + 1):
        result &= valid[step : step + height]
    return result


def _blur(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Gaussian mean of the window around each pixel that has a whole one."""
    return _blur_rows(_blur_rows(values).T).T


def _blur_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    height = max(0, values.shape[0] - 2 * RADIUS_PX)
    total = _WEIGHTS[RADIUS_PX] * values[RADIUS_PX : RADIUS_PX + height]
    for step in range(1, RADIUS_PX + 1):
        # the window is symmetric: one multiplication for both neighbours
        above = values[RADIUS_PX - step : RADIUS_PX - step + height]
        total += _WEIGHTS[RADIUS_PX + step] * (above + values[RADIUS_PX + step : RADIUS_PX + step + height])
    return total
