"""A run that is killed goes on where it stopped, and ends with the pixels of one that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import Feedback, RunOptions, RunSettings, SegmentOutputs, load_model, segment
from geonnx.models.errors import Cancelled, OutputError, SettingsError
from geonnx.models.raster.journal import Journal
from osgeo import gdal

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import unet

SIZE = (1400, 1700)
NAMES = ("classes", "confidence")
TILES = 54


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resume")
    unet(folder / "m.onnx", classes=5, levels=2, mlm=True)
    values = noise(3, *SIZE)
    values[:, 300:900, 500:1200] = 0
    write_raster(folder / "a.tif", values, nodata=0)
    return folder


def outputs(folder: Path) -> SegmentOutputs:
    return SegmentOutputs(**{name: str(folder / f"{name}.tif") for name in NAMES})


def settings(**more: Any) -> RunSettings:
    options = RunOptions(resume=True, **more.pop("options", {}))
    return RunSettings(**{"tile_size": 256, "overlap": 16, "options": options, **more})


def undisturbed(work: Path, folder: Path, **more: Any) -> dict[str, np.ndarray]:
    target = folder / "whole"
    target.mkdir(exist_ok=True)
    report = segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(target), settings(**more))
    assert report.tiles == TILES
    assert sorted(path.suffix for path in target.iterdir()) == [".qml", ".qml", ".tif", ".tif", ".xml"]
    return {name: read_raster(target / f"{name}.tif") for name in NAMES}


def stop_after(share: float) -> Feedback:
    """Return callbacks of a user who stops the run."""
    done = [0.0]

    def progress(value: float) -> None:
        done[0] = value

    return Feedback(progress=progress, cancelled=lambda: done[0] > share)


def table(path: Path) -> list[int]:
    dataset = gdal.Open(str(path))
    rat = dataset.GetRasterBand(1).GetDefaultRAT()
    return [rat.GetValueAsInt(row, 1) for row in range(rat.GetRowCount())]


@pytest.mark.parametrize("merge", ["crop", "blend"])
@pytest.mark.parametrize("fold", [True, False])
def test_the_rest_is_done(work: Path, tmp_path: Path, merge: str, fold: bool) -> None:
    more = {"merge": merge, "options": {"fold": fold}}
    whole = undisturbed(work, tmp_path, **more)
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    for share in (0.3, 0.6):
        with pytest.raises(Cancelled):
            segment(model, raster, outputs(tmp_path), settings(**more), feedback=stop_after(share))
        assert not [path for path in tmp_path.iterdir() if path.is_file()]
    said: list[str] = []
    report = segment(model, raster, outputs(tmp_path), settings(**more), feedback=Feedback(log=said.append))
    assert any("goes on where it stopped" in text for text in said)
    assert 0 < report.tiles < TILES - 5
    for name in NAMES:
        assert (read_raster(tmp_path / f"{name}.tif") == whole[name]).all()
    assert table(tmp_path / "classes.tif") == table(tmp_path / "whole" / "classes.tif")
    assert not list(tmp_path.glob(".geonnx*"))


CODE = """
import sys, time; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from geonnx.models import *
work, out = Path(sys.argv[2]), Path(sys.argv[3])
def slow(share):
    print(share, flush=True); time.sleep(0.05)
options = RunOptions(resume=True)
segment(load_model(work / "m.onnx"), str(work / "a.tif"),
        SegmentOutputs(str(out / "classes.tif"), confidence=str(out / "confidence.tif")),
        RunSettings(tile_size=256, overlap=16, options=options), feedback=Feedback(progress=slow))
