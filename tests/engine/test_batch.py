"""Many scenes in one process, as docs/batch.md describes it: the model is loaded once, failures stay alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import keep_networks, load_model, segment
from geonnx.models.runtime import session

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import unet


def test_networks_are_kept_in_the_block_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = session.import_onnxruntime()
    loaded: list[object] = []
    original = runtime.InferenceSession

    def count(source: Any, *rest: Any, **more: Any) -> Any:
        loaded.append(source)
        return original(source, *rest, **more)

    monkeypatch.setattr(runtime, "InferenceSession", count)
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))
    model = load_model(unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True))
    rasters = [write_raster(tmp_path / f"{n}.tif", noise(3, 80 + n, 90, seed=n)) for n in range(4)]

    def run(number: int) -> np.ndarray:
        segment(model, str(rasters[number]), str(tmp_path / "out.tif"))
        return read_raster(tmp_path / "out.tif")

    alone = [run(number) for number in range(4)]
    each = len(loaded)
    assert each == 8  # the network as it is, and wrapped
    with keep_networks():
        together = [run(number) for number in range(4)]
        with keep_networks():
            run(0)
        assert len(loaded) == each + 2
    assert all((first == second).all() for first, second in zip(alone, together))
    run(0)
    assert len(loaded) == each + 4


def test_the_loop_of_the_docs(root: Path, tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "geonnx").symlink_to(root, target_is_directory=True)
    model = unet(tmp_path / "m.onnx", classes=3, levels=1, mlm=True)
    scenes = [write_raster(tmp_path / f"scene{n}.tif", noise(3, 60, 70, seed=n)) for n in range(3)]
    (tmp_path / "broken.tif").write_text("no raster")
    words = [str(model), str(tmp_path / "results"), str(scenes[0]), str(tmp_path / "broken.tif"), "-"]

    def run() -> tuple[int, list[dict[str, Any]]]:
        done = subprocess.run(
            [sys.executable, str(root / "docs" / "examples" / "batch.py"), *words],
            env=os.environ | {"PYTHONPATH": str(tmp_path / "packages")},
            input=f"{scenes[1]}\n\n{scenes[2]}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, lines = run()
    assert code == 1
    assert [Path(line["scene"]).stem for line in lines] == ["scene0", "broken", "scene1", "scene2"]
    assert "can't be opened as a raster" in lines[1]["error"]
    for scene in scenes:
        segment(load_model(model), str(scene), str(tmp_path / "alone.tif"))
        result = tmp_path / "results" / f"{scene.stem}_classes.tif"
        assert (read_raster(result) == read_raster(tmp_path / "alone.tif")).all()
    code, lines = run()
    assert code == 1
    assert [line.get("skipped", False) for line in lines] == [True, False, True, True]
