"""Segment a raster of one's own with a model that comes with GeONNX or one's own, and draw a map of the result."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bundled import SEGMENTING
from common import OUT, draw, open_qgis, remove_result, say, wanted
from example import CLOUDY_DAY, example_scenes
from headless import Outcome


@dataclass(frozen=True)
class Job:
    """What to run on what."""

    raster: Path
    model: str
    bands: str | None = None
    options: str | None = None

    @property
    def title(self) -> str:
        """What the map is of."""
        return f"{self.raster.stem}: classes of {Path(self.model).stem}"

    @property
    def subtitle(self) -> str:
        """How it was made."""
        return f"geonnx:segment with {Path(self.model).name} on {self.raster.name}"


def plan() -> list[Job]:
    """Work out what to run from the settings; what is not given is taken from the example.

    Without a model these are the bundled ones, to be tried in turn: the first whose bands the raster has is taken.
    """
    raster, model = wanted("INPUT"), wanted("MODEL")
    path = Path(raster).resolve() if raster else example_scenes().dates[CLOUDY_DAY]
    if model and Path(model).exists():
        model = str(Path(model).resolve())  # else the name of a model in the catalogue
    chosen = [model] if model else SEGMENTING
    return [Job(path, name, wanted("BANDS") or None, wanted("OPTIONS") or None) for name in chosen]


def outputs() -> dict[str, Path]:
    """Return where the results go."""
    return {
        "OUTPUT": OUT / "classes.tif",
        "POLYGONS": OUT / "polygons.gpkg",
        "CONFIDENCE": OUT / "confidence.tif",
    }


def draw_map(job: Job, results: dict[str, Any], seconds: float) -> Path:
    """Draw the map and return its path."""
    target, found = OUT / "map.png", outputs()
    facts = [f"run by {results.get('PROVIDER', 'onnxruntime')}", f"{seconds:.1f} s in all"]
    if "TILES" in results:
        facts.insert(0, f"{results['TILES']} tiles")
    if "MPIX_PER_SECOND" in results:
        facts.append(f"{float(results['MPIX_PER_SECOND']):.2f} megapixels a second")
    words = [str(job.raster), str(found["OUTPUT"]), str(target)]
    words += ["--title", job.title, "--subtitle", job.subtitle, "--note", ", ".join(facts)]
    for option, name in (("--polygons", "POLYGONS"), ("--confidence", "CONFIDENCE")):
        if found[name].exists():
            words += [option, str(found[name])]
    draw("render_map.py", *words)
    return target


def segment_own_raster() -> int:
    """Run it; return the exit code."""
    OUT.mkdir(parents=True, exist_ok=True)
    jobs, qgis = plan(), open_qgis()
    if not jobs[0].raster.exists():
        sys.exit(f"demo: no such raster: {jobs[0].raster}")
    if len(jobs) > 1:
        names = ", ".join(job.model for job in jobs)
        say(f"no MODEL given: of {names}, the first whose bands the raster has is taken")
    for path in (*outputs().values(), OUT / "map.png"):
        remove_result(path)
    for job in jobs:
        settings = {"INPUT": job.raster, "MODEL": job.model, "BANDS": job.bands, "OPTIONS": job.options}
        shown = " ".join(f"{name}={value}" for name, value in (settings | outputs()).items() if value is not None)
        say(f"qgis_process run geonnx:segment -- {shown}")
        start = time.monotonic()
        outcome = qgis("geonnx:segment", timeout=24 * 3600, **settings, **outputs())
        if outcome.code == 0:
            show(job, outcome, time.monotonic() - start)
            return 0
        if job is not jobs[-1]:
            say(f"{job.model} does not fit: {last_line(outcome.stderr)}")
    print(outcome.stdout, outcome.stderr, sep="\n", file=sys.stderr)
    say(f"geonnx:segment failed with exit code {outcome.code}")
    return 1


def last_line(text: str) -> str:
    """Return the last line with something in it: the reason that QGIS gives."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason was given")


def show(job: Job, outcome: Outcome, seconds: float) -> None:
    """Tell the results and draw the map."""
    say("results: " + json.dumps(outcome.results, indent=2, ensure_ascii=False))
    map_path = draw_map(job, outcome.results, seconds)
    say("done. Open these in QGIS; the class raster brings its own style:")
    for label, path in (("scene", job.raster), *outputs().items(), ("map (PNG)", map_path)):
        print(f"  {label.lower():<11} {path}")
