"""Walking over a raster in blocks of bearable size, with progress, until the user stops it."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Cancelled
from ..feedback import Feedback
from ..raster.grid import Window

BLOCK_PX = 512


def blocks(target: Window, feedback: Feedback) -> Iterator[Window]:
    """Yield windows of at most 512 × 512 px that cover *target* once, row by row; raise Cancelled between them."""
    done, total = 0, target.width * target.height
    for y in range(target.y, target.bottom, BLOCK_PX):
        for x in range(target.x, target.right, BLOCK_PX):
            if feedback.cancelled():
                raise Cancelled
            window = Window(x, y, BLOCK_PX, BLOCK_PX).intersection(target)
            yield window
            done += window.width * window.height
            feedback.progress(done / total)