"""


def start(root: Path, work: Path, folder: Path) -> subprocess.Popen[str]:
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    if not (packages / "geonnx").exists():
        (packages / "geonnx").symlink_to(root, target_is_directory=True)
    words = [sys.executable, "-c", CODE, str(packages), str(work), str(folder)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))


def wait_for(process: subprocess.Popen[str], share: float) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if float(line) > share:
            return
    raise AssertionError(process.communicate()[1])


def test_kill_9_and_two_at_once(root: Path, work: Path, tmp_path: Path) -> None:
    whole = undisturbed(work, tmp_path)
    process = start(root, work, tmp_path)
    wait_for(process, 0.5)
    with pytest.raises(OutputError, match=rf"Another run \(process {process.pid} on .*\) is writing"):
        segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), settings())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    journal = tmp_path / ".geonnx_resume-classes.tif"
    assert (journal / "blocks").stat().st_size > 0
    said: list[str] = []
    feedback = Feedback(log=said.append)
    report = segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), settings(), feedback=feedback)
    assert any("goes on where it stopped" in text for text in said), said
    assert report.tiles < TILES - 5
    for name in NAMES:
        assert (read_raster(tmp_path / f"{name}.tif") == whole[name]).all()
    assert not list(tmp_path.glob(".geonnx*"))


def test_another_run_is_refused(work: Path, tmp_path: Path) -> None:
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    with pytest.raises(Cancelled):
        segment(model, raster, outputs(tmp_path), settings(), feedback=stop_after(0.5))
    for more, name in (
        ({"tile_size": 128}, "TILE_SIZE"),
        ({"merge": "blend"}, "MERGE"),
        ({"options": {"scale": 0.5}}, "OPTIONS"),
    ):
        with pytest.raises(SettingsError, match=rf"classes\.tif was started with other .*{name}"):
            segment(model, raster, outputs(tmp_path), settings(**more))
    changed = write_raster(tmp_path / "a.tif", noise(3, *SIZE, seed=4))
    with pytest.raises(SettingsError, match=r"started with other input rasters: repeat that call as it was, or delete"):
        segment(model, str(changed), outputs(tmp_path), settings())
    segment(model, raster, outputs(tmp_path), settings(options={"threads": 1, "compress": "LZW"}))
    assert not list(tmp_path.glob(".geonnx*"))


def test_what_was_cut_off_is_made_again(work: Path, tmp_path: Path) -> None:
    whole = undisturbed(work, tmp_path)
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    with pytest.raises(Cancelled):
        segment(model, raster, outputs(tmp_path), settings(), feedback=stop_after(0.7))
    blocks = tmp_path / ".geonnx_resume-classes.tif" / "blocks"
    data = bytearray(blocks.read_bytes())
    blocks.write_bytes(bytes(data[:-7]))
    with pytest.raises(Cancelled):
        segment(model, raster, outputs(tmp_path), settings(), feedback=stop_after(0.8))
    data = bytearray(blocks.read_bytes())
    data[len(data) // 2] ^= 0xFF  # a bad sector: nothing behind it is trusted
    blocks.write_bytes(bytes(data))
    segment(model, raster, outputs(tmp_path), settings())
    for name in NAMES:
        assert (read_raster(tmp_path / f"{name}.tif") == whole[name]).all()


def test_a_full_disk(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = undisturbed(work, tmp_path)
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    add = Journal.add
    count = [0]

    def full(self: Journal, *rest: Any) -> None:
        count[0] += 1
        if count[0] > 9:
            raise OutputError("The journal can't be written: No space left on device. Make room and repeat the call.")
        add(self, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add", full)
        with pytest.raises(OutputError, match="Make room"):
            segment(model, raster, outputs(tmp_path), settings())
    said: list[str] = []
    segment(model, raster, outputs(tmp_path), settings(), feedback=Feedback(log=said.append))
    assert any(": 9 blocks" in text for text in said)
    for name in NAMES:
        assert (read_raster(tmp_path / f"{name}.tif") == whole[name]).all()


def test_without_it_nothing_is_kept(work: Path, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        segment(
            load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), RunSettings(tile_size=256),
            feedback=stop_after(0.5),
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_on_the_models_grid(work: Path, tmp_path: Path) -> None:
    """Where results are brought back to the raster's pixels, the part on the model's is resumed."""
    model = unet(tmp_path / "m.onnx", classes=5, levels=2, mlm=True)
    card = json.loads(model.with_suffix(".json").read_text())
    card["properties"]["geonnx:gsd_m"] = 7.0
    model.with_suffix(".json").write_text(json.dumps(card))
    (tmp_path / "whole").mkdir()
    segment(load_model(model), str(work / "a.tif"), outputs(tmp_path / "whole"), settings())
    with pytest.raises(Cancelled):
        segment(load_model(model), str(work / "a.tif"), outputs(tmp_path), settings(), feedback=stop_after(0.6))
    report = segment(load_model(model), str(work / "a.tif"), outputs(tmp_path), settings())
    assert report.tiles < 60
    for name in NAMES:
        assert (read_raster(tmp_path / f"{name}.tif") == read_raster(tmp_path / "whole" / f"{name}.tif")).all()
    assert table(tmp_path / "classes.tif") == table(tmp_path / "whole" / "classes.tif")
