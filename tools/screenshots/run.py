#!/usr/bin/env python3
"""Draw the windows in all their states: 100 % and 200 %, light and dark; and say what is cut off in them.

Usage: ``tools/screenshots/run.py [AREA…] [--scales 1 2] [--themes light dark] [--languages en] [--output FOLDER]``

An area is a file of this folder with ``def scenes(stage) -> Iterator[tuple[str, QWidget]]``: it yields the name of a
state and the widget that shows it. All pictures go to the output folder (``build/screenshots``), as
``<area>-<name>[-dark][-2x][-de].png``; those that a page in ``docs/`` or the README shows are copied to ``docs/images``
as well. The exit code is 1 where a text or button is cut off, or where an area failed.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import importlib.util
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IMAGES = ROOT / "docs" / "images"
TIME_LIMIT_S = 300
LARGE_BYTES = 150_000
MAIN_SCENE, CLEAR_SCENE = "scene_2024-06-08.tif", "scene_2025-06-20.tif"


def areas() -> list[str]:
    """Return the names of the files that have scenes."""
    return sorted(path.stem for path in HERE.glob("*.py") if re.search(r"^def scenes\(", path.read_text(), re.M))


class Look(NamedTuple):
    """How pictures are drawn."""

    theme: str = "light"
    scale: int = 1
    language: str = "en"

    def __str__(self) -> str:
        """Return what file names end in."""
        parts = (self.theme, f"{self.scale}x", self.language)
        return "".join(f"-{part}" for part, usual in zip(parts, ("light", "1x", "en")) if part != usual)


def picture_name(area: str, state: str, look: Look) -> str:
    """Return the file name of a picture."""
    state = state.replace("_", "-").removeprefix(f"{area}-")
    return f"{area}-{state}{look}.png"


def shown_pictures() -> set[str]:
    """Return the names of the pictures that the documentation shows."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    return {name for page in pages for name in re.findall(r"images/([\w.-]+\.png)", page.read_text(encoding="utf-8"))}


def draw_area(area: str, look: Look, output: Path, data: Path) -> list[str]:
    """Draw an area's states in this process; return what is cut off."""
    from cut_off import find_cut_off
    from example_data import add_small_models, add_style
    from stage import Stage, qgis

    problems = []
    with qgis(look.theme, look.language):
        add_small_models(data / "models")
        main_scene = data / "scenes" / MAIN_SCENE
        for raster in (data / "scenes").glob("scene_*.tif"):
            add_style(raster, like=main_scene.with_name(CLEAR_SCENE))
        scratch = output / ".scratch" / f"{area}{look}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        stage = Stage(scratch, main_scene, data / "models")
        spec = importlib.util.spec_from_file_location(f"scenes_of_{area}", HERE / f"{area}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for state, widget in module.scenes(stage):
            stage.settle()
            name = picture_name(area, state, look)
            save(widget, output / name)
            problems += [f"{name}: {problem}" for problem in find_cut_off(widget)]
            print(f"screenshots: {name} {widget.width()}×{widget.height()}", flush=True)
        del module
        stage.close()
        gc.collect()
    return problems


def save(widget, path: Path) -> None:
    """Write a widget as PNG."""
    from qgis.PyQt.QtGui import QImage

    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(1)
    image.save(str(path), "PNG", 0)  # 0: packed as tightly as PNG goes


def keep_picture(source: Path, target: Path) -> None:
    """Copy a picture for the documentation; a large one, which shows a map, with 256 colours of its own."""
    from osgeo import gdal

    gdal.UseExceptions()
    picture = gdal.Open(str(source))
    if source.stat().st_size > LARGE_BYTES:
        bands = [picture.GetRasterBand(number) for number in (1, 2, 3)]
        size = picture.RasterXSize, picture.RasterYSize
        few = gdal.GetDriverByName("MEM").Create("", *size, 1, gdal.GDT_Byte)
        table = gdal.ColorTable()
        gdal.ComputeMedianCutPCT(*bands, 256, table)
        gdal.DitherRGB2PCT(*bands, few.GetRasterBand(1), table)
        few.GetRasterBand(1).SetColorTable(table)
        picture = few
    gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")  # no .aux.xml beside it
    gdal.GetDriverByName("PNG").CreateCopy(str(target), picture, options=["ZLEVEL=9"])


def start(area: str, look: Look, output: Path, data: Path) -> dict:
    """Draw an area in a process of its own, which may crash; return its answer."""
    answer = output / ".scratch" / f"{area}{look}.json"
    answer.parent.mkdir(parents=True, exist_ok=True)
    answer.unlink(missing_ok=True)
    profile = output / ".scratch" / "profile" / f"{area}{look}"
    shutil.rmtree(profile, ignore_errors=True)
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": str(look.scale),
        "QGIS_CUSTOM_CONFIG_PATH": str(profile),
        "GEONNX_MODELS": str(data / "models"),
        "GEONNX_CACHE": str(output / ".scratch" / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    words = [area, "--scales", str(look.scale), "--themes", look.theme, "--languages", look.language]
    words += ["--output", str(output), "--answer", str(answer)]
    # a session of its own and no input: nothing of a hanging QGIS stays behind
    try:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).resolve()), *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"problems": [], "failure": f"not done in {TIME_LIMIT_S} s"}
    print(done.stdout, end="", flush=True)
    if not answer.exists():
        return {"problems": [], "failure": f"ended with {done.returncode}:\n{quiet(done.stderr)[-3000:]}"}
    return json.loads(answer.read_text())


def quiet(text: str) -> str:
    """Leave out what Qt's platform without a screen always says."""
    return "\n".join(line for line in text.splitlines() if "does not support" not in line and "XDG_RUNTIME" not in line)


def draw_one(arguments: argparse.Namespace, output: Path, data: Path) -> int:
    """Draw one area in one look here, and leave the answer in a file."""
    answer = {"problems": [], "failure": ""}
    faulthandler.enable()
    look = Look(arguments.themes[0], arguments.scales[0], arguments.languages[0])
    try:
        answer["problems"] = draw_area(arguments.areas[0], look, output, data)
    except Exception:  # noqa: BLE001 (an area is somebody else's code)
        answer["failure"] = traceback.format_exc()
    arguments.answer.write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # the pictures are there: how QGIS ends is no matter here


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("areas", nargs="*", help=f"default: all ({', '.join(areas())})")
    parser.add_argument("--scales", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--themes", nargs="+", default=["light", "dark"])
    parser.add_argument("--languages", nargs="+", default=["en"])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    data = ROOT / "build" / "screenshots" / ".data"
    if arguments.answer:
        return draw_one(arguments, output, data)

    from example_data import draw_place

    draw_place(data)
    problems, failures = [], []
    looks = [Look(*parts) for parts in itertools.product(arguments.themes, arguments.scales, arguments.languages)]
    for area, look in itertools.product(arguments.areas or areas(), looks):
        answer = start(area, look, output, data)
        problems += answer["problems"]
        if answer["failure"]:
            failures.append(f"{area}{look}: {answer['failure']}")
    for name in sorted(shown_pictures()):
        if (output / name).exists():
            IMAGES.mkdir(exist_ok=True)
            keep_picture(output / name, IMAGES / name)
    for line in (*problems, *failures):
        print(f"screenshots: {line}", file=sys.stderr)
    print(f"screenshots: {len(problems)} cut off, {len(failures)} failed; pictures in {output}")
    return 1 if problems or failures else 0


if __name__ == "__main__":
    sys.exit(main())
