"""Speed and memory through the real qgis_process, beside the limits measured in the same run.

``make bench`` prints a table and writes ``build/bench.json``. Ratios are medians over rounds in which the run and its
limits take turns, since machines drift; peak memory is the operating system's own figure for the finished process.
Ratios are compared with ``benchmarks/baseline.json``: one that is 15 % worse fails; ``--update`` puts what was measured
into the baseline and ``docs/speed.md``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BASELINE = HERE / "baseline.json"
TILE_PX, OVERLAP_PX = 512, 32
WORST = 1.15
RATIOS = ("wall/bare", "wall/limit", "wall/numpy", "wall/other")
"""over the bare network; over the wrapped one and a copy of the pixels; over the network with numpy before and after
it; over the same case with fewer results"""

_spec = importlib.util.spec_from_file_location("geonnx_bench_cases", HERE / "cases.py")
if _spec is None or _spec.loader is None:
    raise ImportError("cases.py")
cases = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = cases
_spec.loader.exec_module(cases)
headless = cases.load(ROOT / "tools" / "headless.py")
gpu = cases.load(HERE / "gpu.py")
speed_page = cases.load(HERE / "speed_page.py")


@dataclass(frozen=True)
class Run:
    """One run of an algorithm in a process of its own."""

    seconds: float
    """duration that the algorithm reports"""
    process_seconds: float
    """duration of the whole process, QGIS's start included"""
    peak_mb: float
    tiles: int
    provider: str


@dataclass(frozen=True)
class Bench:
    """Where things lie, and how thorough to be."""

    work: Path
    """rasters and models, kept"""
    scratch: Path
    qgis: Any
    rounds: int
    device: str


