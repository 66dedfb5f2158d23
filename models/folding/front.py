"""In front of a network: cast, clip, scaling, fill where there is no data, order of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..feeds import ImageFeed
from ..runtime.graph import Graph
from ..scaling import BandTransform


def raw_dtype(feed: ImageFeed) -> np.dtype[Any]:
    """Return the type that holds the stored values of all bands of an input."""
    bands = [
        np.dtype(source.raster.bands[number - 1].dtype) for source in feed.sources for number in source.bands.numbers
    ]
    return np.result_type(*bands)


def add_front(graph: Graph, feed: ImageFeed, number: int) -> None:
    """Make stored values (B, dates × bands, H, W) and their validity (B, dates, H, W) the network's input tensor.

    Without the name of a validity all pixels hold data.
    """
    dates, bands = len(feed.sources), feed.bands
    stored = raw_dtype(feed)
    raw = graph.input(f"raw{number}", stored.name, ["geonnx_b", dates * bands, "geonnx_h", "geonnx_w"])
    is_complete = feed.folded is not None and not feed.folded.valid_name
    transforms = [transform for source in feed.sources for transform in source.transforms]
    is_plain = all(transform.changes_nothing for transform in transforms)
    work = "float32"
    if is_plain and feed.dtype.kind in "iu":  # Where knows few types
        work = "int32" if np.can_cast(feed.dtype, np.int32) else "int64"
    value = raw if stored.name == work else graph.cast(raw, work)
    if not is_plain:
        value = _scale(graph, value, transforms)
        if feed.dtype.kind in "iu":
            limits = np.iinfo(feed.dtype)
            value = graph.add("Round", value)
            value = graph.add("Max", value, graph.constant(np.float32(limits.min)))
            value = graph.add("Min", value, graph.constant(np.float32(limits.max)))
    if not is_complete:
        valid = graph.input(f"valid{number}", "bool", ["geonnx_vb", dates, "geonnx_vh", "geonnx_vw"])
        if dates > 1:
            # one mask a date, for all of its bands
            value = graph.add("Reshape", value, graph.constant([0, dates, bands, -1]))
            valid = graph.add("Reshape", valid, graph.constant([0, dates, 1, -1]))
        value = graph.add("Where", valid, value, graph.constant(np.dtype(work).type(feed.fill)))
    if feed.dtype.name != work:
        value = graph.cast(value, feed.dtype.name)
    _arrange(graph, value, raw, feed, dates)
    graph.drop_input(feed.spec.name)


def _scale(graph: Graph, value: str, transforms: list[BandTransform]) -> str:
    def per_band(numbers: list[float]) -> str:
        row = np.array(numbers, np.float32)
        shape = () if (row == row[0]).all() else (1, -1, 1, 1)
        return graph.constant(row[:1].reshape(()) if shape == () else row.reshape(shape))

    lows = [transform.low for transform in transforms]
    highs = [transform.high for transform in transforms]
    if max(lows) > -np.inf:
        value = graph.add("Max", value, per_band(lows))
    if min(highs) < np.inf:
        value = graph.add("Min", value, per_band(highs))
    if any(transform.shift for transform in transforms):
        value = graph.add("Sub", value, per_band([transform.shift for transform in transforms]))
    if any(transform.factor != 1 for transform in transforms):
        value = graph.add("Mul", value, per_band([transform.factor for transform in transforms]))
    return value


def _arrange(graph: Graph, value: str, raw: str, feed: ImageFeed, dates: int) -> None:
    """Bring the axes (B, T, C, rows and columns together) or (B, C, H, W) into the order of the network's input."""
    dims = feed.spec.dims
    if dates > 1 or "T" in dims:
        size = graph.add("Shape", raw)
        sides = graph.add("Slice", size, graph.constant([2]), graph.constant([4]))
        parts = [graph.constant([-1])]
        parts += [graph.constant([dates, feed.bands] if "T" in dims else [dates * feed.bands])]
        shape = graph.add("Concat", *parts, sides, axis=0)
        value = graph.add("Reshape", value, shape)
    have = "BTCHW" if "T" in dims else "BCHW"
    if "N" in dims:
        rest = dims.replace("N", "")
        value = graph.add("Transpose", value, perm=[have.index(dim) for dim in f"BHW{rest}"])
        sizes = {"T": dates, "C": feed.bands if "T" in dims else dates * feed.bands}
        graph.add("Reshape", value, graph.constant([-1, *(sizes[dim] for dim in rest)]), output=feed.spec.name)
        return
    wanted = dims if "B" in dims else f"B{dims}"
    if wanted != have:
        value = graph.add("Transpose", value, perm=[have.index(dim) for dim in wanted])
    if "B" in dims:
        graph.add("Identity", value, output=feed.spec.name)
    elif graph.opset >= 13:
        graph.add("Squeeze", value, graph.constant([0]), output=feed.spec.name)
    else:
        graph.add("Squeeze", value, axes=[0], output=feed.spec.name)
