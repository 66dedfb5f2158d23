"""A classification that is stopped goes on where it was, and ends with the polygons of one that was not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geonnx.models import (
    ChipSettings,
    ClassifyOutputs,
    Feedback,
    RunOptions,
    RunSettings,
    classify,
    load_model,
)
from geonnx.models.errors import Cancelled, SettingsError

from ..rasters import noise, read_raster, write_raster
from ..scene_models import mean_of_bands, write_card

SETTINGS = RunSettings(batch_size=7, options=RunOptions(resume=True))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resume")
    values = noise(3, 320, 384)
    values[:, 40:90, 100:200] = 0  # chips without data, and half of them
    write_raster(folder / "a.tif", values, nodata=0)
    write_card(mean_of_bands(folder / "m.onnx", size=16), ["dry", "green", "wet"], scaling=60)
    zones = gpd.read_file(str(_grid(folder)))
    zones[::3].buffer(13).to_frame("geometry").to_file(folder / "zones.gpkg")
    return folder


def _grid(folder: Path) -> Path:
    path = folder / "grid.gpkg"
    classify(load_model(folder / "m.onnx"), str(folder / "a.tif"), str(path))
    return path


def run(work: Path, folder: Path, chips: ChipSettings | None = None, settings: Any = SETTINGS, **more: Any) -> Any:
    folder.mkdir(exist_ok=True)
    raster = None if chips is not None and chips.zones_path else str(folder / "coarse.tif")
    outputs = ClassifyOutputs(str(folder / "chips.gpkg"), raster)
    return classify(load_model(work / "m.onnx"), str(work / "a.tif"), outputs, settings, chips, **more)


def stop_after(share: float) -> Feedback:
    done = [0.0]
    return Feedback(progress=lambda value: done.__setitem__(0, value), cancelled=lambda: done[0] > share)


def same(first: Path, second: Path) -> None:
    one, other = (gpd.read_file(folder / "chips.gpkg") for folder in (first, second))
    assert len(one) > 10
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
    if (first / "coarse.tif").exists():
        assert (read_raster(first / "coarse.tif") == read_raster(second / "coarse.tif")).all()


@pytest.mark.parametrize("tta", ["", "flips"])
def test_a_grid(work: Path, tmp_path: Path, tta: str) -> None:
    settings = RunSettings(batch_size=7, options=RunOptions(resume=True, tta=tta))
    whole = run(work, tmp_path / "whole", settings=settings)
    for share in (0.3, 0.6):
        with pytest.raises(Cancelled, match="same call"):
            run(work, tmp_path / "out", settings=settings, feedback=stop_after(share))
        assert not [path for path in (tmp_path / "out").iterdir() if path.is_file()]
    said: list[str] = []
    report = run(work, tmp_path / "out", settings=settings, feedback=Feedback(log=said.append))
    assert any("goes on where it stopped" in text for text in said)
    assert 0 < report.tiles < whole.tiles * 0.6
    assert report.chips_skipped == whole.chips_skipped > 3
    assert report.class_counts == whole.class_counts
    same(tmp_path / "whole", tmp_path / "out")
    assert not list((tmp_path / "out").glob(".geonnx*"))


@pytest.mark.parametrize("mode", ["average", "centre"])
def test_zones(work: Path, tmp_path: Path, mode: Any) -> None:
    chips = ChipSettings(zones_path=str(work / "zones.gpkg"), zone_mode=mode)
    run(work, tmp_path / "whole", chips)
    with pytest.raises(Cancelled):
        run(work, tmp_path / "out", chips, feedback=stop_after(0.4))
    run(work, tmp_path / "out", chips)
    same(tmp_path / "whole", tmp_path / "out")


CODE = """
import sys, time; sys.path.insert(0, sys.argv[1])
from geonnx.models import *
work, out = sys.argv[2:]
def slow(share):
    print(share, flush=True); time.sleep(0.05)
classify(load_model(work + "/m.onnx"), work + "/a.tif", ClassifyOutputs(out + "/chips.gpkg", out + "/coarse.tif"),
         RunSettings(batch_size=7, options=RunOptions(resume=True)), feedback=Feedback(progress=slow))
"""


def test_killed(work: Path, tmp_path: Path, root: Path) -> None:
    whole = run(work, tmp_path / "whole")
    packages, out = tmp_path / "packages", tmp_path / "out"
    packages.mkdir()
    out.mkdir()
    (packages / "geonnx").symlink_to(root, target_is_directory=True)
    words = [sys.executable, "-c", CODE, str(packages), str(work), str(out)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    for line in process.stdout:
        if float(line) > 0.5:
            break
    process.kill()
    process.communicate()
    assert not (out / "chips.gpkg").exists()
    report = run(work, out)
    # what was still in the memory of the killed process is run again
    assert report.tiles <= whole.tiles
    same(tmp_path / "whole", out)
    assert not list(out.glob(".geonnx*"))


def test_another_call_is_refused(work: Path, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        run(work, tmp_path / "out", feedback=stop_after(0.4))
    for chips, named in (
        (ChipSettings(stride=8), "STRIDE"),
        (ChipSettings(min_data=0.9), "MIN_DATA"),
        (ChipSettings(zones_path=str(work / "zones.gpkg")), "ZONES"),
    ):
        with pytest.raises(SettingsError, match=f"other .*{named}"):
            run(work, tmp_path / "out", chips)
    more = ChipSettings(top_k=3)  # what is told of the scores may change
    run(work, tmp_path / "out", more)
    run(work, tmp_path / "whole", more)
    same(tmp_path / "whole", tmp_path / "out")


def test_scaling_in_the_graph_changes_nothing(work: Path, tmp_path: Path) -> None:
    for fold in (True, False):
        said: list[str] = []
        settings = RunSettings(options=RunOptions(fold=fold))
        run(work, tmp_path / str(fold), settings=settings, feedback=Feedback(log=said.append))
        assert not [text for text in said if "outside of the model's graph" in text]
    folded, plain = (gpd.read_file(tmp_path / name / "chips.gpkg") for name in ("True", "False"))
    names = ["confidence", "p_dry", "p_green", "p_wet"]
    np.testing.assert_allclose(folded[names], plain[names], atol=1e-5)
    assert list(folded["class"]) == list(plain["class"])
