"""Figures as texts, for pages."""

from __future__ import annotations

from .area_estimates import Estimate

NONE = "–"


def percent(value: float | None) -> str:
    """Return a share as per cent."""
    return NONE if value is None else f"{100 * value:.1f} %"


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with some decimals."""
    return NONE if value is None else f"{value:.{digits}f}"


def hectares(value: float | None, beside: float | None = None) -> str:
    """Return an area in hectares, with as many decimals as its size bears, or that of the value it stands *beside*."""
    if value is None:
        return NONE
    size = abs(value if beside is None else beside)
    decimals = next((count for limit, count in ((1000, 0), (10, 1), (1, 2), (0.01, 4)) if size >= limit), 6)
    return f"{value:,.{decimals if size else 0}f}"


def percent_within(estimate: Estimate) -> str:
    """Return a share with half its 95 % confidence interval."""
    if estimate.value is None or estimate.margin95 is None:
        return percent(estimate.value)
    return f"{100 * estimate.value:.1f} ± {100 * estimate.margin95:.1f} %"


def hectares_within(estimate: Estimate) -> str:
    """Return an area with half its 95 % confidence interval."""
    if estimate.value is None or estimate.margin95 is None:
        return hectares(estimate.value)
    return f"{hectares(estimate.value)} ± {hectares(estimate.margin95, estimate.value)}"
