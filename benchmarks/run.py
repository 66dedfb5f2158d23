"""Speed and memory of `geonnx:segment` through the real qgis_process, beside the limits measured in the same run.

``make bench`` prints a table and writes ``build/bench.json``. Ratios are medians over pairs that ran one after the
other, since machines drift; peak memory is the operating system's own figure for the finished process.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from osgeo import gdal

ROOT = Path(__file__).resolve().parent.parent
BLOCK_PX = 4096
TILE_PX = 512
BANDS = 3


def load(path: Path) -> ModuleType:
    """Load a module of the repository by its path; the root must stay off sys.path."""
    spec = importlib.util.spec_from_file_location(f"geonnx_bench_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


headless = load(ROOT / "tools" / "headless.py")
tiny_models = load(ROOT / "tests" / "tiny_models.py")
rasters = load(ROOT / "tests" / "rasters.py")


@dataclass(frozen=True)
class Run:
    """One run of the algorithm in a process of its own."""

    seconds: float
    """duration that the algorithm reports"""
    process_seconds: float
    """duration of the whole process, QGIS's start included"""
    peak_mb: float
    tiles: int


def make_raster(path: Path, size: int) -> Path:
    """Return an RGB raster in 512 px blocks, deflated, of smooth noise that repeats every 4096 px."""
    if not path.exists():
        # in a process of its own: the system counts the memory of a parent into the peak of what it starts
        maker = multiprocessing.get_context("fork").Process(target=write_noise, args=(path, size))
        maker.start()
        maker.join()
    return path


def write_noise(path: Path, size: int) -> None:
    """Write the raster."""
    values = rasters.noise(BANDS, BLOCK_PX, BLOCK_PX)
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path),
        size,
        size,
        BANDS,
        gdal.GDT_Byte,
        options=["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE", "PHOTOMETRIC=RGB"],
    )
    dataset.SetGeoTransform(rasters.NORTH_UP)
    dataset.SetProjection(rasters.crs_wkt(rasters.UTM))
    for y in range(0, size, BLOCK_PX):
        for x in range(0, size, BLOCK_PX):
            dataset.WriteArray(values[:, : size - y, : size - x], x, y)
    dataset.FlushCache()


def run_segment(qgis: Any, raster: Path, model: Path, folder: Path, **more: Any) -> Run:
    """Run geonnx:segment and take its peak memory from the system's accounting."""
    parameters = {"INPUT": raster, "MODEL": model, "OUTPUT": folder / "classes.tif", **more}
    words = [str(headless.SCRIPT), "--json", "run", "geonnx:segment", "--", *headless.parameter_words(parameters)]
    started = time.perf_counter()
    with (folder / "out.json").open("wb") as output, (folder / "err.txt").open("wb") as errors:
        process = subprocess.Popen(words, env=qgis.environment(), stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    duration = time.perf_counter() - started
    if process.returncode != 0:
        raise RuntimeError((folder / "err.txt").read_text())
    results = headless.find_json((folder / "out.json").read_text())["results"]
    return Run(results["SECONDS"], duration, usage.ru_maxrss / 1024, results["TILES"])


def run_bare(model: Path, tiles: int) -> float:
    """Return the seconds of bare ``session.run`` over as many tiles."""
    words = [sys.executable, str(ROOT / "benchmarks" / "bare.py"), str(model), str(BANDS), str(TILE_PX), str(tiles)]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def median(values: list[float]) -> float:
    """Return the median, rounded for the table."""
    return round(statistics.median(values), 3)


def bench_speed(qgis: Any, raster: Path, model: Path, folder: Path, pairs: int) -> dict[str, Any]:
    """Run algorithm and limit in turn; return medians and the ratio pair by pair."""
    runs, bare = [], []
    for _ in range(pairs):
        runs.append(run_segment(qgis, raster, model, folder))
        bare.append(run_bare(model, runs[-1].tiles))
    return {
        "tiles": runs[0].tiles,
        "seconds": median([run.seconds for run in runs]),
        "process_seconds": median([run.process_seconds for run in runs]),
        "bare_seconds": median(bare),
        "ratio": median([run.seconds / limit for run, limit in zip(runs, bare)]),
        "process_ratio": median([run.process_seconds / limit for run, limit in zip(runs, bare)]),
        "peak_mb": median([run.peak_mb for run in runs]),
        "mpix_per_second": median([gdal.Open(str(raster)).RasterXSize ** 2 / 1e6 / run.seconds for run in runs]),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="leave out the 12288² raster")
    arguments = parser.parse_args()
    work = ROOT / "build" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    models = {
        # 2.7 and 10.7 billion multiply-adds a tile of 512 px
        "unet-8": tiny_models.unet(work / "unet8.onnx", width=8, mlm=True),
        "unet-16": tiny_models.unet(work / "unet16.onnx", width=16, mlm=True),
    }
    small = make_raster(work / "rgb4096.tif", 4096)
    results: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "cases": {}}
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        folder = Path(scratch)
        qgis = headless.HeadlessQgis(folder, Path(sysconfig.get_path("purelib")))
        for name, model in models.items():
            case = bench_speed(qgis, small, model, folder, arguments.pairs)
            results["cases"][f"{name} 4096²"] = case
            print(f"{name} 4096²: {case}", flush=True)
        if not arguments.quick:
            large = make_raster(work / "rgb12288.tif", 12288)
            run = run_segment(qgis, large, models["unet-8"], folder)
            bare = run_bare(models["unet-8"], run.tiles)
            growth = run.peak_mb / results["cases"]["unet-8 4096²"]["peak_mb"]
            case = {**asdict(run), "bare_seconds": bare, "ratio": run.seconds / bare, "memory_vs_4096": growth}
            results["cases"]["unet-8 12288²"] = {key: round(value, 3) for key, value in case.items()}
            print(f"unet-8 12288²: {results['cases']['unet-8 12288²']}", flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(results, indent=1, ensure_ascii=False))
    print_table(results)


def print_table(results: dict[str, Any]) -> None:
    """Print what people read: ratios to the limit, memory, speed."""
    print(f"\n{results['machine']}")
    print(f"{'case':<18}{'tiles':>7}{'wall s':>9}{'bare s':>9}{'wall/bare':>11}{'peak MB':>9}{'memory vs 4096²':>17}")
    for name, case in results["cases"].items():
        growth = case.get("memory_vs_4096")
        print(
            f"{name:<18}{case['tiles']:>7}{case['seconds']:>9.2f}{case['bare_seconds']:>9.2f}{case['ratio']:>11.3f}"
            f"{case['peak_mb']:>9.0f}{'' if growth is None else format(growth, '17.3f')}"
        )


if __name__ == "__main__":
    main()
