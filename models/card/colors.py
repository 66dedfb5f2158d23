"""Colours of classes whose card has none, and the spellings in which cards give them."""

from __future__ import annotations

import colorsys
import re

# Paul Tol's "muted" and "light" schemes, chosen to stay apart for colour-blind readers; the first stays quiet since
# class 0 is mostly a background.
_DISTINCT = (
    "#dddddd", "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#332288", "#88ccee", "#44aa99",
    "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#bbcc33", "#ee8866", "#ffaabb", "#99ddff", "#aaaa00",
)  # fmt: skip


def default_color(index: int) -> str:
    """Return a colour for the *index*-th class; distinct for the first twenty, spread over the hues after that."""
    if index < len(_DISTINCT):
        return _DISTINCT[index]
    hue = (index * 0.618033988749895) % 1.0  # the golden ratio spreads any number of hues evenly
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.45 + 0.4 * ((index // 7) % 2), 0.6 + 0.3 * ((index // 3) % 2))
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def parse_color(value: object) -> str | None:
    """Return ``#rrggbb`` from a hex string (with or without #) or a list of three 0–255 integers; None if neither."""
    if isinstance(value, str):
        match = re.fullmatch(r"#?([0-9a-fA-F]{6})(?:[0-9a-fA-F]{2})?", value.strip())
        if match:
            return f"#{match.group(1).lower()}"
    if isinstance(value, (list, tuple)) and len(value) in (3, 4):
        channels = [c for c in value[:3] if isinstance(c, (int, float)) and 0 <= c <= 255]
        if len(channels) == 3:
            red, green, blue = (round(c) for c in channels)
            return f"#{red:02x}{green:02x}{blue:02x}"
    return None


def rgb(color: str) -> tuple[int, int, int]:
    """Split ``#rrggbb`` into its red, green and blue parts, 0–255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
