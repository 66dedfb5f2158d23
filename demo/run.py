#!/usr/bin/env python3
"""The demonstration: segment a raster with a model through the real ``qgis_process``, then draw a map of the result.

Without settings it makes a synthetic scene and runs the trained cloud model of the package ukis-csmask over it.
``make demo INPUT=raster.tif MODEL=model.onnx [BANDS=…] [OPTIONS=…]`` runs it on your own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from headless import HeadlessQgis, Outcome  # noqa: E402 (found in tools/)

OUT = Path(os.environ.get("GEONNX_DEMO_OUT") or ROOT / "build" / "demo")
EXAMPLE_MODEL = "model_6b_l1c.onnx"
# The file holds reflectance × 10000, the cloud model takes reflectance from 0 to 1
EXAMPLE_OPTIONS = '{"scale": 0.0001}'
# this network sees further than its 256 px tile: a wide, faded overlap hides where tiles meet
EXAMPLE_TILING = {"MERGE": "blend", "OVERLAP": 64}


@dataclass(frozen=True)
class Job:
    """What to run on what."""

    raster: Path
    model: str
    bands: str | None
    options: str | None
    tiling: dict[str, Any]
    title: str
    subtitle: str


def say(text: str) -> None:
    """Print a line at once."""
    print(f"demo: {text}", flush=True)


def wanted(name: str) -> str:
    """Return a setting that the Makefile hands over, or an empty string."""
    return os.environ.get(f"GEONNX_DEMO_{name}", "").strip()


def example_model() -> Path:
    """Return the cloud model inside the installed package, which is not imported."""
    found = importlib.util.find_spec("ukis_csmask")
    folders = list(found.submodule_search_locations or []) if found else []
    if not folders:
        sys.exit("demo: the package ukis-csmask is not installed: run 'make setup', or name a MODEL of your own")
    return Path(folders[0]) / EXAMPLE_MODEL


def example_scene() -> Path:
    """Draw the synthetic scene, once."""
    import scenes  # noqa: PLC0415 (found in tests/; needed only here)

    path, maker = OUT / "scene.tif", Path(scenes.__file__)
    if path.exists() and path.stat().st_mtime > maker.stat().st_mtime:
        say(f"the example scene is there already: {path}")
        return path
    say(f"drawing the example scene {path}")
    return scenes.make_scene(path.with_name("scene.part.tif")).replace(path)


def plan() -> Job:
    """Work out what to run from the settings."""
    raster, model = wanted("INPUT"), wanted("MODEL")
    if not raster and not model:
        return Job(
            raster=example_scene(),
            model=str(example_model()),
            bands=wanted("BANDS") or None,
            options=wanted("OPTIONS") or EXAMPLE_OPTIONS,
            tiling=EXAMPLE_TILING,
            title="Clouds and their shadows",
            subtitle=f"geonnx:segment with {EXAMPLE_MODEL} (ukis-csmask) on a synthetic scene in Sentinel-2's likeness",
        )
    raster_path = Path(raster).resolve() if raster else example_scene()
    if not model:
        model = str(example_model())
    elif Path(model).exists():
        model = str(Path(model).resolve())  # else the name of a model in the catalogue
    return Job(
        raster=raster_path,
        model=model,
        bands=wanted("BANDS") or None,
        options=wanted("OPTIONS") or None,
        tiling={},
        title=f"{raster_path.stem}: classes of {Path(model).stem}",
        subtitle=f"geonnx:segment with {Path(model).name} on {raster_path.name}",
    )


def outputs() -> dict[str, Path]:
    """Return where the results go."""
    return {
        "OUTPUT": OUT / "classes.tif",
        "POLYGONS": OUT / "polygons.gpkg",
        "CONFIDENCE": OUT / "confidence.tif",
    }


def segment(job: Job) -> Outcome:
    """Run the algorithm as a batch job would."""
    qgis = HeadlessQgis(OUT / "qgis", Path(sysconfig.get_path("purelib")))
    settings: dict[str, Any] = {"INPUT": job.raster, "MODEL": job.model, "BANDS": job.bands, "OPTIONS": job.options}
    settings |= job.tiling
    shown = " ".join(f"{name}={value}" for name, value in (settings | outputs()).items() if value is not None)
    say(f"qgis_process run geonnx:segment -- {shown}")
    return qgis("geonnx:segment", timeout=24 * 3600, **settings, **outputs())


def draw_map(job: Job, outcome: Outcome, seconds: float) -> Path:
    """Draw the map in a process of its own and return its path."""
    target, results, found = OUT / "map.png", outcome.results, outputs()
    facts = [f"run by {results.get('PROVIDER', 'onnxruntime')}", f"{seconds:.1f} s in all"]
    if "TILES" in results:
        facts.insert(0, f"{results['TILES']} tiles")
    if "MPIX_PER_SECOND" in results:
        facts.append(f"{float(results['MPIX_PER_SECOND']):.2f} megapixels a second")
    words = [sys.executable, str(ROOT / "demo" / "render_map.py"), str(job.raster), str(found["OUTPUT"]), str(target)]
    words += ["--title", job.title, "--subtitle", job.subtitle, "--note", ", ".join(facts)]
    for option, name in (("--polygons", "POLYGONS"), ("--confidence", "CONFIDENCE")):
        if found[name].exists():
            words += [option, str(found[name])]
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(OUT / "qgis" / "profile"),
    }
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not target.exists():
        sys.exit(f"demo: the map could not be drawn:\n{done.stdout}{done.stderr}")
    return target


def remove_old_results() -> None:
    """Take away what an earlier run left, so that nothing old is shown as new."""
    for path in (*outputs().values(), OUT / "map.png"):
        for old in (
            path,
            path.with_suffix(".qml"),
            path.with_name(f"{path.name}.aux.xml"),
            path.with_name(f"{path.name}.ovr"),
        ):
            old.unlink(missing_ok=True)


def main() -> int:
    """Run the demonstration."""
    OUT.mkdir(parents=True, exist_ok=True)
    job = plan()
    if not job.raster.exists():
        sys.exit(f"demo: no such raster: {job.raster}")
    remove_old_results()
    start = time.monotonic()
    outcome = segment(job)
    seconds = time.monotonic() - start
    if outcome.code != 0:
        print(outcome.stdout, outcome.stderr, sep="\n", file=sys.stderr)
        say(f"geonnx:segment failed with exit code {outcome.code}")
        return 1
    say("results: " + json.dumps(outcome.results, indent=2, ensure_ascii=False))
    map_path = draw_map(job, outcome, seconds)
    say("done. Open these in QGIS; the class raster brings its own style:")
    for label, path in (
        ("scene", job.raster),
        ("classes", outputs()["OUTPUT"]),
        ("polygons", outputs()["POLYGONS"]),
        ("confidence", outputs()["CONFIDENCE"]),
        ("map (PNG)", map_path),
    ):
        print(f"  {label:<11} {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
