"""``DEVICE=dask://…`` through the real ``qgis_process``, on a cluster of real processes; and the demonstration."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import unet

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("distributed", reason="distributed is not installed (pip install distributed)")


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("geonnx_tools_local_cluster", ROOT / "tools" / "local_cluster.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_segment(qgis_process, tmp_path: Path) -> None:
    model = unet(tmp_path / "m.onnx", classes=4, levels=2, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, 500, 600))
    common = {"INPUT": raster, "MODEL": model, "TILE_SIZE": 128}
    with load_tool().LocalCluster(tmp_path / "cluster", 1) as cluster:
        there = qgis_process("geonnx:segment", **common, OUTPUT=tmp_path / "there.tif", DEVICE=cluster.device)
    assert there.code == 0, there.stderr + there.stdout
    here = qgis_process("geonnx:segment", **common, OUTPUT=tmp_path / "here.tif", DEVICE="cpu")
    for key in ("TILES", "PROVIDER", "MODEL_SHA256"):
        assert there.results[key] == here.results[key]
    assert (read_raster(tmp_path / "there.tif") == read_raster(tmp_path / "here.tif")).all()
    gone = qgis_process("geonnx:segment", **common, OUTPUT=tmp_path / "gone.tif", DEVICE=cluster.device)
    assert gone.code == 1
    assert re.search(r"The scheduler tcp://127\.0\.0\.1:\d+ does not answer", gone.stderr + gone.stdout)
    assert "Traceback" not in gone.stderr + gone.stdout
    assert not (tmp_path / "gone.tif").exists()


def test_the_demonstration(tmp_path: Path) -> None:
    env = {**os.environ, "GEONNX_DEMO_OUT": str(tmp_path), "GEONNX_DEMO_SIZE": "2048"}
    command = [sys.executable, str(ROOT / "demo" / "cluster.py")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is killed at" in done.stdout
    assert "all three maps hold the same pixels" in done.stdout
    tiles = re.findall(r"(\d+) tiles in", done.stdout)
    assert len(tiles) == 3 and len(set(tiles)) == 1
