#!/usr/bin/env python3
"""The demonstration, headless through the real ``qgis_process``.

Without settings it shows all four tasks on a synthetic place: clouds found and removed, land cover mapped pixel by
pixel and chip by chip, change detected, all of it compared with the truth.
``make demo INPUT=raster.tif [MODEL=model.onnx] [BANDS=…] [OPTIONS=…]`` segments a raster of your own instead; without a
model by the bundled one of land cover that takes its bands.
"""

from __future__ import annotations

import sys

from common import wanted
from four_tasks import show_four_tasks
from own_raster import segment_own_raster

if __name__ == "__main__":
    sys.exit(segment_own_raster() if wanted("INPUT") or wanted("MODEL") else show_four_tasks())
