#!/usr/bin/env python3
"""Runs a segmentation on this machine and on a cluster of two workers, kills one of them, and compares the pixels.

Settings: GEONNX_DEMO_SIZE (edge of the raster, px). Needs no QGIS; see docs/scale.md.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from distributed import Client  # noqa: E402 (installed by make setup)
from local_cluster import LocalCluster  # noqa: E402 (found in tools/)
from osgeo import gdal  # noqa: E402
from rasters import noise, write_raster  # noqa: E402 (found in tests/)
from tiny_models import unet  # noqa: E402

OUT = Path(os.environ.get("GEONNX_DEMO_OUT") or ROOT / "build" / "demo").resolve() / "cluster"
SIZE = int(os.environ.get("GEONNX_DEMO_SIZE") or 4096)


def say(text: str) -> None:
    """Print a line at once."""
    print(f"demo: {text}", flush=True)


def load_package() -> None:
    """Import the repository as the package geonnx: the root itself must stay off sys.path."""
    spec = importlib.util.spec_from_file_location(
        "geonnx", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    if spec is None or spec.loader is None:
        sys.exit("demo: the package can't be loaded")
    sys.modules["geonnx"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["geonnx"])


def run(model: Path, raster: Path, name: str, device: str, **feedback: Any) -> Path:
    """Segment the raster on a device, say how fast that was and return the map."""
    from geonnx.models import Feedback, RunOptions, RunSettings, load_model, segment  # noqa: PLC0415 (made above)

    target = OUT / f"{name}.tif"
    settings = RunSettings(device=device, options=RunOptions(threads=1 if device.startswith("dask") else 2))
    report = segment(load_model(model), str(raster), str(target), settings, feedback=Feedback(**feedback))
    speed = f"{report.tiles} tiles in {report.seconds:.1f} s, {report.mpix_per_second:.1f} MPix/s"
    say(f"{name}: {speed}, on {report.provider}")
    return target


def same(first: Path, second: Path) -> bool:
    """Tell whether two maps hold the same pixels."""
    maps = [gdal.Open(str(path)) for path in (first, second)]
    strips = [min(512, SIZE - top) for top in range(0, SIZE, 512)]
    read = [[each.ReadRaster(0, 512 * place, SIZE, rows) for place, rows in enumerate(strips)] for each in maps]
    return read[0] == read[1]


def main() -> int:
    """Show it; return the exit code."""
    OUT.mkdir(parents=True, exist_ok=True)
    load_package()
    model = unet(OUT / "model.onnx", mlm=True)
    raster = write_raster(OUT / f"scene_{SIZE}.tif", noise(3, SIZE, SIZE))
    say(f"a small U-Net over {SIZE} × {SIZE} px: on two cores of this machine, then on two workers with a core each")
    alone = run(model, raster, "alone", "cpu")
    with LocalCluster(OUT / "cluster") as cluster:
        with Client(cluster.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)  # their start shall not count
        say(f"scheduler {cluster.address}, workers are processes {[worker.pid for worker in cluster.workers]}")
        together = run(model, raster, "cluster", cluster.device)

        killed: list[int] = []

        def kill_in_the_middle(share: float) -> None:
            if share > 0.4 and not killed:
                killed.append(cluster.kill_worker())
                say(f"worker {killed[0]} is killed at {share:.0%}")

        survived = run(model, raster, "cluster_with_loss", cluster.device, progress=kill_in_the_middle)
    if not killed:
        say("FAILED: no worker was killed")
        return 1
    for path in (together, survived):
        if not same(alone, path):
            say(f"FAILED: {path} differs from {alone}")
            return 1
    say("all three maps hold the same pixels")
    return 0


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    say(f"{time.monotonic() - started:.0f} s in all; the maps lie in {OUT}")
    sys.exit(code)