def run_algorithm(bench: Bench, case: Any, files: list[Path], model: Path) -> Run:
    """Run the case and take its peak memory from the system's accounting."""
    parameters = {**case.inputs(files), "MODEL": model, "OUTPUT": bench.scratch / "classes.tif", "DEVICE": bench.device}
    words = [str(headless.SCRIPT), "--json", "run", case.algorithm, "--"]
    more = {name: bench.scratch / file for name, file in case.results.items()}
    words += headless.parameter_words({**parameters, **more, **case.parameters})
    started = time.perf_counter()
    with (bench.scratch / "out.json").open("wb") as output, (bench.scratch / "err.txt").open("wb") as errors:
        process = subprocess.Popen(words, env=bench.qgis.environment(), stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    duration = time.perf_counter() - started
    if process.returncode != 0:
        raise RuntimeError((bench.scratch / "err.txt").read_text())
    results = headless.find_json((bench.scratch / "out.json").read_text())["results"]
    return Run(results["SECONDS"], duration, usage.ru_maxrss / 1024, results["TILES"], results["PROVIDER"])


def timed(*words: Any) -> float:
    """Run a script of this folder that prints its seconds."""
    command = [sys.executable, *map(str, words)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def copy_seconds(files: list[Path], folder: Path) -> float:
    """Return the seconds that gdal_translate takes for the same pixels, compressed as the results are."""
    started = time.perf_counter()
    for file in files:
        subprocess.run(
            ["gdal_translate", "-q", "-co", "TILED=YES", "-co", "COMPRESS=DEFLATE", "-co", "ZLEVEL=4",
             "-co", "BIGTIFF=IF_SAFER", "-co", "SPARSE_OK=TRUE", str(file), str(folder / "copy.tif")],
            check=True,
        )  # fmt: skip
    return time.perf_counter() - started


def newest_graph(folder: Path) -> Path | None:
    """Return the wrapped graph of the run that has just ended."""
    graphs = sorted(folder.glob("*.graph"), key=lambda path: path.stat().st_mtime)
    return graphs[-1] if graphs else None


def measure(bench: Bench, case: Any, size: int) -> dict[str, Any]:
    """Run a case and its limits in turn; return medians."""
    folder = bench.work / "models"
    folder.mkdir(exist_ok=True)
    model = case.make_model(folder)
    kinds = [
        cases.RasterKind(case.raster.bands, case.raster.dtype, case.raster.nodata, seed + 1)
        for seed in range(case.dates)
    ]
    files = [cases.make_raster(kind, bench.work, size) for kind in kinds]
    found: dict[str, list[float]] = {}
    run = run_algorithm(bench, case, files, model)  # makes the graph that later runs take from the cache
    graph = newest_graph(bench.scratch / "graphs")
    bound = () if bench.device == "cpu" else ("--bound", bench.device)
    for _ in range(bench.rounds):
        with nullcontext([]) if bench.device == "cpu" else gpu.sampled_use() as use:
            run = run_algorithm(bench, case, files, model)
        bare = timed(HERE / "bare.py", model, TILE_PX, run.tiles, *bound)
        figures = {"seconds": run.seconds, "process s": run.process_seconds, "peak MB": run.peak_mb, "bare s": bare,
                   "wall/bare": run.seconds / bare, "MPix/s": size**2 / 1e6 / run.seconds}  # fmt: skip
        if use:
            figures["GPU %"] = gpu.mean_use(use)
        copy = copy_seconds(files, bench.scratch)
        figures["copy s"] = copy
        if graph is not None:
            figures["folded s"] = timed(HERE / "bare.py", graph, TILE_PX, run.tiles, *bound)
            figures["wall/limit"] = run.seconds / (figures["folded s"] + copy)
        if case.is_numpy_timed:
            figures["numpy s"] = timed(HERE / "bare.py", model, TILE_PX, run.tiles, "--numpy")
            figures["wall/numpy"] = run.seconds / figures["numpy s"]
        if case.compared_with:
            other = next(known for known in cases.CASES if known.name == case.compared_with)
            figures["other s"] = run_algorithm(bench, other, files, model).seconds
            figures["wall/other"] = run.seconds / figures["other s"]
        if case.has_plain_loop and size < cases.SPARSE_PX:
            loop = timed(HERE / "plain_loop.py", model, files[0], bench.scratch / "loop.tif", TILE_PX, OVERLAP_PX)
            figures["loop s"] = loop
        for name, value in figures.items():
            found.setdefault(name, []).append(value)
    medians = {name: round(statistics.median(values), 3) for name, values in found.items()}
    return {"tiles": run.tiles, "provider": run.provider, **medians}


def print_table(results: dict[str, Any]) -> None:
    """Print what people read: ratios to the limits, memory, speed."""
    columns = ("seconds", "bare s", "folded s", "numpy s", "copy s", "loop s", *RATIOS, "MPix/s", "peak MB", "GPU %")
    print(f"\n{results['machine']}; seconds are medians")
    print(f"{'case':<44}{'tiles':>7}" + "".join(f"{name:>11}" for name in columns))
    for name, case in results["cases"].items():
        cells = (format(case[key], "11.2f") if key in case else " " * 11 for key in columns)
        print(f"{name:<44}{case['tiles']:>7}" + "".join(cells))


def print_growth(results: dict[str, Any]) -> None:
    """Print how the memory of a case grows with the raster."""
    for name, case in results["cases"].items():
        stem, _, size = name.rpartition(" ")
        smallest = results["cases"].get(f"{stem} 4096²")
        if smallest is not None and size != "4096²":
            print(f"peak memory, {name} over {stem} 4096²: {case['peak MB'] / smallest['peak MB']:.3f}")


def find_worse(results: dict[str, Any], baseline: dict[str, Any]) -> list[str]:
    """Return a sentence for each ratio that is 15 % worse than in the baseline."""
    said = []
    for name, case in results["cases"].items():
        before = baseline.get("cases", {}).get(name, {})
        for ratio in RATIOS:
            if ratio in before and ratio in case and case[ratio] > WORST * before[ratio]:
                said.append(f"{name}: {ratio} is {case[ratio]:.2f}, and was {before[ratio]:.2f}")
    return said


def main() -> int:
    """Measure, print, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="rasters of 4096² only")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--update", action="store_true", help="put the result into the baseline")
    arguments = parser.parse_args()
    work = ROOT / "build" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "cases": {}}
    with tempfile.TemporaryDirectory(dir=work) as name:
        scratch = Path(name)
        extra = {"GEONNX_CACHE": str(scratch / "graphs")}
        qgis = headless.HeadlessQgis(scratch, Path(sysconfig.get_path("purelib")), extra_env=extra)
        for device in filter(None, ("cpu", gpu.gpu_device())):
            bench = Bench(work, scratch, qgis, arguments.rounds, device)
            for case in cases.CASES:
                for size in case.sizes:
                    title = f"{case.name} {size}²" if device == "cpu" else f"{case.name} on {device} {size}²"
                    if arguments.only not in title or (arguments.quick and size > cases.BLOCK_PX):
                        continue
                    results["cases"][title] = measure(bench, case, size)
                    print(f"{title}: {results['cases'][title]}", flush=True)
    print_table(results)
    print_growth(results)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    arguments.output.write_text(text, encoding="utf-8")
    if arguments.update:
        before = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {"cases": {}}
        results["cases"] = {**before["cases"], **results["cases"]}
        BASELINE.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        speed_page.main()
        return 0
    worse = find_worse(results, json.loads(BASELINE.read_text(encoding="utf-8"))) if BASELINE.exists() else []
    for sentence in worse:
        print(f"worse than before: {sentence}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
