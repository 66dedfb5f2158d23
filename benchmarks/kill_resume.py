"""Kills a run at random moments, repeats the call, and compares the pixels with those of an undisturbed run.

``python benchmarks/kill_resume.py`` prints a line for each of 20 rounds and fails unless all of them end with the same
pixels in all results and leave nothing else behind. The moments lie anywhere between the start of the process and its
end: while it loads, tries a tile, writes, builds overviews and moves the results to their places. Every third round is
killed twice.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from osgeo import gdal

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PRODUCTS = ("classes", "probabilities", "confidence")


def load_package(name: str, path: Path, folder: Path | None = None) -> ModuleType:
    """Load a module, or a package in *folder*, by its path; the root must stay off sys.path."""
    found = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(folder)] if folder else None
    )
    if found is None or found.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    return module


def run_once(model: str, raster: str, folder: Path) -> None:
    """Make all results in *folder*, going on where an earlier call stopped; print what the run says of that."""
    load_package("geonnx", ROOT / "__init__.py", ROOT)
    from geonnx import models  # type: ignore[import-not-found]

    def say(text: str) -> None:
        if "goes on where it stopped" in text:
            print(text, flush=True)

    outputs = models.SegmentOutputs(**{name: str(folder / f"{name}.tif") for name in PRODUCTS})
    settings = models.RunSettings(options=models.RunOptions(resume=True))
    models.segment(models.load_model(model), raster, outputs, settings, feedback=models.Feedback(log=say))


@dataclass(frozen=True)
class Call:
    """One way of calling the run again and again."""

    model: Path
    raster: Path

    def start(self, folder: Path) -> subprocess.Popen[str]:
        """Start it in a process of its own."""
        words = [sys.executable, str(HERE / "kill_resume.py"), "--child", str(self.model), str(self.raster)]
        return subprocess.Popen(
            [*words, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip

    def finish(self, folder: Path) -> str:
        """Run it to its end; return what it said."""
        process = self.start(folder)
        said, errors = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(errors)
        return said.strip()

    def kill(self, folder: Path, after_s: float) -> bool:
        """Start it and kill it after some seconds; return False when it was done by then."""
        process = self.start(folder)
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        return process.returncode != 0


def same_pixels(first: Path, second: Path) -> bool:
    """Return True when two rasters hold the same values in all blocks of all bands, overviews included."""
    one, two = gdal.Open(str(first)), gdal.Open(str(second))
    for number in range(1, one.RasterCount + 1):
        bands = [dataset.GetRasterBand(number) for dataset in (one, two)]
        levels = bands[0].GetOverviewCount()
        if bands[1].GetOverviewCount() != levels:
            return False
        pairs = [bands, *([band.GetOverview(level) for band in bands] for level in range(levels))]
        for left, right in pairs:
            for row in range(0, left.YSize, 512):
                height = min(512, left.YSize - row)
                if not np.array_equal(*(band.ReadAsArray(0, row, left.XSize, height) for band in (left, right))):
                    return False
    return True


def left_over(folder: Path, like: Path) -> list[str]:
    """Return what lies in *folder* and not in one of an undisturbed run."""
    return sorted({path.name for path in folder.iterdir()} ^ {path.name for path in like.iterdir()})


def main() -> int:
    """Kill, repeat, compare."""
    if sys.argv[1:2] == ["--child"]:
        run_once(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--size", type=int, default=4096, help="edge of the raster, px")
    parser.add_argument("--seed", type=int, default=None, help="of the moments; each run has its own otherwise")
    arguments = parser.parse_args()
    cases = load_package("geonnx_bench_cases", HERE / "cases.py")
    work = ROOT / "build" / "bench"
    (work / "models").mkdir(parents=True, exist_ok=True)
    call = Call(cases.unet(work / "models"), cases.make_raster(cases.RasterKind(), work, arguments.size))
    moments = random.Random(arguments.seed)
    same = 0
    with tempfile.TemporaryDirectory(dir=work) as name:
        whole = Path(name) / "whole"
        whole.mkdir()
        call.finish(whole)
        started = time.perf_counter()
        call.finish(whole)
        seconds = time.perf_counter() - started
        for number in range(1, arguments.rounds + 1):
            folder = Path(name) / f"round{number}"
            folder.mkdir()
            killed = []
            while len(killed) < (2 if number % 3 == 0 else 1):
                after = moments.uniform(0, seconds)
                if call.kill(folder, after):
                    killed.append(f"{after:.2f}")
            said = call.finish(folder)
            is_same = all(same_pixels(whole / f"{product}.tif", folder / f"{product}.tif") for product in PRODUCTS)
            more = left_over(folder, whole)
            same += is_same and not more
            print(
                f"round {number}: killed after {' and '.join(killed)} of {seconds:.2f} s; "
                f"{'identical' if is_same else 'DIFFERENT'}{f', left behind: {more}' if more else ''}. {said}",
                flush=True,
            )
    print(f"{same} of {arguments.rounds} ended with identical pixels and nothing left behind.")
    return 0 if same == arguments.rounds else 1


if __name__ == "__main__":
    sys.exit(main())
