"""Segments many scenes with one model, in one process: the model is loaded once.

    PYTHONPATH=<folder that holds geonnx> python3 batch.py model.onnx results scenes/*.tif
    find /archive -name '*.SAFE' | PYTHONPATH=… python3 batch.py model.onnx results -

Scenes whose result is there already are left out, so that the same call goes on where it was stopped. A scene that
fails is reported and the others go on; the exit code is 1 then. Each line on standard output is a JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from geonnx.models import Feedback, RunSettings, keep_networks, load_model, segment
from geonnx.models.errors import GeonnxError
from osgeo import gdal

gdal.UseExceptions()  # GeONNX works either way; newer GDAL warns where a program does not say which


def scenes(words: list[str]) -> Iterator[Path]:
    """Yield the scenes; ``-`` stands for a list on standard input, a line each."""
    for word in words:
        for line in sys.stdin if word == "-" else (word,):
            if line.strip():
                yield Path(line.strip())


def main(model_path: str, folder: Path, words: list[str]) -> int:
    """Segment every scene; return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    model = load_model(model_path)
    settings = RunSettings()  # bands, tiles, device and so on, for all scenes alike
    failed = 0
    seen: set[Path] = set()
    with keep_networks():
        for scene in scenes(words):
            target = folder / f"{scene.stem}_classes.tif"
            outcome: dict[str, object] = {"scene": str(scene), "result": str(target)}
            if target in seen:
                outcome["error"] = f"Another scene is called {scene.stem} too: give each a name of its own."
                failed += 1
            elif target.exists():  # results appear complete or not at all
                outcome["skipped"] = True
            else:
                warnings: list[str] = []
                try:
                    report = segment(model, str(scene), str(target), settings, feedback=Feedback(warn=warnings.append))
                    outcome["seconds"] = round(report.seconds, 2)
                except GeonnxError as error:
                    outcome["error"] = str(error)
                    failed += 1
                if warnings:
                    outcome["warnings"] = warnings
            seen.add(target)
            print(json.dumps(outcome, ensure_ascii=False), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("usage: batch.py MODEL FOLDER SCENE… (or - for a list on standard input)")
    try:
        sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
    except GeonnxError as error:
        sys.exit(str(error))
